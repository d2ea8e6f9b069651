"""`study --datasets`: classifiers of many data sets from many seeds, and how often each is right."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ca_logic.cli.arguments import parse_positive_count, print_json
from ca_logic.cli.classifier_display import ClassifierDisplay, classifier_session
from ca_logic.cli.data_options import (
    add_data,
    baselines_of,
    given_options,
    load_data,
    missing_of,
    split_choice,
    task_options,
)
from ca_logic.cli.learn_data import names_data
from ca_logic.cli.learn_results import print_summary
from ca_logic.errors import UsageError
from ca_logic.files import writable_folder, write_atomically
from ca_logic.interrupts import deferred_interrupts
from ca_logic.synthesis.flow import WORK_OF_EFFORT
from ca_logic.tasks.datasets import DataSet, find_data_set

if TYPE_CHECKING:
    from ca_logic.classifier_pipeline import LearningWatch
    from ca_logic.classifier_study import Outcome, Row, Subject
    from ca_logic.classifier_task import ClassifierTask

EXAMPLES = """\
  ca-logic study --datasets monk1 monk2 monk3 iris breast-cancer adult --seeds 3
  ca-logic study --datasets mnist --data data --seeds 3 --baseline all --out mnist-study
  ca-logic study --datasets customers.csv --target left --folds 5 --json
