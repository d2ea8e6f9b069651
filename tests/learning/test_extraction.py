"""Extraction: each neuron becomes one gate, in order, none is left out."""

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from ca_logic.circuit import simulate
from ca_logic.learning.extraction import extract_circuit
from ca_logic.learning.network import LogicNetwork, pack_rows
from ca_logic.learning.parametrization import PARAMETRIZATIONS, ParametrizationName


def random_network(name: ParametrizationName = "truth-table") -> LogicNetwork:
    """Returns a network of undecided gates."""
    network = LogicNetwork((6, 10, 7, 2), parametrization=name, rngs=nnx.Rngs(1))
    for number, layer in enumerate(network.layers):
        layer.gates[...] = jnp.asarray(np.random.default_rng(number).normal(size=layer.gates[...].shape), jnp.float32)
    return network


@pytest.mark.parametrize("name", PARAMETRIZATIONS)
def test_each_neuron_becomes_the_gate_it_stands_for(name: ParametrizationName) -> None:
    network = random_network(name)
    circuit = extract_circuit(network, name="net", input_names="abcdef", output_names="yz")
    hard_gates = np.concatenate([np.asarray(layer.hard_gates()) for layer in network.layers])
    assert circuit.num_gates == network.num_gates == 19
    assert circuit.gates.tolist() == hard_gates.tolist()


def test_each_gate_reads_the_layer_before_it() -> None:
    network = random_network()
    circuit = extract_circuit(network, name="net", input_names="abcdef", output_names="yz")
    # Signals: the constant, inputs 1 to 6, then layers from 7, 17 and 24 on.
    for layer, first, begin, end in zip(network.layers, (1, 7, 17), (0, 10, 17), (10, 17, 19), strict=True):
        assert np.array_equal(circuit.fanins[begin:end], np.asarray(layer.wiring[...]) + first)
    assert circuit.drivers.tolist() == [24, 25]


def test_names_are_given_to_the_circuit() -> None:
    circuit = extract_circuit(random_network(), name="net", input_names="abcdef", output_names=["y", "z"])
    assert (circuit.name, circuit.inputs, circuit.outputs) == ("net", tuple("abcdef"), ("y", "z"))


def test_the_circuit_computes_what_the_hard_network_computes() -> None:
    network = random_network()
    circuit = extract_circuit(network, name="net", input_names="abcdef", output_names="yz")
    bits = np.random.default_rng(0).integers(0, 2, (6, 64 * 5))
    packed = pack_rows(bits)
    words = simulate(circuit, packed.view(np.uint64))
    assert np.array_equal(words.view(np.uint32), network.evaluate_hard(jnp.asarray(packed)))
