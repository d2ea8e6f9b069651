"""`SplitChoice`: how a data set was cut into parts, kept with a model so that the same samples judge it again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from ca_logic.errors import DataError
from ca_logic.tasks.datasets import DataSet, Split, k_folds, split_as_difflogic, split_data

SPLIT = "split"
"""Where it is found in the provenance of a model."""

_KEYS = ("method", "seed", "validation", "test", "folds", "fold")

UNUSED_KEYS = {"shares": ("folds", "fold"), "folds": ("test",), "difflogic": _KEYS[1:]}
"""What a choice of each method holds without going by it."""


@dataclass(frozen=True)
class SplitChoice:
    """A way to cut data into parts that is always the same.

    Attributes:
        method: `shares` as `split_data` does, `folds` as `k_folds` does, or `difflogic` as its experiments do.
        seed: decides which samples go where.
        validation: the share of the samples outside the test part that choose.
        test: the share of all samples that judge, where no test part is published; None for the usual one.
        folds: how many folds there are.
        fold: which of them judges, from 0 on.
    """

    method: Literal["shares", "folds", "difflogic"] = "shares"
    seed: int = 0
    validation: float = 0.1
    test: float | None = None
    folds: int = 10
    fold: int = 0

    def split(self, data: DataSet) -> Split:
        """Returns the parts.

        Raises:
            DataError: if the data cannot be cut so.
        """
        if self.method == "difflogic":
            return split_as_difflogic(data)
        if self.method == "shares":
            return split_data(data, seed=self.seed, validation=self.validation, test=self.test)
        if not 0 <= self.fold < self.folds:
            raise DataError(f"fold {self.fold} of {self.folds} cannot be; choose from 0 to {self.folds - 1}.")
        return k_folds(data, self.folds, seed=self.seed, validation=self.validation)[self.fold]

    def to_plain(self) -> dict[str, object]:
        """Returns numbers and texts that JSON can hold."""
        return asdict(self)


def split_of_provenance(provenance: Mapping[str, object]) -> SplitChoice | None:
    """Returns the choice that is kept with a model, if there is one.

    Raises:
        DataError: if it is no choice.
    """
    plain = provenance.get(SPLIT)
    if plain is None:
        return None
    if not isinstance(plain, dict) or set(plain) != set(_KEYS):
        raise DataError(f"the split of a model must have exactly {', '.join(_KEYS)}.")
    method, seed, validation, test, folds, fold = (plain[key] for key in _KEYS)
    counts_fit = all(type(count) is int and 0 <= count < 1 << 63 for count in (seed, folds, fold))
    shares_fit = all(type(share) in (int, float) for share in (validation, 0.0 if test is None else test))
    if method not in ("shares", "folds", "difflogic") or not counts_fit or not shares_fit:
        raise DataError("the split of a model says no method, seed, shares and folds.")
    return SplitChoice(method, seed, validation, test, folds, fold)
