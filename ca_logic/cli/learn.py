"""`learn`: train a network until it is exactly the rule, then prove, compile, measure and write it down."""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ca_logic.cli.arguments import (
    Verbs,
    add_json,
    add_rule,
    format_speed,
    parse_count,
    parse_positive_count,
    print_json,
    rule_of,
    warn,
)
from ca_logic.errors import OutputError
from ca_logic.files import writable_folder
from ca_logic.runtime.automaton import best_kernel
from ca_logic.runtime.circuit_library import store_circuit
from ca_logic.runtime.speed import cells_per_second
from ca_logic.tasks import Rule

if TYPE_CHECKING:
    from ca_logic.pipeline import LearnedRule

_EXAMPLES = """\
examples:
  ca-logic learn life
  ca-logic learn B36/S23 --seed 7 --out highlife
  ca-logic learn life --json | jq .gates
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = verbs.add_parser("learn", help="learn a rule exactly, and prove it", epilog=_EXAMPLES, description=__doc__)
    add_rule(parser)
    parser.add_argument("--seed", type=parse_count, default=0, help="decides wiring and start (default: 0)")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="folder for circuit, training and report (default: learned/RULE)",
    )
    parser.add_argument(
        "--attempts",
        type=parse_positive_count,
        default=10,
        help="how often to start from a new seed (default: 10)",
    )
    parser.add_argument(
        "--steps",
        type=parse_positive_count,
        help="training steps an attempt (default: 700, 1000 from the second on)",
    )
    add_json(parser)
    parser.set_defaults(execute=execute)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    started = time.perf_counter()
    rule = rule_of(args)
    with writable_folder(args.out or Path("learned") / rule.folder_name) as folder:
        learned = _learn(args, rule)
        with Console(stderr=True).status("writing, compiling, measuring"):
            report = _finish(learned, folder, started)
    if args.json:
        print_json(report)
    else:
        _print_summary(learned, report, folder)
    return 0


def _learn(args: argparse.Namespace, rule: Rule) -> "LearnedRule":
    """Trains and optimizes with a live display on standard error."""
    console = Console(stderr=True)
    with console.status("starting JAX", spinner="dots"):
        # Imported here: whoever only runs circuits should not wait for JAX.
        from ca_logic import learning
        from ca_logic.learning.device import keep_compiled_programs
        from ca_logic.pipeline import learn_rule

        keep_compiled_programs()

    def recipe(attempt: int) -> learning.Recipe:
        chosen = learning.default_recipe(attempt)
        return replace(chosen, max_steps=args.steps) if args.steps else chosen

    # Narrow enough for 80 columns.
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TextColumn("right  {task.fields[detail]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as display:
        bar = display.add_task(escape(rule.name), total=len(rule.table), detail="compiling the step")

        def show(progress: learning.Progress) -> None:
            right = progress.num_rows - progress.wrong_rows
            detail = f"attempt {progress.attempt}  step {progress.step:4d}  loss {progress.loss:<6.3g}"
            display.update(bar, completed=right, detail=detail)

        return learn_rule(
            rule,
            seed=args.seed,
            recipe=recipe,
            max_attempts=args.attempts,
            on_progress=show,
            on_pass=lambda done: display.update(bar, detail=f"{done.name}: {done.gates} gates"),
        )


def _finish(learned: "LearnedRule", folder: Path, started: float) -> dict[str, Any]:
    """Writes the circuit, compiles and measures it, writes the rest; returns the report."""
    from ca_logic import reporting

    files = reporting.write_circuit_files(learned, folder)
    try:
        store_circuit(learned.rule, learned.circuit, comments=reporting.describe_origin(learned))
    except OutputError as error:
        warn(f"the circuit is not kept for `run`: {error}")
    files += reporting.write_training_files(learned, folder)
    before = time.perf_counter()
    kernel = best_kernel(learned.circuit, on_warning=warn)
    compile_seconds = time.perf_counter() - before
    speed = cells_per_second(kernel)
    report = reporting.build_report(
        learned, compile_seconds=compile_seconds, total_seconds=time.perf_counter() - started
    )
    report |= {"kernel": kernel.description, "cells_per_second": round(speed)}
    report["files"] = [str(path) for path in [*files, folder / "report.json"]]
    reporting.write_report(report, folder)
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
