"""`Camera`: which part of the board the window shows. Zooming keeps the cell at the mouse, or in the middle.

Zooms are powers of 2 from 1:32 to 32:1, as in Golly; only to fit a very large board it goes further away.
"""

import dataclasses
from dataclasses import dataclass
from fractions import Fraction

import pygame

from ca_logic.runtime.viewport import Viewport, num_pixels

NEAREST, FARTHEST = 32, Fraction(1, 32)


@dataclass(frozen=True)
class Camera:
    """A viewport of a board, with what people do to it.

    Attributes:
        viewport: what is shown, in pixels of the part of the window that shows the board.
    """

    viewport: Viewport

    @property
    def zoom(self) -> Fraction | int:
        """Pixels of a cell."""
        return self.viewport.zoom

    @property
    def scale(self) -> str:
        """The zoom as Golly writes it: `1:4` is four pixels a cell, `4:1` four cells a pixel."""
        return f"1:{self.zoom}" if self.zoom >= 1 else f"{self.zoom.denominator}:1"

    def zoomed(self, steps: int, column: int | None = None, row: int | None = None) -> "Camera":
        """Returns it so many steps nearer, or further away if negative, about a pixel, by default the middle."""
        zoom: Fraction | int = self.zoom
        for _ in range(abs(steps)):
            # From a zoom between two powers of 2, such as fits a board, to the next one.
            if steps > 0 and zoom < NEAREST:
                zoom = Fraction(zoom) * 2 if zoom < 1 else 1 << zoom.numerator.bit_length()
            elif steps < 0 and zoom > FARTHEST:
                zoom = Fraction(zoom) / 2 if zoom <= 1 else 1 << ((zoom.numerator - 1).bit_length() - 1)
        return self.at_scale(zoom, column, row)

    def at_scale(self, zoom: Fraction | int, column: int | None = None, row: int | None = None) -> "Camera":
        """Returns it at another zoom, about a pixel, by default the middle."""
        if zoom == self.zoom:
            return self
        plain = zoom.numerator if zoom >= 1 else zoom
        return Camera(self.viewport.zoomed(plain, *self._pixel(column, row)))

    def panned(self, columns: int, rows: int) -> "Camera":
        """Returns it so many pixels further to the right and down."""
        return Camera(self.viewport.panned(columns, rows))

    def resized(self, width: int, height: int) -> "Camera":
        """Returns it with another number of pixels; what was in the middle stays there."""
        before = self.viewport
        return Camera(
            dataclasses.replace(
                before,
                width=width,
                height=height,
                left=before.left + (before.width - width) // 2,
                top=before.top + (before.height - height) // 2,
            )
        )

    def fitted(self, cells: pygame.Rect) -> "Camera":
        """Returns it with a rectangle of cells in the middle, as large as there is room for, 32:1 at most."""
        view = self.viewport.fitted(max(1, cells.width), max(1, cells.height))
        zoom: Fraction | int = view.zoom
        if zoom > 1:
            zoom = min(NEAREST, 1 << (zoom.numerator.bit_length() - 1))
        at_zoom = dataclasses.replace(view, zoom=zoom, left=0, top=0)
        column, row = at_zoom.pixel_at(cells.x, cells.y)
        left = column - (view.width - num_pixels(cells.width, zoom)) // 2
        top = row - (view.height - num_pixels(cells.height, zoom)) // 2
        return Camera(dataclasses.replace(at_zoom, left=left, top=top))

    def centred(self, x: int, y: int) -> "Camera":
        """Returns it with a cell in the middle."""
        column, row = self.viewport.pixel_at(x, y)
        return self.panned(column - self.viewport.width // 2, row - self.viewport.height // 2)

    def cell_at(self, column: int, row: int) -> tuple[int, int]:
        """Returns (x, y) of the cell at a pixel; it may be beyond the board."""
        return self.viewport.cell_at(column, row)

    def area_of(self, cells: pygame.Rect) -> pygame.Rect:
        """Returns the pixels of a rectangle of cells; it may be outside."""
        left, top = self.viewport.pixel_at(cells.left, cells.top)
        right, bottom = self.viewport.pixel_at(cells.right, cells.bottom)
        return pygame.Rect(left, top, max(1, right - left), max(1, bottom - top))

    def _pixel(self, column: int | None, row: int | None) -> tuple[int, int]:
        viewport = self.viewport
        return (
            viewport.width // 2 if column is None else column,
            viewport.height // 2 if row is None else row,
        )
