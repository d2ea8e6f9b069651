import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.visualizer.session.speed import FASTEST, FRAMES_PER_SECOND, NORMAL, SLOWEST, UNLIMITED, Speed

SPEEDS = [Speed(exponent) for exponent in range(SLOWEST.exponent, FASTEST.exponent + 1)]
speeds = st.sampled_from(SPEEDS)


def test_speeds_are_in_the_words_of_the_status_bar() -> None:
    assert NORMAL.description == "1 generation a frame"
    assert Speed(3).description == "8 generations a frame"
    assert Speed(12).description == "4,096 generations a frame"
    assert Speed(-5).description == "one every 0.53 s"
    assert SLOWEST.description == "one every 4.3 s"
    assert FASTEST.description == "as fast as it goes"
    assert len({speed.description for speed in SPEEDS}) == len(SPEEDS)


def test_faster_and_slower_go_through_all_speeds_and_end_there() -> None:
    for slower, faster in itertools.pairwise(SPEEDS):
        assert slower < faster
        assert slower.faster() == faster
        assert faster.slower() == slower
    assert FASTEST.faster() == FASTEST
    assert SLOWEST.slower() == SLOWEST
    assert NORMAL in SPEEDS


def test_a_frame_asks_for_a_power_of_2() -> None:
    assert [Speed(exponent).generations_due(0.0) for exponent in (0, 1, 12)] == [1, 2, 4096]
    assert FASTEST.generations_due(0.0) == UNLIMITED


@settings(deadline=None)
@given(speed=speeds)
def test_the_first_frame_asks_for_generations_at_any_speed(speed: Speed) -> None:
    assert speed.generations_due(math.inf) >= 1


@settings(deadline=None)
@given(exponent=st.integers(SLOWEST.exponent, -1), seed=st.integers(0, 99))
def test_slow_generations_come_as_often_as_they_should(exponent: int, seed: int) -> None:
    speed, due, last = Speed(exponent), 0, 0.0
    num_frames = 5 << -exponent
    for frame in range(1, num_frames + 1):
        jitter = (frame * (seed + 1) * 7919 % 101 / 101 - 0.5) * 0.4
        now = (frame + jitter) / FRAMES_PER_SECOND
        if speed.generations_due(now - last):
            due, last = due + 1, now
    assert due in (4, 5)


@settings(deadline=None)
@given(faster=speeds, slower=speeds, seconds=st.floats(0, 10))
def test_a_faster_speed_asks_for_no_fewer_generations(faster: Speed, slower: Speed, seconds: float) -> None:
    slower, faster = sorted((faster, slower))
    assert slower.generations_due(seconds) <= faster.generations_due(seconds)
    assert slower.delay >= faster.delay


@pytest.mark.parametrize("exponent", [-1, -3, -8])
def test_a_slow_speed_doubles_its_delay(exponent: int) -> None:
    assert Speed(exponent).delay == pytest.approx(2**-exponent / 60)
