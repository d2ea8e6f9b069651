"""What the browser shows of a pattern: a line of the list, and a card with its picture and all that is known of it."""

import pygame

from ca_logic.runtime.pattern import Pattern, ShippedPattern
from ca_logic.visualizer.board_view.themes import THEMES, palettes_of
from ca_logic.visualizer.painter import SMALL_SIZE, Painter
from ca_logic.visualizer.pattern_picture import picture_of_pattern
from ca_logic.visualizer.wrapping import wrapped

BUTTON_SIZE = (84, 28)
"""Of the button in the lower right corner of a card, which what is written leaves free."""

_GAP = 12
_NAME_SIZE = 14
_NAME_HEIGHT, _LINE_HEIGHT = 22, 16
_TEXT_HEIGHT = _NAME_HEIGHT + 7 * _LINE_HEIGHT + 2
_COLUMNS = ((0, 0.56), (0.28, 0.76))
"""Where behaviour and origin begin, as shares of a row, in narrow rows and in wide ones."""
_MIN_WIDE_ROW = 700


def draw_row(painter: Painter, row: pygame.Rect, entry: ShippedPattern, *, is_chosen: bool) -> None:
    """Draws name and origin, and between them what the pattern does if there is room."""
    is_wide = row.width >= _MIN_WIDE_ROW
    middle, right = (row.left + int(row.width * share) for share in _COLUMNS[is_wide])
    left, name_end = row.left + 8, middle if is_wide else right
    painter.text(entry.name, left, row.top + 5, size=_NAME_SIZE, bold=is_chosen, width=name_end - left - 8)
    columns = [(entry.origin, right, row.right - 8)]
    if is_wide:
        columns.append((entry.behaviour, middle, right - 8))
    for text, x, end in columns:
        painter.text(text, x, row.top + 7, size=SMALL_SIZE, colour=painter.style.faint, width=end - x)


def draw_card(painter: Painter, area: pygame.Rect, entry: ShippedPattern, pattern: Pattern) -> None:
    """Draws the picture of a pattern, and below it name, behaviour, description, origin, rule and size."""
    text = pygame.Rect(area.left, area.bottom - _TEXT_HEIGHT, area.width, _TEXT_HEIGHT)
    _draw_picture(painter, pygame.Rect(*area.topleft, area.width, max(0, text.top - area.top - _GAP // 2)), pattern)
    _draw_text(painter, text, entry, pattern)


def _draw_picture(painter: Painter, area: pygame.Rect, pattern: Pattern) -> None:
    style = painter.style
    is_light = sum(style.background) > sum(style.text)
    theme = next(theme for theme in THEMES if theme.is_light == is_light)
    painter.box(area, theme.dead, border=style.border)
    room = area.inflate(-4, -4)
    if min(room.size) > 0:
        pixels = picture_of_pattern(pattern, *room.size, palettes_of(theme, style, max(2, pattern.max_state + 1)))
        frame = pygame.Rect(0, 0, pixels.shape[1], pixels.shape[0])
        frame.center = room.center
        painter.picture(pixels, frame)


def _draw_text(painter: Painter, area: pygame.Rect, entry: ShippedPattern, pattern: Pattern) -> None:
    style = painter.style
    painter.text(entry.name, *area.topleft, bold=True, width=area.width)
    behaviour = entry.behaviour[:1].upper() + entry.behaviour[1:]
    lines = [
        *((line, style.accent) for line in wrapped(behaviour, area.width, num_lines=2)),
        *((line, style.text) for line in wrapped(entry.description, area.width, num_lines=2)),
    ]
    for number, (line, colour) in enumerate(lines):
        y = area.top + _NAME_HEIGHT + number * _LINE_HEIGHT
        painter.text(line, area.left, y, size=SMALL_SIZE, colour=colour, width=area.width)
    noun = "cell" if pattern.population == 1 else "cells"
    size = f"{entry.width:,} x {entry.height:,}, {pattern.population:,} {noun}"
    facts = (entry.origin, f"Rule {entry.rule}", size)
    for number, fact in enumerate(facts):
        y = area.bottom - (len(facts) - number) * _LINE_HEIGHT
        is_beside_button = y + _LINE_HEIGHT > area.bottom - BUTTON_SIZE[1]
        width = area.width - (BUTTON_SIZE[0] + _GAP if is_beside_button else 0)
        painter.text(fact, area.left, y, size=SMALL_SIZE, colour=style.faint, width=width)
