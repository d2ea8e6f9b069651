"""Models are compared on the samples that judge them; circuits that differ are found, and who cannot is left out."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ca_logic.classifier_benchmark import classifying, model_benchmark
from ca_logic.classifier_benchmark.chart import draw_chart
from ca_logic.classifier_benchmark.classifying import measure, require_batches
from ca_logic.classifier_benchmark.contenders import Classify, Contender, Form
from ca_logic.classifier_benchmark.first_answer import FirstAnswer, first_answer_of_file
from ca_logic.classifier_benchmark.model_benchmark import ModelBenchmark, benchmark_model
from ca_logic.classifier_benchmark.model_samples import RANDOM, Rows, random_rows, samples_of_model
from ca_logic.errors import EquivalenceError, ToolchainError, UsageError
from ca_logic.runtime.classifier import ClassifierModel, StoredModel, find_model, save_model
from tests.backend.classifier.classifiers import layered_head, random_encoder
from tests.classifier_benchmark.trained_models import trained_model
from tests.runtime.classifier.models import image_model, iris_model, model_of, weather_data, weather_model

CIRCUITS = ["packed on the device", "interpreted circuit", "compiled circuit"]


@pytest.fixture
def nothing_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of their own would take seconds, and so would training."""
    monkeypatch.setattr(model_benchmark, "first_answer_of_file", lambda *_: FirstAnswer(0.3, 0.2, 0.1))
    monkeypatch.setattr(model_benchmark, "_MAX_TRAINING_SECONDS", 0.001)


def stored(model: ClassifierModel, folder: Path) -> StoredModel:
    save_model(model, folder / "model.logic")
    return find_model(folder / "model.logic")


def benchmark(model: ClassifierModel, folder: Path, **changes: object) -> ModelBenchmark:
    settings = {"batches": (30,), "cores": (1,), "seconds": 0.001, "with_mlp": False}
    return benchmark_model(stored(model, folder), samples_of_model(model), **settings | changes)  # type: ignore[arg-type]


@pytest.mark.usefixtures("nothing_slow")
def test_all_contenders_are_judged_and_timed(tmp_path: Path) -> None:
    found = benchmark(trained_model(), tmp_path, with_mlp=True)
    names = [contender.name for contender in found.contenders]
    assert names == ["MLP 256-256", "soft network", "hard network", *CIRCUITS]
    assert (found.samples, found.num_samples, found.baseline) == ("iris, test", 30, "MLP 256-256")
    assert found.lacks_network == ""
    assert found.judgements["MLP 256-256"].accuracy is not None
    accuracies = {found.judgements[name].accuracy for name in ["hard network", *CIRCUITS]}
    assert len(accuracies) == 1
    assert all(found.judgements[name].agreement == 1 for name in ["hard network", *CIRCUITS])
    keys = [(timing.batch_size, timing.contender, timing.form) for timing in found.timings]
    assert keys == [(size, name, form) for size in (30,) for name in names for form in ("ready", "rows")]
    for timing in found.timings:
        assert timing.reason == ""
        assert timing.samples_per_second is not None
        assert timing.ratio is not None
        assert (timing.ratio == 1) == (timing.contender == "MLP 256-256")
    assert draw_chart("iris, $5", found).startswith(b"\x89PNG")


@pytest.mark.usefixtures("nothing_slow")
def test_a_hard_network_that_is_not_the_circuit_is_found(tmp_path: Path) -> None:
    with pytest.raises(EquivalenceError, match=r"hard network and the circuit in NumPy differ on \d+ of 30 samples"):
        benchmark(trained_model(num_changed=4), tmp_path)


@pytest.mark.usefixtures("nothing_slow")
def test_a_model_without_its_network_says_so(tmp_path: Path) -> None:
    found = benchmark(iris_model(), tmp_path)
    assert [contender.name for contender in found.contenders] == CIRCUITS
    assert found.lacks_network == "the model does not hold the network that was trained."
    assert found.baseline is None
    assert {timing.ratio for timing in found.timings} == {None}


@pytest.mark.usefixtures("nothing_slow")
def test_a_network_of_another_kind_is_a_reason(tmp_path: Path) -> None:
    model = trained_model()
    assert model.network
    odd = dataclasses.replace(model, network=dataclasses.replace(model.network, architecture={"recipe": 5}))
    assert "no recipe of a network" in benchmark(odd, tmp_path).lacks_network


