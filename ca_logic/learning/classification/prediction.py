"""What a network makes of samples, one by one; whatever a circuit is compared with."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Int32, Num

from ca_logic.learning.classification.network import LogicClassifier
from ca_logic.learning.network import Forward

_SAMPLES_AT_ONCE = 1024


def predict_classes(
    model: LogicClassifier, features: Num[np.ndarray, "samples features"], *, forward: Forward = "hard"
) -> Int32[np.ndarray, " samples"]:
    """Returns the classes of any number of samples; of equal scores the first class wins.

    Args:
        model: the network.
        features: the samples, as its encoder reads them.
        forward: how the network computes.
    """
    graph, state = nnx.split(model)
    state = jax.device_put(state)

    @jax.jit
    def classes_of(state: Any, batch: jax.Array) -> jax.Array:
        return jnp.argmax(nnx.merge(graph, state)(batch, forward=forward), axis=1).astype(jnp.int32)

    size = min(_SAMPLES_AT_ONCE, len(features))
    found = [np.empty(0, np.int32)]
    for start in range(0, len(features), max(1, size)):
        batch = features[start : start + size]
        padded = np.pad(batch, ((0, size - len(batch)), (0, 0)))
        found.append(np.asarray(classes_of(state, padded))[: len(batch)])
    return np.concatenate(found)
