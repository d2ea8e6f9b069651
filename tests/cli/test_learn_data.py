"""`learn DATA` as a user calls it: what it leaves behind, what it says, and what it refuses in one line."""

import argparse
import contextlib
import io
import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import requests
from rich.progress import Progress

from ca_logic.classifier_pipeline import BASELINES as KNOWN_BASELINES
from ca_logic.cli import data_options, main
from ca_logic.cli.classifier_display import ClassifierDisplay
from ca_logic.cli.classifier_summary import confused_pairs
from ca_logic.cli.data_options import command_of, parse_layers
from ca_logic.cli.learn_data import names_data
from ca_logic.learning.network import Forward
from ca_logic.learning.parametrization import ParametrizationName
from ca_logic.learning.wiring import LayerWiring
from ca_logic.runtime.classifier import Evaluation, find_model, load_classifier
from ca_logic.tasks.datasets import load_data_set, read_table
from tests.command_line import Outcome, call, run_script

QUICK = ("--layers", "30,30", "--steps", "40", "--learning-rate", "0.2", "--effort", "0")
FILES = ["confusion.png", "iris.logic", "report.json", "training.png"]
KEYS = {
    *("name", "data", "split", "encoder", "recipe", "seed", "steps", "complete", "best_step", "accuracy", "judged"),
    *("accuracies", "confusion", "compared_samples", "gates_trained", "gates_extracted", "gates", "depth", "terms"),
    *("passes", "proof", "is_proved", "engine", "samples_per_second", "seconds", "device", "baselines", "evaluations"),
    *("versions", "command", "resumed", "files"),
}


@pytest.fixture
def in_empty_folder(tmp_path: Path, nothing_learned: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "working directory"
    folder.mkdir()
    assert not nothing_learned.exists()
    monkeypatch.chdir(folder)
    return folder


@dataclass(frozen=True)
class Learned:
    """What one `learn iris` left behind."""

    outcome: Outcome
    report: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learned]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(home / "data"))
        patch.chdir(home)
        outcome = run_in_process("learn", "iris", *QUICK, "--seed", "5")
        assert outcome.code == 0, outcome.err
        folder = home / "learned" / "iris"
        yield Learned(outcome, json.loads((folder / "report.json").read_text(encoding="utf-8")), folder)


