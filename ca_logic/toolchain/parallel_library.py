"""A library of many generated translation units, of which as many are compiled at once as there are cores."""

import dataclasses
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ca_logic.machine import available_cores
from ca_logic.toolchain.compiler import compile_library, find_compiler
from ca_logic.toolchain.library import Library, load_cached


def load_parallel_library(units: Mapping[str, str], *, header: str, flags: tuple[str, ...] = ()) -> Library:
    """Returns C compiled for this machine, from the user's cache if it was compiled before.

    Args:
        units: for each translation unit its name and its text.
        header: declarations of what the library exports, without preprocessor lines.
        flags: for the compiler, after those that it always gets.

    Raises:
        NoCompilerError: if there is no C compiler.
        ToolchainError: if the compiler fails, with its output.
    """
    compiler = dataclasses.replace(find_compiler(), further_flags=flags)
    to_object = dataclasses.replace(compiler, further_flags=(*flags, "-c"))

    def compile_in(folder: Path) -> Path:
        def compile_unit(name: str) -> Path:
            source, unit = folder / f"{name}.c", folder / f"{name}.o"
            source.write_text(units[name], encoding="utf-8")
            compile_library(to_object, source, unit, include=folder, define={})
            return unit

        executor = ThreadPoolExecutor(available_cores())
        try:
            objects = list(executor.map(compile_unit, units))
        finally:
            # Whoever leaves early waits for the units at work, and for no others.
            executor.shutdown(cancel_futures=True)
        library = folder / "library.so"
        # What is linked besides the first are flags to the compiler like others.
        linker = dataclasses.replace(compiler, further_flags=tuple(map(str, objects[1:])))
        compile_library(linker, objects[0], library, include=folder, define={})
        return library

    return load_cached(compiler, header, [dict(units)], compile_in)
