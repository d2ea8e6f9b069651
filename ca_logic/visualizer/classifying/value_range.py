"""From where to where a slider goes, in which steps, and where on it the encoder can tell values apart."""

import bisect
import itertools
import math
from dataclasses import dataclass

import numpy as np

from ca_logic.backend.classifier.inputs import used_inputs
from ca_logic.runtime.classifier import ClassifierModel
from ca_logic.tasks.datasets import Column
from ca_logic.visualizer.classifying.samples_loading import KnownSamples

_STEPS = 100
"""About so many there are if values are no whole numbers."""

_MARGIN = 0.1
"""Of what the thresholds span, on both sides, where no data tell the range."""


@dataclass(frozen=True)
class ValueRange:
    """The values of a feature.

    Attributes:
        low: the smallest.
        high: the largest, above `low`.
        step: values are multiples of it: a power of ten.
        edges: ascending; the encoder's bits change only where a value reaches one of them, or falls below it.
    """

    low: float
    high: float
    step: float
    edges: tuple[float, ...] = ()

    def share_of(self, value: float) -> float:
        """Returns where on a slider a value lies, from 0 to 1."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def value_at(self, share: float) -> float:
        """Returns the value at a place on a slider; at its ends those of the range even if they are no multiples."""
        if not 0 < share < 1:
            return self.low if share <= 0 else self.high
        value = round((self.low + share * (self.high - self.low)) / self.step) * self.step
        return min(max(value, self.low), self.high)

    def stepped(self, value: float, direction: int) -> float:
        """Returns the next value in a direction, -1 or 1, at which a bit changes; an end if there is none.

        Downwards it is the edge below the next one, so that steps up and down meet the same values.
        """
        edges = [self.low, *(edge for edge in self.edges if self.low < edge <= self.high)]
        if direction > 0:
            place = bisect.bisect_right(edges, value)
            return edges[place] if place < len(edges) else self.high
        place = bisect.bisect_right(edges, value) - 1
        return edges[max(place - 1, 0)]

    def shown(self, value: float) -> str:
        """Returns a value as a text with as many digits as steps have."""
        digits = max(0, -math.floor(math.log10(self.step) + 0.5))
        return f"{value:,.{digits}f}" if abs(value) < 1e9 else f"{value:.4g}"


def ranges_of(model: ClassifierModel, known: KnownSamples | None) -> list[ValueRange]:
    """Returns the range of each feature: a category's places, what the data hold, or what the thresholds span."""
    return [
        _range_of(column, edges, known, place)
        for place, (column, edges) in enumerate(zip(model.columns, _edges(model), strict=True))
    ]


def read_features(model: ClassifierModel) -> np.ndarray:
    """Returns for each feature whether the circuit reads a bit of it."""
    is_read = np.zeros(len(model.columns), dtype=bool)
    is_read[model.encoder.features[used_inputs(model.head.circuit)]] = True
    return is_read


def _range_of(column: Column, edges: tuple[float, ...], known: KnownSamples | None, place: int) -> ValueRange:
    if column.kind == "category":
        return ValueRange(0, max(1, len(column.categories) - 1), 1)
    if column.kind == "pixel":
        return ValueRange(0, 255, 1, edges)
    is_whole = bool(known.is_whole[place]) if known else all(edge == math.floor(edge) for edge in edges)
    ends = (float(known.lowest[place]), float(known.highest[place])) if known else (math.nan, math.nan)
    if not all(map(math.isfinite, ends)):
        ends = _ends_around(edges, is_whole=is_whole)
    low, high = ends
    if not low < high:
        # A column of one value; of all widths around it the size of a number is no worse than others.
        low, high = low - max(1, abs(low)) / 2, low + max(1, abs(low)) / 2
    return ValueRange(low, high, 1 if is_whole else 10.0 ** math.floor(math.log10((high - low) / _STEPS)), edges)


def _ends_around(edges: tuple[float, ...], *, is_whole: bool) -> tuple[float, float]:
    if not edges:
        return 0.0, 1.0
    margin = max(_MARGIN * (edges[-1] - edges[0]), 1 if is_whole else 0)
    low, high = edges[0] - margin, edges[-1] + margin
    return (float(math.floor(low)), float(math.ceil(high))) if is_whole else (low, high)


def _edges(model: ClassifierModel) -> list[tuple[float, ...]]:
    """Returns for each feature the finite values at which a bit of it changes, ascending."""
    encoder = model.encoder
    order = np.argsort(encoder.features, kind="stable")
    bounds = np.searchsorted(encoder.features[order], np.arange(encoder.num_features + 1))
    beyond = np.nextafter(encoder.highs, np.float32(np.inf))
    edges = []
    for begin, end in itertools.pairwise(bounds):
        bits = order[begin:end]
        values = np.unique(np.concatenate([encoder.lows[bits], beyond[bits]]))
        edges.append(tuple(values[np.isfinite(values)].tolist()))
    return edges
