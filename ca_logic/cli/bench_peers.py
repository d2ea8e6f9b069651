"""`bench peers`: our engine against Golly, lifelib and CAX, where they are installed, as a table or as JSON."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ca_logic.cli.arguments import format_ratio, format_speed, parse_positive_count, print_json, warn
from ca_logic.cli.table_console import table_console
from ca_logic.errors import UsageError
from ca_logic.tasks import load_rule

if TYPE_CHECKING:
    from ca_logic.stepping_benchmark.peers import Row

DEFAULTS: dict[str, Any] = {"rule": "life", "size": [(512, 512)], "seconds": 3}
"""The options, by name; --size is the one of `bench RULE`, and may be given several boards there."""

_MAX_SECONDS = 60

EXAMPLES = """\
  ca-logic bench peers
  ca-logic bench peers --rule brians-brain --size 1024x1024 --json

Every engine that is installed steps the same soup by the same rule, and its cells are compared with ours, ours with
NumPy's. Engines: Golly (bgolly), python-lifelib, cax. Not all do quite the same work: some know no torus, and HashLife
and QuickLife do less where less happens. Speeds count the cells of the soup, times generations. After Ctrl-C there is
a table of what is done.
"""


def add_options(group: "argparse._ArgumentGroup") -> None:
    """Adds the options but --size; those not given are absent afterwards."""
    group.add_argument(
        "--rule",
        default=argparse.SUPPRESS,
        metavar="RULE",
        help=f"what to step by; learned before (default: {DEFAULTS['rule']})",
    )
    group.add_argument(
        "--seconds",
        type=_parse_seconds,
        default=argparse.SUPPRESS,
        metavar="N",
        help=f"of stepping by each engine, about (default: {DEFAULTS['seconds']})",
    )


def _parse_seconds(text: str) -> int:
    seconds = parse_positive_count(text)
    if seconds > _MAX_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} seconds are too many; up to {_MAX_SECONDS} are possible")
    return seconds


def execute(args: argparse.Namespace) -> int:
    """Runs the benchmark; returns the exit code, 130 if it was interrupted, when all that is done was printed."""
    if len(args.size) > 1:
        raise UsageError(f"{len(args.size)} boards; `bench peers` takes one --size.")
    rule, ((width, height),) = load_rule(args.rule), args.size
    from rich.console import Console
    from rich.markup import escape

    from ca_logic.stepping_benchmark.peers import measure_peers

    rows: list[Row] = []
    code = 0
    try:
        with Console(stderr=True).status("starting") as status:
            measured = measure_peers(
                rule,
                width=width,
                height=height,
                seconds=args.seconds,
                on_warning=warn,
                on_progress=lambda doing: status.update(escape(doing)),
            )
            # One by one, so that an interruption leaves those that are done.
            for row in measured:
                rows.append(row)
    except KeyboardInterrupt:
        print("ca-logic: interrupted; this is what was done until then", file=sys.stderr)
        code = 130
    if args.json:
        entries = [vars(row) | {"ratio": _ratio(row, rows[0])} for row in rows]
        print_json({"rule": rule.name, "width": width, "height": height, "engines": entries})
    elif rows:
        _print_table(rows, f"{rule.title}, a soup of {width}x{height} cells")
    return code


def _ratio(row: "Row", ours: "Row") -> float | None:
    """Returns how many times as fast ours is."""
    if row.cells_per_second is None or ours.cells_per_second is None:
        return None
    return ours.cells_per_second / row.cells_per_second


def _print_table(rows: Sequence["Row"], title: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    for heading in ("engine", "version", "board"):
        table.add_column(heading)
    for heading in ("speed", "ratio of ours"):
        table.add_column(heading, justify="right")
    table.add_column("same cells")
    notes = []
    for row in rows:
        if row.problem:
            notes.append(f"{' '.join(filter(None, (row.name, row.version)))}: {row.problem}")
            continue
        table.add_row(
            escape(row.name),
            escape(row.version),
            row.world,
            format_speed(row.cells_per_second),
            format_ratio(_ratio(row, rows[0])),
            "yes" if row.agrees else "NO",
        )
        notes.append(f"{row.name}, {row.world}: {row.method}; {row.where}")
    table_console().print(table)
    for note in notes:
        print(note)
