"""`evaluate`: tell how often a classifier is right, class by class, on a data set or a file with the classes."""

import argparse
from pathlib import Path
from typing import Any, get_args

import numpy as np

from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser, print_json, warn
from ca_logic.cli.classifier_summary import print_confusions, share, shown_classes
from ca_logic.cli.fetching_display import fetching_display
from ca_logic.errors import DataError, UsageError
from ca_logic.files import require_writable_file, write_atomically
from ca_logic.runtime.classifier import Evaluation, StoredModel, find_model, start_classifier
from ca_logic.runtime.classifier.confusion_picture import draw_confusion
from ca_logic.runtime.classifier.known_samples import Part, load_known_data, part_of, read_known_file
from ca_logic.tasks.datasets import DATA_SETS, DataSet

_EXAMPLES = """\
examples:
  ca-logic evaluate mnist
  ca-logic evaluate mnist --data ~/datasets --out confusion.png
  ca-logic evaluate iris --part all --json | jq .accuracy
  ca-logic evaluate churn.logic --file customers.csv --target left

Without --dataset and --file it is the data set that the model was trained on, and of these data the test part: the
samples that training never saw. In a file that training did not see, all samples judge.
exit code: 0 whatever the accuracy is, 1 if there is none, 2 if it was asked wrongly
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "evaluate", execute, documentation=__doc__, examples=_EXAMPLES)
    add_model(parser)
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--dataset", choices=tuple(DATA_SETS), metavar="NAME", help=f"a data set: {', '.join(DATA_SETS)}")
    data.add_argument("--file", type=Path, metavar="FILE", help="your own .csv, .parquet or .npz file")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="where the files of data sets are (default: fetched once)"
    )
    parser.add_argument("--target", metavar="COLUMN", help="the column of classes in FILE (default: the model's)")
    parser.add_argument("--part", choices=get_args(Part), help="of the samples (default: test, or all; see below)")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE.png", help="draw the confusion matrix")
    add_json(parser)


def add_model(parser: argparse.ArgumentParser) -> None:
    """Adds the argument that names a model."""
    parser.add_argument("model", metavar="MODEL", help="a model that was learned or is shipped, or a .logic file")


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    if args.target and not args.file:
        raise UsageError("--target is about --file; leave it out.")
    if args.data and args.file:
        raise UsageError("--data is about data sets; leave it out.")
    if args.out:
        require_writable_file(args.out)
    stored = find_model(args.model)
    data = _data(args, stored)
    part, samples = part_of(stored.model, data, args.part)
    if args.part and not len(samples):
        raise DataError(
            f"{data.name} has no samples in the part {part}, so nothing can be told; choose another --part."
        )
    classifier = start_classifier(stored.model, on_warning=warn)
    evaluation = classifier.evaluate(samples)
    title = f"{stored.model.name} on {data.name}, {part}: {share(evaluation.accuracy)} right"
    if args.out:
        write_atomically(args.out, draw_confusion(evaluation, title))
    if args.json:
        report = _report(evaluation) | {"engine": classifier.runner.description}
        about = {"model": stored.model.name, "path": str(stored.path), "data": data.name, "part": part}
        print_json(about | report | ({"out": str(args.out)} if args.out else {}))
        return 0
    print(f"model      {stored.model.name} ({stored.description})")
    print(f"data       {data.name}, {part}: {evaluation.num_samples} samples")
    print(f"engine     {classifier.runner.description}")
    print(f"accuracy   {share(evaluation.accuracy)}, {evaluation.num_right} of {evaluation.num_samples}")
    print(_text(evaluation))
    print_confusions(evaluation, part)
    if args.out:
        print(f"written    {args.out}")
    return 0


def _data(args: argparse.Namespace, stored: StoredModel) -> DataSet:
    if args.file:
        return read_known_file(stored.model, args.file, target=args.target)
    name = args.dataset or stored.model.data_set
    if name not in DATA_SETS:
        raise UsageError(
            f"model {stored.model.name} was trained on {name or 'unknown data'}, which is no published data set; name "
            "samples with --file FILE or --dataset NAME."
        )
    with fetching_display() as on_progress:
        return load_known_data(stored.model, name, folder=args.data, on_progress=on_progress, on_warning=warn)


def _report(evaluation: Evaluation) -> dict[str, Any]:
    def plain(shares: np.ndarray) -> list[float | None]:
        return [None if share != share else share for share in shares.tolist()]

    return {
        "accuracy": evaluation.accuracy if evaluation.num_samples else None,
        "right": evaluation.num_right,
        "samples": evaluation.num_samples,
        "classes": list(evaluation.classes),
        "recalls": plain(evaluation.recalls),
        "precisions": plain(evaluation.precisions),
        "confusion": evaluation.confusion.tolist(),
    }


def _text(evaluation: Evaluation) -> str:
    """Returns recall and precision of each class."""
    names = shown_classes(evaluation)
    counts = evaluation.confusion.sum(axis=1).tolist()
    shares = zip(map(share, evaluation.recalls), map(share, evaluation.precisions), strict=True)
    header = ["", "class", "samples", "recall", "precision"]
    body = [
        [str(place), name, str(count), *pair]
        for place, (name, count, pair) in enumerate(zip(names, counts, shares, strict=True))
    ]
    return "\n".join(["", *_aligned([header, *body], left=(1,))])


def _aligned(rows: list[list[str]], *, left: tuple[int, ...]) -> list[str]:
    """Returns rows as lines of columns, which are aligned to the right but for some."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text.ljust(width) if place in left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
