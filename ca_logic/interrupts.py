"""Ctrl-C that waits for a safe point.

Python raises KeyboardInterrupt between any two instructions: within a generation, after a call into C but
before it was counted, or within one of JAX's garbage-collection callbacks, where it is printed and lost.
"""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType


@contextlib.contextmanager
def deferred_interrupts() -> Iterator[Callable[[], None]]:
    """Holds the first Ctrl-C back until the block ends; the second comes through at once.

    Yields a function that raises KeyboardInterrupt if one is held back, to be called where it is safe.
    Other threads than the main one never see a Ctrl-C, and programs that handle it themselves keep doing so.
    """
    usual = signal.getsignal(signal.SIGINT)
    held = False

    def hold(_signal: int, _frame: FrameType | None) -> None:
        nonlocal held
        held = True
        signal.signal(signal.SIGINT, usual)

    def check() -> None:
        nonlocal held
        if held:
            held = False
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread() or usual is not signal.default_int_handler:
        yield check
        return
    signal.signal(signal.SIGINT, hold)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, usual)
    check()
