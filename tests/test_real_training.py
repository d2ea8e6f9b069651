"""Data sets learned for real, to what is known to be within reach; no time is measured."""

import os
from pathlib import Path

import pytest

from ca_logic.classifier_pipeline import LearnedClassifier, learn_classifier
from ca_logic.classifier_task import classifier_task
from ca_logic.learning.classification.defaults import default_validation
from ca_logic.learning.device import compiled_programs_kept
from ca_logic.runtime.classifier import SplitChoice
from ca_logic.tasks.datasets import load_data_set

FOLDER = os.environ.get("CA_LOGIC_DATA")
needs_folder = pytest.mark.skipif(not FOLDER, reason="CA_LOGIC_DATA names no folder of data sets")
pytestmark = pytest.mark.slow


def learn(name: str, folder: str | None = None, **changes: object) -> LearnedClassifier:
    data = load_data_set(name, folder=Path(folder) if folder else None)
    choice = SplitChoice(validation=default_validation(data.num_train))
    with compiled_programs_kept():
        return learn_classifier(classifier_task(data, name=name, choice=choice, changes=changes), effort=0)


@pytest.mark.parametrize(("name", "least"), [("monk1", 1.0), ("monk2", 0.98), ("monk3", 0.95)])
def test_the_monks_problems_are_solved(name: str, least: float) -> None:
    learned = learn(name)
    assert learned.judgement.num_samples == 432
    assert learned.judgement.accuracy >= least


@needs_folder
def test_adult_is_learned_with_few_gates() -> None:
    learned = learn("adult", FOLDER)
    assert learned.judgement.num_samples == 16_281
    assert learned.judgement.accuracy > 0.855
    assert learned.model.head.circuit.num_gates <= 400


@needs_folder
def test_mnist_is_learned_in_a_minute() -> None:
    learned = learn("mnist", FOLDER, layers=(3000, 3000), steps=3000)
    assert learned.judgement.num_samples == 10_000
    assert learned.judgement.accuracy > 0.95
    assert learned.num_compared == 16_000
