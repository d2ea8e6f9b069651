"""`CircuitDrawing`: draws a layout: wires, gates, inputs and outputs, each in one of a few tones.

The one idea: nearly all has the same tone most of the time. So a drawing in one tone is kept, the base, and only what
has another tone is drawn over it.
"""

import functools
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pygame
from jaxtyping import Bool, Float64, Int8

from ca_logic.visualizer.circuit_view.gate_shapes import GATE_HEIGHT, Ink, bit_picture, cell_picture, gate_picture
from ca_logic.visualizer.circuit_view.gate_symbols import symbol_of, symbol_of_input
from ca_logic.visualizer.circuit_view.graph_view import MOST_NAME_ROOM, NAME_GAP, GraphView
from ca_logic.visualizer.circuit_view.layering import UNUSED
from ca_logic.visualizer.circuit_view.layout import Layout
from ca_logic.visualizer.painter import SMALL_SIZE, Anchor, Colour, Painter, Style, mixed

_STEPS = 12
"""Straight pieces of a curve."""

_CURVE_SPAN = 0.62
"""The part of the way between two columns that a curve takes up; gates have the rest."""

_GATE_WIDTH = 0.6
"""In columns; but a gate is no more than so many times as wide as it is high."""

_WIDEST_GATE = 1.45
_LEAST_DETAIL = 7
"""Gates of fewer pixels are just boxes."""

_LEAST_NAMED_ROW = 11
"""Names are written where rows have so many pixels."""


class Tone(IntEnum):
    """How bright something is."""

    FAINT = 0
    PLAIN = 1
    CHOSEN = 2
    LIT = 3


