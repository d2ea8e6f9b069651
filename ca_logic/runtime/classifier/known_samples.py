"""Samples whose classes are known, to judge a model by: a data set by name, or a file, and a part of it.

The part that a model was not trained on must be that of its training, so its split is kept with it. In data that the
model has never seen, all samples judge.
"""

import dataclasses
from pathlib import Path
from typing import Literal

import numpy as np

from ca_logic.errors import DataError, UsageError
from ca_logic.formats.names import shown
from ca_logic.runtime.classifier.model import ClassifierModel
from ca_logic.runtime.classifier.split_choice import split_of_provenance
from ca_logic.tasks.datasets import (
    DATA_SETS,
    DataSet,
    Origin,
    Provenance,
    Samples,
    features_of_table,
    labels_of_table,
    load_data_set,
    read_table,
)
from ca_logic.tasks.datasets.data_set import drop_incomplete
from ca_logic.tasks.datasets.fetching import OnProgress, OnWarning, say_nothing
from ca_logic.tasks.datasets.file_bytes import md5_of, read_bytes
from ca_logic.tasks.datasets.npz_file import read_npz

Part = Literal["train", "validation", "test", "all"]

ORIGINS = "origins"
"""Where the files that a model was trained on are found in its provenance, as a list of `name` and `md5`."""


def origins_of(data: DataSet) -> list[dict[str, str]]:
    """Returns for provenance the files that data were read from."""
    return [{"name": origin.name, "md5": origin.md5} for origin in data.provenance.origins]


def load_known_data(
    model: ClassifierModel,
    name: str,
    *,
    folder: Path | None = None,
    on_progress: OnProgress = say_nothing,
    on_warning: OnWarning = say_nothing,
) -> DataSet:
    """Returns a published data set with the classes of a model; see `load_data_set`.

    Raises:
        UsageError: if there is no such data set.
        DataError: if it cannot be had, or the model reads other columns.
    """
    missing: Literal["keep", "drop"] = "drop" if model.missing == "drop" else "keep"
    data = load_data_set(name, folder=folder, missing=missing, on_progress=on_progress, on_warning=on_warning)
    if data.columns != model.columns:
        raise DataError(f"{data.name} has other columns than model {model.name} reads; choose another --dataset.")
    return _with_classes_of(model, data)


def read_known_file(model: ClassifierModel, path: Path, *, target: str | None = None) -> DataSet:
    """Returns the rows of a user's file, read as the model reads them, with their classes.

    Args:
        model: says what the columns mean, and what becomes of samples that lack a number.
        path: a CSV or Parquet file with the columns of the model, or a NumPy archive with `x` and `y`.
        target: the column of classes; by default the model's.

    Raises:
        DataError: saying what is wrong.
    """
    if path.suffix.lower() == ".npz":
        data = _with_classes_of(model, read_npz(path, missing=model.missing))
    else:
        target = target or model.target
        if not target:
            raise UsageError(f"model {model.name} does not say which column has the classes; name it with --target.")
        table = read_table(path)
        features = features_of_table(table, model.columns, keep_missing=model.missing != "refuse")
        data = DataSet(
            table.name, model.columns, features, labels_of_table(table, target, model.classes), model.classes
        )
        data = drop_incomplete(data) if model.missing == "drop" else data
    origin = Origin(path.name, str(path.parent), md5_of(read_bytes(path)))
    return dataclasses.replace(data, provenance=Provenance((origin,)))


def is_training_data(model: ClassifierModel, data: DataSet) -> bool:
    """Tells whether a model was trained on a part of these data: published ones of this name, or the same files."""
    if data.name in DATA_SETS:
        return data.name == model.data_set
    return bool(data.provenance.origins) and model.provenance.get(ORIGINS) == origins_of(data)


def part_of(model: ClassifierModel, data: DataSet, part: Part | None = None) -> tuple[Part, Samples]:
    """Returns samples to judge a model by, and which part of the data they are.

    Args:
        model: its provenance says how the data were cut into parts.
        data: what to take them of.
        part: by default `test` if the model was trained on these data, or a test part is published, and else `all`.

    Raises:
        DataError: if nobody knows which samples are the part.
    """
    is_known = is_training_data(model, data)
    part = part or ("test" if is_known or data.num_test else "all")
    if part == "all":
        return part, data.samples(np.arange(data.num_samples))
    if part == "test" and data.num_test:
        return part, data.samples(np.arange(data.num_train, data.num_samples))
    choice = split_of_provenance(model.provenance) if is_known else None
    if choice is None:
        reason = "does not say how it cut" if is_known else "was not trained on"
        raise DataError(f"model {model.name} {reason} {data.name}, so which samples are {part} is not known; use all.")
    split = choice.split(data)
    return part, {"train": split.training, "validation": split.validation, "test": split.test}[part]


def _with_classes_of(model: ClassifierModel, data: DataSet) -> DataSet:
    """Returns the data with labels that are places in the classes of the model."""
    unknown = [name for name in data.classes if name not in model.classes]
    if unknown:
        known = ", ".join(map(shown, model.classes[:8])) + (", ..." if len(model.classes) > 8 else ".")
        raise DataError(
            f"{data.name} has a class {shown(unknown[0])}, which model {model.name} does not know; its classes are "
            f"{known}"
        )
    places = np.array([model.classes.index(name) for name in data.classes], np.int32)
    return dataclasses.replace(data, labels=places[data.labels], classes=model.classes)
