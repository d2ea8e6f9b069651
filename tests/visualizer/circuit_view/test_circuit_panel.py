from collections.abc import Iterator

import numpy as np
import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit
from ca_logic.errors import CircuitError
from ca_logic.formats.functions import live_part
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from ca_logic.tasks import load_rule
from ca_logic.tasks.neighbourhood import all_neighbourhoods
from ca_logic.visualizer.circuit_view.circuit_canvas import CircuitCanvas
from ca_logic.visualizer.circuit_view.circuit_drawing import CircuitDrawing
from ca_logic.visualizer.circuit_view.circuit_panel import CircuitPanel
from ca_logic.visualizer.circuit_view.graph_view import GraphView
from ca_logic.visualizer.circuit_view.signal_values import SignalValues
from ca_logic.visualizer.events import Button, ButtonPress, ButtonRelease, InputEvent, KeyPress, PointerMove, WheelTurn
from ca_logic.visualizer.painter import DARK, LIGHT, Painter, Style
from tests.strategies import circuits
from tests.visualizer.circuit_view.samples import SURROUND, drawn, large_circuit, shipped

SIZE = (900, 600)
HELD: frozenset[Button] = frozenset({"left"})

PASSES = [("structural hashing", 412, 290), ("sweeping", 290, 24)]


@pytest.fixture(scope="module")
def life() -> Circuit:
    return shipped("life")


@pytest.fixture
def ticks() -> Iterator[float]:
    """Seconds that a clock shows, one after the other."""
    return iter([0.0, 0.2, 10.0, 11.0])


@pytest.fixture
def panel(life: Circuit) -> CircuitPanel:
    """Shows Life; its upper left corner is at (20, 20), and it is 900 x 600."""
    panel = CircuitPanel()
    panel.show(life, "Life")
    drawn(panel, SIZE)
    return panel


def drawing_of(canvas: CircuitCanvas, size: tuple[int, int], style: Style) -> CircuitDrawing:
    """What a canvas draws that was not zoomed."""
    view = GraphView.fitting(canvas.layout, pygame.Rect((0, 0), size))
    return CircuitDrawing(canvas.layout, view, style)


def centre_of_gate(life: Circuit) -> tuple[int, int]:
    """A pixel of the window where the panel shows the last gate."""
    canvas = CircuitCanvas(life)
    size = (SIZE[0] - 20, SIZE[1] - 44)
    x, y = drawing_of(canvas, size, DARK).box_of(life.num_signals - 1).center
    return 20 + 10 + x, 20 + 34 + y


@pytest.mark.parametrize("style", [DARK, LIGHT])
@pytest.mark.parametrize("size", [(300, 300), (640, 400), (1200, 1000)])
def test_gates_are_lit_where_they_are_1(life: Circuit, style: Style, size: tuple[int, int]) -> None:
    canvas = CircuitCanvas(life)
    for number in (0, 0b111_000_001, 0b101_010_000):
        inputs = all_neighbourhoods()[:, number].astype(bool)
        canvas.light(inputs)
        pixels = pygame.surfarray.array3d(canvas.picture(size, style))
        values = SignalValues.of(life).of_inputs(inputs)
        drawing = drawing_of(canvas, size, style)
        for signal in range(life.first_gate, life.num_signals):
            x, y = drawing.box_of(signal).center
            assert (tuple(pixels[x, y]) == style.accent) == values[signal]


def test_the_output_is_lit_where_a_cell_lives_on(life: Circuit) -> None:
    canvas = CircuitCanvas(life)
    rule = load_rule("life")
    output = drawing_of(canvas, SIZE, DARK).box_of(canvas.layout.first_output).center
    for number in range(0, 512, 7):
        canvas.light(all_neighbourhoods()[:, number].astype(bool))
        assert (canvas.picture(SIZE, DARK).get_at(output)[:3] == DARK.accent) == rule.table[number]


