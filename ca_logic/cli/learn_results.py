"""What `learn` does around every training: starting JAX, the display, writing and measuring, the summary."""

import argparse
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ca_logic.cli.arguments import format_speed, warn
from ca_logic.cli.training_display import TrainingDisplay, training_display
from ca_logic.errors import OutputError, ToolchainError
from ca_logic.runtime.automaton import best_kernel
from ca_logic.runtime.circuit_library import store_circuit
from ca_logic.runtime.speed import cells_per_second

if TYPE_CHECKING:
    from ca_logic.learning import Recipe
    from ca_logic.pipeline import LearnedRule
    from ca_logic.tasks import TrainingSet

FILES = ("circuit.blif", "circuit.c", "tables.blif", "rows.blif", "training.csv", "training.png", "report.json")


@contextlib.contextmanager
def training_session(check_interrupt: Callable[[], None]) -> Iterator[TrainingDisplay]:
    """Imports what takes seconds, and yields the display of the trainings; what JAX compiles is kept."""
    from rich.console import Console

    with Console(stderr=True).status("starting JAX", spinner="dots"):
        # Imported here: whoever only runs circuits should not wait for JAX.
        from ca_logic import pipeline  # noqa: F401
        from ca_logic.learning.device import compiled_programs_kept
    check_interrupt()
    with compiled_programs_kept(), training_display(check_interrupt) as display:
        yield display


def recipe_of(args: argparse.Namespace) -> "Callable[[TrainingSet, int], Recipe]":
    """Returns the default recipe with the steps that the user wants."""
    from ca_logic.learning import default_recipe

    def recipe(task: "TrainingSet", attempt: int) -> "Recipe":
        chosen = default_recipe(task, attempt)
        return replace(chosen, max_steps=args.steps) if args.steps else chosen

    return recipe


def finish(
    learned: "LearnedRule",
    folder: Path,
    started: float,
    check_interrupt: Callable[[], None],
    *,
    keep: bool = True,
    frames: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Writes circuits and training, compiles and measures what is run, writes the report and returns it."""
    from ca_logic import reporting

    paths = {name: folder / name for name in FILES}
    # The report of an earlier run must not stand beside the circuit of this one.
    paths["report.json"].unlink(missing_ok=True)
    reporting.write_circuit(
        learned,
        blif=paths["circuit.blif"],
        c=paths["circuit.c"],
        tables=paths["tables.blif"],
        rows=paths["rows.blif"],
    )
    if keep:
        try:
            store_circuit(
                learned.rule,
                learned.circuit,
                row_circuit=learned.row_circuit,
                comments=reporting.describe_origin(learned),
                row_comments=reporting.describe_rows_origin(learned),
            )
        except OutputError as error:
            warn(f"the circuit is not kept for `run`: {error}")
    check_interrupt()
    reporting.write_training(learned, csv_file=paths["training.csv"], picture=paths["training.png"])
    report = reporting.build_report(learned) | {"files": [str(path) for path in paths.values()]}
    if frames is not None:
        report["frames"] = frames
    seconds = report["seconds"]
    check_interrupt()
    before = time.perf_counter()
    try:
        kernel = best_kernel(learned.row_circuit, on_warning=warn)
        seconds["compile"] = round(time.perf_counter() - before, 3)
        report |= {"kernel": kernel.description, "cells_per_second": round(cells_per_second(kernel))}
    except ToolchainError as error:
        report["error"] = str(error)
        raise
    finally:
        seconds["total"] = round(time.perf_counter() - started, 3)
        reporting.write_report(report, paths["report.json"])
    return report


def summary_of(learned: "LearnedRule", report: dict[str, Any], folder: Path) -> list[tuple[str, str]]:
    """Returns labels and texts that say what was learned."""
    seconds = report["seconds"]
    sizes = [f"{row['size']:6d} {row['unit']:12}  {row['pass']}" for row in report["passes"]]
    rows = report["row_circuit"]
    return [
        ("rule", learned.rule.full_name),
        ("proof", str(learned.proof)),
        ("training", f"seed {report['seed']}, attempts {report['attempts']}, steps {report['steps']}"),
        ("device", report["device"]),
        *zip(["sizes", *[""] * (len(sizes) - 1)], sizes, strict=True),
        ("circuit", f"{report['gates']} gates or {report['tables']} tables"),
        ("kernel", f"{rows['total']} gates for each row of cells, of a circuit of {rows['gates']} gates"),
        ("speed", f"{format_speed(report['cells_per_second'])}, {report['kernel']}"),
        (
            "seconds",
            f"{seconds['train']:.2f} training, {seconds['synthesis']:.2f} synthesis, "
            f"{seconds['compile']:.2f} C compile, {seconds['total']:.2f} in all",
        ),
        ("files", f"{folder}: {', '.join(Path(path).name for path in report['files'])}"),
        ("next", f"python -m ca_logic run {learned.rule.spelling}"),
    ]


def print_summary(rows: list[tuple[str, str]]) -> None:
    """Prints labels and texts in two columns."""
    for label, text in rows:
        print(f"{label:9} {text}")
