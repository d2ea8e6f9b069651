"""Measuring speed: wall time of whole calls, each long enough for the clock, median of several."""

import statistics
import time
from collections.abc import Callable

from ca_logic.backend.kernel import Kernel
from ca_logic.runtime.board import Board

_REPEATS = 5
_MAX_GENERATIONS = 1 << 20


def cells_per_second(kernel: Kernel, *, side: int = 1024, seconds: float = 0.2) -> float:
    """Returns the median speed of a kernel on a random torus, over calls that together take about `seconds`.

    Args:
        kernel: what to measure.
        side: width and height of the board.
        seconds: a wish, not a limit: each call makes at least one generation.
    """
    board = Board(side, side, kernel=kernel)
    board.fill_randomly(0.5, seed=0)
    generations = generations_for(board.advance, seconds / _REPEATS)
    taken = statistics.median(seconds_of(board.advance, generations) for _ in range(_REPEATS))
    return side * side * generations / taken


def generations_for(advance: Callable[[int], object], seconds: float) -> int:
    """Returns how many generations a call must be asked for to take about so many seconds, at least 1.

    The trials also warm caches up.
    """
    generations = 1
    while (taken := seconds_of(advance, generations)) < seconds / 2 and generations < _MAX_GENERATIONS:
        generations *= 2
    return max(1, round(generations * seconds / taken))


def seconds_of(advance: Callable[[int], object], generations: int) -> float:
    """Returns the wall time of one call."""
    started = time.perf_counter()
    advance(generations)
    return time.perf_counter() - started
