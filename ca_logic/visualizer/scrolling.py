"""Scrolling: what is higher than where it is shown is moved up, and a bar tells how far."""

import pygame

from ca_logic.visualizer.painter import Painter

SCROLLBAR_WIDTH = 8
"""To be left free at the right of what scrolls."""

_MARGIN, _MIN_LENGTH = 2, 16


def within(scroll: int, height: int, view: pygame.Rect) -> int:
    """Returns by how many pixels something of that height can be moved up, nearest to what is asked for."""
    return max(0, min(scroll, height - view.height))


def draw_scrollbar(painter: Painter, view: pygame.Rect, scroll: int, height: int) -> None:
    """Draws to the right of a view which part of so many pixels is seen, if it is not all of them."""
    if height <= view.height:
        return
    track = pygame.Rect(view.right + _MARGIN, view.top, SCROLLBAR_WIDTH - _MARGIN, view.height)
    painter.box(track, painter.style.raised, radius=2)
    length = min(track.height, max(_MIN_LENGTH, view.height * view.height // height))
    top = track.top + (track.height - length) * scroll // (height - view.height)
    painter.box(pygame.Rect(track.left, top, track.width, length), painter.style.faint, radius=2)