def run_in_process(*words: str) -> Outcome:
    """As `call`, for fixtures that live longer than `capsys`."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(words))
    return Outcome(code, out.getvalue(), err.getvalue())


def test_model_report_pictures_and_checkpoints_are_left(learned: Learned) -> None:
    assert sorted(path.name for path in learned.folder.iterdir()) == sorted([*FILES, "checkpoints"])
    assert [path.name for path in (learned.folder / "checkpoints").iterdir()] == ["ca_logic_40"]
    assert sorted(Path(path).name for path in learned.report["files"]) == FILES
    assert learned.outcome.err.strip() == ""


def test_the_report_says_how_it_came_about(learned: Learned) -> None:
    report = learned.report
    assert report.keys() >= KEYS
    assert (report["seed"], report["steps"], report["complete"], report["resumed"]) == (5, 40, True, False)
    assert report["recipe"]["layers"] == [30, 30]
    assert report["command"] == "ca-logic learn iris --steps 40 --effort 0 --seed 5 --layers 30,30 --learning-rate 0.2"
    assert report["accuracies"]["test"]["hard"] == report["accuracies"]["test"]["compiled"] == report["accuracy"]
    seconds = report["seconds"]
    assert seconds["total"] >= sum(taken for stage, taken in seconds.items() if stage != "total") > 0


def test_a_person_is_told_what_matters(learned: Learned) -> None:
    out = learned.outcome.out
    sizes = f"{learned.report['split']['train_samples']} train"
    for part in (sizes, "30 test", "layers 30, 30", "compiled", "gates, depth", "Iris-virginica"):
        assert part in out
    assert f"{100 * learned.report['accuracy']:.2f} %" in out
    assert "next      ca-logic evaluate iris" in out


def test_the_model_is_kept_and_judged_alike_by_evaluate(
    learned: Learned, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = learned.folder / "iris.logic"
    evaluated = json.loads(call(capsys, "evaluate", model, "--json").out)
    assert (evaluated["accuracy"], evaluated["confusion"]) == (learned.report["accuracy"], learned.report["confusion"])
    monkeypatch.setenv("XDG_DATA_HOME", str(learned.folder.parent.parent / "data"))
    assert find_model("iris").origin == "learned"


def test_a_training_that_is_over_goes_on_with_nothing(
    learned: Learned, capsys: pytest.CaptureFixture[str], nothing_learned: Path
) -> None:
    outcome = call(capsys, "learn", "iris", *QUICK, "--seed", "5", "--out", learned.folder, "--resume", "--json")
    assert outcome.code == 0, outcome.err
    report = json.loads(outcome.out)
    assert (report["resumed"], report["steps"], report["accuracies"]) == (True, 40, learned.report["accuracies"])
    assert report["evaluations"] == learned.report["evaluations"]
    assert nothing_learned.exists()


def test_other_settings_are_not_gone_on_with(learned: Learned, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "learn", "iris", *QUICK, "--seed", "6", "--out", learned.folder, "--resume")
    outcome.assert_one_complaint()
    assert outcome.code == 2
    assert "is of a training with split seed 5, not 6; ask for the same" in outcome.err
    assert json.loads((learned.folder / "report.json").read_text(encoding="utf-8"))["seed"] == 5


PREAMBLE = """
import os, signal, sys
# A shell that starts the tests in the background has Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from ca_logic.cli.classifier_display import ClassifierDisplay as Display
original = Display._show_steps

def interrupt(self, step, num_steps):
    original(self, step, num_steps)
    if step == 20:
        os.kill(os.getpid(), signal.SIGINT)

