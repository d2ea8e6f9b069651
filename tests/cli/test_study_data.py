"""`study --datasets`, with networks so small that they are trained in a second."""

import contextlib
import io
import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ca_logic import __version__
from ca_logic.classifier_pipeline import LearnedClassifier, learn_classifier
from ca_logic.classifier_task import ClassifierTask
from ca_logic.cli import build_parser, main
from ca_logic.cli.learn_data import names_data
from tests.command_line import Outcome, call, run_script

LEARN = "ca_logic.classifier_study.running.learn_classifier"
RECIPE = ["--layers", "60,60", "--steps", "40", "--validation", "0.1", "--effort", "0"]
WORDS = ["study", "--datasets", "iris", "--folds", "3", *RECIPE]

pytestmark = pytest.mark.usefixtures("nothing_learned")


@dataclass(frozen=True)
class Studied:
    """What a study of iris with three folds left behind."""

    outcome: Outcome
    result: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Studied:
    folder = tmp_path_factory.mktemp("home") / "new" / "folder"
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*WORDS, "--baseline", "logistic", "--out", str(folder), "--json"])
    assert code == 0, err.getvalue()[-2000:]
    return Studied(Outcome(code, out.getvalue(), err.getvalue()), json.loads(out.getvalue()), folder)


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LEARN, lambda *_, **__: pytest.fail("a training began"))


