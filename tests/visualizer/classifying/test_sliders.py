import math
from collections.abc import Sequence

import pygame
import pytest

from ca_logic.visualizer.classifying.slider_row import Feature
from ca_logic.visualizer.classifying.sliders import Sliders
from ca_logic.visualizer.classifying.value_range import ValueRange
from ca_logic.visualizer.events import Button, ButtonPress, ButtonRelease, PointerMove, WheelTurn
from tests.visualizer.drawn import num_other_pixels, painter_of

AGE = Feature("age", (), ValueRange(0, 100, 1, (18.0, 65.0)))
SEX = Feature("sex", ("Female", "Male"), ValueRange(0, 1, 1))
COUNTRIES = tuple(f"country number {number}" for number in range(40))
COUNTRY = Feature("native country", COUNTRIES, ValueRange(0, 39, 1), is_read=False)
FEATURES = (AGE, SEX, COUNTRY)
NOWHERE = (-1, -1)
LEFT: frozenset[Button] = frozenset({"left"})


class Drawn:
    """Sliders that were drawn, and how often they called."""

    def __init__(
        self, features: Sequence[Feature] = FEATURES, *, may_lack: bool = True, size: tuple[int, int] = (500, 200)
    ) -> None:
        self.num_changes = 0
        self.sliders = Sliders(features, [may_lack] * len(features), on_change=self._count)
        self.painter = painter_of(*size)
        self.draw()

    def draw(self) -> int:
        return self.sliders.draw(self.painter, self.painter.surface.get_rect(), pointer=NOWHERE)

    def track(self, feature: int) -> pygame.Rect:
        row = self.sliders.row_of(feature)
        assert row
        return row.track

    def chip(self, feature: int, place: int) -> pygame.Rect:
        row = self.sliders.row_of(feature)
        assert row
        return row.chips[place]

    def press(self, x: int, y: int, button: str = "left") -> None:
        assert self.sliders.handle(ButtonPress(x, y, "right" if button == "right" else "left"))
        self.sliders.handle(ButtonRelease(x, y))

    def _count(self) -> None:
        self.num_changes += 1


def test_a_knob_goes_where_the_mouse_goes_and_stops_at_the_ends() -> None:
    drawn = Drawn()
    track = drawn.track(0)
    assert drawn.sliders.handle(ButtonPress(*track.center))
    assert drawn.sliders.values[0] == pytest.approx(50, abs=1)
    assert drawn.sliders.handle(PointerMove(track.right - 1, 0, LEFT))
    assert drawn.sliders.values[0] == 100
    assert drawn.sliders.handle(PointerMove(-900, 0, LEFT))
    assert drawn.sliders.values[0] == 0
    assert drawn.sliders.handle(ButtonRelease(0, 0))
    assert not drawn.sliders.handle(PointerMove(track.right, 0, LEFT))
    assert drawn.num_changes == 3


def test_few_categories_lie_side_by_side_and_many_on_a_track() -> None:
    drawn = Drawn()
    drawn.press(*drawn.chip(1, 1).center)
    assert drawn.sliders.values[1] == 1
    row = drawn.sliders.row_of(2)
    assert row
    assert not row.chips
    drawn.press(row.track.right - 1, row.track.centery)
    assert drawn.sliders.values[2] == 39
    assert COUNTRY.shown(39) == "country number 39"


def test_arrows_go_to_the_next_value_that_matters() -> None:
    drawn = Drawn()
    drawn.sliders.show(drawn.sliders.values * 0)
    track = drawn.track(0)
    seen = []
    for x in (track.right + 12, track.right + 12, track.right + 12, track.left - 12):
        drawn.press(x, track.centery)
        seen.append(float(drawn.sliders.values[0]))
    assert seen == [18, 65, 100, 18]
    place = drawn.track(2)
    drawn.press(place.right + 12, place.centery)
    drawn.press(place.right + 12, place.centery)
    drawn.press(place.left - 12, place.centery)
    assert drawn.sliders.values[2] == 1


def test_the_wheel_turns_values_where_all_lines_are_in_sight() -> None:
    drawn = Drawn()
    for notches, expected in ((1, 1), (1, 1), (-1, 0), (-1, 0)):
        assert drawn.sliders.handle(WheelTurn(*drawn.chip(1, 0).center, notches))
        assert drawn.sliders.values[1] == expected


def test_the_right_button_takes_a_value_away_and_a_click_gives_one_back() -> None:
    drawn = Drawn()
    drawn.press(*drawn.track(0).center, "right")
    assert math.isnan(drawn.sliders.values[0])
    assert AGE.shown(math.nan) == "not given"
    drawn.draw()
    track = drawn.track(0)
    drawn.press(track.right + 12, track.centery)
    assert drawn.sliders.values[0] == 0


def test_a_value_that_is_needed_stays() -> None:
    drawn = Drawn(may_lack=False)
    drawn.press(*drawn.track(0).center, "right")
    assert drawn.sliders.values[0] == 50
    assert drawn.num_changes == 0


def test_lines_without_room_are_scrolled_to() -> None:
    drawn = Drawn([Feature(f"column {place}", (), ValueRange(0, 1, 0.01)) for place in range(50)])
    assert drawn.sliders.row_of(0)
    assert drawn.sliders.row_of(49) is None
    for _ in range(60):
        assert drawn.sliders.handle(WheelTurn(50, 50, -1))
    drawn.draw()
    assert drawn.sliders.row_of(0) is None
    assert drawn.sliders.row_of(49)
    assert drawn.num_changes == 0
    for _ in range(60):
        drawn.sliders.handle(WheelTurn(50, 50, 1))
    drawn.draw()
    assert drawn.sliders.row_of(0)


def test_wide_areas_have_two_columns_where_one_is_too_low() -> None:
    drawn = Drawn([AGE] * 12, size=(1000, 200))
    assert all(drawn.sliders.row_of(place) for place in range(12))
    assert drawn.track(6).left > drawn.track(0).right


@pytest.mark.parametrize("size", [(60, 20), (1, 1), (300, 26)])
def test_no_area_is_too_small_to_draw_into(size: tuple[int, int]) -> None:
    assert num_other_pixels(Drawn(size=size).painter) >= 0


def test_samples_are_shown_without_calling_anybody() -> None:
    drawn = Drawn()
    drawn.sliders.show(drawn.sliders.values + 1)
    assert drawn.sliders.values.tolist() == [51, 1, 1]
    assert drawn.num_changes == 0
    assert SEX.shown(7) == "not given"


def test_what_is_outside_is_left_to_others() -> None:
    drawn = Drawn()
    assert not drawn.sliders.handle(ButtonPress(600, 10))
    assert not drawn.sliders.handle(WheelTurn(600, 10, 1))
    assert not drawn.sliders.handle(ButtonRelease(10, 10))
