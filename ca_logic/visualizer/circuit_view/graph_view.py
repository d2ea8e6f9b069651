"""`GraphView`: which pixels show which columns and rows of a layout."""

import dataclasses
from dataclasses import dataclass

import pygame

from ca_logic.visualizer.circuit_view.gate_symbols import symbol_of_input
from ca_logic.visualizer.circuit_view.layout import Layout
from ca_logic.visualizer.painter import SMALL_SIZE, font

_MARGIN_ROWS = 0.3
_WIDEST_COLUMN, _HIGHEST_ROW = 110.0, 60.0
_SLIMMEST, _WIDEST = 1.0, 4.5
"""How many times as wide as rows are high columns may be."""

_NAMES_SHARE = 0.25
"""Of the width; where names would take more, none are given room."""

MOST_NAME_ROOM, NAME_GAP = 80, 4
"""Pixels for the name of an input or output at most, and between it and what it names."""

_HIGHEST_ZOOMED_ROW = 96.0


@dataclass(frozen=True)
class GraphView:
    """A window on a layout, in pixels from the upper left corner of a panel.

    Attributes:
        left: where the first column begins.
        top: where row 0 is.
        column_width: of each column.
        row_height: of each row.
        zoom: how many times as large everything is as where the layout fits.
    """

    left: float
    top: float
    column_width: float
    row_height: float
    zoom: float = 1.0

    @classmethod
    def fitting(cls, layout: Layout, area: pygame.Rect) -> "GraphView":
        """Returns the view that shows the whole layout in the middle of an area."""
        before, after = _name_room(layout)
        if before + after > area.width * _NAMES_SHARE:
            before = after = 0
        rows = layout.height + 2 * _MARGIN_ROWS
        width = min((area.width - before - after) / layout.num_columns, _WIDEST_COLUMN)
        height = min(area.height / rows, _HIGHEST_ROW, width / _SLIMMEST)
        width = min(width, height * _WIDEST)
        left = area.centerx + (before - after - width * layout.num_columns) / 2
        return cls(left, area.centery - height * layout.height / 2, width, height)

    def zoomed(self, factor: float, x: float, y: float) -> "GraphView":
        """Returns the view so many times as large, with what is at a pixel in its place; no smaller than it fits."""
        most = max(1.0, _HIGHEST_ZOOMED_ROW * self.zoom / self.row_height)
        zoom = min(most, max(1.0, self.zoom * factor))
        factor = zoom / self.zoom
        return GraphView(
            x + (self.left - x) * factor,
            y + (self.top - y) * factor,
            self.column_width * factor,
            self.row_height * factor,
            zoom,
        )

    def panned(self, dx: float, dy: float) -> "GraphView":
        """Returns the view with everything moved by so many pixels."""
        return dataclasses.replace(self, left=self.left + dx, top=self.top + dy)

    def within(self, layout: Layout, area: pygame.Rect) -> "GraphView":
        """Returns the view moved as little as brings the middle of the area over the layout."""
        width, height = self.column_width * layout.num_columns, self.row_height * layout.height
        left = min(max(self.left, area.centerx - width), float(area.centerx))
        top = min(max(self.top, area.centery - height), float(area.centery))
        return dataclasses.replace(self, left=left, top=top)


def _name_room(layout: Layout) -> tuple[int, int]:
    """Returns the pixels for the names of inputs and of outputs."""
    letters, circuit = font(SMALL_SIZE), layout.circuit
    before, after = (
        min(MOST_NAME_ROOM, max((letters.size(name)[0] for name in names), default=0))
        for names in ([symbol_of_input(name).label for name in circuit.inputs], circuit.outputs)
    )
    return before, after
