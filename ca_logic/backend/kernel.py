"""Kernels: what advances a board in bands. One is compiled C loaded through cffi, the other is NumPy."""

import contextlib
import itertools
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from jaxtyping import UInt8

from ca_logic.backend.bands import NUM_BANDS, BandLayout, Bands, Cells
from ca_logic.backend.row_source import render_row
from ca_logic.circuit import Netlist, simulate
from ca_logic.synthesis.row_sharing import fold_rows
from ca_logic.tasks.neighbourhood import require_automaton
from ca_logic.toolchain.library import Library, load_library

_CACHED_BYTES = 640 << 10
"""Boards up to this size are advanced in place, larger ones in tiles; about what the cache of a core holds."""

_TILE_ROWS, _TILE_COLUMNS, _TILE_GENERATIONS = 256, 976, 24
"""With its margins a tile is 1,024 columns wide and takes 0.36 MB; docs/stepping.md has the figures."""

_CELLS_PER_CALL = 1 << 31
"""Cells times generations of one call into C, those left free around them included: 5 ms to half a second of work,
and so long Ctrl-C may have to wait."""

_SLICES_PER_THREAD = 8

_ALIGNMENT = 64
_of_thread = threading.local()

_NUMPY_CELLS_PER_BLOCK = 1 << 17


class Kernel(Protocol):
    """Advances boards."""

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""

    @property
    def num_planes(self) -> int:
        """The number of bits of a cell."""

    def advance(
        self, board: Bands, *, torus: bool, generations: int, threads: int = 1, reference: Cells | None = None
    ) -> Generator[int, None, None]:
        """Advances a board, and yields after each slice of the work how many generations have been done.

        The board is a whole generation then, the one of that number, so whoever has had enough may stop.

        Args:
            board: what to advance.
            torus: whether the edges are joined; if not, everything beyond them is in state 0, always.
            generations: how many at most.
            threads: how many at once, where the kernel and the board allow that.
            reference: cells of such a board; the first generation that equals them is the last.
        """


def compile_kernel(circuit: Netlist, *, flags: tuple[str, ...] = ()) -> "CompiledKernel":
    """Returns the circuit compiled for this machine, from the user's cache if it was compiled before.

    Args:
        circuit: of two-input gates or three-input tables, that reads neighbourhoods.
        flags: for the compiler, such as `-mno-avx512f`; they come last, and so they win.

    Raises:
        CircuitError: if it does not compute cells from their neighbourhoods.
        NoCompilerError: if there is no C compiler.
        ToolchainError: if the compiler fails, with its output.
    """
    require_automaton(circuit)
    generated = {"row.c": render_row(fold_rows(circuit))}
    library = load_library("board", generated=generated, define={"PLANES": str(len(circuit.outputs))}, flags=flags)
    return CompiledKernel(library, len(circuit.outputs))


