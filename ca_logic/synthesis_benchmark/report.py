"""What was measured, and on what machine, ready for JSON."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ca_logic import __version__
from ca_logic.errors import ToolchainError
from ca_logic.machine import available_cores, processor_name
from ca_logic.synthesis_benchmark.automata import Row, compare
from ca_logic.synthesis_benchmark.large import LargeRow
from ca_logic.toolchain.berkeley_abc import Abc
from ca_logic.toolchain.compiler import find_compiler


def build_report(rows: Sequence[Row | LargeRow], options: Mapping[str, Any], abc: Abc | None) -> dict[str, Any]:
    """Returns machine, options and rows; a row of automata with `median`, `best` and `ratio` of each cost.

    Args:
        rows: those of automata with at least one result of ours.
        options: what was asked for, ready for JSON.
        abc: whom was compared with.
    """
    try:
        compiler = find_compiler().version
    except ToolchainError:
        compiler = None
    machine = {
        "processor": processor_name(),
        "cores": available_cores(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "compiler": compiler,
        "abc": abc.version if abc else None,
        "ca_logic": __version__,
    }
    return {"machine": machine, "options": dict(options), "rows": [_entry_of(row) for row in rows]}


def _entry_of(row: Row | LargeRow) -> dict[str, Any]:
    if isinstance(row, LargeRow):
        return asdict(row) | {"proof": str(row.proof)}
    entry: dict[str, Any] = {
        "name": row.start.name,
        "rulestring": row.start.rule.rulestring,
        "start": row.start.kind,
        "gates": asdict(compare(row, "gates")),
        "tables": asdict(compare(row, "tables")),
        "ands": asdict(compare(row, "ands")),
    }
    entry["ours"] = [asdict(result) for result in row.ours]
    entry["abc_fast"] = [asdict(result) for result in row.abc_fast]
    return entry | {"abc_deep": [asdict(result) for result in row.abc_deep]}
