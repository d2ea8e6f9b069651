"""Finds the system's C compiler and compiles one shared library with it."""

import functools
import os
import platform
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ca_logic.errors import ToolchainError

_CANDIDATES = ("cc", "gcc", "clang")
_FLAGS = ("-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=hidden")
_TIMEOUT_SECONDS = 600
_VERSION_TIMEOUT_SECONDS = 20
_MAX_OUTPUT_LINES = 20


class NoCompilerError(ToolchainError):
    """No C compiler at all; everything still runs through NumPy."""


@dataclass(frozen=True)
class Compiler:
    """A C compiler.

    Attributes:
        command: how to call it.
        version: the first line that it prints about itself.
        further_flags: what is added to the usual flags.
    """

    command: tuple[str, ...]
    version: str
    further_flags: tuple[str, ...] = ()

    @property
    def flags(self) -> tuple[str, ...]:
        """Flags for a shared library that runs on this very machine."""
        return (*_FLAGS, *_native_flags(), *self.further_flags)


def find_compiler() -> Compiler:
    """Returns $CC if it is set, else the first of cc, gcc and clang that is there.

    Raises:
        NoCompilerError: if there is none.
        ToolchainError: if $CC is no command line.
    """
    chosen = os.environ.get("CC", "").strip()
    try:
        candidates = [shlex.split(chosen)] if chosen else [[name] for name in _CANDIDATES]
    except ValueError as error:
        raise ToolchainError(f"CC={chosen} is no command line ({error}); unset CC or mend it.") from None
    for words in candidates:
        if path := shutil.which(words[0]):
            command = (path, *words[1:])
            return Compiler(command=command, version=_version_of(command))
    tried = f"CC={chosen} is not there" if chosen else "tried $CC, cc, gcc, clang"
    raise NoCompilerError(
        f"no C compiler found ({tried}); install one, for example with `apt install gcc` on Debian, "
        "`dnf install gcc` on Fedora or `xcode-select --install` on macOS, or set CC."
    )


def compile_library(compiler: Compiler, source: Path, library: Path, *, include: Path, define: dict[str, str]) -> None:
    """Compiles `source` into a shared library.

    Args:
        compiler: what to call.
        source: the C file.
        library: the file to write.
        include: where `#include "..."` looks besides the source's own folder.
        define: macros.

    Raises:
        ToolchainError: with the command and the compiler's output, if it fails.
    """
    macros = [f"-D{name}={value}" for name, value in define.items()]
    command = [*compiler.command, *compiler.flags, *macros, f"-I{include}", str(source), "-o", str(library)]
    try:
        result = _run(command, _TIMEOUT_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolchainError(f"the C compiler could not be run: {error}.") from None
    if result.returncode != 0 or not library.is_file():
        lines = (result.stderr + result.stdout).strip().splitlines() or ["(it printed nothing)"]
        raise ToolchainError(
            f"the C compiler failed with exit status {result.returncode}; set CC to another one.\n"
            f"  command: {shlex.join(command)}\n" + "\n".join(f"  {line}" for line in lines[:_MAX_OUTPUT_LINES])
        )


@functools.cache
def _version_of(command: tuple[str, ...]) -> str:
    try:
        result = _run([*command, "--version"], _VERSION_TIMEOUT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown version"
    return next(iter(result.stdout.splitlines()), "unknown version")


def _native_flags() -> tuple[str, ...]:
    machine = platform.machine().lower()
    if machine in ("x86_64", "amd64", "i686", "i386"):
        return ("-march=native",)
    return ("-mcpu=native",) if machine in ("aarch64", "arm64") else ()


def _run(command: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
    # A compiler may print in the encoding of its locale, whatever that is. In a session of its own a Ctrl-C that is to
    # wait for a safe point does not end it.
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
        start_new_session=True,
    )
