"""Finds Berkeley's ABC, if the user has it, and runs its scripts.

The tool is a comparison and a second opinion, never needed. It crashes at times, and ends with status 0 whatever
happens; so what a script wrote until then is what it achieved, and is to be judged by itself.

Source: Brayton and Mishchenko, "ABC: An Academic Industrial-Strength Verification Tool" (CAV 2010).
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MISSING = (
    "ABC is not installed (tried berkeley-abc, abc); on Debian: apt install berkeley-abc, elsewhere build it from "
    "https://github.com/berkeley-abc/abc."
)

_CANDIDATES = ("berkeley-abc", "abc")
_VERSION_TIMEOUT_SECONDS = 20
_SCRIPT = "script"
# As in the abc.rc that ABC is distributed with. It is not installed everywhere, and `&deepsyn` needs it.
_ALIASES = {
    "resyn2": "balance; rewrite; refactor; balance; rewrite; rewrite -z; balance; refactor -z; rewrite -z; balance",
    "resyn2rs": (
        "balance; resub -K 6; rewrite; resub -K 6 -N 2; refactor; resub -K 8; balance; resub -K 8 -N 2; rewrite; "
        "resub -K 10; rewrite -z; resub -K 10 -N 2; balance; resub -K 12; refactor -z; resub -K 12 -N 2; rewrite -z; "
        "balance"
    ),
    "compress2rs": (
        "balance -l; resub -K 6 -l; rewrite -l; resub -K 6 -N 2 -l; refactor -l; resub -K 8 -l; balance -l; "
        "resub -K 8 -N 2 -l; rewrite -l; resub -K 10 -l; rewrite -z -l; resub -K 10 -N 2 -l; balance -l; "
        "resub -K 12 -l; refactor -z -l; resub -K 12 -N 2 -l; rewrite -z -l; balance -l"
    ),
}


@dataclass(frozen=True)
class Abc:
    """An installed ABC.

    Attributes:
        path: its program.
        version: what it prints about itself.
    """

    path: str
    version: str


@dataclass(frozen=True)
class AbcRun:
    """What one script left.

    Attributes:
        output: what ABC printed.
        files: those that it wrote, by name.
        seconds: wall time, reading and writing included.
        ended: whether it came to its end, rather than to a crash or to its time limit.
    """

    output: str
    files: dict[str, bytes]
    seconds: float
    ended: bool


def find_abc() -> Abc | None:
    """Returns the first of `berkeley-abc` and `abc` that is there and says that it is ABC."""
    for path in filter(None, map(shutil.which, _CANDIDATES)):
        try:
            result = _run([path, "-s", "-q", "version"], None, _VERSION_TIMEOUT_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            continue
        for line in result.stdout.splitlines():
            if "ABC" in line:
                return Abc(path, line.strip())
    return None


def run_abc(abc: Abc, script: Sequence[str], files: Mapping[str, bytes], *, timeout: float) -> AbcRun:
    """Runs a script in a folder of its own.

    Args:
        abc: the tool.
        script: its commands; `resyn2`, `resyn2rs` and `compress2rs` are known.
        files: what the script finds in its folder, by name.
        timeout: in seconds; then ABC is stopped.
    """
    aliases = [f'alias {name} "{commands}"' for name, commands in _ALIASES.items()]
    with tempfile.TemporaryDirectory(prefix="ca_logic-") as name:
        folder = Path(name)
        for file, content in files.items():
            (folder / file).write_bytes(content)
        (folder / _SCRIPT).write_text("\n".join([*aliases, *script, ""]), encoding="utf-8")
        began = time.perf_counter()
        try:
            # With -s nothing is read from an abc.rc that somebody left in the folder above.
            result = _run([abc.path, "-s", "-q", f"source -s {_SCRIPT}"], folder, timeout)
            output, ended = result.stdout, result.returncode == 0 and "** cmd error" not in result.stdout
        except subprocess.TimeoutExpired:
            output, ended = "", False
        except OSError as error:
            output, ended = str(error), False
        seconds = time.perf_counter() - began
        written = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    return AbcRun(output, {file: written[file] for file in written.keys() - {*files, _SCRIPT}}, seconds, ended)


def _run(command: list[str], folder: Path | None, timeout: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=folder,
        timeout=timeout,
        check=False,
    )
