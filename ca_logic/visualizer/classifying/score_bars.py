"""The scores of all classes as bars, the winner and its margin above them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pygame

from ca_logic.visualizer.classifying.lettering import write
from ca_logic.visualizer.classifying.scores import Scores, ScoreScale
from ca_logic.visualizer.painter import SMALL_SIZE, TEXT_SIZE, TITLE_SIZE, Colour, Painter, Style

_TITLES = (48, 40, 32, 26, TITLE_SIZE, TEXT_SIZE)
_NAMES = (TITLE_SIZE, TEXT_SIZE, SMALL_SIZE)
"""Sizes of the winner's name, and of all names; the largest that fits is taken."""

_TITLE_SHARE, _LOWEST_TITLE = 0.12, 22
_CAPTION, _GAP = 16, 8
_LOWEST_LINE, _HIGHEST_LINE = 13, 56
_NAME_SHARE, _SCORE, _CERTAINTY = 0.42, 48, 72
_NARROWEST_BAR = 70
"""Where bars would be narrower there are no certainties."""

_LEAST_CERTAINTY = 0.0005
"""What is less is not written, as it would be 0.0 %."""


@dataclass(frozen=True)
class _Columns:
    """How wide the columns are besides that of bars, and how large names are."""

    name: int
    certainty: int
    letters: int


def draw_scores(painter: Painter, area: pygame.Rect, shown: Scores, scale: ScoreScale) -> None:
    """Draws the winner, its margin, and a bar for each class; where there are too many, for those with most."""
    title = pygame.Rect(area.left, area.top, area.width, max(_LOWEST_TITLE, int(area.height * _TITLE_SHARE)))
    name = "nothing yet" if shown.is_blank else shown.classes[shown.winner]
    size = _largest(painter, name, title, _TITLES)
    write(painter, name, title, colour=_winner_colour(painter.style, shown), size=size, bold=True)
    caption = pygame.Rect(area.left, title.bottom, area.width, _CAPTION)
    top = caption.bottom + _GAP // 2
    body = pygame.Rect(area.left, top, area.width, max(1, area.bottom - top))
    count, room = len(shown.classes), max(1, body.height // _LOWEST_LINE)
    places = list(range(count))
    if count > room:
        places = np.argsort(-shown.scores.astype(np.int64), kind="stable")[: max(1, room - 1)].tolist()
    height = min(max(body.height // min(count, room), _LOWEST_LINE), _HIGHEST_LINE)
    columns = _columns(painter, [shown.classes[place] for place in places], area.width, height)
    _draw_caption(painter, caption, shown, columns)
    for line, place in enumerate(places):
        row = pygame.Rect(body.left, body.top + line * height, body.width, height)
        _draw_line(painter, row, shown, place, scale.share_of(shown.scores[place]), columns)
    if count > len(places):
        rest = pygame.Rect(body.left, body.top + len(places) * height, body.width, height)
        write(painter, f"and {count - len(places):,} more", rest, colour=painter.style.faint, size=SMALL_SIZE)


def _winner_colour(style: Style, shown: Scores) -> Colour:
    if shown.is_blank:
        return style.faint
    return style.accent if shown.truth is None else style.good if shown.truth == shown.winner else style.bad


def _largest(painter: Painter, text: str, area: pygame.Rect, sizes: Sequence[int]) -> int:
    """Returns the first size at which a text fits into an area, or the last."""
    fits = (
        size for size in sizes if size <= area.height and painter.width_of(text, size=size, bold=True) <= area.width
    )
    return next(fits, sizes[-1])


def _columns(painter: Painter, names: Sequence[str], width: int, height: int) -> _Columns:
    limit = pygame.Rect(0, 0, int(width * _NAME_SHARE), height // 2 + 2)
    longest = max(names, key=lambda name: painter.width_of(name, bold=True))
    letters = _largest(painter, longest, limit, _NAMES)
    name_width = min(painter.width_of(longest, size=letters, bold=True), limit.width)
    bar_width = width - name_width - _GAP - _SCORE - _CERTAINTY
    return _Columns(name_width, _CERTAINTY if bar_width >= _NARROWEST_BAR else 0, letters)


def _draw_caption(painter: Painter, area: pygame.Rect, shown: Scores, columns: _Columns) -> None:
    """Draws the margin, and what the columns of numbers are."""
    colour = painter.style.faint
    left = area.copy()
    if columns.certainty:
        write(painter, "certainty", area, colour=colour, size=SMALL_SIZE, anchor="right")
        left.width -= _CERTAINTY
        write(painter, "score", left, colour=colour, size=SMALL_SIZE, anchor="right")
        left.width = max(0, left.width - _SCORE)
    write(painter, shown.margin, left, colour=colour, size=SMALL_SIZE)


def _draw_line(painter: Painter, row: pygame.Rect, shown: Scores, place: int, length: float, columns: _Columns) -> None:
    """Draws the bar of a class, of a length from 0 to 1, between its name and its score."""
    style, size = painter.style, columns.letters
    is_winner, is_true = place == shown.winner and not shown.is_blank, place == shown.truth
    fill = _winner_colour(style, shown) if is_winner else style.faint
    letters = style.good if is_true else fill if is_winner else style.text
    name = pygame.Rect(row.left, row.top, columns.name, row.height)
    write(painter, shown.classes[place], name, colour=letters, size=size, bold=is_winner or is_true)
    left, right = name.right + _GAP, row.right - _SCORE - columns.certainty
    thickness = max(5, row.height * 2 // 3)
    groove = pygame.Rect(left, row.centery - thickness // 2, max(1, right - left), thickness)
    painter.box(groove, style.raised, border=style.good if is_true and not is_winner else None, radius=3)
    if width := round(groove.width * length):
        painter.box(pygame.Rect(groove.topleft, (width, thickness)), fill, radius=3)
    number = pygame.Rect(right + 4, row.top, _SCORE - 4, row.height)
    write(painter, f"{shown.scores[place]}", number, colour=letters, size=min(size, TEXT_SIZE), anchor="right")
    certainty = float(shown.certainties[place])
    if columns.certainty and certainty >= _LEAST_CERTAINTY:
        percent = pygame.Rect(number.right, row.top, columns.certainty, row.height)
        write(painter, f"{certainty:.1%}", percent, colour=style.faint, size=SMALL_SIZE, anchor="right")
