"""How fast a kernel steps: wall time of whole calls on a random torus, median of several."""

import statistics
import time

from ca_logic.backend.kernel import Kernel
from ca_logic.runtime.board import Board

_REPEATS = 5


def cells_per_second(kernel: Kernel, *, side: int = 1024, seconds: float = 0.2) -> float:
    """Returns the median speed over some calls that together take about `seconds`.

    Args:
        kernel: what to measure.
        side: width and height of the board.
        seconds: a wish, not a limit: each call makes at least one generation.
    """
    board = Board(side, side, kernel=kernel)
    board.fill_randomly(0.5, seed=0)
    generations = 1
    # Double until a call takes its share, which also warms caches up.
    while (elapsed := _timed(board, generations)) < seconds / (2 * _REPEATS) and generations < 1 << 20:
        generations *= 2
    generations = max(1, round(generations * seconds / _REPEATS / elapsed))
    return side * side * generations / statistics.median(_timed(board, generations) for _ in range(_REPEATS))


def _timed(board: Board, generations: int) -> float:
    started = time.perf_counter()
    board.advance(generations)
    return time.perf_counter() - started
