"""The options of learning a classifier: what they are, and what they say about data, split and recipe."""

import argparse
import math
import re
import shlex
from collections.abc import Collection
from pathlib import Path
from typing import Any, get_args

from ca_logic.cli.arguments import parse_count, parse_positive_count, warn
from ca_logic.cli.fetching_display import fetching_display
from ca_logic.errors import DataError, UsageError
from ca_logic.formats.names import shown
from ca_logic.runtime.classifier import SplitChoice
from ca_logic.tasks.datasets import DATA_SETS, DataSet, KindChoice, Missing, load_data_set, read_data_file

# As in ca_logic.learning, which takes seconds to import; a test holds them together.
WIRINGS = ("learnable", "balanced", "unique", "random", "tree")
PARAMETRIZATIONS = ("truth-table", "softmax")
FORWARDS = ("soft", "straight-through", "gumbel", "gumbel-straight-through")
BASELINES = ("mlp", "logistic")

_KINDS: tuple[KindChoice, ...] = get_args(KindChoice)

_FIELDS = {
    "layers": "layers",
    "tau": "tau",
    "steps": "steps",
    "starts": "starts",
    "batch": "batch_size",
    "learning_rate": "learning_rate",
    "wiring": "wiring",
    "first_wiring": "first_wiring",
    "candidates": "num_candidates",
    "parametrization": "parametrization",
    "forward": "forward",
    "grad_factor": "grad_factor",
    "weight_decay": "weight_decay",
    "shift": "max_shift",
}
"""By the name of an option the field of the recipe that it changes."""

_SHARED = ("steps", "effort", "seed", "seeds", "out")
"""Options that learning a rule has as well."""

_OF_TABLES, _OF_KNOWN, _OF_SPLIT = ("target", "column"), ("data", "difflogic"), ("validation", "fold")

_MAX_LAYERS, _MAX_GATES = 100, 50_000_000
_MAX_FOLDS = 100_000
_FEW_TEXTS, _MANY_TEXTS = 20, 0.9


def add_data(parser: argparse.ArgumentParser, *, leave_out: Collection[str] = ()) -> None:
    """Adds the options but for some; those not given are absent afterwards."""
    group = parser.add_argument_group("learning a classifier")

    def add(name: str, **options: Any) -> None:
        if name not in leave_out:
            group.add_argument(name, default=argparse.SUPPRESS, **options)

    add("--data", type=Path, metavar="FOLDER", help="where the files of data sets are (default: fetched once)")
    add("--target", metavar="COLUMN", help="of a table: the column of classes")
    add("--column", action="append", type=_parse_pair, metavar="NAME=KIND", help=f"one of {', '.join(_KINDS)}")
    add(
        "--missing",
        choices=("refuse", "keep", "drop"),
        help="what becomes of samples that lack something (default: keep; of a file: refuse; of --difflogic: drop)",
    )
    add("--layers", type=parse_layers, metavar="LAYERS", help="gates of each layer, such as 6x8000 or 4000,2000")
    add("--tau", type=_parse_positive, help="what the sums are divided by (default: by the size of the last layer)")
    add("--starts", type=parse_positive_count, metavar="N", help="initial networks that share the steps; the best wins")
    add("--batch", type=parse_positive_count, metavar="SAMPLES", help="samples of a step")
    add("--learning-rate", type=_parse_positive, metavar="RATE", help="of Adam, in the beginning")
    add("--first-wiring", choices=WIRINGS, help="which bits the gates of the first layer read")
    add("--wiring", choices=WIRINGS, help="which signals those of the other layers read")
    add("--candidates", type=parse_positive_count, metavar="N", help="among which a learnable wire chooses")
    add("--parametrization", choices=PARAMETRIZATIONS, help="how a relaxed gate is written")
    add("--forward", choices=FORWARDS, help="how the network computes while it is trained")
    add("--grad-factor", type=_parse_positive, metavar="FACTOR", help="of gradients from layer to layer")
    add("--weight-decay", type=_parse_share, metavar="RATE", help="of AdamW")
    add("--shift", type=parse_count, metavar="PIXELS", help="move images at random by up to so many pixels")
    add("--encoding", metavar="SPEC", help="such as auto, uniform:3, distributive:16, thresholds:21,30 or difflogic")
    add("--column-encoding", action="append", type=_parse_pair, metavar="NAME=SPEC", help="of a single column")
    add(
        "--validation",
        type=_parse_share,
        metavar="SHARE",
        help="of the samples, which chooses (default: 0.1; below 1,000 samples none)",
    )
    add("--fold", type=_parse_fold, metavar="I/K", help="of K folds the I-th judges; I is 1 to K")
    add("--baseline", choices=(*BASELINES, "all"), help="train something else on the same split as well")
    add("--difflogic", action="store_true", help="difflogic's own settings for this data set; other options win")
    add("--minutes", type=_parse_positive, metavar="M", help="stop training after so long with the best so far")
    add("--resume", action="store_true", help="go on from the newest checkpoint in the folder")


