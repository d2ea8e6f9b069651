"""`Board`: the cells of an automaton on a torus, or on a plane with dead borders."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Int64, UInt8, UInt32

from ca_logic.backend.bands import BandLayout, Bands, Cells
from ca_logic.backend.kernel import Kernel, is_tiled
from ca_logic.backend.view import load_view
from ca_logic.errors import BoardError
from ca_logic.interrupts import deferred_interrupts
from ca_logic.machine import available_cores, available_memory

Topology = Literal["torus", "plane"]

TOPOLOGIES: tuple[Topology, ...] = get_args(Topology)

_CELLS_PER_BLOCK = 1 << 24

_MIN_THREADED_CELLS = 1 << 26
"""Below this many cells a sweep takes less than ten milliseconds, too short to be shared."""


class Board:
    """A rectangle of cells, each dead (state 0), live (1), or in a further state; x grows east, y south, from 0.

    Attributes:
        width: cells in a row.
        height: rows.
        topology: `torus` joins opposite edges; on a `plane` everything beyond the edges is dead, always.
        num_states: how many states a cell may have.
        generation: how often the board was advanced.
        bands: the cells.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        topology: Topology = "torus",
        kernel: Kernel,
        num_states: int | None = None,
        threads: int | None = None,
    ) -> None:
        """Makes a board of dead cells.

        Args:
            width: cells in a row.
            height: rows.
            topology: what is beyond the edges.
            kernel: what advances the board.
            num_states: how many a cell may have; by default all that its bits can hold.
            threads: how many advance a board that is too large for a processor's cache; by default one a core where
                that pays.

        Raises:
            BoardError: if it has no cells, does not fit into memory, the topology is unknown, or there is no thread.
        """
        if width < 1 or height < 1:
            raise BoardError(f"a board of {width}x{height} has no cells; both sides must be at least 1.")
        if topology not in TOPOLOGIES:
            raise BoardError(f"unknown topology {topology!r}; known are {' and '.join(TOPOLOGIES)}.")
        assert num_states is None or num_states <= 1 << kernel.num_planes, "the kernel's planes hold all states"
        layout = BandLayout(width, height, kernel.num_planes)
        require_memory(width, height, layout.num_bytes * (2 if is_tiled(layout) else 1))
        self.width = width
        self.height = height
        self.topology: Topology = topology
        self.num_states = num_states or 1 << kernel.num_planes
        is_large = width * height >= _MIN_THREADED_CELLS
        self.threads = threads if threads is not None else available_cores() if is_large else 1
        self.generation = 0
        self._kernel = kernel
        try:
            self.bands = Bands(layout)
        except (MemoryError, ValueError):
            raise BoardError(f"a board of {width}x{height} cells does not fit into memory; make it smaller.") from None

    @property
    def kernel(self) -> Kernel:
        """What advances the board; another one, of as many planes, may take over at any generation.

        Raises:
            ValueError: if one is set that has another number of planes.
        """
        return self._kernel

    @kernel.setter
    def kernel(self, kernel: Kernel) -> None:
        planes = self.bands.layout.num_planes
        if kernel.num_planes != planes:
            raise ValueError(f"a kernel of {kernel.num_planes} planes is none for a board of {planes}.")
        self._kernel = kernel

    @property
    def threads(self) -> int:
        """How many advance the board: 1 if it fits into a processor's cache, whatever was asked for.

        Raises:
            BoardError: if it is set to fewer than 1.
        """
        return self._threads if is_tiled(self.bands.layout) else 1

    @threads.setter
    def threads(self, threads: int) -> None:
        if threads < 1:
            raise BoardError(f"{threads} threads cannot advance a board; use 1 or more.")
        self._threads = threads

    @property
    def population(self) -> int:
        """The number of cells that are not dead."""
        return load_view().population(self.bands)

    def advance(self, generations: int = 1, *, on_progress: Callable[[int], None] = lambda _: None) -> None:
        """Advances the board by that many generations.

        Whatever interrupts it, the board is left at a whole generation.

        Args:
            generations: how many, 0 or more.
            on_progress: called now and then with the number of generations done by this call.
        """
        self._advance(generations, None, on_progress)

    def advance_until_periodic(
        self, generations: int, *, max_period: int = 60, on_progress: Callable[[int], None] = lambda _: None
    ) -> int | None:
        """Advances the board until it is in a state that returns, or for that many generations.

        Nothing is stored but one earlier state, and comparing with it costs next to nothing, since different boards
        mostly differ early (Brent 1980, "An improved Monte Carlo factorization algorithm").

        Args:
            generations: how many at most.
            max_period: the longest period to be looked for.
            on_progress: as for `advance`.

        Returns:
            After how many generations the state returns, 1 if it does not change at all; or None if none was found.

        Raises:
            BoardError: if no period is asked for, or the earlier state does not fit into memory, too.
        """
        if max_period < 1:
            raise BoardError(f"a period of {max_period} generations is none; look for 1 or more.")
        require_memory(self.width, self.height, self.bands.layout.num_bytes)
        end, first, stretch = self.generation + generations, self.generation, 1
        while self.generation < end:
            started = self.generation
            reference = self.bands.copy_cells()
            self._advance(min(stretch, end - started), reference, lambda _: on_progress(self.generation - first))
            if self.bands.equals(reference):
                return self.generation - started
            stretch = min(2 * stretch, max_period)
        return None

    def state(self, x: int, y: int) -> int:
        """Returns the state of a cell.

        Raises:
            BoardError: if it is not on the board.
        """
        return int(self.region(x, y, 1, 1)[0, 0])

    def set_state(self, x: int, y: int, state: int) -> None:
        """Puts a cell into a state.

        Raises:
            BoardError: if it is not on the board, or there is no such state.
        """
        self.fill(x, y, 1, 1, state)

    def region(self, x: int, y: int, width: int, height: int) -> UInt8[np.ndarray, "height width"]:
        """Returns the states of a rectangle of cells, whose top left one is (x, y).

        Raises:
            BoardError: if it is not on the board.
        """
        self._require_region(x, y, width, height)
        return self.bands.states(y, height, x, width)

    def fill(self, x: int, y: int, width: int, height: int, state: int) -> None:
        """Puts all cells of a rectangle into a state.

        Raises:
            BoardError: if it is not on the board, or there is no such state.
        """
        self._require_region(x, y, width, height)
        self._require_states(np.array([state]))
        self.bands.fill(y, height, x, width, state)

    def paste(self, states: UInt8[np.ndarray, "height width"], x: int, y: int, *, keep_dead: bool = False) -> None:
        """Copies a rectangle of cells onto the board, its top left one to (x, y).

        Args:
            states: what to copy.
            x: where to.
            y: where to.
            keep_dead: whether cells stay as they are where the rectangle is dead.

        Raises:
            BoardError: if it does not fit there, or one of the states does not exist.
        """
        states = np.asarray(states)
        if states.ndim != 2:
            raise BoardError(f"an array of shape {states.shape} is no rectangle of cells; give it two dimensions.")
        height, width = states.shape
        self._require_region(x, y, width, height)
        self._require_states(states)
        if keep_dead:
            states = np.where(states, states, self.bands.states(y, height, x, width))
        self.bands.set_states(y, x, np.asarray(states, dtype=np.uint8))

    def copy_bytes(self, x: int, y: int, width: int, height: int) -> UInt8[np.ndarray, " bytes"]:
        """Returns all that holds a rectangle of cells, cheaply, for `restore_bytes`; equal cells have equal bytes.

        There may be other cells in them, too: a whole board takes a byte for eight cells and plane, a small rectangle
        up to two for each cell and plane.

        Raises:
            BoardError: if it is not on the board.
        """
        parts = self._bytes_of(x, y, width, height)
        copied = np.empty(sum(part.size for part in parts), dtype=np.uint8)
        for part, octets in _paired(parts, copied):
            octets[:] = part
        return copied

    def restore_bytes(self, octets: UInt8[np.ndarray, " bytes"], x: int, y: int, width: int, height: int) -> None:
        """Writes back what `copy_bytes` returned for the same rectangle of this board, or one like it.

        Raises:
            BoardError: if it is not on the board.
        """
        for part, copied in _paired(self._bytes_of(x, y, width, height), octets):
            part[:] = copied

    def clear(self) -> None:
        """Kills all cells; the generation stays what it is."""
        self.bands.cells[:] = 0

    def cells(self) -> Bool[np.ndarray, "height width"]:
        """Returns for each cell whether it is not dead."""
        return self.states().astype(bool)

    def states(self) -> UInt8[np.ndarray, "height width"]:
        """Returns the state of each cell."""
        return self.bands.states(0, self.height, 0, self.width)

    def live_cells(self) -> Int64[np.ndarray, "cells 2"]:
        """Returns (y, x) of each cell that is not dead, row by row."""
        return cells_of_runs(np.concatenate(list(self.runs())))[:, :2]

    def runs(self) -> Iterator[Int64[np.ndarray, "runs 4"]]:
        """Yields (y, x, length, state) of each run of equal cells that are not dead, row by row, in blocks of rows."""
        for y, rows in _row_blocks(self.width, self.height):
            states = self.bands.states(y, rows, 0, self.width)
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
        self.bands.set_states(0, 0, np.asarray(states, dtype=np.uint8))

    def packed_rows(self, y: int, num_rows: int) -> UInt32[np.ndarray, "planes rows words"]:
        """Returns rows as devices hold them: cell x is bit x % 32 of word x // 32, the bits past the width are 0."""
        states = self.bands.states(y, num_rows, 0, self.width)
        octets = np.zeros((self.bands.layout.num_planes, num_rows, -(-self.width // 32) * 4), dtype=np.uint8)
        for plane, bits in enumerate(octets):
            packed = np.packbits(states >> np.uint8(plane) & np.uint8(1), axis=1, bitorder="little")
            bits[:, : packed.shape[1]] = packed
        return octets.view("<u4").astype(np.uint32, copy=False)

    def set_packed_rows(self, words: UInt32[np.ndarray, "planes height words"]) -> None:
        """Replaces all cells by what `packed_rows` would return."""
        octets = words.astype("<u4", copy=False).view(np.uint8)
        for y, rows in _row_blocks(self.width, self.height):
            bits = np.unpackbits(octets[:, y : y + rows], axis=2, count=self.width, bitorder="little")
            states = sum(plane_bits << np.uint8(plane) for plane, plane_bits in enumerate(bits))
            self.bands.set_states(y, 0, np.asarray(states, dtype=np.uint8))

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
        self.bands.place(rows, columns, states)

    def fill_randomly(self, density: float, seed: int) -> None:
        """Leaves each cell dead or, with probability `density`, puts it into one of the other states.

        All cells are independent, the other states are equally likely, and equal seeds give equal boards.

        Raises:
            BoardError: if the density is not between 0 and 1.
        """
        self.fill_region_randomly(0, 0, self.width, self.height, density, seed)

    def fill_region_randomly(self, x: int, y: int, width: int, height: int, density: float, seed: int) -> None:
        """Fills a rectangle of cells as `fill_randomly` fills the board.

        Raises:
            BoardError: if it is not on the board, or the density is not between 0 and 1.
        """
        self._require_region(x, y, width, height)
        if not 0 <= density <= 1:
            raise BoardError(f"a density of {density} is no probability; choose one from 0 to 1.")
        rng = np.random.default_rng(seed)
        for first, rows in _row_blocks(width, height):
            filled = rng.random((rows, width), dtype=np.float32) < density
            if self.num_states > 2:
                states = rng.integers(1, self.num_states, filled.shape, dtype=np.uint8) * filled
            else:
                states = filled.view(np.uint8)
            self.bands.set_states(y + first, x, states)

    def _advance(self, generations: int, reference: Cells | None, on_progress: Callable[[int], None]) -> None:
        if generations < 0:
            raise BoardError(f"cannot advance by {generations} generations; time runs forward only.")
        first = self.generation
        # An interrupt between the kernel's work and the counting of it would make the generation wrong.
        with deferred_interrupts() as check_interrupt:
            torus = self.topology == "torus"
            slices = self._kernel.advance(
                self.bands, torus=torus, generations=generations, threads=self.threads, reference=reference
            )
            # Whoever leaves early must not leave threads at work.
            with contextlib.closing(slices):
                for done in slices:
                    self.generation = first + done
                    on_progress(done)
                    check_interrupt()

    def _bytes_of(self, x: int, y: int, width: int, height: int) -> list[Cells]:
        """Returns the bytes of the board that hold a rectangle of cells, none of them twice."""
        self._require_region(x, y, width, height)
        merged: list[slice] = []
        for rows in sorted((piece.rows for piece in self.bands.layout.pieces(y, height)), key=lambda rows: rows.start):
            if merged and rows.start <= merged[-1].stop:
                merged[-1] = slice(merged[-1].start, max(merged[-1].stop, rows.stop))
            else:
                merged.append(rows)
        return [self.bands.cells[:, rows, x : x + width] for rows in merged]

    def _require_region(self, x: int, y: int, width: int, height: int) -> None:
        if min(width, height) < 1 or min(x, y) < 0 or x + width > self.width or y + height > self.height:
            raise BoardError(
                f"the board of {self.width}x{self.height} has no {width}x{height} cells from ({x}, {y}) on; "
                "choose cells on the board."
            )

    def _require_states(self, states: np.ndarray) -> None:
        if states.size and not 0 <= states.min() <= states.max() < self.num_states:
            wrong = states.min() if states.min() < 0 else states.max()
            raise BoardError(
                f"there is a cell in state {wrong}, but the rule has {self.num_states} states, from 0 on; "
                "name a rule with more."
            )


def cells_of_runs(runs: Int64[np.ndarray, "runs 4"]) -> Int64[np.ndarray, "cells 3"]:
    """Returns (y, x, state) of each cell of the runs (y, x, length, state)."""
    y, x, length, state = runs.T
    ends = np.cumsum(length)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - length, length)
    return np.column_stack([np.repeat(y, length), np.repeat(x, length) + within, np.repeat(state, length)])


def _paired(parts: list[Cells], octets: UInt8[np.ndarray, " bytes"]) -> Iterator[tuple[Cells, Cells]]:
    """Yields each part of a board, and the bytes that stand for it."""
    start = 0
    for part in parts:
        yield part, octets[start : start + part.size].reshape(part.shape)
        start += part.size


def _row_blocks(width: int, height: int) -> Iterator[tuple[int, int]]:
    """Yields (first row, number of rows) of blocks small enough to hold one cell a byte or more."""
    rows = max(1, _CELLS_PER_BLOCK // width)
    for y in range(0, height, rows):
        yield y, min(rows, height - y)


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
