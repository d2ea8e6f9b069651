"""`Selection`: a rectangle of cells of a board."""

from typing import NamedTuple

import numpy as np

from ca_logic.errors import BoardError
from ca_logic.runtime.board import Board

_CELLS_PER_BLOCK = 1 << 22


class Grip(NamedTuple):
    """Which edges of a selection move when it is stretched.

    Attributes:
        anchor_x: the column of the edge that stays, opposite to the one that moves; None if none moves.
        anchor_y: likewise the row.
    """

    anchor_x: int | None
    anchor_y: int | None


class Selection(NamedTuple):
    """A rectangle of cells, at least one.

    Attributes:
        x: the first column.
        y: the first row.
        width: columns.
        height: rows.
    """

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def between(cls, x: int, y: int, other_x: int, other_y: int) -> "Selection":
        """Returns the selection with these cells in opposite corners."""
        return cls(min(x, other_x), min(y, other_y), abs(other_x - x) + 1, abs(other_y - y) + 1)

    @classmethod
    def all_of(cls, board: Board) -> "Selection":
        """Returns the selection of all cells of a board."""
        return cls(0, 0, board.width, board.height)

    @property
    def num_cells(self) -> int:
        """How many cells are selected."""
        return self.width * self.height

    def has(self, x: int, y: int) -> bool:
        """Tells whether a cell is selected."""
        return 0 <= x - self.x < self.width and 0 <= y - self.y < self.height

    def intersection(self, other: "Selection") -> "Selection | None":
        """Returns the cells that are selected by both, or None."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        width = min(self.x + self.width, other.x + other.width) - x
        height = min(self.y + self.height, other.y + other.height) - y
        return Selection(x, y, width, height) if min(width, height) > 0 else None

    def union(self, other: "Selection") -> "Selection":
        """Returns the smallest selection that has all cells of both."""
        end_x = max(self.x + self.width, other.x + other.width)
        end_y = max(self.y + self.height, other.y + other.height)
        return Selection.between(min(self.x, other.x), min(self.y, other.y), end_x - 1, end_y - 1)

    def with_margin(self) -> "Selection":
        """Returns the selection with a quarter of its size and some cells more on each side; it may leave the board."""
        across, down = self.width // 4 + 6, self.height // 4 + 6
        return Selection(self.x - across, self.y - down, self.width + 2 * across, self.height + 2 * down)

    def shrunk(self, board: Board) -> "Selection | None":
        """Returns the smallest selection that has all cells of this one that are not dead, or None.

        Raises:
            BoardError: if it is not on the board.
        """
        rows, columns = np.zeros(self.height, dtype=bool), np.zeros(self.width, dtype=bool)
        at_once = max(1, _CELLS_PER_BLOCK // self.width)
        for first in range(0, self.height, at_once):
            states = board.region(self.x, self.y + first, self.width, min(at_once, self.height - first))
            rows[first : first + at_once] = states.any(axis=1)
            columns |= states.any(axis=0)
        if not rows.any():
            return None
        (ys,), (xs,) = rows.nonzero(), columns.nonzero()
        return Selection.between(self.x + int(xs[0]), self.y + int(ys[0]), self.x + int(xs[-1]), self.y + int(ys[-1]))

    def turned(self, board: Board) -> "Selection":
        """Returns the selection turned by 90 degrees about its middle; both ways lead to the same one.

        Raises:
            BoardError: if it would reach beyond the board.
        """
        half_width, half_height = (self.width - 1) // 2, (self.height - 1) // 2
        x, y = self.x + half_width - half_height, self.y + half_height - half_width
        turned = Selection(x, y, self.height, self.width)
        if turned.intersection(Selection.all_of(board)) != turned:
            raise BoardError(
                f"{self.width}x{self.height} cells turned here reach beyond the board of {board.width}x{board.height}; "
                "select fewer, or farther from its edge."
            )
        return turned

    def grip_at(self, x: int, y: int) -> Grip:
        """Returns which edges move with a cell that was clicked: those near it, as in Golly."""
        across, down = _side(x, self.x, self.width), _side(y, self.y, self.height)
        if not across and not down:
            across, down = _third(x, self.x, self.width), _third(y, self.y, self.height)
            if not across:
                down = -1 if 2 * (y - self.y) < self.height else 1
        return Grip(_opposite(across, self.x, self.width), _opposite(down, self.y, self.height))

    def stretched(self, grip: Grip, x: int, y: int) -> "Selection":
        """Returns the selection with the edges that move at a cell."""
        x, other_x = (self.x, self.x + self.width - 1) if grip.anchor_x is None else (x, grip.anchor_x)
        y, other_y = (self.y, self.y + self.height - 1) if grip.anchor_y is None else (y, grip.anchor_y)
        return Selection.between(x, y, other_x, other_y)


def _side(place: int, first: int, length: int) -> int:
    """Returns -1 at or before the first cell, 1 at or after the last one, else 0."""
    return -1 if place <= first else int(place >= first + length - 1)


def _third(place: int, first: int, length: int) -> int:
    """Returns -1, 0 or 1 for the first, the middle and the last third."""
    return int(3 * (place - first) > 2 * length) - int(3 * (place - first) < length)


def _opposite(side: int, first: int, length: int) -> int | None:
    return {-1: first + length - 1, 0: None, 1: first}[side]
