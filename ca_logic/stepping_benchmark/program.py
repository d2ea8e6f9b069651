"""Runs another's program, which may fail, print anything, or never end; nothing of it is left behind."""

import contextlib
import os
import resource
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ca_logic.stepping_benchmark.peer import PeerError

_SECONDS_TO_LEAVE = 5
_MAX_BYTES_OF_OUTPUT = 1 << 16
_MAX_LENGTH_OF_REASON = 200


@dataclass(frozen=True)
class Run:
    """A program that came to its end.

    Attributes:
        output: the last of what it printed.
        seconds: of a processor, so neither waiting nor other programs count.
    """

    output: str
    seconds: float


def run_program(command: Sequence[str], folder: Path, *, timeout: float) -> Run:
    """Runs a program to its end.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        timeout: in seconds; then the program and all that it started are stopped, as they are by Ctrl-C.

    Raises:
        PeerError: if it cannot be started, does not end in time or ends with a status other than 0.
    """
    with tempfile.TemporaryFile() as output:
        before = _seconds_of_children()
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            raise PeerError(f"{command[0]} cannot be started: {error.strerror}.") from None
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise PeerError(f"did not end within {timeout:g} seconds; choose a smaller --size.") from None
        finally:
            _stop(process)
        seconds = _seconds_of_children() - before
        output.seek(max(0, output.seek(0, os.SEEK_END) - _MAX_BYTES_OF_OUTPUT))
        text = output.read().decode(errors="replace")
    if status:
        lines = [line.strip() for line in text.splitlines() if line.strip()] or ["it printed nothing"]
        raise PeerError(f"ended with status {status}: {lines[-1][:_MAX_LENGTH_OF_REASON]}")
    return Run(text, seconds)


def _seconds_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ends the program, if it is still running, with all that it started: asked first, then forced."""
    if process.returncode is not None:
        return
    with contextlib.suppress(OSError):
        # A compiler that is asked to leave takes its half-written files with it.
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS_TO_LEAVE)
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
