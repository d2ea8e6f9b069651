"""Slots: nothing is written over that is still needed, and few are enough."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.backend.classifier.program import program_of
from ca_logic.backend.classifier.slots import NO_SLOT, allocate_slots
from ca_logic.circuit import Circuit, remove_dead_gates
from ca_logic.circuit.lookup import lookup_of
from tests.strategies import circuits


@given(circuits(), st.integers(1, 5), st.booleans())
def test_what_is_needed_later_is_not_written_over(circuit: Circuit, gates_of_stage: int, keep_local: bool) -> None:
    circuit = remove_dead_gates(circuit)
    stages = np.arange(circuit.num_gates, dtype=np.int32) // gates_of_stage
    slots = allocate_slots(circuit, stages, keep_local=keep_local)
    of = slots.of_signals.tolist()
    holds = {slot: slot for slot in range(circuit.first_gate)}
    for stage in range(int(stages.max(initial=-1)) + 1):
        members = [circuit.first_gate + gate for gate in np.flatnonzero(stages == stage).tolist()]
        # Whatever the order within a stage: all that it reads of earlier ones is there before it and after it.
        reads = {fanin for gate in members for fanin in circuit.fanins[gate - circuit.first_gate].tolist()}
        earlier = {signal for signal in reads if signal not in members}
        assert all(holds[of[signal]] == signal for signal in earlier)
        holds.update({of[signal]: signal for signal in members if of[signal] != NO_SLOT})
        assert all(holds[of[signal]] == signal for signal in earlier)
        assert keep_local or all(of[signal] != NO_SLOT for signal in members)
    assert all(holds[of[driver]] == driver for driver in circuit.drivers.tolist())
    assert max(of, default=0) < slots.count
    assert of[: circuit.first_gate] == list(range(circuit.first_gate))


def chain(length: int) -> Circuit:
    """Returns gates of which each reads the one before it."""
    before = 2 + np.arange(length)
    return Circuit(
        name="chain",
        inputs=("a", "b"),
        outputs=("y",),
        gates=np.full(length, 6, np.uint8),
        fanins=np.stack([before, np.ones(length)], axis=1),
        drivers=np.array([length + 2]),
    )


@pytest.mark.parametrize("length", [10, 1000])
def test_a_chain_needs_three_slots_more_than_inputs_at_most(length: int) -> None:
    circuit = chain(length)
    assert allocate_slots(circuit, np.arange(length, dtype=np.int32), keep_local=False).count <= 5
    assert program_of(lookup_of(circuit)).num_slots <= 5


def test_what_is_read_in_its_own_stage_only_needs_no_slot() -> None:
    slots = allocate_slots(chain(100), np.arange(100, dtype=np.int32) // 10, keep_local=True)
    assert np.count_nonzero(slots.of_signals[3:] != NO_SLOT) == 10
