"""Libraries of `native/`: compiled once, found again, and never trusted blindly."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from ca_logic.errors import ToolchainError
from ca_logic.toolchain import compiler as compiler_module
from ca_logic.toolchain import library as library_module
from ca_logic.toolchain.compiler import NoCompilerError
from ca_logic.toolchain.library import Library, load_library

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # Quick to compile; the flags are part of what is looked up.
    monkeypatch.setattr(compiler_module, "_FLAGS", ("-std=c11", "-O0", "-fPIC", "-shared", "-fvisibility=hidden"))
    return tmp_path / "cache" / "ca_logic" / "kernels"


@pytest.fixture
def answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of native code whose only function returns what a generated file, or a macro, says."""
    folder = tmp_path / "native"
    folder.mkdir()
    (folder / "answer.h").write_text("/* Nothing\n * more. */\nint answer(void);\n", encoding="utf-8")
    (folder / "answer.c").write_text(
        '#pragma GCC visibility push(default)\n#include "answer.h"\n#ifndef ANSWER\n#include "generated.h"\n#endif\n'
        "int answer(void) { return ANSWER; }\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(library_module, "resource_folder", lambda name: tmp_path / name)
    return folder


def assert_works(library: Library) -> None:
    """Lets annealing hold a search without a circuit."""
    zeros = library.ffi.new("uint64_t[8]")
    search = library.functions.annealing_new(2, 1, 1, 1, 0, zeros, zeros, 0)
    assert library.functions.annealing_best_size(search) == 0
    library.functions.annealing_free(search)
    library.functions.annealing_free(library.ffi.NULL)


@needs_compiler
def test_annealing_is_compiled_once(empty_cache: Path) -> None:
    first = load_library("annealing")
    assert not first.cached
    assert_works(first)
    again = load_library("annealing")
    assert again.cached
    assert again.compiler == first.compiler
    assert_works(again)
    assert len(list(empty_cache.iterdir())) == 1


@needs_compiler
def test_a_damaged_library_is_compiled_again(empty_cache: Path) -> None:
    load_library("annealing")
    (library,) = empty_cache.iterdir()
    content = library.read_bytes()
    # A new file: writing into a loaded library would crash this process.
    library.unlink()
    library.write_bytes(content[: len(content) // 2])
    rebuilt = load_library("annealing")
    assert not rebuilt.cached
    assert_works(rebuilt)
    assert load_library("annealing").cached
    assert len(list(empty_cache.iterdir())) == 1


@needs_compiler
def test_a_cache_that_cannot_be_written_does_not_matter(empty_cache: Path) -> None:
    empty_cache.parent.mkdir(parents=True)
    empty_cache.write_text("in the way", encoding="utf-8")
    assert_works(load_library("annealing"))
    assert empty_cache.read_text(encoding="utf-8") == "in the way"


def answer_of(**options: Any) -> tuple[int, bool]:
    """Returns what the library says, and whether it was there before."""
    library = load_library("answer", **options)
    return library.functions.answer(), library.cached


@needs_compiler
@pytest.mark.usefixtures("empty_cache", "answering")
def test_generated_files_and_macros_are_part_of_what_is_looked_up() -> None:
    assert answer_of(generated={"generated.h": "#define ANSWER 1\n"}) == (1, False)
    assert answer_of(generated={"generated.h": "#define ANSWER 2\n"}) == (2, False)
    assert answer_of(generated={"generated.h": "#define ANSWER 1\n"}) == (1, True)
    assert answer_of(define={"ANSWER": "1"}) == (1, False)
    assert answer_of(define={"ANSWER": "3"}) == (3, False)
    assert answer_of(define={"ANSWER": "3"}) == (3, True)


@needs_compiler
@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("suffix", ["c", "h"])
def test_the_source_and_the_header_are_part_of_what_is_looked_up(suffix: str, answering: Path) -> None:
    assert answer_of(define={"ANSWER": "1"}) == (1, False)
    with (answering / f"answer.{suffix}").open("a", encoding="utf-8") as file:
        file.write("/* changed */\n")
    assert answer_of(define={"ANSWER": "1"}) == (1, False)


@needs_compiler
@pytest.mark.usefixtures("answering")
def test_flags_are_part_of_what_is_looked_up(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer_of(define={"ANSWER": "1"}) == (1, False)
    monkeypatch.setattr(compiler_module, "_native_flags", lambda: ("-DUNUSED",))
    assert answer_of(define={"ANSWER": "1"}) == (1, False)
    assert len(list(empty_cache.iterdir())) == 2


@needs_compiler
@pytest.mark.usefixtures("answering")
def test_a_source_that_does_not_compile_leaves_nothing(empty_cache: Path) -> None:
    with pytest.raises(ToolchainError, match=r"(?s)failed with exit status 1.*generated\.h"):
        load_library("answer")
    assert not list(empty_cache.iterdir())


def test_without_a_compiler_there_is_no_library(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoCompilerError, match="no C compiler found"):
        load_library("annealing")
    assert not empty_cache.exists()
