import contextlib
import io
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ca_logic import __version__, pipeline, study
from ca_logic.cli import main
from ca_logic.learning import Recipe, default_recipe
from ca_logic.pipeline import LearnedRule
from ca_logic.tasks import Rule, TrainingSet
from tests.command_line import Outcome, call, run_script

RULES = ["seeds", "constants"]
"""Of these a network becomes exact in a second."""

pytestmark = pytest.mark.usefixtures("nothing_learned")


@dataclass(frozen=True)
class Studied:
    """What `study --rules seeds constants --seeds 2 --json` left behind."""

    outcome: Outcome
    result: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Studied:
    folder = tmp_path_factory.mktemp("home") / "new" / "folder"
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["study", "--rules", *RULES, "--seeds", "2", "--out", str(folder), "--json"])
    assert code == 0, err.getvalue()[-2000:]
    return Studied(Outcome(code, out.getvalue(), err.getvalue()), json.loads(out.getvalue()), folder)


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "learn_rule", lambda *_, **__: pytest.fail("a training began"))


def test_every_rule_is_learned_from_every_seed(studied: Studied) -> None:
    assert len(studied.outcome.out.splitlines()) == 1
    assert studied.outcome.err.strip() == ""
    assert studied.result.keys() == {"summary", "outcomes"}
    outcomes = studied.result["outcomes"]
    names = ["seeds", "constant 0", "constant 1"]
    assert [(own["rule"], own["seed"]) for own in outcomes] == [(name, seed) for name in names for seed in (0, 1)]
    for own in outcomes:
        assert (own["exact"], own["rows"]) == (True, 512)
        assert re.fullmatch(rf"{re.escape(__version__)} [0-9a-f]{{8}}", own["version"])
        assert own["attempts"] >= 1
        assert own["steps"] >= 1
        assert own["device"]
        assert 0 <= own["train_seconds"] <= own["seconds"]
        assert (own["gates"] > 1) == (not own["rule"].startswith("constant"))


def test_the_summary_is_that_of_the_outcomes(studied: Studied) -> None:
    summary, outcomes = studied.result["summary"], studied.result["outcomes"]
    assert summary["trainings"] == summary["exact"] == len(outcomes) == 6
    assert summary["exact_at_first_attempt"] == sum(own["attempts"] == 1 for own in outcomes)
    assert summary["restarts"] == sum(own["attempts"] - 1 for own in outcomes)
    steps = sorted(own["steps"] for own in outcomes)
    assert summary["steps_median"] == (steps[2] + steps[3]) / 2
    assert steps[-2] <= summary["steps_p95"] <= steps[-1]
    assert summary["seconds"] == pytest.approx(sum(own["seconds"] for own in outcomes), abs=0.1)