@dataclass(frozen=True, eq=False)
class CircuitDrawing:
    """A layout, seen through a view, in a style.

    Attributes:
        layout: what is drawn.
        view: where.
        style: its colours.
    """

    layout: Layout
    view: GraphView
    style: Style

    def box_of(self, point: int) -> pygame.Rect:
        """Returns the pixels of a gate, input or output."""
        width, height = self._gate_size
        if not self._is_gate(point):
            width = height = min(width, height)
        x, y = self._points[point]
        return pygame.Rect(round(x - width / 2), round(y - height / 2), width, height)

    def point_at(self, x: int, y: int) -> int | None:
        """Returns the gate, input or output at a pixel or next to it; None if none is."""
        shown = self._points[: self.layout.first_waypoint]
        distances = np.abs(shown - (x, y)).max(axis=1)
        distances[self.layout.columns[: len(shown)] == UNUSED] = np.inf
        nearest = int(distances.argmin())
        is_near = np.isfinite(distances[nearest]) and self.box_of(nearest).inflate(4, 4).collidepoint(x, y)
        return nearest if is_near else None

    def draw_base(self, painter: Painter, tone: Tone) -> None:
        """Draws everything in one tone."""
        self._draw_wires(painter.surface, np.ones(len(self.layout.wires), bool), tone)
        self._draw_points(painter, np.ones(len(self.layout.columns), bool), tone)

    def draw_over(
        self,
        painter: Painter,
        base: Tone,
        point_tones: Int8[np.ndarray, " points"],
        wire_tones: Int8[np.ndarray, " wires"],
    ) -> None:
        """Draws what has another tone than the base that is there already."""
        drawn = wire_tones != base
        for tone in Tone:
            self._draw_wires(painter.surface, drawn & (wire_tones == tone), tone)
        # The wires that were drawn end below gates.
        covered = np.zeros(len(point_tones), bool)
        covered[self.layout.wires[drawn].ravel()] = True
        covered[self.layout.first_waypoint :] = False
        for tone in Tone:
            self._draw_points(painter, (point_tones == tone) & (covered | (tone != base)), tone)

    @functools.cached_property
    def _gate_size(self) -> tuple[int, int]:
        height = max(2, round(GATE_HEIGHT * self.view.row_height))
        width = min(_GATE_WIDTH * self.view.column_width, _WIDEST_GATE * height)
        return max(2, round(width)), height

    @functools.cached_property
    def _points(self) -> Float64[np.ndarray, "points 2"]:
        layout, view = self.layout, self.view
        x = view.left + (layout.columns + 0.5) * view.column_width
        y = view.top + layout.rows * view.row_height
        # Whole pixels: level wires are sharp.
        return np.round(np.stack([x, y], axis=1))

    @functools.cached_property
    def _paths(self) -> Float64[np.ndarray, "wires steps 2"]:
        """The pixels that each wire goes through."""
        starts, ends = (self._points[points] for points in self.layout.wires.T)
        heights = np.round(ends[:, 1] + self.layout.pins * self.view.row_height)
        # What rounding bent is straight again.
        heights = np.where(np.abs(heights - starts[:, 1]) < 2, starts[:, 1], heights)
        along = np.linspace(0.0, 1.0, _STEPS + 1)
        before = (1 - _CURVE_SPAN) / 2
        across = np.concatenate([[0.0], before + along * _CURVE_SPAN, [1.0]])
        # A cubic that is level at both ends.
        rise = np.concatenate([[0.0], along * along * (3 - 2 * along), [1.0]])
        x = starts[:, :1] + across * (ends[:, :1] - starts[:, :1])
        y = starts[:, 1:] + rise * (heights[:, None] - starts[:, 1:])
        return np.stack([x, y], axis=2)

    @functools.cached_property
    def _path_lists(self) -> tuple[list[list[list[float]]], list[list[list[float]]]]:
        """The paths, and those a pixel to the left of them, as seen on the way."""
        ahead = np.gradient(self._paths, axis=1)
        aside = np.stack([ahead[..., 1], -ahead[..., 0]], axis=2)
        aside /= np.maximum(np.linalg.norm(aside, axis=2, keepdims=True), 1e-9)
        return self._paths.tolist(), (self._paths + aside).tolist()

    @functools.cached_property
    def _forks(self) -> Bool[np.ndarray, " points"]:
        """Whether wires part at a point; where they part at a gate one sees it without a dot."""
        parting: np.ndarray = np.bincount(self.layout.wires[:, 0], minlength=len(self.layout.columns)) > 1
        return parting

    def _draw_wires(self, surface: pygame.Surface, chosen: Bool[np.ndarray, " wires"], tone: Tone) -> None:
        if not chosen.any():
            return
        area, colour, is_thick = surface.get_clip(), _wire_colour(self.style, tone), tone >= Tone.CHOSEN
        x, y = self._paths[..., 0], self._paths[:, [0, -1], 1]
        chosen = chosen & (x[:, -1] >= area.left) & (x[:, 0] <= area.right)
        chosen &= (y.max(axis=1) >= area.top - 1) & (y.min(axis=1) <= area.bottom + 1)
        paths, beside = self._path_lists
        for wire in np.flatnonzero(chosen).tolist():
            path = paths[wire]
            (left, top), (right, bottom) = path[0], path[-1]
            if top == bottom:
                surface.fill(colour, (int(left), int(top) - is_thick, int(right - left) + 1, 1 + is_thick))
                continue
            pygame.draw.aalines(surface, colour, False, path)
            if is_thick:
                pygame.draw.aalines(surface, colour, False, beside[wire])

    def _draw_points(self, painter: Painter, chosen: Bool[np.ndarray, " points"], tone: Tone) -> None:
        area, reach = painter.surface.get_clip(), self.view.column_width
        x, y = self._points.T
        chosen = chosen & (self.layout.columns != UNUSED)
        chosen &= (
            (x > area.left - reach) & (x < area.right + reach) & (y > area.top - reach) & (y < area.bottom + reach)
        )
        ink = _ink(self.style, tone)
        for point in np.flatnonzero(chosen).tolist():
            if point >= self.layout.first_waypoint:
                if self._forks[point]:
                    self._draw_fork(painter.surface, point, tone)
            elif self._is_gate(point):
                self._draw_gate(painter.surface, point, ink)
            else:
                self._draw_end(painter, point, tone)

    def _draw_fork(self, surface: pygame.Surface, point: int, tone: Tone) -> None:
        x, y = self._points[point]
        radius = max(1, min(3, self.view.row_height // 9)) + (tone >= Tone.CHOSEN)
        x += (1 - _CURVE_SPAN) / 2 * self.view.column_width
        pygame.draw.aacircle(surface, _wire_colour(self.style, tone), (round(x), round(y)), radius)

    def _draw_gate(self, surface: pygame.Surface, signal: int, ink: Ink) -> None:
        box, node = self.box_of(signal), self.layout.node_of(signal)
        assert node is not None
        if min(box.size) < _LEAST_DETAIL:
            surface.fill(ink.line, box)
        else:
            surface.blit(gate_picture(symbol_of(node), *box.size, ink), box)

    def _draw_end(self, painter: Painter, point: int, tone: Tone) -> None:
        """Draws an input or an output, and its name outside."""
        box, circuit, ink = self.box_of(point), self.layout.circuit, _ink(self.style, tone)
        anchor: Anchor
        if point >= self.layout.first_output:
            picture = bit_picture(box.width, ink, is_round=True)
            label, x, anchor = circuit.outputs[point - self.layout.first_output], box.right + NAME_GAP, "left"
        else:
            cell, label = symbol_of_input(circuit.inputs[point - 1] if point else "0")
            is_cell = cell is not None and box.width >= _LEAST_DETAIL
            picture = (
                cell_picture(cell or 0, box.width, ink) if is_cell else bit_picture(box.width, ink, is_round=False)
            )
            x, anchor = box.left - NAME_GAP, "right"
        painter.surface.blit(picture, box)
        if self.view.row_height >= _LEAST_NAMED_ROW:
            colour = self.style.faint if tone == Tone.FAINT else self.style.text
            y = box.centery - SMALL_SIZE // 2
            painter.text(label, x, y, colour=colour, size=SMALL_SIZE, anchor=anchor, width=MOST_NAME_ROOM)

    def _is_gate(self, point: int) -> bool:
        return self.layout.circuit.first_gate <= point < self.layout.first_output


@functools.lru_cache(maxsize=16)
def _ink(style: Style, tone: Tone) -> Ink:
    fill, line, label = {
        Tone.FAINT: (mixed(style.background, style.raised, 0.5), mixed(style.border, style.faint, 0.7), style.faint),
        Tone.PLAIN: (style.raised, style.faint, style.text),
        Tone.CHOSEN: (style.raised, style.text, style.text),
        Tone.LIT: (style.accent, style.accent, style.background),
    }[tone]
    return Ink(fill, line, label, style.background)


@functools.lru_cache(maxsize=16)
def _wire_colour(style: Style, tone: Tone) -> Colour:
    return {
        Tone.FAINT: mixed(style.border, style.background, 0.9),
        Tone.PLAIN: mixed(style.border, style.faint, 0.5),
        Tone.CHOSEN: style.text,
        Tone.LIT: style.accent,
    }[tone]