Display._show_steps = interrupt
from ca_logic.__main__ import main
sys.exit(main())
"""


def test_ctrl_c_leaves_the_best_so_far_and_training_goes_on_from_there(
    learned: Learned, in_empty_folder: Path, nothing_learned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["learn", "iris", *QUICK, "--seed", "5"]
    outcome = run_script(PREAMBLE, *words, cwd=in_empty_folder)
    assert outcome.code in (130, -signal.SIGINT), outcome.err
    (line,) = outcome.err.splitlines()
    assert line.startswith("ca-logic: interrupted after 20 of 40 steps; the best so far is written; go on with: ")
    go_on = line.split("go on with: ")[1].split()
    assert go_on[:2] == ["ca-logic", "learn"]
    folder = in_empty_folder / "learned" / "iris"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, "checkpoints"])
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert (report["complete"], report["steps"]) == (False, 20)
    assert load_classifier(folder / "iris.logic").accuracy(load_iris()) > 0.2
    # What is no whole training is not kept for `evaluate`.
    assert not list(nothing_learned.rglob("*.logic"))
    resumed = call(capsys, *go_on[1:], "--json")
    assert (resumed.code, resumed.err.strip()) == (0, "")
    found = json.loads(resumed.out)
    assert (found["steps"], found["complete"], found["resumed"]) == (40, True, True)
    assert (found["accuracies"], found["gates"]) == (learned.report["accuracies"], learned.report["gates"])
    # Speeds are those of another process.
    key = [(seen["step"], seen["loss"], seen["hard_accuracy"]) for seen in found["evaluations"]]
    assert key == [(seen["step"], seen["loss"], seen["hard_accuracy"]) for seen in learned.report["evaluations"]]


def load_iris() -> Any:
    data = load_data_set("iris")
    return data.samples(np.arange(data.num_samples))


@pytest.mark.usefixtures("in_empty_folder")
def test_a_training_that_was_stopped_is_not_replaced_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "learn", "iris", *QUICK, "--minutes", "1e-9", "--json").code == 0
    outcome = call(capsys, "learn", "iris", *QUICK, "--minutes", "1e-9")
    assert outcome.code == 0
    warning, how_to_go_on = outcome.err.splitlines()
    assert warning == (
        "ca-logic: warning: learned/iris holds a training that was stopped at step 2; without --resume it is replaced."
    )
    assert how_to_go_on.startswith("ca-logic: out of time after 2 of 40 steps; the best so far is written; go on with:")
    assert how_to_go_on.endswith("--minutes 1e-09 --resume")


def test_many_seeds_have_folders_of_their_own_and_the_best_is_kept(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "learn", "iris", *QUICK, "--seeds", "1..2", "--out", "many", "--json")
    assert (outcome.code, outcome.err.strip()) == (0, "")
    result = json.loads(outcome.out)
    assert [run["seed"] for run in result["runs"]] == [1, 2]
    accuracies = [run["accuracy"] for run in result["runs"]]
    assert (result["mean"], result["interrupted"]) == (pytest.approx(sum(accuracies) / 2), False)
    assert sorted(path.name for path in (in_empty_folder / "many").iterdir()) == ["seed-1", "seed-2"]
    chosen = [max(seen["hard_accuracy"] for seen in run["evaluations"]) for run in result["runs"]]
    assert find_model("iris").model.provenance["seed"] == 1 + chosen.index(max(chosen))


@pytest.fixture
def weather(in_empty_folder: Path) -> Path:
    """A table of numbers and categories, some of them missing, in which the class is easy to tell."""
    rng = np.random.default_rng(0)
    lines = ["outlook,temperature,humidity,play"]
    for _ in range(120):
        temperature = int(rng.integers(0, 30))
        outlook = rng.choice(["sunny", "rain", ""])
        play = "yes" if temperature > 14 and outlook != "rain" else "no"
        lines.append(f"{outlook},{temperature},{rng.integers(0, 100)},{play}")
    path = in_empty_folder / "my weather.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_table_of_the_users_own_becomes_a_classifier(weather: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--target", "play", "--column", "humidity=ignore", "--column-encoding", "temperature=uniform:7"]
    options = ["--layers", "24,24", "--steps", "200", "--learning-rate", "0.1", "--fold", "2/4"]
    outcome = call(capsys, "learn", weather, *words, *options, "--json")
    assert (outcome.code, outcome.err.strip()) == (0, "")
    report = json.loads(outcome.out)
    assert report["data"]["origins"][0]["name"] == "my weather.csv"
    assert (report["data"]["features"], report["data"]["target"]) == (2, "play")
    assert report["encoder"]["encoding"] == {"": "auto", "temperature": "uniform:7"}
    assert report["split"]["test_samples"] == 30
    assert report["accuracy"] > 0.8
    assert report["is_proved"]
    assert "all codes of the encoder" in report["proof"]
    model = Path("learned/my_weather-fold-2-of-4/my_weather.logic")
    classifier = load_classifier(model)
    rows = read_table(weather)
    assert len(classifier.predict_table(rows)) == 120
    # One of many folds does not take the place of what was learned before.
    assert call(capsys, "predict", "my_weather", weather).code == 2


def test_without_a_network_and_a_folder_there_is_no_data(
    in_empty_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "get", refuse)
    monkeypatch.setattr(requests.Session, "request", refuse)
    outcome = call(capsys, "learn", "mnist")
    outcome.assert_one_complaint()
    assert "connect to a network, or name a folder that holds it with --data" in outcome.err
    assert list(in_empty_folder.iterdir()) == []


TABLES = {
    "one.csv": "a,b,c\n1,2,x\n2,3,x\n",
    "zero.csv": "a,b,c\n",
    "three.csv": "a,b,c\n1,2,x\n2,3,y\n4,5,x\n",
    "letters.xlsx": "hello",
}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("irs", "unknown rule or data set 'irs'; did you mean the data set 'iris'?"),
        ("lif", "unknown rule 'lif'; did you mean 'life'?"),
        ("letters.xlsx", "letters.xlsx is neither a rule nor a file of samples; the names of those end in .csv"),
        ("iris life", "iris is data for a classifier, which is learned alone"),
        ("iris --small --attempts 3", "--small and --attempts: only rules have that, and iris is data"),
        ("iris --frames x.npy", "--frames: only rules have that"),
        ("life --tau 3 --resume", "--tau and --resume: only classifiers have that"),
        ("iris --target x", "iris is a data set that is known; leave --target out."),
        ("three.csv --data .", "--data is about known data sets, and three.csv is a file"),
        ("three.csv", "three.csv may have its classes in any column; name it with --target COLUMN."),
        ("three.csv --target d", "three.csv has no column 'd'"),
        ("three.csv --target c --column a=foo", "--column a=foo says no kind of column"),
        ("three.csv --target c --column foo=number", "three.csv has no column 'foo'"),
        ("one.csv --target c", "all 2 samples of one.csv are in one class, 'x'"),
        ("zero.csv --target c", "zero.csv has columns but no rows"),
        ("none.csv --target c", "cannot read none.csv"),
        ("iris --layers 60,61", "the last layer has 61 gates, which 3 classes cannot share; choose a multiple of 3."),
        ("iris --layers 0x3", "'0x3' says no layers; write them like 6x8000 or 4000,2000"),
        ("iris --layers 99x999999999", "up to 100 of 50,000,000 can be trained"),
        ("iris --tau 0", "'0' is no number above 0"),
        ("iris --fold 3/2", "'3/2' is no fold; write it like 3/10"),
        ("iris --fold 1/1000", "1000 folds of 150 samples cannot be"),
        ("iris --validation 1", "'1' is no number from 0 up to, but not, 1"),
        ("iris --encoding foo", "unknown encoding 'foo'"),
        ("iris --column-encoding petal=one-hot", "iris has no column 'petal'"),
        ("iris --column-encoding petal", "'petal' must be the name of a column, = and"),
        ("iris --shift 1", "--shift moves images, and iris has none"),
        ("iris --missing refuse", "--missing refuse is about files"),
        ("iris --difflogic", "difflogic has no experiment on 'iris'"),
        ("iris --difflogic --fold 1/2", "--difflogic has its own split, without a part that chooses; leave --fold out"),
        ("iris --resume", "learned/iris/checkpoints holds no checkpoint to go on from; leave out --resume."),
        ("iris --seeds 0..2 --resume", "--resume goes on with one training; name it by --seed"),
        ("mnist --data .", ". holds no train-images-idx3-ubyte.gz"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_leaves_nothing(
    words: str, complaint: str, in_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in TABLES.items():
        (in_empty_folder / name).write_text(text, encoding="utf-8")
    outcome = call(capsys, "learn", *words.split())
    outcome.assert_one_complaint()
    assert complaint in outcome.err
    assert {path.name for path in in_empty_folder.iterdir()} == set(TABLES)


def test_data_are_not_confused_with_rules() -> None:
    assert all(map(names_data, ("iris", "mnist", "a.csv", "b/c.PARQUET", "x.npz", "t.tsv")))
    assert not any(map(names_data, ("life", "B3/S23", "rule.toml", "W110", "Iris", "345/2/4", "csv")))


@pytest.mark.parametrize(
    ("text", "layers"),
    [("6x80", (80,) * 6), ("4000,2000", (4000, 2000)), ("2x40,10", (40, 40, 10)), ("7", (7,)), ("1X5, 3", (5, 3))],
)
def test_layers_are_written_as_people_do(text: str, layers: tuple[int, ...]) -> None:
    assert parse_layers(text) == layers


@pytest.mark.parametrize("text", ["", "x", "6x", "0", "3x0", "-1", "1e3", "4000;2000", "1,,2"])
def test_other_texts_are_no_layers(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="says no layers"):
        parse_layers(text)


def test_choices_are_those_of_the_library() -> None:
    wirings = {name for choice in get_args(LayerWiring) for name in (get_args(choice) or (choice,))}
    assert set(data_options.WIRINGS) == wirings
    assert set(data_options.PARAMETRIZATIONS) == set(get_args(ParametrizationName))
    assert {*data_options.FORWARDS, "hard"} == set(get_args(Forward))
    assert set(data_options.BASELINES) == set(KNOWN_BASELINES)


def test_a_command_is_written_so_that_it_asks_for_the_same() -> None:
    args = argparse.Namespace(
        seed=3, seeds=None, effort=1, steps=None, out=Path("my folder"), layers=(5, 5), fold=(3, 10), resume=True
    )
    args.column_encoding = [("a=b", "uniform:3"), ("c", "one-hot")]
    text = command_of(args, "x.csv", resume=None)
    assert text == (
        "ca-logic learn x.csv --seed 3 --out 'my folder' --layers 5,5 --column-encoding a=b=uniform:3 "
        "--column-encoding c=one-hot --fold 3/10"
    )
    assert command_of(args, "x.csv").endswith(" --resume")


def test_the_most_frequent_confusions_come_first() -> None:
    evaluation = Evaluation(("a", "b", "c"), np.array([[5, 2, 0], [3, 9, 0], [0, 0, 1]]))
    assert confused_pairs(evaluation) == [(3, 1, 0), (2, 0, 1)]


def test_a_column_of_names_is_warned_of_once(capsys: pytest.CaptureFixture[str], in_empty_folder: Path) -> None:
    rows = "".join(f"n{row},{row % 7},{row % 2}\n" for row in range(60))
    (in_empty_folder / "people.csv").write_text(f"who is it,v,c\n{rows}")
    outcome = call(capsys, "learn", "people.csv", "--target", "c", *QUICK)
    assert outcome.err.count("warning") == 1
    assert "in column 'who is it', from which nothing is learned" in outcome.err
    assert "leave it out with --column 'who is it=ignore'." in outcome.err


@pytest.mark.usefixtures("in_empty_folder")
def test_what_is_wrong_with_a_file_is_said_as_the_user_would_mend_it(capsys: pytest.CaptureFixture[str]) -> None:
    Path("lacking.csv").write_text("a,c\n1,x\n,y\n3,x\n")
    assert "--missing drop" in call(capsys, "learn", "lacking.csv", "--target", "c").err
    outcome = call(capsys, "learn", "nothing.csv")
    assert (outcome.code, outcome.err) == (1, "ca-logic: error: cannot read nothing.csv: No such file or directory.\n")
    assert "399,999,999,996 gates" in call(capsys, "learn", "iris", "--layers", "4x99999999999").err


def test_advice_is_given_once(capsys: pytest.CaptureFixture[str]) -> None:
    display = ClassifierDisplay(Progress(disable=True), lambda: None)
    watch = display.begin("iris", 1)
    for message in ("no compiler; install one. It is slow.", "no compiler; install one. It is large.") * 2:
        watch.on_warning(message)
    assert capsys.readouterr().err == (
        "ca-logic: warning: no compiler; install one. It is slow.\nca-logic: warning: It is large.\n"
    )


@pytest.mark.usefixtures("in_empty_folder")
def test_after_a_second_interrupt_it_is_said_how_to_go_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ca_logic.classifier_pipeline.optimize_head", interrupted)
    with pytest.raises(KeyboardInterrupt):
        main(["learn", "iris", *QUICK, "--out", "here"])
    err = capsys.readouterr().err
    assert "training is kept up to step 40; go on with: ca-logic learn iris" in err
    assert "--out here" in err
    assert err.endswith(" --resume\n")


@pytest.mark.usefixtures("in_empty_folder")
def test_it_is_said_that_a_model_in_a_folder_of_its_own_hides_the_shipped_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcome = call(capsys, "learn", "iris", *QUICK, "--out", "s1")
    assert "ca-logic evaluate iris   (now the model called iris; the shipped one is " in outcome.out
