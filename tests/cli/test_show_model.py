import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from ca_logic.circuit import Circuit, simulate
from ca_logic.circuit.group_sum import scores
from ca_logic.formats import FORMATS, read_circuit
from ca_logic.formats.blif import read_blif
from ca_logic.runtime.classifier import ClassifierModel, find_model, load_classifier, save_model, store_model
from ca_logic.synthesis import prove_same_function
from ca_logic.synthesis.adders import with_adders
from ca_logic.tasks.datasets import load_data_set
from tests.cli.models_on_disk import learn_small_models
from tests.command_line import call
from tests.oracles import STRICT_C
from tests.runtime.classifier.models import NETWORK, iris_model, models

IRIS = load_data_set("iris")
TEXTS = [name for name, format_ in FORMATS.items() if not format_.is_binary and name != "svg"]

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="cc is not installed")


@pytest.fixture(autouse=True)
def weather(in_empty_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert in_empty_folder.is_dir()
    return learn_small_models(tmp_path / "home", monkeypatch)


def test_the_figures_say_what_the_model_is(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "show", "flowers")
    assert (outcome.code, outcome.err) == (0, "")
    stored = find_model("flowers")
    for line in (
        f"model      flowers (learned {stored.path})",
        "data set   iris",
        "columns    4 numbers",
        "target     species",
        "classes    3: Iris-setosa, Iris-versicolor, Iris-virginica",
        "encoder    4 features to 64 bits: 64 threshold; 2 are read",
        "gates      2, at most 1 on a path: 1 a_and_not_b, 1 and",
        "sums       of 3 outputs, 1 a class; scores from 0 to 1, tau 1.5",
        "network    not kept",
        f"file       {stored.num_bytes} bytes, SHA-256 {stored.checksum}",
        "command    learn iris --seed 3 --data data",
        "seed       3",
        "figures    test accuracy 0.95",
        "files      name iris.data, md5 42615765a885ddf54427f12c34a0a070",
        "split      method shares, validation 0.1",
    ):
        assert f"{line}\n" in outcome.out


def test_other_kinds_of_columns_and_bits_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    out = call(capsys, "show", "weather").out
    assert "\ncolumns    2 categories, 1 numbers\n" in out
    assert re.search(r"\nencoder    3 features to 6 bits: 5 one-hot, 1 threshold; 2 are read\n", out)
    assert "\ncolumns    16 pixels, images of 1x4x4\n" in call(capsys, "show", "images").out
    store_model(iris_model(name="whole", network=NETWORK))
    assert "\nnetwork    kept, 6 numbers\n" in call(capsys, "show", "whole").out


def test_json_is_one_object_with_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "show", "flowers", "--json")
    assert (outcome.code, outcome.err, outcome.out.count("\n")) == (0, "", 1)
    stats = json.loads(outcome.out)
    assert (stats["model"], stats["origin"], stats["gates"], stats["depth"]) == ("flowers", "learned", 2, 1)
    assert (stats["bits"], stats["bits_read"], stats["terms"], stats["tau"]) == (64, 2, [1, 1, 1], 1.5)
    assert stats["provenance"] == find_model("flowers").model.provenance


def test_a_rule_of_the_same_name_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    path = store_model(iris_model(name="life"))
    assert "Conway's Game of Life" in call(capsys, "show", "life").out
    assert f"\nmodel      life (in {path})" in f"\n{call(capsys, 'show', path).out}"


