"""Measures contenders side by side: the same boards, interleaved repetitions, each result compared with NumPy's."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.circuit import Circuit
from ca_logic.errors import BoardError, EquivalenceError
from ca_logic.machine import available_memory
from ca_logic.runtime import Board
from ca_logic.runtime.speed import generations_for, seconds_of
from ca_logic.stepping_benchmark.contenders import Contender, States

GENERATIONS_WITH_TRANSFERS = 100
"""So many generations are made of a board that was taken to the device and is taken back."""

_GENERATIONS_COMPARED = 4
_GENERATIONS_COMPARED_LATER = 48
"""Two sweeps of the compiled circuit; NumPy would take too long, so the contenders are compared with each other."""

_REPEATS = 5
_SECONDS_A_CALL = 0.12
_MAX_SECONDS_A_GENERATION = 1.5
"""A contender that would need longer on a board is not measured on it."""

_PROBE = (512, 512)
"""Larger boards are not tried before this one."""

_BYTES_A_CELL = 8
"""Of soups, references and results, a byte each."""

_CELLS_PER_BLOCK = 1 << 24


@dataclass(frozen=True)
class Timing:
    """How fast a contender steps boards of one size.

    Attributes:
        contender: its name.
        width: of the board.
        height: of the board.
        cells_per_second: median over the repetitions, stepping alone; None if it was not measured.
        cells_per_second_with_transfers: of 100 generations, the way to the device and back included.
        transfer_seconds: this way, once each way.
        generations: one timed call made so many.
        spread: the slowest repetition's time by the fastest one's.
        agrees: whether the board was NumPy's, and later that of the others.
        reason: why it was not measured, or "".
    """

    contender: str
    width: int
    height: int
    cells_per_second: float | None = None
    cells_per_second_with_transfers: float | None = None
    transfer_seconds: float | None = None
    generations: int = 0
    spread: float | None = None
    agrees: bool | None = None
    reason: str = ""


def measure(
    contenders: Sequence[Contender],
    sizes: Iterable[tuple[int, int]],
    *,
    on_progress: Callable[[str], None] = lambda _: None,
) -> list[Timing]:
    """Returns a timing for each size and contender.

    Args:
        contenders: what to compare.
        sizes: (width, height) of the boards, small ones first: what is too slow there is not tried on larger ones.
        on_progress: told what is being done; may raise to stop.

    Raises:
        BoardError: if a board does not fit into memory.
        EquivalenceError: if a contender makes another board than NumPy, and may not.
    """
    timings: list[Timing] = []
    speeds: dict[str, float] = {}
    for width, height in dict.fromkeys(sizes):
        _require_memory(width, height)
        if not speeds and width * height > _PROBE[0] * _PROBE[1]:
            probed = _measure_size(contenders, *_PROBE, {}, on_progress, repeats=1)
            speeds = _speeds_of(probed)
        measured = _measure_size(contenders, width, height, speeds, on_progress)
        speeds |= _speeds_of(measured)
        timings += measured
    return timings


def _speeds_of(timings: Iterable[Timing]) -> dict[str, float]:
    return {timing.contender: timing.cells_per_second for timing in timings if timing.cells_per_second}


def _require_memory(width: int, height: int) -> None:
    needed, available = _BYTES_A_CELL * width * height, available_memory()
    if needed > available:
        raise BoardError(
            f"comparing boards of {width}x{height} cells needs {needed / 2**30:.3g} GiB of memory, but "
            f"{available / 2**30:.3g} GiB are available; choose a smaller --size."
        )


def _measure_size(
    contenders: Sequence[Contender],
    width: int,
    height: int,
    speeds: dict[str, float],
    on_progress: Callable[[str], None],
    *,
    repeats: int = _REPEATS,
) -> list[Timing]:
    judge = _Judge(width, height)
    ready: list[_Run] = []
    timings: dict[str, Timing] = {}
    held = float(_BYTES_A_CELL)
    for contender in contenders:
        on_progress(f"{contender.name} on {width}x{height}: compiling and comparing with NumPy")
        held += contender.bytes_a_cell
        reason = _reason_to_skip(speeds.get(contender.name), width * height, held)
        if not reason:
            try:
                ready.append(_Run(contender, judge, on_progress))
            # A device out of memory raises JAX's own kind of RuntimeError.
            except (BoardError, MemoryError, RuntimeError) as error:
                reason = str(error).splitlines()[0]
        if reason:
            held -= contender.bytes_a_cell
            timings[contender.name] = Timing(contender.name, width, height, reason=reason)
    for repeat in range(repeats):
        on_progress(f"{width}x{height}: round {repeat + 1} of {repeats}")
        for run in ready:
            run.repeat()
    for run in ready:
        on_progress(f"{run.contender.name} on {width}x{height}: comparing with the others")
        timings[run.contender.name] = run.timing(judge)
    return [timings[contender.name] for contender in contenders]


def _reason_to_skip(speed: float | None, num_cells: int, bytes_a_cell: float) -> str:
    if speed is not None and (seconds := num_cells / speed) > _MAX_SECONDS_A_GENERATION:
        return f"a generation would take about {seconds:.0f} s"
    if (needed := bytes_a_cell * num_cells) > (available := available_memory()):
        return f"needs {needed / 2**30:.3g} GiB of memory together with the others, {available / 2**30:.3g} are free"
    return ""


class _Judge:
    """The soups of one size, what NumPy makes of them, and what contenders that are done have made of them."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._soups: dict[int, States] = {}
        self._expected: dict[tuple[Circuit, int], States] = {}

    def soup(self, num_states: int) -> States:
        """Returns a board of which half the cells are dead, and each other state is as frequent as the next."""
        if num_states not in self._soups:
            rng = np.random.default_rng(0)
            states = np.empty((self.height, self.width), dtype=np.uint8)
            rows = max(1, _CELLS_PER_BLOCK // self.width)
            for y in range(0, self.height, rows):
                block = states[y : y + rows]
                block[:] = rng.integers(1, num_states, block.shape, dtype=np.uint8)
                block *= rng.integers(0, 2, block.shape, dtype=np.uint8)
            self._soups[num_states] = states
        return self._soups[num_states]

    def require_agreement(self, contender: Contender, states: States, generations: int) -> bool:
        """Tells whether a board is right: NumPy's, or after many generations that of whoever came first.

        Raises:
            EquivalenceError: if it is not, and the contender may not differ.
        """
        key = contender.circuit, generations
        if key not in self._expected:
            if generations > _GENERATIONS_COMPARED:
                self._expected[key] = states
                return True
            board = Board(self.width, self.height, kernel=NumpyKernel(contender.circuit))
            board.set_states(self.soup(contender.num_states))
            board.advance(generations)
            self._expected[key] = board.states()
        agrees = np.array_equal(states, self._expected[key])
        if not agrees and not contender.may_differ:
            raise EquivalenceError(
                f"{contender.name} makes another board of {self.width}x{self.height} after {generations} generations."
            )
        return agrees


class _Run:
    """A contender with a board, and its times."""

    def __init__(self, contender: Contender, judge: _Judge, on_progress: Callable[[str], None]) -> None:
        self.contender = contender
        self._stepper = contender.make(judge.width, judge.height)
        self._soup = judge.soup(contender.num_states)
        self._agrees = judge.require_agreement(
            contender, self._states_after(_GENERATIONS_COMPARED, on_progress), _GENERATIONS_COMPARED
        )
        self._stepper.put()
        self._generations = generations_for(self._stepper.advance, _SECONDS_A_CALL)
        self._seconds: list[float] = []
        self._transfers: list[float] = []

    def repeat(self) -> None:
        """Measures once more."""
        if self.contender.is_remote:
            started = time.perf_counter()
            self._stepper.get()
            self._stepper.put()
            self._transfers.append(time.perf_counter() - started)
        self._seconds.append(seconds_of(self._stepper.advance, self._generations) / self._generations)

    def timing(self, judge: _Judge) -> Timing:
        """Returns what was measured, after a last look at the board."""
        seconds, transfer = statistics.median(self._seconds), statistics.median(self._transfers or [0.0])
        agrees = self._agrees
        if _GENERATIONS_COMPARED_LATER * seconds < _MAX_SECONDS_A_GENERATION and not self.contender.may_differ:
            later = self._states_after(_GENERATIONS_COMPARED_LATER, lambda _: None)
            agrees &= judge.require_agreement(self.contender, later, _GENERATIONS_COMPARED_LATER)
        num_cells = judge.width * judge.height
        with_transfers = transfer / GENERATIONS_WITH_TRANSFERS + seconds
        return Timing(
            contender=self.contender.name,
            width=judge.width,
            height=judge.height,
            cells_per_second=num_cells / seconds,
            cells_per_second_with_transfers=num_cells / with_transfers,
            transfer_seconds=transfer,
            generations=self._generations,
            spread=max(self._seconds) / min(self._seconds),
            agrees=agrees,
        )

    def _states_after(self, generations: int, on_progress: Callable[[str], None]) -> States:
        self._stepper.load(self._soup)
        self._stepper.put()
        if generations <= _GENERATIONS_COMPARED:
            # One by one, since a generation of a network may take a second.
            for generation in range(generations):
                on_progress(f"{self.contender.name}: generation {generation + 1} of {generations}")
                self._stepper.advance(1)
        else:
            self._stepper.advance(generations)
        self._stepper.get()
        return self._stepper.states()
