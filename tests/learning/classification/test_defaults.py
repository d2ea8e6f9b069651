"""Recipes that nobody has chosen: one for each known data set, and one that can be built for any other."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import UsageError
from ca_logic.learning.classification import ClassifierRecipe
from ca_logic.learning.classification.defaults import (
    DIFFLOGIC_RECIPES,
    RECIPES,
    changed_recipe,
    default_recipe,
    difflogic_recipe,
)
from ca_logic.tasks.datasets import DATA_SETS

NUM_CLASSES = dict.fromkeys(DATA_SETS, 10) | dict.fromkeys(["adult", "breast-cancer", "monk1", "monk2", "monk3"], 2)
NUM_CLASSES["iris"] = 3
RECIPE = ClassifierRecipe(layers=(80, 80), tau=4, steps=2000, evaluate_every=100)


def test_every_known_data_set_has_a_recipe_whose_outputs_its_classes_share() -> None:
    assert RECIPES.keys() == DATA_SETS.keys()
    for name, recipe in (RECIPES | DIFFLOGIC_RECIPES).items():
        assert recipe.layers[-1] % NUM_CLASSES[name] == 0, name
        assert recipe.evaluate_every <= recipe.steps


def test_the_name_of_a_known_data_set_decides_alone() -> None:
    assert default_recipe("iris", num_samples=10**6, num_classes=7, is_image=True) is RECIPES["iris"]


@given(st.integers(1, 10**7), st.integers(2, 1000), st.booleans())
def test_other_data_get_layers_that_their_classes_share(num_samples: int, num_classes: int, is_image: bool) -> None:
    recipe = default_recipe("x.csv", num_samples=num_samples, num_classes=num_classes, is_image=is_image)
    assert recipe.layers[-1] % num_classes == 0
    assert recipe.layers[-1] // num_classes >= 20
    assert sum(recipe.layers) <= max(8000, 2 * 20 * num_classes) + 2 * num_classes
    assert 1000 <= recipe.steps <= 10_000
    assert recipe.steps // recipe.evaluate_every >= 10
    assert recipe.tau >= 1


def test_more_samples_get_more_gates() -> None:
    sizes = [
        default_recipe("x", num_samples=count, num_classes=2, is_image=False).layers[0] for count in (100, 3000, 10**5)
    ]
    assert sizes == sorted(set(sizes))


def test_tau_grows_with_the_root_of_the_outputs_of_a_class() -> None:
    assert changed_recipe(RECIPE, {"layers": (40, 320)}, num_classes=2).tau == 8
    assert changed_recipe(RECIPE, {"layers": (40, 320), "tau": 5.0}, num_classes=2).tau == 5
    assert changed_recipe(RECIPE, {"learning_rate": 0.1}, num_classes=2).tau == 4


def test_fewer_steps_are_looked_at_as_often() -> None:
    assert changed_recipe(RECIPE, {"steps": 100}, num_classes=2).evaluate_every == 5
    assert changed_recipe(RECIPE, {"steps": 10**6}, num_classes=2).evaluate_every == 100
    assert changed_recipe(RECIPE, {"steps": 1}, num_classes=2).evaluate_every == 1


def test_no_change_is_the_same_recipe() -> None:
    assert changed_recipe(RECIPE, {}, num_classes=2) == RECIPE


def test_difflogics_settings_are_those_of_its_readme() -> None:
    found = {name: (*recipe.layers[:1], len(recipe.layers), recipe.tau) for name, recipe in DIFFLOGIC_RECIPES.items()}
    assert found == {
        "adult": (256, 5, 20),
        "breast-cancer": (128, 5, 20),
        "mnist": (64_000, 6, 30),
        "mnist20x20": (8000, 6, 10),
        "cifar-10": (12_000, 4, 100),
    }
    for name in DIFFLOGIC_RECIPES:
        recipe = difflogic_recipe(name)
        assert (recipe.batch_size, recipe.final_rate, recipe.parametrization) == (100, 1, "softmax")
        assert (recipe.first_wiring, recipe.wiring, recipe.is_residual) == ("unique", "unique", False)
        assert recipe.learning_rate == (0.001 if name == "breast-cancer" else 0.01)
        assert recipe.steps == (100_000 if name in ("adult", "breast-cancer") else 200_000)
        assert len(set(recipe.layers)) == 1


def test_of_what_difflogic_has_no_experiment_there_are_no_settings() -> None:
    with pytest.raises(UsageError, match="difflogic has no experiment on 'iris'; it has on adult, "):
        difflogic_recipe("iris")


def test_a_change_that_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="batch_size of 0 cannot be"):
        changed_recipe(RECIPE, {"batch_size": 0}, num_classes=2)
    assert dataclasses.asdict(RECIPE)["batch_size"] == 128
