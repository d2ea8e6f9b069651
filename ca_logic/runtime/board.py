"""`Board`: the cells of an automaton, packed 64 to a word, on a torus or on a plane with dead borders."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Int64

from ca_logic.backend.kernel import WORD_BITS, Kernel, Words, words_of
from ca_logic.errors import BoardError

Topology = Literal["torus", "plane"]

TOPOLOGIES: tuple[Topology, ...] = get_args(Topology)

_CELLS_PER_CALL = 1 << 31
"""About a tenth of a second: how long Ctrl-C may have to wait."""

_CELLS_PER_BLOCK = 1 << 24


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
        _require_memory(width, height)
        self.width = width
        self.height = height
        self.topology: Topology = topology
        self.generation = 0
        self._kernel = kernel
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
        chunk = max(1, _CELLS_PER_CALL // (self.width * self.height))
        while done < generations:
            step = min(chunk, generations - done)
            self._kernel.advance(self.words, width=self.width, torus=self.topology == "torus", generations=step)
            done += step
            self.generation += step
            on_progress(done)

    def cells(self) -> Bool[np.ndarray, "height width"]:
        """Returns the cells, one a byte."""
        return self._unpack(self.words)

    def live_cells(self) -> Int64[np.ndarray, "cells 2"]:
        """Returns (y, x) of each live cell, row by row."""
        rows = max(1, _CELLS_PER_BLOCK // self.width)
        blocks = [
            np.argwhere(self._unpack(self.words[y : y + rows])) + np.array([y, 0]) for y in range(0, self.height, rows)
        ]
        return np.concatenate(blocks)

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
        rows = max(1, _CELLS_PER_BLOCK // self.width)
        for y in range(0, self.height, rows):
            self._pack(y, rng.random((min(rows, self.height - y), self.width), dtype=np.float32) < density)

    def _unpack(self, words: Words) -> Bool[np.ndarray, "rows width"]:
        octets = words.astype("<u8", copy=False).view(np.uint8)
        return np.unpackbits(octets, axis=1, count=self.width, bitorder="little").view(bool)

    def _pack(self, y: int, cells: Bool[np.ndarray, "rows width"]) -> None:
        """Replaces the rows from y on."""
        octets = np.zeros((len(cells), self.words.shape[1] * WORD_BITS // 8), dtype=np.uint8)
        packed = np.packbits(cells, axis=1, bitorder="little")
        octets[:, : packed.shape[1]] = packed
        self.words[y : y + len(cells)] = octets.view("<u8")


def _require_memory(width: int, height: int) -> None:
    needed = words_of(width) * height * WORD_BITS // 8
    available = _available_memory()
    if needed > available:
        raise BoardError(
            f"a board of {width}x{height} cells needs {needed / 2**30:.3g} GiB of memory, but "
            f"{available / 2**30:.3g} GiB are available; make it smaller."
        )


def _available_memory() -> int:
    """Returns the bytes that a new board may take: what is available now, or else 2**40."""
    limits = [1 << 40]
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        limits += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    except (OSError, ValueError):
        pass
    return min(limits)
