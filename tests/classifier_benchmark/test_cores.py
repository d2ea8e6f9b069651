"""Threads are held to cores, those that were there before as well, and let go."""

import os
import threading

import pytest

from ca_logic.classifier_benchmark.cores import can_hold, held_to_cores, require_cores
from ca_logic.errors import UsageError
from ca_logic.machine import available_cores

needs_holding = pytest.mark.skipif(not can_hold(), reason="this system cannot hold threads to cores")


@needs_holding
def test_all_threads_share_a_core_until_the_block_ends() -> None:
    before = os.sched_getaffinity(0)
    go_on, seen = threading.Event(), list[set[int]]()

    def look() -> None:
        go_on.wait()
        seen.append(os.sched_getaffinity(0))

    thread = threading.Thread(target=look)
    thread.start()
    with held_to_cores(1):
        assert len(os.sched_getaffinity(0)) == 1
        go_on.set()
        thread.join()
    assert seen == [{max(before)}]
    assert os.sched_getaffinity(0) == before


@needs_holding
def test_threads_are_let_go_after_an_error() -> None:
    before = os.sched_getaffinity(0)
    with pytest.raises(KeyError), held_to_cores(1):
        raise KeyError
    assert os.sched_getaffinity(0) == before


def test_more_cores_than_there_are_are_refused() -> None:
    require_cores(available_cores())
    with pytest.raises(UsageError, match=r"9999 threads cannot be compared on \d+ cores; choose fewer --threads"):
        require_cores(9999)
