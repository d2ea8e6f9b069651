"""Drawing that ends at the edges of a part of the window."""

import contextlib
from collections.abc import Iterator

import pygame

from ca_logic.visualizer.painter import Painter


@contextlib.contextmanager
def clipped(painter: Painter, area: pygame.Rect) -> Iterator[None]:
    """Lets nothing be drawn outside of a rectangle, nor outside of those around it."""
    before = painter.surface.get_clip()
    painter.surface.set_clip(area.clip(before))
    try:
        yield
    finally:
        painter.surface.set_clip(before)
