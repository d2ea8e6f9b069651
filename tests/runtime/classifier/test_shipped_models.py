"""The models that come with the program do what they say of themselves."""

import os
from pathlib import Path

import pytest

from ca_logic.resources import resource_folder
from ca_logic.runtime.classifier import load_classifier, read_model
from ca_logic.runtime.classifier.known_samples import load_known_data
from ca_logic.runtime.classifier.split_choice import split_of_provenance

MODELS = sorted(path.stem for path in resource_folder("models").glob("*.logic"))
MOST_GATES = {"adult": 1500, "breast-cancer": 150, "mnist": 10_000}
FETCHED = ("adult", "mnist")


def test_the_small_data_sets_have_a_model() -> None:
    assert MODELS == ["adult", "breast-cancer", "iris", "mnist", "monk1", "monk2", "monk3"]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_as_accurate_as_it_says(name: str) -> None:
    folder = os.environ.get("CA_LOGIC_DATA")
    if name in FETCHED and not folder:
        pytest.skip("CA_LOGIC_DATA names no folder of data sets")
    path = resource_folder("models") / f"{name}.logic"
    model = read_model(path)
    data = load_known_data(model, model.data_set, folder=Path(folder) if folder and name in FETCHED else None)
    choice = split_of_provenance(model.provenance)
    assert choice is not None
    classifier = load_classifier(str(path))
    accuracies = model.provenance["accuracies"]
    assert isinstance(accuracies, dict)
    assert classifier.accuracy(choice.split(data).test) == pytest.approx(accuracies["test"]["compiled"], abs=1e-12)
    assert str(model.provenance["command"]).startswith(f"ca-logic learn {name}")
    assert model.head.circuit.num_gates <= MOST_GATES.get(name, 1000)
