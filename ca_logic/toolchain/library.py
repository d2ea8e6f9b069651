"""Libraries: the C in `native/`, compiled for this machine, kept in the user's cache, loaded through cffi."""

import atexit
import contextlib
import dataclasses
import functools
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ca_logic.errors import OutputError, ToolchainError
from ca_logic.files import cache_path, is_private, make_private_folder
from ca_logic.machine import processor_identity
from ca_logic.resources import resource_folder
from ca_logic.toolchain.compiler import Compiler, compile_library, find_compiler


@dataclass(frozen=True)
class Library:
    """A loaded library.

    Attributes:
        functions: what its header declares.
        ffi: what makes C's types of Python's.
        compiler: what compiled it.
        cached: whether it had been compiled before.
    """

    functions: Any
    ffi: Any
    compiler: Compiler
    cached: bool


def load_library(
    name: str,
    *,
    generated: Mapping[str, str] | None = None,
    define: Mapping[str, str] | None = None,
    flags: tuple[str, ...] = (),
) -> Library:
    """Returns `native/NAME.c` compiled for this machine, from the user's cache if it was compiled before.

    The cached file's name holds the hash of all that it depends on and the hash of its content, so that a
    damaged file is noticed and made again.

    Args:
        name: of the C file and of its header.
        generated: further files that it includes, by name.
        define: macros.
        flags: for the compiler, after those that it always gets.

    Raises:
        NoCompilerError: if there is no C compiler.
        ToolchainError: if the compiler fails, with its output.
    """
    compiler = dataclasses.replace(find_compiler(), further_flags=flags)
    job = _Job(name, dict(generated or {}), dict(define or {}), compiler)
    cache = cache_path("kernels")
    if is_private(cache) and (known := job.find_compiled(cache)):
        return known
    reason: object = "no folder for it can be written to"
    # A home may be read-only, full or mounted noexec: what is compiled must then live elsewhere.
    make_folders: tuple[Callable[[], Path], ...] = (lambda: make_private_folder(cache), _folder_of_process)
    for make_folder in make_folders:
        try:
            folder = make_folder()
            return job.find_compiled(folder) or job.load(job.compile_into(folder), cached=False)
        except (OSError, OutputError) as error:
            reason = error
    raise ToolchainError(f"the compiled library cannot be loaded: {reason}.")


@dataclass(frozen=True)
class _Job:
    """What is to be compiled, and by what."""

    name: str
    generated: dict[str, str]
    define: dict[str, str]
    compiler: Compiler

    @functools.cached_property
    def key(self) -> str:
        """The hash of all that the compiled library depends on."""
        native = [self._native(suffix) for suffix in ("c", "h")]
        command = [self.compiler.version, *self.compiler.command, *self.compiler.flags, processor_identity()]
        parts = [self.generated, self.define, native, command]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def find_compiled(self, folder: Path) -> Library | None:
        """Returns the library of that key in the folder, removing what is damaged."""
        for path in sorted(folder.glob(f"{self.key}-*.so")):
            if path.stem == f"{self.key}-{_content_hash(path)}":
                with contextlib.suppress(OSError):
                    return self.load(path, cached=True)
            with contextlib.suppress(OSError):
                path.unlink()
        return None

    def compile_into(self, folder: Path) -> Path:
        """Compiles into the folder, under a name that says what the file holds."""
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            for file_name, text in self.generated.items():
                (Path(scratch) / file_name).write_text(text, encoding="utf-8")
            fresh = Path(scratch) / "library.so"
            source = resource_folder("native") / f"{self.name}.c"
            compile_library(self.compiler, source, fresh, include=Path(scratch), define=self.define)
            return fresh.replace(folder / f"{self.key}-{_content_hash(fresh)}.so")

    def load(self, path: Path, *, cached: bool) -> Library:
        """Loads the compiled file; raises OSError if that fails."""
        ffi = _declarations(self._native("h"))
        return Library(ffi.dlopen(str(path)), ffi, self.compiler, cached)

    def _native(self, suffix: str) -> str:
        return (resource_folder("native") / f"{self.name}.{suffix}").read_text(encoding="utf-8")


@functools.cache
def _declarations(header: str) -> Any:
    import cffi

    ffi = cffi.FFI()
    ffi.cdef(re.sub(r"(?m)^#.*$", "", header))
    return ffi


@functools.cache
def _folder_of_process() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ca_logic-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _content_hash(library: Path) -> str:
    try:
        return hashlib.sha256(library.read_bytes()).hexdigest()[:32]
    except OSError:
        return "unreadable"
