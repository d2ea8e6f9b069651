"""The flow: every pass runs, is reported, and is caught if it breaks the circuit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, remove_dead_gates
from ca_logic.errors import CircuitError, EquivalenceError
from ca_logic.gates import Gate
from ca_logic.synthesis import PassResult, flow, optimize
from ca_logic.synthesis.resubstitution import resubstitution
from tests.plain_evaluation import same_function
from tests.strategies import circuits


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


def test_each_pass_is_reported_in_order_and_as_it_ends() -> None:
    seen: list[PassResult] = []
    circuit, results = optimize(redundant_circuit(), on_pass=seen.append)
    assert tuple(seen) == results
    assert [result.name for result in results] == [name for name, _ in flow.PASSES]
    assert results[-1].gates == circuit.num_gates
    assert all(result.seconds >= 0 for result in results)


def test_the_passes_are_the_textbooks() -> None:
    assert [name for name, _ in flow.PASSES] == [
        "dead-gate elimination",
        "constant and copy propagation",
        "structural hashing",
        "functional hashing",
        "0-resubstitution",
    ]


def test_best_resubstitution_is_as_good_as_any_order_it_tries() -> None:
    circuit = redundant_circuit()
    best = flow.best_resubstitution(circuit).num_gates
    assert best == min(resubstitution(circuit, seed=seed).num_gates for seed in range(16))
    assert best < circuit.num_gates


def test_a_pass_that_breaks_the_circuit_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(circuit: Circuit) -> Circuit:
        return replace(circuit, gates=circuit.gates ^ 0b1111)

    monkeypatch.setattr(flow, "PASSES", (("dead-gate elimination", remove_dead_gates), ("broken", broken)))
    seen: list[str] = []
    builder = CircuitBuilder(["a", "b"])
    circuit = builder.build({"y": builder.add(Gate.AND, 1, 2)})
    with pytest.raises(EquivalenceError, match=r"differ on 4 of 4 rows, first at 0b00 \(a b\)"):
        optimize(circuit, on_pass=lambda result: seen.append(result.name))
    assert seen == ["dead-gate elimination"]


def test_a_pass_that_loses_an_output_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(circuit: Circuit) -> Circuit:
        return replace(circuit, outputs=circuit.outputs[:1], drivers=circuit.drivers[:1])

    monkeypatch.setattr(flow, "PASSES", (("forgetful", forgetful),))
    with pytest.raises(EquivalenceError, match=r"outputs of shape \(1, 8\), but the table is of shape \(3, 8\)"):
        optimize(redundant_circuit())


def test_too_many_inputs_are_refused() -> None:
    circuit = CircuitBuilder([f"x{i}" for i in range(21)]).build({"y": 1})
    with pytest.raises(CircuitError, match="at most 20"):
        optimize(circuit)
