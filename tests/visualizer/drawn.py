"""Surfaces in memory for tests of what draws itself."""

import numpy as np
import pygame

from ca_logic.visualizer.painter import DARK, Painter, Style


def painter_of(width: int, height: int, style: Style = DARK) -> Painter:
    """Returns a painter of a new surface, in the style's background."""
    surface = pygame.Surface((width, height), depth=32)
    surface.fill(style.background)
    return Painter(surface, style)


def num_other_pixels(painter: Painter, area: pygame.Rect | None = None) -> int:
    """Returns how many pixels are not background."""
    pixels = pygame.surfarray.array3d(painter.surface if area is None else painter.surface.subsurface(area))
    return int((pixels != painter.style.background).any(axis=2).sum())


def pixels_of(painter: Painter) -> np.ndarray:
    """Returns all pixels, [columns, rows, 3]."""
    pixels: np.ndarray = pygame.surfarray.array3d(painter.surface)
    return pixels
