"""`Screen`: what fills the window: a board, or a classifier."""

from typing import Protocol

import pygame

from ca_logic.visualizer.events import InputEvent
from ca_logic.visualizer.painter import Painter, Style


class Screen(Protocol):
    """Draws the window's contents, and takes its events."""

    @property
    def title(self) -> str:
        """What the title of the window says."""

    @property
    def style(self) -> Style:
        """The colours of the window."""

    @property
    def is_closing(self) -> bool:
        """Whether the window is to be closed."""

    @property
    def is_learning(self) -> bool:
        """Whether something is being learned beside the window, which a script may wait for."""

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Draws all of the area, once a frame, and lets go on what goes on by itself."""

    def handle(self, event: InputEvent) -> bool:
        """Takes an event; returns whether it meant something."""

    def close(self) -> None:
        """Ends what runs beside the window."""
