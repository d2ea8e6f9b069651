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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ca_logic.errors import OutputError, ToolchainError
from ca_logic.files import cache_path, is_private, make_private_folder
from ca_logic.machine import processor_identity
from ca_logic.resources import resource_folder
from ca_logic.toolchain.compiler import Compiler, compile_library, find_compiler

_INCLUDED = re.compile(r'(?m)^#include "(.+)"')


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
    files, macros = dict(generated or {}), dict(define or {})

    def compile_in(folder: Path) -> Path:
        for file_name, text in files.items():
            (folder / file_name).write_text(text, encoding="utf-8")
        source, library = resource_folder("native") / f"{name}.c", folder / "library.so"
        compile_library(compiler, source, library, include=folder, define=macros)
        return library

    ingredients = [files, macros, _native_files(name)]
    return load_cached(compiler, native_text(f"{name}.h"), ingredients, compile_in)


def load_cached(
    compiler: Compiler, header: str, ingredients: Sequence[object], compile_in: Callable[[Path], Path]
) -> Library:
    """Returns a library from the user's cache if it was compiled before, else compiles it.

    The cached file's name holds the hash of all that it depends on and the hash of its content, so that a
    damaged file is noticed and made again.

    Args:
        compiler: what compiles it.
        header: declares what it exports.
        ingredients: all that it depends on besides the compiler and this machine, as JSON can hold it.
        compile_in: compiles it in an empty folder, and returns the file.

    Raises:
        ToolchainError: if it cannot be compiled or loaded.
    """
    command = [compiler.version, *compiler.command, *compiler.flags, processor_identity()]
    key = _hash(json.dumps([ingredients, header, command]).encode())
    cached = _Cached(key, compiler, header)
    cache = cache_path("kernels")
    if is_private(cache) and (known := cached.find(cache)):
        return known
    reason: object = "no folder for it can be written to"
    # A home may be read-only, full or mounted noexec: what is compiled must then live elsewhere.
    make_folders: tuple[Callable[[], Path], ...] = (lambda: make_private_folder(cache), _folder_of_process)
    for make_folder in make_folders:
        try:
            folder = make_folder()
            return cached.find(folder) or cached.make(folder, compile_in)
        except (OSError, OutputError) as error:
            reason = error
    raise ToolchainError(f"the compiled library cannot be loaded: {reason}.")


def native_text(file_name: str) -> str:
    """Returns a file of `native/`."""
    return (resource_folder("native") / file_name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class _Cached:
    """A library, wherever it is kept.

    Attributes:
        key: the hash of all that it depends on.
        compiler: what compiles it.
        header: declares what it exports.
    """

    key: str
    compiler: Compiler
    header: str

    def find(self, folder: Path) -> Library | None:
        """Returns it from the folder, removing what is damaged."""
        for path in sorted(folder.glob(f"{self.key}-*.so")):
            if path.stem == f"{self.key}-{_content_hash(path)}":
                with contextlib.suppress(OSError):
                    return self._load(path, cached=True)
            with contextlib.suppress(OSError):
                path.unlink()
        return None

    def make(self, folder: Path, compile_in: Callable[[Path], Path]) -> Library:
        """Compiles it into the folder, under a name that says what the file holds; raises OSError if that fails."""
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            fresh = compile_in(Path(scratch))
            path = fresh.replace(folder / f"{self.key}-{_content_hash(fresh)}.so")
        return self._load(path, cached=False)

    def _load(self, path: Path, *, cached: bool) -> Library:
        ffi = _declarations(self.header)
        return Library(ffi.dlopen(str(path)), ffi, self.compiler, cached)


def _native_files(name: str) -> dict[str, str]:
    """Returns the files of `native/` that a library is made of: its C, and what that includes, however deep."""
    texts: dict[str, str] = {}
    waiting = [f"{name}.c"]
    while waiting:
        file_name = waiting.pop()
        if file_name not in texts and (resource_folder("native") / file_name).is_file():
            texts[file_name] = native_text(file_name)
            waiting += _INCLUDED.findall(texts[file_name])
    return texts


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
        return _hash(library.read_bytes())
    except OSError:
        return "unreadable"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
