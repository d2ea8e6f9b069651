"""`Board`: the cells of an automaton, packed 64 to a word, on a torus or on a plane with dead borders."""

import time
from collections.abc import Callable, Iterator
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Int64

from ca_logic.backend.kernel import WORD_BITS, Kernel, Words, words_of
from ca_logic.errors import BoardError
from ca_logic.interrupts import deferred_interrupts
from ca_logic.machine import available_memory

Topology = Literal["torus", "plane"]

TOPOLOGIES: tuple[Topology, ...] = get_args(Topology)

_SECONDS_PER_CALL = 0.05
"""About how long one call of the kernel may take, and so how long Ctrl-C may have to wait."""

_CELLS_PER_BLOCK = 1 << 24

_SCRATCH_ROWS = 12
"""Rows of the board's width that kernels need besides the board."""


class Board:
    """A rectangle of dead (0) and live (1) cells; x grows to the east, y to the south, from 0.

    Attributes:
        width: cells in a row.
        height: rows.
        topology: `torus` joins opposite edges; on a `plane` everything beyond the edges is dead, always.
        generation: how often the board was advanced.
        words: the cells, packed; cell x of a row is bit x % 64 of word x // 64.
    """

    def __init__(self, width: int, height: int, *, topology: Topology = "torus", kernel: Kernel) -> None:
        """Makes a board of dead cells that `kernel` advances.

        Raises:
            BoardError: if it has no cells, does not fit into memory, or the topology is unknown.
        """
        if width < 1 or height < 1:
            raise BoardError(f"a board of {width}x{height} has no cells; both sides must be at least 1.")
        if topology not in TOPOLOGIES:
            raise BoardError(f"unknown topology {topology!r}; known are {' and '.join(TOPOLOGIES)}.")
        require_memory(width, height, words_of(width) * (height + _SCRATCH_ROWS) * WORD_BITS // 8)
        self.width = width
        self.height = height
        self.topology: Topology = topology
        self.generation = 0
        self._kernel = kernel
        self._generations_per_call = 1
        try:
            self.words: Words = np.zeros((height, words_of(width)), dtype=np.uint64)
        except (MemoryError, ValueError):
            raise BoardError(f"a board of {width}x{height} cells does not fit into memory; make it smaller.") from None

    @property
    def population(self) -> int:
        """The number of live cells."""
        return int(np.bitwise_count(self.words).sum(dtype=np.int64))

    def advance(self, generations: int = 1, *, on_progress: Callable[[int], None] = lambda _: None) -> None:
        """Advances the board by that many generations.

        Whatever interrupts it, the board is left at a whole generation.

        Args:
            generations: how many, 0 or more.
            on_progress: called now and then with the number of generations done by this call.
        """
        if generations < 0:
            raise BoardError(f"cannot advance by {generations} generations; time runs forward only.")
        done = 0
        while done < generations:
            step = min(self._generations_per_call, generations - done)
            started = time.perf_counter()
            # An interrupt between the kernel's work and the counting of it would make the generation wrong.
            with deferred_interrupts():
                self._kernel.advance(self.words, width=self.width, torus=self.topology == "torus", generations=step)
                done += step
                self.generation += step
            seconds = time.perf_counter() - started
            if seconds > 2 * _SECONDS_PER_CALL:
                self._generations_per_call = max(1, step // 2)
            elif seconds < _SECONDS_PER_CALL / 2 and step == self._generations_per_call:
                self._generations_per_call *= 2
            on_progress(done)

    def cells(self) -> Bool[np.ndarray, "height width"]:
        """Returns the cells, one a byte."""
        return self._unpack(self.words)

    def live_cells(self) -> Int64[np.ndarray, "cells 2"]:
        """Returns (y, x) of each live cell, row by row."""
        return cells_of_runs(np.concatenate(list(self.live_runs())))

    def live_runs(self) -> Iterator[Int64[np.ndarray, "runs 3"]]:
        """Yields (y, x, length) of each run of live cells in a row, row by row, in blocks of rows."""
        for y, rows in self._row_blocks():
            # Where a cell differs from the one before it, a run begins or ends, in turn.
            cells = self._unpack(self.words[y : y + rows])
            edges = np.argwhere(np.diff(cells, axis=1, prepend=False, append=False))
            begins, ends = edges[::2], edges[1::2]
            yield np.column_stack([begins[:, 0] + y, begins[:, 1], ends[:, 1] - begins[:, 1]])

    def set_cells(self, cells: Bool[np.ndarray, "height width"]) -> None:
        """Replaces all cells.

        Raises:
            BoardError: if the array has not the shape of the board.
        """
        if np.shape(cells) != (self.height, self.width):
            raise BoardError(f"cells of shape {np.shape(cells)} do not fit a board of {self.width}x{self.height}.")
        self._pack(0, np.asarray(cells, dtype=bool))

    def place(self, live: Int64[np.ndarray, "cells 2"], x: int, y: int) -> None:
        """Makes cells live, given as (y, x) relative to the cell (x, y) of the board.

        Raises:
            BoardError: if one of them is not on the board.
        """
        rows, columns = live[:, 0] + y, live[:, 1] + x
        if len(live) and (
            rows.min() < 0 or columns.min() < 0 or rows.max() >= self.height or columns.max() >= self.width
        ):
            raise BoardError(
                f"the pattern reaches from ({columns.min()}, {rows.min()}) to ({columns.max()}, {rows.max()}), but "
                f"the board is {self.width}x{self.height}; choose a larger --size."
            )
        bits = np.uint64(1) << (columns % WORD_BITS).astype(np.uint64)
        np.bitwise_or.at(self.words, (rows, columns // WORD_BITS), bits)

    def fill_randomly(self, density: float, seed: int) -> None:
        """Makes each cell live with probability `density`, independently; equal seeds give equal boards.

        Raises:
            BoardError: if the density is not between 0 and 1.
        """
        if not 0 <= density <= 1:
            raise BoardError(f"a density of {density} is no probability; choose one from 0 to 1.")
        rng = np.random.default_rng(seed)
        for y, rows in self._row_blocks():
            self._pack(y, rng.random((rows, self.width), dtype=np.float32) < density)

    def _row_blocks(self) -> Iterator[tuple[int, int]]:
        """Yields (first row, number of rows) of blocks small enough to hold one cell a byte or more."""
        rows = max(1, _CELLS_PER_BLOCK // self.width)
        for y in range(0, self.height, rows):
            yield y, min(rows, self.height - y)

    def _unpack(self, words: Words) -> Bool[np.ndarray, "rows width"]:
        octets = words.astype("<u8", copy=False).view(np.uint8)
        return np.unpackbits(octets, axis=1, count=self.width, bitorder="little").view(bool)

    def _pack(self, y: int, cells: Bool[np.ndarray, "rows width"]) -> None:
        """Replaces the rows from y on."""
        octets = np.zeros((len(cells), self.words.shape[1] * WORD_BITS // 8), dtype=np.uint8)
        packed = np.packbits(cells, axis=1, bitorder="little")
        octets[:, : packed.shape[1]] = packed
        self.words[y : y + len(cells)] = octets.view("<u8")


def cells_of_runs(runs: Int64[np.ndarray, "runs 3"]) -> Int64[np.ndarray, "cells 2"]:
    """Returns (y, x) of each cell of the runs (y, x, length)."""
    y, x, length = runs.T
    ends = np.cumsum(length)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - length, length)
    return np.column_stack([np.repeat(y, length), np.repeat(x, length) + within])


def require_memory(width: int, height: int, needed: int) -> None:
    """Makes sure that a board may take so many bytes.

    Raises:
        BoardError: if less memory is available.
    """
    available = available_memory()
    if needed > available:
        raise BoardError(
            f"a board of {width}x{height} cells needs {needed / 2**30:.3g} GiB of memory, but "
            f"{available / 2**30:.3g} GiB are available; make it smaller."
        )
