"""What takes longer than a frame is done in a thread beside the window; tests do it at once."""

import threading
from collections.abc import Callable

Start = Callable[[Callable[[], None]], None]
"""Starts some work, and returns at once or when it is done."""


def start_thread(work: Callable[[], None]) -> None:
    """Starts some work in a thread that ends with the program at the latest."""
    threading.Thread(target=work, daemon=True).start()
