"""`predict`: tell the class of each row of a table, of each sample of a NumPy archive, or of pictures."""

import argparse
import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser, print_json, warn
from ca_logic.cli.circuit_files import is_stream, write_output
from ca_logic.cli.evaluate import add_model
from ca_logic.files import require_writable_file
from ca_logic.formats.names import shown
from ca_logic.runtime.classifier import ClassifierModel, load_classifier
from ca_logic.runtime.classifier.sample_files import GivenSamples, read_given_samples

_CLASS, _FILE, _SCORE = "class", "file", "score:"

_EXAMPLES = """\
examples:
  ca-logic predict iris flowers.csv
  ca-logic predict adult people.parquet --scores --out incomes.csv
  ca-logic predict mnist digits.npz | sort | uniq -c
  ca-logic predict mnist folder_of_png_files --json | jq .predictions
  ca-logic predict churn.logic customers.csv --out -

A table needs the columns of the model, in any order; others, that of the classes among them, are passed over. An
archive needs x: rows of numbers, or images. Pictures must have the size that the model reads, light on dark as the
data set has them; colours become grey where it has no others.
What comes out is CSV: a line of names, then one line a row. A category that training did not see sets no bit; a
warning tells how many there are.
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "predict", execute, documentation=__doc__, examples=_EXAMPLES)
    add_model(parser)
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="samples: .csv, .parquet, .npz, .png, .jpg, or a folder of pictures"
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="FILE",
        default=Path("-"),
        help="CSV file to write; - is standard output (default: -)",
    )
    parser.add_argument("--scores", action="store_true", help="write the score of each class as well")
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    to_file = not is_stream(args.out)
    if to_file:
        require_writable_file(args.out)
    classifier = load_classifier(args.model, on_warning=warn)
    given = read_given_samples(classifier.model, args.file)
    _warn_of_unseen(given)
    scores = classifier.scores(given.rows) if args.scores else None
    # The first of the largest, as `predict` has it.
    places = classifier.predict(given.rows) if scores is None else scores.argmax(axis=1)
    predictions = [classifier.classes[place] for place in places.tolist()]
    if to_file or not args.json:
        write_output(args.out, _csv_of(classifier.model, given.names, predictions, scores).encode())
    if args.json:
        print_json(_report(classifier.model, given, predictions, scores, args))
    elif to_file:
        counts = ", ".join(f"{count} {name}" for name, count in Counter(predictions).most_common(5))
        print(f"written  {args.out}: {len(predictions)} rows{': ' if counts else ''}{counts}")
    return 0


def _warn_of_unseen(given: GivenSamples) -> None:
    """Warns once, whatever the number of cells."""
    if given.unseen:
        column, counts = next(iter(given.unseen.items()))
        number = sum(counts.total() for counts in given.unseen.values())
        warn(
            f"{number} cells in {len(given.unseen)} columns hold a category that training did not see, such as "
            f"{shown(next(iter(counts)))} in {shown(column)}; they set no bit."
        )


def _csv_of(model: ClassifierModel, names: tuple[str, ...], predictions: list[str], scores: np.ndarray | None) -> str:
    columns: list[list[Any]] = [[model.target or _CLASS, *predictions]]
    if names:
        columns.insert(0, [_FILE, *names])
    if scores is not None:
        columns += ([f"{_SCORE}{name}", *column] for name, column in zip(model.classes, scores.T.tolist(), strict=True))
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(zip(*columns, strict=True))
    return buffer.getvalue()


def _report(
    model: ClassifierModel,
    given: GivenSamples,
    predictions: list[str],
    scores: np.ndarray | None,
    args: argparse.Namespace,
) -> dict[str, Any]:
    where = {} if is_stream(args.out) else {"out": str(args.out)}
    return {
        "model": model.name,
        "classes": list(model.classes),
        "samples": len(predictions),
        **({"files": list(given.names)} if given.names else {}),
        **where,
        **({} if where else {"predictions": predictions}),
        **({} if where or scores is None else {"scores": scores.tolist()}),
        "unseen": given.unseen,
    }
