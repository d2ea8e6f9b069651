"""Thermometers: where their thresholds lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from ca_logic.tasks.encoding.thermometer import (
    decimal,
    distributive_thresholds,
    pixel_thresholds,
    uniform_thresholds,
)
from tests.tasks.datasets.float_arrays import float32s

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
SOME_FLOATS = st_numpy.arrays(np.float32, st.integers(1, 40), elements=FLOATS)
SOME_INTEGERS = st_numpy.arrays(np.float32, st.integers(1, 40), elements=st.integers(-5, 5))
COUNTS = st.integers(1, 20)


def fitted(values: np.ndarray, count: int, *, integral: bool = False) -> list[float]:
    distinct, counts = np.unique(values, return_counts=True)
    thresholds = distributive_thresholds(distinct, counts, count, integral=integral)
    assert thresholds.dtype == np.float32
    return [float(threshold) for threshold in thresholds]


@given(SOME_FLOATS | SOME_INTEGERS, COUNTS)
def test_distributive_thresholds_tell_as_many_values_apart_as_they_can(values: np.ndarray, count: int) -> None:
    thresholds = fitted(values, count)
    assert thresholds == sorted(set(thresholds))
    assert len(thresholds) == min(count, len(np.unique(values)) - 1)
    levels = [int((values >= threshold).sum()) for threshold in thresholds]
    assert levels == sorted(set(levels), reverse=True)
    assert all(0 < level < len(values) for level in levels)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32))
def test_without_ties_each_level_has_as_many_samples(count: int, samples_a_level: int, seed: int) -> None:
    number = (count + 1) * samples_a_level
    values = np.random.default_rng(seed).permutation(number).astype(np.float32)
    expected = [level * samples_a_level for level in range(1, count + 1)]
    assert fitted(values, count, integral=True) == expected


def test_a_heavy_value_leaves_the_other_thresholds_to_the_rest() -> None:
    values = float32s([0] * 900 + list(range(1, 101)))
    assert fitted(values, 4, integral=True) == [1, 26, 51, 76]
    assert np.unique(np.quantile(values, [0.2, 0.4, 0.6, 0.8])).tolist() == [0]


@given(SOME_INTEGERS, COUNTS)
def test_thresholds_of_integers_are_integers(values: np.ndarray, count: int) -> None:
    assert all(threshold.is_integer() for threshold in fitted(values, count, integral=True))


def test_thresholds_are_halfway_between_decimals() -> None:
    values = float32s([4.6, 4.7])
    (threshold,) = fitted(values, 3)
    assert np.float32(threshold) == np.float32(4.65)
    assert decimal(threshold) == 4.65
    neighbours = float32s([1, np.nextafter(np.float32(1), np.float32(2))])
    assert fitted(neighbours, 1) == [neighbours[1]]
    largest = np.finfo(np.float32).max
    assert fitted(float32s([-largest, largest]), 1) == [0]


def test_one_value_or_none_needs_no_threshold() -> None:
    assert fitted(float32s([3, 3]), 5) == []
    assert fitted(float32s([]), 5) == []


@given(FLOATS, FLOATS, COUNTS)
def test_uniform_thresholds_lie_at_equal_distances(one: float, other: float, count: int) -> None:
    least, most = sorted([one, other])
    thresholds = uniform_thresholds(least, most, count, integral=False)
    assert len(thresholds) <= count
    assert (np.diff(thresholds) > 0).all()
    assert all(least < threshold <= most for threshold in thresholds.tolist())
    places = np.linspace(np.float64(least), np.float64(most), count + 2)[1:-1]
    expected = np.unique(places.astype(np.float32))
    np.testing.assert_allclose(thresholds, expected[(expected > least) & (expected <= most)], rtol=1e-5, atol=1e-30)


def test_uniform_thresholds_of_integers_are_integers() -> None:
    assert uniform_thresholds(0, 10, 3, integral=True).tolist() == [3, 5, 8]
    assert uniform_thresholds(0, 2, 9, integral=True).tolist() == [1, 2]


@pytest.mark.parametrize("count", [1, 3, 31])
def test_pixels_are_compared_as_difflogic_does(count: int) -> None:
    pixels = np.arange(256)
    # torchvision divides by 255 in 32 bits, difflogic compares with (i + 1) / (count + 1).
    scaled = pixels.astype(np.float32) / np.float32(255)
    for place, threshold in enumerate(pixel_thresholds(count).tolist()):
        np.testing.assert_array_equal(pixels >= threshold, scaled > (place + 1) / (count + 1))
    assert len(pixel_thresholds(count)) == count


def test_grey_pixels_are_rounded_as_difflogic_does() -> None:
    np.testing.assert_array_equal(np.arange(256) >= pixel_thresholds(1)[0], np.round(np.arange(256) / 255) == 1)
