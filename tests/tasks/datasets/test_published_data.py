"""The published data sets themselves: those that come with the program, and others where a folder has them."""

import os
from pathlib import Path

import numpy as np
import pytest

from ca_logic.tasks.datasets import DATA_SETS, DataSet, load_data_set

VARIABLE = "CA_LOGIC_DATA"
"""Names a folder of published data sets for the tests."""

FOLDER = os.environ.get(VARIABLE)
SHIPPED = ("breast-cancer", "iris", "monk1", "monk2", "monk3")

SHAPES = {
    "adult": (32_561, 16_281, 13),
    "breast-cancer": (286, 0, 9),
    "monk1": (124, 432, 6),
    "monk2": (169, 432, 6),
    "monk3": (122, 432, 6),
    "iris": (150, 0, 4),
    "mnist": (60_000, 10_000, 784),
    "mnist20x20": (60_000, 10_000, 400),
    "fashion-mnist": (60_000, 10_000, 784),
    "cifar-10": (50_000, 10_000, 3072),
}


def load(name: str) -> DataSet:
    if name in SHIPPED:
        return load_data_set(name)
    if not FOLDER:
        pytest.skip(f"{VARIABLE} names no folder of data sets")
    return load_data_set(name, folder=Path(FOLDER))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if "cifar" in name else name for name in SHAPES]
)
def test_each_has_the_samples_that_are_known_of_it(name: str) -> None:
    data = load(name)
    assert (data.num_train, data.num_test, data.features.shape[1]) == SHAPES[name]
    assert len(data.columns) == data.features.shape[1]


def test_all_that_are_known_are_tested() -> None:
    assert set(SHAPES) == set(DATA_SETS)


def test_classes_are_as_frequent_as_is_known() -> None:
    assert np.bincount(load("breast-cancer").labels).tolist() == [201, 85]
    adult = load("adult")
    assert np.bincount(adult.labels[: adult.num_train]).tolist() == [24_720, 7_841]
    assert np.bincount(adult.labels[adult.num_train :]).tolist() == [12_435, 3_846]
    mnist = load("mnist")
    assert np.bincount(mnist.labels[:60_000]).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("monk1", lambda a: a[1] == a[2] or a[5] == 1),
        ("monk2", lambda a: sum(value == 1 for value in a[1:]) == 2),
        ("monk3", lambda a: (a[5] == 3 and a[4] == 1) or (a[5] != 4 and a[2] != 3)),
    ],
)
def test_the_test_parts_of_the_monks_follow_their_rules(name: str, rule: object) -> None:
    data = load(name)
    assert callable(rule)
    robots = (data.features[data.num_train :] + 1).astype(int)
    assert data.labels[data.num_train :].tolist() == [int(rule([0, *robot])) for robot in robots.tolist()]


def test_mnist_of_20x20_has_all_the_ink() -> None:
    whole, cropped = load("mnist"), load("mnist20x20")
    np.testing.assert_array_equal(whole.features.sum(axis=1), cropped.features.sum(axis=1))
    np.testing.assert_array_equal(whole.labels, cropped.labels)
