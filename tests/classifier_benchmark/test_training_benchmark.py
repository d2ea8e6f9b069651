"""All formulations do the same step, or nothing is measured."""

import dataclasses
import importlib.util
from collections.abc import Callable
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from ca_logic.classifier_benchmark import torch_steps, training_benchmark
from ca_logic.classifier_benchmark.formulations import BASELINE, Formulation, formulations
from ca_logic.classifier_benchmark.textbook import mix_all_gates, relaxed_gates
from ca_logic.classifier_benchmark.training_benchmark import TrainingBenchmark, benchmark_training
from ca_logic.classifier_benchmark.training_step import Trainer, TrainingStep, make_training_step
from ca_logic.errors import EquivalenceError, UsageError
from tests.learning import textbook

LAYERS = (20, 10)


def benchmark(**changes: object) -> TrainingBenchmark:
    settings = {"layers": LAYERS, "batch_size": 8, "num_inputs": 12, "cores": (1,), "seconds": 0.01}
    return benchmark_training(**settings | changes)  # type: ignore[arg-type]


def test_the_textbook_is_the_textbook() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 5))
    np.testing.assert_allclose(np.stack(list(relaxed_gates(np, a, b))), textbook.all_gates(a, b))
    layer = textbook.Layer(rng.normal(size=(7, 16)), rng.integers(0, 4, (7, 2)), is_gates=True)
    x = rng.random((4, 3))
    mixed = mix_all_gates(jnp, textbook.softmax(layer.logits), layer.reads, jnp.asarray(x.T))
    np.testing.assert_allclose(mixed.T, textbook.evaluate((layer,), x), atol=1e-5)


def test_every_formulation_is_timed_or_says_why_not() -> None:
    said: list[str] = []
    found = benchmark(on_progress=said.append)
    assert [timing.formulation for timing in found.timings] == [known.name for known in formulations()]
    assert found.timings[0].formulation == BASELINE
    assert found.timings[0].ratio == 1
    for timing in found.timings:
        if timing.formulation == "textbook in PyTorch" and importlib.util.find_spec("torch") is None:
            assert timing.reason == "PyTorch is not installed; pip install torch"
            assert timing.seconds is None
            continue
        assert timing.reason == ""
        assert timing.seconds is not None
        assert timing.seconds > 0
        assert timing.ratio is not None
        assert timing.spread is not None
        assert timing.spread >= 1
        assert f"1 core, round 5: {timing.formulation}" in said
    assert 0 < found.loss < 5


def test_gradients_are_those_of_the_textbook() -> None:
    """By an oracle that shares no code with any formulation: NumPy in 64 bits."""
    step = make_training_step(LAYERS, batch_size=8, num_inputs=12)
    network = tuple(
        textbook.Layer(logits.astype(np.float64), wiring, is_gates=True)
        for logits, wiring in zip(step.logits, step.wiring, strict=True)
    )
    x = step.bits.T.astype(np.float64)
    scores = textbook.evaluate(network, x).reshape(10, 1, 8).sum(axis=1).T / step.recipe.tau
    shares = textbook.softmax(scores)
    right = np.eye(10)[step.labels]
    of_scores = (shares - right) / 8 / step.recipe.tau
    expected, _ = textbook.gradients(network, x, of_scores.T)
    loss, gradients = formulations()[0].differentiate(step)
    assert loss == pytest.approx(-np.log((shares * right).sum(axis=1)).mean(), rel=1e-5)
    for found, gradient in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(found, gradient, atol=1e-4 * np.abs(gradient).max())


GRADIENTS = [np.ones((20, 16)), np.full((10, 16), 2.0)]


class FakeTrainer:
    """Does nothing, with the loss that it should have, or another."""

    def __init__(self, loss: float = 2.0, problem: str = "") -> None:
        self.loss, self.problem = loss, problem

    def __call__(self, _: TrainingStep) -> Trainer:
        if self.problem:
            raise RuntimeError(self.problem)
        return self

    def use_cores(self, num_cores: int) -> None:
        pass

    def advance(self, times: int) -> tuple[float, float]:
        return 0.001 * times, self.loss


