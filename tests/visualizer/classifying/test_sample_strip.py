from collections.abc import Sequence

import numpy as np
import pygame
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.tasks.datasets import Samples
from ca_logic.visualizer.classifying.judging import Judging
from ca_logic.visualizer.classifying.sample_stepper import SampleStepper
from ca_logic.visualizer.classifying.sample_strip import SampleStrip, picture_of_marks
from ca_logic.visualizer.classifying.speed_meter import SpeedMeter
from ca_logic.visualizer.events import Button, ButtonPress, ButtonRelease, PointerMove
from ca_logic.visualizer.painter import DARK
from tests.visualizer.drawn import painter_of, pixels_of

AREA = pygame.Rect(10, 10, 300, 60)
LEFT: frozenset[Button] = frozenset({"left"})


def stepper_of(right: Sequence[bool], *, is_judged: bool = True) -> SampleStepper:
    """Returns a stepper of samples of class 0, some of which are taken for class 1."""
    features = np.array([0 if is_right else 1 for is_right in right], np.uint8)
    samples = Samples(np.repeat(features[:, None], 16, axis=1), np.zeros(len(right), np.int32))
    judging = Judging(lambda rows: rows[:, 0].astype(np.int32), samples, meter=SpeedMeter(), clock=lambda: 0.0)
    if is_judged:
        while not judging.is_complete:
            judging.work(0)
    return SampleStepper(judging)


def strip_of(num_samples: int) -> SampleStrip:
    return SampleStrip(np.full((num_samples, 16), 200, np.uint8), (1, 4, 4))


@given(st.lists(st.booleans(), min_size=1, max_size=300), st.integers(1, 200), st.integers(3, 20))
def test_a_column_of_the_line_is_red_exactly_where_one_of_its_samples_is_wrong(
    right: list[bool], width: int, height: int
) -> None:
    marks = picture_of_marks(stepper_of(right), width, height, DARK)
    assert marks.shape == (height, width, 3)
    for column in range(width):
        begin = column * len(right) // width
        end = max((column + 1) * len(right) // width, begin + 1)
        is_red = (marks[:, column, 0] > marks[:, column, 1]).any()
        assert is_red == (not all(right[begin:end]))


def test_what_nobody_knows_is_neither_red_nor_green() -> None:
    marks = picture_of_marks(stepper_of([True, False], is_judged=False), 10, 5, DARK)
    assert (marks == np.array(DARK.raised)).all()


def test_what_has_been_played_is_stronger() -> None:
    stepper = stepper_of([True] * 100)
    stepper.playing.toggle()
    stepper.advance(0.1, 0)
    marks = picture_of_marks(stepper, 100, 5, DARK)
    played = stepper.playing.num_played
    assert 0 < played < 100
    assert (marks[0, :played] == np.array(DARK.good)).all()
    assert (marks[0, played:] != np.array(DARK.good)).any(axis=1).all()


def test_a_click_on_a_picture_shows_its_sample() -> None:
    stepper, strip = stepper_of([True] * 50), strip_of(50)
    strip.draw(painter_of(320, 90), AREA, stepper)
    place = strip.place_of(3)
    assert place
    assert AREA.contains(place)
    assert strip.handle(ButtonPress(*place.center), stepper)
    assert stepper.index == 3


def test_pictures_are_those_around_the_sample_that_is_shown() -> None:
    stepper, strip = stepper_of([True] * 50), strip_of(50)
    stepper.go_to(47)
    strip.draw(painter_of(320, 90), AREA, stepper)
    assert strip.place_of(47)
    assert strip.place_of(3) is None


def test_pictures_are_marked_right_or_wrong() -> None:
    stepper, strip, painter = stepper_of([True, False, True]), strip_of(3), painter_of(320, 90)
    stepper.go_to(2)
    strip.draw(painter, AREA, stepper)
    for index, colour in ((0, DARK.good), (1, DARK.bad)):
        place = strip.place_of(index)
        assert place
        assert tuple(pixels_of(painter)[place.centerx, place.bottom + 1]) == colour


def test_the_line_leads_to_any_sample_and_can_be_dragged_along() -> None:
    stepper, strip = stepper_of([True] * 1000), strip_of(1000)
    strip.draw(painter_of(320, 90), AREA, stepper)
    y = AREA.bottom - 3
    assert strip.handle(ButtonPress(AREA.left + 150, y), stepper)
    assert stepper.index == 500
    assert strip.handle(PointerMove(5000, 0, LEFT), stepper)
    assert stepper.index == 999
    assert strip.handle(PointerMove(-5, 0, LEFT), stepper)
    assert stepper.index == 0
    assert strip.handle(ButtonRelease(0, 0), stepper)
    assert not strip.handle(PointerMove(50, y, LEFT), stepper)


def test_tables_have_no_pictures() -> None:
    stepper, strip = stepper_of([True] * 5), SampleStrip(np.zeros((5, 3)), None)
    strip.draw(painter_of(320, 90), AREA, stepper)
    assert strip.place_of(0) is None
    assert not strip.handle(ButtonPress(AREA.left + 5, AREA.top + 5), stepper)
