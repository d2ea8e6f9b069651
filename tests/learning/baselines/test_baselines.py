"""Baselines learn what they can, choose by the validation part alone, and say how well they do."""

import itertools
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from ca_logic.errors import DataError, UsageError
from ca_logic.learning.baselines import LOGISTIC_REGRESSION, Baseline, mlp, train_baseline
from ca_logic.tasks.datasets import Column, DataSet, Split, load_data_set, split_as_difflogic, split_data
from ca_logic.tasks.encoding import fit_encoder


def points(num_samples: int = 1500, *, decided_by: str) -> DataSet:
    """Returns points of the plane whose class is that of a sum of their coordinates, or of the product."""
    features = np.random.default_rng(0).normal(size=(num_samples, 2)).astype(np.float32)
    value = features.sum(axis=1) if decided_by == "sum" else features.prod(axis=1)
    columns = (Column("x", "number"), Column("y", "number"))
    return DataSet("points", columns, features, (value > 0).astype(np.int32), ("no", "yes"))


SUM = split_data(points(decided_by="sum"), validation=0.2)
PRODUCT = split_data(points(decided_by="product"), validation=0.2)


@pytest.fixture(scope="module")
def trained() -> tuple[Baseline, list[tuple[int, int, float | None]]]:
    """Logistic regression on a sum, and what was told of its progress."""
    told: list[tuple[int, int, float | None]] = []
    baseline = train_baseline(SUM, LOGISTIC_REGRESSION, on_progress=lambda *progress: told.append(progress))
    return baseline, told


def briefly(split: Split, **options: object) -> Baseline:
    """Returns a small perceptron after fifty steps."""
    return train_baseline(split, mlp(8), **{"should_stop": lambda: True, **options})  # type: ignore[arg-type]


def test_logistic_regression_learns_what_a_sum_decides(trained: tuple[Baseline, object]) -> None:
    baseline, _ = trained
    assert baseline.name == "logistic regression"
    assert baseline.inputs == "standardized features"
    assert baseline.num_parameters == 2 * 2 + 2
    assert baseline.test_accuracy is not None
    assert baseline.test_accuracy >= 0.96
    assert baseline.steps == 2000
    assert baseline.seconds > 0


def test_a_perceptron_learns_what_no_sum_decides() -> None:
    perceptron, regression = train_baseline(PRODUCT, mlp(32)), train_baseline(PRODUCT, LOGISTIC_REGRESSION)
    assert perceptron.test_accuracy is not None
    assert regression.test_accuracy is not None
    assert perceptron.name == "MLP 32-32"
    assert perceptron.num_parameters == 2 * 32 + 32 + 32 * 32 + 32 + 32 * 2 + 2
    assert perceptron.test_accuracy >= 0.95
    assert regression.test_accuracy <= 0.7


def test_bits_of_an_encoder_are_learned_from_as_well() -> None:
    encoder = fit_encoder(SUM, "distributive:15")
    baseline = train_baseline(SUM, LOGISTIC_REGRESSION, encoder=encoder)
    assert baseline.inputs == "30 bits"
    assert baseline.num_parameters == 30 * 2 + 2
    assert baseline.test_accuracy is not None
    assert baseline.test_accuracy >= 0.9
    assert np.mean(baseline.predict(SUM.test.features) == SUM.test.labels) == baseline.test_accuracy


def test_the_best_on_the_validation_part_is_kept(
    trained: tuple[Baseline, list[tuple[int, int, float | None]]],
) -> None:
    baseline, told = trained
    assert [(step, total) for step, total, _ in told] == [(step, 2000) for step in range(50, 2001, 50)]
    assert baseline.validation_accuracy == max(accuracy for _, _, accuracy in told if accuracy is not None)
    for samples, accuracy in ((SUM.validation, baseline.validation_accuracy), (SUM.test, baseline.test_accuracy)):
        assert np.mean(baseline.predict(samples.features) == samples.labels) == accuracy


def test_iris_is_learned_from_the_start() -> None:
    accuracy = train_baseline(split_data(load_data_set("iris"), seed=1), LOGISTIC_REGRESSION).test_accuracy
    assert accuracy is not None
    assert accuracy >= 0.9


def logits(baseline: Baseline) -> np.ndarray:
    return np.asarray(baseline.model(jnp.asarray(SUM.validation.features)))


def test_the_same_seed_trains_the_same_model_whatever_the_test_part() -> None:
    features, labels = SUM.data.features.copy(), SUM.data.labels.copy()
    features[SUM.test_rows] += 1000
    labels[SUM.test_rows] = 0
    changed = replace(SUM, data=replace(SUM.data, features=features, labels=labels))
    first = logits(briefly(SUM, seed=1))
    assert np.array_equal(first, logits(briefly(changed, seed=1)))
    assert not np.array_equal(first, logits(briefly(SUM, seed=2)))


def test_training_ends_when_it_is_asked_to_or_its_time_is_up() -> None:
    answers = itertools.chain([False, False], itertools.repeat(True))
    assert briefly(SUM, should_stop=lambda: next(answers)).steps == 150
    assert briefly(SUM, should_stop=lambda: False, max_seconds=1e-6).steps == 50


def test_many_epochs_are_many_steps() -> None:
    told: list[int] = []
    briefly(SUM, epochs=5000, on_progress=lambda _step, total, _accuracy: told.append(total))
    assert told == [5000 * len(SUM.train_rows) // 256]


def test_without_a_part_nothing_is_said_of_it() -> None:
    split = split_as_difflogic(load_data_set("iris"))
    told: list[float | None] = []
    baseline = briefly(split, on_progress=lambda _step, _total, accuracy: told.append(accuracy))
    assert told == [None]
    assert baseline.validation_accuracy is None
    assert baseline.test_accuracy is not None
    alone = Split(split.data, split.train_rows, split.test_rows, split.validation_rows)
    assert briefly(alone).test_accuracy is None


def test_any_number_of_samples_is_predicted(trained: tuple[Baseline, object]) -> None:
    baseline, _ = trained
    features = np.random.default_rng(1).normal(size=(5000, 2))
    expected = baseline.predict(features)
    assert expected.dtype == np.int32
    assert np.mean(expected == (features.sum(axis=1) > 0)) > 0.96
    for count in (0, 1, 3, 4096, 4097):
        assert np.array_equal(baseline.predict(features[:count]), expected[:count])
    for wrong in (np.zeros((3, 3)), np.zeros(2)):
        with pytest.raises(DataError, match="are no samples of 2 features; give one row a sample"):
            baseline.predict(wrong)


def test_numbers_that_make_no_sense_are_told() -> None:
    with pytest.raises(UsageError, match=r"^a layer of 0 neurons cannot be; choose a width from 1 to 16384\.$"):
        mlp(0)
    with pytest.raises(UsageError, match=r"^0 epochs cannot be; choose from 1 to 10000\.$"):
        train_baseline(SUM, LOGISTIC_REGRESSION, epochs=0)
    for seconds in (0, -1, float("nan")):
        with pytest.raises(UsageError, match=r"seconds are no time to train in; give more than 0\.$"):
            train_baseline(SUM, mlp(), max_seconds=seconds)
