import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic import __version__
from ca_logic.cli import build_parser, main
from ca_logic.cli.arguments import parse_seeds
from ca_logic.cli.learn_data import names_data
from ca_logic.study import select_rules
from ca_logic.tasks import load_rule
from ca_logic.tasks.rule import MAX_LEARNED_STATES
from tests.command_line import call, command, environment, run_command

VERBS = [
    "learn",
    "run",
    "record",
    "evaluate",
    "predict",
    "show",
    "optimize",
    "convert",
    "equivalent",
    "rules",
    "study",
    "bench",
]

LONGEST_COMPLAINT = 400

pytestmark = pytest.mark.usefixtures("nothing_learned")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, verb, "--help")
    assert outcome.code == 0
    assert outcome.err == ""
    assert "\nexamples:\n" in outcome.out
    assert f"\n  ca-logic {verb}" in outcome.out


@pytest.mark.parametrize("words", [[], *([verb] for verb in VERBS)], ids=lambda words: " ".join(words) or "ca-logic")
def test_help_fits_into_120_columns(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    lines = call(capsys, *words, "--help").out.splitlines()
    assert [line for line in lines if len(line) > 120] == []


def is_no_rule(word: str) -> bool:
    """Tells whether a word of an example is a benchmark or a model."""
    return word in ("peers", "synthesis", "training") or word.endswith(".logic")


@pytest.mark.parametrize("verb", VERBS)
def test_the_examples_are_commands_that_are_understood(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = call(capsys, verb, "--help").out
    examples = re.findall(r"^  ca-logic (.*?)(?:   .*| [|>] .*)?$", text, re.MULTILINE)
    assert examples
    for example in examples:
        args = build_parser().parse_args(shlex.split(example))
        assert example.split()[0] == verb
        if verb in ("optimize", "convert", "equivalent", "evaluate", "predict"):
            continue
        if verb == "study":
            rules = (
                [] if hasattr(args, "datasets") and args.datasets else [rule for _, rule in select_rules(args.rules)]
            )
        else:
            of_verb = {"learn": "rules", "rules": "rules", "bench": "subject"}
            named = getattr(args, of_verb.get(verb, "rule"))
            words = [named] if isinstance(named, str) else named
            rules = [load_rule(word) for word in words if not names_data(word) and not is_no_rule(word)]
        assert all(rule.num_states <= MAX_LEARNED_STATES for rule in rules)


def test_the_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "--help")
    assert outcome.code == 0
    assert "\nexamples:\n" in outcome.out
    assert [verb for verb in VERBS if not re.search(rf"\n    {verb}\s", outcome.out)] == []


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version").out == f"ca-logic {__version__}\n"


RULE_ERRORS = [
    (["lif"], "unknown rule 'lif'; did you mean 'life'?"),
    (["hihglife"], "did you mean 'highlife'?"),
    (["zzzzzz"], "list the known ones with: python -m ca_logic rules"),
    ([""], "an empty rulestring; write births and survivals"),
    (["B3/S29"], "names 9 neighbours"),
    (["B9/S"], "names 9 neighbours"),
    (["B7/S2H"], "character 2, '7', is more than the 6 neighbours of the hexagonal neighbourhood"),
    (["B5/S1V"], "character 2, '5', is more than the 4 neighbours of the von Neumann neighbourhood"),
    (["B3/S2x"], "character 6, 'x'"),
    (["B2z/S"], "'z' is no letter of 2 neighbours"),
    (["B3/S23/4/5"], "one slash too many"),
    (["345/2/1"], "a Generations rule has 2 to 256 states"),
    (["B0/S/3"], "births from nothing"),
    (["MAPabc"], "MAP is followed by 3 characters of base64"),
    (["W31"], "the number of an elementary rule is even"),
    (["B3/S23:Q5,5"], "begins with no topology"),
    (["B3B3"], "is a second B"),
    (["23"], "is no rulestring"),
    (["z" * 480], "unknown rule"),
    (["!" * 500], "unknown rule"),
    (["B3/S23:T" + "5" * 400 + "x"], "character"),
    (["B" + "3" * 600], "the limit is 500"),
    (["z" * 5000], "a rulestring of 5000 characters"),
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
    (["run", "B3/S23:K30,20"], "a grid 'K30,20*' is not possible"),
    (["run", "B3/S23:C30,20"], "is not possible"),
    (["run", "B3/S23:S30"], "is not possible"),
    (["run", "B3/S23:T30+1,20"], "a grid 'T30+1,20' is not possible"),
    (["run", "B3/S23:T30,0"], "choose by --size and --topology"),
    (["run", "B3/S23:K30,20", "--size", "30x20"], "is not possible"),
    (["run", "B3/S23:K30,20", "--topology", "torus"], "is not possible"),
    (["record", "B3/S23:S30", "--out", "frames.npy"], "is not possible"),
    (["record", "life"], "--out"),
    (["record", "life", "--out", "film.gif", "--format", "png"], "film.gif ends in .gif, but --format says png"),
    (["record", "life", "--out", "film.npy", "--format", "gif"], "film.npy ends in .npy, but --format says gif"),
    (["record", "life", "--out", "film", "--format", "bmp"], "invalid choice: 'bmp'"),
    (["record", "life", "--out", "film.npy", "--frames", "0"], "must be at least 1"),
    (["record", "life", "--out", "film.npy", "--noise", "2"], "'2' is no density"),
    (["record", "life", "--out", "film.npy", "--skip", "-1"], "is no whole number"),
    (["record", "life", "--out", "film", "--format", "gif"], "needs a name that ends in .gif, not film"),
    (["study", "--seeds", "0"], "must be at least 1"),
    (["study", "--seeds", "5..3"], "'5..3' are 0 seeds"),
    (["study", "--seeds", "few"], "'few' is no whole number"),
    (["study", "--rules"], "--rules"),
    (["study", "--rules", "random:0"], "random:0 names no rule"),
    (["study", "--rules", "345/2/9"], "345/2/9 has 9 states; rules of up to 8 are learned"),
    (["study", "--rules", "randon:5"], "unknown rule 'randon:5'"),
    (["learn"], "name a rule to learn, such as life, or frames to learn from: --frames FILE"),
    (["learn", "--topology", "torus"], "name a rule"),
    (["learn", "life", "--topology", "torus"], "name these by --frames"),
    (["learn", "life", "--unseen", "isotropic"], "name these by --frames"),
    (["learn", "life", "--invert"], "name these by --frames"),
    (["learn", "life", "--cell-size", "2"], "name these by --frames"),
    (["learn", "--frames", "film.gif", "--cell-size", "0"], "must be at least 1"),
    (["learn", "life", "--frames", "film.npy"], "leave out RULE"),
    (["learn", "--frames", "film.npy", "--seeds", "0..2"], "leave out RULE, --seeds"),
    (["learn", "--frames", "film.npy", "--small"], "and --small"),
    (["learn", "--frames"], "--frames"),
    (["learn", "--frames", "film.npy", "--unseen", "magic"], "invalid choice: 'magic'"),
    (["learn", "--frames", "film.npy", "--topology", "cube"], "invalid choice: 'cube'"),
    (["learn", "life", "--small", "--seeds", "0..2"], "leave out --seeds"),
    (["learn", "life", "--seed", "1", "--seeds", "0..2"], "not allowed with"),
    (["learn", "life", "--seeds", "5..3"], "'5..3' are 0 seeds"),
    (["learn", "life", "--seeds", "0..100000"], "'0..100000' are 100001 seeds"),
    (["learn", "life", "--seeds", "0..999999999999999999"], "there must be 1 to 100000"),
    (["learn", "life", "--seeds", "few"], "'few' names no seeds; write them like 0..19"),
    (["learn", "life", "--seeds", "0.."], "'0..' names no seeds"),
    (["learn", "life", "--seeds", "0,1"], "'0,1' names no seeds"),
    (["learn", "life", "--seeds=-1..3"], "'-1..3' names no seeds"),
    (["learn", "life", "--seeds", "1" * 30], "names no seeds"),
    (["learn", "life", "lif"], "did you mean 'life'?"),
    (["learn", "life", "B3/S29", "--seeds", "0..2"], "names 9 neighbours"),
    (["learn", "life", "--seed", "x"], "is no whole number"),
    (["learn", "life", "--steps", "0"], "must be at least 1"),
    (["learn", "life", "--attempts", "0"], "must be at least 1"),
    (["bench", "life", "--size", "100x100"], "no multiple of 64"),
    # All verbs read rules by the same function; two of them show that it serves for all faults.
    *([[verb, *words], message] for verb in ("learn", "rules") for words, message in RULE_ERRORS),
    *(
        [[*verb, *words], message]
        for verb in (["run"], ["show"], ["bench"], ["record", "--out", "film.npy"], ["study", "--rules"])
        for words, message in RULE_ERRORS[:6]
    ),
]


@pytest.mark.parametrize(
    ("arguments", "message"), USAGE_ERRORS, ids=[" ".join(words)[:40] or "nothing" for words, _ in USAGE_ERRORS]
)
def test_what_makes_no_sense_is_one_line_and_exit_2(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    in_empty_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("pipeline", "study"):
        monkeypatch.setattr(f"ca_logic.{module}.learn_rule", lambda *_, **__: pytest.fail("the training began"))
    outcome = call(capsys, *arguments)
    outcome.assert_one_complaint()
    assert message in outcome.err
    assert len(outcome.err) < LONGEST_COMPLAINT
    assert outcome.code == 2
    assert list(in_empty_folder.iterdir()) == []


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.text("bsBSHVhv0123456789/_-:,*+TPKCSaceijkn W", max_size=30),
        st.text("MAPabc0/+=", min_size=84, max_size=94),
        st.text(st.characters(codec="utf-8"), min_size=450, max_size=550),
    )
)
def test_whatever_is_typed_for_a_rule_is_explained_or_refused_in_one_line(text: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["rules", "--", text])
    if code:
        assert code == 2
        assert out.getvalue() == ""
        assert err.getvalue().startswith("ca-logic: error: ")
        assert err.getvalue().count("\n") == 1
        assert len(err.getvalue()) < LONGEST_COMPLAINT
    else:
        assert "rule " in out.getvalue()


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("0..19", range(20)), ("7", range(7, 8)), ("3..3", range(3, 4)), ("0..99999", range(100_000))],
)
def test_seeds_are_the_first_and_the_last_and_all_between(text: str, seeds: range) -> None:
    assert parse_seeds(text) == seeds


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
    (["run", "life", "--pattern", "binary.rle"], "binary.rle holds no pattern that is known"),
    (["run", "life", "--out", "."], "cannot write .: Is a directory"),
    (["run", "life", "--out", "missing/out.rle"], "cannot write missing/out.rle"),
    (["run", "life", "--out", "binary.rle/out.rle"], "cannot write binary.rle/out.rle"),
    (["run", "B3/S0123456"], "python -m ca_logic learn B3/S0123456"),
    (["show", "B3/S0123456"], "no circuit has been learned for B3/S0123456 yet"),
    (["run", "345/2/9"], "345/2/9 has 9 states; rules of up to 8 can be learned and run"),
    (["learn", "life", "--out", "binary.rle"], "cannot write to folder binary.rle"),
    (["learn", "life", "seeds", "--out", "binary.rle"], "cannot write to folder binary.rle"),
    (["study", "--rules", "life", "--out", "binary.rle"], "cannot write to folder binary.rle"),
    (["record", "B3/S0123456", "--out", "film.npy"], "python -m ca_logic learn B3/S0123456"),
    (["record", "life", "--out", "film.npy", "--frames", "9" * 15], "999999999999999 frames of 64x64 need"),
    (["record", "life", "--out", "film.gif", "--size", "65536x1", "--frames", "2"], "a GIF is at most 65535 pixels"),
    (["record", "life", "--out", "."], "choose another --out"),
    (["record", "life", "--out", ""], "choose another --out"),
    (["record", "life", "--out", "binary.rle"], "binary.rle is there already and no empty folder"),
    (["record", "life", "--out", "missing/film.npy"], "cannot write missing/film.npy"),
    (["record", "life", "--out", "missing/film"], "cannot write missing/film: No such file"),
    (["record", "life", "--out", "x" * 300], "name too long"),
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
