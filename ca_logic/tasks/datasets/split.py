"""`Split`: which samples are trained on, which choose among what was trained, and which only judge.

No sample is in two parts. Whatever is fitted to data, encoders first of all, takes a split and looks at its training
part, so that nothing of the others gets into it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from ca_logic.errors import DataError
from ca_logic.tasks.datasets.data_set import DataSet, Samples

TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1
"""Of all samples, if none are published as the test part; of those that are left."""

_DIFFLOGIC_TEST_SHARES = {"breast-cancer": 0.25, "iris": 0.3}

Rows = Int64[np.ndarray, " rows"]


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of a data set in three parts; those of validation and test may be none.

    Attributes:
        data: the data set.
        train_rows: its rows that are trained on.
        validation_rows: those that choose.
        test_rows: those that judge.
    """

    data: DataSet
    train_rows: Rows
    validation_rows: Rows
    test_rows: Rows

    def __post_init__(self) -> None:
        rows = np.concatenate([self.train_rows, self.validation_rows, self.test_rows])
        if not len(self.train_rows):
            raise DataError(
                f"a split of {self.data.name} leaves no samples to train on; take less for the other parts."
            )
        if rows.min() < 0 or rows.max() >= self.data.num_samples:
            raise DataError(f"{self.data.name} has rows 0 to {self.data.num_samples - 1}; a split names others.")
        if len(np.unique(rows)) != len(rows):
            raise DataError(f"a split of {self.data.name} has a row in two parts, or twice in one.")
        if (rows[: -len(self.test_rows) or None] >= self.data.num_train).any():
            raise DataError(f"a split of {self.data.name} trains on its test part, or chooses by it.")

    @property
    def training(self) -> Samples:
        """A copy of what is trained on."""
        return self.data.samples(self.train_rows)

    @property
    def validation(self) -> Samples:
        """A copy of what chooses."""
        return self.data.samples(self.validation_rows)

    @property
    def test(self) -> Samples:
        """A copy of what judges."""
        return self.data.samples(self.test_rows)


def split_data(
    data: DataSet, *, seed: int = 0, validation: float = VALIDATION_SHARE, test: float | None = None
) -> Split:
    """Returns parts in which each class has its share; a published test part stays what it is.

    Args:
        data: what to split.
        seed: decides which samples go where, and the order of those that are trained on.
        validation: the share of the samples outside the test part that are to choose.
        test: the share of all samples that are to judge, where no test part is published; `TEST_SHARE` by default.

    Raises:
        DataError: if a share cannot be, or a part would be empty.
    """
    if data.num_test and test is not None:
        raise DataError(f"{data.name} has a test part of {data.num_test} samples; no other can be chosen.")
    rng = np.random.default_rng(seed)
    learned = np.arange(data.num_train)
    if data.num_test:
        test_rows = np.arange(data.num_train, data.num_samples)
    else:
        learned, test_rows = _cut(data, learned, TEST_SHARE if test is None else test, rng)
    train_rows, validation_rows = _cut(data, learned, validation, rng)
    return Split(data, train_rows, validation_rows, test_rows)


def k_folds(data: DataSet, k: int = 10, *, seed: int = 0, validation: float = VALIDATION_SHARE) -> tuple[Split, ...]:
    """Returns k splits; each sample is in the test part of one of them, and each class has its share in all.

    Samples of a published test part are in none.

    Args:
        data: what to split.
        k: into how many folds, at least two.
        seed: decides which samples go where.
        validation: the share of the samples outside the test part that are to choose.

    Raises:
        DataError: if there are fewer samples than folds, or a share cannot be.
    """
    if not 2 <= k <= data.num_train:
        raise DataError(f"{k} folds of {data.num_train} samples cannot be; choose from 2 to {data.num_train}.")
    rng = np.random.default_rng(seed)
    # Dealt out class by class, so that the sizes of folds, and of a class in them, differ by one at most.
    dealt = np.concatenate(_rows_by_class(data, np.arange(data.num_train), rng))
    splits = []
    for fold in range(k):
        test_rows = np.sort(dealt[fold::k])
        train_rows, validation_rows = _cut(data, np.setdiff1d(dealt, test_rows), validation, rng)
        splits.append(Split(data, train_rows, validation_rows, test_rows))
    return tuple(splits)


def split_as_difflogic(data: DataSet) -> Split:
    """Returns the parts that difflogic's experiments train and test on; they have no validation part.

    Where no test part is published, it is a quarter of breast cancer and three tenths of iris, chosen as scikit-learn's
    `train_test_split` does with `random_state=0`. For breast cancer the samples must be those that lack nothing.

    Raises:
        DataError: if difflogic has no such split.
    """
    if data.num_test:
        return split_data(data, validation=0)
    if data.name not in _DIFFLOGIC_TEST_SHARES:
        raise DataError(f"difflogic has no experiment on {data.name}; choose the parts by shares.")
    # The generator that NumPy keeps as it was, for the sake of old results.
    rows = np.random.RandomState(0).permutation(data.num_samples)
    num_test = math.ceil(_DIFFLOGIC_TEST_SHARES[data.name] * data.num_samples)
    return Split(data, rows[num_test:], np.arange(0), rows[:num_test])


def _cut(data: DataSet, rows: Rows, share: float, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Returns the rows without a share of each class, shuffled, and that share, in order."""
    if not 0 <= share < 1:
        raise DataError(f"a share of {share:g} cannot be taken from samples; choose one from 0 up to, but not, 1.")
    by_class = _rows_by_class(data, rows, rng)
    counts = _shares([len(members) for members in by_class], share)
    taken = np.concatenate([members[:count] for members, count in zip(by_class, counts, strict=True)])
    kept = np.concatenate([members[count:] for members, count in zip(by_class, counts, strict=True)])
    return rng.permutation(kept), np.sort(taken)


def _rows_by_class(data: DataSet, rows: Rows, rng: np.random.Generator) -> list[Rows]:
    """Returns the rows of each class that has any, in random order."""
    labels = data.labels[rows]
    return [rng.permutation(rows[labels == label]) for label in np.unique(labels)]


def _shares(sizes: Sequence[int], share: float) -> list[int]:
    """Returns how many to take of each class: its share, rounded so that the sum is that of all.

    Largest remainders first. The last sample of a class is never taken, since what is never trained on cannot be
    learned.
    """
    wanted = [size * share for size in sizes]
    counts = [min(math.floor(number), size - 1) for number, size in zip(wanted, sizes, strict=True)]
    left = round(sum(wanted)) - sum(counts)
    for place in sorted(range(len(sizes)), key=lambda place: counts[place] - wanted[place]):
        if left > 0 and counts[place] < sizes[place] - 1:
            counts[place] += 1
            left -= 1
    return counts
