"""`bench training`: a step of training as the textbook does it, and as we do; the same step, or it does not count."""

import functools
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ca_logic.classifier_benchmark.cores import describe_cores, held_to_cores, require_cores
from ca_logic.classifier_benchmark.formulations import BASELINE, Formulation, formulations
from ca_logic.classifier_benchmark.interleaving import interleaved_seconds, median_ratio
from ca_logic.classifier_benchmark.training_step import Trainer, TrainingStep, make_training_step
from ca_logic.errors import EquivalenceError, UsageError
from ca_logic.learning.device import describe_device
from ca_logic.machine import available_memory

_TOLERANCE = 1e-3
"""How far a gradient may be off, as a share of the largest in its layer; a loss, as a share of itself."""

_BYTES_A_GATE, _BYTES_A_BIT, _BYTES_AN_INPUT = 2000, 24, 1000
"""Of parameters, gradients and what Adam remembers, of samples and of names, in all formulations together."""

Found = tuple[float, Sequence[np.ndarray]]
"""A loss, and its gradient by the logits of each layer."""


@dataclass(frozen=True)
class StepTiming:
    """How long a formulation takes for a step.

    Attributes:
        formulation: its name.
        num_cores: on how many it was held.
        seconds: of a step, median over the rounds; None if it was not measured.
        ratio: how many times as fast as the baseline, median over the rounds that both were in.
        spread: the slowest round's time by the fastest one's.
        reason: why it was not measured, or "".
    """

    formulation: str
    num_cores: int
    seconds: float | None = None
    ratio: float | None = None
    spread: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class TrainingBenchmark:
    """What was compared, and how fast it was.

    Attributes:
        formulations: in the order of the table.
        timings: for each number of cores, in that order.
        loss: of the step, which all that were measured agree on.
        device: JAX's.
    """

    formulations: tuple[Formulation, ...]
    timings: tuple[StepTiming, ...]
    loss: float
    device: str


def benchmark_training(
    layers: Sequence[int],
    *,
    batch_size: int,
    num_inputs: int,
    cores: Sequence[int],
    seconds: float,
    on_progress: Callable[[str], None] = lambda _: None,
) -> TrainingBenchmark:
    """Returns the timings of a step: forward, loss, backward and Adam.

    Args:
        layers: the number of gates of each; the last a multiple of ten, which are the classes.
        batch_size: samples of a step.
        num_inputs: bits of a sample.
        cores: on how many to measure, one number after the other.
        seconds: for each formulation and number of cores, about.
        on_progress: told what is being done; may raise to stop.

    Raises:
        UsageError: if there is no such network, or it does not fit into memory, or there are fewer cores.
        EquivalenceError: if a formulation finds another loss or another gradient than the baseline.
    """
    for num_cores in cores:
        require_cores(num_cores)
    _require_memory(layers, batch_size, num_inputs)
    step = make_training_step(layers, batch_size=batch_size, num_inputs=num_inputs)
    known = formulations()
    trainers: dict[str, Trainer] = {}
    reasons: dict[str, str] = {}
    expected: Found | None = None
    for formulation in known:
        on_progress(f"{formulation.name}: comparing loss and gradients")
        found = formulation.reason or _prepared(formulation, step, expected)
        if not isinstance(found, str):
            trainers[formulation.name], first = found
            expected = expected or first
        elif expected:
            reasons[formulation.name] = found
        else:
            raise UsageError(f"{BASELINE} cannot do this step: {found}; choose fewer gates or samples.")
    assert expected, "the baseline was the first"
    timings: list[StepTiming] = []
    for num_cores in dict.fromkeys(cores):
        with held_to_cores(num_cores):
            timings += _measure(known, trainers, reasons, num_cores, expected[0], seconds, on_progress)
    return TrainingBenchmark(known, tuple(timings), expected[0], describe_device())


def _prepared(formulation: Formulation, step: TrainingStep, expected: Found | None) -> tuple[Trainer, Found] | str:
    """Returns what does the step, and what it finds; or why it cannot."""
    needed, available = formulation.bytes_a_signal * len(step.labels) * sum(step.recipe.layers), available_memory()
    if needed > available:
        return f"needs about {needed / 2**30:.3g} GiB of memory, {available / 2**30:.3g} are free"
    try:
        found = formulation.differentiate(step)
        _require_same(formulation.name, found, expected or found)
        trainer = formulation.prepare(step)
        trainer.advance(1)
    # A device out of memory raises JAX's own kind of RuntimeError, and so does PyTorch.
    except (MemoryError, RuntimeError) as error:
        return (str(error).splitlines() or ["there is not enough memory"])[0]
    return trainer, found


def _require_same(name: str, found: Found, expected: Found) -> None:
    """Makes sure that a formulation finds these losses and gradients, as far as 32 bits can tell."""
    _require_same_loss(name, found[0], expected[0])
    for place, (gradient, right) in enumerate(zip(found[1], expected[1], strict=True), 1):
        error, largest = np.abs(gradient - right).max(initial=0), np.abs(right).max(initial=0)
        if not error <= _TOLERANCE * largest:
            raise EquivalenceError(
                f"{name} and {BASELINE} differ in the gradient of layer {place} by up to {error:.3g}, where "
                f"the largest is {largest:.3g}."
            )


def _require_same_loss(name: str, loss: float, expected: float) -> None:
    if not abs(loss - expected) <= _TOLERANCE * abs(expected):
        raise EquivalenceError(f"{name} has a loss of {loss:.6g} where {BASELINE} has {expected:.6g}.")


def _measure(
    known: Sequence[Formulation],
    trainers: dict[str, Trainer],
    reasons: dict[str, str],
    num_cores: int,
    loss: float,
    seconds: float,
    on_progress: Callable[[str], None],
) -> list[StepTiming]:
    def stretch(name: str, times: int) -> float:
        taken, found = trainers[name].advance(times)
        _require_same_loss(name, found, loss)
        return taken * times

    for trainer in trainers.values():
        trainer.use_cores(num_cores)
    taken = interleaved_seconds(
        {name: functools.partial(stretch, name) for name in trainers},
        seconds=seconds,
        on_round=lambda number, name: on_progress(f"{describe_cores(num_cores)}, round {number}: {name}"),
    )
    return [
        StepTiming(
            formulation.name,
            num_cores,
            seconds=statistics.median(mine),
            ratio=median_ratio(taken[BASELINE], mine),
            spread=max(mine) / min(mine),
        )
        if (mine := taken.get(formulation.name))
        else StepTiming(formulation.name, num_cores, reason=reasons[formulation.name])
        for formulation in known
    ]


def _require_memory(layers: Sequence[int], batch_size: int, num_inputs: int) -> None:
    """Makes sure that what all of them are given, and remember, can be made."""
    needed = _BYTES_A_GATE * sum(layers) + _BYTES_A_BIT * batch_size * num_inputs + _BYTES_AN_INPUT * num_inputs
    available = available_memory()
    if needed > available:
        raise UsageError(
            f"a step of {sum(layers)} gates with {num_inputs} inputs and {batch_size} samples needs at least "
            f"{needed / 2**30:.3g} GiB of memory, but {available / 2**30:.3g} GiB are available; choose fewer."
        )
