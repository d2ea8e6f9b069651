"""Layers of a network as few arrays, padded to one width, so that training compiles few layers.

The one idea: JAX needs seconds to compile fifteen layers of different widths, and a fraction of one to
compile a scan over one. So layers of like width become one `LayerStack`. The padding gates are read by
nobody, so they get no gradient and change nothing.

The gradient of a gather is a scatter, which a CPU does slowly. But who reads a signal is known beforehand,
so the gradient of a signal is gathered from its readers: half the time of a step.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, UInt32

from ca_logic.learning.network import LogicLayer, LogicNetwork, mix_hard
from ca_logic.learning.parametrization import Parametrization
from ca_logic.learning.stages import mix, readers_of

_NARROWER = 8
"""A new stack begins where a layer is so many times narrower than the stack."""


class LayerStack(NamedTuple):
    """Consecutive layers of a network, one above the other.

    Attributes:
        gates: the trainable parameters.
        wiring: the two fan-ins of each gate.
        readers: who reads each signal that enters a layer: 2 g + p is fan-in p of gate g; 2 width is nobody.
        present: which gates are the network's; the others are padding.
    """

    gates: Float[Array, "layers width size"]
    wiring: Int[Array, "layers width 2"]
    readers: Int[Array, "layers width fanout"]
    present: Bool[Array, "layers width"]


LayerStacks = tuple[LayerStack, ...]


def stack_layers(network: LogicNetwork) -> LayerStacks:
    """Returns the layers of the network as stacks of like width, in order."""
    groups: list[list[LogicLayer]] = []
    limit = 0
    for layer in network.layers:
        width = max(layer.in_features, layer.out_features)
        if not groups or width * _NARROWER <= limit:
            groups.append([])
            limit = width
        groups[-1].append(layer)
        limit = max(limit, width)
    return tuple(_stack(group, is_first=k == 0) for k, group in enumerate(groups))


def unstack_layers(stacks: LayerStacks, network: LogicNetwork) -> None:
    """Writes the parameters of the stacks back into the layers they came from."""
    rows = [gates for stack in stacks for gates in np.asarray(stack.gates)]
    for layer, gates in zip(network.layers, rows, strict=True):
        layer.gates[...] = jnp.asarray(gates[: layer.out_features])


def evaluate_softly(
    stacks: LayerStacks, kind: Parametrization, x: Float[Array, "inputs batch"]
) -> Float[Array, "width batch"]:
    """Returns the soft outputs of the last layer, padding included."""

    def layer(signals: Array, arrays: tuple[Array, Array, Array]) -> tuple[Array, None]:
        return mix(*arrays, signals), None

    for stack in stacks:
        coefficients = kind.coefficients(stack.gates)
        x = jax.lax.scan(layer, _fitted(stack, x), (coefficients, stack.wiring, stack.readers))[0]
    return x


def evaluate_hard(
    stacks: LayerStacks, kind: Parametrization, words: UInt32[Array, "inputs words"]
) -> UInt32[Array, "width words"]:
    """Returns the packed outputs of the last layer of the hard network, padding included."""

    def layer(signals: Array, arrays: tuple[Array, Array]) -> tuple[Array, None]:
        return mix_hard(*arrays, signals), None

    for stack in stacks:
        words = jax.lax.scan(layer, _fitted(stack, words), (kind.harden(stack.gates), stack.wiring))[0]
    return words


def _stack(layers: Sequence[LogicLayer], *, is_first: bool) -> LayerStack:
    width = max(max(layer.in_features, layer.out_features) for layer in layers)
    gates, wiring, present, readers = [], [], [], []
    for k, layer in enumerate(layers):
        pairs = np.asarray(layer.wiring[...])
        padding = ((0, width - layer.out_features), (0, 0))
        gates.append(np.pad(np.asarray(layer.gates[...]), padding))
        wiring.append(np.pad(pairs, padding))
        present.append(np.arange(width) < layer.out_features)
        # Nobody asks for the gradient of the network's inputs, whose readers are many.
        readers.append(readers_of(pairs[:0] if is_first and k == 0 else pairs, width, num_gates=width))
    fanout = max(table.shape[1] for table in readers)
    nobody = [np.pad(table, ((0, 0), (0, fanout - table.shape[1])), constant_values=2 * width) for table in readers]
    return LayerStack(*(jnp.asarray(np.stack(arrays)) for arrays in (gates, wiring, nobody, present)))


def _fitted(stack: LayerStack, x: Array) -> Array:
    """Returns the signals as many as the stack is wide: padded with 0, or without padding of a wider stack."""
    width = stack.gates.shape[1]
    return jnp.pad(x[:width], ((0, max(0, width - x.shape[0])), (0, 0)))
