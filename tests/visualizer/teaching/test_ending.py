import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ca_logic.visualizer.teaching.ending import Ending


@pytest.fixture
def ending() -> Iterator[Ending]:
    usual = signal.getsignal(signal.SIGTERM)
    yield Ending()
    signal.signal(signal.SIGTERM, usual)


def test_the_end_comes_as_an_exception(ending: Ending) -> None:
    with ending.held_back():
        pass
    with pytest.raises(SystemExit):
        signal.raise_signal(signal.SIGTERM)


def test_what_is_held_back_comes_to_its_end_first(ending: Ending) -> None:
    done: list[str] = []

    def work() -> None:
        with ending.held_back():
            signal.raise_signal(signal.SIGTERM)
            done.append("all of it")
        done.append("and no more")

    with pytest.raises(SystemExit):
        work()
    assert done == ["all of it"]


STUBBORN = """
import sys, time
from ca_logic.visualizer.teaching.ending import Ending
Ending().watch(0)
try:
    print("ready", flush=True)
    time.sleep(60)
except SystemExit:
    print("asked", flush=True)
    time.sleep(60)
"""


def test_who_loses_the_exception_is_ended_all_the_same() -> None:
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {STUBBORN}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdin.close()
        assert process.stdout.read() == b"asked\n"
        assert process.wait(10) == 1