@dataclass(frozen=True)
class CompiledKernel:
    """A circuit compiled into the kernel of `native/board.c`.

    Attributes:
        library: the loaded library.
        num_planes: the number of bits of a cell.
    """

    library: Library
    num_planes: int

    @property
    def instruction_set(self) -> str:
        """The instruction set that it was compiled for, such as `AVX-512`."""
        name: bytes = self.library.ffi.string(self.library.functions.board_instruction_set())
        return name.decode()

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""
        return f"compiled C ({self.library.compiler.version}, {self.instruction_set})"

    def advance(
        self, board: Bands, *, torus: bool, generations: int, threads: int = 1, reference: Cells | None = None
    ) -> Generator[int, None, None]:
        """Advances the board; the interpreter's lock is released while C is at work."""
        if board.layout.num_planes != self.num_planes:
            raise ValueError(f"a board of {board.layout.num_planes} planes is none for a circuit of {self.num_planes}.")
        if is_tiled(board.layout):
            if reference is None:
                return self._sweep(board, torus, generations, threads)
            return self._sweep_until(board, torus, generations, threads, reference)
        return self._advance_in_place(board, torus, generations, reference)

    def _advance_in_place(
        self, board: Bands, torus: bool, generations: int, reference: Cells | None
    ) -> Generator[int, None, None]:
        layout, shape = board.layout, self._shape(board.layout, torus)
        until = self._pointer(reference) if reference is not None else self.library.ffi.NULL
        # After an odd number of generations the board has to be moved into its place.
        at_once = max(2, _CELLS_PER_CALL // layout.num_bytes // NUM_BANDS & ~1)
        done = 0
        while done < generations:
            asked = min(at_once, generations - done)
            done += self.library.functions.board_advance(self._pointer(board.cells), shape, asked, until)
            yield done
            if reference is not None and board.equals(reference):
                return

    def _sweep_until(
        self, board: Bands, torus: bool, generations: int, threads: int, reference: Cells
    ) -> Generator[int, None, None]:
        for done in range(generations):
            for within in self._sweep(board, torus, 1, threads):
                yield done + within
            if board.equals(reference):
                return

    def _sweep(self, board: Bands, torus: bool, generations: int, threads: int) -> Generator[int, None, None]:
        """Advances tiles by several generations while they are in the cache, from one memory into another one."""
        shape = self._shape(board.layout, torus)
        done = 0
        # A pool is slow to start, and one thread needs none.
        with ThreadPoolExecutor(threads) if threads > 1 else contextlib.nullcontext() as executor:
            while done < generations:
                tiling = self._tiling(board.layout, generations - done)
                sweep = _Sweep(self.library, shape, tiling, board.cells, board.spare())
                for _ in sweep.advance(executor, threads):
                    yield done
                board.swap()
                done += tiling.generations
                yield done

    def _shape(self, layout: BandLayout, torus: bool) -> Any:
        fields = {
            "width": layout.width,
            "rows": layout.rows,
            "pitch": layout.pitch,
            "plane": layout.plane,
            "whole_bands": layout.whole_bands,
            "same_bands": layout.has_same_bands,
            "torus": torus,
        }
        return self.library.ffi.new("board_shape *", fields)

    def _tiling(self, layout: BandLayout, generations: int) -> Any:
        # The margin of a tile is taken from the next band; none reaches further.
        at_once = min(_TILE_GENERATIONS, max(1, layout.rows - 1))
        fields = {
            "rows": min(layout.rows, max(1, _TILE_ROWS // self.num_planes)),
            "columns": _TILE_COLUMNS,
            # Sweeps of like length: a short one at the end would cost nearly as much as a long one.
            "generations": -(-generations // -(-generations // at_once)),
        }
        return self.library.ffi.new("board_tiling *", fields)

    def _pointer(self, cells: Cells) -> Any:
        return _pointer(self.library, cells)


class _Sweep:
    """One pass over a board, which may be cut into slices for several threads."""

    def __init__(self, library: Library, shape: Any, tiling: Any, cells: Cells, successors: Cells) -> None:
        self._library = library
        self._memory = cells, successors
        self._arguments = (_pointer(library, cells), _pointer(library, successors), shape, tiling)
        self._cells_of_tile = tiling.rows * tiling.columns * NUM_BANDS * tiling.generations
        self._num_tiles = library.functions.board_num_tiles(shape, tiling)
        self._scratch_bytes = library.functions.board_scratch_bytes(tiling)

    def advance(self, executor: ThreadPoolExecutor | None, threads: int) -> Iterator[None]:
        """Advances all tiles, and yields after each slice of them."""
        slices = self._slices(threads)
        if executor is None:
            for first, last in slices:
                self._advance_tiles(first, last)
                yield
            return
        futures = [executor.submit(self._advance_tiles, first, last) for first, last in slices]
        try:
            for future in as_completed(futures):
                future.result()
                yield
        finally:
            for future in futures:
                future.cancel()

    def _slices(self, threads: int) -> Iterator[tuple[int, int]]:
        """Returns where to cut the tiles into pieces that are neither too long nor, with several threads, too few."""
        piece = min(_CELLS_PER_CALL // self._cells_of_tile, -(-self._num_tiles // (threads * _SLICES_PER_THREAD)))
        return itertools.pairwise([*range(0, self._num_tiles, max(1, piece)), self._num_tiles])

    def _advance_tiles(self, first: int, last: int) -> None:
        """Advances some tiles; the interpreter's lock is released meanwhile."""
        scratch = _scratch(self._scratch_bytes)
        pointer = self._library.ffi.cast("uint8_t *", scratch.ctypes.data)
        self._library.functions.board_sweep(*self._arguments, first, last, pointer)


@dataclass(frozen=True)
class NumpyKernel:
    """A circuit interpreted by NumPy: slow, and everywhere."""

    circuit: Netlist

    def __post_init__(self) -> None:
        """Checks the circuit."""
        require_automaton(self.circuit)

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""
        return "NumPy"

    @property
    def num_planes(self) -> int:
        """The number of bits of a cell."""
        return len(self.circuit.outputs)

    def advance(
        self,
        board: Bands,
        *,
        torus: bool,
        generations: int,
        threads: int = 1,  # noqa: ARG002
        reference: Cells | None = None,
    ) -> Generator[int, None, None]:
        """Advances the board, with one thread whatever is asked for."""
        for generation in range(generations):
            board.spare()[:] = self._next(board, torus)
            board.swap()
            yield generation + 1
            if reference is not None and board.equals(reference):
                return

    def _next(self, board: Bands, torus: bool) -> UInt8[np.ndarray, "planes rows width"]:
        surrounded = _surrounded(board, torus)
        _, num_rows, width = board.cells.shape
        successors = np.empty_like(board.cells)
        # In blocks, so that all signals of a block stay in the processor's cache.
        block = max(1, _NUMPY_CELLS_PER_BLOCK // NUM_BANDS // width)
        for first in range(0, num_rows, block):
            rows = min(block, num_rows - first)
            inputs = [
                plane[first + dy : first + dy + rows, dx : dx + width].ravel()
                for plane in surrounded
                for dy in range(3)
                for dx in range(3)
            ]
            octets = np.pad(np.stack(inputs), ((0, 0), (0, -rows * width % 8)))
            outputs = simulate(self.circuit, octets.view(np.uint64)).view(np.uint8)
            successors[:, first : first + rows] = outputs[:, : rows * width].reshape(-1, rows, width)
        return successors


def is_tiled(layout: BandLayout) -> bool:
    """Tells whether a board is too large for a processor's cache, and advanced in tiles with a second board."""
    return layout.num_bytes > _CACHED_BYTES


def _surrounded(board: Bands, torus: bool) -> UInt8[np.ndarray, "planes rows+2 width+2"]:
    """Returns the board with the cells around each band: there the rows go on in the band before or after it."""
    layout, cells = board.layout, board.cells
    whole, same = np.uint8(layout.whole_bands), layout.has_same_bands
    # The next row of a band that shares its last one with the band after it is one row further down there.
    above = cells[:, -1] & whole | cells[:, max(layout.rows - 2, 0)] & ~whole
    above = _turned(above, 1, same)
    second = cells[:, min(1, layout.rows - 1)]
    below = _turned(cells[:, 0], NUM_BANDS - 1, same) & whole | _turned(second, NUM_BANDS - 1, same) & ~whole
    if not torus:
        above &= np.uint8(0 if same else 0xFE)
        below &= np.uint8(0 if same else 0x7F)
    rows = np.concatenate([above[:, None], cells, below[:, None]], axis=1)
    return np.pad(rows, ((0, 0), (0, 0), (1, 1)), mode="wrap" if torus else "constant")


def _turned(octets: np.ndarray, left: int, same_bands: bool) -> np.ndarray:
    """Returns bytes with their bits, which are bands, turned to higher ones; nothing changes if all are the same."""
    if same_bands:
        return octets
    turned: np.ndarray = octets << np.uint8(left) | octets >> np.uint8(NUM_BANDS - left)
    return turned


def _pointer(library: Library, cells: Cells) -> Any:
    return library.ffi.cast("uint8_t *", cells.ctypes.data)


def _scratch(num_bytes: int) -> UInt8[np.ndarray, " bytes"]:
    """Returns aligned memory of this thread, which keeps it as long as it lives."""
    memory: np.ndarray | None = getattr(_of_thread, "scratch", None)
    if memory is None or len(memory) < num_bytes + _ALIGNMENT:
        memory = _of_thread.scratch = np.zeros(num_bytes + _ALIGNMENT, dtype=np.uint8)
    return memory[-memory.ctypes.data % _ALIGNMENT :]
