"""`LogicLayer` and `LogicNetwork`: flax modules whose neurons are relaxed two-input gates.

The one idea: data lie as [features, batch], so that reading a fan-in moves whole contiguous rows. The soft
network computes with real numbers between 0 and 1; the *hard* network rounds every gate to one of the
sixteen and computes with packed words, 32 samples each.
"""

from collections.abc import Sequence
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int, UInt32

from ca_logic import gates
from ca_logic.learning.parametrization import ParametrizationName, make_parametrization
from ca_logic.learning.wiring import WiringScheme, wire


class Wiring(nnx.Variable[Array]):
    """The fan-ins of a layer: a kind of variable of its own, so that `nnx.Param` never selects it."""


class LogicLayer(nnx.Module):
    """A layer of relaxed gates, each reading two of the layer's inputs.

    Attributes:
        gates: the parameters, [outputs, size of the parametrization].
        wiring: the two inputs that each gate reads, [outputs, 2].
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        wiring: WiringScheme = "balanced",
        parametrization: ParametrizationName = "truth-table",
        rngs: nnx.Rngs,
    ) -> None:
        """Wires the layer and starts every gate as a pass-through of its first fan-in.

        Raises:
            UsageError: if the scheme or parametrization is unknown, or the widths do not suit it.
        """
        self.in_features = in_features
        self.out_features = out_features
        self.parametrization = make_parametrization(parametrization)
        rng = np.random.default_rng(np.asarray(jax.random.key_data(rngs.params())))
        self.wiring = Wiring(jnp.asarray(wire(wiring, in_features, out_features, rng)))
        self.gates = nnx.Param(jnp.asarray(self.parametrization.initial(out_features, rng)))

    def __call__(self, x: Float[Array, "in_features batch"]) -> Float[Array, "out_features batch"]:
        """Returns the soft outputs for soft inputs between 0 and 1."""
        return mix_softly(self.parametrization.coefficients(self.gates[...]), self.wiring[...], x)

    def hard_gates(self) -> Int[Array, " out_features"]:
        """Returns for each neuron the gate that it stands for."""
        return self.parametrization.harden(self.gates[...])

    def evaluate_hard(self, words: UInt32[Array, "in_features words"]) -> UInt32[Array, "out_features words"]:
        """Returns the outputs of the rounded gates on packed words."""
        return mix_hard(self.hard_gates(), self.wiring[...], words)


class LogicNetwork(nnx.Module):
    """Layers of relaxed gates, one after the other."""

    def __init__(
        self,
        widths: Sequence[int],
        *,
        wiring: WiringScheme = "balanced",
        parametrization: ParametrizationName = "truth-table",
        rngs: nnx.Rngs,
    ) -> None:
        """Makes a layer between each width and the next; the first width is the number of inputs."""
        self.layers = nnx.List(
            LogicLayer(before, after, wiring=wiring, parametrization=parametrization, rngs=rngs)
            for before, after in pairwise(widths)
        )

    def __call__(self, x: Float[Array, "inputs batch"]) -> Float[Array, "outputs batch"]:
        """Returns the soft outputs for soft inputs between 0 and 1."""
        for layer in self.layers:
            x = layer(x)
        return x

    def evaluate_hard(self, words: UInt32[Array, "inputs words"]) -> UInt32[Array, "outputs words"]:
        """Returns the outputs of the hard network on packed words."""
        for layer in self.layers:
            words = layer.evaluate_hard(words)
        return words

    @property
    def num_gates(self) -> int:
        """The number of neurons."""
        return sum(layer.out_features for layer in self.layers)


def mix_softly(
    coefficients: Float[Array, "gates 4"], wiring: Int[Array, "gates 2"], x: Float[Array, "signals batch"]
) -> Float[Array, "gates batch"]:
    """Returns c0 + c1·a + c2·b + c3·ab for each gate, a and b being the signals that it reads."""
    a, b = x[wiring[:, 0]], x[wiring[:, 1]]
    c0, c1, c2, c3 = (coefficients[:, term, None] for term in range(4))
    return c0 + c1 * a + c2 * b + c3 * (a * b)


def mix_hard(
    hard_gates: Int[Array, " gates"], wiring: Int[Array, "gates 2"], words: UInt32[Array, "signals words"]
) -> UInt32[Array, "gates words"]:
    """Returns the same for hard gates on packed words: modulo 2 a sum is an exclusive or."""
    a, b = words[wiring[:, 0]], words[wiring[:, 1]]
    normal_forms = jnp.asarray(gates.COEFFICIENTS & 1, dtype=jnp.uint32)[hard_gates]
    # The negative of 1 has all bits set: a mask of the terms that take part.
    m0, m1, m2, m3 = (-normal_forms[:, term, None] for term in range(4))
    return m0 ^ (m1 & a) ^ (m2 & b) ^ (m3 & a & b)


def pack_rows(bits: np.ndarray) -> UInt32[np.ndarray, "features words"]:
    """Packs 0/1 rows [features, batch] into 32-bit words, sample i at bit i % 32 of word i // 32."""
    octets = np.packbits(np.ascontiguousarray(bits, dtype=bool), axis=1, bitorder="little")
    return np.pad(octets, ((0, 0), (0, -octets.shape[1] % 4))).view(np.uint32)
