"""One line of the sliders: a name, then a track with a knob or the categories side by side, and the value."""

import math
from dataclasses import dataclass

import pygame

from ca_logic.visualizer.classifying.lettering import write
from ca_logic.visualizer.classifying.value_range import ValueRange
from ca_logic.visualizer.painter import SMALL_SIZE, TEXT_SIZE, Painter

_NAME_SHARE, _WIDEST_NAME, _VALUE_SHARE, _WIDEST_VALUE = 0.3, 190, 0.2, 150
_GAP, _STEP, _TRACK, _KNOB = 8, 18, 4, 7
_CHIP_PADDING, _CHIP_GAP, _NARROWEST_CHIP, _HIGHEST_CHIP = 14, 4, 28, 26
_NARROW = 420
"""Narrower lines have small letters."""

_FEWEST_TICK_PIXELS = 3
"""Ticks that are closer than that would be a grey bar."""

NOT_GIVEN = "not given"


@dataclass(frozen=True)
class Feature:
    """What a line is about.

    Attributes:
        name: of the column.
        categories: the texts that can be chosen; none for a number.
        values: the range of its values.
        is_read: whether the circuit looks at it.
    """

    name: str
    categories: tuple[str, ...]
    values: ValueRange
    is_read: bool = True

    def shown(self, value: float) -> str:
        """Returns a value as a text."""
        if math.isnan(value):
            return NOT_GIVEN
        if not self.categories:
            return self.values.shown(value)
        place = int(value)
        return self.categories[place] if 0 <= place < len(self.categories) else NOT_GIVEN


@dataclass(frozen=True)
class SliderRow:
    """A line that was drawn, and so where its parts are.

    Attributes:
        area: all of it.
        feature: what it is about.
        track: where values lie, from the smallest at its left end to the largest.
        chips: where each category is, if all of them are shown.
    """

    area: pygame.Rect
    feature: Feature
    track: pygame.Rect
    chips: tuple[pygame.Rect, ...] = ()

    def value_at(self, x: int) -> float:
        """Returns the value at a pixel of the window."""
        if self.chips:
            near = [abs(chip.centerx - x) - chip.width / 2 for chip in self.chips]
            return float(near.index(min(near)))
        return self.feature.values.value_at((x - self.track.left) / max(1, self.track.width - 1))

    def step_at(self, x: int) -> int:
        """Returns -1 or 1 on the arrows beside the track, and 0 elsewhere."""
        if self.chips:
            return 0
        return -(self.track.left - _STEP - 4 <= x < self.track.left - 6) or int(
            self.track.right + 6 < x <= self.track.right + _STEP + 4
        )


def lay_out_row(painter: Painter, area: pygame.Rect, feature: Feature) -> SliderRow:
    """Returns where the parts of a line are; categories lie side by side if there is room for all of them."""
    name_width = min(int(area.width * _NAME_SHARE), _WIDEST_NAME)
    left = area.left + name_width + _GAP
    widths = [
        max(painter.width_of(text, size=SMALL_SIZE) + _CHIP_PADDING, _NARROWEST_CHIP) for text in feature.categories
    ]
    height = min(area.height - 4, _HIGHEST_CHIP)
    if widths and sum(widths) + _CHIP_GAP * len(widths) <= area.right - left:
        chips = []
        for width in widths:
            chips.append(pygame.Rect(left, area.centery - height // 2, width, height))
            left += width + _CHIP_GAP
        return SliderRow(area, feature, chips[0].unionall(chips[1:]), tuple(chips))
    value_width = min(int(area.width * _VALUE_SHARE), _WIDEST_VALUE)
    width = area.right - left - value_width - _GAP - 2 * _STEP
    return SliderRow(area, feature, pygame.Rect(left + _STEP, area.top, max(1, width), area.height))


def draw_row(painter: Painter, row: SliderRow, value: float, *, is_hovered: bool) -> None:
    """Draws a line with this value; NaN is none."""
    style, feature, track = painter.style, row.feature, row.track
    colour = style.text if feature.is_read else style.faint
    name_width = min(int(row.area.width * _NAME_SHARE), _WIDEST_NAME)
    size = SMALL_SIZE if row.area.width < _NARROW else TEXT_SIZE
    name = pygame.Rect(row.area.topleft, (name_width, row.area.height))
    write(painter, feature.name, name, colour=colour, size=size)
    if row.chips:
        for place, (chip, text) in enumerate(zip(row.chips, feature.categories, strict=True)):
            is_on = value == place
            fill = (style.accent if feature.is_read else style.faint) if is_on else style.raised
            painter.box(chip, fill, border=style.accent if is_hovered else style.border)
            letters = style.background if is_on else colour
            write(painter, text, chip, colour=letters, size=SMALL_SIZE, anchor="centre")
        return
    _draw_track(painter, row, value, is_hovered=is_hovered)
    left = track.right + _STEP + _GAP
    shown = pygame.Rect(left, row.area.top, max(0, row.area.right - left), row.area.height)
    write(painter, feature.shown(value), shown, colour=style.faint if math.isnan(value) else colour, size=size)


def _draw_track(painter: Painter, row: SliderRow, value: float, *, is_hovered: bool) -> None:
    style, track, values = painter.style, row.track, row.feature.values
    middle = track.centery
    for share in _ticks(row):
        x = track.left + round(share * (track.width - 1))
        painter.line(style.border, [(x, middle - 6), (x, middle + 5)])
    line = pygame.Rect(track.left, middle - _TRACK // 2, track.width, _TRACK)
    painter.box(line, style.raised, border=style.border, radius=2)
    arrows = style.accent if is_hovered else style.faint
    for tip, direction in ((track.left - _STEP + 2, 1), (track.right + _STEP - 3, -1)):
        base = tip + 6 * direction
        points = [(tip, middle), (base, middle - 5), (base, middle + 4)]
        pygame.draw.polygon(painter.surface, arrows, points)
    if math.isnan(value):
        return
    knob = track.left + round(values.share_of(value) * (track.width - 1))
    colour = style.accent if row.feature.is_read else style.faint
    painter.box(pygame.Rect(line.left, line.top, max(1, knob - line.left), _TRACK), colour, radius=2)
    pygame.draw.circle(painter.surface, colour, (knob, middle), _KNOB)
    pygame.draw.circle(painter.surface, style.background, (knob, middle), 3)


def _ticks(row: SliderRow) -> list[float]:
    """Returns where a change can matter, unless there is no room for that many."""
    values = row.feature.values
    if row.feature.categories:
        ticks = [values.share_of(place) for place in range(len(row.feature.categories))]
    else:
        ticks = [values.share_of(edge) for edge in values.edges if values.low < edge <= values.high]
    return ticks if len(ticks) * _FEWEST_TICK_PIXELS <= row.track.width else []