@pytest.mark.usefixtures("nothing_slow")
def test_random_samples_stand_for_data_that_nobody_has(tmp_path: Path) -> None:
    found = benchmark(weather_model(weather_data(tmp_path)[0]), tmp_path)
    assert found.samples == RANDOM
    assert {judgement.accuracy for judgement in found.judgements.values()} == {None}


def test_random_rows_set_bits_and_others_not() -> None:
    for model in (iris_model(), image_model(), model_of(random_encoder(30, 9), layered_head(30, (20, 6), 2))):
        bits = model.encoder.encode(random_rows(model, 1000))
        assert bits.any()
        assert not bits.all()
    assert random_rows(image_model(), 3).dtype == np.uint8
    rows = random_rows(iris_model(), 1000)
    assert (iris_model().encoder.encode(rows).any(axis=0) & ~iris_model().encoder.encode(rows).all(axis=0)).all()


# Measuring.

ROWS = np.zeros((3, 2), np.float32)
EXPECTED = np.array([0, 1, 2], np.int32)


def contender(name: str, classes: object = None, *, is_circuit: bool = True, bytes_a_sample: float = 1) -> Contender:
    def prepare(rows: Rows, form: Form, threads: int) -> Classify:
        if isinstance(classes, Exception):
            raise classes
        found = EXPECTED if classes is None else np.asarray(classes)
        made.append((name, form, len(rows), threads))
        return lambda: [found[np.arange(len(rows)) % 3]]

    return Contender(name, "here", "bits", 1, 1, is_circuit, FirstAnswer(0.1), bytes_a_sample, prepare)


made: list[tuple[str, Form, int, int]] = []


def test_sizes_are_sorted_and_several_cores_get_the_largest() -> None:
    made.clear()
    timings = measure([contender("a")], ROWS, EXPECTED, batches=(5, 2, 5), cores=(1, 2, 1), seconds=0)
    assert [(timing.batch_size, timing.num_cores) for timing in timings[::2]] == [(2, 1), (5, 1), (5, 2)]
    assert made[::2] == [("a", "ready", 2, 1), ("a", "ready", 5, 1), ("a", "ready", 5, 2)]


def test_a_circuit_that_differs_is_found_and_a_network_may() -> None:
    wrong = [0, 2, 2]
    measure([contender("soft", wrong, is_circuit=False)], ROWS, EXPECTED, batches=[3], cores=[1], seconds=0)
    with pytest.raises(EquivalenceError, match=r"bad and the circuit .* differ on 2 of 5 samples, first on sample 1"):
        measure([contender("bad", wrong)], ROWS, EXPECTED, batches=[5], cores=[1], seconds=0)


def test_who_cannot_is_left_out_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    out_of_memory = contender("gpu", RuntimeError("RESOURCE_EXHAUSTED: out of memory\nmore"))
    large = contender("large", bytes_a_sample=1e18)
    timings = measure([out_of_memory, large, contender("a")], ROWS, EXPECTED, batches=[3], cores=[1], seconds=0)
    assert timings[0].reason == "RESOURCE_EXHAUSTED: out of memory"
    assert "GiB of memory" in timings[2].reason
    assert timings[4].samples_per_second
    monkeypatch.setattr(classifying, "_MAX_SECONDS_A_CALL", 1e-9)
    timings = measure([contender("a")], ROWS, EXPECTED, batches=[1, 3], cores=[1], seconds=0)
    assert "a call would take about 0 s" in timings[-1].reason


def test_ratios_refer_to_the_baseline_in_the_same_form() -> None:
    timings = measure([contender("a"), contender("b")], ROWS, EXPECTED, batches=[3], cores=[1], seconds=0, baseline="a")
    assert [timing.ratio == 1 for timing in timings[:2]] == [True, True]
    assert all(timing.ratio for timing in timings)


def test_batches_beyond_memory_are_refused() -> None:
    with pytest.raises(UsageError, match=r"a batch of 10{15} samples needs .* GiB of memory, .* a smaller --batch"):
        require_batches([1, 10**15], ROWS, 100)


# First answers.


def test_the_first_answer_is_sooner_the_second_time(tmp_path: Path) -> None:
    answer = first_answer_of_file(stored(iris_model(), tmp_path).path, "interpreted")
    assert answer.again is not None
    assert answer.starting is not None
    assert 0 < answer.again < answer.fresh
    assert answer.starting < answer.fresh


def test_a_process_that_fails_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"first answer failed: .*cannot read model .*none\.logic"):
        first_answer_of_file(tmp_path / "none.logic", "interpreted")
