import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.circuit import Netlist
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.errors import CircuitError
from ca_logic.visualizer.circuit_view.field_plan import plan_field
from ca_logic.visualizer.circuit_view.gate_field import GateField
from ca_logic.visualizer.circuit_view.signal_values import SignalValues
from ca_logic.visualizer.events import ButtonPress, KeyPress, PointerMove, WheelTurn
from ca_logic.visualizer.painter import DARK, LIGHT, Style
from tests.visualizer.circuit_view.samples import SURROUND, drawn, large_circuit, netlists

areas = st.builds(pygame.Rect, st.integers(0, 50), st.integers(0, 50), st.integers(1, 500), st.integers(1, 500))


LARGE = large_circuit()
INPUTS = np.random.default_rng(8).integers(0, 2, len(LARGE.inputs)).astype(bool)


@given(netlists, areas)
def test_each_signal_has_one_square(circuit: Netlist, area: pygame.Rect) -> None:
    plan = plan_field(circuit, area)
    signals = plan.squares[plan.squares != CONSTANT_FALSE]
    assert sorted(signals.tolist()) == list(range(1, circuit.num_signals))
    assert area.width >= plan.area.width
    assert area.height >= plan.area.height


@given(netlists, areas)
def test_blocks_are_levels(circuit: Netlist, area: pygame.Rect) -> None:
    plan, levels = plan_field(circuit, area), circuit.levels()
    for block in plan.blocks:
        signals = plan.squares[:, block.start : block.end]
        signals = signals[signals != CONSTANT_FALSE]
        assert len(signals) == block.num_signals
        assert len(set(levels[signals].tolist())) == 1
        assert not plan.squares[:, block.end : block.end + 1].any()


@given(netlists, st.integers(60, 900), st.integers(60, 900))
def test_a_signal_is_found_at_its_square(circuit: Netlist, width: int, height: int) -> None:
    plan = plan_field(circuit, pygame.Rect(7, 9, width, height))
    for signal in range(1, circuit.num_signals):
        assert plan.signal_at(*plan.box_of(signal).center) == signal
    assert plan.signal_at(plan.area.left - 1, plan.area.top) is None
    assert plan.signal_at(plan.area.left, plan.area.bottom) is None


@pytest.mark.parametrize("style", [DARK, LIGHT])
def test_squares_are_lit_where_gates_are_1(style: Style) -> None:
    field = GateField()
    field.show(LARGE)
    field.light(INPUTS)
    pixels = drawn(field, (640, 400), style)
    values = SignalValues.of(LARGE).of_inputs(INPUTS)
    plan = plan_field(LARGE, pygame.Rect(0, 18, 640, 382))
    assert plan.side >= 4
    for signal in range(1, LARGE.num_signals):
        x, y = plan.box_of(signal).center
        wanted = style.accent if values[signal] else style.raised
        assert tuple(pixels[20 + x, 20 + y]) == wanted


def test_nothing_is_lit_without_a_sample() -> None:
    field = GateField()
    field.show(LARGE, "large")
    before = drawn(field, (640, 400))
    field.light(INPUTS)
    assert (drawn(field, (640, 400)) != before).any()
    field.light(None)
    assert (drawn(field, (640, 400)) == before).all()
    assert not (before == DARK.accent).all(axis=2).any()


@pytest.mark.parametrize("size", [(1, 1), (30, 9), (60, 300), (300, 60), (300, 300), (1200, 1000)])
def test_a_field_of_any_size_stays_within_its_area(size: tuple[int, int]) -> None:
    field = GateField()
    field.show(LARGE, "large")
    field.light(INPUTS)
    pixels = drawn(field, size)
    assert (pixels[20:-20, 20:-20] != SURROUND).any(axis=2).all()
    pixels[20:-20, 20:-20] = SURROUND
    assert (pixels == SURROUND).all()


def test_pointing_at_a_gate_outlines_it_and_what_it_reads() -> None:
    field = GateField()
    field.show(LARGE)
    before = drawn(field, (640, 400))
    plan = plan_field(LARGE, pygame.Rect(0, 18, 640, 382))
    gate = LARGE.num_signals - 1
    x, y = plan.box_of(gate).center
    assert field.handle(PointerMove(20 + x, 20 + y))
    after = drawn(field, (640, 400))
    assert (after != before).any()
    fanin = plan.box_of(int(LARGE.fanins[gate - LARGE.first_gate, 0])).inflate(4, 4)
    around = after[20 + fanin.left : 20 + fanin.right, 20 + fanin.top : 20 + fanin.bottom]
    assert (around == DARK.good).all(axis=2).any()
    assert not field.handle(PointerMove(5, 5))
    assert (drawn(field, (640, 400)) == before).all()


def test_a_field_takes_what_is_done_with_the_mouse_within_it() -> None:
    field = GateField()
    field.show(LARGE)
    drawn(field, (300, 300))
    assert field.handle(WheelTurn(100, 100, 1.0))
    assert field.handle(ButtonPress(100, 100))
    assert not field.handle(WheelTurn(10, 100, 1.0))
    assert not field.handle(KeyPress("a"))


def test_a_field_without_a_circuit_is_empty() -> None:
    field = GateField()
    field.light(INPUTS)
    assert (drawn(field, (200, 100))[20:-20, 20:-20] == DARK.background).all()
    assert field.handle(PointerMove(100, 100))


def test_a_sample_of_another_size_is_refused() -> None:
    field = GateField()
    field.show(LARGE)
    with pytest.raises(CircuitError, match="has 500 inputs"):
        field.light(np.ones(9, bool))
