"""`BoardPicture`: the image of a board from frame to frame; it remembers the ages of what it shows.

Reading the board and colouring the pixels are two steps, since the board is only at hand while it does not step.
"""

import numpy as np
import pygame

from ca_logic.backend.view import Image, load_view
from ca_logic.runtime.board import Board
from ca_logic.runtime.drawing import carry_over, draw, row_step_for
from ca_logic.runtime.viewport import Viewport
from ca_logic.visualizer.board_view.themes import Theme, palettes_of
from ca_logic.visualizer.painter import Style

_BYTES_OF_FRAME = 8 << 20
"""As much of a board is read for a frame at most; of larger ones not all rows are looked at."""


class BoardPicture:
    """What was last read of a board, and how old it looks."""

    def __init__(self) -> None:
        """Shows nothing yet."""
        self._view = load_view()
        self._image: Image = np.zeros((1, 1), np.uint8)
        self._ages: Image = np.zeros((1, 1), np.uint8)
        self._viewport: Viewport | None = None
        self._board: Board | None = None
        self._generation = 0
        self._seen: tuple[int, Viewport] | None = None
        self._shows_density = False
        self._num_states = 2

    def read(self, board: Board, viewport: Viewport, theme: Theme, *, is_edited: bool = False) -> None:
        """Takes what a viewport shows of the board; ages go on if it is another generation, or was edited."""
        if self._image.shape != (viewport.height, viewport.width):
            self._image = np.zeros((viewport.height, viewport.width), np.uint8)
        self._num_states = board.num_states
        self._shows_density = viewport.zoom < 1 and not theme.shows_ages and board.num_states == 2
        step = row_step_for(board, viewport, _BYTES_OF_FRAME)
        draw(board, viewport, self._image, density=self._shows_density, repeated=False, row_step=step)
        if board is not self._board or board.generation < self._generation:
            # What was seen is no longer the past of what is.
            self._ages, self._seen = np.zeros_like(self._image), None
        if theme.shows_ages:
            self._grow_older(board.generation, viewport, is_edited=is_edited)
        self._viewport, self._board, self._generation = viewport, board, board.generation

    def paint(self, surface: pygame.Surface, theme: Theme, style: Style) -> None:
        """Writes the colours of what was read to a surface of 32 bits a pixel, of the viewport's size or larger."""
        palettes = palettes_of(theme, style, self._num_states)
        if theme.shows_ages and self._ages.shape == self._image.shape:
            image, palette = self._ages, palettes.ages
        else:
            image, palette = self._image, palettes.density if self._shows_density else palettes.states
        pixels = pygame.surfarray.pixels2d(surface).T
        # A board that could not be had is shown as it was when the window had another size.
        height, width = (min(sides) for sides in zip(image.shape, pixels.shape, strict=True))
        self._view.colour(image[:height, :width], palette, pixels[:height, :width])

    def _grow_older(self, generation: int, viewport: Viewport, *, is_edited: bool) -> None:
        if self._seen is not None and self._viewport is not None and self._viewport != viewport:
            self._ages = carry_over(self._ages, self._viewport, viewport)
        elif self._ages.shape != self._image.shape:
            self._ages = np.zeros_like(self._image)
        if is_edited or self._seen != (generation, viewport):
            self._view.age(self._image, self._ages)
        self._seen = (generation, viewport)
