"""`FieldPlan`: where the square of each signal is in a field of gates.

A level is a block of columns of squares, filled from the top; the inputs are the first block.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pygame
from jaxtyping import Int32

from ca_logic.circuit import Netlist
from ca_logic.circuit.netlist import CONSTANT_FALSE

_LARGEST_SQUARE = 28
_GAP, _GAPS_SHARE = 7, 0.3
"""Pixels between blocks, about; and the most that all of them take up of the width."""


class Block(NamedTuple):
    """How many signals there are on a level, and from which column to before which one."""

    num_signals: int
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class FieldPlan:
    """Squares in an area.

    Attributes:
        area: what they take up; positions count from where its own do.
        side: pixels of a square, or a fraction of one.
        squares: of each square its signal, `CONSTANT_FALSE` for none.
        blocks: the levels, and before them the inputs if there are any.
    """

    area: pygame.Rect
    side: float
    squares: Int32[np.ndarray, "rows columns"]
    blocks: tuple[Block, ...]

    def signal_at(self, x: int, y: int) -> int | None:
        """Returns the signal at a pixel; None if there is none."""
        row, column = math.floor((y - self.area.top) / self.side), math.floor((x - self.area.left) / self.side)
        rows, columns = self.squares.shape
        signal = int(self.squares[row, column]) if 0 <= row < rows and 0 <= column < columns else CONSTANT_FALSE
        return None if signal == CONSTANT_FALSE else signal

    def box_of(self, signal: int) -> pygame.Rect:
        """Returns the pixels of a signal."""
        row, column = np.argwhere(self.squares == signal)[0]
        left, top = self.area.left + int(column * self.side), self.area.top + int(row * self.side)
        return pygame.Rect(left, top, math.ceil(self.side), math.ceil(self.side))


def plan_field(circuit: Netlist, area: pygame.Rect) -> FieldPlan:
    """Returns squares as large as they fit into an area of at least a pixel, in its middle."""
    levels = circuit.levels()[circuit.first_gate :]
    order = circuit.first_gate + np.argsort(levels, kind="stable").astype(np.int32)
    bounds = np.searchsorted(levels[order - circuit.first_gate], np.arange(2, levels.max(initial=0) + 1))
    blocks = [np.arange(1, circuit.first_gate, dtype=np.int32), *np.split(order, bounds)]
    blocks = [block for block in blocks if len(block)]
    counts = [len(block) for block in blocks]
    side, num_rows = _largest_side(counts, area)
    gap = _gap_columns(side, counts, area)
    widths = [-(-count // num_rows) for count in counts]
    starts = [0, *itertools.accumulate(width + gap for width in widths)]
    places = tuple(
        Block(count, start, start + width) for count, start, width in zip(counts, starts, widths, strict=False)
    )
    squares = np.full((num_rows, max([1, *(place.end for place in places)])), CONSTANT_FALSE, np.int32)
    for block, place in zip(blocks, places, strict=True):
        padded = np.full(num_rows * (place.end - place.start), CONSTANT_FALSE, np.int32)
        padded[: len(block)] = block
        squares[:, place.start : place.end] = padded.reshape(-1, num_rows).T
    taken = pygame.Rect(0, 0, round(squares.shape[1] * side), round(num_rows * side))
    taken.midtop = area.midtop
    return FieldPlan(taken, side, squares, places)


def _largest_side(counts: Sequence[int], area: pygame.Rect) -> tuple[float, int]:
    """Returns the side of squares and how many are above each other: whole pixels, or else 1/2, 1/3, and so on."""
    sides = itertools.chain(range(_LARGEST_SQUARE, 0, -1), (1 / parts for parts in itertools.count(2)))
    for side in sides:
        num_rows, num_columns = int(area.height / side), int(area.width / side)
        gaps = _gap_columns(side, counts, area) * (len(counts) - 1)
        if num_rows and sum(-(-count // num_rows) for count in counts) + gaps <= num_columns:
            return side, min(num_rows, max(counts, default=1))
    raise AssertionError("squares that are small enough fit anywhere")


def _gap_columns(side: float, counts: Sequence[int], area: pygame.Rect) -> int:
    """Returns how many columns of squares stay free between blocks."""
    return max(1, round(min(_GAP, _GAPS_SHARE * area.width / max(1, len(counts))) / side))
