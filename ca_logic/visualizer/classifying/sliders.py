"""`Sliders`: a line for each feature of a table, to set numbers and to choose categories."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pygame
from jaxtyping import Float32

from ca_logic.visualizer.classifying.slider_row import Feature, SliderRow, draw_row, lay_out_row
from ca_logic.visualizer.events import ButtonPress, ButtonRelease, InputEvent, PointerMove, WheelTurn
from ca_logic.visualizer.painter import Painter

_LOWEST_LINE, _HIGHEST_LINE = 26, 40
_COLUMN_GAP, _NARROWEST_COLUMN = 24, 420
_BAR = 6
_LINES_A_NOTCH = 2


class Sliders:
    """Lines in one column, or in two; scrolled by the wheel where they do not fit, else the wheel turns values.

    The left button sets a value, the right one takes it away where a feature may lack one.
    """

    def __init__(
        self, features: Sequence[Feature], may_lack: Sequence[bool], *, on_change: Callable[[], None] = lambda: None
    ) -> None:
        """Starts in the middle of all ranges, and at the first categories.

        Args:
            features: what there is to set.
            may_lack: for each of them whether it may have no value.
            on_change: called when the user sets a value.
        """
        self._features, self._may_lack, self._on_change = features, may_lack, on_change
        middles = [0.0 if feature.categories else feature.values.value_at(0.5) for feature in features]
        self._values = np.array(middles, np.float32)
        self._rows: dict[int, SliderRow] = {}
        self._area = pygame.Rect(0, 0, 0, 0)
        self._scrolled = self._hidden = 0
        self._held: int | None = None

    @property
    def values(self) -> Float32[np.ndarray, " features"]:
        """A copy of all values, categories as their places, NaN where there is none."""
        return self._values.copy()

    def row_of(self, feature: int) -> SliderRow | None:
        """Returns the line of a feature as it was drawn last, if it is in sight."""
        return self._rows.get(feature)

    def show(self, values: Float32[np.ndarray, " features"]) -> None:
        """Takes other values, without calling anybody."""
        self._values[:] = values

    def describe(self, features: Sequence[Feature]) -> None:
        """Takes other ranges of the same features."""
        self._features = features

    def draw(self, painter: Painter, area: pygame.Rect, *, pointer: tuple[int, int]) -> int:
        """Draws the lines that there is room for; returns where the last one ends."""
        self._area, self._rows = area, {}
        count = len(self._features)
        is_wide = area.width >= 2 * _NARROWEST_COLUMN + _COLUMN_GAP
        num_columns = 2 if is_wide and count * _LOWEST_LINE > area.height else 1
        lines = -(-count // num_columns)
        height = min(max(area.height // max(1, lines), _LOWEST_LINE), _HIGHEST_LINE)
        num_shown = max(1, area.height // height)
        self._hidden = max(0, lines - num_shown)
        self._scrolled = min(self._scrolled, self._hidden)
        bar = _BAR + 6 if self._hidden else 0
        width = (area.width - bar - _COLUMN_GAP * (num_columns - 1)) // num_columns
        for place in range(count):
            column, line = divmod(place, lines)
            if not 0 <= line - self._scrolled < num_shown:
                continue
            left, top = area.left + column * (width + _COLUMN_GAP), area.top + (line - self._scrolled) * height
            row = lay_out_row(painter, pygame.Rect(left, top, width, height), self._features[place])
            self._rows[place] = row
            is_hovered = place == self._held if self._held is not None else row.area.collidepoint(pointer)
            draw_row(painter, row, float(self._values[place]), is_hovered=is_hovered)
        if self._hidden:
            self._draw_bar(painter, lines, num_shown)
        return area.top + min(lines, num_shown) * height

    def handle(self, event: InputEvent) -> bool:
        """Takes what is done on the lines, and the knob that was taken wherever it goes."""
        if isinstance(event, PointerMove) and self._held is not None:
            if "left" in event.held and (row := self._rows.get(self._held)):
                self._set(self._held, row.value_at(event.x))
            return True
        if isinstance(event, ButtonRelease) and self._held is not None:
            self._held = None
            return True
        if not isinstance(event, ButtonPress | WheelTurn) or not self._area.collidepoint(event.x, event.y):
            return False
        if isinstance(event, WheelTurn) and self._hidden:
            lines = -round(event.notches * _LINES_A_NOTCH)
            self._scrolled = min(max(self._scrolled + lines, 0), self._hidden)
            return True
        place = next((place for place, row in self._rows.items() if row.area.collidepoint(event.x, event.y)), None)
        if place is not None:
            if isinstance(event, WheelTurn):
                self._step(place, 1 if event.notches > 0 else -1)
            elif event.button == "left":
                self._press(place, event.x)
            elif event.button == "right" and self._may_lack[place]:
                self._set(place, math.nan)
        return True

    def _press(self, place: int, x: int) -> None:
        row = self._rows[place]
        if step := row.step_at(x):
            self._step(place, step)
        elif row.track.left - 6 <= x <= row.track.right + 6:
            self._held = place
            self._set(place, row.value_at(x))

    def _step(self, place: int, direction: int) -> None:
        feature, value = self._features[place], float(self._values[place])
        if math.isnan(value):
            self._set(place, feature.values.low)
        elif feature.categories:
            self._set(place, min(max(int(value) + direction, 0), len(feature.categories) - 1))
        else:
            self._set(place, feature.values.stepped(value, direction))

    def _set(self, place: int, value: float) -> None:
        self._values[place] = value
        self._on_change()

    def _draw_bar(self, painter: Painter, lines: int, num_shown: int) -> None:
        """Draws which part of the lines is in sight."""
        style, area = painter.style, self._area
        groove = pygame.Rect(area.right - _BAR, area.top, _BAR, area.height)
        painter.box(groove, style.raised, radius=3)
        top = area.top + area.height * self._scrolled // lines
        painter.box(
            pygame.Rect(groove.left, top, _BAR, max(12, area.height * num_shown // lines)), style.faint, radius=3
        )
