import dataclasses
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ca_logic.circuit.group_sum import group_sum
from ca_logic.cli import build_parser
from ca_logic.runtime.classifier import store_model
from tests.backend.classifier.classifiers import layered_head, random_encoder
from tests.cli.models_on_disk import learn_small_models
from tests.command_line import call
from tests.runtime.classifier.models import WEATHER, iris_model, model_of


@pytest.fixture(autouse=True)
def weather(in_empty_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert in_empty_folder.is_dir()
    return learn_small_models(tmp_path / "home", monkeypatch)


def test_a_model_is_judged_by_the_samples_that_training_never_saw(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "evaluate", "flowers")
    assert (outcome.code, outcome.err) == (0, "")
    assert "\ndata       iris, test: 30 samples\n" in outcome.out
    assert "\naccuracy   96.67 %, 29 of 30\n" in outcome.out
    assert "\n2  Iris-virginica        10   90.00 %   100.00 %\n" in outcome.out
    assert "\ntest: classes, and what they are taken for\n" in outcome.out
    assert re.search(r"\n *Iris-virginica +· +1 +9 *\n", outcome.out)
    assert outcome.out.endswith("\n     1 x Iris-virginica taken for Iris-versicolor\n")


@pytest.mark.parametrize(("part", "count"), [("train", 108), ("validation", 12), ("test", 30), ("all", 150)])
def test_json_is_one_object_with_the_figures(part: str, count: int, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "evaluate", "flowers", "--part", part, "--json")
    assert (outcome.code, outcome.err, outcome.out.count("\n")) == (0, "", 1)
    report = json.loads(outcome.out)
    assert (report["model"], report["data"], report["part"], report["samples"]) == ("flowers", "iris", part, count)
    confusion = np.array(report["confusion"])
    assert (confusion.sum(), confusion.trace()) == (count, report["right"])
    assert report["accuracy"] == report["right"] / count
    np.testing.assert_allclose(report["recalls"], confusion.diagonal() / confusion.sum(axis=1))
    np.testing.assert_allclose(report["precisions"], confusion.diagonal() / confusion.sum(axis=0))


def test_a_file_of_its_own_is_cut_as_in_training(weather: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(call(capsys, "evaluate", "weather", "--file", weather, "--json").out)
    assert (report["part"], report["samples"]) == ("test", 2)
    Path("more.csv").write_text(WEATHER + "rain,3,no,yes\n")
    report = json.loads(call(capsys, "evaluate", "weather", "--file", "more.csv", "--json").out)
    assert (report["part"], report["samples"], report["data"]) == ("all", 9, "more.csv")


def test_the_picture_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "evaluate", "flowers", "--out", "confusion.png")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith("\nwritten    confusion.png\n")
    with Image.open("confusion.png") as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 200


def test_names_with_signs_of_formulas_are_drawn_too(capsys: pytest.CaptureFixture[str]) -> None:
    store_model(dataclasses.replace(iris_model(name="priced"), classes=("<$50", r"$\frac{", "a" * 300)))
    np.savez("flowers.npz", x=np.ones((3, 4)), y=np.array(["<$50", r"$\frac{", "a" * 300]))
    assert call(capsys, "evaluate", "priced", "--file", "flowers.npz", "-o", "c.png").code == 0
    assert Path("c.png").is_file()


def test_of_many_classes_those_that_are_confused_most_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    head = layered_head(6, [60, 60], 30)
    store_model(dataclasses.replace(model_of(random_encoder(6, 3), group_sum(head.circuit, 30)), name="many"))
    rng = np.random.default_rng(0)
    y = np.array([f"class {label}" for label in rng.integers(0, 30, 90)])
    np.savez("many.npz", x=rng.normal(size=(90, 3)), y=y)
    outcome = call(capsys, "evaluate", "many", "--file", "many.npz", "--out", "many.png")
    assert (outcome.code, outcome.err) == (0, "")
    assert "what they are taken for" not in outcome.out
    assert re.search(r"\n +\d+ x class \d+ taken for class \d+\n", outcome.out)
    assert " -" in outcome.out


def test_nothing_that_a_stranger_wrote_reaches_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    store_model(dataclasses.replace(iris_model(name="bell"), classes=("\x1b[31m", "\n", "\x07"), data_set=""))
    np.savez("x.npz", x=np.ones((3, 4)), y=np.array(["\x1b[31m", "\n", "\x07"]))
    out = call(capsys, "evaluate", "bell", "--file", "x.npz").out
    assert "\x1b" not in out
    assert "\x07" not in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["flower"], 2, "no model 'flower', neither learned nor shipped; did you mean 'flowers'?"),
        (["gone.logic"], 1, "cannot read model gone.logic: No such file or directory"),
        (["weather"], 2, "was trained on weather.csv, which is no published data set; name samples with --file FILE"),
        (["weather", "--dataset", "iris"], 1, "iris has other columns than model weather reads"),
        (["flowers", "--dataset", "irish"], 2, "invalid choice: 'irish'"),
        (["flowers", "--dataset", "iris", "--file", "x.csv"], 2, "not allowed with"),
        (["flowers", "--target", "x"], 2, "--target is about --file"),
        (["flowers", "--file", "x.csv", "--data", "."], 2, "--data is about data sets"),
        (["flowers", "--file", "x.csv"], 1, "cannot read x.csv"),
        (["flowers", "--file", "x.doc"], 1, "x.doc is no data file that can be read"),
        (["flowers", "--part", "most"], 2, "invalid choice: 'most'"),
        (["flowers", "--out", "/dev/null/c.png"], 1, "cannot write /dev/null/c.png"),
        (["flowers", "--dataset", "mnist", "--data", "."], 1, "holds no train-images"),
        ([], 2, "MODEL"),
    ],
)
def test_what_fails_is_one_line(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str], in_empty_folder: Path
) -> None:
    outcome = call(capsys, "evaluate", *arguments)
    outcome.assert_one_complaint()
    assert outcome.code == code
    assert message in outcome.err
    assert list(in_empty_folder.iterdir()) == []


def test_the_examples_are_commands_that_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    text = call(capsys, "evaluate", "--help").out
    examples = re.findall(r"^  ca-logic (.*?)(?:   .*| [|>] .*)?$", text, re.MULTILINE)
    assert len(examples) >= 4
    assert {build_parser().parse_args(shlex.split(example)).execute.__module__ for example in examples} == {
        "ca_logic.cli.evaluate"
    }


def test_a_part_without_samples_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "evaluate", "iris", "--part", "validation")
    assert (outcome.code, outcome.out) == (1, "")
    assert "iris has no samples in the part validation" in outcome.err


def test_the_remedy_for_a_missing_number_is_none_that_only_learn_knows(capsys: pytest.CaptureFixture[str]) -> None:
    store_model(dataclasses.replace(iris_model(name="strict"), missing="refuse"))
    np.savez("holed.npz", x=np.array([[1, 2, 3, 4], [1, 2, np.nan, 4]]), y=np.array(["Iris-setosa", "Iris-virginica"]))
    outcome = call(capsys, "evaluate", "strict", "--file", "holed.npz")
    outcome.assert_one_complaint()
    assert outcome.err.endswith("a number is missing (NaN), as in 1 rows; fill it in, or leave the row out.\n")
