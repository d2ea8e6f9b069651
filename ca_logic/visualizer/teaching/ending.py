"""`Ending`: when the process that learns ends because nobody listens any more."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator

_SECONDS_TO_UNWIND = 0.5


class Ending:
    """When to end: as soon as the window is gone, but not within what must not be cut short."""

    def __init__(self) -> None:
        """Lets SIGTERM end the process by an exception, so that what is under way is cleaned up."""
        self._holding = threading.Lock()
        self._is_held = self._is_due = False
        signal.signal(signal.SIGTERM, self._handle)

    def watch(self, descriptor: int) -> None:
        """Ends the process when there is no more to be read."""
        threading.Thread(target=self._watch, args=(descriptor,), name="watch", daemon=True).start()

    @contextlib.contextmanager
    def held_back(self) -> Iterator[None]:
        """Lets the block come to its end first."""
        with self._holding:
            self._is_held = True
            try:
                yield
            finally:
                self._is_held = False
        if self._is_due:
            raise SystemExit

    def _watch(self, descriptor: int) -> None:
        while os.read(descriptor, 1):
            pass
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        time.sleep(_SECONDS_TO_UNWIND)
        # Long in a compiler, or the exception was lost in a callback.
        with self._holding:
            os._exit(1)

    def _handle(self, *_: object) -> None:
        self._is_due = True
        if not self._is_held:
            raise SystemExit
