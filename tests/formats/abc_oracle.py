"""Berkeley's ABC, called for its verdict on files: its own parsers read them, its own solver proves."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ABC = next(filter(None, map(shutil.which, ("berkeley-abc", "abc", "yosys-abc"))), None)

needs_abc = pytest.mark.skipif(
    ABC is None, reason="ABC is not installed (tried berkeley-abc, abc, yosys-abc; Debian's package is berkeley-abc)"
)

File = tuple[str, bytes]
"""The suffix of a file, which tells ABC the format, and its content."""


def are_equivalent(pairs: Sequence[tuple[File, File]]) -> list[bool]:
    """Returns for each pair of files whether one process of ABC proves them equivalent, names matched by order."""
    with tempfile.TemporaryDirectory(prefix="abc-") as folder:
        commands = []
        for number, pair in enumerate(pairs):
            names = [f"{number}{letter}{suffix}" for letter, (suffix, _) in zip("ab", pair, strict=True)]
            for name, (_, content) in zip(names, pair, strict=True):
                (Path(folder) / name).write_bytes(content)
            commands.append(f"cec -n {' '.join(names)}\n")
        (Path(folder) / "script").write_text("".join(commands))
        command = [str(ABC), "-q", "source script"]
        result = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60)
    verdicts = [line for line in result.stdout.splitlines() if line.startswith("Networks are ")]
    assert len(verdicts) == len(pairs), f"ABC did not understand: {result.stdout[:2000]} {result.stderr[:2000]}"
    return [line.startswith("Networks are equivalent") for line in verdicts]