@pytest.mark.parametrize("name", TEXTS)
def test_every_format_says_what_its_outputs_are(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "show", "flowers", "--format", name)
    assert (outcome.code, outcome.err) == (0, "")
    stats = json.loads(call(capsys, "show", "flowers", "--format", name, "--json").out)
    assert stats[name] == outcome.out
    if name != "c":
        assert "class2 is Iris-virginica." in outcome.out
        assert "class0_bit0" in outcome.out


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(model=models())
def test_circuits_compute_the_scores_and_the_winner(
    model: ClassifierModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "random.logic"
    save_model(model, path)
    num_classes = model.head.num_classes
    words = np.random.default_rng(0).integers(0, 1 << 63, (model.encoder.num_bits, 1), np.uint64)
    expected = scores(model.head, words)
    lowest = json.loads(call(capsys, "show", path, "--json").out)["lowest_score"]
    digits = read_blif(call(capsys, "show", path, "--format", "blif").out)
    np.testing.assert_array_equal(numbers_of(digits, words, num_classes, is_signed=lowest < 0), expected)
    winners = read_blif(call(capsys, "show", path, "--format", "blif", "--argmax").out)
    assert winners.outputs == tuple(f"class{place}" for place in range(num_classes))
    ones = bits_of(winners, words)
    assert (ones.sum(axis=0) == 1).all()
    assert ones.argmax(axis=0).tolist() == expected.argmax(axis=0).tolist()


def bits_of(circuit: Circuit, words: np.ndarray) -> np.ndarray:
    octets = simulate(circuit, words).astype("<u8").view(np.uint8)
    return np.unpackbits(octets, axis=1, bitorder="little")


def numbers_of(circuit: Circuit, words: np.ndarray, num_classes: int, *, is_signed: bool) -> np.ndarray:
    """Returns for each class the numbers whose binary digits are the circuit's outputs."""
    digits = bits_of(circuit, words).reshape(num_classes, -1, 64).astype(np.int64)
    weights = 1 << np.arange(digits.shape[1])
    if is_signed:
        weights[-1] *= -1
    numbers: np.ndarray = np.einsum("cdl,d->cl", digits, weights)
    return numbers


def standalone(folder: Path, name: str) -> Path:
    """Returns a program that reads rows of four floats and prints classes, made of NAME.c and NAME.h."""
    (folder / "main.c").write_text(
        f"""\
#include "{name}.h"
#include <stdio.h>

int main(void) {{
    float row[{name}_num_features];
    int32_t class, scores[{name}_num_classes];
    while (fread(row, sizeof row, 1, stdin) == 1) {{
        if ({name}_classify(row, 1, &class, scores)) {{
            return 1;
        }}
        printf("%d %d\\n", (int)class, (int)scores[class]);
    }}
    return 0;
}}
"""
    )
    program = folder / "program"
    command = ["cc", *STRICT_C, str(folder / "main.c"), str(folder / f"{name}.c"), "-o", str(program), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return program


@needs_cc
@pytest.mark.parametrize("verb", ["show", "convert"])
def test_the_c_stands_alone_and_says_the_same(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, verb, "flowers", "--out", "flowers.c")
    assert (outcome.code, outcome.err) == (0, "")
    if verb == "show":
        assert outcome.out == "written  flowers.c and flowers.h: c, 2 gates\n"
    assert sorted(path.name for path in Path().iterdir()) == ["flowers.c", "flowers.h"]
    assert Path("flowers.h").read_text().count("\n") == 7
    program = standalone(Path().absolute(), "flowers")
    done = subprocess.run([program], input=IRIS.features.tobytes(), capture_output=True, check=True)
    printed = np.array([line.split() for line in done.stdout.decode().splitlines()], int)
    classifier = load_classifier("flowers")
    np.testing.assert_array_equal(printed[:, 0], classifier.predict(IRIS.features))
    np.testing.assert_array_equal(printed[:, 1], classifier.scores(IRIS.features).max(axis=1))


def test_the_c_says_what_its_features_are(capsys: pytest.CaptureFixture[str]) -> None:
    out = call(capsys, "show", "flowers", "--format", "c").out
    assert " * feature 0: sepal-length, a number\n" in out
    assert " * class 1: Iris-versicolor\n" in out
    assert "A feature that is NaN is missing" in out
    assert "a category, one of 0='" in call(capsys, "show", "weather", "--format", "c").out
    assert "features 0 to 15: pixels from 0 to 255" in call(capsys, "show", "images", "--format", "c").out


@pytest.mark.skipif(shutil.which("berkeley-abc") is None, reason="berkeley-abc is not installed")
def test_abc_reads_the_bench(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "show", "flowers", "-o", "f.bench").code == 0
    assert Path("f.bench").read_text().partition("INPUT")[2].isascii()
    done = subprocess.run(["berkeley-abc", "-q", "read_bench f.bench; print_stats"], capture_output=True, check=False)
    assert done.returncode == 0
    assert b"i/o =   64/" in done.stdout


def test_on_standard_output_there_is_no_header(capsys: pytest.CaptureFixture[str]) -> None:
    text = call(capsys, "show", "images", "--format", "c").out
    assert "int images_classify(const uint8_t *features" in text
    assert "#pragma once" not in text
    assert call(capsys, "convert", "images", "--to", "c").out == text
    assert "int digits_classify" in call(capsys, "convert", "images", "--to", "c", "--name", "digits").out
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("suffix", [".blif", ".aag", ".aig", ".bench", ".v", ".dot"])
@pytest.mark.parametrize("argmax", [[], ["--argmax"]])
def test_convert_writes_what_show_does(suffix: str, argmax: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(f"flowers{suffix}")
    outcome = call(capsys, "convert", "flowers", "-o", path, *argmax)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    converted = path.read_bytes()
    assert call(capsys, "show", "flowers", "-o", path, *argmax).code == 0
    if suffix in (".blif", ".aag", ".aig", ".bench"):
        assert b"Read back and compared: 2^64 of 2^64 rows right" in converted
        assert prove_same_function(read_circuit(path), circuit_in(converted, path)).is_complete
    else:
        assert path.read_bytes() == converted


def circuit_in(content: bytes, path: Path) -> Circuit:
    other = path.with_stem("other")
    other.write_bytes(content)
    return read_circuit(other)


def test_a_model_may_be_compared_with_its_export(capsys: pytest.CaptureFixture[str]) -> None:
    stored = find_model("weather")
    assert call(capsys, "convert", "weather", "-o", "weather.blif").code == 0
    assert prove_same_function(read_circuit(Path("weather.blif")), with_adders(stored.model.head)).is_complete
    for name in ("weather", stored.path):
        outcome = call(capsys, "equivalent", name, "weather.blif")
        assert (outcome.code, outcome.err) == (0, "")
        assert "are equal" in outcome.out


def test_the_name_may_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "convert", "flowers", "-o", "f.blif", "--name", "my flowers").code == 0
    assert ".model my_flowers\n" in Path("f.blif").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "flowers", "--argmax"], 2, "--argmax is about circuits; say a format, or name a file"),
        (["show", "life", "--argmax"], 2, "--argmax is about classifiers; leave it out"),
        (["show", "flowers", "--format", "c", "--argmax"], 2, "tells the class with the largest score anyway"),
        (["show", "flowers", "--format", "aig", "--json"], 2, "aig is binary and no text for --json"),
        (["show", "flowers", "-o", "flowers.doc"], 1, "flowers.doc ends in none of .blif,"),
        (["show", "flowers", "-o", "/dev/null/x.c"], 1, "cannot write /dev/null/x.c"),
        (["show", "gone.logic"], 1, "cannot read model gone.logic"),
        (["convert", "gone.logic", "-o", "x.v"], 1, "cannot read model gone.logic"),
        (["convert", "flowers"], 2, "standard output has no suffix"),
        (["convert", "gone.blif", "-o", "x.v", "--argmax"], 2, "--argmax is about classifiers"),
        (["optimize", "gone.logic", "-o", "x.blif"], 1, "cannot read model gone.logic"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str], in_empty_folder: Path
) -> None:
    outcome = call(capsys, *arguments)
    outcome.assert_one_complaint()
    assert outcome.code == code
    assert message in outcome.err
    assert list(in_empty_folder.iterdir()) == []


def test_a_header_that_cannot_be_written_is_found_first(capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.h").mkdir()
    outcome = call(capsys, "show", "flowers", "-o", "x.c")
    outcome.assert_one_complaint()
    assert "cannot write x.h: Is a directory" in outcome.err
    assert not Path("x.c").exists()


def test_figures_may_go_to_a_file_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "show", "flowers", "--format", "stats", "-o", "figures.txt").code == 0
    assert Path("figures.txt").read_text() == call(capsys, "show", "flowers").out