"""

NOTES = """\
With --datasets, the classifiers of data sets or files of samples are studied. Where a test part is published it
judges; other data are dealt into folds, of which each judges once for each seed, and the accuracy of a seed is the
mean over its folds. Whatever training depends on is part of each result: with another option it is made anew.
"""

_OUT = Path("study-data")
_PICTURE = "study.png"
_FOLDS = 10
_EFFORT = 1
_MAX_NAME = 20
_MAX_WIDTH = 300

_CAPTION = """\
accuracy of the compiled circuit: mean and deviation over seeds; folds: deviation over the folds of a seed
equal: compiled, and right as often as the hard network; network, gates, bits: medians; most: gates
"""


def add_data_study(parser: argparse.ArgumentParser) -> None:
    """Adds the options; those not given are absent afterwards."""
    group = parser.add_argument_group("a study of classifiers")
    for name, kind, metavar, text in (
        ("--folds", parse_positive_count, "K", f"where no test part is published (default: {_FOLDS})"),
        ("--steps", parse_positive_count, "STEPS", "training steps (default: by the data)"),
    ):
        group.add_argument(name, type=kind, default=argparse.SUPPRESS, metavar=metavar, help=text)
    group.add_argument(
        "--effort",
        type=int,
        choices=range(len(WORK_OF_EFFORT)),
        default=argparse.SUPPRESS,
        help=f"how long to look for a smaller circuit (default: {_EFFORT})",
    )
    add_data(parser, leave_out=("--fold", "--resume"))


def given_data_options(args: argparse.Namespace) -> list[str]:
    """Returns the options, as they are written, that were given and that only classifiers have."""
    return [f"--{name}" for name in ("folds", "steps", "effort") if hasattr(args, name)] + given_options(args)


def study_data(args: argparse.Namespace) -> int:
    """Learns from each data set and seed, and prints a row for each data set; returns the exit code."""
    _refuse(args)
    # Whatever is wrong with a name or a file is to be found before JAX is started.
    data = {word: _load(args, word) for word in dict.fromkeys(args.datasets)}
    folds = {word: _folds_of(args, own) for word, own in data.items()}
    if hasattr(args, "folds") and not any(folds.values()):
        raise UsageError(f"--folds is about data without a test part, and {' and '.join(data)} has one; leave it out.")
    total = len(args.seeds) * sum(number or 1 for number in folds.values())
    done = 0
    out = args.out or _OUT
    with (
        writable_folder(out, names=(_PICTURE,)) as folder,
        deferred_interrupts() as check_interrupt,
        classifier_session(check_interrupt) as display,
    ):
        from ca_logic import classifier_study as study

        def begin(task: "ClassifierTask") -> "LearningWatch":
            return _begin(display, task, f"{done + 1}/{total}")

        def count(_: "Outcome") -> None:
            nonlocal done
            done += 1

        try:
            outcomes = study.run_study(
                [_subject(args, word, own, folds[word]) for word, own in data.items()],
                args.seeds,
                folder,
                effort=getattr(args, "effort", _EFFORT),
                max_seconds=60 * args.minutes if hasattr(args, "minutes") else None,
                baselines=baselines_of(args),
                on_begin=begin,
                on_outcome=count,
            )
        except KeyboardInterrupt:
            print(
                f"ca-logic: interrupted after {done} of {total} trainings; the same command goes on from there",
                file=sys.stderr,
            )
            return 130
        write_atomically(folder / _PICTURE, study.study_picture(outcomes))
        rows = study.rows_of(outcomes)
    if args.json:
        print_json({"summary": [asdict(row) for row in rows], "outcomes": [asdict(own) for own in outcomes]})
    else:
        _print_table(rows)
        _print_summary(outcomes, out, study.RESULTS)
    return 0


def _refuse(args: argparse.Namespace) -> None:
    if hasattr(args, "folds") and hasattr(args, "difflogic"):
        raise UsageError("--difflogic has its own split, without folds; leave --folds out.")


def _load(args: argparse.Namespace, word: str) -> DataSet:
    if not names_data(word):
        find_data_set(word)
    return load_data(args, word)


def _folds_of(args: argparse.Namespace, data: DataSet) -> int:
    return 0 if data.num_test or hasattr(args, "difflogic") else getattr(args, "folds", _FOLDS)


def _subject(args: argparse.Namespace, word: str, data: DataSet, folds: int) -> "Subject":
    from ca_logic.classifier_study import Subject

    about = {
        "name": Path(word).stem,
        "target": getattr(args, "target", ""),
        "missing": missing_of(args, word),
    }
    return Subject(data, about | task_options(args, word, data), choice=split_choice(args, 0, data), folds=folds)


def _begin(display: ClassifierDisplay, task: "ClassifierTask", place: str) -> "LearningWatch":
    choice = task.choice
    fold = f" fold {choice.fold + 1}/{choice.folds}" if choice.method == "folds" else ""
    return display.begin(f"{place} {task.data.name[:_MAX_NAME]} seed {task.seed}{fold}", task.recipe.steps)


def _print_table(rows: list["Row"]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    baselines = list(dict.fromkeys(name for row in rows for name in row.baselines))
    table = Table(box=SIMPLE)
    table.add_column("data set", no_wrap=True)
    headings = ("seeds", "accuracy %", "folds", "range", "equal", "network", "gates", "most", "bits", "seconds")
    for heading in (*headings, *baselines):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            escape(row.data if len(row.data) <= _MAX_NAME else f"{row.data[: _MAX_NAME - 3]}..."),
            f"{row.seeds}x{row.folds}" if row.folds else str(row.seeds),
            f"{_percent(row.mean)}{_deviation(row.deviation_over_seeds)}",
            _deviation(row.deviation_over_folds).strip() or "-",
            f"{_percent(row.smallest)}..{_percent(row.largest)}",
            f"{row.num_equal}/{row.trainings}",
            *(f"{number:,.0f}" for number in (row.gates_trained, row.gates, row.most_gates, row.bits)),
            f"{row.seconds:.1f}",
            *(_percent(row.baselines[name]) if name in row.baselines else "-" for name in baselines),
        )
    console = Console(highlight=False)
    # A line that is too long still tells its figures; one that is cut off does not.
    needed = console.measure(table, options=console.options.update(max_width=_MAX_WIDTH)).maximum
    console.width = max(console.width, needed)
    console.print(table)
    print(_CAPTION)


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def _deviation(share: float | None) -> str:
    return "" if share is None else f" ± {_percent(share)}"


def _print_summary(outcomes: list["Outcome"], folder: Path, results: str) -> None:
    compared = sum(own.compared for own in outcomes)
    seconds = sum(own.seconds for own in outcomes)
    print_summary(
        [
            ("trained", f"{len(outcomes)} networks, {seconds:,.1f} s"),
            ("equal", f"hard network, NumPy and compiled circuit did the same {compared:,} times"),
            ("device", ", ".join(sorted({own.device for own in outcomes}))),
            ("files", f"{folder}: {results}, {_PICTURE}"),
        ]
    )
