"""Looking for circuits beside the window: one at a time, remembered, and forgotten when one was learned."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ca_logic.errors import CircuitNotFoundError, OutputError
from ca_logic.runtime.circuit_library import StoredCircuit, find_circuit
from ca_logic.tasks import Rule, load_rule
from ca_logic.visualizer.rule_circuits import CircuitLookup, CircuitStatus

LIFE, SEEDS = load_rule("life"), load_rule("seeds")


def find_shipped(rule: Rule, on_warning: Callable[[str], None]) -> StoredCircuit:
    return find_circuit(rule, on_warning=on_warning)


def test_an_answer_comes_when_it_is_there() -> None:
    started: list[Callable[[], None]] = []
    circuits = CircuitLookup(find_shipped, started.append)
    assert circuits.status(LIFE).is_asked
    assert circuits.status(SEEDS).is_asked
    assert len(started) == 1, "one is looked for at a time"
    assert circuits.num_answers == 0
    started.pop()()
    assert circuits.num_answers == 1
    found = find_circuit(LIFE)
    assert circuits.status(LIFE) == CircuitStatus(num_gates=found.circuit.num_gates, origin=found.origin)
    assert circuits.status(LIFE).description == f"{found.circuit.num_gates} gates, {found.origin}"
    assert not started, "it is remembered"
    assert circuits.status(SEEDS).is_asked
    assert len(started) == 1


def test_what_was_asked_before_something_was_learned_is_asked_again() -> None:
    started: list[Callable[[], None]] = []
    circuits = CircuitLookup(find_shipped, started.append)
    circuits.status(LIFE)
    circuits.forget()
    started.pop()()
    assert circuits.status(LIFE).is_asked
    started.pop()()
    assert not circuits.status(LIFE).is_asked


def test_a_rule_without_a_circuit_is_to_be_learned(nothing_learned: Path) -> None:
    circuits = CircuitLookup(start=lambda work: work())
    circuits.status(load_rule("B35/S2"))
    assert not nothing_learned.exists()
    assert circuits.status(load_rule("B35/S2")).description == "not learned yet: press L"
    too_large = load_rule("345/2/200")
    assert not circuits.status(too_large).can_be_learned, "that is known before it is looked for"
    assert circuits.status(too_large).description == "more than 8 states: no circuit"
    assert not circuits.status(too_large).can_be_learned


@pytest.mark.parametrize("error", [OutputError("cannot read it."), PermissionError("cannot read it.")])
def test_what_goes_wrong_is_a_warning(error: Exception) -> None:
    def fail(_: Rule, on_warning: Callable[[str], None]) -> StoredCircuit:
        on_warning("passing over life.blif.")
        raise error

    circuits = CircuitLookup(fail, lambda work: work())
    circuits.status(LIFE)
    assert circuits.status(LIFE).warning == "passing over life.blif.; cannot read it."
    assert circuits.status(LIFE).num_gates is None


def test_a_long_drag_is_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_none(rule: Rule, _: Callable[[str], None]) -> StoredCircuit:
        raise CircuitNotFoundError(rule.name)

    monkeypatch.setattr("ca_logic.visualizer.rule_circuits._MAX_REMEMBERED", 2)
    circuits = CircuitLookup(find_none, lambda work: work())
    for text in ("B1/S", "B2/S", "B3/S"):
        circuits.status(load_rule(text))
    assert circuits.num_answers == 3
    circuits.status(load_rule("B1/S"))
    assert circuits.num_answers == 4
