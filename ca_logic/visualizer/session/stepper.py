"""`Stepper`: a thread that advances a board beside the window, so that nobody who uses it waits.

The compiled kernel needs no interpreter while it is at work, so both go on at once. The thread works in chunks, short
ones where the board allows that, and between two of them whoever asks for the board gets it before the thread does.
"""

import atexit
import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator

from ca_logic.runtime.board import Board

_CHUNK_SECONDS = 0.004

_LARGE_BYTES = 1 << 24
_LARGE_CHUNK_SECONDS = 0.25
_LARGE_CHUNK_GENERATIONS = 24
"""Of a board of more bytes one generation alone takes longer than a chunk may, and several at once are far cheaper."""

_SMOOTHING_SECONDS = 0.5


class Stepper:
    """Advances a board as far as it is told to.

    All methods are for one thread, the window's. What goes wrong while advancing is raised by the next one called.

    Attributes:
        seconds_per_generation: how long a generation took lately, while the thread was at work; 0 if not known yet.
        generations_per_second: how many were made lately, with the pauses between them.
    """

    def __init__(self, board: Board, *, clock: Callable[[], float] = time.perf_counter) -> None:
        """Starts the thread, which waits until it is told to advance.

        Args:
            board: what is advanced; nobody else may touch it without `hold`.
            clock: tells the time in seconds.
        """
        self.seconds_per_generation = self.generations_per_second = 0.0
        self._board = board
        self._clock = clock
        self._granted = 0
        self._chunk = 1
        self._since: float | None = None
        self._is_advancing = self._is_stopping = False
        self._num_held = self._num_waiting = 0
        self._fault: BaseException | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="ca_logic stepper", daemon=True)
        # An interpreter that ends would take the board away from a thread that is at work on it.
        atexit.register(self._end)
        self._thread.start()

    def __enter__(self) -> "Stepper":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    @property
    def board(self) -> Board:
        """What is advanced; another board may be put in its place by who holds this one."""
        return self._board

    @board.setter
    def board(self, board: Board) -> None:
        assert self._num_held, "a board is replaced by who holds it"
        self._board = board
        self._chunk, self.seconds_per_generation = 1, 0.0

    @property
    def generation(self) -> int:
        """How often the board was advanced so far; to be read at any time."""
        return self._board.generation

    @property
    def cells_per_second(self) -> float:
        """How many cells were advanced by a generation lately, in each second."""
        return self.generations_per_second * self._board.width * self._board.height

    @property
    def is_idle(self) -> bool:
        """Whether all that was granted has been done."""
        with self._changed:
            self._raise_fault()
            return not self._granted and not self._is_advancing

    def grant(self, generations: int) -> None:
        """Lets the board be advanced by so many generations, soon.

        To be called once a frame while the board runs, even with 0. Of what earlier frames asked for and is not done
        yet, no more is left over than this frame asks for, or one generation; so a machine that is too slow has no
        arrears.
        """
        with self._changed:
            self._raise_fault()
            if self._since is None:
                self._since = self._clock()
            self._granted = min(self._granted, max(1, generations)) + generations
            self._changed.notify_all()

    def pause(self) -> None:
        """Takes back what has been granted; the chunk at hand is finished."""
        with self._changed:
            self._raise_fault()
            self._granted = 0
            self._since = None
            self.generations_per_second = 0.0

    @contextlib.contextmanager
    def hold(self, timeout: float | None = None) -> Iterator[bool]:
        """Keeps the board as it is, for who draws or edits it; it may be held within a hold.

        Args:
            timeout: for how many seconds to wait for the board at most; by default until it can be had.

        Yields:
            Whether it can be had; if not, it must be left alone.
        """
        with self._changed:
            self._raise_fault()
            # While somebody waits, no chunk begins.
            self._num_waiting += 1
            try:
                is_held = self._changed.wait_for(lambda: not self._is_advancing, timeout)
            finally:
                self._num_waiting -= 1
                self._changed.notify_all()
            self._raise_fault()
            self._num_held += is_held
        try:
            yield is_held
        finally:
            with self._changed:
                self._num_held -= is_held
                self._changed.notify_all()

    def stop(self) -> None:
        """Ends the thread, within a chunk."""
        self._end()
        self._raise_fault()

    def _end(self) -> None:
        atexit.unregister(self._end)
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        self._thread.join()

    def _raise_fault(self) -> None:
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault

    def _may_advance(self) -> bool:
        return self._is_stopping or (self._granted > 0 and not self._num_waiting and not self._num_held)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._may_advance)
                if self._is_stopping:
                    return
                generations = min(self._granted, self._chunk)
                self._granted -= generations
                self._is_advancing = True
            started = self._clock()
            fault: BaseException | None = None
            try:
                self._board.advance(generations)
            except BaseException as error:
                fault = error
            with self._changed:
                self._is_advancing = False
                if fault is None:
                    self._measure(generations, started, self._clock())
                else:
                    self._granted, self._fault = 0, fault
                self._changed.notify_all()

    def _measure(self, generations: int, started: float, ended: float) -> None:
        seconds = max(ended - started, 1e-9)
        known, taken = self.seconds_per_generation, seconds / generations
        self.seconds_per_generation = (known + taken) / 2 if known else taken
        self._chunk = self._next_chunk(generations, seconds)
        if self._since is not None:
            elapsed = max(ended - self._since, 1e-9)
            share = -math.expm1(-elapsed / _SMOOTHING_SECONDS)
            self.generations_per_second += share * (generations / elapsed - self.generations_per_second)
            self._since = ended

    def _next_chunk(self, generations: int, seconds: float) -> int:
        """Returns how many generations to make at once, after one chunk of some took so long."""
        if self._board.bands.layout.num_bytes <= _LARGE_BYTES:
            # Single generations cost more each than many at once, and the first ones more than all others.
            return max(1, min(int(_CHUNK_SECONDS * generations / seconds), 2 * max(generations, self._chunk)))
        if seconds > _LARGE_CHUNK_SECONDS:
            return max(1, generations // 2)
        is_short = generations == self._chunk and seconds < _LARGE_CHUNK_SECONDS / 2
        return min(2 * self._chunk, _LARGE_CHUNK_GENERATIONS) if is_short else self._chunk
