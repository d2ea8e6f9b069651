"""A field to type in: how a `TextLine` is drawn, and which letter lies where."""

import pygame

from ca_logic.visualizer.clipping import clipped
from ca_logic.visualizer.painter import TEXT_SIZE, Painter, font
from ca_logic.visualizer.text_line import TextLine

_MARGIN = 8
_CARET_WIDTH = 2
_SELECTION_OPACITY = 90


def draw_text_field(painter: Painter, area: pygame.Rect, line: TextLine, *, has_focus: bool, is_wrong: bool) -> None:
    """Draws a field; while it has the focus it shows the caret, scrolled as far as that needs."""
    style = painter.style
    border = style.bad if is_wrong else style.accent if has_focus else style.border
    painter.box(area, style.raised, border=border)
    inner = area.inflate(-2 * _MARGIN, -8)
    left = _left_of_text(area, line, has_focus=has_focus)
    with clipped(painter, inner):
        if has_focus and line.is_selected:
            selection = pygame.Rect(left, inner.top, painter.width_of(line.text), inner.height)
            painter.box(selection, style.accent, radius=2, opacity=_SELECTION_OPACITY)
        painter.text(line.text, left, area.centery - TEXT_SIZE // 2)
        if has_focus and not line.is_selected:
            caret = left + painter.width_of(line.text[: line.caret])
            painter.line(style.accent, [(caret, inner.top), (caret, inner.bottom - 1)], width=_CARET_WIDTH)


def caret_at(area: pygame.Rect, line: TextLine, x: int, *, has_focus: bool) -> int:
    """Returns how many letters end left of a column of the window, or nearest to it."""
    left = _left_of_text(area, line, has_focus=has_focus)
    return min(range(len(line.text) + 1), key=lambda caret: abs(left + _width(line.text[:caret]) - x))


def _left_of_text(area: pygame.Rect, line: TextLine, *, has_focus: bool) -> int:
    """Returns where the text begins: left of the field if the caret were hidden otherwise."""
    room = area.width - 2 * _MARGIN - _CARET_WIDTH
    hidden = max(0, _width(line.text[: line.caret]) - room) if has_focus else 0
    return area.left + _MARGIN - hidden


def _width(text: str) -> int:
    return font(TEXT_SIZE).size(text)[0]
