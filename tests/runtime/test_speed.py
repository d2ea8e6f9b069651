from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

from ca_logic.backend.bands import Bands, Cells
from ca_logic.runtime import speed


@dataclass
class SteadyKernel:
    """Takes exactly so long on a clock of its own, and does nothing."""

    seconds_a_generation: float
    now: float = 0.0
    calls: list[int] = field(default_factory=list)
    sizes: set[tuple[int, int]] = field(default_factory=set)

    @property
    def description(self) -> str:
        return "steady"

    @property
    def num_planes(self) -> int:
        return 1

    def advance(
        self, board: Bands, *, torus: bool, generations: int, threads: int = 1, reference: Cells | None = None
    ) -> Generator[int, None, None]:
        assert torus
        assert (threads, reference) == (1, None)
        self.calls.append(generations)
        self.sizes.add((board.layout.width, board.layout.height))
        self.now += generations * self.seconds_a_generation
        yield generations


def measure(kernel: SteadyKernel, monkeypatch: pytest.MonkeyPatch, *, side: int, seconds: float) -> float:
    with monkeypatch.context() as patch:
        patch.setattr("ca_logic.runtime.speed.time.perf_counter", lambda: kernel.now)
        return speed.cells_per_second(kernel, side=side, seconds=seconds)


@pytest.mark.parametrize("seconds_a_generation", [1e-6, 1e-4, 0.01, 0.3])
def test_the_speed_is_cells_times_generations_over_time(
    seconds_a_generation: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = SteadyKernel(seconds_a_generation)
    measured = measure(kernel, monkeypatch, side=96, seconds=0.2)
    assert measured == pytest.approx(96 * 96 / seconds_a_generation)
    assert kernel.sizes == {(96, 96)}


def test_measuring_takes_about_as_long_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = SteadyKernel(1e-5)
    measure(kernel, monkeypatch, side=64, seconds=0.5)
    assert 0.5 <= kernel.now < 1.0


def test_a_slow_kernel_makes_one_generation_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = SteadyKernel(10.0)
    measure(kernel, monkeypatch, side=64, seconds=0.2)
    assert set(kernel.calls) == {1}


def test_one_slow_call_does_not_move_the_median(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hiccup(SteadyKernel):
        def advance(
            self, board: Bands, *, torus: bool, generations: int, threads: int = 1, reference: Cells | None = None
        ) -> Generator[int, None, None]:
            yield from super().advance(
                board, torus=torus, generations=generations, threads=threads, reference=reference
            )
            if len(self.calls) == 8:
                self.now += 100

    kernel = Hiccup(0.05)
    assert measure(kernel, monkeypatch, side=64, seconds=0.2) == pytest.approx(64 * 64 / 0.05)
