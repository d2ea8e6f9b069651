import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.visualizer.classifying.brush import draw_line
from ca_logic.visualizer.classifying.drawing_pad import DrawingPad
from ca_logic.visualizer.events import Button, ButtonPress, ButtonRelease, PointerMove, WheelTurn
from tests.visualizer.drawn import painter_of

coordinates = st.floats(-300, 300)
points = st.tuples(coordinates, coordinates)


class Watched:
    """A pad that was drawn, and how often it called."""

    def __init__(self, *, is_centred: bool = False, shape: tuple[int, int] = (28, 28)) -> None:
        self.num_changes = 0
        self.pad = DrawingPad(*shape, box=20, is_centred=is_centred, on_change=self._count)
        self.place = self.pad.draw(painter_of(400, 300), pygame.Rect(10, 20, 380, 280), pointer=(60, 60))

    def drag(self, start: tuple[int, int], end: tuple[int, int], button: Button = "left") -> None:
        left, top = self.place.topleft
        assert self.pad.handle(ButtonPress(left + start[0], top + start[1], button))
        assert self.pad.handle(PointerMove(left + end[0], top + end[1], frozenset({button})))
        assert self.pad.handle(ButtonRelease(left + end[0], top + end[1], button))

    def _count(self) -> None:
        self.num_changes += 1


@given(points, points, st.floats(0.5, 60), st.booleans())
def test_any_line_leaves_a_canvas_of_ink(
    start: tuple[float, float], end: tuple[float, float], radius: float, erase: bool
) -> None:
    ink = np.full((40, 50), 99, np.uint8)
    draw_line(ink, start, end, radius=radius, erase=erase)
    assert (ink <= 99).all() if erase else (ink >= 99).all()


def test_a_line_is_full_in_the_middle_and_fades_at_its_sides() -> None:
    ink = np.zeros((20, 60), np.uint8)
    draw_line(ink, (10, 10), (50, 10), radius=6)
    column = ink[:, 30].tolist()
    assert column == column[::-1]
    assert column[9] == 255
    assert 0 < column[5] < 255
    assert column[3] == 0


def test_what_was_drawn_is_read_where_it_was_drawn() -> None:
    watched = Watched()
    scale = watched.place.width // 28
    assert watched.pad.is_empty
    watched.drag((5 * scale, 14 * scale), (23 * scale, 14 * scale))
    image = watched.pad.pixels
    assert (image[13:15, 6:22] > 200).all()
    assert not image[:12].any()
    assert not image[17:].any()
    assert watched.num_changes == 2


def test_the_right_button_takes_away_what_the_left_one_drew() -> None:
    watched = Watched()
    watched.drag((50, 100), (200, 100))
    watched.drag((40, 100), (210, 100), "right")
    assert watched.pad.is_empty


def test_clearing_takes_all_away() -> None:
    watched = Watched(is_centred=True)
    watched.drag((50, 100), (200, 100))
    watched.pad.clear()
    assert watched.pad.is_empty
    assert not watched.pad.pixels.any()


def test_a_centred_drawing_is_read_in_the_middle_and_the_switch_is_live() -> None:
    watched = Watched(is_centred=True)
    watched.drag((15, 15), (60, 60))
    assert watched.pad.pixels[14, 14] > 200
    watched.pad.toggle_centring()
    assert watched.pad.pixels[14, 14] == 0
    assert watched.num_changes == 3


def test_a_line_may_leave_the_canvas_and_come_back() -> None:
    watched = Watched()
    watched.drag((100, 100), (5000, 100))
    assert (watched.pad.pixels[:, 27] > 0).any()


def test_nothing_is_taken_outside_of_the_canvas() -> None:
    watched = Watched()
    assert not watched.pad.handle(ButtonPress(5, 5))
    assert not watched.pad.handle(PointerMove(60, 60, frozenset({"left"})))
    assert not watched.pad.handle(ButtonRelease(60, 60))
    assert watched.pad.is_empty


@pytest.mark.parametrize(("notches", "limit"), [(1, 8.0), (-1, 0.5)])
def test_the_wheel_changes_the_brush_within_limits(notches: float, limit: float) -> None:
    watched = Watched()
    before = watched.pad.radius
    assert watched.pad.handle(WheelTurn(100, 100, notches))
    assert (watched.pad.radius > before) == (notches > 0)
    for _ in range(50):
        watched.pad.handle(WheelTurn(100, 100, notches))
    assert watched.pad.radius == limit


def test_images_of_other_shapes_are_drawn_on_as_well() -> None:
    for shape in ((4, 9), (300, 200)):
        watched = Watched(shape=shape)
        watched.drag((2, 2), (watched.place.width - 2, watched.place.height - 2))
        assert watched.pad.pixels.shape == shape
        assert watched.pad.pixels.any()
