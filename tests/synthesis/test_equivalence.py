"""The proof: it holds on every row, or the error says how many rows differ and which is the first.

Rules are proved over all neighbourhoods of states that exist; circuits of them are trees of multiplexers.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.errors import CircuitError, EquivalenceError
from ca_logic.gates import Gate
from ca_logic.synthesis import Proof, find_differences, prove_equivalent, prove_rule
from ca_logic.tasks import Rule, load_rule
from ca_logic.tasks.neighbourhood import CELLS
from tests.oracles import circuit_of_transitions, single_gate_circuit
from tests.plain_evaluation import evaluate_all, evaluate_row
from tests.strategies import circuits


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_a_circuit_is_proved_equal_to_its_own_rows(circuit: Circuit) -> None:
    rows = 1 << len(circuit.inputs)
    assert prove_equivalent(circuit, evaluate_all(circuit)) == Proof("exhaustive", rows, rows)


@settings(deadline=None, max_examples=60)
@given(circuits(), st.data())
def test_the_error_names_how_many_rows_differ_and_the_first(circuit: Circuit, data: st.DataObject) -> None:
    tables = evaluate_all(circuit)
    rows = tables.shape[1]
    wrong = sorted(data.draw(st.sets(st.integers(0, rows - 1), min_size=1)))
    output = data.draw(st.integers(0, len(tables) - 1))
    tables[output, wrong] ^= 1
    first = f"0b{wrong[0]:0{len(circuit.inputs)}b}"
    with pytest.raises(EquivalenceError, match=rf"differ on {len(wrong)} of {rows} rows, first at {first} "):
        prove_equivalent(circuit, tables)


def test_a_row_wrong_in_two_outputs_counts_once() -> None:
    builder = CircuitBuilder(["a", "b"], name="pair")
    circuit = builder.build({"and": builder.add(Gate.AND, 1, 2), "xor": builder.add(Gate.XOR, 1, 2)})
    tables = np.array([[0, 0, 1, 1], [0, 1, 0, 0]])
    message = r"^circuit 'pair' and its table differ on 1 of 4 rows, first at 0b10 \(a b\)\.$"
    with pytest.raises(EquivalenceError, match=message):
        prove_equivalent(circuit, tables)


@pytest.mark.parametrize("shape", [(4,), (1, 2), (2, 4)])
def test_a_table_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    circuit = CircuitBuilder(["a", "b"]).build({"y": 0})
    with pytest.raises(EquivalenceError, match=r"outputs of shape \(1, 4\), but the table is of shape"):
        prove_equivalent(circuit, np.zeros(shape, dtype=np.uint8))


def test_too_many_inputs_cannot_be_proved() -> None:
    circuit = CircuitBuilder([f"x{i}" for i in range(21)]).build({"y": 0})
    with pytest.raises(CircuitError, match="at most 20"):
        prove_equivalent(circuit, np.zeros((1, 1), dtype=np.uint8))


def test_a_proof_reads_as_a_sentence() -> None:
    assert str(Proof("exhaustive", 512, 512)) == "512 of 512 rows right (exhaustive)"
    assert str(Proof("structural hashing", 1 << 784, 1 << 784)) == "2^784 of 2^784 rows right (structural hashing)"


def random_rule(num_states: int) -> Rule:
    """Returns a rule without any regularity."""
    transitions = np.random.default_rng(num_states).integers(0, num_states, (num_states, 256), dtype=np.uint8)
    return Rule("random", "random", transitions)


def flip(circuit: Circuit, neighbourhoods: list[tuple[int, ...]]) -> Circuit:
    """Returns the circuit with its first output inverted where the nine cells are in these states, and nowhere else."""
    builder = CircuitBuilder(circuit.inputs, name="flipped")
    signals = [0, *builder.inputs]
    for gate, (a, b) in zip(circuit.gates.tolist(), circuit.fanins.tolist(), strict=True):
        signals.append(builder.add(gate, signals[a], signals[b]))
    drivers = [signals[driver] for driver in circuit.drivers.tolist()]
    for states in neighbourhoods:
        there = builder.negate(0)
        for signal, bit in zip(builder.inputs, bits_of_states(states, circuit), strict=True):
            there = builder.add(Gate.AND if bit else Gate.A_AND_NOT_B, there, signal)
        drivers[0] = builder.add(Gate.XOR, drivers[0], there)
    return builder.build(dict(zip(circuit.outputs, drivers, strict=True)))


def bits_of_states(states: tuple[int, ...], circuit: Circuit) -> tuple[int, ...]:
    """Returns the inputs of a circuit for cells in these states: bit 0 of all, then bit 1, and so on."""
    return tuple(state >> bit & 1 for bit in range(len(circuit.inputs) // 9) for state in states)


def next_state(rule: Rule, states: tuple[int, ...]) -> int:
    """Returns what becomes of the centre, by looking it up."""
    ring = "".join("1" if state == 1 else "0" for state in (*states[:4], *states[5:]))
    return int(rule.transitions[states[4], int(ring, 2)])


@pytest.mark.parametrize("num_states", [2, 3, 4])
def test_a_correct_circuit_is_proved_on_all_neighbourhoods_of_states_that_exist(num_states: int) -> None:
    rule = random_rule(num_states)
    proof = prove_rule(circuit_of_transitions(rule.transitions), rule)
    assert proof.rows == proof.rows_right == num_states**9
    method = "exhaustive" if num_states == 2 else f"exhaustive over {num_states} states"
    assert str(proof) == f"{num_states**9} of {num_states**9} rows right ({method})"


@pytest.mark.slow
def test_eight_states_are_proved_and_the_very_last_neighbourhood_counts() -> None:
    rule = load_rule("345/2/8")
    circuit = circuit_of_transitions(rule.transitions)
    assert prove_rule(circuit, rule) == Proof("exhaustive over 8 states", 8**9, 8**9)
    with pytest.raises(EquivalenceError, match=r"differ where the states are nw 7, n 7, .*, se 7\.$"):
        prove_rule(flip(circuit, [(7,) * 9]), rule)


@pytest.mark.parametrize("num_states", [3, 4])
@pytest.mark.parametrize("position", range(3))
def test_one_wrong_neighbourhood_is_found_and_named(num_states: int, position: int) -> None:
    rule = random_rule(num_states)
    last = num_states - 1
    states = [(0,) * 9, (last, 0, 1, 2, 1, last, 0, 2, 1), (last,) * 9][position]
    wrong = flip(circuit_of_transitions(rule.transitions), [states])
    assert find_differences(wrong, rule, limit=5).T.tolist() == [list(states)]
    cells = ", ".join(f"{cell} {state}" for cell, state in zip(CELLS, states, strict=True))
    message = rf"^circuit 'flipped' is not random: they differ where the states are {cells}\.$"
    with pytest.raises(EquivalenceError, match=message):
        prove_rule(wrong, rule)


def test_one_wrong_neighbourhood_of_two_states_is_named_by_its_row() -> None:
    rule = random_rule(2)
    wrong = flip(circuit_of_transitions(rule.transitions), [(0, 0, 0, 1, 0, 1, 1, 0, 0)])
    with pytest.raises(EquivalenceError, match=r"differ on 1 of 512 rows, first at 0b000101100 \(nw n ne w c"):
        prove_rule(wrong, rule)
    assert find_differences(wrong, rule, limit=5).T.tolist() == [[0, 0, 0, 1, 0, 1, 1, 0, 0]]


@pytest.mark.parametrize(("num_states", "beyond"), [(3, 3), (5, 7)])
def test_states_that_do_not_exist_may_become_anything(num_states: int, beyond: int) -> None:
    rule = random_rule(num_states)
    places = [tuple(beyond if cell == place else 1 for cell in range(9)) for place in range(9)]
    circuit = circuit_of_transitions(rule.transitions)
    changed = flip(circuit, places)
    inputs = bits_of_states(places[0], circuit)
    assert evaluate_row(changed, inputs) != evaluate_row(circuit, inputs)
    assert prove_rule(changed, rule).rows == num_states**9


@settings(deadline=None, max_examples=10)
@given(st.sets(st.tuples(*9 * [st.integers(0, 2)]), max_size=6), st.integers(1, 8))
def test_differences_are_found_in_order_up_to_the_limit(places: set[tuple[int, ...]], limit: int) -> None:
    rule = random_rule(3)
    wrong = flip(circuit_of_transitions(rule.transitions), list(places))
    found = find_differences(wrong, rule, limit=limit)
    assert found.dtype == np.uint8
    assert found.T.tolist() == [list(place) for place in sorted(places)][:limit]


@pytest.mark.parametrize("num_states", [2, 3, 4])
def test_of_many_differences_as_many_are_returned_as_were_asked_for(num_states: int) -> None:
    rule = random_rule(num_states)
    constant = CircuitBuilder(circuit_of_transitions(rule.transitions).inputs).build(
        dict.fromkeys(circuit_of_transitions(rule.transitions).outputs, 0)
    )
    found = [tuple(column) for column in find_differences(constant, rule, limit=100).T.tolist()]
    assert len(set(found)) == len(found) == 100
    assert all(next_state(rule, states) != 0 for states in found)


@pytest.mark.parametrize(
    ("num_states", "message"),
    [
        (2, "for a rule of 2 states: it must read nw n ne w c e sw s se and compute next."),
        (
            3,
            "for a rule of 3 states: it must read nw0 n0 ne0 w0 c0 e0 sw0 s0 se0 nw1 n1 ne1 w1 c1 e1 sw1 s1 se1 "
            "and compute next0 next1.",
        ),
    ],
)
def test_a_circuit_with_another_interface_is_refused_with_the_right_one(num_states: int, message: str) -> None:
    rule, other = random_rule(num_states), random_rule(5 - num_states)
    for circuit in (circuit_of_transitions(other.transitions, name="conjunction"), single_gate_circuit()):
        for judge in (prove_rule, lambda circuit, rule: find_differences(circuit, rule, limit=1)):
            with pytest.raises(EquivalenceError) as caught:
                judge(circuit, rule)
            assert str(caught.value) == f"circuit 'conjunction' is not {message}"


def test_a_circuit_whose_outputs_are_exchanged_is_refused() -> None:
    circuit = circuit_of_transitions(random_rule(3).transitions)
    exchanged = replace(circuit, outputs=circuit.outputs[::-1], drivers=circuit.drivers[::-1])
    with pytest.raises(EquivalenceError, match="and compute next0 next1"):
        prove_rule(exchanged, random_rule(3))
