"""Who is compared takes turns, and is counted in pairs."""

import pytest

from ca_logic.classifier_benchmark.interleaving import ROUNDS, interleaved_seconds, median_ratio


def test_all_take_turns_in_every_round() -> None:
    said: list[tuple[int, str]] = []
    done: list[str] = []

    def stretch(name: str, seconds: float) -> float:
        done.append(name)
        return seconds

    found = interleaved_seconds(
        {"a": lambda times: stretch("a", 2.0 * times), "b": lambda times: stretch("b", 3.0 * times)},
        seconds=0.0,
        on_round=lambda number, name: said.append((number, name)),
    )
    assert found == {"a": [2.0] * ROUNDS, "b": [3.0] * ROUNDS}
    assert done[-2 * ROUNDS :] == ["a", "b"] * ROUNDS
    assert said == [(number, name) for number in range(ROUNDS + 1) for name in "ab"]


def test_what_is_quick_is_done_often() -> None:
    asked: list[int] = []

    def stretch(times: int) -> float:
        asked.append(times)
        return 1e-6 * times

    interleaved_seconds({"a": stretch}, seconds=0.001)
    assert asked[0] == 1
    assert asked[-1] > 10


def test_a_ratio_is_of_rounds_not_of_medians() -> None:
    # In the last rounds something else was slowing both.
    assert median_ratio([2, 4, 20, 40, 60], [1, 1, 10, 10, 10]) == 4
    assert median_ratio([2, 2, 2], [1, 2, 4]) == 1


def test_nobody_to_compare_is_nothing() -> None:
    assert interleaved_seconds({}, seconds=1) == {}
    with pytest.raises(ValueError, match="shorter"):
        median_ratio([1, 2], [1])
