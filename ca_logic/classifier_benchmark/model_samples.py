"""The samples that a model is compared on: those that judge it, or random ones if nobody has what it learned from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8

from ca_logic.runtime.classifier import ClassifierModel
from ca_logic.runtime.classifier.known_samples import load_known_data, part_of
from ca_logic.runtime.classifier.split_choice import SplitChoice, split_of_provenance
from ca_logic.tasks.datasets import DATA_SETS, DataSet, Samples, Split
from ca_logic.tasks.datasets.fetching import OnProgress, OnWarning, say_nothing

RANDOM = "random samples"

_NUM_RANDOM = 4096
_BYTE = 256

Rows = Float32[np.ndarray, "samples features"] | UInt8[np.ndarray, "samples features"]


@dataclass(frozen=True, eq=False)
class ModelSamples:
    """Samples to compare on.

    Attributes:
        name: of the data, and which part of them it is.
        judging: the samples.
        split: what a baseline is trained on.
        are_known: whether their classes mean anything.
    """

    name: str
    judging: Samples
    split: Split
    are_known: bool


def samples_of_model(
    model: ClassifierModel,
    *,
    folder: Path | None = None,
    on_progress: OnProgress = say_nothing,
    on_warning: OnWarning = say_nothing,
) -> ModelSamples:
    """Returns the test part of the data set that a model was trained on, or all of it; random samples if nobody has it.

    Args:
        model: what is to be compared.
        folder: where the files of data sets are.
        on_progress: told of what is fetched.
        on_warning: told of files that were wrong.

    Raises:
        DataError: if the data cannot be had, or nobody knows how they were cut.
    """
    if model.data_set not in DATA_SETS:
        split = _random_split(model)
        return ModelSamples(RANDOM, split.training, split, are_known=False)
    data = load_known_data(model, model.data_set, folder=folder, on_progress=on_progress, on_warning=on_warning)
    part, judging = part_of(model, data)
    if not len(judging):
        part, judging = part_of(model, data, "all")
    choice = split_of_provenance(model.provenance) or SplitChoice()
    return ModelSamples(f"{data.name}, {part}", judging, choice.split(data), are_known=True)


def random_rows(model: ClassifierModel, num_rows: int, *, seed: int = 0) -> Rows:
    """Returns features that set some bits of a model's encoder, and not others."""
    rng = np.random.default_rng(seed)
    shape = (num_rows, len(model.columns))
    if model.has_only_pixels:
        return rng.integers(0, _BYTE, shape, dtype=np.uint8)
    rows = np.empty(shape, np.float32)
    bounds = np.where(np.isfinite(model.encoder.lows), model.encoder.lows, model.encoder.highs).astype(np.float64)
    for place, column in enumerate(model.columns):
        known = bounds[(model.encoder.features == place) & np.isfinite(bounds)]
        if column.kind == "category":
            rows[:, place] = rng.integers(0, max(1, len(column.categories)), num_rows)
        elif column.kind == "pixel":
            rows[:, place] = rng.integers(0, _BYTE, num_rows)
        else:
            # Between, below and above what it is compared with.
            middle, width = (np.median(known), np.ptp(known) + 1) if len(known) else (0, 1)
            with np.errstate(over="ignore"):
                rows[:, place] = rng.normal(middle, width, num_rows)
    return rows


def _random_split(model: ClassifierModel) -> Split:
    features = random_rows(model, _NUM_RANDOM)
    labels = np.arange(_NUM_RANDOM, dtype=np.int32) % len(model.classes)
    data = DataSet(RANDOM, model.columns, features, labels, model.classes)
    none = np.arange(0)
    return Split(data, np.arange(_NUM_RANDOM), none, none)
