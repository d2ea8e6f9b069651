"""Where the switches of a rule's truth table lie, and how they look: by counts, by isotropic classes, by rows.

A sheet of switches is as wide as there is room for, and as high as it gets; whoever shows it scrolls.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pygame

from ca_logic.visualizer.neighbourhood_picture import draw_neighbourhood
from ca_logic.visualizer.painter import SMALL_SIZE, Colour, Painter, Style, mixed
from ca_logic.visualizer.rule_draft import (
    Fill,
    RowGroup,
    RuleDraft,
    class_groups,
    class_name,
    count_groups,
    fill_of,
    row_groups,
)

MIN_WIDTH = 300
"""Of a sheet; narrower ones are drawn so wide and cut."""

_HEADING_HEIGHT = 19
_GAP = 8
_PARTS = ("B", "S")
_COUNTS_OF_LINES = ((0, 1, 2), (3,), (4,), (5,), (6, 7, 8))
_MAX_CLASSES_OF_LINE = 13
_MAX_COUNT_PITCH, _MAX_CLASS_PITCH, _MAX_ROW_PITCH = 52, 34, 14
_LETTERS_HEIGHT = 12
_ROWS_ACROSS = 32
"""Single rows lie as their numbers are read: NW N NE W count downwards, C E SW S SE to the right."""


@dataclass(frozen=True)
class Switch:
    """A switch, and where it lies on its sheet."""

    group: RowGroup
    area: pygame.Rect


class SwitchDrawing(Protocol):
    """How one switch is drawn."""

    def __call__(
        self, painter: Painter, area: pygame.Rect, group: RowGroup, draft: RuleDraft, *, is_hovered: bool
    ) -> None:
        """Draws the switch of a group."""


@dataclass(frozen=True)
class Sheet:
    """Switches in their places.

    Attributes:
        switches: by the name of their group.
        headings: text, left and top of each.
        height: of all of it.
        draw_switch: draws one of them.
        shows_mates: whether hovering marks the rows that can be turned or mirrored into the hovered one.
    """

    switches: Mapping[str, Switch]
    headings: Sequence[tuple[str, int, int]]
    height: int
    draw_switch: SwitchDrawing
    shows_mates: bool = False


@functools.lru_cache(maxsize=16)
def sheet_of_counts(width: int) -> Sheet:
    """Returns the 2 x 9 switches of counts."""
    pitch = min(max(width, MIN_WIDTH) // 9, _MAX_COUNT_PITCH)
    size, height = pitch - 4, min(pitch - 4, 36)
    groups = count_groups()
    switches, headings, top = {}, [], 0
    for part, heading in zip(_PARTS, ("Born with so many live neighbours", "Survives with so many"), strict=True):
        headings.append((heading, 0, top))
        for count in range(9):
            area = pygame.Rect(count * pitch, top + _HEADING_HEIGHT, size, height)
            switches[f"{part}{count}"] = Switch(groups[f"{part}{count}"], area)
        top += _HEADING_HEIGHT + height + _GAP
    return Sheet(switches, headings, top - _GAP, draw_count)


@functools.lru_cache(maxsize=16)
def sheet_of_classes(width: int) -> Sheet:
    """Returns the 102 switches of isotropic classes, a line for each count, or for three where there are few."""
    pitch = min(max(width, MIN_WIDTH) // _MAX_CLASSES_OF_LINE, _MAX_CLASS_PITCH)
    # The picture is of three cells a side, with a pixel between them and two around.
    size = (pitch - 8) // 3 * 3 + 6
    switches, headings, top = {}, [], 0
    for part, heading in zip(
        _PARTS, ("Born, turned and mirrored alike", "Survives, turned and mirrored alike"), strict=True
    ):
        headings.append((heading, 0, top))
        top += _HEADING_HEIGHT
        for counts in _COUNTS_OF_LINES:
            left = 0
            for count in counts:
                for name, group in class_groups().items():
                    if name.startswith(f"{part}{count}"):
                        switches[name] = Switch(group, pygame.Rect(left, top, size, size + _LETTERS_HEIGHT))
                        left += pitch
                left += _GAP
            top += size + _LETTERS_HEIGHT + 3
        top += _GAP
    return Sheet(switches, headings, top - _GAP - 3, draw_class)


@functools.lru_cache(maxsize=16)
def sheet_of_rows(width: int) -> Sheet:
    """Returns the 512 switches of single rows: 16 lines of 16 with a dead centre, beside 16 with a live one."""
    pitch = min((max(width, MIN_WIDTH) - _GAP) // _ROWS_ACROSS, _MAX_ROW_PITCH)
    survivals_left = _ROWS_ACROSS // 2 * pitch + _GAP
    switches = {}
    for name, group in row_groups().items():
        down, across = divmod(group.rows[0], _ROWS_ACROSS)
        left = across * pitch + (0 if group.is_birth else _GAP)
        switches[name] = Switch(group, pygame.Rect(left, _HEADING_HEIGHT + down * pitch, pitch, pitch))
    headings = [("Born: the centre is dead", 0, 0), ("Survives: it is live", survivals_left, 0)]
    height = _HEADING_HEIGHT + len(switches) // _ROWS_ACROSS * pitch
    return Sheet(switches, headings, height, draw_row, shows_mates=True)


def draw_sheet(
    painter: Painter, view: pygame.Rect, sheet: Sheet, draft: RuleDraft, *, hovered: str, scroll: int
) -> dict[str, pygame.Rect]:
    """Draws what of a sheet is seen in a view, scrolled down so many pixels.

    Returns:
        Where each switch lies that is seen, as far as it is.
    """
    style = painter.style
    for text, left, top in sheet.headings:
        painter.text(text, view.left + left, view.top + top + 2 - scroll, size=SMALL_SIZE, colour=style.faint)
    areas = {name: switch.area.move(view.left, view.top - scroll) for name, switch in sheet.switches.items()}
    seen = {name: area.clip(view) for name, area in areas.items() if area.colliderect(view)}
    for name in seen:
        sheet.draw_switch(painter, areas[name], sheet.switches[name].group, draft, is_hovered=False)
    if hovered in seen:
        if sheet.shows_mates:
            for mate in class_groups()[class_name(int(hovered))].rows:
                pygame.draw.rect(painter.surface, style.text, areas[str(mate)].inflate(-4, -4), width=1)
        # Last, since its border covers a part of its neighbours.
        sheet.draw_switch(painter, areas[hovered], sheet.switches[hovered].group, draft, is_hovered=True)
    return seen


def draw_count(painter: Painter, area: pygame.Rect, group: RowGroup, draft: RuleDraft, *, is_hovered: bool) -> None:
    """Draws a switch of a count: its number, lit if all rows are on, lit from below if some are."""
    style, fill = painter.style, draft.fill_of(group)
    painter.box(area, style.accent if fill is Fill.ALL else style.raised)
    if fill is Fill.SOME:
        _draw_level(painter, area, draft.num_on(group) / len(group.rows))
    painter.box(area, border=_border(style, fill, is_hovered=is_hovered))
    colour = {Fill.ALL: style.background, Fill.SOME: style.text, Fill.NONE: style.faint}[fill]
    painter.text(group.name[1:], area.centerx, area.centery - 7, colour=colour, bold=True, anchor="centre")


def draw_class(painter: Painter, area: pygame.Rect, group: RowGroup, draft: RuleDraft, *, is_hovered: bool) -> None:
    """Draws a switch of a class: one of its neighbourhoods, lit as a count's, over its count and letter."""
    picture = _picture_of_class(painter.style, area.size, group, draft.num_on(group), is_hovered=is_hovered)
    painter.surface.blit(picture, area)