def fake(name: str = "other", loss: float = 2.0, factor: float = 1.0, **changes: object) -> Formulation:
    found = (loss, [GRADIENTS[0], factor * GRADIENTS[1]])
    formulation = Formulation(name, "nowhere", lambda _: found, FakeTrainer(), 1)
    return dataclasses.replace(formulation, **changes)  # type: ignore[arg-type]


Compare = Callable[..., TrainingBenchmark]


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> Compare:
    """Compares formulations that do nothing, the first being the baseline."""

    def compare(first: Formulation, second: Formulation) -> TrainingBenchmark:
        monkeypatch.setattr(training_benchmark, "formulations", lambda: (first, second))
        return benchmark()

    return compare


def test_another_loss_or_gradient_is_found(compare: Compare) -> None:
    compare(fake(BASELINE), fake(loss=2.0001, factor=1.0001))
    with pytest.raises(EquivalenceError, match=r"other has a loss of 2\.1 where textbook in JAX has 2"):
        compare(fake(BASELINE), fake(loss=2.1))
    with pytest.raises(EquivalenceError, match=r"other and textbook in JAX differ in the gradient of layer 2 by up to"):
        compare(fake(BASELINE), fake(factor=1.01))
    with pytest.raises(EquivalenceError, match="other has a loss of nan"):
        compare(fake(BASELINE), fake(loss=float("nan")))


def test_what_is_timed_must_have_the_loss_too(compare: Compare) -> None:
    with pytest.raises(EquivalenceError, match="other has a loss of 99 where"):
        compare(fake(BASELINE), fake(prepare=FakeTrainer(99.0)))


def test_who_cannot_is_left_out_with_a_reason(compare: Compare) -> None:
    out_of_memory = FakeTrainer(problem="RESOURCE_EXHAUSTED: out of memory\nmore")
    assert compare(fake(BASELINE), fake(prepare=out_of_memory)).timings[1].reason.endswith("out of memory")
    assert "GiB of memory" in compare(fake(BASELINE), fake(bytes_a_signal=1 << 60)).timings[1].reason
    assert compare(fake(BASELINE), fake(reason="it is Sunday")).timings[1].reason == "it is Sunday"
    with pytest.raises(UsageError, match=r"textbook in JAX cannot do this step: RESOURCE_EXHAUSTED: out of memory; "):
        compare(fake(BASELINE, prepare=out_of_memory), fake())


def test_what_cannot_be_is_refused_before_anything_is_made() -> None:
    with pytest.raises(UsageError, match="the last layer has 31 gates, which 10 classes cannot share"):
        benchmark(layers=(40, 31))
    with pytest.raises(UsageError, match="cannot wire 20 gates to 1 signals"):
        benchmark(num_inputs=1)
    with pytest.raises(UsageError, match=r"needs at least .* GiB of memory, but .* choose fewer"):
        benchmark(batch_size=10**12)
    with pytest.raises(UsageError, match="9999 threads cannot be compared"):
        benchmark(cores=(1, 9999))


@pytest.mark.parametrize(
    ("is_installed", "has_gpu", "platform", "reason"),
    [
        (False, False, "cpu", "PyTorch is not installed; pip install torch"),
        (True, False, "cpu", ""),
        (True, True, "gpu", ""),
        (True, False, "gpu", "PyTorch finds no gpu"),
        (True, True, "tpu", "PyTorch finds no tpu"),
    ],
)
def test_pytorch_is_compared_on_the_same_device_only(
    is_installed: bool, has_gpu: bool, platform: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: has_gpu))
    monkeypatch.setattr(torch_steps, "_is_installed", lambda: is_installed)
    monkeypatch.setattr(torch_steps, "_torch", lambda: torch)
    assert torch_steps.reason_to_skip(platform) == reason
