"""Measuring is fair: who is too slow or too large is left out with a reason, who is wrong is found."""

import dataclasses
import time
from dataclasses import dataclass, field

import pytest

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.circuit import Circuit
from ca_logic.errors import BoardError, EquivalenceError
from ca_logic.runtime import Board
from ca_logic.stepping_benchmark import measuring
from ca_logic.stepping_benchmark.contenders import Contender, KernelStepper, States
from ca_logic.stepping_benchmark.measuring import GENERATIONS_WITH_TRANSFERS, Timing, measure
from ca_logic.tasks import load_rule
from tests.oracles import circuit_of_table

LIFE = circuit_of_table(load_rule("life").table, name="life")
SEEDS = circuit_of_table(load_rule("seeds").table, name="seeds")


@dataclass
class SlowStepper:
    """Steps right, but a generation and a way to the device and back take their time."""

    width: int
    height: int
    seconds: float = 0.0
    transfer: float = 0.0
    calls: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inner = KernelStepper(Board(self.width, self.height, kernel=NumpyKernel(LIFE)))

    def load(self, states: States) -> None:
        self.inner.load(states)

    def put(self) -> None:
        time.sleep(self.transfer)

    def advance(self, generations: int) -> None:
        self.calls.append(generations)
        time.sleep(self.seconds * generations)
        self.inner.advance(generations)

    def get(self) -> None:
        time.sleep(self.transfer)

    def states(self) -> States:
        return self.inner.states()


@pytest.fixture(autouse=True)
def short_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_SECONDS_A_CALL", 0.01)


def numpy_contender(name: str = "right", circuit: Circuit = LIFE, runs: Circuit = LIFE, **options: float) -> Contender:
    def make(width: int, height: int) -> KernelStepper:
        return KernelStepper(Board(width, height, kernel=NumpyKernel(runs)))

    return Contender(name, "here", runs.num_gates, circuit, 2, make, **options)  # type: ignore[arg-type]


def test_every_contender_has_a_timing_for_every_board() -> None:
    timings = measure([numpy_contender("a"), numpy_contender("b", SEEDS, SEEDS)], [(64, 3), (128, 8)])
    assert [(f.contender, f.width, f.height) for f in timings] == [
        ("a", 64, 3),
        ("b", 64, 3),
        ("a", 128, 8),
        ("b", 128, 8),
    ]
    for timing in timings:
        assert timing.agrees is True
        assert timing.cells_per_second is not None
        assert timing.cells_per_second > 0
        assert timing.spread is not None
        assert timing.spread >= 1
        assert timing.generations >= 1
        assert timing.reason == ""


def test_a_contender_that_steps_another_rule_is_found() -> None:
    wrong = numpy_contender("wrong", LIFE, SEEDS)
    with pytest.raises(EquivalenceError, match="wrong makes another board of 64x16 after 4 generations"):
        measure([wrong], [(64, 16)])
    (timing,) = measure([dataclasses.replace(wrong, may_differ=True)], [(64, 16)])
    assert timing.agrees is False


class LateStepper(SlowStepper):
    """Steps right as long as nobody looks twice."""

    def advance(self, generations: int) -> None:
        super().advance(generations if generations < 40 else generations - 1)


def test_a_contender_that_is_wrong_in_long_calls_only_is_found() -> None:
    late = Contender("late", "here", 1, LIFE, 2, LateStepper)
    with pytest.raises(EquivalenceError, match="late makes another board of 64x16 after 48 generations"):
        measure([numpy_contender(), late], [(64, 16)])


def test_transfers_count_once_a_hundred_generations() -> None:
    contender = Contender("far", "there", 1, LIFE, 2, lambda w, h: SlowStepper(w, h, transfer=0.02), is_remote=True)
    (timing,) = measure([contender], [(64, 8)])
    assert timing.transfer_seconds is not None
    assert timing.transfer_seconds >= 0.04
    assert timing.cells_per_second is not None
    seconds = timing.transfer_seconds + GENERATIONS_WITH_TRANSFERS * 64 * 8 / timing.cells_per_second
    assert timing.cells_per_second_with_transfers == pytest.approx(64 * 8 * GENERATIONS_WITH_TRANSFERS / seconds)


def test_who_is_too_slow_on_a_small_board_is_not_tried_on_a_large_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_MAX_SECONDS_A_GENERATION", 1.0)
    made: list[tuple[int, int]] = []

    def make(width: int, height: int) -> SlowStepper:
        made.append((width, height))
        return SlowStepper(width, height, seconds=0.2)

    slow = Contender("slow", "here", 1, LIFE, 2, make)
    timings = measure([slow, numpy_contender("fast")], [(64, 8), (256, 16), (512, 16)])
    assert made == [(64, 8)]
    reasons = [timing.reason for timing in timings if timing.contender == "slow"]
    assert reasons[0] == ""
    assert "a generation would take about" in reasons[1]
    assert reasons[2]
    assert all(timing.cells_per_second for timing in timings if timing.contender == "fast")


def test_who_needs_more_memory_than_there_is_is_left_out() -> None:
    (timing,) = measure([numpy_contender("large", bytes_a_cell=1e15)], [(64, 8)])
    assert "GiB of memory" in timing.reason
    assert timing.cells_per_second is None


def test_who_cannot_make_the_board_says_why() -> None:
    def make(width: int, height: int) -> KernelStepper:
        raise BoardError(f"no board of {width}x{height} here.")

    timings = measure([Contender("none", "nowhere", 1, LIFE, 2, make), numpy_contender()], [(64, 8)])
    assert timings[0] == Timing("none", 64, 8, reason="no board of 64x8 here.")
    assert timings[1].agrees


def test_large_boards_are_not_tried_before_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_PROBE", (64, 8))
    monkeypatch.setattr(measuring, "_MAX_SECONDS_A_GENERATION", 1.0)
    made: list[tuple[int, int]] = []

    def make(width: int, height: int) -> SlowStepper:
        made.append((width, height))
        return SlowStepper(width, height, seconds=0.2)

    (slow, fast) = measure([Contender("slow", "here", 1, LIFE, 2, make), numpy_contender("fast")], [(640, 80)])
    assert made == [(64, 8)]
    assert "a generation would take about" in slow.reason
    assert fast.agrees


def test_a_device_out_of_memory_is_a_reason() -> None:
    def make(*_: int) -> KernelStepper:
        raise RuntimeError("RESOURCE_EXHAUSTED: out of memory\nmore")

    timing, _ = measure([Contender("gpu", "there", 1, LIFE, 2, make), numpy_contender()], [(64, 8)])
    assert timing.reason == "RESOURCE_EXHAUSTED: out of memory"


def test_boards_that_do_not_fit_into_memory_are_refused() -> None:
    with pytest.raises(BoardError, match=r"comparing boards of 10000000x10000000 cells needs .* GiB of memory"):
        measure([numpy_contender()], [(10**7, 10**7)])


def test_a_size_that_is_asked_for_twice_is_measured_once() -> None:
    assert len(measure([numpy_contender()], [(64, 8), (64, 8)])) == 1
