"""Splits: nothing leaks, nothing is lost, and each class has its share."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import DataError
from ca_logic.tasks.datasets import (
    Column,
    DataSet,
    Split,
    k_folds,
    load_data_set,
    split_as_difflogic,
    split_data,
)

SEEDS = st.integers(0, 2**32)
SHARES = st.floats(0, 0.9)


def data_of(labels: list[int], num_test: int = 0) -> DataSet:
    """Returns samples whose only feature is their own number."""
    classes = tuple(str(label) for label in range(max(labels) + 1))
    features = np.arange(len(labels), dtype=np.float32)[:, None]
    return DataSet("some", (Column("row", "number"),), features, np.array(labels, np.int32), classes, num_test)


LABELS = st.lists(st.integers(0, 3), min_size=4, max_size=60).filter(lambda labels: len(set(labels)) > 1)


@given(LABELS, SEEDS, SHARES, SHARES)
def test_parts_have_nothing_in_common_and_all_together(
    labels: list[int], seed: int, validation: float, test: float
) -> None:
    split = split_data(data_of(labels), seed=seed, validation=validation, test=test)
    parts = [split.train_rows, split.validation_rows, split.test_rows]
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    for rows, samples in zip(parts, (split.training, split.validation, split.test), strict=True):
        assert samples.features[:, 0].tolist() == rows.tolist()
        assert samples.labels.tolist() == [labels[row] for row in rows]
        assert len(samples) == len(rows)


@given(LABELS, SEEDS, SHARES)
def test_each_class_has_its_share_and_is_trained_on(labels: list[int], seed: int, share: float) -> None:
    split = split_data(data_of(labels), seed=seed, validation=0, test=share)
    of_all, of_test = Counter(labels), Counter(split.test.labels.tolist())
    for label, number in of_all.items():
        assert abs(of_test[label] - share * number) <= 1
        assert of_test[label] < number
    wanted = round(share * len(labels))
    assert wanted - len(of_all) <= len(split.test_rows) <= wanted + len(of_all)


@given(LABELS, SEEDS)
def test_the_same_seed_splits_alike(labels: list[int], seed: int) -> None:
    first, second = (split_data(data_of(labels), seed=seed) for _ in range(2))
    np.testing.assert_array_equal(first.train_rows, second.train_rows)
    np.testing.assert_array_equal(first.test_rows, second.test_rows)


def test_another_seed_splits_otherwise() -> None:
    data = data_of([0, 1] * 100)
    parts = {tuple(split_data(data, seed=seed).test_rows.tolist()) for seed in range(10)}
    assert len(parts) == 10
    assert len(split_data(data).test_rows) == 40
    assert len(split_data(data).validation_rows) == 16


@given(LABELS, st.integers(1, 3), SEEDS, SHARES)
def test_a_published_test_part_stays_what_it_is(labels: list[int], num_test: int, seed: int, validation: float) -> None:
    split = split_data(data_of(labels, num_test), seed=seed, validation=validation)
    assert split.test_rows.tolist() == list(range(len(labels) - num_test, len(labels)))
    assert len(split.train_rows) + len(split.validation_rows) == len(labels) - num_test


@given(LABELS, st.integers(2, 4), SEEDS, SHARES)
def test_folds_judge_each_sample_once(labels: list[int], k: int, seed: int, validation: float) -> None:
    splits = k_folds(data_of(labels), k, seed=seed, validation=validation)
    assert len(splits) == k
    assert sorted(np.concatenate([split.test_rows for split in splits]).tolist()) == list(range(len(labels)))
    sizes = [len(split.test_rows) for split in splits]
    assert max(sizes) - min(sizes) <= 1
    for label in set(labels):
        counts = [int((split.test.labels == label).sum()) for split in splits]
        assert max(counts) - min(counts) <= 1
    for split in splits:
        parts = [split.train_rows, split.validation_rows, split.test_rows]
        assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))


def test_folds_leave_a_published_test_part_alone() -> None:
    for split in k_folds(data_of([0, 1] * 20, num_test=10), 5):
        assert max(rows.max() for rows in (split.train_rows, split.validation_rows, split.test_rows)) < 30


def test_difflogic_splits_as_its_version_of_scikit_learn_did() -> None:
    # The first rows of train_test_split(range(150), test_size=0.3, random_state=0) of scikit-learn.
    split = split_as_difflogic(load_data_set("iris"))
    assert split.test_rows[:6].tolist() == [114, 62, 33, 107, 7, 100]
    assert (len(split.train_rows), len(split.validation_rows), len(split.test_rows)) == (105, 0, 45)
    published = split_as_difflogic(data_of([0, 1] * 20, num_test=10))
    assert (len(published.train_rows), len(published.validation_rows), len(published.test_rows)) == (30, 0, 10)
    with pytest.raises(DataError, match="difflogic has no experiment on some; choose the parts by shares"):
        split_as_difflogic(data_of([0, 1]))


@pytest.mark.parametrize("share", [-0.1, 1.0, 2.0, float("nan")])
def test_shares_that_cannot_be_are_refused(share: float) -> None:
    message = r"a share of .* cannot be taken from samples; choose one from 0 up to"
    with pytest.raises(DataError, match=message):
        split_data(data_of([0, 1] * 5), validation=share)
    with pytest.raises(DataError, match=message):
        split_data(data_of([0, 1] * 5), test=share)


def test_other_impossible_splits_are_refused() -> None:
    with pytest.raises(DataError, match="some has a test part of 2 samples; no other can be chosen"):
        split_data(data_of([0, 1, 0, 1], num_test=2), test=0.2)
    for k in (0, 1, 5):
        with pytest.raises(DataError, match=f"{k} folds of 4 samples cannot be; choose from 2 to 4"):
            k_folds(data_of([0, 1, 0, 1]), k)


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((rows(), rows(0), rows(1)), "leaves no samples to train on"),
        ((rows(0, 1), rows(1), rows(4)), "has a row in two parts, or twice in one"),
        ((rows(0, 1), rows(2), rows(2)), "has a row in two parts"),
        ((rows(0, 0), rows(), rows()), "has a row in two parts, or twice in one"),
        ((rows(0, 4), rows(1), rows()), "trains on its test part, or chooses by it"),
        ((rows(0), rows(4), rows()), "trains on its test part, or chooses by it"),
        ((rows(0), rows(), rows(6)), "has rows 0 to 5; a split names others"),
        ((rows(-1), rows(), rows()), "has rows 0 to 5; a split names others"),
    ],
)
def test_a_split_that_leaks_cannot_be_made(parts: tuple[np.ndarray, ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Split(data_of([0, 1, 0, 1, 0, 1], num_test=2), *parts)
