"""`Circuit`: what it accepts, what it refuses, and its structural facts."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, remove_dead_gates
from ca_logic.errors import CircuitError
from ca_logic.gates import Gate
from tests.plain_evaluation import same_function
from tests.strategies import circuits


def half_adder(**changes: Any) -> Circuit:
    """Returns sum and carry of two bits, with one dead gate, and whatever fields are to be changed."""
    fields: dict[str, Any] = {
        "name": "half_adder",
        "inputs": ("a", "b"),
        "outputs": ("sum", "carry"),
        "gates": np.array([Gate.OR, Gate.NAND, Gate.AND, Gate.NOT_A]),
        "fanins": np.array([[1, 2], [1, 2], [3, 4], [4, 4]]),
        "drivers": np.array([5, 6]),
    }
    return Circuit(**(fields | changes))


def test_arrays_are_read_only_copies() -> None:
    drivers = np.array([5, 6], dtype=np.int32)
    circuit = half_adder(drivers=drivers)
    drivers[0] = 1
    assert circuit.drivers.tolist() == [5, 6]
    for array in (circuit.gates, circuit.fanins, circuit.drivers):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_arrays_get_their_exact_types() -> None:
    circuit = half_adder(gates=[1, 2], fanins=[[1, 2], [2, 3]], drivers=[3, 4])
    assert circuit.gates.dtype == np.uint8
    assert circuit.fanins.dtype == circuit.drivers.dtype == np.int32
    assert circuit.fanins.shape == (2, 2)


def test_a_circuit_may_have_no_gates_and_no_inputs() -> None:
    circuit = Circuit("zero", (), ("y",), np.array([]), np.array([]), np.array([0]))
    assert (circuit.num_gates, circuit.num_signals, circuit.depth) == (0, 1, 0)
    assert circuit.fanins.shape == (0, 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gates": [1, 2, 3]}, "3 gates with 4 sets of fan-ins"),
        ({"drivers": [5]}, "2 outputs with 1 drivers"),
        ({"gates": [1, 2, 3, 16]}, "has a gate 16; gates are 0 to 15"),
        ({"gates": [1, 2, 3, 300]}, "fit into uint8"),
        ({"gates": [1, 2, 3, -1]}, "fit into uint8"),
        ({"fanins": [[1, 2], [1, 2], [3, 5], [4, 4]]}, "not in topological order"),
        ({"fanins": [[1, 2], [1, 6], [3, 4], [4, 4]]}, "not in topological order"),
        ({"fanins": [[1, 2], [1, -1], [3, 4], [4, 4]]}, "not in topological order"),
        ({"fanins": [[1, 2], [1, 1 << 40], [3, 4], [4, 4]]}, "fit into int32"),
        ({"fanins": [1, 2, 3]}, "fan-ins of a circuit must be whole numbers"),
        ({"gates": ["and", "or", "or", "or"]}, "gates of a circuit must be whole numbers"),
        ({"drivers": [5, 7]}, "an output without a driver"),
        ({"drivers": [5, -1]}, "an output without a driver"),
        ({"inputs": ("a", "a")}, "two inputs of the same name"),
        ({"outputs": ("y", "y")}, "two outputs of the same name"),
    ],
)
def test_what_is_no_circuit_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CircuitError, match=message):
        half_adder(**changes)


def test_fractions_are_refused_rather_than_rounded() -> None:
    with pytest.raises(CircuitError, match="must be whole numbers"):
        half_adder(gates=np.array([7.5, 14.0, 1.0, 12.0]))


def test_levels_are_longest_paths() -> None:
    assert half_adder().levels().tolist() == [0, 0, 0, 1, 1, 2, 2]


def test_depth_counts_gates_up_to_the_outputs_only() -> None:
    assert half_adder().depth == 2
    assert half_adder(drivers=[4, 1]).depth == 1
    assert half_adder(drivers=[0, 1]).depth == 0


def test_gate_counts_are_by_name_most_frequent_first() -> None:
    circuit = half_adder(gates=[Gate.OR, Gate.AND, Gate.AND, Gate.AND])
    assert list(circuit.gate_counts().items()) == [("and", 3), ("or", 1)]


def test_live_signals_are_those_an_output_reaches() -> None:
    assert half_adder(drivers=[5, 2]).live_signals().tolist() == [False, True, True, True, True, True, False]
    assert half_adder(drivers=[0, 0]).live_signals().tolist() == [True] + 6 * [False]


def test_nodes_are_plain_numbers_in_order() -> None:
    nodes = list(half_adder().nodes())
    assert nodes == [(3, 7, (1, 2)), (4, 14, (1, 2)), (5, 1, (3, 4)), (6, 12, (4, 4))]
    assert all(type(number) is int for signal, gate, fanins in nodes for number in (signal, gate, *fanins))


def test_live_signals_may_be_written_to() -> None:
    circuit = half_adder()
    circuit.live_signals()[:] = False
    assert circuit.live_signals()[5]


def test_equality_is_gate_for_gate_and_name_for_name() -> None:
    assert half_adder() == half_adder()
    assert hash(half_adder()) == hash(half_adder())
    assert half_adder() != half_adder(name="other")
    assert half_adder() != half_adder(outputs=("s", "c"))
    assert half_adder() != half_adder(gates=[Gate.OR, Gate.NAND, Gate.AND, Gate.NOT_B])
    assert half_adder() != "half_adder"


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_remove_dead_gates_keeps_the_function(circuit: Circuit) -> None:
    assert same_function(remove_dead_gates(circuit), circuit)


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_remove_dead_gates_leaves_exactly_the_live_ones(circuit: Circuit) -> None:
    swept = remove_dead_gates(circuit)
    assert swept.num_gates == circuit.live_signals()[circuit.first_gate :].sum()
    assert swept.live_signals()[swept.first_gate :].all()


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_remove_dead_gates_twice_changes_nothing(circuit: Circuit) -> None:
    swept = remove_dead_gates(circuit)
    assert remove_dead_gates(swept) == swept
