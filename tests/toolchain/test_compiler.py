import shutil
from pathlib import Path

import cffi
import pytest

from ca_logic.errors import ToolchainError
from ca_logic.toolchain.compiler import Compiler, NoCompilerError, compile_library, find_compiler

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)


def write_program(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def compile_empty_file(compiler: Compiler, folder: Path) -> None:
    source = folder / "empty.c"
    source.touch()
    compile_library(compiler, source, folder / "empty.so", include=folder, define={})


def test_cc_then_gcc_then_clang_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("clang", "gcc", "cc"):
        program = write_program(tmp_path / name, f"echo fake {name} 1.0; echo more")
        assert find_compiler() == Compiler(command=(str(program),), version=f"fake {name} 1.0")


def test_the_variable_cc_comes_first_and_may_hold_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = write_program(tmp_path / "my compiler", 'echo "mine $1 $2"')
    write_program(tmp_path / "cc", "echo other")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CC", f"'{program}' -O1 '-DA=b c'")
    compiler = find_compiler()
    assert compiler.command == (str(program), "-O1", "-DA=b c")
    assert compiler.version == "mine -O1 -DA=b c"


def test_the_variable_cc_may_name_a_program_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = write_program(tmp_path / "tinycc", "echo tiny")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CC", "tinycc")
    assert find_compiler().command == (str(program),)


@pytest.mark.parametrize("value", ["/nowhere/cc", "no-such-compiler -O2"])
def test_a_variable_cc_that_names_nothing_is_said_and_not_passed_over(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path / "gcc", "echo fake")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CC", value)
    with pytest.raises(NoCompilerError, match=f"CC={value} is not there"):
        find_compiler()


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_variable_cc_is_passed_over(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = write_program(tmp_path / "gcc", "echo fake")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CC", value)
    assert find_compiler().command == (str(program),)


def test_a_variable_cc_that_cannot_be_split_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", 'gcc "-O2')
    with pytest.raises(ToolchainError, match=r"CC.*gcc"):
        find_compiler()


def test_without_a_compiler_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoCompilerError, match=r"no C compiler found .*apt install gcc.*dnf install gcc.*xcode-select"):
        find_compiler()


def test_a_compiler_without_a_version_is_usable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", str(write_program(tmp_path / "silent", "exit 1")))
    assert find_compiler().version == "unknown version"


def test_a_version_that_is_no_text_is_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = write_program(tmp_path / "latin", r"printf 'compilateur g\351n\351rique 1.0\n'")
    monkeypatch.setenv("CC", str(program))
    assert find_compiler().version.endswith("rique 1.0")


@needs_compiler
def test_a_library_is_compiled_with_its_macros_and_include_folder(tmp_path: Path) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "part.h").write_text("int answer(void);\n", encoding="utf-8")
    source = tmp_path / "source.c"
    source.write_text(
        '#pragma GCC visibility push(default)\n#include "part.h"\nint answer(void) { return ANSWER; }\n',
        encoding="utf-8",
    )
    library = tmp_path / "library.so"
    compile_library(find_compiler(), source, library, include=tmp_path / "include", define={"ANSWER": "42"})
    ffi = cffi.FFI()
    ffi.cdef("int answer(void);")
    assert ffi.dlopen(str(library)).answer() == 42


@needs_compiler
def test_a_malformed_source_shows_the_compilers_output(tmp_path: Path) -> None:
    source = tmp_path / "source.c"
    source.write_text("int f(void) { return nonsense; }\n", encoding="utf-8")
    with pytest.raises(ToolchainError, match=r"(?s)failed with exit status 1.*command: .*source\.c.*nonsense"):
        compile_library(find_compiler(), source, tmp_path / "library.so", include=tmp_path, define={})


def test_a_compiler_that_fails_silently_is_shown_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "false")
    with pytest.raises(ToolchainError, match=r"(?s)exit status 1; set CC.*command: \S*false .*it printed nothing"):
        compile_empty_file(find_compiler(), tmp_path)


def test_a_compiler_that_fails_is_shown_with_what_it_printed(tmp_path: Path) -> None:
    program = write_program(tmp_path / "broken", "echo to stdout; echo the licence has expired >&2; exit 3")
    with pytest.raises(ToolchainError, match=r"(?s)exit status 3.*broken -O7 .*licence has expired.*to stdout"):
        compile_empty_file(Compiler((str(program), "-O7"), "broken 1"), tmp_path)


def test_a_flood_of_output_is_cut(tmp_path: Path) -> None:
    program = write_program(tmp_path / "loud", 'i=0; while [ $i -lt 500 ]; do echo "line $i"; i=$((i+1)); done; exit 1')
    with pytest.raises(ToolchainError) as caught:
        compile_empty_file(Compiler((str(program),), "loud 1"), tmp_path)
    assert len(str(caught.value).splitlines()) < 30
    assert "line 0" in str(caught.value)


def test_output_that_is_no_text_is_shown_all_the_same(tmp_path: Path) -> None:
    program = write_program(tmp_path / "latin", r"printf 'erreur g\351n\351rale\n' >&2; exit 1")
    with pytest.raises(ToolchainError, match=r"(?s)exit status 1.*erreur g.*rale"):
        compile_empty_file(Compiler((str(program),), "latin 1"), tmp_path)


def test_a_compiler_that_writes_nothing_has_failed(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"(?s)the C compiler failed.*it printed nothing"):
        compile_empty_file(Compiler(("true",), "true 1"), tmp_path)


def test_a_compiler_that_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"could not be run.*vanished"):
        compile_empty_file(Compiler((str(tmp_path / "vanished"),), "vanished 1"), tmp_path)
