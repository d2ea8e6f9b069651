"""Libraries of many translation units: compiled once, found again, and as clear as others when a compiler fails."""

import shutil
from pathlib import Path

import pytest

from ca_logic.errors import ToolchainError
from ca_logic.toolchain import library as library_module
from ca_logic.toolchain.compiler import NoCompilerError
from ca_logic.toolchain.parallel_library import load_parallel_library

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)

HEADER = "int sum(void);"


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "ca_logic" / "kernels"


def units_for(*numbers: int) -> dict[str, str]:
    """Returns a unit for each number, and one whose only function returns their sum."""
    units = {f"unit_{k}": f"int number_{k}(void) {{ return {number}; }}\n" for k, number in enumerate(numbers)}
    prototypes = "".join(f"int number_{k}(void);\n" for k in range(len(numbers)))
    total = " + ".join(["0", *(f"number_{k}()" for k in range(len(numbers)))])
    main = f'__attribute__((visibility("default"))) int sum(void) {{ return {total}; }}\n'
    return {"main": prototypes + main, **units}


@needs_compiler
def test_units_are_compiled_once(empty_cache: Path) -> None:
    first = load_parallel_library(units_for(1, 20, 300), header=HEADER)
    again = load_parallel_library(units_for(1, 20, 300), header=HEADER)
    assert (first.cached, again.cached) == (False, True)
    assert first.functions.sum() == again.functions.sum() == 321
    assert len(list(empty_cache.iterdir())) == 1


@needs_compiler
@pytest.mark.usefixtures("empty_cache")
def test_another_unit_or_flag_is_another_library() -> None:
    assert load_parallel_library(units_for(1), header=HEADER).functions.sum() == 1
    assert load_parallel_library(units_for(2), header=HEADER).functions.sum() == 2
    assert not load_parallel_library(units_for(2), header=HEADER, flags=("-Og",)).cached


@needs_compiler
def test_a_damaged_library_is_compiled_again(empty_cache: Path) -> None:
    load_parallel_library(units_for(5), header=HEADER)
    (library,) = empty_cache.iterdir()
    content = library.read_bytes()
    # A new file: writing into a loaded library would crash this process.
    library.unlink()
    library.write_bytes(content[: len(content) // 2])
    rebuilt = load_parallel_library(units_for(5), header=HEADER)
    assert not rebuilt.cached
    assert rebuilt.functions.sum() == 5
    assert len(list(empty_cache.iterdir())) == 1


@needs_compiler
def test_a_cache_that_cannot_be_written_does_not_matter(empty_cache: Path) -> None:
    empty_cache.parent.mkdir(parents=True)
    empty_cache.write_text("no folder", encoding="utf-8")
    assert load_parallel_library(units_for(7), header=HEADER).functions.sum() == 7


@needs_compiler
def test_a_unit_that_does_not_compile_is_told_and_leaves_nothing(empty_cache: Path) -> None:
    with pytest.raises(ToolchainError, match=r"(?s)the C compiler failed.*unit_1\.c.*mistake"):
        load_parallel_library({**units_for(1), "unit_1": "mistake"}, header=HEADER)
    assert list(empty_cache.iterdir()) == []


@pytest.mark.usefixtures("empty_cache")
def test_no_compiler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "there-is-no-such-compiler")
    with pytest.raises(NoCompilerError, match="install one"):
        load_parallel_library(units_for(1), header=HEADER)


@needs_compiler
def test_no_place_for_a_library_is_told(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_folder() -> Path:
        raise OSError("read-only")

    empty_cache.parent.mkdir(parents=True)
    empty_cache.write_text("no folder", encoding="utf-8")
    monkeypatch.setattr(library_module, "_folder_of_process", no_folder)
    with pytest.raises(ToolchainError, match="the compiled library cannot be loaded: read-only"):
        load_parallel_library(units_for(1), header=HEADER)