def test_each_outcome_is_a_line_and_the_picture_is_a_png(studied: Studied) -> None:
    assert sorted(path.name for path in studied.folder.iterdir()) == ["results.jsonl", "study.png"]
    lines = (studied.folder / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == studied.result["outcomes"]
    assert (studied.folder / "study.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def copied(studied: Studied, folder: Path, *, lines: slice = slice(None), ending: str = "") -> Path:
    """Copies some of the results into a folder of the test's own."""
    results = (studied.folder / "results.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "results.jsonl").write_text("".join(results[lines]) + ending, encoding="utf-8")
    return folder / "results.jsonl"


@pytest.mark.usefixtures("no_training")
def test_the_same_command_trains_nothing_again(
    studied: Studied, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = copied(studied, tmp_path)
    before = results.stat().st_mtime_ns, results.read_bytes()
    words = ["study", "--seeds", "2", "--out", str(tmp_path), "--rules", *RULES]
    outcome = call(capsys, *words, "--json")
    assert (outcome.code, json.loads(outcome.out)) == (0, studied.result)
    # Nor does a part of it, whatever the names by which the rules are called.
    part = json.loads(call(capsys, "study", "--rules", "B2/S", "--out", tmp_path, "--json").out)
    assert [own for own in studied.result["outcomes"] if own["seed"] == 0 and own["gates"] > 1] == part["outcomes"]
    second = json.loads(call(capsys, *words, "--seeds", "1..1", "--json").out)
    assert [own for own in studied.result["outcomes"] if own["seed"] == 1] == second["outcomes"]
    assert (results.stat().st_mtime_ns, results.read_bytes()) == before


@pytest.mark.usefixtures("no_training")
def test_the_table_has_a_row_for_each_rule(
    studied: Studied, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    copied(studied, tmp_path)
    outcome = call(capsys, "study", "--seeds", "2", "--out", tmp_path, "--rules", *RULES)
    assert (outcome.code, outcome.err.strip()) == (0, "")
    for name in ("seeds", "constant 0", "constant 1"):
        (row,) = [line for line in outcome.out.splitlines() if line.strip().startswith(f"{name} ")]
        assert row.split()[len(name.split())] == "2/2"
    for part in ("exact     6 of 6, ", "restarts  0", "device    cpu", f"{tmp_path}: results.jsonl, study.png"):
        assert part in outcome.out


def test_more_rules_and_seeds_join_what_is_there(
    studied: Studied, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # One of these was done, one is cut short, one is by another version, and one is no result at all.
    other = json.dumps({**studied.result["outcomes"][2], "version": "0.0.0", "gates": 12345})
    damage = f"{other}\n[1]\n{json.dumps(studied.result['outcomes'][3])[:40]}"
    results = copied(studied, tmp_path, lines=slice(1), ending=damage)
    before = results.read_text(encoding="utf-8")
    trained = counted_trainings(monkeypatch)
    outcome = call(capsys, "study", "--rules", "seeds", "constants", "--out", tmp_path, "--json")
    assert outcome.code == 0
    assert trained == [("B/S", 0), ("B012345678/S012345678", 0)]
    after = results.read_text(encoding="utf-8")
    assert after.startswith(f"{before}\n")
    added = [json.loads(line) for line in after.removeprefix(before).splitlines() if line]
    assert [own["rule"] for own in added] == ["constant 0", "constant 1"]
    assert json.loads(outcome.out)["outcomes"] == [studied.result["outcomes"][0], *added]


def counted_trainings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    original = pipeline.learn_rule
    trained: list[tuple[str, int]] = []

    def learn_rule(rule: Rule, *, seed: int, **options: Any) -> LearnedRule:
        trained.append((rule.rulestring, seed))
        return original(rule, seed=seed, **options)

    monkeypatch.setattr(study, "learn_rule", learn_rule)
    return trained


def test_what_is_not_exact_is_counted_and_is_no_success(
    studied: Studied, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(studied, tmp_path, lines=slice(1))
    original = pipeline.learn_rule
    monkeypatch.setattr(
        study, "learn_rule", lambda rule, **options: original(rule, **options, recipe=hopeless, max_attempts=2)
    )
    words = ["study", "--rules", "seeds", "W90", "--out", str(tmp_path)]
    outcome = call(capsys, *words, "--json")
    assert outcome.code == 1
    result = json.loads(outcome.out)
    failed = result["outcomes"][1]
    assert (failed["exact"], failed["attempts"], failed["gates"], failed["rows"]) == (False, 2, 0, 0)
    assert (result["summary"]["exact"], result["summary"]["trainings"], result["summary"]["restarts"]) == (1, 2, 1)
    assert "exact     1 of 2" in call(capsys, *words).out


def hopeless(task: TrainingSet, attempt: int) -> Recipe:
    """Returns a recipe of so few steps that nothing is learned."""
    return replace(default_recipe(task, attempt), max_steps=2)


INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import ca_logic.study as study
learn_rule = study.learn_rule
begun = 0

def interrupted_learn_rule(*args, on_progress, **options):
    global begun
    begun += 1
    if begun == 2:
        def report(progress):
            os.kill(os.getpid(), signal.SIGINT)
            on_progress(progress)
        return learn_rule(*args, on_progress=report, **options)
    return learn_rule(*args, on_progress=on_progress, **options)

study.learn_rule = interrupted_learn_rule
from ca_logic.__main__ import main
sys.exit(main())
"""


def test_after_ctrl_c_the_same_command_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["study", "--rules", "constants", "--out", str(tmp_path / "out")]
    outcome = run_script(INTERRUPTED, *words)
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err == ("ca-logic: interrupted after 1 of 2 trainings; the same command goes on from there\n")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["results.jsonl"]
    (done,) = (tmp_path / "out" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    trained = counted_trainings(monkeypatch)
    outcome = call(capsys, *words, "--json")
    assert outcome.code == 0
    assert trained == [("B012345678/S012345678", 0)]
    assert json.loads(outcome.out)["outcomes"][0] == json.loads(done)


@pytest.mark.usefixtures("no_training")
def test_an_unknown_word_is_one_line_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "study", "--rules", "life", "constnats", "--out", tmp_path / "new" / "folder")
    outcome.assert_one_complaint()
    assert outcome.code == 2
    assert "unknown rule 'constnats'" in outcome.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_training")
def test_results_that_cannot_be_read_are_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.jsonl").write_bytes(b"\xff\xfe\x00")
    outcome = call(capsys, "study", "--rules", "life", "--out", tmp_path)
    outcome.assert_one_complaint()
    assert f"cannot read {tmp_path / 'results.jsonl'}" in outcome.err
    assert (tmp_path / "results.jsonl").read_bytes() == b"\xff\xfe\x00"
