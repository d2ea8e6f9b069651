"""The flow: every pass runs, is reported, and is caught if it breaks the circuit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, InputVectors
from ca_logic.errors import CircuitError, EquivalenceError
from ca_logic.gates import Gate
from ca_logic.synthesis import PassResult, flow, optimize
from ca_logic.synthesis.resubstitution import resubstitution
from tests.oracles import circuit_of_table
from tests.plain_evaluation import evaluate_all, same_function
from tests.strategies import circuits
from tests.synthesis.care_sets import care_set, circuits_with_care, same_where_it_matters

PASSES = [
    "dead-gate elimination",
    "constant and copy propagation",
    "structural hashing",
    "functional hashing",
    "0-resubstitution",
]


def redundant_circuit() -> Circuit:
    """Returns a circuit that every pass makes smaller."""
    gates = [Gate.AND, Gate.AND, Gate.A, Gate.OR, Gate.AND, Gate.AND, Gate.XOR, Gate.AND, Gate.XOR, Gate.OR]
    # Inputs are 1 to 3; gate k is signal 4 + k.
    fanins = [(1, 2), (1, 2), (4, 4), (1, 2), (1, 7), (1, 3), (2, 9), (1, 10), (5, 6), (8, 12)]
    drivers = [11, 12, 13]
    return Circuit("made", ("x", "y", "z"), ("p", "q", "r"), np.array(gates), np.array(fanins), np.array(drivers))


@settings(deadline=None, max_examples=50)
@given(circuits())
def test_the_function_is_kept(circuit: Circuit) -> None:
    assert same_function(optimize(circuit)[0], circuit)


@settings(deadline=None, max_examples=50)
@given(circuits())
def test_no_pass_adds_gates(circuit: Circuit) -> None:
    _, results = optimize(circuit)
    counts = [circuit.num_gates, *(result.gates for result in results)]
    assert counts == sorted(counts, reverse=True)


@settings(deadline=None, max_examples=50)
@given(circuits())
def test_a_second_run_finds_nothing_left(circuit: Circuit) -> None:
    once, _ = optimize(circuit)
    assert optimize(once)[0].num_gates == once.num_gates


@settings(deadline=None, max_examples=50)
@given(circuits_with_care())
def test_on_the_care_set_the_function_is_kept_by_passes_that_add_no_gates(case: tuple[Circuit, np.ndarray]) -> None:
    circuit, care = case
    small, results = optimize(circuit, care=care)
    assert same_where_it_matters(small, circuit, care)
    counts = [circuit.num_gates, *(result.gates for result in results)]
    assert counts == sorted(counts, reverse=True)
    assert small.num_gates == counts[-1]


@settings(deadline=None, max_examples=20)
@given(circuits())
def test_without_a_care_set_all_rows_matter(circuit: Circuit) -> None:
    care = care_set(len(circuit.inputs), list(range(1 << len(circuit.inputs))))
    assert optimize(circuit, care=care)[0] == optimize(circuit)[0]


def test_a_sparse_care_set_leaves_fewer_gates() -> None:
    circuit = circuit_of_table(np.array([bin(row).count("1") == 3 for row in range(512)]))
    # Of the last three cells no two are ever live together.
    care = care_set(9, [row for row in range(512) if row & 7 in (0, 1, 2, 4)])
    small, _ = optimize(circuit, care=care)
    assert same_where_it_matters(small, circuit, care)
    assert not same_function(small, circuit)
    assert small.num_gates < 0.8 * optimize(circuit)[0].num_gates


def test_with_a_care_set_there_may_be_more_inputs_than_can_be_enumerated() -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(27)])
    signal = 1
    for other in range(2, 28):
        signal = builder.add(Gate.AND, signal, other)
    circuit = builder.build({"all": signal})
    care = np.ones((27, 28), dtype=np.uint8)
    np.fill_diagonal(care, 0)
    # The last column is all ones; without the others of the first 20 inputs these need not be read.
    assert optimize(circuit, care=care)[0].num_gates == 26
    small, _ = optimize(circuit, care=care[:, 20:])
    assert small.num_gates == 6
    assert same_where_it_matters(small, circuit, care[:, 20:])


def test_the_same_circuit_comes_out_every_time() -> None:
    circuit = circuit_of_table(np.array([bin(row).count("1") == 3 for row in range(512)]))
    assert optimize(circuit)[0] == optimize(circuit)[0]


@pytest.mark.parametrize("effort", [1, 3])
def test_effort_multiplies_the_walks_and_the_work_of_the_last(effort: int, monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[dict[str, Any]] = []

    def recorded(circuit: Circuit, vectors: InputVectors, **options: Any) -> Circuit:
        walks.append(options)
        return resubstitution(circuit, vectors, **options)

    monkeypatch.setattr(flow, "resubstitution", recorded)
    small, _ = optimize(redundant_circuit(), effort=effort)
    assert same_function(small, redundant_circuit())
    *short, long = walks
    assert [walk["seed"] for walk in short] == list(range(4 * effort))
    assert len({(walk["rounds"], walk["max_evaluations"]) for walk in short}) == 1
    assert (long["rounds"], long["max_evaluations"]) == (40 * effort, 500_000 * effort)


def test_each_pass_is_reported_in_order_and_as_it_ends() -> None:
    seen: list[PassResult] = []
    circuit, results = optimize(redundant_circuit(), on_pass=seen.append)
    assert [result.name for result in results] == PASSES
    # The last one is reported now and then while it runs, too.
    assert tuple(seen[: len(PASSES) - 1]) == results[:-1]
    assert {result.name for result in seen[len(PASSES) - 1 :]} == {"0-resubstitution"}
    assert seen[-1] == results[-1]
    assert len(seen) > len(PASSES)
    assert results[-1].gates == circuit.num_gates
    assert all(result.seconds >= 0 for result in seen)


def test_best_resubstitution_is_as_good_as_any_order_it_tries() -> None:
    circuit = redundant_circuit()
    best = flow.best_resubstitution(circuit, InputVectors.complete(len(circuit.inputs))).num_gates
    assert best <= min(resubstitution(circuit, seed=seed).num_gates for seed in range(4))
    assert best < circuit.num_gates


def test_a_pass_that_breaks_the_circuit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(circuit: Circuit) -> Circuit:
        return replace(circuit, gates=circuit.gates ^ 0b1111)

    monkeypatch.setattr(flow, "strash", broken)
    seen: list[str] = []
    with pytest.raises(
        EquivalenceError, match=r"^structural hashing changed what circuit 'made' computes, which is a bug\.$"
    ):
        optimize(redundant_circuit(), on_pass=lambda result: seen.append(result.name))
    assert seen == PASSES[:2]


def test_a_pass_that_loses_an_output_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(circuit: Circuit) -> Circuit:
        return replace(circuit, outputs=circuit.outputs[:1], drivers=circuit.drivers[:1])

    monkeypatch.setattr(flow, "sweep", forgetful)
    with pytest.raises(EquivalenceError, match=r"^constant and copy propagation changed what"):
        optimize(redundant_circuit())


def test_a_pass_may_change_rows_that_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = CircuitBuilder(["a", "b"])
    circuit = builder.build({"y": builder.add(Gate.OR, 1, 2)})
    monkeypatch.setattr(flow, "strash", lambda circuit: replace(circuit, gates=circuit.gates ^ 0b0001))
    small, _ = optimize(circuit, care=care_set(2, [0, 1, 2]))
    assert evaluate_all(small).tolist() == [[0, 1, 1, 0]]
    with pytest.raises(EquivalenceError, match="structural hashing changed"):
        optimize(circuit, care=care_set(2, [1, 2, 3]))


def test_too_many_inputs_are_refused() -> None:
    circuit = CircuitBuilder([f"x{i}" for i in range(21)]).build({"y": 1})
    with pytest.raises(CircuitError, match="at most 20"):
        optimize(circuit)