def counted_trainings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Returns a list of the seeds and folds that will have been trained."""
    trained: list[tuple[int, int]] = []

    def learn(task: ClassifierTask, **options: Any) -> LearnedClassifier:
        trained.append((task.seed, task.choice.fold + 1))
        return learn_classifier(task, **options)

    monkeypatch.setattr(LEARN, learn)
    return trained


def noted_tasks(monkeypatch: pytest.MonkeyPatch) -> list[ClassifierTask]:
    """Returns a list of what will have begun to be trained, which then is interrupted."""
    begun: list[ClassifierTask] = []

    def learn(task: ClassifierTask, **_: Any) -> None:
        begun.append(task)
        raise KeyboardInterrupt

    monkeypatch.setattr(LEARN, learn)
    return begun


def copied(studied: Studied, folder: Path, *, lines: slice = slice(None), ending: str = "") -> Path:
    """Copies some of the results into a folder of the test's own."""
    results = (studied.folder / "results.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "results.jsonl").write_text("".join(results[lines]) + ending, encoding="utf-8")
    return folder / "results.jsonl"


def test_every_fold_judges_once_and_what_is_compiled_equals_the_hard_network(studied: Studied) -> None:
    assert len(studied.outcome.out.splitlines()) == 1
    assert studied.outcome.err.strip() == ""
    assert studied.result.keys() == {"summary", "outcomes"}
    outcomes = studied.result["outcomes"]
    assert [(own["data"], own["seed"], own["fold"], own["folds"]) for own in outcomes] == [
        ("iris", 0, fold, 3) for fold in (1, 2, 3)
    ]
    for own in outcomes:
        assert re.fullmatch(rf"{re.escape(__version__)} [0-9a-f]{{16}}", own["version"])
        assert own["samples"] == 50
        assert own["is_compiled"]
        assert own["is_proved"]
        assert own["is_complete"]
        assert 0.4 < own["accuracy"] == own["hard_accuracy"] <= 1
        assert own["compared"] == 50 + 10
        assert own["gates"] <= own["gates_extracted"] <= own["gates_trained"] == 120
        assert own["steps"] == 40
        assert own["device"].startswith("cpu")
        assert 0 < own["train_seconds"] < own["seconds"]
        assert own["origins"].keys() == {"iris.data"}
        assert own["baselines"].keys() == {"logistic"}
        assert own["baselines"]["logistic"] > 0.8
    assert len({own["version"] for own in outcomes}) == 3


def test_the_summary_is_that_of_the_outcomes(studied: Studied) -> None:
    (row,), outcomes = studied.result["summary"], studied.result["outcomes"]
    assert (row["data"], row["seeds"], row["folds"], row["num_equal"]) == ("iris", 1, 3, 3)
    assert (
        row["mean"] == row["smallest"] == row["largest"] == pytest.approx(sum(own["accuracy"] for own in outcomes) / 3)
    )
    assert row["deviation_over_seeds"] is None
    assert row["deviation_over_folds"] >= 0
    assert row["most_gates"] == max(own["gates"] for own in outcomes)
    assert row["baselines"].keys() == {"logistic"}


def test_each_outcome_is_a_line_and_the_picture_is_a_png(studied: Studied) -> None:
    assert sorted(path.name for path in studied.folder.iterdir()) == ["results.jsonl", "study.png"]
    lines = (studied.folder / "results.jsonl").read_text(encoding="utf-8").splitlines()
    # A line when a training is done, and another when its baselines are.
    found = [json.loads(line) for line in lines]
    assert found[1::2] == studied.result["outcomes"]
    assert found[::2] == [own | {"baselines": {}} for own in studied.result["outcomes"]]
    assert (studied.folder / "study.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.usefixtures("no_training")
def test_the_same_command_trains_nothing_again(
    studied: Studied, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = copied(studied, tmp_path)
    before = results.stat().st_mtime_ns, results.read_bytes()
    outcome = call(capsys, *WORDS, "--out", tmp_path, "--json")
    assert (outcome.code, json.loads(outcome.out)) == (0, studied.result)
    assert (results.stat().st_mtime_ns, results.read_bytes()) == before


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("columns", ["40", "120"])
def test_the_table_has_a_row_for_each_data_set_whatever_the_width(
    studied: Studied,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: str,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    copied(studied, tmp_path)
    outcome = call(capsys, *WORDS, "--out", tmp_path)
    assert (outcome.code, outcome.err.strip()) == (0, "")
    (row,) = [line.split() for line in outcome.out.splitlines() if line.strip().startswith("iris ")]
    figures = studied.result["summary"][0]
    mean, folds = (f"{100 * figures[name]:.2f}" for name in ("mean", "deviation_over_folds"))
    assert row[:7] == ["iris", "1x3", mean, "±", folds, f"{mean}..{mean}", "3/3"]
    assert row[-1] == f"{100 * figures['baselines']['logistic']:.2f}"
    for part in ("trained   3 networks, ", "did the same 180 times", f"{tmp_path}: results.jsonl, study.png"):
        assert part in outcome.out


def test_more_seeds_join_what_is_there_and_damage_is_made_good(
    studied: Studied, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two of these were done, one is by another version, one is no result at all, and one is cut short.
    done = studied.result["outcomes"]
    other = json.dumps(done[2] | {"version": f"0.0.0 {done[2]['version'].split()[1]}", "gates": 12345})
    results = copied(studied, tmp_path, lines=slice(4), ending=f"{other}\n[1]\n{json.dumps(done[2])[:90]}")
    before = results.read_text(encoding="utf-8")
    trained = counted_trainings(monkeypatch)
    outcome = call(capsys, *WORDS, "--out", tmp_path, "--json")
    assert outcome.code == 0
    assert trained == [(0, 3)]
    after = results.read_text(encoding="utf-8")
    assert after.startswith(f"{before}\n")
    (added,) = [json.loads(line) for line in after.removeprefix(before).splitlines() if line]
    assert json.loads(outcome.out)["outcomes"] == [*done[:2], added]
    # The same seed and fold give the same classifier.
    assert {name: added[name] for name in ("accuracy", "gates", "version")} == {
        name: done[2][name] for name in ("accuracy", "gates", "version")
    }


def test_a_changed_recipe_makes_results_anew(
    studied: Studied, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(studied, tmp_path)
    begun = noted_tasks(monkeypatch)
    outcome = call(capsys, *WORDS, "--steps", "20", "--out", tmp_path, "--json")
    assert outcome.code == 130
    assert "interrupted after 0 of 3 trainings" in outcome.err
    assert [(task.choice.fold, task.recipe.steps) for task in begun] == [(0, 20)]


INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from dataclasses import replace
import ca_logic.classifier_study.running as running
learn_classifier = running.learn_classifier
begun = 0

def interrupted_learn_classifier(task, *, watch, **options):
    global begun
    begun += 1
    if begun == 2:
        def report(*steps):
            os.kill(os.getpid(), signal.SIGINT)
            watch.on_progress(*steps)
        return learn_classifier(task, watch=replace(watch, on_progress=report), **options)
    return learn_classifier(task, watch=watch, **options)

running.learn_classifier = interrupted_learn_classifier
from ca_logic.__main__ import main
sys.exit(main())
"""


def test_after_ctrl_c_the_same_command_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [*WORDS, "--out", str(tmp_path / "out")]
    outcome = run_script(INTERRUPTED, *words)
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err == "ca-logic: interrupted after 1 of 3 trainings; the same command goes on from there\n"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["results.jsonl"]
    (done,) = (tmp_path / "out" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(done)["fold"] == 1
    begun = noted_tasks(monkeypatch)
    outcome = call(capsys, *words, "--json")
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err == "ca-logic: interrupted after 1 of 3 trainings; the same command goes on from there\n"
    assert [task.choice.fold + 1 for task in begun] == [2]


def test_a_file_of_samples_is_dealt_into_folds_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "customers.csv"
    rows = [f"{number % 7},{'yes' if number % 7 > 3 else 'no'}" for number in range(40)]
    path.write_text("\n".join(["age,left", *rows]), encoding="utf-8")
    begun = noted_tasks(monkeypatch)
    words = ["--target", "left", "--seeds", "4..5"]
    outcome = call(capsys, "study", "--datasets", path, *words, "--out", tmp_path / "out")
    assert outcome.code == 130
    assert "interrupted after 0 of 20 trainings" in outcome.err
    (task,) = begun
    assert (task.seed, task.choice.method, task.choice.folds, task.target) == (4, "folds", 10, "left")
    assert task.data.classes == ("no", "yes")


REFUSED = [
    (["irs"], 2, "unknown data set 'irs'; did you mean 'iris'?"),
    (["iris", "life"], 2, "unknown data set 'life'; known are adult, "),
    (["iris", "--rules", "life"], 2, "not allowed with"),
    (["iris", "--folds", "0"], 2, "must be at least 1"),
    (["iris", "--folds", "1"], 1, "1 folds of 150 samples cannot be; choose from 2 to 150."),
    (["monk1", "--folds", "3"], 2, "--folds is about data without a test part, and monk1 has one; leave it out."),
    (["iris", "--fold", "1/3"], 2, "unrecognized arguments: --fold"),
    (["iris", "--resume"], 2, "unrecognized arguments: --resume"),
    (["breast-cancer", "--folds", "3", "--difflogic"], 2, "--difflogic has its own split, without folds"),
    (["monk1", "--difflogic"], 2, "difflogic has no experiment on 'monk1'"),
    (["monk1", "iris", "--layers", "12,10"], 2, "the last layer has 10 gates, which 3 classes cannot share"),
    (["iris", "--target", "left"], 2, "iris is a data set that is known; leave --target out."),
    (["missing.csv"], 1, "cannot read missing.csv: No such file"),
    (["missing.csv", "--target", "left"], 1, "cannot read missing.csv"),
    (["mnist", "--data", "nowhere"], 1, "nowhere is no folder that holds data sets"),
]


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(("words", "code", "message"), REFUSED, ids=[" ".join(words) for words, _, _ in REFUSED])
def test_what_cannot_be_studied_is_one_line_and_leaves_nothing(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, message: str
) -> None:
    outcome = call(capsys, "study", "--out", "new/folder", "--datasets", *words)
    outcome.assert_one_complaint()
    assert outcome.code == code
    assert message in outcome.err
    assert list(in_empty_folder.iterdir()) == []


@pytest.mark.parametrize("option", ["--folds 3", "--steps 5", "--effort 0", "--tau 3", "--data ."])
def test_rules_have_no_options_of_classifiers(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    outcome = call(capsys, "study", "--rules", "life", *option.split())
    outcome.assert_one_complaint()
    assert outcome.code == 2
    assert f"{option.split()[0]}: only classifiers have that; name data by --datasets." in outcome.err
    assert list(in_empty_folder.iterdir()) == []


@pytest.mark.usefixtures("no_training")
def test_results_that_cannot_be_read_are_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.jsonl").write_bytes(b"\xff\xfe\x00")
    outcome = call(capsys, *WORDS, "--out", tmp_path)
    outcome.assert_one_complaint()
    assert f"cannot read {tmp_path / 'results.jsonl'}" in outcome.err
    assert (tmp_path / "results.jsonl").read_bytes() == b"\xff\xfe\x00"


def test_the_examples_of_the_help_name_data(capsys: pytest.CaptureFixture[str]) -> None:
    examples = re.findall(r"^  ca-logic (study --datasets .*)$", call(capsys, "study", "--help").out, re.MULTILINE)
    assert len(examples) == 3
    for example in examples:
        assert all(map(names_data, build_parser().parse_args(shlex.split(example)).datasets))
