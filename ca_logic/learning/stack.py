"""All layers of a network as one array each, padded to the widest, so that training compiles *one* layer.

The one idea: JAX needs seconds to compile fifteen layers of different widths, and half a second to compile
a scan over one. The padding gates are read by nobody, so they get no gradient and change nothing.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, UInt32

from ca_logic.learning.network import LogicNetwork, mix_hard, mix_softly
from ca_logic.learning.parametrization import Parametrization


class LayerStack(NamedTuple):
    """The layers of a network, one above the other.

    Attributes:
        gates: the trainable parameters.
        wiring: the two fan-ins of each gate.
        present: which gates are the network's; the others are padding.
    """

    gates: Float[Array, "layers width size"]
    wiring: Int[Array, "layers width 2"]
    present: Bool[Array, "layers width"]


def stack_layers(network: LogicNetwork) -> LayerStack:
    """Returns the layers of the network as one stack."""
    width = max(max(layer.in_features, layer.out_features) for layer in network.layers)
    gates, wiring, present = [], [], []
    for layer in network.layers:
        padding = ((0, width - layer.out_features), (0, 0))
        gates.append(np.pad(np.asarray(layer.gates[...]), padding))
        wiring.append(np.pad(np.asarray(layer.wiring[...]), padding))
        present.append(np.arange(width) < layer.out_features)
    return LayerStack(jnp.asarray(np.stack(gates)), jnp.asarray(np.stack(wiring)), jnp.asarray(np.stack(present)))


def unstack_layers(stack: LayerStack, network: LogicNetwork) -> None:
    """Writes the parameters of the stack back into the layers they came from."""
    for layer, gates in zip(network.layers, np.asarray(stack.gates), strict=True):
        layer.gates[...] = jnp.asarray(gates[: layer.out_features])


def evaluate_softly(
    stack: LayerStack, kind: Parametrization, x: Float[Array, "inputs batch"]
) -> Float[Array, "width batch"]:
    """Returns the soft outputs of the last layer, padding included."""

    def layer(signals: Array, arrays: tuple[Array, Array]) -> tuple[Array, None]:
        return mix_softly(*arrays, signals), None

    return jax.lax.scan(layer, _padded(stack, x), (kind.coefficients(stack.gates), stack.wiring))[0]


def evaluate_hard(
    stack: LayerStack, kind: Parametrization, words: UInt32[Array, "inputs words"]
) -> UInt32[Array, "width words"]:
    """Returns the packed outputs of the last layer of the hard network, padding included."""

    def layer(signals: Array, arrays: tuple[Array, Array]) -> tuple[Array, None]:
        return mix_hard(*arrays, signals), None

    return jax.lax.scan(layer, _padded(stack, words), (kind.harden(stack.gates), stack.wiring))[0]


def _padded(stack: LayerStack, x: Array) -> Array:
    return jnp.pad(x, ((0, stack.gates.shape[1] - x.shape[0]), (0, 0)))
