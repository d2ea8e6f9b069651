"""What to train with if nobody says otherwise: a recipe for each known data set, and one by size for all others.

Two rules of thumb, from measurements and the literature: a net should be wide rather than deep, and what the sums are
divided by grows with the square root of the outputs of a class (Petersen et al., NeurIPS 2024, appendix A.2).
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from ca_logic.errors import UsageError
from ca_logic.formats.names import shown
from ca_logic.learning.classification.recipe import ClassifierRecipe
from ca_logic.tasks.datasets.split import VALIDATION_SHARE

_TAU_OF_ROOT = 0.5
_LEAST_OUTPUTS = 20
"""Of a class."""

_EVALUATIONS = 20
"""Looks at the validation samples in a training."""

_TABLE_WIDTHS, _IMAGE_WIDTHS = (40, 2000), (200, 4000)
_WIDTH_OF_ROOT = {False: 5, True: 20}
_TABLE_STEPS, _IMAGE_STEPS = (1000, 6000), (2000, 10_000)
_STEPS_OF_ROOT = 100

_ENOUGH_SAMPLES = 1000

_TABLE = ClassifierRecipe(layers=(200, 200), tau=7, is_residual=False, forward="straight-through", steps=4000)
_SUM_OF_GATES = dataclasses.replace(_TABLE, first_wiring="random")
"""With one layer: a sum of functions of two bits each, which few samples suffice for."""
_SINGLE_GATE = dataclasses.replace(
    _TABLE, layers=(1, 2), wiring="learnable", num_candidates=64, forward="soft", batch_size=512, evaluate_every=300
)
"""A gate of any two bits, and for each of two classes what it says: where few noisy samples make larger networks learn
by heart, a simple rule does best (Holte, "Very Simple Classification Rules Perform Well on Most Commonly Used
Datasets", Machine Learning 1993)."""
_IMAGE = ClassifierRecipe(
    layers=(5000, 5000), tau=10, is_residual=False, max_shift=1, b2=0.99, rewire_every=1000, steps=60_000
)

RECIPES: dict[str, ClassifierRecipe] = {
    "monk1": dataclasses.replace(_TABLE, layers=(64, 64), tau=3, forward="soft", steps=1500),
    "monk2": dataclasses.replace(_SUM_OF_GATES, layers=(8000,), tau=30, steps=2000),
    "monk3": dataclasses.replace(_TABLE, layers=(24, 12), tau=3, forward="soft", learning_rate=0.01, steps=1500),
    "iris": dataclasses.replace(_SUM_OF_GATES, layers=(900,), tau=40, steps=500, evaluate_every=50),
    "breast-cancer": dataclasses.replace(
        _SINGLE_GATE, tau=0.7, learning_rate=0.1, wire_rate=1, final_rate=0.1, steps=30_000, starts=100
    ),
    "adult": dataclasses.replace(_TABLE, evaluate_every=200),
    "mnist": dataclasses.replace(_IMAGE, evaluate_every=2000),
    "mnist20x20": dataclasses.replace(_IMAGE, evaluate_every=2000),
    "fashion-mnist": dataclasses.replace(_IMAGE, layers=(8000, 8000), tau=15, steps=40_000, evaluate_every=2000),
    "cifar-10": dataclasses.replace(_IMAGE, layers=(24_000, 24_000), tau=30, steps=20_000, evaluate_every=1000),
}
"""Recipes for data sets by their names."""

_DIFFLOGIC = ClassifierRecipe(
    layers=(8000,) * 6,
    tau=10,
    first_wiring="unique",
    wiring="unique",
    parametrization="softmax",
    is_residual=False,
    steps=200_000,
    batch_size=100,
    learning_rate=0.01,
    final_rate=1,
    evaluate_every=1000,
)

DIFFLOGIC_RECIPES: dict[str, ClassifierRecipe] = {
    "adult": dataclasses.replace(_DIFFLOGIC, layers=(256,) * 5, tau=20, steps=100_000),
    "breast-cancer": dataclasses.replace(_DIFFLOGIC, layers=(128,) * 5, tau=20, steps=100_000, learning_rate=0.001),
    "mnist": dataclasses.replace(_DIFFLOGIC, layers=(64_000,) * 6, tau=30),
    "mnist20x20": _DIFFLOGIC,
    "cifar-10": dataclasses.replace(_DIFFLOGIC, layers=(12_000,) * 4, tau=100),
}
"""The settings of difflogic's own experiments, as its README has them (F. Petersen, difflogic)."""


def default_recipe(name: str, *, num_samples: int, num_classes: int, is_image: bool) -> ClassifierRecipe:
    """Returns the recipe for a data set.

    Args:
        name: if it is a known one, nothing else decides.
        num_samples: to train on.
        num_classes: to tell apart.
        is_image: whether neighbouring features belong together.
    """
    if name in RECIPES:
        return RECIPES[name]
    root = math.sqrt(num_samples)
    wanted = _between(_WIDTH_OF_ROOT[is_image] * root, _IMAGE_WIDTHS if is_image else _TABLE_WIDTHS)
    outputs = max(_LEAST_OUTPUTS, -(-wanted // num_classes))
    steps = _between(_STEPS_OF_ROOT * root, _IMAGE_STEPS if is_image else _TABLE_STEPS)
    return dataclasses.replace(
        _IMAGE if is_image else _TABLE,
        layers=(outputs * num_classes,) * 2,
        tau=_rounded(_TAU_OF_ROOT * math.sqrt(outputs)),
        steps=steps,
        evaluate_every=-(-steps // _EVALUATIONS),
    )


def default_validation(num_samples: int) -> float:
    """Returns the share of the samples outside the test part that are to choose: none where each is needed."""
    return VALIDATION_SHARE if num_samples >= _ENOUGH_SAMPLES else 0.0


def difflogic_recipe(name: str) -> ClassifierRecipe:
    """Returns the settings of difflogic's experiment on a data set.

    Raises:
        UsageError: if its authors tell of none.
    """
    if name not in DIFFLOGIC_RECIPES:
        raise UsageError(f"difflogic has no experiment on {shown(name)}; it has on {', '.join(DIFFLOGIC_RECIPES)}.")
    return DIFFLOGIC_RECIPES[name]


def changed_recipe(recipe: ClassifierRecipe, changes: Mapping[str, Any], *, num_classes: int) -> ClassifierRecipe:
    """Returns the recipe with other values for some of its fields, and what follows from these.

    Where the last layer changes and `tau` does not, it is scaled by the root of the outputs of a class. Where there are
    fewer steps, evaluations come as much more often.

    Raises:
        UsageError: if there is no such recipe.
    """
    changes = dict(changes)
    if changes.get("layers") and "tau" not in changes:
        outputs = [max(1, layers[-1] // num_classes) for layers in (recipe.layers, changes["layers"])]
        changes["tau"] = _rounded(recipe.tau * math.sqrt(outputs[1] / outputs[0]))
    if "steps" in changes and "evaluate_every" not in changes:
        changes["evaluate_every"] = max(1, min(recipe.evaluate_every, -(-changes["steps"] // _EVALUATIONS)))
    return dataclasses.replace(recipe, **changes)


def _between(number: float, limits: tuple[int, int]) -> int:
    return round(min(max(number, limits[0]), limits[1]))


def _rounded(tau: float) -> float:
    return max(1.0, round(tau, 1))
