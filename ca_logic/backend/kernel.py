"""Kernels: what advances a packed board. One is compiled C loaded through cffi, the other is NumPy.

A board is one plane for each bit of a cell's state, bit 0 first. A plane is packed 64 cells to a word: cell x of
a row is bit x % 64 of word x // 64.
"""

import atexit
import contextlib
import functools
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from jaxtyping import UInt64

from ca_logic.backend.c_source import function_name, render_c
from ca_logic.backend.toolchain import Compiler, compile_library, find_compiler
from ca_logic.circuit import Circuit, simulate
from ca_logic.errors import OutputError, ToolchainError
from ca_logic.files import cache_path, is_private, make_private_folder
from ca_logic.machine import processor_identity
from ca_logic.resources import resource_folder

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

    The cached file's name holds the hash of all that it depends on and the hash of its content, so that a
    damaged file is noticed and made again.

    Raises:
        NoCompilerError: if there is no C compiler.
        ToolchainError: if the compiler fails, with its output.
    """
    compiler = find_compiler()
    source = render_c(circuit)
    key = _cache_key(source, compiler)
    cache = cache_path("kernels")
    if is_private(cache) and (known := _find_compiled(cache, key, circuit, compiler)):
        return known
    reason: object = "no folder for it can be written to"
    # A home may be read-only, full or mounted noexec: what is compiled must then live elsewhere.
    make_folders: tuple[Callable[[], Path], ...] = (lambda: make_private_folder(cache), _folder_of_process)
    for make_folder in make_folders:
        try:
            folder = make_folder()
            if known := _find_compiled(folder, key, circuit, compiler):
                return known
            library = _compile_into(folder, key, source, circuit, compiler)
            return CompiledKernel(_ffi().dlopen(str(library)), compiler, len(circuit.outputs), cached=False)
        except (OSError, OutputError) as error:
            reason = error
    raise ToolchainError(f"the compiled circuit cannot be loaded: {reason}.")


@dataclass(frozen=True)
class CompiledKernel:
    """A circuit compiled into the kernel of `native/board.c`.

    Attributes:
        library: the loaded library.
        compiler: what compiled it.
        num_planes: the number of bits of a cell.
        cached: whether it had been compiled before.
    """

    library: Any
    compiler: Compiler
    num_planes: int
    cached: bool

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""
        return f"compiled C ({self.compiler.version})"

    def advance(self, board: Planes, *, width: int, torus: bool, generations: int) -> None:
        """Advances the board in place; the interpreter's lock is released meanwhile."""
        if board.dtype != np.uint64 or board.ndim != 3 or not board.flags.c_contiguous:
            raise TypeError("a board is a contiguous three-dimensional array of uint64.")
        if len(board) != self.num_planes:
            raise ValueError(f"a board of {len(board)} planes cannot be stepped by a circuit for {self.num_planes}.")
        if board.size == 0 or board.shape[2] != words_of(width) or generations < 0:
            raise ValueError(f"a board of shape {board.shape} does not hold rows of {width} cells.")
        ffi = _ffi()
        scratch = np.empty(self.library.board_scratch_words(width), dtype=np.uint64)
        self.library.board_advance(
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


def _find_compiled(folder: Path, key: str, circuit: Circuit, compiler: Compiler) -> "CompiledKernel | None":
    """Returns the kernel of that key in the folder, removing what is damaged."""
    for library in sorted(folder.glob(f"{key}-*.so")):
        if library.stem == f"{key}-{_content_hash(library)}":
            with contextlib.suppress(OSError):
                return CompiledKernel(_ffi().dlopen(str(library)), compiler, len(circuit.outputs), cached=True)
        with contextlib.suppress(OSError):
            library.unlink()
    return None


def _compile_into(folder: Path, key: str, source: str, circuit: Circuit, compiler: Compiler) -> Path:
    """Compiles the kernel with the circuit into the folder, under a name that says what it holds."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        (Path(scratch) / "circuit.c").write_text(source, encoding="utf-8")
        fresh = Path(scratch) / "circuit.so"
        kernel_source = resource_folder("native") / "board.c"
        define = {"CIRCUIT": function_name(circuit), "PLANES": str(len(circuit.outputs))}
        compile_library(compiler, kernel_source, fresh, include=Path(scratch), define=define)
        return fresh.replace(folder / f"{key}-{_content_hash(fresh)}.so")


@functools.cache
def _folder_of_process() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ca_logic-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _cache_key(source: str, compiler: Compiler) -> str:
    native = [(resource_folder("native") / name).read_text(encoding="utf-8") for name in ("board.c", "board.h")]
    parts = [source, *native, compiler.version, *compiler.command, *compiler.flags, processor_identity()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _content_hash(library: Path) -> str:
    try:
        return hashlib.sha256(library.read_bytes()).hexdigest()[:32]
    except OSError:
        return "unreadable"


@functools.cache
def _ffi() -> Any:
    import cffi

    ffi = cffi.FFI()
    header = (resource_folder("native") / "board.h").read_text(encoding="utf-8")
    ffi.cdef(re.sub(r"(?m)^#.*$", "", header))
    return ffi