def test_nothing_is_lit_unless_a_cell_is_pointed_at(panel: CircuitPanel) -> None:
    before = drawn(panel, SIZE)
    assert not (before == DARK.accent).all(axis=2).any()
    panel.light(np.ones(9, bool))
    assert (drawn(panel, SIZE) == DARK.accent).all(axis=2).any()
    panel.light(None)
    assert (drawn(panel, SIZE) == before).all()


def test_what_has_not_changed_is_not_drawn_again(life: Circuit) -> None:
    canvas = CircuitCanvas(life)
    canvas.light(np.ones(9, bool))
    picture = canvas.picture(SIZE, DARK)
    canvas.light(np.ones(9, bool))
    assert canvas.picture(SIZE, DARK) is picture
    canvas.light(np.zeros(9, bool))
    assert canvas.picture(SIZE, DARK) is not picture


@given(circuits(), st.sampled_from([(1, 1), (40, 200), (300, 300), (640, 400)]), st.sampled_from([DARK, LIGHT]))
@settings(max_examples=40)
def test_any_circuit_is_drawn_within_its_area(circuit: Circuit, size: tuple[int, int], style: Style) -> None:
    panel = CircuitPanel()
    panel.show(circuit, "any")
    panel.show_passes(PASSES)
    panel.light(np.ones(len(circuit.inputs), bool))
    pixels = drawn(panel, size, style)
    assert (pixels[20:-20, 20:-20] != SURROUND).any(axis=2).all()
    pixels[20:-20, 20:-20] = SURROUND
    assert (pixels == SURROUND).all()


@given(circuits())
@settings(max_examples=20)
def test_gates_that_nothing_needs_are_left_out(circuit: Circuit) -> None:
    assert CircuitCanvas(circuit).layout.circuit == live_part(circuit)


def test_circuits_of_tables_and_of_many_bits_are_drawn() -> None:
    circuit = map_to_lookup(shipped("wireworld"))
    panel = CircuitPanel()
    panel.show(circuit, "WireWorld")
    panel.light(np.ones(18, bool))
    assert (drawn(panel, SIZE) == DARK.accent).all(axis=2).any()


def test_pointing_at_a_gate_tells_about_it(life: Circuit, panel: CircuitPanel) -> None:
    before = drawn(panel, SIZE)
    assert panel.handle(PointerMove(*centre_of_gate(life)))
    pointed = drawn(panel, SIZE)
    assert (pointed != before).any()
    assert not panel.handle(PointerMove(5, 5))
    assert (drawn(panel, SIZE) == before).all()


def test_only_the_cone_of_a_gate_is_lit(life: Circuit) -> None:
    canvas = CircuitCanvas(life)
    canvas.light(np.ones(9, bool))
    drawing = drawing_of(canvas, SIZE, DARK)
    canvas.picture(SIZE, DARK)
    canvas.hover(*drawing.box_of(life.first_gate).center)
    cone = {life.first_gate, *life.fanins[0].tolist()}
    picture = canvas.picture(SIZE, DARK)
    beside = [signal for signal in range(life.first_gate, life.num_signals) if signal not in cone]
    # The note covers some.
    colours = {tuple(picture.get_at(drawing.box_of(signal).center)[:3]) for signal in beside[8:]}
    assert DARK.accent not in colours


def test_the_wheel_zooms_about_the_pointer(life: Circuit, panel: CircuitPanel) -> None:
    x, y = centre_of_gate(life)
    before = drawn(panel, SIZE)
    assert panel.handle(WheelTurn(x, y, 2.0))
    zoomed = drawn(panel, SIZE)
    assert (zoomed != before).any()
    panel.handle(PointerMove(x, y))
    assert (drawn(panel, SIZE) != zoomed).any()
    panel.handle(PointerMove(5, 5))
    assert panel.handle(WheelTurn(x, y, -9.0))
    assert (drawn(panel, SIZE) == before).all()


