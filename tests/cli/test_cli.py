import os
import subprocess
import sys
from pathlib import Path

import pytest

from ca_logic import __version__
from tests.command_line import call, command, environment, run_command

VERBS = ["learn", "run", "show", "rules", "bench"]

pytestmark = pytest.mark.usefixtures("nothing_learned")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, verb, "--help")
    assert outcome.code == 0
    assert outcome.err == ""
    assert "\nexamples:\n" in outcome.out
    assert f"\n  ca-logic {verb}" in outcome.out


def test_the_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "--help")
    assert outcome.code == 0
    assert "\nexamples:\n" in outcome.out
    assert [verb for verb in VERBS if f"\n    {verb} " not in outcome.out] == []


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version").out == f"ca-logic {__version__}\n"


RULE_ERRORS = [
    (["lif"], "unknown rule 'lif'; did you mean 'life'?"),
    (["hihglife"], "did you mean 'highlife'?"),
    (["zzzzzz"], "list the known ones with: python -m ca_logic rules"),
    ([""], "unknown rule ''"),
    (["B3/S29"], "names 9 neighbours"),
    (["B3/S2x"], "character 6, 'x'"),
    (["23/3/4"], "second slash"),
    (["B3/S23:T5,5"], "topology"),
    (["B3B3"], "has B twice"),
    (["23"], "is no rulestring"),
    (["nowhere.toml"], "cannot read rule file nowhere.toml"),
]

USAGE_ERRORS = [
    ([], "VERB"),
    (["fly"], "invalid choice: 'fly'"),
    (["--fast", "rules"], "--fast"),
    (["run"], "RULE"),
    (["run", "life", "--fast"], "--fast"),
    (["run", "life", "--gen", "3"], "--gen"),
    (["run", "life", "highlife"], "highlife"),
    (["run", "life", "--size", "0x5"], "has no cells; both sides must be at least 1"),
    (["run", "life", "--size", "5x0"], "has no cells"),
    (["run", "life", "--size", "abc"], "'abc' is no size; write it like 640x480"),
    (["run", "life", "--size", "5"], "'5' is no size"),
    (["run", "life", "--size=-5x5"], "'-5x5' is no size"),
    (["run", "life", "--size", "1000000000000x1000000000000"], "GiB"),
    (["run", "life", "--size", "1" * 30 + "x1"], "is no size"),
    (["run", "life", "--generations", "-5"], "'-5' is no whole number of at least 0"),
    (["run", "life", "--generations", "1.5"], "'1.5' is no whole number"),
    (["run", "life", "--generations", "many"], "'many' is no whole number"),
    (["run", "life", "--generations"], "--generations"),
    (["run", "life", "--soup", "1.5"], "'1.5' is no density; it must be a number from 0 to 1"),
    (["run", "life", "--soup", "-0.5"], "is no density"),
    (["run", "life", "--soup", "nan"], "'nan' is no density"),
    (["run", "life", "--soup", "dense"], "'dense' is no density"),
    (["run", "life", "--soup", "0.5", "--pattern", "glider"], "not allowed with"),
    (["run", "life", "--seed", "-1"], "is no whole number"),
    (["run", "life", "--topology", "cube"], "invalid choice: 'cube'"),
    (["run", "life", "--pattern", "acorn", "--size", "5x5"], "choose a larger --size"),
    (["run", "life", "--pattern", "glider", "--size", "2x9"], "choose a larger --size"),
    (["show", "life", "--format", "pdf"], "invalid choice: 'pdf'"),
    (["show"], "RULE"),
    (["rules", "life"], "life"),
    (["learn", "life", "--seed", "x"], "is no whole number"),
    (["learn", "life", "--steps", "0"], "must be at least 1"),
    (["learn", "life", "--attempts", "0"], "must be at least 1"),
    (["bench", "life", "--size", "100x100"], "no multiple of 32"),
    *([[verb, *words], message] for verb in ("run", "show", "learn", "bench") for words, message in RULE_ERRORS),
]


@pytest.mark.parametrize(
    ("arguments", "message"), USAGE_ERRORS, ids=[" ".join(words)[:40] or "nothing" for words, _ in USAGE_ERRORS]
)
def test_what_makes_no_sense_is_one_line_and_exit_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], in_empty_folder: Path
) -> None:
    outcome = call(capsys, *arguments)
    outcome.assert_one_complaint()
    assert message in outcome.err
    assert outcome.code == 2
    assert list(in_empty_folder.iterdir()) == []


