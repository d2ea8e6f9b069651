"""`GateField`: all gates of a circuit as small squares, level by level, lit where they are 1.

For circuits of thousands of gates, such as classifiers. What is drawn is an image with a pixel for each gate,
magnified, so ten thousand take no longer than a few.
"""

import functools

import numpy as np
import pygame
from jaxtyping import Bool, UInt8

from ca_logic.circuit import Netlist
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.visualizer.circuit_view.field_plan import FieldPlan, plan_field
from ca_logic.visualizer.circuit_view.gate_note import draw_note, node_of, note_of
from ca_logic.visualizer.circuit_view.signal_values import SignalValues
from ca_logic.visualizer.events import ButtonPress, InputEvent, PointerMove, WheelTurn
from ca_logic.visualizer.painter import SMALL_SIZE, Painter, Style

_PADDING, _TITLE, _LABEL = 10, 24, 18
_LEAST_SPACED = 4
"""Squares of so many pixels have a line between them."""

_LEAST_OUTLINE = 7


class GateField:
    """Shows one circuit at a time."""

    def __init__(self) -> None:
        """Shows nothing yet."""
        self._name = ""
        self._evaluator: SignalValues | None = None
        self._values: Bool[np.ndarray, " signals"] | None = None
        self._area = pygame.Rect(0, 0, 0, 0)
        self._style: Style | None = None
        self._plan: FieldPlan | None = None
        self._picture: pygame.Surface | None = None
        self._hovered: int | None = None

    def show(self, circuit: Netlist | None, name: str = "") -> None:
        """Shows another circuit, all its gates; None if there is none.

        Args:
            circuit: of any size.
            name: what stands in the title; without a name there is none.
        """
        self._evaluator = SignalValues.of(circuit) if circuit is not None else None
        self._name = name
        self._values = self._plan = self._picture = self._hovered = None

    def light(self, inputs: Bool[np.ndarray, " inputs"] | None) -> None:
        """Lights what is 1 for these values of the inputs, such as the bits of a sample; None lights nothing.

        Raises:
            CircuitError: if there is not a value for each input.
        """
        if self._evaluator is not None:
            self._values = None if inputs is None else self._evaluator.of_inputs(inputs)
            self._picture = None

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """See `Panel`."""
        if area.size != self._area.size or painter.style != self._style:
            self._plan = self._picture = None
        self._area, self._style = area.copy(), painter.style
        if self._picture is None:
            self._picture = self._compose(painter.style)
        painter.surface.blit(self._picture, area)

    def handle(self, event: InputEvent) -> bool:
        """See `Panel`."""
        if not isinstance(event, PointerMove | WheelTurn | ButtonPress):
            return False
        is_inside = self._area.collidepoint(event.x, event.y)
        place = event.x - self._area.left, event.y - self._area.top
        hovered = self._plan.signal_at(*place) if self._plan is not None and is_inside else None
        if hovered != self._hovered:
            self._hovered, self._picture = hovered, None
        return is_inside

    def _compose(self, style: Style) -> pygame.Surface:
        picture = pygame.Surface(self._area.size)
        picture.fill(style.background)
        painter = Painter(picture, style)
        if self._evaluator is None:
            return picture
        circuit, top = self._evaluator.circuit, 0
        if self._name:
            painter.text(
                self._title(circuit), _PADDING, _PADDING, bold=True, width=max(0, picture.width - 2 * _PADDING)
            )
            top = _PADDING + _TITLE
        side = _PADDING if self._name else 0
        squares = pygame.Rect(side, top + _LABEL, picture.width - 2 * side, picture.height - top - _LABEL - side)
        if min(squares.size) < 1:
            return picture
        if self._plan is None:
            self._plan = plan_field(circuit, squares)
        self._draw_squares(picture, self._plan, style)
        _draw_labels(painter, self._plan, has_inputs=bool(circuit.inputs))
        if self._hovered is not None:
            self._draw_hovered(painter, self._plan, circuit, self._hovered)
        return picture

    def _title(self, circuit: Netlist) -> str:
        if self._values is None:
            return f"{self._name}: {circuit.num_gates:,} gates"
        firing = int(self._values[circuit.first_gate :].sum())
        return f"{self._name}: {firing:,} of {circuit.num_gates:,} gates are 1"

    def _draw_squares(self, picture: pygame.Surface, plan: FieldPlan, style: Style) -> None:
        lit = self._values[plan.squares] if self._values is not None else np.zeros(plan.squares.shape, bool)
        colours = _palette(style)[np.where(plan.squares == CONSTANT_FALSE, 0, 1 + lit)]
        image = pygame.surfarray.make_surface(np.ascontiguousarray(colours.swapaxes(0, 1)))
        # What is smaller than a pixel is seen as a mean.
        scale = pygame.transform.scale if plan.side >= 1 else pygame.transform.smoothscale
        picture.blit(scale(image, plan.area.size), plan.area)
        if plan.side >= _LEAST_SPACED:
            for x in range(plan.area.left, plan.area.right, int(plan.side)):
                picture.fill(style.background, (x, plan.area.top, 1, plan.area.height))
            for y in range(plan.area.top, plan.area.bottom, int(plan.side)):
                picture.fill(style.background, (plan.area.left, y, plan.area.width, 1))

    def _draw_hovered(self, painter: Painter, plan: FieldPlan, circuit: Netlist, signal: int) -> None:
        """Outlines a signal and those that it reads, and tells about it."""
        node = node_of(circuit, signal) if signal >= circuit.first_gate else None
        box = _outline(plan.box_of(signal))
        for fanin in node.fanins if node else ():
            outline = _outline(plan.box_of(fanin))
            painter.line(painter.style.good, [outline.center, box.center], width=2)
            painter.box(outline, border=painter.style.good, radius=2)
        painter.box(box, border=painter.style.text, radius=2)
        draw_note(painter, note_of(circuit, signal, self._values, node), painter.surface.get_rect(), box)


def _outline(box: pygame.Rect) -> pygame.Rect:
    grown = max(2, _LEAST_OUTLINE - box.width)
    return box.inflate(grown + grown % 2, grown + grown % 2)


def _draw_labels(painter: Painter, plan: FieldPlan, *, has_inputs: bool) -> None:
    """Writes above each block what it is, as far as there is room."""
    ends = [block.start for block in plan.blocks[1:]] + [plan.squares.shape[1] + 1]
    for number, (block, end) in enumerate(zip(plan.blocks, ends, strict=False)):
        level, count = number if has_inputs else number + 1, block.num_signals
        texts = [f"level {level}: {count:,} gates", f"level {level}: {count:,}", f"level {level}", str(level)]
        if level == 0:
            texts = [f"{count:,} inputs", "inputs", "in"]
        room = (end - block.start) * plan.side - 2
        fitting = [text for text in texts if painter.width_of(text, size=SMALL_SIZE) <= room]
        if fitting:
            x, y = round(plan.area.left + block.start * plan.side), plan.area.top - _LABEL + 2
            painter.text(fitting[0], x, y, colour=painter.style.faint, size=SMALL_SIZE)


@functools.lru_cache(maxsize=4)
def _palette(style: Style) -> UInt8[np.ndarray, "3 3"]:
    """Returns the colours of no square, of one that is 0, and of one that is 1."""
    return np.array([style.background, style.raised, style.accent], np.uint8)