def test_dragging_moves_the_drawing_and_a_double_click_fits_it(life: Circuit, ticks: Iterator[float]) -> None:
    panel = CircuitPanel(clock=lambda: next(ticks))
    panel.show(life, "Life")
    before = drawn(panel, SIZE)
    assert panel.handle(ButtonPress(400, 300))
    assert panel.handle(PointerMove(450, 320, held=HELD))
    assert (drawn(panel, SIZE) != before).any()
    assert panel.handle(PointerMove(2000, 320, held=HELD))
    assert panel.handle(ButtonRelease(2000, 320))
    assert not panel.handle(ButtonRelease(2000, 320))
    assert panel.handle(ButtonPress(402, 301))
    assert (drawn(panel, SIZE) == before).all()


def test_clicks_that_are_apart_are_no_double_click(life: Circuit, ticks: Iterator[float]) -> None:
    panel = CircuitPanel(clock=lambda: next(ticks))
    panel.show(life, "Life")
    before = drawn(panel, SIZE)
    panel.handle(WheelTurn(400, 300, 2.0))
    panel.handle(ButtonPress(400, 300))
    panel.handle(ButtonPress(440, 300))
    panel.handle(ButtonPress(440, 300))
    panel.handle(ButtonPress(440, 300))
    assert (drawn(panel, SIZE) != before).any()


def test_a_zoomed_drawing_stays_in_sight_when_the_window_shrinks(panel: CircuitPanel) -> None:
    for _ in range(5):
        panel.handle(WheelTurn(800, 500, 3.0))
        panel.handle(ButtonPress(800, 500))
        panel.handle(PointerMove(-2000, -2000, held=HELD))
        panel.handle(ButtonRelease(-2000, -2000))
    for size in (SIZE, (300, 300)):
        pixels = drawn(panel, size)[30:-30, 60:-30]
        assert (pixels != DARK.background).any()


@pytest.mark.parametrize(
    "event",
    [
        KeyPress("f"),
        PointerMove(5, 5),
        ButtonPress(1000, 300),
        WheelTurn(300, 2, 1.0),
        ButtonRelease(300, 300),
    ],
)
def test_what_is_not_for_the_panel_is_left_to_others(panel: CircuitPanel, event: InputEvent) -> None:
    assert not panel.handle(event)


def test_a_panel_that_was_never_drawn_takes_nothing(life: Circuit) -> None:
    panel = CircuitPanel()
    panel.show(life, "Life")
    assert not panel.handle(WheelTurn(10, 10, 1.0))
    assert not panel.handle(PointerMove(0, 0))


def test_passes_take_room_below_the_drawing(panel: CircuitPanel) -> None:
    before = drawn(panel, SIZE)
    panel.show_passes(PASSES)
    assert (drawn(panel, SIZE)[:, -50:] == DARK.accent).all(axis=2).any()
    panel.show_passes([])
    assert (drawn(panel, SIZE) == before).all()


def test_a_rule_without_a_circuit_says_so(panel: CircuitPanel) -> None:
    panel.show(None)
    panel.light(np.ones(9, bool))
    pixels = drawn(panel, SIZE)
    assert (pixels == DARK.faint).all(axis=2).any()
    assert panel.handle(WheelTurn(300, 300, 1.0))
    assert panel.handle(ButtonPress(300, 300))


def test_a_circuit_too_large_to_follow_is_a_field(panel: CircuitPanel) -> None:
    circuit = large_circuit()
    panel.show(circuit, "large")
    panel.light(np.ones(len(circuit.inputs), bool))
    pixels = drawn(panel, SIZE)
    assert (pixels == DARK.accent).all(axis=2).mean() > 0.1
    assert panel.handle(PointerMove(400, 300))
    assert panel.handle(WheelTurn(400, 300, 1.0))
    assert (drawn(panel, SIZE) != pixels).any()


def test_too_few_values_are_refused(panel: CircuitPanel) -> None:
    with pytest.raises(CircuitError, match="has 9 inputs, but got values of shape"):
        panel.light(np.ones(8, bool))


def test_drawing_leaves_the_clip_of_the_surface_alone(panel: CircuitPanel) -> None:
    surface = pygame.Surface((500, 500))
    panel.draw(Painter(surface, DARK), pygame.Rect(50, 50, 300, 300))
    assert surface.get_clip() == surface.get_rect()
