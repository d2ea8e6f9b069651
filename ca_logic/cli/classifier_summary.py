"""What a person is told of a classifier that was learned: figures, and which classes are taken for which."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ca_logic.cli.classifier_display import short_number
from ca_logic.cli.learn_results import print_summary
from ca_logic.cli.show_model import visible
from ca_logic.cli.table_console import table_console
from ca_logic.runtime.classifier import Evaluation

if TYPE_CHECKING:
    from rich.table import Table

MAX_CLASSES = 12
"""A matrix of more classes is not printed, only drawn."""

_NUM_PAIRS = 5
_NAME_WIDTH = 20
_HEADINGS_WIDTH = 60
_PARTS = ("train", "validation", "test")
_ENGINES = ("soft", "hard", "compiled")


def print_classifier(report: dict[str, Any], evaluation: Evaluation, *, next_command: str) -> None:
    """Prints the report of one classifier.

    Args:
        report: as `learn` writes it.
        evaluation: of the samples that judge.
        next_command: what to try now.
    """
    print_summary([*summary_rows(report), ("next", next_command)])
    print_confusions(evaluation, report["judged"])


def print_confusions(evaluation: Evaluation, part: str) -> None:
    """Prints which classes are taken for which.

    Args:
        evaluation: of some samples.
        part: which these are.
    """
    names = shown_classes(evaluation)
    print()
    if len(names) <= MAX_CLASSES:
        print(f"{part}: classes, and what they are taken for")
        table_console().print(_confusion_table(evaluation, names))
        print()
    for count, row, column in confused_pairs(evaluation)[:_NUM_PAIRS]:
        print(f"{count:6d} x {names[row]} taken for {names[column]}")


def summary_rows(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Returns labels and texts."""
    data, encoder, split, seconds = (report[name] for name in ("data", "encoder", "split", "seconds"))
    sizes = ", ".join(f"{split[f'{part}_samples']:,} {part}" for part in _PARTS)
    recipe, speeds = report["recipe"], report["samples_per_second"]
    is_compiled = report["accuracies"][report["judged"]]["compiled"] is not None
    who = "hard network, NumPy and compiled circuit" if is_compiled else "hard network and NumPy"
    compared = f"with {report['compared_samples']:,} samples {who} do the same"
    proof = report["proof"] if report["is_proved"] else f"NOT PROVED: {report['proof']}"
    stages = ", ".join(f"{taken:.1f} {name}" for name, taken in seconds.items() if name != "total" and taken >= 0.05)
    steps = f"{report['steps']:,} steps" if report["complete"] else f"{report['steps']:,} of {recipe['steps']:,} steps"
    rows = [
        ("data", f"{data['name']}: {data['samples']:,} samples, {len(data['classes'])} classes; {sizes}"),
        (
            "encoder",
            f"{data['features']} features become {encoder['bits']} bits, of which the circuit reads "
            f"{encoder['bits_read']}",
        ),
        (
            "network",
            f"layers {', '.join(map(str, recipe['layers']))}, tau {recipe['tau']:g}; seed {report['seed']}, {steps}, "
            f"best at {report['best_step']:,}",
        ),
        ("device", report["device"]),
        *_accuracy_rows(report),
        (
            "circuit",
            f"{report['gates']:,} gate{'' if report['gates'] == 1 else 's'}, depth {report['depth']}, "
            f"from {report['gates_extracted']:,}; {report['terms']:,} terms to sum",
        ),
        ("proof", proof),
        ("compared", compared),
        ("engine", report["engine"]),
        ("speed", _speed_text(speeds)),
        ("seconds", f"{stages}, {seconds['total']:.1f} in all"),
    ]
    if files := report.get("files"):
        rows.append(("files", f"{Path(files[0]).parent}: {', '.join(Path(path).name for path in files)}"))
    return rows


def confused_pairs(evaluation: Evaluation) -> list[tuple[int, int, int]]:
    """Returns how often which class was taken for which, the most frequent first."""
    wrong = evaluation.confusion - np.diag(evaluation.confusion.diagonal())
    order = np.argsort(-wrong, axis=None, kind="stable")[: np.count_nonzero(wrong)]
    places = zip(*np.unravel_index(order, wrong.shape), strict=True)
    return [(int(wrong[row, column]), int(row), int(column)) for row, column in places]


def shown_classes(evaluation: Evaluation) -> list[str]:
    """Returns names of the classes for a terminal, not too long."""
    names = map(visible, evaluation.classes)
    return [name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 3]}..." for name in names]


def share(value: float | None) -> str:
    """Returns a share in percent; one of nothing, which may be NaN, is a dash."""
    return "-" if value is None or math.isnan(value) else f"{100 * value:.2f} %"


def _accuracy_rows(report: dict[str, Any]) -> list[tuple[str, str]]:
    rows: list[tuple[str, list[float | None]]] = [
        (engine, [report["accuracies"][part][engine] for part in _PARTS]) for engine in _ENGINES
    ]
    rows += [
        (baseline["name"], [None, baseline["validation_accuracy"], baseline["test_accuracy"]])
        for baseline in report["baselines"]
    ]
    width = max(len(name) for name, _ in rows)
    lines = [" " * width + "".join(f"{part:>12}" for part in _PARTS)]
    lines += [f"{name:{width}}" + "".join(f"{share(value):>12}" for value in values) for name, values in rows]
    return list(zip(["accuracy", *[""] * (len(lines) - 1)], lines, strict=True))


def _speed_text(speeds: dict[str, float | None]) -> str:
    texts = []
    if speeds["compiled"]:
        texts.append(f"{short_number(speeds['compiled'])} samples a second on one core")
    if speeds["training"]:
        texts.append(f"{short_number(speeds['training'])} in training")
    return ", ".join(texts) or "-"


def _confusion_table(evaluation: Evaluation, names: list[str]) -> "Table":
    from rich.box import SIMPLE
    from rich.markup import escape
    from rich.table import Table

    headings = names
    if sum(map(len, names)) > _HEADINGS_WIDTH:
        headings = [str(place) for place in range(len(names))]
        names = [f"{place} {name}" for place, name in enumerate(names)]
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    table.add_column("")
    for heading in headings:
        table.add_column(escape(heading), justify="right", no_wrap=True)
    for row, (name, counts) in enumerate(zip(names, evaluation.confusion.tolist(), strict=True)):
        styles = ["bold green" if column == row else "red" for column in range(len(names))]
        cells = [f"[{style}]{count}[/]" if count else "·" for style, count in zip(styles, counts, strict=True)]
        table.add_row(escape(name), *cells)
    return table
