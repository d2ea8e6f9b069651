"""Soft networks as the papers write them: each gate is all sixteen gates, mixed; plain NumPy, 64 bits."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st


@dataclass(frozen=True)
class Layer:
    """Gates [outputs, 16] over pairs of signals, or wires [outputs, candidates] over candidates; both are logits."""

    logits: np.ndarray
    reads: np.ndarray
    is_gates: bool


Network = tuple[Layer, ...]


@st.composite
def networks(draw: st.DrawFn, *, max_width: int = 12, max_layers: int = 4) -> tuple[int, Network]:
    """Any number of inputs and stages of either kind, in any order."""
    num_inputs = draw(st.integers(1, max_width))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layers, width = [], num_inputs
    for is_gates in draw(st.lists(st.booleans(), min_size=1, max_size=max_layers)):
        size = draw(st.integers(1, max_width))
        num_read = 2 if is_gates else draw(st.integers(1, 9))
        logits = rng.normal(0, 2, (size, 16 if is_gates else num_read))
        layers.append(Layer(logits, rng.integers(0, width, (size, num_read)), is_gates))
        width = size
    return num_inputs, tuple(layers)


def all_gates(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Returns the sixteen relaxed gates, in the order of difflogic."""
    return np.stack(
        [
            np.zeros_like(a),
            a * b,
            a - a * b,
            a,
            b - a * b,
            b,
            a + b - 2 * a * b,
            a + b - a * b,
            1 - (a + b - a * b),
            1 - (a + b - 2 * a * b),
            1 - b,
            1 - b + a * b,
            1 - a,
            1 - a + a * b,
            1 - a * b,
            np.ones_like(a),
        ]
    )


def softmax(logits: np.ndarray) -> np.ndarray:
    """Returns the shares of logits, row by row."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: np.ndarray = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return shares


def evaluate(network: Network, x: np.ndarray) -> np.ndarray:
    """Returns the outputs, [outputs, batch]."""
    for layer in network:
        x = np.einsum("jk,kjn->jn", softmax(layer.logits), _terms(layer, x))
    return x


def gradients(network: Network, x: np.ndarray, of_outputs: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Returns the gradients of the logits of each layer, and that of the inputs."""
    signals = [x]
    for layer in network:
        signals.append(evaluate((layer,), signals[-1]))
    found: list[np.ndarray] = []
    gradient = of_outputs
    for layer, read in zip(reversed(network), reversed(signals[:-1]), strict=True):
        shares, terms = softmax(layer.logits), _terms(layer, read)
        of_shares = np.einsum("jn,kjn->jk", gradient, terms)
        found.insert(0, shares * (of_shares - (shares * of_shares).sum(axis=1, keepdims=True)))
        of_read = np.zeros_like(read)
        if layer.is_gates:
            a, b = read[layer.reads[:, 0]], read[layer.reads[:, 1]]
            # A gate is linear in each of its fan-ins, so its slope is a difference.
            one, zero = np.ones_like(a), np.zeros_like(a)
            for fanin, slopes in enumerate(
                [all_gates(one, b) - all_gates(zero, b), all_gates(a, one) - all_gates(a, zero)]
            ):
                np.add.at(of_read, layer.reads[:, fanin], gradient * np.einsum("jk,kjn->jn", shares, slopes))
        else:
            np.add.at(of_read, layer.reads, gradient[:, None] * shares[:, :, None])
        gradient = of_read
    return found, gradient


def _terms(layer: Layer, x: np.ndarray) -> np.ndarray:
    """Returns what each layer mixes, [choices, outputs, batch]."""
    read = x[layer.reads]
    terms: np.ndarray = all_gates(read[:, 0], read[:, 1]) if layer.is_gates else read.swapaxes(0, 1)
    return terms
