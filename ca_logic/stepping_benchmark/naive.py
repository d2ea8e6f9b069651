"""The baseline of all ratios: a circuit gate for gate on 64-bit words, one after the other, in plain C.

Made after the example of the C in slightknack's difflogic, of which it shares the layout and the order of work, not
the text: shifted copies of the whole board, and a call of the circuit for each word.
"""

import platform
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt64

from ca_logic.circuit import Circuit
from ca_logic.errors import CircuitError
from ca_logic.formats.c_source import function_name, render_c
from ca_logic.tasks.neighbourhood import CELLS
from ca_logic.toolchain.library import Library, load_library

_PLAIN_FLAGS = ("-march=x86-64",) if platform.machine().lower() in ("x86_64", "amd64") else ()
"""As plain programs are compiled, for any processor: with the widest vectors gcc makes this loop a fifth slower."""


@dataclass(frozen=True)
class NaiveKernel:
    """A circuit compiled into the kernel of `native/naive.c`.

    Attributes:
        library: the loaded library.
    """

    library: Library

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""
        flags = " ".join(self.library.compiler.flags)
        return f"64-bit words, gate for gate ({self.library.compiler.version}: {flags})"

    def advance(self, words: UInt64[np.ndarray, "height words"], generations: int) -> None:
        """Advances a torus in place, with three more boards of its size in memory.

        Args:
            words: the cells; cell x of a row is bit x % 64 of word x // 64, so the width is a multiple of 64.
            generations: how many, 0 or more.
        """
        if words.dtype != np.uint64 or words.ndim != 2 or not words.flags.c_contiguous:
            raise TypeError("a board is a contiguous two-dimensional array of uint64.")
        if words.size == 0 or generations < 0:
            raise ValueError(f"a board of shape {words.shape} cannot be advanced by {generations} generations.")
        ffi, functions = self.library.ffi, self.library.functions
        height, row_words = words.shape
        scratch = np.empty(functions.naive_scratch_words(words.size), dtype=np.uint64)
        functions.naive_advance(
            ffi.from_buffer("uint64_t[]", words, require_writable=True),
            ffi.from_buffer("uint64_t[]", scratch, require_writable=True),
            row_words,
            height,
            generations,
        )


def compile_naive(circuit: Circuit) -> NaiveKernel:
    """Returns the circuit compiled for this machine as it is, from the user's cache if it was compiled before.

    Raises:
        CircuitError: if it does not compute a cell of two states from the nine of its neighbourhood.
        NoCompilerError: if there is no C compiler.
        ToolchainError: if the compiler fails, with its output.
    """
    if (len(circuit.inputs), len(circuit.outputs)) != (len(CELLS), 1):
        raise CircuitError(
            f"circuit {circuit.name!r} has {len(circuit.inputs)} inputs and {len(circuit.outputs)} outputs, but the "
            f"naive kernel needs {len(CELLS)} and 1: a rule of two states."
        )
    define = {"CIRCUIT": function_name(circuit)}
    generated = {"circuit.c": render_c(circuit)}
    return NaiveKernel(load_library("naive", generated=generated, define=define, flags=_PLAIN_FLAGS))
