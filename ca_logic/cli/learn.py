"""`learn`: train a network until it is exactly the rule, then prove, compile, measure and write it down."""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ca_logic.cli.arguments import (
    Verbs,
    add_json,
    add_rule,
    add_verb_parser,
    format_speed,
    parse_count,
    parse_positive_count,
    print_json,
    warn,
)
from ca_logic.errors import OutputError, ToolchainError
from ca_logic.files import writable_folder
from ca_logic.interrupts import deferred_interrupts
from ca_logic.runtime.automaton import best_kernel
from ca_logic.runtime.circuit_library import store_circuit
from ca_logic.runtime.speed import cells_per_second
from ca_logic.tasks import Rule, load_rule

if TYPE_CHECKING:
    from ca_logic.pipeline import LearnedRule
    from ca_logic.synthesis import PassResult

_FILES = ("circuit.blif", "circuit.c", "training.csv", "training.png", "report.json")

_EXAMPLES = """\
examples:
  ca-logic learn life
  ca-logic learn B36/S23 --seed 7 --out highlife
  ca-logic learn life --json | jq .gates
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "learn", execute, documentation=__doc__, examples=_EXAMPLES)
    add_rule(parser)
    parser.add_argument("--seed", type=parse_count, default=0, help="decides wiring and start (default: 0)")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="folder for circuit, training and report (default: learned/RULE)"
    )
    parser.add_argument(
        "--attempts", type=parse_positive_count, default=10, help="how often to start from a new seed (default: 10)"
    )
    parser.add_argument(
        "--steps", type=parse_positive_count, help="training steps an attempt (default: 700, 1000 from the second on)"
    )
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    from rich.console import Console

    started = time.perf_counter()
    rule = load_rule(args.rule)
    out = args.out or Path("learned") / rule.folder_name
    # JAX prints and forgets a KeyboardInterrupt that reaches its garbage-collection callback.
    with writable_folder(out, names=_FILES) as folder, deferred_interrupts() as check_interrupt:
        learned = _learn(args, rule, check_interrupt)
        with Console(stderr=True).status("writing, compiling, measuring"):
            report = _finish(learned, folder, started, check_interrupt)
    if args.json:
        print_json(report)
    else:
        _print_summary(learned, report, folder)
    return 0


def _learn(args: argparse.Namespace, rule: Rule, check_interrupt: Callable[[], None]) -> "LearnedRule":
    """Trains and optimizes with a live display on standard error."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    with console.status("starting JAX", spinner="dots"):
        # Imported here: whoever only runs circuits should not wait for JAX.
        from ca_logic import learning
        from ca_logic.learning.device import compiled_programs_kept
        from ca_logic.pipeline import learn_rule
    check_interrupt()

    def recipe(attempt: int) -> learning.Recipe:
        chosen = learning.default_recipe(attempt)
        return replace(chosen, max_steps=args.steps) if args.steps else chosen

    # Narrow enough for 80 columns.
    display = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        MofNCompleteColumn(),
        TextColumn("right  {task.fields[detail]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    bar = display.add_task(escape(rule.name), total=len(rule.table), detail="compiling the step")

    def show(progress: learning.Progress) -> None:
        check_interrupt()
        steps = f"step {progress.step:4d}/{progress.max_steps}"
        detail = f"attempt {progress.attempt}  {steps}  loss {progress.loss:<6.3g}"
        display.update(bar, completed=progress.num_rows - progress.wrong_rows, detail=detail)

    def show_pass(done: "PassResult") -> None:
        check_interrupt()
        display.update(bar, detail=f"{done.name}: {done.gates} gates")

    with compiled_programs_kept(), display:
        return learn_rule(
            rule, seed=args.seed, recipe=recipe, max_attempts=args.attempts, on_progress=show, on_pass=show_pass
        )


def _finish(
    learned: "LearnedRule", folder: Path, started: float, check_interrupt: Callable[[], None]
) -> dict[str, Any]:
    """Writes circuit and training, compiles and measures the circuit, writes the report and returns it."""
    from ca_logic import reporting

    paths = {name: folder / name for name in _FILES}
    # The report of an earlier run must not stand beside the circuit of this one.
    paths["report.json"].unlink(missing_ok=True)
    reporting.write_circuit(learned, blif=paths["circuit.blif"], c=paths["circuit.c"])
    try:
        store_circuit(learned.rule, learned.circuit, comments=reporting.describe_origin(learned))
    except OutputError as error:
        warn(f"the circuit is not kept for `run`: {error}")
    check_interrupt()
    reporting.write_training(learned, csv_file=paths["training.csv"], picture=paths["training.png"])
    report = reporting.build_report(learned) | {"files": [str(path) for path in paths.values()]}
    seconds = report["seconds"]
    check_interrupt()
    before = time.perf_counter()
    try:
        kernel = best_kernel(learned.circuit, on_warning=warn)
        seconds["compile"] = round(time.perf_counter() - before, 3)
        report |= {"kernel": kernel.description, "cells_per_second": round(cells_per_second(kernel))}
    except ToolchainError as error:
        report["error"] = str(error)
        raise
    finally:
        seconds["total"] = round(time.perf_counter() - started, 3)
        reporting.write_report(report, paths["report.json"])
    return report


def _print_summary(learned: "LearnedRule", report: dict[str, Any], folder: Path) -> None:
    seconds = report["seconds"]
    gates = [f"{row['gates']:6d}  {row['pass']}" for row in report["passes"]]
    rows = [
        ("rule", f"{learned.rule.title} ({learned.rule.rulestring})"),
        ("proof", str(learned.proof)),
        ("training", f"seed {report['seed']}, attempts {report['attempts']}, steps {report['steps']}"),
        ("device", report["device"]),
        *zip(["gates", *[""] * (len(gates) - 1)], gates, strict=True),
        ("speed", f"{format_speed(report['cells_per_second'])}, {report['kernel']}"),
        (
            "seconds",
            f"{seconds['train']:.2f} training, {seconds['synthesis']:.2f} synthesis, "
            f"{seconds['compile']:.2f} C compile, {seconds['total']:.2f} in all",
        ),
        ("files", f"{folder}: {', '.join(Path(path).name for path in report['files'])}"),
        ("next", f"python -m ca_logic run {learned.rule.spelling}"),
    ]
    for label, text in rows:
        print(f"{label:9} {text}")