_OPTIONS = (
    *_OF_KNOWN,
    *_OF_TABLES,
    *(name for name in _FIELDS if name not in _SHARED),
    *("missing", "encoding", "column_encoding", *_OF_SPLIT, "baseline", "minutes", "resume"),
)


def given_options(args: argparse.Namespace) -> list[str]:
    """Returns the options, as they are written, that were given and that only classifiers have."""
    return [_flag(name) for name in _OPTIONS if hasattr(args, name)]


def load_data(args: argparse.Namespace, word: str) -> DataSet:
    """Returns the data set of this name, or the samples in the file; what is fetched is seen.

    Raises:
        UsageError: if an option does not go with it.
        DataError: if it is not to be had, or cannot be learned from.
    """
    if word in DATA_SETS:
        _refuse(args, _OF_TABLES, f"{word} is a data set that is known; leave {{}} out.")
        missing = missing_of(args, word)
        if missing == "refuse":
            raise UsageError("--missing refuse is about files; of a known data set choose keep or drop.")
        folder = getattr(args, "data", None)
        with fetching_display() as on_progress:
            return load_data_set(word, folder=folder, missing=missing, on_progress=on_progress, on_warning=warn)
    _refuse(args, _OF_KNOWN, f"{{}} is about known data sets, and {word} is a file; leave it out.")
    path = Path(word)
    if not path.exists():
        raise DataError(f"cannot read {path}: No such file or directory.")
    if path.suffix.lower() == ".npz":
        _refuse(args, _OF_TABLES, f"{{}} is about tables, and {word} names its classes itself; leave it out.")
    elif not hasattr(args, "target"):
        raise UsageError(f"{word} may have its classes in any column; name it with --target COLUMN.")
    kinds = dict(getattr(args, "column", ()))
    if wrong := [name for name, kind in kinds.items() if kind not in _KINDS]:
        raise UsageError(
            f"--column {wrong[0]}={kinds[wrong[0]]} says no kind of column; it is one of {', '.join(_KINDS)}."
        )
    data = read_data_file(path, target=getattr(args, "target", None), kinds=kinds, missing=missing_of(args, word))
    _warn_of_names(data)
    return data


def _warn_of_names(data: DataSet) -> None:
    """Warns once of columns whose texts tell samples apart rather than classes, such as names."""
    least = max(_FEW_TEXTS, _MANY_TEXTS * data.num_samples)
    names = [column.name for column in data.columns if column.kind == "category" and len(column.categories) >= least]
    if names:
        others = f", as in {len(names) - 1} other columns" if len(names) > 1 else ""
        warn(
            f"{data.name}: nearly every row has a text of its own in column {shown(names[0])}{others}, from which "
            f"nothing is learned; leave it out with {shlex.join(['--column', f'{names[0]}=ignore'])}."
        )


def missing_of(args: argparse.Namespace, word: str) -> Missing:
    """Returns what is done with samples that lack something."""
    usual: Missing = "drop" if hasattr(args, "difflogic") else "keep" if word in DATA_SETS else "refuse"
    missing: Missing = getattr(args, "missing", usual)
    return missing


