"""`bench training`: what is measured elsewhere is told in tables or as JSON."""

import json
from typing import Any

import pytest

from ca_logic.classifier_benchmark import training_benchmark
from ca_logic.classifier_benchmark.formulations import BASELINE, Formulation
from ca_logic.classifier_benchmark.training_benchmark import StepTiming, TrainingBenchmark
from ca_logic.errors import EquivalenceError
from ca_logic.machine import available_cores
from tests.command_line import call


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replaces measuring by fixed figures; returns what it was asked for."""
    asked: dict[str, Any] = {}

    def benchmark_training(layers: Any, **options: Any) -> TrainingBenchmark:
        asked.update(options, layers=layers)

        def formulation(name: str) -> Formulation:
            return Formulation(name, f"where {name} runs", lambda _: (0.0, []), lambda _: None, 1)  # type: ignore[arg-type, return-value]

        timings = (
            StepTiming(BASELINE, 1, 0.9, 1.0, 1.25),
            StepTiming("textbook in PyTorch", 1, reason="PyTorch is not installed; pip install torch"),
            StepTiming("ours", 1, 0.005, 180.0, 1.5),
        )
        formulations = tuple(formulation(timing.formulation) for timing in timings)
        return TrainingBenchmark(formulations, timings, 2.3026, "cpu: Fake")

    monkeypatch.setattr(training_benchmark, "benchmark_training", benchmark_training)
    return asked


def test_the_table_tells_the_ratio(measured: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--layers", "2x400,100", "--batch", "64", "--inputs", "99", "--seconds", "7", "--threads", "1")
    outcome = call(capsys, "bench", "training", *words)
    assert outcome.code == 0
    assert measured["layers"] == (400, 400, 100)
    assert (measured["batch_size"], measured["num_inputs"]) == (64, 99)
    assert (measured["seconds"], measured["cores"]) == (7, (1, 1))
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= 120
    assert lines[0] == "a step of layers 400, 400, 100 on 64 samples of 99 bits, 1 core"
    cells = {line.split()[1]: [cell.strip() for cell in line.split("│")[2:-1]] for line in lines if line[0] == "│"}
    assert cells["ours"] == ["5", "12,800", "180x", "1.50"]
    assert cells["textbook"] == ["not measured", "", "", ""]
    assert "textbook in PyTorch is not measured: PyTorch is not installed; pip install torch" in lines
    assert "ours: where ours runs" in lines
    assert "All agree on gradients, and in each step on the loss, 2.3026; the learning rate is next to 0." in lines


def test_json_holds_the_same(measured: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "bench", "training", "--json")
    assert len(outcome.out.splitlines()) == 1
    result = json.loads(outcome.out)
    assert (result["layers"], result["batch"], result["inputs"]) == ([8000] * 6, 128, 784)
    assert (result["loss"], result["machine"]["device"]) == (2.3026, "cpu: Fake")
    assert [timing["ratio"] for timing in result["timings"]] == [1, None, 180]
    assert [timing["seconds"] for timing in result["timings"]] == [0.9, None, 0.005]
    assert result["formulations"][0] == {"name": BASELINE, "where": f"where {BASELINE} runs"}
    assert measured["cores"] == (1, available_cores())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--layers", "6x"), "write them like 6x8000"),
        (("--layers", "40,31"), "the last layer has 31 gates, which 10 classes cannot share"),
        (("--layers", "40", "--inputs", "1"), "cannot wire 40 gates to 1 signals"),
        (("--layers", "40", "--inputs", "0"), "0 is too few"),
        (("--batch", "1", "2"), "2 batches; `bench training` takes one --batch"),
        (("--batch", str(10**12)), "GiB of memory"),
        (("--threads", "9999"), "9999 threads cannot be compared on"),
        (("--seconds", "61"), "61 seconds are too many"),
        (("--data", "here"), "--data belongs to `bench MODEL`"),
        (("--out", "chart.png"), "--out belongs to `bench MODEL`"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    words: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "bench", "training", *words)
    outcome.assert_one_complaint()
    assert outcome.code == 2
    assert complaint in outcome.err


def test_formulations_that_differ_are_a_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def benchmark_training(*_: Any, **__: Any) -> TrainingBenchmark:
        raise EquivalenceError("ours has a loss of 3 where textbook in JAX has 2.")

    monkeypatch.setattr(training_benchmark, "benchmark_training", benchmark_training)
    outcome = call(capsys, "bench", "training")
    outcome.assert_one_complaint()
    assert outcome.code == 1
