"""Where the thresholds of a thermometer lie: at equal distances, or with equally many samples between them."""

import numpy as np
from jaxtyping import Float32, Int64, Num

_MOST_PIXEL = 255


def pixel_thresholds(count: int) -> Float32[np.ndarray, " thresholds"]:
    """Returns `count` thresholds at equal distances between 0 and 255, the same for all pixels."""
    return uniform_thresholds(0, _MOST_PIXEL, count, integral=True)


def uniform_thresholds(least: float, most: float, count: int, *, integral: bool) -> Float32[np.ndarray, " thresholds"]:
    """Returns `count` thresholds at equal distances between two values, fewer if some would be the same."""
    places = least + (most - least) * np.arange(1, count + 1, dtype=np.float64) / (count + 1)
    thresholds = np.unique((np.ceil(places) if integral else places).astype(np.float32))
    return thresholds[(thresholds > np.float32(least)) & (thresholds <= np.float32(most))]


def distributive_thresholds(
    distinct: Num[np.ndarray, " distinct"], counts: Int64[np.ndarray, " distinct"], count: int, *, integral: bool
) -> Float32[np.ndarray, " thresholds"]:
    """Returns `count` thresholds with equally many samples between them, as far as equal values allow.

    These are quantiles if all values are different. A value of many samples takes a place between two thresholds for
    itself, and the other thresholds are dealt out among the rest; plain quantiles would coincide there.

    Args:
        distinct: the different values, in ascending order.
        counts: how many samples have each.
        count: how many thresholds are wanted; with fewer gaps between values there is one in each.
        integral: whether thresholds should be integers.
    """
    behind = _ends_of_bins(counts.tolist(), min(count, max(0, len(distinct) - 1)))
    lower, upper = distinct[behind].astype(np.float64), distinct[behind + 1].astype(np.float64)
    # The middle of the decimals that float32 stands for: 4.65 between 4.6 and 4.7, not 4.6499996.
    middle = np.array([(decimal(below) + decimal(above)) / 2 for below, above in zip(lower, upper, strict=True)])
    thresholds = (np.ceil(middle) if integral else middle).astype(np.float32)
    # Between neighbours among float32 there is no other.
    inside = (thresholds > lower) & (thresholds <= upper)
    thresholds[~inside] = upper[~inside]
    return thresholds


def decimal(number: float) -> float:
    """Returns the shortest decimal that becomes this number when it is rounded to 32 bits."""
    return float(str(np.float32(number)))


def _ends_of_bins(counts: list[int], num_ends: int) -> Int64[np.ndarray, " ends"]:
    """Returns the places of the last value of each bin but the last one.

    A bin ends where it is nearest to an equal part of what is left, and early enough for those to come.
    """
    ends: list[int] = []
    left, inside = sum(counts), 0
    for place, number in enumerate(counts):
        missing = num_ends - len(ends)
        if not missing:
            break
        wanted = left / (missing + 1)
        if inside and inside + number - wanted > wanted - inside:
            ends.append(place - 1)
            left -= inside
            inside = 0
            missing -= 1
            wanted = left / (missing + 1)
        inside += number
        if missing and (inside >= wanted or len(counts) - 1 - place == missing):
            ends.append(place)
            left -= inside
            inside = 0
    return np.array(ends, dtype=np.int64)