@functools.lru_cache(maxsize=1024)
def _picture_of_class(
    style: Style, size: tuple[int, int], group: RowGroup, num_on: int, *, is_hovered: bool
) -> pygame.Surface:
    """Returns the picture of a switch; there are a hundred of them to be drawn."""
    drawn = pygame.Surface(size)
    drawn.fill(style.background)
    painter, fill = Painter(drawn, style), fill_of(num_on, len(group.rows))
    picture = pygame.Rect(0, 0, size[0], size[1] - _LETTERS_HEIGHT)
    painter.box(picture, style.accent if fill is Fill.ALL else style.raised, radius=3)
    if fill is Fill.SOME:
        _draw_level(painter, picture, num_on / len(group.rows))
    # Live cells look alike on all grounds; only what is around them is lit. A level would hardly be seen between cells.
    dead = {
        Fill.ALL: mixed(style.accent, style.background, 0.6),
        Fill.SOME: None,
        Fill.NONE: mixed(style.text, style.raised, 0.14),
    }[fill]
    draw_neighbourhood(painter, picture, group.example, live=style.text, dead=dead)
    painter.box(picture, border=_border(style, fill, is_hovered=is_hovered), radius=3)
    colour = style.faint if fill is Fill.NONE else style.text
    painter.text(group.name[1:], picture.centerx, picture.bottom + 1, colour=colour, size=11, anchor="centre")
    return drawn


def draw_row(painter: Painter, area: pygame.Rect, group: RowGroup, draft: RuleDraft, *, is_hovered: bool) -> None:
    """Draws a switch of one row."""
    style = painter.style
    is_on = draft.fill_of(group) is Fill.ALL
    painter.surface.fill(style.accent if is_on else style.raised, area.inflate(-1, -1))
    if is_hovered:
        pygame.draw.rect(painter.surface, style.text, area.inflate(1, 1), width=2)


def _draw_level(painter: Painter, area: pygame.Rect, share: float) -> None:
    height = max(3, round(area.height * share))
    level = pygame.Rect(area.left, area.bottom - height, area.width, height)
    painter.box(level, mixed(painter.style.accent, painter.style.raised, 0.45), radius=3)


def _border(style: Style, fill: Fill, *, is_hovered: bool) -> Colour:
    if is_hovered:
        return style.text
    return style.border if fill is Fill.NONE else style.accent
