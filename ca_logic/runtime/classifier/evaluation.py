"""`Evaluation`: how often a classifier is right, class by class."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int32, Int64


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a classifier made of samples whose classes are known.

    Attributes:
        classes: the names of the classes.
        confusion: how many samples of each class, a row, were taken for each, a column.
    """

    classes: tuple[str, ...]
    confusion: Int64[np.ndarray, "classes classes"]

    @property
    def num_samples(self) -> int:
        """The number of samples."""
        return int(self.confusion.sum())

    @property
    def num_right(self) -> int:
        """How many were taken for what they are."""
        return int(self.confusion.trace())

    @property
    def accuracy(self) -> float:
        """The share of those that are right; NaN without samples."""
        return self.num_right / self.num_samples if self.num_samples else float("nan")

    @property
    def recalls(self) -> Float64[np.ndarray, " classes"]:
        """Of the samples of each class, the share that was taken for it; NaN if there are none."""
        return _ratio(self.confusion.diagonal(), self.confusion.sum(axis=1))

    @property
    def precisions(self) -> Float64[np.ndarray, " classes"]:
        """Of the samples that were taken for each class, the share that is of it; NaN if there are none."""
        return _ratio(self.confusion.diagonal(), self.confusion.sum(axis=0))


def evaluate(
    labels: Int32[np.ndarray, " samples"], predicted: Int32[np.ndarray, " samples"], classes: tuple[str, ...]
) -> Evaluation:
    """Returns what was made of samples: their classes, and those that they were taken for, as places in `classes`."""
    counts = np.bincount(labels.astype(np.int64) * len(classes) + predicted, minlength=len(classes) ** 2)
    return Evaluation(classes, counts.reshape(len(classes), len(classes)))


def _ratio(part: np.ndarray, whole: np.ndarray) -> Float64[np.ndarray, " classes"]:
    ratio: np.ndarray = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return ratio
