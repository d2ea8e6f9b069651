"""`bench MODEL`: what is measured elsewhere is told in tables or as JSON."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ca_logic.classifier_benchmark import model_benchmark
from ca_logic.classifier_benchmark.classifying import Timing
from ca_logic.classifier_benchmark.contenders import Contender
from ca_logic.classifier_benchmark.first_answer import FirstAnswer
from ca_logic.classifier_benchmark.model_benchmark import Judgement, ModelBenchmark
from ca_logic.cli import bench_model
from ca_logic.errors import EquivalenceError
from ca_logic.machine import available_cores
from ca_logic.toolchain.compiler import NoCompilerError
from tests.cli.models_on_disk import learn_small_models
from tests.command_line import call


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    learn_small_models(tmp_path / "home", monkeypatch)
    return tmp_path


def contender(name: str, answer: FirstAnswer, *, is_circuit: bool) -> Contender:
    return Contender(name, "here", "bits", 1234, 5678, is_circuit, answer, 1, lambda *_: lambda: [np.zeros(0)])


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replaces training and measuring by fixed figures; returns what they were asked for."""
    asked: dict[str, Any] = {}

    def benchmark_model(stored: Any, samples: Any, **options: Any) -> ModelBenchmark:
        asked.update(options, name=stored.model.name, samples=samples.name)
        return ModelBenchmark(
            contenders=(
                contender("MLP [9]", FirstAnswer(0.5), is_circuit=False),
                contender("compiled circuit", FirstAnswer(1.5, 1.25, 0.0625), is_circuit=True),
            ),
            judgements={"MLP [9]": Judgement(0.875, 0.75), "compiled circuit": Judgement(0.5, 1.0)},
            timings=(
                Timing("MLP [9]", "ready", 64, 1, 2e5, 1.0, 1.1),
                Timing("MLP [9]", "rows", 64, 1, 1e5, 1.0, 1.1),
                Timing("compiled circuit", "ready", 64, 1, 3e7, 150.0, 1.1),
                Timing("compiled circuit", "rows", 64, 1, reason="a call would take about 8 s"),
            ),
            samples=samples.name,
            num_samples=30,
            baseline="MLP [9]" if options["with_mlp"] else None,
            lacks_network="the model does not hold the network that was trained.",
            device="cpu: Fake",
        )

    monkeypatch.setattr(model_benchmark, "benchmark_model", benchmark_model)
    return asked


def test_tables_tell_accuracy_and_speed(measured: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "bench", "flowers", "--batch", "64", "--seconds", "2", "--threads", "1")
    assert outcome.code == 0
    assert (measured["name"], measured["samples"], measured["with_mlp"]) == ("flowers", "iris, test", True)
    assert (measured["batches"], measured["cores"], measured["seconds"]) == ([64], (1, 1), 2)
    lines = outcome.out.splitlines()
    assert max(len(line) for line in lines if line[0] in "│┏") <= 120
    assert lines[0] == "flowers on iris, test: 30 samples"
    (accuracy, ready, rows) = [line.split("│")[2:-1] for line in lines if line.startswith("│ compiled circuit")]
    assert [cell.strip() for cell in accuracy] == [
        "50.00 %",
        "100.00 %",
        "1.5 s",
        "1.25 s",
        "0.0625 s",
        "1,234",
        "5.68kB",
    ]
    assert [cell.strip() for cell in ready + rows] == ["ready", "30M/s (150x)", "rows", "not measured"]
    (accuracy, *_) = [line.split("│")[2:-1] for line in lines if line.startswith("│ MLP [9]")]
    assert [cell.strip() for cell in accuracy[:5]] == ["87.50 %", "75.00 %", "0.5 s", "-", "-"]
    assert "samples per second on 1 core, in batches of so many; in parentheses by MLP [9]" in lines
    assert "compiled circuit, rows batches of 64 is not measured: a call would take about 8 s" in lines
    assert "soft and hard network are not measured: the model does not hold the network that was trained." in lines
    assert any(line.startswith("Ratios refer to the MLP") for line in lines)
    assert len(lines[-1]) <= 120


def test_json_holds_the_same(home: Path, measured: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "bench", "flowers", "--baseline", "none", "--json", "--out", home / "chart.png")
    assert outcome.code == 0
    assert len(outcome.out.splitlines()) == 1
    result = json.loads(outcome.out)
    assert (result["model"], result["data"], result["samples"]) == ("flowers", "iris, test", 30)
    assert result["baseline"] is None
    assert result["machine"]["device"] == "cpu: Fake"
    assert [timing["ratio"] for timing in result["timings"]] == [1, 1, 150, None]
    assert result["contenders"][1] == {
        "name": "compiled circuit",
        "where": "here",
        "ready": "bits",
        "size": 1234,
        "bytes": 5678,
        "accuracy": 0.5,
        "agreement": 1.0,
        "first_answer_seconds": 1.5,
        "starting_seconds": 1.25,
        "first_answer_again_seconds": 0.0625,
    }
    assert result["bytes"] == Path(result["path"]).stat().st_size
    assert (home / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert measured["batches"] == model_benchmark.BATCHES
    assert measured["cores"] == (1, available_cores())
    assert measured["with_mlp"] is False


def test_a_circuit_that_differs_is_a_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def benchmark_model(*_: Any, **__: Any) -> ModelBenchmark:
        raise EquivalenceError("compiled circuit and the circuit in NumPy differ.")

    monkeypatch.setattr(model_benchmark, "benchmark_model", benchmark_model)
    outcome = call(capsys, "bench", "flowers")
    outcome.assert_one_complaint()
    assert outcome.code == 1


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("flowers", "--size", "64x64"), 2, "--size belongs to `bench RULE`"),
        (("flowers", "--layers", "6x8000"), 2, "--layers belongs to `bench training`"),
        (("life", "--baseline", "mlp"), 2, "--baseline belongs to `bench MODEL`"),
        (("flowers", "--batch", "0"), 2, "0 is too few"),
        (("flowers", "--baseline", "svm"), 2, "invalid choice: 'svm'"),
        (("flowers", "--threads", "9999"), 2, "9999 threads cannot be compared on"),
        (("flowers", "--batch", str(10**15)), 2, "needs .* GiB of memory"),
        (("flowers", "--device", "gpu"), 2, "JAX finds no device 'gpu'"),
        (("nothing.logic",), 1, "cannot read model nothing.logic"),
        (("flowers", "--out", "/nowhere/at/all.png"), 1, "cannot write /nowhere/at/all.png"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    words: tuple[str, ...], code: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "bench", *words)
    outcome.assert_one_complaint()
    assert outcome.code == code
    assert complaint.split(".*")[0] in outcome.err
    assert complaint.split(".*")[-1] in outcome.err


def test_without_a_compiler_nothing_is_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_compiler() -> None:
        raise NoCompilerError("no C compiler found.")

    monkeypatch.setattr(bench_model, "find_compiler", find_compiler)
    outcome = call(capsys, "bench", "flowers")
    outcome.assert_one_complaint()
    assert "no C compiler found" in outcome.err
