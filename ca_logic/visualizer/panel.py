"""`Panel`: a part of the window that draws itself and takes events; it knows nothing of the window.

A panel gets events at positions of the window, and the area that it was drawn in last. What it takes, nobody else gets.
"""

from typing import Protocol

import pygame

from ca_logic.visualizer.events import InputEvent
from ca_logic.visualizer.painter import Painter


class Panel(Protocol):
    """A part of the window."""

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Draws itself into the area, all of it, and remembers where what can be clicked is."""

    def handle(self, event: InputEvent) -> bool:
        """Takes an event, or leaves it to others; returns whether it took it."""
