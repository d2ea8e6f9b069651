"""Random encoders and classifiers for the tests of this folder."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from flax import nnx

from ca_logic.learning.classification import BitEncoder, GroupSum, LogicClassifier
from ca_logic.learning.network import LogicLayer
from ca_logic.learning.parametrization import ParametrizationName
from ca_logic.learning.wiring import LayerWiring
from ca_logic.tasks.encoding import Encoder


def random_encoder(seed: int, num_features: int, num_bits: int) -> Encoder:
    """Returns thresholds, intervals, one-hot codes and bits that are always 1, over small whole numbers."""
    rng = np.random.default_rng(seed)
    lows = rng.integers(-2, 8, num_bits).astype(np.float32)
    highs = np.array([low + rng.choice([0, 2, np.inf]) for low in lows], np.float32)
    lows[rng.random(num_bits) < 0.1] = -np.inf
    features = rng.integers(0, num_features, num_bits, dtype=np.int32)
    return Encoder(num_features, features, lows, highs, tuple(f"b{bit}" for bit in range(num_bits)))


def random_features(seed: int, num_samples: int, num_features: int) -> np.ndarray:
    """Returns whole numbers, some between them, some missing."""
    rng = np.random.default_rng(seed)
    features = rng.integers(-3, 10, (num_samples, num_features)) + rng.choice([0, 0.5], (num_samples, num_features))
    features[rng.random(features.shape) < 0.05] = np.nan
    samples: np.ndarray = features.astype(np.float32)
    return samples


def random_classifier(
    seed: int,
    encoder: Encoder,
    widths: Sequence[int],
    num_classes: int,
    *,
    wirings: Sequence[LayerWiring],
    parametrization: ParametrizationName = "truth-table",
    tau: float = 1.0,
) -> LogicClassifier:
    """Returns a classifier whose gates and wires are all over the place."""
    rng, rngs = np.random.default_rng(seed), nnx.Rngs(seed)
    layers = []
    for before, after, wiring in zip([encoder.num_bits, *widths], widths, wirings, strict=False):
        layer = LogicLayer(before, after, wiring=wiring, parametrization=parametrization, rngs=rngs)
        for parameters in (layer.gates, layer.wires):
            if parameters is not None:
                parameters[...] = jnp.asarray(2 * rng.normal(size=parameters[...].shape), jnp.float32)
        layers.append(layer)
    return LogicClassifier(BitEncoder(encoder), layers, GroupSum(num_classes, tau))
