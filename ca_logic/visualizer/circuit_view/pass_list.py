"""The synthesis passes as a list of bars: how many gates there were before each of them, and after."""

from collections.abc import Sequence
from typing import NamedTuple

import pygame

from ca_logic.visualizer.painter import SMALL_SIZE, Painter

_LINE, _GAP = 17, 8
_LEAST_BAR = 40
_NAME_SHARE = 0.42


class PassSize(NamedTuple):
    """What a pass did."""

    name: str
    before: int
    after: int


def pass_list_height(passes: Sequence[PassSize], most: int) -> int:
    """Returns how many pixels high the list is, of which there may be at most so many."""
    return min(len(passes), max(0, most) // _LINE) * _LINE


def draw_pass_list(painter: Painter, passes: Sequence[PassSize], area: pygame.Rect) -> None:
    """Draws as many passes as there is room for; if not for all, those that changed something, the last ones."""
    num_lines = area.height // _LINE
    if len(passes) > num_lines:
        passes = [size for size in passes if size.before != size.after][-num_lines:] if num_lines else []
    if not passes:
        return
    style = painter.style
    largest = max(1, *(max(size.before, size.after) for size in passes))
    counts = [f"{size.before} to {size.after}" for size in passes]
    count_width = max(painter.width_of(count, size=SMALL_SIZE) for count in counts)
    name_width = max(painter.width_of(size.name, size=SMALL_SIZE) for size in passes)
    name_width = min(name_width, round(area.width * _NAME_SHARE), max(0, area.width - count_width - _LEAST_BAR))
    bar_left = area.left + name_width + _GAP
    bar_room = area.right - count_width - _GAP - bar_left
    for line, (size, count) in enumerate(zip(passes, counts, strict=True)):
        y = area.top + line * _LINE
        painter.text(size.name, area.left, y, colour=style.faint, size=SMALL_SIZE, width=name_width)
        painter.text(count, area.right, y, size=SMALL_SIZE, anchor="right")
        for amount, colour in ((size.before, style.raised), (size.after, style.accent)):
            bar = pygame.Rect(bar_left, y + 1, round(bar_room * amount / largest), _LINE - 7)
            if bar.width > 0:
                painter.box(bar, colour, radius=2)
