"""Holding this process to few cores, so that what uses all of them can be compared with what uses one."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ca_logic.errors import UsageError
from ca_logic.machine import available_cores

_THREADS = Path("/proc/self/task")


@contextlib.contextmanager
def held_to_cores(num_cores: int) -> Iterator[None]:
    """Lets all threads of this process share so many cores until the block ends; see `can_hold`.

    That is for XLA, which cannot be told to use fewer threads once it has begun.
    """
    if not can_hold():
        yield
        return
    allowed = os.sched_getaffinity(0)
    _hold(sorted(allowed)[-num_cores:])
    try:
        yield
    finally:
        _hold(allowed)


def can_hold() -> bool:
    """Returns whether the system can hold threads to cores; where it cannot, they run where they like."""
    return hasattr(os, "sched_setaffinity") and _THREADS.is_dir()


def require_cores(num_cores: int) -> None:
    """Makes sure that this process may run on so many cores.

    Raises:
        UsageError: if not.
    """
    if num_cores > available_cores():
        raise UsageError(
            f"{num_cores} threads cannot be compared on {available_cores()} cores; choose fewer --threads."
        )


def describe_cores(num_cores: int) -> str:
    """Returns a number of cores for people."""
    return f"{num_cores} core{'s' if num_cores > 1 else ''}"


def _hold(cores: Iterable[int]) -> None:
    for thread in _THREADS.iterdir():
        # It may have ended since.
        with contextlib.suppress(OSError):
            os.sched_setaffinity(int(thread.name), cores)
