import os
from pathlib import Path

import pytest

from ca_logic.toolchain.berkeley_abc import MISSING, Abc, find_abc, run_abc

needs_abc = pytest.mark.skipif(find_abc() is None, reason=MISSING)


def program(folder: Path, name: str, *lines: str) -> Abc:
    """Returns a shell script in place of ABC."""
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return Abc(str(path), "a script")


def test_nothing_is_found_where_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_abc() is None


def test_another_program_of_that_name_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    program(tmp_path, "berkeley-abc", "echo an alphabet")
    abc = program(tmp_path, "abc", "echo")
    assert find_abc() is None
    program(tmp_path, "abc", "echo; echo ' UC Berkeley, ABC 9'")
    assert find_abc() == Abc(abc.path, "UC Berkeley, ABC 9")


def test_what_was_written_before_a_crash_is_there(tmp_path: Path) -> None:
    abc = program(tmp_path, "abc", "echo said", "cat given > written", "kill -SEGV $$")
    run = run_abc(abc, ["quit"], {"given": b"content"}, timeout=20)
    assert (run.output, run.files, run.ended) == ("said\n", {"written": b"content"}, False)


def test_a_script_that_goes_on_too_long_is_stopped(tmp_path: Path) -> None:
    abc = program(tmp_path, "abc", "echo early > written", "exec sleep 60")
    run = run_abc(abc, ["quit"], {}, timeout=0.5)
    assert (run.files, run.ended) == ({"written": b"early\n"}, False)
    assert run.seconds < 30


def test_a_program_that_is_gone_is_no_error(tmp_path: Path) -> None:
    run = run_abc(Abc(str(tmp_path / "abc"), ""), ["quit"], {}, timeout=20)
    assert (run.files, run.ended) == ({}, False)


BUFFER = b".model m\n.inputs a\n.outputs y\n.names a y\n1 1\n.end\n"


@needs_abc
def test_abc_knows_its_aliases() -> None:
    abc = find_abc()
    assert abc is not None
    commands = ["read_blif in.blif", "strash", "resyn2", "resyn2rs", "compress2rs", "write_blif out.blif"]
    run = run_abc(abc, commands, {"in.blif": BUFFER}, timeout=60)
    assert run.ended, run.output
    assert b".names a y" in run.files["out.blif"]
    assert run.files.keys() == {"out.blif"}


@needs_abc
def test_a_command_that_abc_does_not_know_is_no_end() -> None:
    abc = find_abc()
    assert abc is not None
    run = run_abc(abc, ["read_blif in.blif", "nonsense", "write_blif out.blif"], {"in.blif": BUFFER}, timeout=60)
    assert (run.files, run.ended) == ({}, False)
    assert "nonsense" in run.output
