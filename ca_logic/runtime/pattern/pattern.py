"""`Pattern`: cells in a rectangle, with what a file tells of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int64, UInt8

from ca_logic.errors import PatternError, RulestringError
from ca_logic.runtime.board import Board, cells_of_runs
from ca_logic.tasks.grid import Grid, parse_grid

MAX_SIDE = 1 << 40
"""Further apart no two cells of a pattern may be."""

MAX_POPULATION = 1 << 32
MAX_STATE = 255

_MAX_LAID_OUT = 1 << 28
_CELLS_PER_BLOCK = 1 << 22


@dataclass(frozen=True, eq=False)
class Pattern:
    """Cells in a rectangle.

    Attributes:
        runs: (y, x, length, state) of each run of cells that are not dead, from the top left corner, row by row and
            in each from left to right.
        width: of the rectangle; at least what the cells need.
        height: of the rectangle.
        name: for people.
        rule: the rule that the file names, without the grid, or "".
        grid: the bounded grid that the file names.
        position: (x, y) of the top left corner from the centre of the board, or None for centred.
        generation: how old the pattern is.
        origin: who found it, and when.
        comments: what else the file says, line by line.
    """

    runs: Int64[np.ndarray, "runs 4"]
    width: int
    height: int
    name: str = ""
    rule: str = ""
    grid: Grid | None = None
    position: tuple[int, int] | None = None
    generation: int = 0
    origin: str = ""
    comments: tuple[str, ...] = ()

    @cached_property
    def live(self) -> Int64[np.ndarray, "cells 2"]:
        """(y, x) of each cell that is not dead, from the top left corner of the rectangle."""
        return cells_of_runs(self.runs)[:, :2]

    @property
    def max_state(self) -> int:
        """The largest state of a cell, 0 if all are dead."""
        return int(self.runs[:, 3].max(initial=0))

    @property
    def population(self) -> int:
        """The number of cells that are not dead."""
        return int(self.runs[:, 2].sum())

    @property
    def corner(self) -> tuple[int, int]:
        """(x, y) of the top left corner from the centre of the board, where the pattern is to be without a board."""
        return self.position or (-(self.width // 2), -(self.height // 2))

    def states(self) -> UInt8[np.ndarray, "height width"]:
        """Returns the state of each cell of the rectangle.

        Raises:
            PatternError: if it is too large for that.
        """
        if self.width * self.height > _MAX_LAID_OUT:
            raise PatternError(
                f"pattern {self.name!r} of {self.width}x{self.height} is too large to be laid out cell by cell; RLE "
                "can hold it."
            )
        y, x, length, state = self.runs.T
        begins = y * self.width + x
        gaps = np.diff(begins, prepend=0) - np.append(0, length)[:-1]
        counts = np.append(np.column_stack([gaps, length]).ravel(), 0)
        counts[-1] = self.width * self.height - counts.sum()
        values = np.append(np.column_stack([np.zeros_like(state), state]).ravel(), 0).astype(np.uint8)
        return np.repeat(values, counts).reshape(self.height, self.width)


def pattern_of_states(
    states: UInt8[np.ndarray, "height width"],
    *,
    name: str = "",
    rule: str = "",
    position: tuple[int, int] | None = None,
    generation: int = 0,
) -> Pattern:
    """Returns cells, such as those of a selection, as a pattern of the same size."""
    height, width = states.shape
    return Pattern(runs_of_states(states), width, height, name, rule, position=position, generation=generation)


def pattern_of_cells(
    cells: Int64[np.ndarray, "cells 3"],
    *,
    source: str,
    name: str = "",
    rule: str = "",
    generation: int = 0,
    comments: tuple[str, ...] = (),
) -> Pattern:
    """Returns the pattern of cells (y, x, state), counted from the centre of the board.

    Args:
        cells: in any order; of a cell that is there repeatedly the last state counts.
        source: what to call them in errors.
        name: for people.
        rule: with the grid, if any.
        generation: how old the pattern is.
        comments: about it.

    Raises:
        PatternError: if they are too far apart.
    """
    runs = runs_of_cells(cells)
    top, left = runs[:, :2].min(axis=0).tolist() if len(runs) else (0, 0)
    runs -= [top, left, 0, 0]
    height, width = extent(runs)
    if max(height, width) > MAX_SIDE:
        raise PatternError(f"{source}: the pattern is too large to hold.")
    plain_rule, grid = split_rule(rule)
    position = (left, top) if len(runs) else None
    return Pattern(runs, width, height, name, plain_rule, grid, position, generation, comments=comments)


def pattern_of_board(board: Board, *, rule: str, name: str = "") -> Pattern:
    """Returns the cells of a board, cropped to their bounding box, with their place and age."""
    runs = np.concatenate(list(board.runs()))
    top, left = runs[:, :2].min(axis=0).tolist() if len(runs) else (0, 0)
    runs -= [top, left, 0, 0]
    height, width = extent(runs)
    return Pattern(
        runs,
        width,
        height,
        name,
        rule,
        Grid(board.topology, board.width, board.height),
        (left - board.width // 2, top - board.height // 2),
        board.generation,
    )


def require_two_states(pattern: Pattern, file_format: str) -> None:
    """Makes sure that a format of files for live and dead cells can hold the pattern.

    Raises:
        PatternError: if it has other states.
    """
    if pattern.max_state > 1:
        raise PatternError(
            f"pattern {pattern.name!r} has cells in state {pattern.max_state}, and {file_format} knows but live and "
            "dead; save it as RLE."
        )


def split_rule(rule: str) -> tuple[str, Grid | None]:
    """Returns a rule without its grid, and the grid, None if it is unbounded or none that is known."""
    plain_rule, _, grid = rule.partition(":")
    try:
        return plain_rule, parse_grid(grid)
    except RulestringError:
        return plain_rule, None


def cell_blocks(runs: Int64[np.ndarray, "runs 4"]) -> Iterator[Int64[np.ndarray, "cells 3"]]:
    """Yields (y, x, state) of the cells of runs, in blocks of a few million cells, or of one run."""
    ends = np.cumsum(runs[:, 2])
    blocks = np.searchsorted(ends, np.arange(_CELLS_PER_BLOCK, ends[-1] if len(ends) else 0, _CELLS_PER_BLOCK))
    for part in np.split(runs, blocks):
        yield cells_of_runs(part)


def extent(runs: Int64[np.ndarray, "runs 4"]) -> tuple[int, int]:
    """Returns the height and width that the runs need."""
    if not len(runs):
        return 0, 0
    return int(runs[:, 0].max()) + 1, int((runs[:, 1] + runs[:, 2]).max())


def runs_of_states(states: UInt8[np.ndarray, "height width"]) -> Int64[np.ndarray, "runs 4"]:
    """Returns (y, x, length, state) of each run of equal cells that are not dead, row by row."""
    # Dead cells at both sides keep rows apart.
    cells = np.pad(states, ((0, 0), (1, 1))).ravel()
    edges = np.flatnonzero(cells[1:] != cells[:-1]) + 1
    is_live = cells[edges] > 0
    begins, ends = edges[is_live], np.append(edges[1:], 0)[is_live]
    y, x = np.divmod(begins, states.shape[1] + 2)
    return np.column_stack([y, x - 1, ends - begins, cells[begins]]).astype(np.int64)


def runs_of_cells(cells: Int64[np.ndarray, "cells 3"]) -> Int64[np.ndarray, "runs 4"]:
    """Returns (y, x, length, state) of each run of the cells (y, x, state), row by row.

    Args:
        cells: in any order; of a cell that is there repeatedly the last state counts.
    """
    y, x, state = cells[np.lexsort((cells[:, 1], cells[:, 0]))].T
    is_last = np.append((y[1:] != y[:-1]) | (x[1:] != x[:-1]), len(y) > 0)[: len(y)]
    y, x, state = y[is_last], x[is_last], state[is_last]
    goes_on = (y[1:] == y[:-1]) & (x[1:] == x[:-1] + 1) & (state[1:] == state[:-1])
    begins = np.flatnonzero(np.insert(~goes_on, 0, True)) if len(y) else np.zeros(0, dtype=np.int64)
    return np.column_stack([y[begins], x[begins], np.diff(np.append(begins, len(y))), state[begins]])
