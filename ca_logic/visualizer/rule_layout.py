"""Where the parts of the rule panel lie, whatever its size."""

import itertools
from dataclasses import dataclass

import pygame

from ca_logic.visualizer.scrolling import SCROLLBAR_WIDTH

_MARGIN, _GAP = 10, 6
_FIELD_HEIGHT, _MESSAGE_HEIGHT, _TITLE_HEIGHT, _NAME_HEIGHT = 28, 16, 24, 18
_BUTTON_HEIGHT, _USE_WIDTH, _LEARN_WIDTH = 26, 58, 66
_TAB_HEIGHT = 26
_LIST_HEADING_HEIGHT = 20
_MIN_LIST_HEIGHT = 110
_HINT_HEIGHT = 64


@dataclass(frozen=True)
class RuleLayout:
    """Rectangles in the window.

    Attributes:
        field: what is typed.
        message: one line about it.
        title: the title of the draft.
        name: its rulestring.
        status: what is known of its circuit.
        use: the button.
        learn: the button.
        tabs: from left to right.
        sheet: the switches, without their scroll bar; empty if there are none to be shown.
        list_heading: above the list; empty if that has a tab of its own.
        list: the known rules, without their scroll bar; empty if there is no room.
        hint: what is under the mouse.
    """

    field: pygame.Rect
    message: pygame.Rect
    title: pygame.Rect
    name: pygame.Rect
    status: pygame.Rect
    use: pygame.Rect
    learn: pygame.Rect
    tabs: tuple[pygame.Rect, ...]
    sheet: pygame.Rect
    list_heading: pygame.Rect
    list: pygame.Rect
    hint: pygame.Rect


def sheet_width(area: pygame.Rect) -> int:
    """Returns how wide a sheet of switches can be in a panel."""
    return max(0, area.width - 2 * _MARGIN - SCROLLBAR_WIDTH)


def place_parts(area: pygame.Rect, num_tabs: int, sheet_height: int | None) -> RuleLayout:
    """Returns where everything lies.

    Args:
        area: the panel's.
        num_tabs: how many there are.
        sheet_height: how high the switches would like to be; None if the list is shown alone.
    """
    left, width = area.left + _MARGIN, area.width - 2 * _MARGIN
    top = area.top + _MARGIN

    def line(height: int, gap: int = 0) -> pygame.Rect:
        nonlocal top
        placed = pygame.Rect(left, top, width, height)
        top += height + gap
        return placed

    field = line(_FIELD_HEIGHT, 3)
    message = line(_MESSAGE_HEIGHT)
    title = line(_TITLE_HEIGHT)
    name = line(_NAME_HEIGHT, 2)
    status = line(_BUTTON_HEIGHT, _GAP)
    learn = pygame.Rect(status.right - _LEARN_WIDTH, status.top, _LEARN_WIDTH, status.height)
    use = pygame.Rect(learn.left - _GAP - _USE_WIDTH, status.top, _USE_WIDTH, status.height)
    status.width = max(0, use.left - _GAP - status.left)
    tab_line = line(_TAB_HEIGHT, _GAP)
    edges = [tab_line.left + tab_line.width * tab // num_tabs for tab in range(num_tabs + 1)]
    tabs = tuple(
        pygame.Rect(start, tab_line.top, end - start, tab_line.height) for start, end in itertools.pairwise(edges)
    )
    hint = pygame.Rect(left, area.bottom - _HINT_HEIGHT - 4, width, _HINT_HEIGHT)
    room = pygame.Rect(left, top, sheet_width(area), max(0, hint.top - _GAP - top))
    sheet = pygame.Rect(room.topleft, (room.width, 0))
    heading = sheet.copy()
    if sheet_height is not None:
        sheet.height = min(sheet_height, room.height)
        rest = room.bottom - sheet.bottom - _GAP - _LIST_HEADING_HEIGHT
        if rest < _MIN_LIST_HEIGHT:
            empty = pygame.Rect(room.bottomleft, (0, 0))
            return RuleLayout(field, message, title, name, status, use, learn, tabs, sheet, empty, empty.copy(), hint)
        heading = pygame.Rect(left, sheet.bottom + _GAP, width, _LIST_HEADING_HEIGHT)
        room = pygame.Rect(left, heading.bottom, room.width, rest)
    return RuleLayout(field, message, title, name, status, use, learn, tabs, sheet, heading, room, hint)
