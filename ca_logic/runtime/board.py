"""`Board`: the cells of an automaton, packed 64 to a word, on a torus or on a plane with dead borders.

A cell of more than two states has several bits; bit 0 of all cells is one plane of words, bit 1 the next.
"""

import time
from collections.abc import Callable, Iterator
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Int64, UInt8

from ca_logic.backend.kernel import WORD_BITS, Kernel, Planes, Words, words_of
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
    """A rectangle of cells, each dead (state 0), live (1), or in a further state; x grows east, y south, from 0.

    Attributes:
        width: cells in a row.
        height: rows.
        topology: `torus` joins opposite edges; on a `plane` everything beyond the edges is dead, always.
        num_states: how many states a cell may have.
        generation: how often the board was advanced.
        planes: the bits of the states, packed; cell x of a row is bit x % 64 of word x // 64.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        topology: Topology = "torus",
        kernel: Kernel,
        num_states: int | None = None,
    ) -> None:
        """Makes a board of dead cells that `kernel` advances; all states that its bits can hold, unless told.

        Raises:
            BoardError: if it has no cells, does not fit into memory, or the topology is unknown.
        """
        if width < 1 or height < 1:
            raise BoardError(f"a board of {width}x{height} has no cells; both sides must be at least 1.")
        if topology not in TOPOLOGIES:
            raise BoardError(f"unknown topology {topology!r}; known are {' and '.join(TOPOLOGIES)}.")
        assert num_states is None or num_states <= 1 << kernel.num_planes, "the kernel's planes hold all states"
        bytes_needed = kernel.num_planes * words_of(width) * (height + _SCRATCH_ROWS) * WORD_BITS // 8
        require_memory(width, height, bytes_needed)
        self.width = width
        self.height = height
        self.topology: Topology = topology
        self.num_states = num_states or 1 << kernel.num_planes
        self.generation = 0
        self._kernel = kernel
        self._generations_per_call = 1
        try:
            self.planes: Planes = np.zeros((kernel.num_planes, height, words_of(width)), dtype=np.uint64)
        except (MemoryError, ValueError):
            raise BoardError(f"a board of {width}x{height} cells does not fit into memory; make it smaller.") from None

    @property
    def population(self) -> int:
        """The number of cells that are not dead."""
        blocks = (self._occupied(y, rows) for y, rows in self._row_blocks())
        return sum(int(np.bitwise_count(words).sum(dtype=np.int64)) for words in blocks)

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
                self._kernel.advance(self.planes, width=self.width, torus=self.topology == "torus", generations=step)
                done += step
                self.generation += step
            seconds = time.perf_counter() - started
            if seconds > 2 * _SECONDS_PER_CALL:
                self._generations_per_call = max(1, step // 2)
            elif seconds < _SECONDS_PER_CALL / 2 and step == self._generations_per_call:
                self._generations_per_call *= 2
            on_progress(done)

    def cells(self) -> Bool[np.ndarray, "height width"]:
        """Returns for each cell whether it is not dead."""
        return self._unpack(self._occupied(0, self.height))

    def states(self) -> UInt8[np.ndarray, "height width"]:
        """Returns the state of each cell."""
        return self._states(0, self.height)

    def live_cells(self) -> Int64[np.ndarray, "cells 2"]:
        """Returns (y, x) of each cell that is not dead, row by row."""
        return cells_of_runs(np.concatenate(list(self.runs())))[:, :2]

    def runs(self) -> Iterator[Int64[np.ndarray, "runs 4"]]:
        """Yields (y, x, length, state) of each run of equal cells that are not dead, row by row, in blocks of rows."""
        for y, rows in self._row_blocks():
            states = self._states(y, rows)
            before = np.pad(states, ((0, 0), (1, 0)))[:, :-1]
            after = np.pad(states, ((0, 0), (0, 1)))[:, 1:]
            begins = np.argwhere((states != before) & (states != 0))
            ends = np.argwhere((states != after) & (states != 0))
            lengths = ends[:, 1] - begins[:, 1] + 1
            yield np.column_stack([begins[:, 0] + y, begins[:, 1], lengths, states[tuple(begins.T)]]).astype(np.int64)

    def set_cells(self, cells: Bool[np.ndarray, "height width"]) -> None:
        """Makes cells live or dead.

        Raises:
            BoardError: if the array has not the shape of the board.
        """
        self.set_states(np.asarray(cells, dtype=bool).astype(np.uint8))

    def set_states(self, states: UInt8[np.ndarray, "height width"]) -> None:
        """Replaces all cells.

        Raises:
            BoardError: if the array has not the shape of the board, or a state does not exist.
        """
        if np.shape(states) != (self.height, self.width):
            raise BoardError(f"cells of shape {np.shape(states)} do not fit a board of {self.width}x{self.height}.")
        self._require_states(states)
        self._pack(0, np.asarray(states, dtype=np.uint8))

    def place(self, cells: Int64[np.ndarray, "cells 3"], x: int, y: int) -> None:
        """Sets cells, given as (y, x, state) relative to the cell (x, y) of the board.

        Raises:
            BoardError: if one of them is not on the board, or in a state that does not exist.
        """
        rows, columns, states = cells[:, 0] + y, cells[:, 1] + x, cells[:, 2]
        if len(cells) and (
            rows.min() < 0 or columns.min() < 0 or rows.max() >= self.height or columns.max() >= self.width
        ):
            raise BoardError(
                f"the pattern reaches from ({columns.min()}, {rows.min()}) to ({columns.max()}, {rows.max()}), but "
                f"the board is {self.width}x{self.height}; choose a larger --size."
            )
        self._require_states(states)
        bits = np.uint64(1) << (columns % WORD_BITS).astype(np.uint64)
        for plane, words in enumerate(self.planes):
            is_set = (states >> plane & 1).astype(bool)
            words_set = (rows[is_set], columns[is_set] // WORD_BITS)
            np.bitwise_or.at(words, words_set, bits[is_set])
            if not is_set.all():
                words_cleared = (rows[~is_set], columns[~is_set] // WORD_BITS)
                np.bitwise_and.at(words, words_cleared, ~bits[~is_set])

    def fill_randomly(self, density: float, seed: int) -> None:
        """Leaves each cell dead or, with probability `density`, puts it into one of the other states.

        All cells are independent, the other states are equally likely, and equal seeds give equal boards.

        Raises:
            BoardError: if the density is not between 0 and 1.
        """
        if not 0 <= density <= 1:
            raise BoardError(f"a density of {density} is no probability; choose one from 0 to 1.")
        rng = np.random.default_rng(seed)
        for y, rows in self._row_blocks():
            filled = rng.random((rows, self.width), dtype=np.float32) < density
            if self.num_states > 2:
                states = rng.integers(1, self.num_states, filled.shape, dtype=np.uint8) * filled
            else:
                states = filled.view(np.uint8)
            self._pack(y, states)

    def _require_states(self, states: np.ndarray) -> None:
        if states.size and not 0 <= states.min() <= states.max() < self.num_states:
            wrong = states.min() if states.min() < 0 else states.max()
            raise BoardError(
                f"there is a cell in state {wrong}, but the rule has {self.num_states} states, from 0 on; "
                "name a rule with more."
            )

    def _occupied(self, y: int, rows: int) -> Words:
        """Returns which cells of some rows are not dead."""
        words: Words = np.bitwise_or.reduce(self.planes[:, y : y + rows], axis=0)
        return words

    def _states(self, y: int, rows: int) -> UInt8[np.ndarray, "rows width"]:
        states = np.zeros((rows, self.width), dtype=np.uint8)
        for plane, words in enumerate(self.planes[:, y : y + rows]):
            states |= self._unpack(words).view(np.uint8) << np.uint8(plane)
        return states

    def _row_blocks(self) -> Iterator[tuple[int, int]]:
        """Yields (first row, number of rows) of blocks small enough to hold one cell a byte or more."""
        rows = max(1, _CELLS_PER_BLOCK // self.width)
        for y in range(0, self.height, rows):
            yield y, min(rows, self.height - y)

    def _unpack(self, words: Words) -> Bool[np.ndarray, "rows width"]:
        octets = words.astype("<u8", copy=False).view(np.uint8)
        return np.unpackbits(octets, axis=1, count=self.width, bitorder="little").view(bool)

    def _pack(self, y: int, states: UInt8[np.ndarray, "rows width"]) -> None:
        """Replaces the rows from y on."""
        for plane, words in enumerate(self.planes):
            octets = np.zeros((len(states), words.shape[1] * WORD_BITS // 8), dtype=np.uint8)
            packed = np.packbits(states >> np.uint8(plane) & 1, axis=1, bitorder="little")
            octets[:, : packed.shape[1]] = packed
            words[y : y + len(states)] = octets.view("<u8")


def cells_of_runs(runs: Int64[np.ndarray, "runs 4"]) -> Int64[np.ndarray, "cells 3"]:
    """Returns (y, x, state) of each cell of the runs (y, x, length, state)."""
    y, x, length, state = runs.T
    ends = np.cumsum(length)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - length, length)
    return np.column_stack([np.repeat(y, length), np.repeat(x, length) + within, np.repeat(state, length)])


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
