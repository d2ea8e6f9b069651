"""A trained network as arrays by name, which a file can hold, and back; what comes back is checked."""

import operator
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import nnx

from ca_logic.errors import LearningError, UsageError
from ca_logic.learning.classification.network import LogicClassifier
from ca_logic.learning.classification.recipe import ClassifierRecipe, build_classifier
from ca_logic.learning.network import Candidates, Readers, Wiring
from ca_logic.learning.parametrization import make_parametrization
from ca_logic.learning.stages import readers_of
from ca_logic.tasks.encoding import Encoder


def arrays_of_network(model: LogicClassifier) -> dict[str, np.ndarray]:
    """Returns the arrays of the layers by their places in them, such as `0/gates`."""
    variables = _variables(model).items()
    # Readers follow from the wiring.
    return {name: np.asarray(variable[...]) for name, variable in variables if not isinstance(variable, Readers)}


def recipe_from_plain(plain: object) -> ClassifierRecipe:
    """Returns the recipe that `ClassifierRecipe.to_plain` made this of.

    Raises:
        LearningError: if it is no recipe.
    """
    try:
        if isinstance(plain, Mapping):
            return ClassifierRecipe(**{**plain, "layers": tuple(map(operator.index, plain["layers"]))})
    except (TypeError, KeyError, UsageError):
        pass
    raise LearningError("no recipe of a network that this version of ca_logic knows; train it again.")


def network_of_arrays(
    recipe: ClassifierRecipe, encoder: Encoder, num_classes: int, arrays: Mapping[str, np.ndarray]
) -> LogicClassifier:
    """Returns the network that `arrays_of_network` made these of.

    Args:
        recipe: how it was built.
        encoder: makes what it reads.
        num_classes: of its sums.
        arrays: of its layers.

    Raises:
        LearningError: if they are of another network, or of none.
    """
    try:
        # What is built is no larger than the arrays that are there already.
        _require_shapes(recipe, encoder, arrays)
        model = build_classifier(recipe, encoder, num_classes, seed=0)
    except UsageError as error:
        raise LearningError(f"a stored network cannot be built: {error}") from None
    variables = _variables(model)
    wanted = {name: variable for name, variable in variables.items() if not isinstance(variable, Readers)}
    for name, variable in wanted.items():
        array, before = arrays[name], variable[...]
        if array.dtype != before.dtype:
            raise LearningError(f"array {name} of a network must be {before.dtype}, not {array.dtype}.")
        if isinstance(variable, Candidates):
            _require_signals(name, array, model.layers[int(name.split("/")[0])].in_features)
        elif isinstance(variable, Wiring):
            readers = variables[name.replace("wiring", "readers")]
            num_signals = len(readers[...])
            _require_signals(name, array, num_signals)
            readers.set_value(jnp.asarray(readers_of(array, num_signals)))
        variable.set_value(jnp.asarray(array))
    return model


def _require_shapes(recipe: ClassifierRecipe, encoder: Encoder, arrays: Mapping[str, np.ndarray]) -> None:
    """Refuses arrays that a network of this recipe has not."""
    size = make_parametrization(recipe.parametrization).size
    shapes: dict[str, tuple[int, ...]] = {}
    width = encoder.num_bits
    for place, gates in enumerate(recipe.layers):
        shapes |= {f"{place}/gates": (gates, size), f"{place}/wiring": (gates, 2)}
        if (recipe.wiring if place else recipe.first_wiring) == "learnable":
            choices = (2 * gates, min(width, recipe.num_candidates))
            shapes |= {f"{place}/candidates": choices, f"{place}/wires": choices}
        width = gates
    if shapes.keys() != arrays.keys():
        raise LearningError(f"a network of {len(recipe.layers)} such layers has arrays of other names; train it again.")
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise LearningError(f"array {name} of a network must be of shape {shape}, not {arrays[name].shape}.")


def _require_signals(name: str, array: np.ndarray, num_signals: int) -> None:
    """Refuses what is out of range, which native code would read from anywhere in memory."""
    if array.size and not 0 <= array.min() <= array.max() < num_signals:
        raise LearningError(f"array {name} of a network names signals that there are not; there are {num_signals}.")


def _variables(model: LogicClassifier) -> dict[str, Any]:
    return {"/".join(map(str, path)): variable for path, variable in nnx.to_flat_state(nnx.state(model.layers))}
