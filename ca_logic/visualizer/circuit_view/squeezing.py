"""Squeezes a drawing that became much higher than its fullest column, so that gates are larger on the screen.

Rows are scaled; where that brings the points of a column too close, they are pushed apart as little as can be, trunks
less than gates. That is isotonic regression, which pooling adjacent violators solves exactly: Barlow, Bartholomew,
Bremner and Brunk, "Statistical Inference under Order Restrictions" (1972).
"""

import itertools
from collections.abc import Sequence

_ROOM_TO_SPARE = 1.3
"""Of the fullest column; less would make long wires crooked."""

_ROWS_OF_COLUMN = 0.7
"""So high a drawing may be for each of its columns: in most windows it is the width then that limits it."""

_WEIGHT_OF_TRUNK = 5.0


def squeeze(
    rows: Sequence[float], order: Sequence[Sequence[int]], rooms: Sequence[float], are_trunks: Sequence[bool]
) -> list[float]:
    """Returns rows in the same order that take up less height, or the same ones.

    Args:
        rows: of the middle of each point.
        order: the points of each column, from the top.
        rooms: half the rows that each point takes up.
        are_trunks: whether a point is one that a wire passes.
    """
    drawn = [point for column in order for point in column]
    if not drawn:
        return list(rows)
    height = max(rows[p] + rooms[p] for p in drawn) - min(rows[p] - rooms[p] for p in drawn)
    fullest = max(sum(2 * rooms[point] for point in column) for column in order)
    scale = max(_ROOM_TO_SPARE * fullest, _ROWS_OF_COLUMN * len(order)) / height
    if scale >= 1:
        return list(rows)
    squeezed = list(rows)
    for column in order:
        gaps = (rooms[upper] + rooms[lower] for upper, lower in itertools.pairwise(column))
        offsets = list(itertools.accumulate(gaps, initial=0.0))
        wanted = [scale * rows[point] - offset for point, offset in zip(column, offsets, strict=False)]
        weights = [_WEIGHT_OF_TRUNK if are_trunks[point] else 1.0 for point in column]
        for point, place, offset in zip(column, _isotonic(wanted, weights), offsets, strict=False):
            squeezed[point] = place + offset
    return squeezed


def _isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Returns the ascending numbers with the least weighted sum of squared distances from those wanted."""
    pools: list[tuple[float, float, int]] = []
    for mean, weight in zip(wanted, weights, strict=True):
        pool = (mean, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            total = before[1] + pool[1]
            pool = ((before[0] * before[1] + pool[0] * pool[1]) / total, total, before[2] + pool[2])
        pools.append(pool)
    return [mean for mean, _, count in pools for _ in range(count)]
