"""The upper part of the rule panel: what the draft is called, what is known of its circuit, buttons and tabs."""

import pygame

from ca_logic.visualizer.painter import SMALL_SIZE, TITLE_SIZE, Painter, font
from ca_logic.visualizer.rule_circuits import CircuitStatus
from ca_logic.visualizer.rule_draft import RuleDraft

_BUTTON_SIZE, _STATUS_SIZE, _NAME_SIZE = 14, 13, 14
_GAP = 12


def draw_title(painter: Painter, title_area: pygame.Rect, name_area: pygame.Rect, draft: RuleDraft) -> None:
    """Draws the title of a draft, and its rulestring and kind below it."""
    rule, style = draft.rule, painter.style
    title = "No short name" if rule.title.startswith("MAP") else rule.title
    painter.text(title, title_area.left, title_area.top, size=TITLE_SIZE, bold=True, width=title_area.width)
    grid = f":{rule.grid.canonical}" if rule.grid else ""
    name = "" if title == rule.rulestring and not grid else rule.rulestring + grid
    kind_width = font(SMALL_SIZE).size(draft.kind)[0]
    if name:
        painter.text(name, *name_area.topleft, size=_NAME_SIZE, width=name_area.width - kind_width - _GAP)
    kind_left = name_area.right - kind_width if name else name_area.left
    painter.text(draft.kind, kind_left, name_area.top + 1, size=SMALL_SIZE, colour=style.faint)


def draw_status(painter: Painter, area: pygame.Rect, status: CircuitStatus) -> None:
    """Draws what is known of a circuit."""
    style = painter.style
    colour = style.good if status.num_gates is not None else style.faint if status.is_asked else style.text
    painter.text(status.description, area.left, area.centery - 7, size=_STATUS_SIZE, colour=colour, width=area.width)


def draw_button(
    painter: Painter, area: pygame.Rect, text: str, *, is_possible: bool, is_main: bool, is_hovered: bool
) -> None:
    """Draws a button; what is done most likely is lit, what is not possible is faint."""
    style = painter.style
    is_lit = is_possible and is_main
    border = style.text if is_possible and is_hovered else style.accent if is_lit else style.border
    painter.box(area, style.accent if is_lit else style.raised, border=border)
    colour = style.background if is_lit else style.text if is_possible else style.faint
    painter.text(text, area.centerx, area.centery - 7, size=_BUTTON_SIZE, bold=is_lit, colour=colour, anchor="centre")


def draw_tab(painter: Painter, area: pygame.Rect, text: str, *, is_chosen: bool, is_hovered: bool) -> None:
    """Draws a tab, underlined if it is chosen."""
    style = painter.style
    colour = style.text if is_chosen or is_hovered else style.faint
    painter.text(text, area.centerx, area.top + 5, size=_BUTTON_SIZE, bold=is_chosen, colour=colour, anchor="centre")
    height = 3 if is_chosen else 1
    foot = pygame.Rect(area.left, area.bottom - height, area.width, height)
    painter.box(foot, style.accent if is_chosen else style.border, radius=0)
