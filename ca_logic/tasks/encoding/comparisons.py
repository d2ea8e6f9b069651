"""`Comparisons`: the bits of an encoder as they are put together, column by column."""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ca_logic.errors import DataError, UsageError
from ca_logic.formats.names import NameRule, distinct_names, shown
from ca_logic.tasks.datasets import Column
from ca_logic.tasks.encoding.encoder import Encoder
from ca_logic.tasks.encoding.thermometer import decimal

MAX_VALUES = 1024
"""A one-hot code of more values is refused."""

BIT_NAMES = NameRule(
    "encoders",
    "no blanks, '#', '=', commas, parentheses, backslashes or leading dots",
    # What BLIF cannot hold, nor BENCH within ASCII, so that both keep the names of ASCII that are left. What lies
    # beyond, such as the sign of thresholds, is replaced where a format does not have it; see `NameRule.nearest`.
    forbidden=re.compile(r"[\s#=,()\\]"),
    refused=re.compile(r"\..*"),
    reserved=frozenset(["vdd", "gnd"]),
)


@dataclass
class Comparisons:
    """Bits of the columns of a data set, in the order in which they are added.

    Attributes:
        columns: those of the data set.
    """

    columns: tuple[Column, ...]
    _features: list[int] = field(default_factory=list)
    _lows: list[float] = field(default_factory=list)
    _highs: list[float] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)

    def add_thresholds(self, place: int, thresholds: Iterable[float]) -> None:
        """Adds a bit for each threshold, which tells whether the feature is at least that."""
        for threshold in thresholds:
            self._add(place, threshold, np.inf, f"≥{_number(threshold)}")

    def add_intervals(self, place: int, ends: Iterable[float]) -> None:
        """Adds a bit for each interval between two ends, the lower one included, and for what lies outside."""
        edges = [-np.inf, *np.unique(np.array(list(ends), dtype=np.float32)).tolist(), np.inf]
        for low, end in itertools.pairwise(edges):
            high = end if end == np.inf else float(np.nextafter(np.float32(end), np.float32(-np.inf)))
            above = "" if low == -np.inf else f"≥{_number(low)}"
            below = "" if end == np.inf else f"<{_number(end)}"
            self._add(place, low, high, above + below)

    def add_one_hot(self, place: int, values: Iterable[float]) -> None:
        """Adds a bit for each value, which tells whether the feature is equal to it.

        Raises:
            UsageError: if there are too many.
        """
        column, values = self.columns[place], list(values)
        if len(values) > MAX_VALUES:
            raise UsageError(
                f"{shown(column.name)} has {len(values)} different values, more than {MAX_VALUES}; give it a "
                "thermometer, such as distributive:16."
            )
        for value in values:
            name = column.categories[int(value)] if column.kind == "category" else _number(value)
            self._add(place, value, value, f":{name}")

    def add_ordinal(self, place: int, values: Iterable[float]) -> None:
        """Adds a bit for each value but the first, which tells whether the category is that or a later one."""
        for value in list(values)[1:]:
            self._add(place, value, np.inf, f"≥{self.columns[place].categories[int(value)]}")

    def add_given(self, place: int) -> None:
        """Adds a bit that tells whether the feature is a number at all."""
        self._add(place, -np.inf, np.inf, ":given")

    def encoder(self) -> Encoder:
        """Returns the encoder of all bits added, with different names that `BIT_NAMES` allows.

        Raises:
            DataError: if there are none.
        """
        if not self._names:
            raise DataError("no column has two different values in the training part; there is nothing to learn from.")
        return Encoder(
            num_features=len(self.columns),
            features=np.array(self._features, dtype=np.int32),
            lows=np.array(self._lows, dtype=np.float32),
            highs=np.array(self._highs, dtype=np.float32),
            names=tuple(distinct_names(self._names, BIT_NAMES)),
        )

    def _add(self, place: int, low: float, high: float, name: str) -> None:
        self._features.append(place)
        self._lows.append(low)
        self._highs.append(high)
        self._names.append(self.columns[place].name + name)


def _number(value: float) -> str:
    number = decimal(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e16 else repr(number)
