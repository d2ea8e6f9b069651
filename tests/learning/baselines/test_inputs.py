"""Standardized features: of like size, whatever is missing, and by the training part alone."""

import jax.numpy as jnp
import numpy as np
import pytest

from ca_logic.errors import DataError
from ca_logic.learning.baselines.inputs import encoded_inputs, standardized_inputs
from ca_logic.tasks.datasets import Column, DataSet, Split
from ca_logic.tasks.encoding import fit_encoder


def table(columns: tuple[Column, ...], features: np.ndarray) -> Split:
    """Returns a split that trains on the first half of the rows."""
    count = len(features)
    data = DataSet("table", columns, features, np.arange(count, dtype=np.int32) % 2, ("no", "yes"))
    rows = np.arange(count)
    return Split(data, rows[: count // 2], rows[:0], rows[count // 2 :])


def numbers_of(split: Split, features: np.ndarray) -> np.ndarray:
    return np.asarray(standardized_inputs(split)(jnp.asarray(features)))


def test_numbers_get_mean_0_and_deviation_1() -> None:
    features = np.random.default_rng(0).normal([5, -300], [0.01, 1e4], (100, 2)).astype(np.float32)
    split = table((Column("a", "number"), Column("b", "number")), features)
    inputs = standardized_inputs(split)
    numbers = np.asarray(inputs(jnp.asarray(split.training.features)))
    assert inputs.size == 2
    assert np.allclose(numbers.mean(axis=0), 0, atol=1e-3)
    assert np.allclose(numbers.std(axis=0), 1, atol=1e-3)


def test_what_is_missing_or_infinite_is_taken_for_the_mean() -> None:
    features = np.array([[1], [np.nan], [3], [np.inf], [2], [2], [2], [2]], np.float32)
    numbers = numbers_of(
        table((Column("a", "number"),), features), np.array([[np.nan], [-np.inf], [2], [3]], np.float32)
    )
    assert numbers.ravel().tolist() == [0, 0, 0, 1]


def test_a_column_of_one_value_or_none_is_left_out() -> None:
    features = np.array([[7, np.nan, 1], [7, np.nan, 2], [8, 5, 3], [9, 6, 4]], np.float32)
    columns = tuple(Column(name, "number") for name in "abc")
    assert standardized_inputs(table(columns, features)).size == 1
    with pytest.raises(DataError, match=r"^no column has two different values in the training part; "):
        standardized_inputs(table(columns[:2], features[:, :2]))


def test_categories_become_one_hot_codes_of_those_seen_in_training() -> None:
    features = np.array([[0, 1], [2, 3], [1, 5], [1, 5]], np.float32)
    split = table((Column("colour", "category", ("red", "green", "blue")), Column("size", "number")), features)
    # A number first, then red and blue; green was not seen, and what is unknown is no category at all.
    numbers = numbers_of(split, np.array([[0, 2], [2, 3], [1, 1], [np.nan, 2]], np.float32))
    assert numbers.tolist() == [[0, 1, 0], [1, 0, 1], [-1, 0, 0], [0, 0, 0]]


def test_pixels_have_one_deviation_together() -> None:
    features = np.array([[0, 100], [0, 200], [0, 100], [4, 200], [0, 0], [0, 0], [0, 0], [0, 0]], np.uint8)
    split = table((Column("a", "pixel"), Column("b", "pixel")), features)
    numbers = numbers_of(split, split.training.features)
    assert np.abs(numbers[:, 0]).max() < 0.1
    assert np.isclose(np.mean(numbers**2), 1)


def test_bits_are_those_of_the_encoder() -> None:
    features = np.random.default_rng(0).integers(0, 256, (20, 3)).astype(np.uint8)
    split = table(tuple(Column(name, "pixel") for name in "abc"), features)
    encoder = fit_encoder(split, "uniform:3")
    inputs = encoded_inputs(encoder)
    assert inputs.description == "9 bits"
    assert np.array_equal(np.asarray(inputs(jnp.asarray(features))), encoder.encode(features))
