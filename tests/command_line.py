"""Calls the command line as a user does: in this process where possible, in one of its own where it must be."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import ca_logic
from ca_logic.cli import main

TIMEOUT_SECONDS = 60

_SOURCES = str(Path(ca_logic.__file__).parent.parent)


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    def assert_one_complaint(self) -> None:
        """Asserts that the command failed with one line for people, and nothing for programs."""
        assert self.code != 0
        assert self.out == ""
        assert len(self.err.splitlines()) == 1, self.err[-2000:]
        assert self.err.startswith("ca-logic")
        assert "Traceback" not in self.err


def call(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Outcome:
    """Runs the command line in this process."""
    capsys.readouterr()
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    captured = capsys.readouterr()
    return Outcome(code, captured.out, captured.err)


def command(*arguments: str | Path) -> list[str]:
    """Returns what to give to `subprocess` for `python -m ca_logic ...`."""
    return [sys.executable, "-m", "ca_logic", *map(str, arguments)]


def environment(**changes: str) -> dict[str, str]:
    """Returns this process's environment, in which children import the very package under test."""
    return {**os.environ, "PYTHONPATH": _SOURCES, **changes}


def run_command(words: Sequence[str], *, cwd: Path | None = None, **changes: str) -> Outcome:
    """Runs a process of its own to its end."""
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False, cwd=cwd, env=environment(**changes)
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def run_script(script: str, *arguments: str | Path, cwd: Path | None = None) -> Outcome:
    """Runs a Python script in a process of its own; it finds the arguments in `sys.argv[1:]`."""
    return run_command([sys.executable, "-c", script, *map(str, arguments)], cwd=cwd)
