"""Joined networks: live cells, then the code of the ring, then the next state, as one network of all bits."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from ca_logic.circuit import Circuit, simulate, truth_tables
from ca_logic.learning import extract_circuit, join_networks
from ca_logic.learning.network import LogicNetwork, pack_rows
from ca_logic.learning.parametrization import ParametrizationName
from ca_logic.learning.stack import evaluate_hard, evaluate_softly, stack_layers

CASES = pytest.mark.parametrize(("bits", "name"), [(2, "truth-table"), (3, "truth-table"), (2, "softmax")])
CENTRE = 4
NUM_ROWS = 128


def random_network(widths: tuple[int, ...], name: ParametrizationName) -> LogicNetwork:
    """Returns a network of undecided gates whose outputs, rounded, are 1 in about half of the rows."""
    network = LogicNetwork(widths, parametrization=name, rngs=nnx.Rngs(0))
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        for layer in network.layers:
            layer.gates[...] = jnp.asarray(2 * rng.normal(size=layer.gates[...].shape), jnp.float32)
        tables = truth_tables(circuit_of(network))
        if (abs(tables.mean(axis=1) - 0.5) < 0.3).all():
            return network
    raise AssertionError(f"no network of {name} and widths {widths}")


def circuit_of(network: LogicNetwork) -> Circuit:
    """Returns the rounded network as a circuit."""
    inputs = [f"x{i}" for i in range(network.layers[0].in_features)]
    outputs = [f"y{i}" for i in range(network.layers[-1].out_features)]
    return extract_circuit(network, name="network", input_names=inputs, output_names=outputs)


class Parts(NamedTuple):
    """Networks from the bits of a cell to its life, from eight lives to a code, and from code and centre on."""

    live: LogicNetwork
    ring: LogicNetwork
    centre: LogicNetwork


@functools.cache
def parts_of(bits: int, name: ParametrizationName) -> Parts:
    """Returns networks with a code of as many bits as a cell has."""
    return Parts(
        live=random_network((bits, 8, 4, 1), name),
        ring=random_network((8, 20, 12, bits), name),
        centre=random_network((2 * bits, 10, bits), name),
    )


def joined_of(parts: Parts, bits: int) -> LogicNetwork:
    """Returns all of them as one."""
    return join_networks(*parts, bits_per_cell=bits)


def random_planes(bits: int) -> np.ndarray:
    """Returns bits of nine cells: bit 0 of all cells, then bit 1, and so on."""
    return np.random.default_rng(bits).integers(0, 2, (9 * bits, NUM_ROWS), dtype=np.uint8)


def planes_of_cells(planes: np.ndarray, bits: int) -> list[np.ndarray]:
    """Returns the bits of each of the nine cells, lowest first."""
    return list(planes.reshape(bits, 9, NUM_ROWS).swapaxes(0, 1))


def through(network: LogicNetwork, num_layers: int, signals: jax.Array, *, hard: bool = False) -> jax.Array:
    """Returns the signals after so many layers."""
    for layer in list(network.layers)[:num_layers]:
        signals = layer.evaluate_hard(signals) if hard else layer(signals)
    return signals


def evaluate(network: LogicNetwork, planes: np.ndarray) -> np.ndarray:
    """Returns what the hard network computes, as 0 and 1."""
    words = np.asarray(jax.jit(network.evaluate_hard)(jnp.asarray(pack_rows(planes))))
    return np.unpackbits(words.view(np.uint8), axis=1, count=NUM_ROWS, bitorder="little")


def one_after_the_other(
    run: Callable[[LogicNetwork, np.ndarray], np.ndarray], parts: Parts, planes: np.ndarray, bits: int
) -> np.ndarray:
    """Returns what three parts compute together."""
    cells = planes_of_cells(planes, bits)
    centre = cells.pop(CENTRE)
    code = run(parts.ring, np.concatenate([run(parts.live, cell) for cell in cells]))
    return run(parts.centre, np.concatenate([code, centre]))


@CASES
def test_the_joined_network_computes_hard_what_its_parts_compute(bits: int, name: ParametrizationName) -> None:
    parts = parts_of(bits, name)
    joined = joined_of(parts, bits)
    planes = random_planes(bits)
    expected = one_after_the_other(evaluate, parts, planes, bits)
    assert np.array_equal(evaluate(joined, planes), expected)
    assert (expected.min(axis=1) < expected.max(axis=1)).any()
    words = evaluate_hard(stack_layers(joined), joined.layers[0].parametrization, jnp.asarray(pack_rows(planes)))
    assert np.array_equal(np.asarray(words)[:bits], pack_rows(expected))


@CASES
def test_the_joined_network_computes_softly_what_its_parts_compute(bits: int, name: ParametrizationName) -> None:
    parts = parts_of(bits, name)
    joined = joined_of(parts, bits)
    planes = jnp.asarray(np.random.default_rng(1).random((9 * bits, NUM_ROWS)), jnp.float32)
    num_layers = len(parts.live.layers) + len(parts.ring.layers)
    signals = jax.jit(lambda signals: through(joined, num_layers, signals))(planes)
    live = jax.jit(parts.live)
    lives = jnp.concatenate([live(planes[cell::9]) for cell in range(9) if cell != CENTRE])
    code = jax.jit(parts.ring)(lives)
    np.testing.assert_allclose(signals[:bits], code, atol=1e-5)
    # The centre has come through soft gates, each of which draws it towards one half.
    outputs = jax.jit(parts.centre)(jnp.concatenate([code, signals[bits:]]))
    np.testing.assert_allclose(jax.jit(joined)(planes), outputs, atol=1e-5)
    stacked = evaluate_softly(stack_layers(joined), joined.layers[0].parametrization, planes)[:bits]
    np.testing.assert_allclose(stacked, outputs, atol=1e-5)


@CASES
def test_the_centre_passes_hard_and_can_still_be_told_softly(bits: int, name: ParametrizationName) -> None:
    parts = parts_of(bits, name)
    joined = joined_of(parts, bits)
    planes = random_planes(bits)
    num_layers = len(parts.live.layers) + len(parts.ring.layers)
    soft = jax.jit(lambda signals: through(joined, num_layers, signals))(jnp.asarray(planes, jnp.float32))
    hard = jax.jit(lambda signals: through(joined, num_layers, signals, hard=True))(jnp.asarray(pack_rows(planes)))
    centre = planes[CENTRE::9]
    assert np.array_equal(np.asarray(hard)[-bits:], pack_rows(centre))
    assert np.array_equal(np.asarray(soft)[-bits:] > 0.5, centre == 1)


@CASES
def test_the_circuit_of_the_joined_network_is_that_of_its_parts(bits: int, name: ParametrizationName) -> None:
    parts = parts_of(bits, name)
    circuit = circuit_of(joined_of(parts, bits))
    assert (len(circuit.inputs), len(circuit.outputs)) == (9 * bits, bits)
    passing = bits * (len(parts.live.layers) + len(parts.ring.layers))
    own = 8 * parts.live.num_gates + parts.ring.num_gates + parts.centre.num_gates
    assert circuit.num_gates == own + passing
    planes = random_planes(bits)
    expected = one_after_the_other(lambda part, inputs: computed(circuit_of(part), inputs), parts, planes, bits)
    assert np.array_equal(computed(circuit, planes), expected)


def test_a_code_may_have_another_number_of_bits_than_a_cell() -> None:
    parts = parts_of(2, "truth-table")
    parts = parts._replace(
        ring=random_network((8, 12, 1), "truth-table"), centre=random_network((3, 6, 2), "truth-table")
    )
    planes = random_planes(2)
    expected = one_after_the_other(evaluate, parts, planes, 2)
    assert np.array_equal(computed(circuit_of(joined_of(parts, 2)), planes), expected)


def computed(circuit: Circuit, planes: np.ndarray) -> np.ndarray:
    """Returns what the circuit computes, as 0 and 1."""
    words = np.packbits(planes, axis=1, bitorder="little").view(np.uint64)
    return np.unpackbits(simulate(circuit, words).view(np.uint8), axis=1, bitorder="little")