PATTERNS = {
    "bad tag.rle": "x = 3, y = 3\nbo$2bq!",
    "zero count.rle": "x = 3, y = 3\nb0o!",
    "lonely count.rle": "x = 3, y = 3\nbo$3",
    "bad header.rle": "x = three\nbo!",
    "empty.rle": "",
    "far away.rle": "#CXRLE Pos=99999999999999999999,0\nx = 1, y = 1\no!",
    "wide header.rle": "x = 99999999999999999999, y = 1\no!",
    "wider header.rle": f"x = {'9' * 5000}, y = 1\no!",
    "old.rle": f"#CXRLE Gen={'9' * 5000}\nx = 1, y = 1\no!",
    "endless.rle": "x = 1, y = 1\n999999999999o!",
}

FAILURES = [
    (
        ["run", "life", "--pattern", "acron"],
        "no pattern 'acron', neither as a name nor as a file; did you mean 'acorn'",
    ),
    (["run", "life", "--pattern", "."], "cannot read pattern ."),
    (["run", "life", "--pattern", ""], "pattern"),
    (["run", "life", "--pattern", "binary.rle"], "binary.rle line 1"),
    (["run", "life", "--out", "."], "cannot write .: Is a directory"),
    (["run", "life", "--out", "missing/out.rle"], "cannot write missing/out.rle"),
    (["run", "life", "--out", "binary.rle/out.rle"], "cannot write binary.rle/out.rle"),
    (["run", "B3/S0123456"], "python -m ca_logic learn B3/S0123456"),
    (["show", "B3/S0123456"], "no circuit has been learned for B3/S0123456 yet"),
    (["learn", "life", "--out", "binary.rle"], "cannot write to folder binary.rle"),
    (["learn", "life", "--out", "binary.rle/below"], "cannot write to folder binary.rle/below"),
    (["learn", "life", "--out", "x" * 300], "cannot write to folder xxx"),
    *([["run", "life", "--pattern", name], name] for name in PATTERNS),
]


@pytest.mark.parametrize(("arguments", "message"), FAILURES, ids=[" ".join(words)[:40] for words, _ in FAILURES])
def test_what_fails_is_one_line_and_no_success(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    in_empty_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, content in PATTERNS.items():
        (in_empty_folder / name).write_text(content, encoding="utf-8")
    (in_empty_folder / "binary.rle").write_bytes(b"\xff\xfe\x00")
    before = sorted(in_empty_folder.iterdir())
    monkeypatch.setattr("ca_logic.pipeline.learn_rule", lambda *_, **__: pytest.fail("the training began"))
    outcome = call(capsys, *arguments)
    outcome.assert_one_complaint()
    assert message in outcome.err
    assert sorted(in_empty_folder.iterdir()) == before


@pytest.fixture
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "working directory"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "life"],
        ["show", "life", "--format", "c"],
        ["rules"],
        ["rules", "--json"],
        ["--help"],
        ["run", "--help"],
    ],
    ids=" ".join,
)
def test_a_reader_that_went_away_is_no_reason_to_complain(arguments: list[str]) -> None:
    reading_end, writing_end = os.pipe()
    os.close(reading_end)
    try:
        done = subprocess.run(
            command(*arguments), stdout=writing_end, stderr=subprocess.PIPE, text=True, check=False, env=environment()
        )
    finally:
        os.close(writing_end)
    assert done.stderr == ""


def test_head_may_cut_the_output_off() -> None:
    shell = f"'{sys.executable}' -m ca_logic show life --format c | head -1"
    outcome = run_command(["sh", "-c", shell])
    assert (outcome.code, outcome.err) == (0, "")
    assert len(outcome.out.splitlines()) == 1


def test_the_module_runs_from_anywhere(tmp_path: Path) -> None:
    outcome = run_command(command("rules"), cwd=tmp_path)
    assert (outcome.code, outcome.err) == (0, "")
    assert "life" in outcome.out


def test_the_exit_code_reaches_the_shell() -> None:
    outcome = run_command(command("show", "lif"))
    outcome.assert_one_complaint()
    assert outcome.code == 2


def test_the_working_directory_need_not_exist(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    shell = f"rmdir '{gone}' && '{sys.executable}' -m ca_logic rules"
    outcome = run_command(["sh", "-c", shell], cwd=gone)
    assert (outcome.code, outcome.err) == (0, "")
