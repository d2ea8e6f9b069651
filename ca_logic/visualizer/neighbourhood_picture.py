"""A 3x3 neighbourhood as a small picture."""

import pygame

from ca_logic.tasks.neighbourhood import all_neighbourhoods
from ca_logic.visualizer.painter import Colour, Painter

_ROWS = all_neighbourhoods().T.tolist()


def draw_neighbourhood(painter: Painter, area: pygame.Rect, row: int, *, live: Colour, dead: Colour | None) -> None:
    """Draws the nine cells of a row of the truth table into a square; dead ones only if they have a colour."""
    size = (area.width - 6) // 3
    margin = (area.width - 3 * size - 2) // 2
    for cell, state in enumerate(_ROWS[row]):
        down, across = divmod(cell, 3)
        colour = live if state else dead
        if colour is not None:
            place = (area.left + margin + across * (size + 1), area.top + margin + down * (size + 1))
            painter.surface.fill(colour, (*place, size, size))
