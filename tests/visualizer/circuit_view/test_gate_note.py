import numpy as np
import pygame
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, InputVectors, Netlist, signal_functions
from ca_logic.gates import Gate
from ca_logic.visualizer.circuit_view.gate_note import GateNote, draw_note, node_of, note_of, note_of_output
from ca_logic.visualizer.painter import LIGHT, Painter
from tests.visualizer.circuit_view.samples import netlists

HALF_ADDER = Circuit(
    name="half adder",
    inputs=("a", "b"),
    outputs=("carry", "sum"),
    gates=np.array([Gate.AND, Gate.XOR], np.uint8),
    fanins=np.array([[1, 2], [1, 2]], np.int32),
    drivers=np.array([3, 4], np.int32),
)


def test_a_note_names_the_gate_its_inputs_and_its_truth_table() -> None:
    note = note_of(HALF_ADDER, 4, None, node_of(HALF_ADDER, 4))
    assert note == GateNote("g1: XOR", "g1 = a ^ b", ("a", "b"), (0, 1, 1, 0), None, "drives sum")


def test_a_note_marks_what_is_so_now() -> None:
    values = np.array([False, True, False, False, True])
    note = note_of(HALF_ADDER, 4, values, node_of(HALF_ADDER, 4))
    assert (note.row, note.remark) == (2, "is 1 now, drives sum")


def test_inputs_and_outputs_have_notes() -> None:
    assert note_of(HALF_ADDER, 1, None, None) == GateNote("a: input")
    assert note_of_output(HALF_ADDER, 0, None) == GateNote("carry: output", "carry = g0")


@given(netlists, st.integers(0, 63))
def test_the_marked_row_has_the_value_of_the_gate(circuit: Netlist, number: int) -> None:
    inputs = np.array([[number >> place & 1] for place in range(len(circuit.inputs))], np.uint8).reshape(-1, 1)
    values = np.array(signal_functions(circuit, InputVectors.of_rows(inputs)), bool)
    for signal in range(circuit.first_gate, circuit.num_signals):
        note = note_of(circuit, signal, values, node_of(circuit, signal))
        assert len(note.table) == (1 << len(note.operands) if note.operands else 0)
        if note.row is not None:
            assert note.table[note.row] == values[signal]


@given(st.integers(0, 400), st.integers(0, 300))
def test_a_note_stays_within_its_area(x: int, y: int) -> None:
    surface = pygame.Surface((460, 360))
    surface.fill((1, 2, 3))
    area = pygame.Rect(30, 30, 400, 300)
    note = note_of(HALF_ADDER, 4, np.ones(5, bool), node_of(HALF_ADDER, 4))
    draw_note(Painter(surface, LIGHT), note, area, pygame.Rect(x + 30, y + 30, 10, 10))
    outside = np.ones(surface.get_size(), bool)
    outside[30:430, 30:330] = False
    assert (pygame.surfarray.array3d(surface)[outside] == (1, 2, 3)).all()
