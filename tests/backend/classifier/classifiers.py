"""Random classifiers and samples, for the tests of everything that runs them."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from ca_logic.circuit import Circuit
from ca_logic.circuit.group_sum import GroupSum, group_sum
from ca_logic.tasks.encoding import Encoder
from tests.group_sums import group_sums

BATCHES = (0, 1, 63, 64, 65, 511, 512, 513, 1000)


def layered_head(num_inputs: int, widths: Sequence[int], num_classes: int, *, seed: int = 0) -> GroupSum:
    """Returns the sums over a network of layers that are wired at random, constants and copies among its gates."""
    rng = np.random.default_rng(seed)
    gates, fanins = [], []
    first, before = 1, num_inputs
    for width in widths:
        gates.append(rng.integers(0, 16, width))
        fanins.append(rng.integers(first, first + before, (width, 2)))
        first, before = first + before, width
    circuit = Circuit(
        name="layers",
        inputs=tuple(f"x{k}" for k in range(num_inputs)),
        outputs=tuple(f"y{k}" for k in range(before)),
        gates=np.concatenate(gates),
        fanins=np.concatenate(fanins),
        drivers=np.arange(first, first + before),
    )
    return group_sum(circuit, num_classes)


def random_encoder(num_bits: int, num_features: int, *, seed: int = 0) -> Encoder:
    """Returns comparisons of every kind, of features in any order: thresholds, codes, intervals, what never fits."""
    rng = np.random.default_rng(seed)
    lows = rng.choice([-np.inf, -3, 0, 0.5, 1, 2, 127.5, 128, 254.5, 255, 256], num_bits).astype(np.float32)
    width = rng.choice([0, 0.25, 1, 100, np.inf], num_bits).astype(np.float32)
    highs = np.where(np.isinf(lows), np.inf, np.maximum(lows, -3) + width).astype(np.float32)
    features = rng.integers(0, num_features, num_bits).astype(np.int32)
    return Encoder(num_features, features, lows, highs, tuple(f"b{k}" for k in range(num_bits)))


def pixel_encoder(num_features: int, threshold: float = 128) -> Encoder:
    """Returns one threshold for each feature, in order."""
    lows = np.full(num_features, threshold, np.float32)
    features = np.arange(num_features, dtype=np.int32)
    return Encoder(
        num_features, features, lows, np.full_like(lows, np.inf), tuple(f"p{k}" for k in range(num_features))
    )


def random_features(num_samples: int, num_features: int, dtype: type, *, seed: int = 0) -> np.ndarray:
    """Returns features near what encoders compare with; floats that are no numbers among them."""
    rng = np.random.default_rng(seed)
    shape = (num_samples, num_features)
    if np.dtype(dtype).kind != "f":
        return rng.choice([0, 1, 2, 127, 128, 254, 255], shape).astype(dtype)
    values = rng.choice([-np.inf, -3, 0, 0.5, 0.75, 1, 127.5, 128, 255, 256, 1e300, np.inf, np.nan, -1e-30], shape)
    with np.errstate(over="ignore"):
        return values.astype(dtype)


def expected_scores(encoder: Encoder, head: GroupSum, features: np.ndarray) -> np.ndarray:
    """Returns the scores of samples, gate by gate, from truth tables."""
    bits = encoder.encode(features)
    signals = [np.zeros(len(bits), int), *bits.T.astype(int)]
    for _, gate, (a, b) in head.circuit.nodes():
        signals.append(gate >> (3 - 2 * signals[a] - signals[b]) & 1)
    outputs = [signals[driver] for driver in head.circuit.drivers]
    scores = np.tile(head.biases, (len(bits), 1))
    for label, output, weight in zip(head.classes, head.outputs, head.weights, strict=True):
        scores[:, label] += weight * outputs[output]
    return scores


@st.composite
def layered_classifiers(draw: st.DrawFn) -> tuple[Encoder, GroupSum]:
    """A network of layers of odd shapes, and an encoder of any comparisons."""
    num_classes, seed = draw(st.integers(1, 12)), draw(st.integers(0, 1000))
    widths = draw(st.lists(st.integers(1, 150), max_size=4))
    num_inputs = draw(st.integers(1, 200))
    head = layered_head(num_inputs, (*widths, num_classes * draw(st.integers(1, 30))), num_classes, seed=seed)
    return random_encoder(num_inputs, draw(st.integers(1, 90)), seed=seed), head


@st.composite
def classifiers(draw: st.DrawFn) -> tuple[Encoder, GroupSum]:
    """Any head, and an encoder of as many bits as it reads."""
    head = draw(group_sums())
    encoder = random_encoder(len(head.circuit.inputs), draw(st.integers(1, 40)), seed=draw(st.integers(0, 1000)))
    return encoder, head
