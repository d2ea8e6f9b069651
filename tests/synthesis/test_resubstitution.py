"""0-resubstitution: the function stays, gates go, and don't-cares are used."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, InputVectors
from ca_logic.errors import CircuitError
from ca_logic.gates import Gate
from ca_logic.synthesis.functional_hashing import functional_hashing
from ca_logic.synthesis.resubstitution import resubstitution
from tests.oracles import circuit_of_table, random_table
from tests.plain_evaluation import evaluate_all, same_function
from tests.strategies import circuits
from tests.synthesis.care_sets import care_set, circuits_with_care, same_where_it_matters

SEEDS = st.integers(0, 3)
ROUNDS = st.integers(0, 3)


@settings(deadline=None, max_examples=60)
@given(circuits(), SEEDS, ROUNDS)
def test_the_function_is_kept(circuit: Circuit, seed: int, rounds: int) -> None:
    assert same_function(resubstitution(circuit, seed=seed, rounds=rounds), circuit)


@settings(deadline=None, max_examples=60)
@given(circuits(), SEEDS, ROUNDS)
def test_there_are_never_more_gates(circuit: Circuit, seed: int, rounds: int) -> None:
    assert resubstitution(circuit, seed=seed, rounds=rounds).num_gates <= circuit.num_gates


@settings(deadline=None, max_examples=60)
@given(circuits(), SEEDS, ROUNDS)
def test_rewiring_leaves_no_more_than_replacing_alone(circuit: Circuit, seed: int, rounds: int) -> None:
    alone = resubstitution(circuit, seed=seed)
    assert resubstitution(alone, seed=seed, rounds=rounds).num_gates <= alone.num_gates


@settings(deadline=None, max_examples=60)
@given(circuits(), SEEDS)
def test_it_leaves_no_more_than_functional_hashing(circuit: Circuit, seed: int) -> None:
    hashed = functional_hashing(circuit)
    assert resubstitution(hashed, seed=seed).num_gates <= hashed.num_gates


@settings(deadline=None, max_examples=60)
@given(circuits(), SEEDS, SEEDS)
def test_a_second_run_with_any_seed_finds_nothing_left(circuit: Circuit, seed: int, other_seed: int) -> None:
    once = resubstitution(circuit, seed=seed)
    assert resubstitution(once, seed=other_seed).num_gates == once.num_gates


@settings(deadline=None, max_examples=60)
@given(circuits(), SEEDS, ROUNDS)
def test_the_same_seed_gives_the_same_circuit(circuit: Circuit, seed: int, rounds: int) -> None:
    once = resubstitution(circuit, seed=seed, rounds=rounds)
    assert resubstitution(circuit, seed=seed, rounds=rounds) == once


@settings(deadline=None, max_examples=60)
@given(circuits_with_care(), SEEDS, ROUNDS)
def test_on_the_care_set_the_function_is_kept(case: tuple[Circuit, np.ndarray], seed: int, rounds: int) -> None:
    circuit, care = case
    small = resubstitution(circuit, InputVectors.of_rows(care), seed=seed, rounds=rounds)
    assert same_where_it_matters(small, circuit, care)


@settings(deadline=None, max_examples=60)
@given(circuits_with_care(), SEEDS, ROUNDS)
def test_with_a_care_set_there_are_never_more_gates(case: tuple[Circuit, np.ndarray], seed: int, rounds: int) -> None:
    circuit, care = case
    assert resubstitution(circuit, InputVectors.of_rows(care), seed=seed, rounds=rounds).num_gates <= circuit.num_gates


def test_a_circuit_that_does_not_matter_anywhere_loses_all_gates() -> None:
    small = resubstitution(circuit_of_table(random_table(0)), InputVectors.of_rows(care_set(9, [])))
    assert small.num_gates == 0


def test_a_majority_of_three_is_a_conjunction_where_the_third_is_0() -> None:
    builder = CircuitBuilder(["x", "y", "z"])
    either, both = builder.add(Gate.OR, 1, 2), builder.add(Gate.AND, 1, 2)
    circuit = builder.build({"most": builder.add(Gate.OR, both, builder.add(Gate.AND, either, 3))})
    assert resubstitution(circuit).num_gates == circuit.num_gates == 4
    care = care_set(3, [0b000, 0b010, 0b100, 0b110])
    small = resubstitution(circuit, InputVectors.of_rows(care))
    assert (small.gates.tolist(), small.fanins.tolist()) == ([Gate.AND], [[1, 2]])


@pytest.fixture(scope="module")
def large() -> Circuit:
    """Returns a circuit that many rounds go on making smaller."""
    table = np.array([bin(row).count("1") in (3, 4) and row % 7 > 1 for row in range(512)])
    return circuit_of_table(table)


def count_rounds(circuit: Circuit, *, rounds: int, max_evaluations: int | None) -> tuple[Circuit, int]:
    """Returns the result of a walk, and how often a round could begin."""
    begun: list[int] = []
    small = resubstitution(circuit, rounds=rounds, max_evaluations=max_evaluations, on_progress=begun.append)
    assert begun == sorted(begun, reverse=True)
    return small, len(begun)


def test_no_round_begins_after_max_evaluations(large: Circuit) -> None:
    alone = resubstitution(large)
    small, begun = count_rounds(large, rounds=20, max_evaluations=0)
    assert (small, begun) == (alone, 1)
    _, begun_of_few = count_rounds(large, rounds=20, max_evaluations=60_000)
    assert 1 < begun_of_few < 20
    unbounded, begun_of_all = count_rounds(large, rounds=3, max_evaluations=None)
    assert begun_of_all == 3
    assert count_rounds(large, rounds=3, max_evaluations=10**9) == (unbounded, 3)


def test_more_evaluations_leave_no_more_gates_and_the_same_ones_the_same_circuit(large: Circuit) -> None:
    budgets = (0, 20_000, 60_000)
    walks = [count_rounds(large, rounds=50, max_evaluations=budget) for budget in budgets]
    gates = [small.num_gates for small, _ in walks]
    assert gates == sorted(gates, reverse=True)
    assert gates[-1] < gates[0]
    assert count_rounds(large, rounds=50, max_evaluations=budgets[1]) == walks[1]


def masked(*, observed: bool) -> Circuit:
    """Returns x and (y xor (x and z)), where `x and z` may be z: no output notices unless it is one itself."""
    builder = CircuitBuilder(["x", "y", "z"])
    inner = builder.add(Gate.AND, 1, 3)
    outer = builder.add(Gate.AND, 1, builder.add(Gate.XOR, 2, inner))
    return builder.build({"out": outer} | ({"inner": inner} if observed else {}))


@pytest.mark.parametrize("seed", range(5))
def test_a_signal_whose_difference_no_output_notices_is_replaced(seed: int) -> None:
    circuit = masked(observed=False)
    assert functional_hashing(circuit).num_gates == 3
    small = resubstitution(circuit, seed=seed)
    assert small.num_gates == 2
    assert evaluate_all(small).tolist() == [[0, 0, 0, 0, 0, 1, 1, 0]]


@pytest.mark.parametrize("seed", range(5))
def test_a_signal_that_is_an_output_is_not_changed(seed: int) -> None:
    small = resubstitution(masked(observed=True), seed=seed)
    assert small.num_gates == 3
    assert evaluate_all(small).tolist() == [[0, 0, 0, 0, 0, 1, 1, 0], [0, 0, 0, 0, 0, 1, 0, 1]]


def test_complements_count_as_replacements() -> None:
    # x and (y xor not (x and z)): the inner NAND may be not z.
    builder = CircuitBuilder(["x", "y", "z"])
    inner = builder.add(Gate.NAND, 1, 3)
    circuit = builder.build({"out": builder.add(Gate.AND, 1, builder.add(Gate.XOR, 2, inner))})
    small = resubstitution(circuit)
    assert small.num_gates == 2
    assert same_function(small, circuit)


def test_a_redundant_term_becomes_a_constant() -> None:
    # Consensus: in xy + x'z + yz the term yz is never needed.
    builder = CircuitBuilder(["x", "y", "z"])
    terms = builder.add(Gate.AND, 1, 2), builder.add(Gate.NOT_A_AND_B, 1, 3), builder.add(Gate.AND, 2, 3)
    total = builder.add(Gate.OR, builder.add(Gate.OR, terms[0], terms[1]), terms[2])
    circuit = builder.build({"out": total})
    small = resubstitution(circuit)
    assert circuit.num_gates == 5
    assert small.num_gates == 3
    assert same_function(small, circuit)


def test_too_many_inputs_are_refused() -> None:
    circuit = CircuitBuilder([f"x{i}" for i in range(21)]).build({"y": 1})
    with pytest.raises(CircuitError, match="at most 20"):
        resubstitution(circuit)
