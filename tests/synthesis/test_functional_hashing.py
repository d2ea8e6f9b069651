"""`functional_hashing`: each function once, up to complement."""

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, InputVectors, signal_functions
from ca_logic.errors import CircuitError
from ca_logic.gates import Gate
from ca_logic.synthesis.functional_hashing import functional_hashing
from ca_logic.synthesis.structural_hashing import strash
from tests.plain_evaluation import same_function
from tests.strategies import circuits
from tests.synthesis.care_sets import care_set, circuits_with_care, same_where_it_matters


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_the_function_is_kept(circuit: Circuit) -> None:
    assert same_function(functional_hashing(circuit), circuit)


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_there_are_never_more_gates(circuit: Circuit) -> None:
    assert functional_hashing(circuit).num_gates <= circuit.num_gates


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_a_second_run_changes_nothing(circuit: Circuit) -> None:
    once = functional_hashing(circuit)
    assert functional_hashing(once) == once


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_no_function_remains_twice_even_complemented(circuit: Circuit) -> None:
    hashed = functional_hashing(circuit)
    ones = InputVectors.complete(len(circuit.inputs)).ones
    functions = signal_functions(hashed)
    is_inverter = [False] * hashed.first_gate + [gate == Gate.NOT_A for gate in hashed.gates.tolist()]
    kept = [function for function, inverts in zip(functions, is_inverter, strict=True) if not inverts]
    assert len({min(function, function ^ ones) for function in kept}) == len(kept)


@settings(deadline=None, max_examples=60)
@given(circuits_with_care())
def test_on_the_care_set_the_function_is_kept(case: tuple[Circuit, np.ndarray]) -> None:
    circuit, care = case
    assert same_where_it_matters(functional_hashing(circuit, InputVectors.of_rows(care)), circuit, care)


@settings(deadline=None, max_examples=60)
@given(circuits_with_care())
def test_with_a_care_set_there_are_never_more_gates(case: tuple[Circuit, np.ndarray]) -> None:
    circuit, care = case
    assert functional_hashing(circuit, InputVectors.of_rows(care)).num_gates <= circuit.num_gates


def test_functions_that_differ_only_on_dont_cares_become_one() -> None:
    # x or y and x xor y differ where both are 1, and only there.
    builder = CircuitBuilder(["x", "y"])
    circuit = builder.build({"or": builder.add(Gate.OR, 1, 2), "xor": builder.add(Gate.XOR, 1, 2)})
    assert functional_hashing(circuit).num_gates == 2
    hashed = functional_hashing(circuit, InputVectors.of_rows(care_set(2, [0, 1, 2])))
    assert hashed.num_gates == 1
    assert hashed.drivers.tolist() == [3, 3]


def test_inputs_that_are_equal_where_it_matters_are_one_signal() -> None:
    builder = CircuitBuilder(["x", "y"])
    circuit = builder.build({"and": builder.add(Gate.AND, 1, 2), "xor": builder.add(Gate.XOR, 1, 2)})
    care = care_set(2, [0, 3])
    hashed = functional_hashing(circuit, InputVectors.of_rows(care))
    assert hashed.num_gates == 0
    assert same_where_it_matters(hashed, circuit, care)


def test_what_structure_cannot_see_is_found() -> None:
    # x and (x or y) is x; (x and y) or (x and not y) is x; nothing structural says so.
    inputs = ("x", "y")
    gates = np.array([Gate.OR, Gate.AND, Gate.AND, Gate.A_AND_NOT_B, Gate.OR])
    fanins = np.array([[1, 2], [1, 3], [1, 2], [1, 2], [5, 6]])
    circuit = Circuit("made", inputs, ("p", "q"), gates, fanins, np.array([4, 7]))
    assert strash(circuit).num_gates == 5
    hashed = functional_hashing(circuit)
    assert (hashed.num_gates, hashed.drivers.tolist()) == (0, [1, 1])


def test_complements_become_one_gate() -> None:
    builder = CircuitBuilder(["x", "y"])
    xor = builder.add(Gate.OR, builder.add(Gate.A_AND_NOT_B, 1, 2), builder.add(Gate.NOT_A_AND_B, 1, 2))
    xnor = builder.add(Gate.OR, builder.add(Gate.AND, 1, 2), builder.add(Gate.NOR, 1, 2))
    circuit = builder.build({"xor": xor, "xnor": xnor})
    hashed = functional_hashing(circuit)
    assert hashed.num_gates == 4
    assert hashed.gate_counts()["not_a"] == 1


def test_a_constant_in_disguise_is_folded() -> None:
    builder = CircuitBuilder(["x", "y"])
    zero = builder.add(Gate.AND, builder.add(Gate.AND, 1, 2), builder.add(Gate.NOR, 1, 2))
    hashed = functional_hashing(builder.build({"zero": zero, "one": builder.negate(zero)}))
    assert hashed.gates.tolist() == [Gate.NOT_A]
    assert hashed.drivers.tolist() == [0, 3]


def test_too_many_inputs_are_refused() -> None:
    circuit = CircuitBuilder([f"x{i}" for i in range(21)]).build({"y": 1})
    with pytest.raises(CircuitError, match="at most 20"):
        functional_hashing(circuit)
