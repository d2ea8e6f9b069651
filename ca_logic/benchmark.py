"""The network on JAX's device against the compiled circuit that was extracted from that very network.

Each contender steps the same board of random cells, its result is compared with NumPy's, and the figure
is the median over interleaved repetitions, compilation left out and waiting for the device included.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ca_logic.backend.kernel import CompiledKernel, Kernel, NumpyKernel
from ca_logic.errors import EquivalenceError
from ca_logic.learning.board_steps import hard_step, soft_step
from ca_logic.pipeline import LearnedRule
from ca_logic.runtime import Board
from ca_logic.runtime.automaton import best_kernel
from ca_logic.runtime.board import require_memory
from ca_logic.runtime.speed import generations_for, seconds_of

_REPEATS = 5
_SECONDS_A_CALL = 0.2
_GENERATIONS_COMPARED = 4
_BYTES_A_CELL = 80
"""What the soft network needs on a device: nine float32 inputs, their copy in blocks, and the boards."""


@dataclass(frozen=True)
class Contender:
    """One row of the table.

    Attributes:
        name: what steps the board.
        where: device or compiler.
        gates: how many are evaluated for each cell.
        generations: a timed call makes so many.
        cells_per_second: median over the repetitions.
        agrees: whether its board equals NumPy's.
    """

    name: str
    where: str
    gates: int
    generations: int
    cells_per_second: float
    agrees: bool


Run = Callable[[int], np.ndarray]
"""Steps the start board so many generations; returns the cells, one a byte, once the device is done."""


def benchmark_rule(
    learned: LearnedRule,
    *,
    width: int,
    height: int,
    on_warning: Callable[[str], None] = lambda _: None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> list[Contender]:
    """Returns soft network, hard network, and compiled circuit, measured side by side on one torus.

    Args:
        learned: gives the network and the circuit.
        width: of the torus, a multiple of 32.
        height: of the torus.
        on_warning: told if there is no C compiler.
        on_progress: told what is being measured.

    Raises:
        EquivalenceError: if the hard network or the circuit steps otherwise than NumPy. The soft network may:
            training stops when the hard one is exact.
    """
    kernel = best_kernel(learned.circuit, on_warning=on_warning)
    cells = np.random.default_rng(0).random((height, width)) < 0.5
    device = learned.training.device
    network_gates, circuit_gates = learned.extracted.num_gates, learned.circuit.num_gates
    compiled = "compiled circuit" if isinstance(kernel, CompiledKernel) else "circuit"
    contenders: list[tuple[str, str, int, Run]] = [
        ("soft network", device, network_gates, _soft_run(learned, cells)),
        ("hard network, packed", device, network_gates, _hard_run(learned, cells)),
        (compiled, f"one core, {kernel.description}", circuit_gates, _kernel_run(kernel, cells)),
    ]
    reference = _kernel_run(NumpyKernel(learned.circuit), cells)(_GENERATIONS_COMPARED)
    generations, agrees = [], []
    for name, _, _, run in contenders:
        on_progress(f"compiling {name}")
        agrees.append(np.array_equal(run(_GENERATIONS_COMPARED), reference))
        generations.append(generations_for(run, _SECONDS_A_CALL))
    for (name, *_), agree in zip(contenders[1:], agrees[1:], strict=True):
        if not agree:
            raise EquivalenceError(f"{name} and NumPy differ after {_GENERATIONS_COMPARED} generations.")
    times: list[list[float]] = [[] for _ in contenders]
    for repeat in range(_REPEATS):
        on_progress(f"measuring, round {repeat + 1} of {_REPEATS}")
        for (_, _, _, run), count, taken in zip(contenders, generations, times, strict=True):
            taken.append(seconds_of(run, count))
    return [
        Contender(name, where, gates, count, width * height * count / statistics.median(taken), agree)
        for (name, where, gates, _), count, taken, agree in zip(contenders, generations, times, agrees, strict=True)
    ]


def require_network_memory(width: int, height: int) -> None:
    """Makes sure, before anything is learned, that the network's board fits into memory.

    Raises:
        BoardError: if it does not.
    """
    require_memory(width, height, width * height * _BYTES_A_CELL)


def _soft_run(learned: LearnedRule, cells: np.ndarray) -> Run:
    step = soft_step(learned.training.network)
    return lambda generations: np.asarray(step(cells, generations))


def _hard_run(learned: LearnedRule, cells: np.ndarray) -> Run:
    step = hard_step(learned.training.network)
    words = np.packbits(cells, axis=1, bitorder="little").view("<u4")

    def run(generations: int) -> np.ndarray:
        result = np.asarray(step(words, generations)).astype("<u4")
        return np.unpackbits(result.view(np.uint8), axis=1, bitorder="little").astype(bool)

    return run


def _kernel_run(kernel: Kernel, cells: np.ndarray) -> Run:
    height, width = cells.shape

    def run(generations: int) -> np.ndarray:
        board = Board(width, height, kernel=kernel)
        board.set_cells(cells)
        board.advance(generations)
        return board.cells()

    return run
