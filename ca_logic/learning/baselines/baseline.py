"""`Baseline`: a model that was trained to be compared with."""

import functools
from dataclasses import dataclass

import numpy as np
from flax import nnx
from jaxtyping import Int32, Num

from ca_logic.learning.baselines.perceptron import Perceptron, State, apply
from ca_logic.tasks.encoding.encoder import require_rows


@dataclass(frozen=True, eq=False)
class Baseline:
    """A model, and how well it does on the split that it was trained on.

    Attributes:
        name: what it is, such as `MLP 256-256`.
        inputs: what it reads: `standardized features`, or the bits of an encoder, such as `784 bits`.
        num_features: of a sample.
        num_parameters: weights and biases.
        validation_accuracy: the best, which was kept; None if the split has no validation part.
        test_accuracy: None if the split has no test part.
        steps: how many were taken.
        seconds: wall time, compilation by JAX included.
        model: what was trained.
    """

    name: str
    inputs: str
    num_features: int
    num_parameters: int
    validation_accuracy: float | None
    test_accuracy: float | None
    steps: int
    seconds: float
    model: Perceptron

    def predict(self, features: Num[np.ndarray, "samples features"]) -> Int32[np.ndarray, " samples"]:
        """Returns the classes of any number of samples, which JAX computes in batches of at most 4,096.

        Each power of two up to that is a size of its own, and compiled for when a batch of it first comes.

        Raises:
            DataError: if these are no such features.
        """
        rows = require_rows(features, self.num_features)
        found = [np.asarray(classes)[:count] for classes, _, count in apply(*self._parts, rows)]
        return np.concatenate([np.empty(0, np.int32), *found])

    @functools.cached_property
    def _parts(self) -> tuple[nnx.GraphDef[Perceptron], tuple[State]]:
        graph, state = nnx.split(self.model)
        return graph, (state,)
