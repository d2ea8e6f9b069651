"""From a trained network to a `Circuit`: each neuron becomes the gate that it stands for, none is left out."""

from collections.abc import Sequence

import numpy as np

from ca_logic.circuit import Circuit
from ca_logic.learning.network import LogicNetwork
from ca_logic.learning.stack import stack_layers


def extract_circuit(
    network: LogicNetwork, *, name: str, input_names: Sequence[str], output_names: Sequence[str]
) -> Circuit:
    """Returns the hard network as a circuit, one gate for each neuron, in the order of the layers."""
    # Stacked, all gates are rounded by one compiled function instead of one for each width.
    kind = network.layers[0].parametrization
    hard_gates = [gates for stack in stack_layers(network) for gates in np.asarray(kind.harden(stack.gates))]
    gates, fanins = [], []
    # The first layer reads the inputs, which are the signals from 1 on.
    first = 1
    for layer, layer_gates in zip(network.layers, hard_gates, strict=True):
        gates.append(layer_gates[: layer.out_features])
        fanins.append(np.asarray(layer.wiring[...]) + first)
        first += layer.in_features
    return Circuit(
        name=name,
        inputs=tuple(input_names),
        outputs=tuple(output_names),
        gates=np.concatenate(gates),
        fanins=np.concatenate(fanins),
        drivers=first + np.arange(len(output_names)),
    )
