"""Kernels: what advances a packed board. One is compiled C loaded through cffi, the other is NumPy.

A board is one plane for each bit of a cell's state, bit 0 first. A plane is packed 64 cells to a word: cell x of
a row is bit x % 64 of word x // 64.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import UInt64

from ca_logic.circuit import Circuit, simulate
from ca_logic.formats.c_source import function_name, render_c
from ca_logic.toolchain.library import Library, load_library

WORD_BITS = 64

Words = UInt64[np.ndarray, "height words"]
Planes = UInt64[np.ndarray, "planes height words"]

_NUMPY_BLOCK_WORDS = 1 << 11


class Kernel(Protocol):
    """Advances a packed board in place."""

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""

    @property
    def num_planes(self) -> int:
        """The number of bits of a cell."""

    def advance(self, board: Planes, *, width: int, torus: bool, generations: int) -> None:
        """Advances `board`, whose bits past the width are 0 and stay 0; not torus means dead beyond the edges."""


def compile_kernel(circuit: Circuit) -> "CompiledKernel":
    """Returns the circuit compiled for this machine, from the user's cache if it was compiled before.

    Raises:
        NoCompilerError: if there is no C compiler.
        ToolchainError: if the compiler fails, with its output.
    """
    define = {"CIRCUIT": function_name(circuit), "PLANES": str(len(circuit.outputs))}
    library = load_library("board", generated={"circuit.c": render_c(circuit)}, define=define)
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
    def description(self) -> str:
        """What runs the circuit, for people."""
        return f"compiled C ({self.library.compiler.version})"

    def advance(self, board: Planes, *, width: int, torus: bool, generations: int) -> None:
        """Advances the board in place; the interpreter's lock is released meanwhile."""
        if board.dtype != np.uint64 or board.ndim != 3 or not board.flags.c_contiguous:
            raise TypeError("a board is a contiguous three-dimensional array of uint64.")
        if len(board) != self.num_planes:
            raise ValueError(f"a board of {len(board)} planes cannot be stepped by a circuit for {self.num_planes}.")
        if board.size == 0 or board.shape[2] != words_of(width) or generations < 0:
            raise ValueError(f"a board of shape {board.shape} does not hold rows of {width} cells.")
        ffi, functions = self.library.ffi, self.library.functions
        scratch = np.empty(functions.board_scratch_words(width), dtype=np.uint64)
        functions.board_advance(
            ffi.from_buffer("uint64_t[]", board, require_writable=True),
            ffi.from_buffer("uint64_t[]", scratch, require_writable=True),
            width,
            board.shape[1],
            int(torus),
            generations,
        )


@dataclass(frozen=True)
class NumpyKernel:
    """A circuit interpreted by NumPy: slow, and everywhere."""

    circuit: Circuit

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""
        return "NumPy (no C compiler)"

    @property
    def num_planes(self) -> int:
        """The number of bits of a cell."""
        return len(self.circuit.outputs)

    def advance(self, board: Planes, *, width: int, torus: bool, generations: int) -> None:
        """Advances the board in place; an interruption before the end leaves it as it was."""
        cells = board
        for _ in range(generations):
            cells = self._next(cells, width, torus)
        board[:] = cells

    def _next(self, board: Planes, width: int, torus: bool) -> Planes:
        _, height, words = board.shape
        centre = np.pad(board, ((0, 0), (1, 1), (0, 0)))
        if torus:
            centre[:, 0], centre[:, -1] = board[:, -1], board[:, 0]
        expanded = [(west, own, east) for own in centre for west, east in [_shifted(own, width, torus)]]
        result = np.empty_like(board)
        # In blocks, so that all signals of a block stay in the processor's cache.
        block = max(1, _NUMPY_BLOCK_WORDS // words)
        for y in range(0, height, block):
            rows = min(block, height - y)
            inputs = [
                plane[y + dy : y + dy + rows].ravel() for planes in expanded for dy in range(3) for plane in planes
            ]
            result[:, y : y + rows] = simulate(self.circuit, np.stack(inputs)).reshape(-1, rows, words)
        if tail := width % WORD_BITS:
            result[:, :, -1] &= np.uint64((1 << tail) - 1)
        return result


def words_of(width: int) -> int:
    """Returns the number of words in a row of so many cells."""
    return -(-width // WORD_BITS)


def _shifted(cells: Words, width: int, torus: bool) -> tuple[Words, Words]:
    """Returns for each cell its west and its east neighbour."""
    one, top = np.uint64(1), np.uint64(WORD_BITS - 1)
    last_bit = np.uint64((width - 1) % WORD_BITS)
    west, east = cells << one, cells >> one
    west[:, 1:] |= cells[:, :-1] >> top
    east[:, :-1] |= cells[:, 1:] << top
    if torus:
        west[:, 0] |= cells[:, -1] >> last_bit & one
        east[:, -1] |= (cells[:, 0] & one) << last_bit
    return west, east
