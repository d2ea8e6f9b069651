"""Taking the time of several that take turns, so that what else the machine does meanwhile slows all of them."""

import statistics
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from ca_logic.runtime.speed import generations_for

Name = TypeVar("Name", bound=Hashable)

Stretch = Callable[[int], float]
"""Does something so many times, and returns the seconds that it took."""

ROUNDS = 5


def interleaved_seconds(
    stretches: Mapping[Name, Stretch],
    *,
    seconds: float,
    on_round: Callable[[int, Name], None] = lambda *_: None,
) -> dict[Name, list[float]]:
    """Returns for each the seconds of doing it once, a figure for each round.

    Args:
        stretches: what is compared, by name; each is warmed up.
        seconds: for each, all rounds together; a wish, since in each round all are done once at least.
        on_round: told of each round, from 1 on, and who is next in it; may raise to stop. Round 0 warms up.
    """
    times: dict[Name, int] = {}
    for name, stretch in stretches.items():
        on_round(0, name)
        stretch(1)
        times[name] = generations_for(stretch, seconds / ROUNDS)
    taken: dict[Name, list[float]] = {name: [] for name in stretches}
    for number in range(1, ROUNDS + 1):
        for name, stretch in stretches.items():
            on_round(number, name)
            taken[name].append(stretch(times[name]) / times[name])
    return taken


def median_ratio(baseline: Sequence[float], seconds: Sequence[float]) -> float:
    """Returns how many times as fast as the baseline something is: the median over the rounds that both were in."""
    return statistics.median(slow / fast for slow, fast in zip(baseline, seconds, strict=True))
