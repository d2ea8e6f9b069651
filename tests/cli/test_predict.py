import csv
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ca_logic.cli import build_parser
from ca_logic.runtime.classifier import load_classifier
from ca_logic.tasks.datasets import load_data_set
from tests.cli.models_on_disk import learn_small_models
from tests.command_line import call

IRIS = load_data_set("iris")
NEW = "windy,outlook,temperature,extra\nno,sunny,31,5\nno,rain,2,6\nyes,overcast,50,7\n"


@pytest.fixture(autouse=True)
def weather(in_empty_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (in_empty_folder / "new.csv").write_text(NEW, encoding="utf-8")
    return learn_small_models(tmp_path / "home", monkeypatch)


def test_each_row_gets_the_name_of_its_class(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "predict", "weather", "new.csv")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "play\nno\nyes\nyes\n"


def test_scores_stand_beside_the_class(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "predict", "weather", "new.csv", "--scores")
    assert outcome.out == "play,score:no,score:yes\nno,1,0\nyes,0,1\nyes,0,1\n"
    report = json.loads(call(capsys, "predict", "weather", "new.csv", "--scores", "--json").out)
    assert report["scores"] == [[1, 0], [0, 1], [0, 1]]
    assert (report["predictions"], report["classes"]) == (["no", "yes", "yes"], ["no", "yes"])


def test_the_classes_in_a_table_are_passed_over(weather: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "predict", "weather", weather)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.count("\n") == 9


def test_a_file_is_written_whole(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "predict", "weather", "new.csv", "--out", "classes.csv")
    assert (outcome.code, outcome.err, outcome.out) == (0, "", "written  classes.csv: 3 rows: 2 yes, 1 no\n")
    assert Path("classes.csv").read_text() == call(capsys, "predict", "weather", "new.csv", "--out", "-").out
    report = json.loads(call(capsys, "predict", "weather", "new.csv", "--out", "classes.csv", "--json").out)
    assert (report["out"], report["samples"]) == ("classes.csv", 3)
    assert "predictions" not in report


def test_what_is_predicted_is_what_the_classifier_says(capsys: pytest.CaptureFixture[str]) -> None:
    np.savez("flowers.npz", x=IRIS.features)
    with Path("flowers.csv").open("w") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in IRIS.columns])
        writer.writerows(IRIS.features.tolist())
    classifier = load_classifier("flowers")
    expected = classifier.names_of(classifier.predict(IRIS.features)).tolist()
    for name in ("flowers.npz", "flowers.csv"):
        assert call(capsys, "predict", "flowers", name).out.splitlines() == ["species", *expected]


def test_without_rows_there_is_the_first_line_alone(capsys: pytest.CaptureFixture[str]) -> None:
    Path("none.csv").write_text("outlook,temperature,windy\n")
    assert call(capsys, "predict", "weather", "none.csv", "--scores").out == "play,score:no,score:yes\n"
    outcome = call(capsys, "predict", "weather", "none.csv", "-o", "out.csv")
    assert outcome.out == "written  out.csv: 0 rows\n"


def test_unseen_categories_are_counted_in_one_warning(capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.csv").write_text("outlook,temperature,windy\nfog,30,no\nfog,3,maybe\n,3,no\n")
    outcome = call(capsys, "predict", "weather", "odd.csv")
    assert (outcome.code, outcome.out) == (0, "play\nno\nyes\nyes\n")
    assert outcome.err == (
        "ca-logic: warning: 3 cells in 2 columns hold a category that training did not see, such as 'fog' in "
        "'outlook'; they set no bit.\n"
    )
    report = json.loads(call(capsys, "predict", "weather", "odd.csv", "--json").out)
    assert report["unseen"] == {"outlook": {"fog": 2}, "windy": {"maybe": 1}}


def test_pictures_are_named_beside_their_class(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pictures").mkdir()
    for name, place in (("one.png", 0), ("two.png", 1)):
        pixels = np.zeros(16, np.uint8)
        pixels[place] = 255
        Image.fromarray(pixels.reshape(4, 4)).save(Path("pictures") / name)
    outcome = call(capsys, "predict", "images", "pictures")
    assert (outcome.code, outcome.out, outcome.err) == (0, "file,class\none.png,left\ntwo.png,right\n", "")
    assert call(capsys, "predict", "images", "pictures/two.png").out == "file,class\ntwo.png,right\n"
    report = json.loads(call(capsys, "predict", "images", "pictures", "--json").out)
    assert report["files"] == ["one.png", "two.png"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["wether", "new.csv"], 2, "no model 'wether', neither learned nor shipped; did you mean 'weather'?"),
        (["weather", "gone.csv"], 1, "cannot read gone.csv: No such file or directory"),
        (["weather", "new.doc"], 1, "new.doc is no file of samples that can be read; its name must end in .csv"),
        (["flowers", "new.csv"], 1, "new.csv has no column 'sepal-length' and 3 others"),
        (["weather", "pictures"], 1, "pictures is no file of samples"),
        (["weather", "."], 1, "model weather reads tables, no images; give it a CSV file of its columns"),
        (["images", "."], 1, "folder . has no pictures; their names end in .png, .jpg, .jpeg"),
        (["weather", "new.csv", "--out", "gone/../new.csv/x"], 1, "cannot write"),
        (["new.csv", "weather"], 2, "no model 'new.csv'"),
        (["weather"], 2, "FILE"),
    ],
)
def test_what_fails_is_one_line(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str], in_empty_folder: Path
) -> None:
    outcome = call(capsys, "predict", *arguments)
    outcome.assert_one_complaint()
    assert outcome.code == code
    assert message in outcome.err
    assert [path.name for path in in_empty_folder.iterdir()] == ["new.csv"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("outlook,temperature,windy\nrain,warm,no\n", "odd.csv line 2, column 'temperature': 'warm' is no number"),
        ("outlook,temperature,windy\nrain,3,no\nrain,NaN,no\n", "line 3, column 'temperature': a number is missing"),
        ("outlook,temperature,windy\nrain,3\n", "odd.csv line 2 has 2 fields, but the header has 3"),
        ("", "odd.csv is empty"),
    ],
)
def test_a_row_that_does_not_fit_is_named(text: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.csv").write_text(text)
    outcome = call(capsys, "predict", "weather", "odd.csv")
    outcome.assert_one_complaint()
    assert outcome.code == 1
    assert message in outcome.err


def test_an_archive_of_another_width_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    np.savez("wide.npz", x=np.zeros((2, 5)))
    outcome = call(capsys, "predict", "flowers", "wide.npz")
    outcome.assert_one_complaint()
    assert "wide.npz: rows of shape (2, 5) are no samples of 4 features" in outcome.err


def test_the_examples_are_commands_that_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    text = call(capsys, "predict", "--help").out
    examples = re.findall(r"^  ca-logic (.*?)(?:   .*| [|>] .*)?$", text, re.MULTILINE)
    assert len(examples) >= 4
    assert {build_parser().parse_args(shlex.split(example)).execute.__module__ for example in examples} == {
        "ca_logic.cli.predict"
    }
