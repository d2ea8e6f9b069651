"""`CircuitPanel`: the circuit of a rule as a drawing in which one sees a neighbourhood become the next state."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import pygame
from jaxtyping import Bool

from ca_logic.circuit import LookupCircuit, Netlist
from ca_logic.visualizer.circuit_view.circuit_canvas import CircuitCanvas
from ca_logic.visualizer.circuit_view.gate_field import GateField
from ca_logic.visualizer.circuit_view.pass_list import PassSize, draw_pass_list, pass_list_height
from ca_logic.visualizer.events import ButtonPress, ButtonRelease, InputEvent, PointerMove, WheelTurn
from ca_logic.visualizer.painter import Painter, Style

MOST_DRAWN_GATES, MOST_DRAWN_ENDS = 300, 100
"""Circuits of more gates, or of more inputs and outputs, are shown as a field: nobody could follow the wires."""

_PADDING, _TITLE, _GAP = 10, 24, 8
_PASSES_SHARE = 0.32
"""Of the height, at most."""

_ZOOM_OF_NOTCH = 1.2
_DOUBLE_CLICK_SECONDS, _DOUBLE_CLICK_PIXELS = 0.4, 5
_NOTHING = "No circuit has been learned for this rule yet."


class CircuitPanel:
    """Shows one circuit at a time; the wheel zooms, dragging moves the drawing, a double click fits it again."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Shows nothing yet; the clock, in seconds, tells double clicks."""
        self._clock = clock
        self._title = _NOTHING
        self._content: CircuitCanvas | GateField | None = None
        self._passes: list[PassSize] = []
        self._area, self._inside = pygame.Rect(0, 0, 0, 0), pygame.Rect(0, 0, 0, 0)
        self._dragged_from: tuple[int, int] | None = None
        self._last_press = (float("-inf"), 0, 0)
        self._frame: pygame.Surface | None = None
        self._style: Style | None = None

    def show(self, circuit: Netlist | None, name: str = "") -> None:
        """Shows another circuit; None if there is none.

        Args:
            circuit: of one rule, or any other.
            name: what it computes, such as the title of the rule.
        """
        self._frame = None
        if circuit is None:
            self._content, self._title = None, _NOTHING
        elif circuit.num_gates > MOST_DRAWN_GATES or len(circuit.inputs + circuit.outputs) > MOST_DRAWN_ENDS:
            self._content = GateField()
            self._content.show(circuit)
            self._title = _title(circuit, name)
        else:
            self._content = CircuitCanvas(circuit)
            self._title = _title(self._content.layout.circuit, name)

    def show_passes(self, passes: Sequence[tuple[str, int, int]]) -> None:
        """Lists synthesis passes below the circuit: the name of each, and the gates before and after it."""
        self._passes = [PassSize(*size) for size in passes]
        self._frame = None

    def light(self, inputs: Bool[np.ndarray, " inputs"] | None) -> None:
        """Lights all that is 1 for these values of the inputs, in the circuit's order; None lights nothing.

        Raises:
            CircuitError: if there is not a value for each input.
        """
        if self._content is not None:
            self._content.light(inputs)

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """See `Panel`."""
        if self._frame is None or area.size != self._area.size or painter.style != self._style:
            self._style = painter.style
            self._frame = self._drawn_frame(area.size, painter.style)
        self._area = area.copy()
        painter.surface.blit(self._frame, area)
        if self._content is None or min(self._inside.size) < 1:
            return
        inside = self._inside.move(area.topleft)
        if isinstance(self._content, GateField):
            self._content.draw(painter, inside)
        else:
            painter.surface.blit(self._content.picture(inside.size, painter.style), inside)

    def handle(self, event: InputEvent) -> bool:
        """See `Panel`."""
        if isinstance(self._content, GateField):
            self._content.handle(event)
        if isinstance(event, ButtonRelease):
            was_dragged = self._dragged_from is not None and event.button == "left"
            self._dragged_from = None if was_dragged else self._dragged_from
            return was_dragged
        if not isinstance(event, PointerMove | WheelTurn | ButtonPress):
            return False
        is_mine = self._area.collidepoint(event.x, event.y) or self._dragged_from is not None
        if isinstance(self._content, CircuitCanvas):
            if isinstance(event, PointerMove):
                self._move_pointer(self._content, event)
            elif is_mine and isinstance(event, WheelTurn):
                self._content.zoom(_ZOOM_OF_NOTCH**event.notches, *self._within(event.x, event.y))
            elif is_mine and isinstance(event, ButtonPress):
                self._press(self._content, event)
        return is_mine

    def _within(self, x: int, y: int) -> tuple[int, int]:
        """Returns a position of the window as one of the drawing."""
        return x - self._area.left - self._inside.left, y - self._area.top - self._inside.top

    def _press(self, canvas: CircuitCanvas, event: ButtonPress) -> None:
        if event.button != "left":
            return
        self._dragged_from = event.x, event.y
        now = self._clock()
        before, x, y = self._last_press
        self._last_press = now, event.x, event.y
        distance = max(abs(event.x - x), abs(event.y - y))
        if now - before <= _DOUBLE_CLICK_SECONDS and distance <= _DOUBLE_CLICK_PIXELS:
            canvas.fit()

    def _move_pointer(self, canvas: CircuitCanvas, event: PointerMove) -> None:
        if self._dragged_from is not None and "left" in event.held:
            x, y = self._dragged_from
            self._dragged_from = event.x, event.y
            canvas.leave()
            canvas.pan(event.x - x, event.y - y)
            return
        self._dragged_from = None
        place = self._within(event.x, event.y)
        if self._inside.move(-self._inside.left, -self._inside.top).collidepoint(place):
            canvas.hover(*place)
        else:
            canvas.leave()

    def _drawn_frame(self, size: tuple[int, int], style: Style) -> pygame.Surface:
        """Returns all but the circuit, for which it leaves room."""
        surface = pygame.Surface(size)
        painter = Painter(surface, style)
        surface.fill(style.background)
        inside = surface.get_rect().inflate(-2 * _PADDING, -2 * _PADDING)
        colour = style.text if self._content else style.faint
        painter.text(self._title, inside.left, inside.top, colour=colour, bold=True, width=max(0, inside.width))
        height = pass_list_height(self._passes, round(inside.height * _PASSES_SHARE))
        passes = pygame.Rect(inside.left, inside.bottom - height, max(0, inside.width), height)
        draw_pass_list(painter, self._passes, passes)
        bottom = passes.top - (_GAP if height else 0)
        self._inside = pygame.Rect(inside.left, inside.top + _TITLE, inside.width, bottom - inside.top - _TITLE)
        return surface


def _title(circuit: Netlist, name: str) -> str:
    kind = "table" if isinstance(circuit, LookupCircuit) else "gate"
    count = f"{circuit.num_gates:,} {kind}{'' if circuit.num_gates == 1 else 's'}, depth {circuit.depth}"
    return f"{name}: {count}" if name else count
