"""`Perceptron`: weighted sums, rectified between one layer and the next; with no hidden layer, logistic regression.

A flax module, as `ca_logic.learning.classification.LogicClassifier` is one: features in, logits out.
"""

import functools
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int32, Num

from ca_logic.learning.baselines.inputs import Inputs

State = nnx.State[Any, Any]
"""Variables of a perceptron: those that are trained, or the rest."""

_SAMPLES_AT_ONCE = 4096


class Perceptron(nnx.Module):
    """Layers of weighted sums.

    Attributes:
        inputs: makes numbers of features.
        layers: the trained part.
    """

    def __init__(self, inputs: Inputs, hidden_widths: Sequence[int], num_classes: int, *, rngs: nnx.Rngs) -> None:
        """Makes a layer of each width, and one with a sum for each class."""
        widths = (inputs.size, *hidden_widths, num_classes)
        self.inputs = inputs
        self.layers = nnx.List(nnx.Linear(before, after, rngs=rngs) for before, after in pairwise(widths))

    def __call__(self, features: Num[Array, "batch features"]) -> Float[Array, "batch classes"]:
        """Returns the logits of samples."""
        x = self.inputs(features)
        for place, layer in enumerate(self.layers):
            x = layer(jnp.maximum(x, 0) if place else x)
        return x

    @property
    def num_parameters(self) -> int:
        """The number of weights and biases."""
        return sum(parameter.size for parameter in jax.tree.leaves(nnx.state(self, nnx.Param)))


def apply(
    graph: nnx.GraphDef[Perceptron], states: tuple[State, ...], features: Num[np.ndarray, "samples features"]
) -> Iterator[tuple[Int32[Array, " batch"], Float[Array, "batch classes"], int]]:
    """Yields the classes and the logits of one batch of samples after the other, and how many of these are samples.

    Batches are of few sizes, powers of two, since each is compiled for.
    """
    if features.dtype != np.uint8:
        with np.errstate(over="ignore"):
            features = features.astype(np.float32, copy=False)
    for start in range(0, len(features), _SAMPLES_AT_ONCE):
        batch = features[start : start + _SAMPLES_AT_ONCE]
        size = 1 << (len(batch) - 1).bit_length()
        yield *_apply(graph, states, np.pad(batch, ((0, size - len(batch)), (0, 0)))), len(batch)


@functools.partial(jax.jit, static_argnames="graph")
def _apply(
    graph: nnx.GraphDef[Perceptron], states: tuple[State, ...], features: Num[Array, "batch features"]
) -> tuple[Int32[Array, " batch"], Float[Array, "batch classes"]]:
    logits = nnx.merge(graph, *states)(features)
    return jnp.argmax(logits, axis=1).astype(jnp.int32), logits