def split_choice(args: argparse.Namespace, seed: int, data: DataSet | None = None) -> SplitChoice:
    """Returns how the samples are cut into parts; of which data decides what is usual.

    Raises:
        UsageError: if the options contradict each other.
    """
    if hasattr(args, "difflogic"):
        _refuse(args, _OF_SPLIT, "--difflogic has its own split, without a part that chooses; leave {} out.")
        return SplitChoice("difflogic", seed)
    choice: dict[str, Any] = {"seed": seed}
    if hasattr(args, "validation"):
        choice["validation"] = args.validation
    elif data is not None:
        from ca_logic.learning.classification.defaults import default_validation

        choice["validation"] = default_validation(data.num_train)
    if hasattr(args, "fold"):
        number, folds = args.fold
        choice |= {"method": "folds", "fold": number - 1, "folds": folds}
    return SplitChoice(**choice)


def task_options(args: argparse.Namespace, word: str, data: DataSet) -> dict[str, Any]:
    """Returns what `classifier_task` is to be given for encoder and recipe.

    Raises:
        UsageError: if an option does not go with the data, or difflogic has no such experiment.
    """
    from ca_logic.learning.classification.defaults import difflogic_recipe

    if data.image_shape is None:
        _refuse(args, ("shift",), f"{{}} moves images, and {data.name} has none; leave it out.")
    changes = {field: value for name, field in _FIELDS.items() if (value := getattr(args, name, None)) is not None}
    options: dict[str, Any] = {"encoding": getattr(args, "encoding", None)}
    if hasattr(args, "column_encoding"):
        options["column_encodings"] = dict(args.column_encoding)
    if hasattr(args, "difflogic"):
        options["recipe"] = recipe = difflogic_recipe(word)
        options["encoding"] = getattr(args, "encoding", "difflogic")
        changes = {"tau": recipe.tau, "evaluate_every": recipe.evaluate_every} | changes
    return options | {"changes": changes}


def baselines_of(args: argparse.Namespace) -> tuple[str, ...]:
    """Returns the names of what else is to be trained."""
    name = getattr(args, "baseline", None)
    return BASELINES if name == "all" else (name,) if name else ()


def command_of(args: argparse.Namespace, word: str, **changes: object) -> str:
    """Returns the command that asks for the same.

    Args:
        args: of the command that was given.
        word: what is learned.
        changes: options that are to be other ones; None leaves one out.
    """
    given = {name: getattr(args, name) for name in (*_SHARED, *_OPTIONS) if getattr(args, name, None) is not None}
    words = ["ca-logic", "learn", word]
    for name, value in (given | changes).items():
        if value is None or value is False or (name, value) in (("seed", 0), ("effort", 1)):
            continue
        for each in value if isinstance(value, list) else [value]:
            words += [_flag(name)] if each is True else [_flag(name), _text_of(name, each)]
    return shlex.join(words)


def parse_layers(text: str) -> tuple[int, ...]:
    """Returns the gates of each layer of a text like 6x8000 or 4000,2000."""
    layers: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(?:(\d{1,3})[xX])?(\d{1,30})", part.strip())
        if match is None or match[1] == "0" or int(match[2]) == 0:
            raise argparse.ArgumentTypeError(f"{text!r} says no layers; write them like 6x8000 or 4000,2000")
        layers += [int(match[2])] * int(match[1] or 1)
    if len(layers) > _MAX_LAYERS or sum(layers) > _MAX_GATES:
        raise argparse.ArgumentTypeError(
            f"{text!r} are {len(layers)} layers of {sum(layers):,} gates in all; up to {_MAX_LAYERS} of {_MAX_GATES:,} "
            "can be trained"
        )
    return tuple(layers)


def _refuse(args: argparse.Namespace, names: tuple[str, ...], complaint: str) -> None:
    if given := [_flag(name) for name in names if hasattr(args, name)]:
        raise UsageError(complaint.format(" and ".join(given)))


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _text_of(name: str, value: Any) -> str:
    match name, value:
        case "layers", tuple():
            return ",".join(map(str, value))
        case "fold", tuple():
            return "/".join(map(str, value))
        case _, tuple():
            return "=".join(value)
        case _, range():
            return f"{value.start}..{value.stop - 1}"
    return str(value)


def _parse_pair(text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r} must be the name of a column, = and what is said of it")
    return name, value


def _parse_fold(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]) or not 2 <= int(match[2]) <= _MAX_FOLDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no fold; write it like 3/10, from 1/10 to 10/10")
    return int(match[1]), int(match[2])


def _parse_positive(text: str) -> float:
    number = _number(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number


def _parse_share(text: str) -> float:
    number = _number(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 up to, but not, 1")
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
