"""Takes the times of contenders on batches of each size, in each form; what they answer is looked at, too."""

import dataclasses
import functools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32

from ca_logic.classifier_benchmark.contenders import FORMS, Classify, Contender, Form, classes_of
from ca_logic.classifier_benchmark.cores import describe_cores, held_to_cores
from ca_logic.classifier_benchmark.interleaving import interleaved_seconds, median_ratio
from ca_logic.classifier_benchmark.model_samples import Rows
from ca_logic.errors import EquivalenceError, UsageError
from ca_logic.machine import available_memory

_MAX_SECONDS_A_CALL = 5.0
"""A contender that would take longer for a batch is not measured on it."""


@dataclass(frozen=True)
class Timing:
    """How fast a contender classifies batches of a size.

    Attributes:
        contender: its name.
        form: in which it is given samples.
        batch_size: samples in a call.
        num_cores: on how many cores.
        samples_per_second: median over the rounds; None if it was not measured.
        ratio: how many times as fast as the baseline, given samples in its form: median over the rounds that both
            were in; None without a baseline.
        spread: the slowest round's time by the fastest one's.
        reason: why it was not measured, or "".
    """

    contender: str
    form: Form
    batch_size: int
    num_cores: int
    samples_per_second: float | None = None
    ratio: float | None = None
    spread: float | None = None
    reason: str = ""


def require_batches(batches: Sequence[int], rows: Rows, num_bits: int) -> None:
    """Makes sure, before anything is trained, that batches fit into memory, and that they are any.

    Raises:
        UsageError: if not.
    """
    largest = max(batches)
    needed, available = largest * (2 * rows[:1].nbytes + num_bits // 8 + 16), available_memory()
    if min(batches) < 1 or needed > available:
        raise UsageError(
            f"a batch of {largest} samples needs {needed / 2**30:.3g} GiB of memory, but {available / 2**30:.3g} GiB "
            "are available; choose a smaller --batch."
        )


def measure(
    contenders: Sequence[Contender],
    rows: Rows,
    expected: Int32[np.ndarray, " samples"],
    *,
    batches: Sequence[int],
    cores: Sequence[int],
    seconds: float,
    baseline: str | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> list[Timing]:
    """Returns a timing for each number of cores, size of batches, contender and form.

    Args:
        contenders: what to compare.
        rows: samples, of which batches are made by taking them again and again.
        expected: what the circuit makes of them.
        batches: how many samples are classified in a call; on several cores, only the largest of these numbers.
        cores: on how many cores to measure, one number after the other.
        seconds: for each contender, form, size and number of cores, about.
        baseline: the contender that ratios refer to.
        on_progress: told what is being done; may raise to stop.

    Raises:
        EquivalenceError: if a circuit finds other classes.
    """
    timings: list[Timing] = []
    sizes = sorted(set(batches))
    for num_cores in dict.fromkeys(cores):
        speeds: dict[tuple[str, Form], float] = {}
        with held_to_cores(num_cores):
            for size in sizes if num_cores == 1 else sizes[-1:]:
                places = np.arange(size) % len(rows)
                batch = _Batch(rows[places], expected[places], num_cores)
                measured = _measure_batch(contenders, batch, speeds, seconds, baseline, on_progress)
                timings += measured
                speeds |= {
                    (timing.contender, timing.form): timing.samples_per_second
                    for timing in measured
                    if timing.samples_per_second
                }
    return timings


def require_same_classes(
    name: str, found: Int32[np.ndarray, " samples"], expected: Int32[np.ndarray, " samples"]
) -> None:
    """Makes sure that classes are those of the circuit.

    Raises:
        EquivalenceError: if not, naming how many differ, and the first.
    """
    wrong = np.flatnonzero(found != expected)
    if len(wrong):
        first = wrong[0]
        raise EquivalenceError(
            f"{name} and the circuit in NumPy differ on {len(wrong)} of {len(expected)} samples, first on sample "
            f"{first}: class {found[first]} and {expected[first]}."
        )


@dataclass(frozen=True, eq=False)
class _Batch:
    rows: Rows
    expected: Int32[np.ndarray, " samples"]
    num_cores: int

    def __str__(self) -> str:
        return f"batches of {len(self.rows):,} on {describe_cores(self.num_cores)}"


def _measure_batch(
    contenders: Sequence[Contender],
    batch: _Batch,
    speeds: dict[tuple[str, Form], float],
    seconds: float,
    baseline: str | None,
    on_progress: Callable[[str], None],
) -> list[Timing]:
    ready: dict[tuple[str, Form], Classify] = {}
    reasons: dict[tuple[str, Form], str] = {}
    for contender in contenders:
        on_progress(f"{batch}: {contender.name} gets ready")
        for form in FORMS:
            key = (contender.name, form)
            found = _prepared(contender, form, batch, speeds.get(key))
            if isinstance(found, str):
                reasons[key] = found
            else:
                ready[key] = found
    taken = interleaved_seconds(
        {key: functools.partial(_stretch, classify) for key, classify in ready.items()},
        seconds=seconds,
        on_round=lambda number, key: on_progress(f"{batch}, round {number}: {key[0]}"),
    )
    timings = []
    for key in ((contender.name, form) for contender in contenders for form in FORMS):
        timing = Timing(*key, len(batch.rows), batch.num_cores, reason=reasons.get(key, ""))
        if mine := taken.get(key):
            base = taken.get((baseline or "", key[1]))
            timing = dataclasses.replace(
                timing,
                samples_per_second=len(batch.rows) / statistics.median(mine),
                ratio=median_ratio(base, mine) if base else None,
                spread=max(mine) / min(mine),
            )
        timings.append(timing)
    return timings


def _prepared(contender: Contender, form: Form, batch: _Batch, speed: float | None) -> Classify | str:
    """Returns what classifies a batch, as it should; or why it is not measured."""
    if speed and (seconds := len(batch.rows) / speed) > _MAX_SECONDS_A_CALL:
        return f"a call would take about {seconds:.0f} s"
    if (needed := contender.bytes_a_sample * len(batch.rows)) > (available := available_memory()):
        return f"needs {needed / 2**30:.3g} GiB of memory, {available / 2**30:.3g} are free"
    try:
        classify = contender.prepare(batch.rows, form, batch.num_cores)
        found = classes_of(classify())
    # A device out of memory raises JAX's own kind of RuntimeError.
    except (MemoryError, RuntimeError) as error:
        return (str(error).splitlines() or ["there is not enough memory"])[0]
    if contender.is_circuit:
        require_same_classes(contender.name, found, batch.expected)
    return classify


def _stretch(classify: Classify, times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        classify()
    return time.perf_counter() - started
