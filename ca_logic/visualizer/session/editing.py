"""Editing: what is to be written where when a selection is flipped, turned, filled, pasted over or advanced.

All of it as Golly does it (Golly Help, "Edit Menu" and "Control Menu"). Nothing here changes a board: a `Change` does,
when it is made, on the board that it was asked for and as that one was then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import BoardError
from ca_logic.runtime.board import Board
from ca_logic.visualizer.session.selection import Selection

_MAX_CELLS = 1 << 26
"""Each takes some bytes while it is flipped, turned or pasted."""

States = UInt8[np.ndarray, "rows columns"]

Choice = TypeVar("Choice", bound=Enum)


@dataclass(frozen=True)
class Change:
    """Something to be done to a board.

    Attributes:
        area: the cells that may change.
        make: does it.
    """

    area: Selection
    make: Callable[[Board], None]


class PasteMode(Enum):
    """What becomes of the cells that are there."""

    COPY = "copy"
    OR = "or"
    XOR = "xor"

    @property
    def next(self) -> "PasteMode":
        """The mode that follows when they are gone through."""
        return _next(self)


class PasteLocation(Enum):
    """Where in what is pasted the mouse is."""

    TOP_LEFT = "top left"
    TOP_RIGHT = "top right"
    BOTTOM_RIGHT = "bottom right"
    BOTTOM_LEFT = "bottom left"
    MIDDLE = "middle"

    @property
    def next(self) -> "PasteLocation":
        """The location that follows when they are gone through."""
        return _next(self)

    def area(self, x: int, y: int, width: int, height: int) -> Selection:
        """Returns the cells that so many columns and rows would cover with the mouse at a cell."""
        across = {PasteLocation.TOP_LEFT: 0, PasteLocation.BOTTOM_LEFT: 0, PasteLocation.MIDDLE: (width - 1) // 2}
        down = {PasteLocation.TOP_LEFT: 0, PasteLocation.TOP_RIGHT: 0, PasteLocation.MIDDLE: (height - 1) // 2}
        return Selection(x - across.get(self, width - 1), y - down.get(self, height - 1), width, height)


def copied(board: Board, selection: Selection) -> States:
    """Returns the states of the selected cells.

    Raises:
        BoardError: if they are not on the board, or too many.
    """
    if selection.num_cells > _MAX_CELLS:
        raise BoardError(
            f"{selection.width}x{selection.height} cells are too many for this; select at most {_MAX_CELLS:,} cells."
        )
    return board.region(*selection)


def clear(selection: Selection) -> Change:
    """Kills the selected cells."""
    return Change(selection, lambda board: board.fill(*selection, 0))


def clear_outside(board: Board, selection: Selection) -> Change:
    """Kills all cells but the selected ones."""
    end_x, end_y = selection.x + selection.width, selection.y + selection.height
    around = [
        (0, 0, board.width, selection.y),
        (0, end_y, board.width, board.height - end_y),
        (0, selection.y, selection.x, selection.height),
        (end_x, selection.y, board.width - end_x, selection.height),
    ]

    def make(board: Board) -> None:
        for x, y, width, height in around:
            if width and height:
                board.fill(x, y, width, height, 0)

    return Change(Selection.all_of(board), make)


def fill_randomly(selection: Selection, density: float, seed: int) -> Change:
    """Replaces the selected cells by a soup of that density."""
    return Change(selection, lambda board: board.fill_region_randomly(*selection, density, seed))


def flip(board: Board, selection: Selection, *, top_bottom: bool) -> Change:
    """Reflects the selected cells, top to bottom or left to right.

    Raises:
        BoardError: if they are too many.
    """
    flipped = np.flip(copied(board, selection), axis=0 if top_bottom else 1)
    return Change(selection, lambda board: board.paste(flipped, selection.x, selection.y))


def turn(board: Board, selection: Selection, *, clockwise: bool) -> tuple[Change, Selection]:
    """Turns the selected cells by 90 degrees about their middle, and returns where they are selected then, too.

    What is there is replaced, and they leave dead cells behind.

    Raises:
        BoardError: if they would reach beyond the board, or are too many.
    """
    target = selection.turned(board)
    states = np.rot90(copied(board, selection), k=-1 if clockwise else 1)

    def make(board: Board) -> None:
        board.fill(*selection, 0)
        board.paste(states, target.x, target.y)

    return Change(selection.union(target), make), target


def paste(board: Board, states: States, x: int, y: int, mode: PasteMode) -> Change | None:
    """Pastes cells, the top left one of them at (x, y); those beyond the board are left out.

    Of states that the board does not have, the highest one that it has is taken. Where two states excluded each other
    to one that it does not have, the cell stays as it is.

    Returns:
        What to do, or None if nothing would be on the board.
    """
    height, width = states.shape
    area = Selection(x, y, width, height).intersection(Selection.all_of(board)) if states.size else None
    if area is None:
        return None
    before = copied(board, area)
    pasted = states[area.y - y :, area.x - x :][: area.height, : area.width]
    if mode is PasteMode.XOR:
        after = before ^ pasted
        after = np.where(after < board.num_states, after, before)
    else:
        after = np.minimum(pasted, board.num_states - 1).astype(np.uint8)
        if mode is PasteMode.OR:
            after = np.where(pasted, after, before)
    return Change(area, lambda board: board.paste(after, area.x, area.y))


def draw_line(board: Board, x: int, y: int, end_x: int, end_y: int, state: int) -> Change | None:
    """Puts the cells on the way from one to another one into a state; those beyond the board are left out.

    Returns:
        What to do, or None if nothing would be on the board.
    """
    num_steps = max(abs(end_x - x), abs(end_y - y))
    steps = np.arange(*_steps_on_board(board, x, y, end_x - x, end_y - y, num_steps))
    # Rounded to the nearest cell, with integers.
    divisor = max(1, 2 * num_steps)
    xs = x + (2 * steps * (end_x - x) + num_steps) // divisor
    ys = y + (2 * steps * (end_y - y) + num_steps) // divisor
    on_board = (xs >= 0) & (xs < board.width) & (ys >= 0) & (ys < board.height)
    if not on_board.any():
        return None
    cells = np.column_stack([ys, xs, np.full(len(xs), state)])[on_board]
    first, last = cells.min(axis=0).tolist(), cells.max(axis=0).tolist()
    area = Selection.between(first[1], first[0], last[1], last[0])
    return Change(area, lambda board: board.place(cells, 0, 0))


def advance_inside(board: Board, selection: Selection) -> Change:
    """Advances the selected cells by a generation, as if all others were dead; these stay as they are.

    The generation of the board does not change.

    Raises:
        BoardError: if the cells are too many, or do not fit into memory twice.
    """
    states = copied(board, selection)
    # On a torus with a dead row between, the first row and the last one do not meet.
    wraps = board.topology == "torus"
    apart = Board(
        selection.width + (not wraps or selection.width < board.width),
        selection.height + (not wraps or selection.height < board.height),
        kernel=board.kernel,
        num_states=board.num_states,
    )
    apart.paste(states, 0, 0)
    apart.advance()
    after = apart.region(0, 0, selection.width, selection.height)
    return Change(selection, lambda board: board.paste(after, selection.x, selection.y))


def advance_outside(board: Board, selection: Selection) -> Change:
    """Advances all cells but the selected ones by a generation, as if these were dead; these stay as they are.

    The generation of the board does not change.

    Raises:
        BoardError: if the selected cells are too many, or the board does not fit into memory twice.
    """
    whole, kept = Selection.all_of(board), copied(board, selection)
    apart = Board(board.width, board.height, topology=board.topology, kernel=board.kernel, num_states=board.num_states)
    apart.restore_bytes(board.copy_bytes(*whole), *whole)
    apart.fill(*selection, 0)
    apart.advance()
    apart.paste(kept, selection.x, selection.y)
    return Change(whole, lambda board: board.restore_bytes(apart.copy_bytes(*whole), *whole))


def _steps_on_board(board: Board, x: int, y: int, dx: int, dy: int, num_steps: int) -> tuple[int, int]:
    """Returns between which steps of a line all those are that are on the board."""
    first, end = 0, num_steps + 1
    for start, distance, size in ((x, dx, board.width), (y, dy, board.height)):
        if distance:
            entered, left = sorted(((-1 - start) * num_steps // distance, (size - start) * num_steps // distance))
            first, end = max(first, entered - 1), min(end, left + 2)
    return first, max(first, end)


def _next(member: Choice) -> Choice:
    members = list(type(member))
    return members[(members.index(member) + 1) % len(members)]
