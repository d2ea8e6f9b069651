"""0-resubstitution: the function stays, gates go, and don't-cares are used."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.errors import CircuitError
from ca_logic.gates import Gate
from ca_logic.synthesis.functional_hashing import functional_hashing
from ca_logic.synthesis.resubstitution import resubstitution
from tests.plain_evaluation import evaluate_all, same_function
from tests.strategies import circuits

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
