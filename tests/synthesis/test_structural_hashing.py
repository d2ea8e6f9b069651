"""`sweep` and `strash`: less structure, the same function."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit
from ca_logic.gates import Gate
from ca_logic.synthesis.structural_hashing import strash, sweep
from tests.plain_evaluation import same_function
from tests.strategies import circuits

Pass = Callable[[Circuit], Circuit]
BOTH = pytest.mark.parametrize("run", [sweep, strash])


def circuit_of(gates: list[int], fanins: list[tuple[int, int]], drivers: list[int], *, num_inputs: int = 2) -> Circuit:
    """Returns a circuit over x1, x2, ... whose signals are numbered from 1."""
    inputs = tuple(f"x{i + 1}" for i in range(num_inputs))
    outputs = tuple(f"y{i}" for i in range(len(drivers)))
    return Circuit("made", inputs, outputs, np.array(gates), np.array(fanins), np.array(drivers))


@BOTH
@settings(deadline=None, max_examples=60)
@given(circuit=circuits())
def test_the_function_is_kept(run: Pass, circuit: Circuit) -> None:
    assert same_function(run(circuit), circuit)


@BOTH
@settings(deadline=None, max_examples=60)
@given(circuit=circuits())
def test_there_are_never_more_gates(run: Pass, circuit: Circuit) -> None:
    assert run(circuit).num_gates <= circuit.num_gates


@BOTH
@settings(deadline=None, max_examples=60)
@given(circuit=circuits())
def test_a_second_run_changes_nothing(run: Pass, circuit: Circuit) -> None:
    once = run(circuit)
    assert run(once) == once


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_strash_leaves_nothing_to_sweep(circuit: Circuit) -> None:
    hashed = strash(circuit)
    assert sweep(hashed) == hashed


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_strash_leaves_no_more_gates_than_sweep(circuit: Circuit) -> None:
    assert strash(circuit).num_gates <= sweep(circuit).num_gates


@BOTH
def test_constants_copies_and_inverters_vanish(run: Pass) -> None:
    # y = (not (x1 and 1)) xor (x2 or 0), written with seven gates.
    circuit = circuit_of(
        [Gate.TRUE, Gate.FALSE, Gate.AND, Gate.NOT_A, Gate.OR, Gate.B, Gate.XOR],
        [(1, 1), (1, 2), (1, 3), (5, 5), (2, 4), (4, 7), (6, 8)],
        [9],
    )
    small = run(circuit)
    assert (small.gates.tolist(), small.fanins.tolist()) == ([Gate.XNOR], [[1, 2]])


@BOTH
def test_dead_gates_are_dropped(run: Pass) -> None:
    assert run(circuit_of([Gate.AND, Gate.OR], [(1, 2), (1, 2)], [3])).gates.tolist() == [Gate.AND]


def test_sweep_keeps_equal_gates_apart_and_strash_does_not() -> None:
    twins = circuit_of([Gate.AND, Gate.AND, Gate.XOR], [(1, 2), (2, 1), (3, 4)], [3, 4])
    assert sweep(twins).num_gates == 2
    assert strash(twins).num_gates == 1
    assert strash(twins).drivers.tolist() == [3, 3]


def test_strash_shares_a_gate_with_its_complement() -> None:
    pair = circuit_of([Gate.AND, Gate.NAND, Gate.XOR, Gate.XOR], [(1, 2), (1, 2), (3, 3), (3, 1)], [4, 6])
    # NAND reads AND through an inverter that only the first output needs: absorbed.
    assert strash(pair).num_gates == 2
    assert same_function(strash(pair), pair)


@BOTH
def test_an_output_may_be_an_input_or_a_constant(run: Pass) -> None:
    circuit = circuit_of([Gate.A, Gate.XOR], [(2, 1), (1, 1)], [3, 4, 0])
    assert (run(circuit).num_gates, run(circuit).drivers.tolist()) == (0, [2, 0, 0])
