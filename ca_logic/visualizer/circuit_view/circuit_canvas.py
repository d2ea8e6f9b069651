"""`CircuitCanvas`: the drawing of one circuit, to be zoomed, moved and lit; what has not changed is not drawn again.

Positions are pixels from its upper left corner.
"""

import numpy as np
import pygame
from jaxtyping import Bool, Int8

from ca_logic.circuit import Netlist
from ca_logic.formats.functions import live_part
from ca_logic.visualizer.circuit_view.circuit_drawing import CircuitDrawing, Tone
from ca_logic.visualizer.circuit_view.gate_note import GateNote, draw_note, note_of, note_of_output
from ca_logic.visualizer.circuit_view.graph_view import GraphView
from ca_logic.visualizer.circuit_view.layout import cone_of, lay_out
from ca_logic.visualizer.circuit_view.signal_values import SignalValues
from ca_logic.visualizer.painter import DARK, Painter, Style


class CircuitCanvas:
    """Shows a circuit without the gates that nothing needs."""

    def __init__(self, circuit: Netlist) -> None:
        """Lays the circuit out."""
        self.layout = lay_out(live_part(circuit))
        self._evaluator = SignalValues.of(self.layout.circuit)
        self._values: Bool[np.ndarray, " signals"] | None = None
        self._hovered: int | None = None
        self._is_fitting = True
        self._drawing: CircuitDrawing | None = None
        self._size, self._style = (0, 0), DARK
        self._bases: dict[Tone, pygame.Surface] = {}
        self._picture: pygame.Surface | None = None

    def picture(self, size: tuple[int, int], style: Style) -> pygame.Surface:
        """Returns the drawing in so many pixels; it must not be changed."""
        if self._drawing is None or (size, style) != (self._size, self._style):
            self._size, self._style = size, style
            self._look(None if self._drawing is None or self._is_fitting else self._drawing.view)
        assert self._drawing is not None
        if self._picture is None:
            self._picture = self._compose(self._drawing)
        return self._picture

    def light(self, inputs: Bool[np.ndarray, " inputs"] | None) -> None:
        """Lights all that is 1 for these values of the inputs; None lights nothing.

        Raises:
            CircuitError: if there is not a value for each input.
        """
        values = None if inputs is None else self._evaluator.of_inputs(inputs)
        if values is None or self._values is None:
            is_same = values is self._values
        else:
            is_same = np.array_equal(values, self._values)
        if not is_same:
            self._values, self._picture = values, None

    def hover(self, x: int, y: int) -> None:
        """Tells about the gate, input or output at a pixel, if there is one, and shows what leads to it."""
        self._set_hovered(self._drawing.point_at(x, y) if self._drawing else None)

    def leave(self) -> None:
        """Tells about nothing any more."""
        self._set_hovered(None)

    def zoom(self, factor: float, x: float, y: float) -> None:
        """Makes everything so many times as large; what is at this pixel stays there."""
        if self._drawing is not None:
            view = self._drawing.view.zoomed(factor, x, y)
            self._look(view if view.zoom > 1 else None)

    def pan(self, dx: int, dy: int) -> None:
        """Moves everything by so many pixels."""
        if self._drawing is not None:
            self._look(self._drawing.view.panned(dx, dy))

    def fit(self) -> None:
        """Shows everything, in any size from now on."""
        if self._drawing is not None:
            self._look(None)

    def _look(self, view: GraphView | None) -> None:
        """Shows what a view does, or everything."""
        area = pygame.Rect((0, 0), self._size)
        self._is_fitting = view is None
        view = GraphView.fitting(self.layout, area) if view is None else view.within(self.layout, area)
        self._drawing, self._picture = CircuitDrawing(self.layout, view, self._style), None
        self._bases.clear()

    def _set_hovered(self, point: int | None) -> None:
        if point != self._hovered:
            self._hovered, self._picture = point, None

    def _compose(self, drawing: CircuitDrawing) -> pygame.Surface:
        """Returns the base, with what is lit or looked at drawn over it."""
        if self._values is None and self._hovered is None:
            return self._base(drawing, Tone.PLAIN)
        picture = self._base(drawing, Tone.FAINT).copy()
        painter = Painter(picture, self._style)
        drawing.draw_over(painter, Tone.FAINT, *self._tones())
        if self._hovered is not None:
            draw_note(painter, self._note(self._hovered), picture.get_rect(), drawing.box_of(self._hovered))
        return picture

    def _base(self, drawing: CircuitDrawing, tone: Tone) -> pygame.Surface:
        if tone not in self._bases:
            surface = pygame.Surface(self._size)
            surface.fill(self._style.background)
            drawing.draw_base(Painter(surface, self._style), tone)
            self._bases[tone] = surface
        return self._bases[tone]

    def _tones(self) -> tuple[Int8[np.ndarray, " points"], Int8[np.ndarray, " wires"]]:
        layout = self.layout
        points, wires = (
            np.full(len(layout.columns), Tone.FAINT, np.int8),
            np.full(len(layout.wires), Tone.FAINT, np.int8),
        )
        in_cone = np.ones(len(points), bool), np.ones(len(wires), bool)
        if self._hovered is not None:
            in_cone = cone_of(layout, self._hovered)
            points[in_cone[0]] = wires[in_cone[1]] = Tone.CHOSEN
        if self._values is not None:
            points[in_cone[0] & self._values[layout.signals]] = Tone.LIT
            wires[in_cone[1] & self._values[layout.signals[layout.wires[:, 0]]]] = Tone.LIT
        return points, wires

    def _note(self, point: int) -> GateNote:
        layout = self.layout
        signal = int(layout.signals[point])
        if point < layout.first_output:
            return note_of(layout.circuit, signal, self._values, layout.node_of(signal))
        return note_of_output(layout.circuit, point - layout.first_output, self._values)
