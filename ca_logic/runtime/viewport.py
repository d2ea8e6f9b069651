"""`Viewport`: which cells a picture of so many pixels shows, at which zoom.

The zoom is the number of pixels of a cell, in each direction: 1, 2, 3 and so on, or 1/2, 1/4 and so on, where a pixel
is a square of cells. So a board of some zoom is an image of pixels, counted from its upper left corner, and a viewport
a rectangle of these, which may reach beyond it.
"""

import dataclasses
from dataclasses import dataclass
from fractions import Fraction

from ca_logic.backend.view import MAX_LEVEL
from ca_logic.errors import UsageError

MIN_ZOOM = Fraction(1, 1 << MAX_LEVEL)


@dataclass(frozen=True)
class Viewport:
    """A rectangle of pixels.

    Attributes:
        width: pixels of a row.
        height: rows of pixels.
        left: the first column of pixels, counted from column 0 of the board.
        top: the first row of pixels.
        zoom: pixels of a cell: a whole number, or 1 divided by a power of 2.
    """

    width: int
    height: int
    left: int = 0
    top: int = 0
    zoom: Fraction | int = 1

    def __post_init__(self) -> None:
        """Raises UsageError if there is no such viewport."""
        if min(self.width, self.height) < 1:
            raise UsageError(f"a picture of {self.width}x{self.height} pixels shows nothing; both must be at least 1.")
        of_cells, of_pixels = self.zoom.numerator, self.zoom.denominator
        if of_cells < 1 or min(of_cells, of_pixels) != 1 or of_pixels & of_pixels - 1 or self.zoom < MIN_ZOOM:
            raise UsageError(f"no zoom of {self.zoom}; choose one of {MIN_ZOOM}, ..., 1/4, 1/2, 1, 2, 3 and so on.")

    @property
    def level(self) -> int:
        """The binary logarithm of the number of cells of a pixel, in each direction; 0 where pixels are no larger."""
        return self.zoom.denominator.bit_length() - 1

    def cell_at(self, column: int, row: int) -> tuple[int, int]:
        """Returns (x, y) of the cell that a pixel shows, or of the first one; on boards without edges."""
        return (self.left + column) // self.zoom, (self.top + row) // self.zoom

    def pixel_at(self, x: int, y: int) -> tuple[int, int]:
        """Returns (column, row) of the first pixel of a cell; it may be outside."""
        return _floor(x * self.zoom) - self.left, _floor(y * self.zoom) - self.top

    def panned(self, columns: int, rows: int) -> "Viewport":
        """Returns the viewport so many pixels further to the right and further down."""
        return dataclasses.replace(self, left=self.left + columns, top=self.top + rows)

    def zoomed(self, zoom: Fraction | int, column: int, row: int) -> "Viewport":
        """Returns the viewport at another zoom, with the cell that is in the middle of a pixel in the same pixel.

        Raises:
            UsageError: if there is no such zoom.
        """
        left, top = (
            _floor((first + offset + Fraction(1, 2)) / self.zoom * zoom) - offset
            for first, offset in ((self.left, column), (self.top, row))
        )
        return dataclasses.replace(self, left=left, top=top, zoom=zoom)

    def fitted(self, board_width: int, board_height: int) -> "Viewport":
        """Returns the viewport at the largest zoom at which it shows a whole board, in the middle.

        Boards that are too large for the smallest zoom are shown at that.
        """
        zoom: Fraction | int = min(self.width // board_width, self.height // board_height)
        if zoom < 1:
            zoom = Fraction(1, 2)
            while zoom > MIN_ZOOM and not self._holds(board_width, board_height, zoom):
                zoom /= 2
        left, top = (
            -((pixels - num_pixels(cells, zoom)) // 2)
            for pixels, cells in ((self.width, board_width), (self.height, board_height))
        )
        return dataclasses.replace(self, left=left, top=top, zoom=zoom)

    def wrapped(self, board_width: int, board_height: int, column: int, row: int) -> "Viewport":
        """Returns a viewport whose picture of a torus is the same, with a pixel within the first copy of the board.

        Copies that are zoomed out end with a pixel that stands for the cells that are left over; so zooming keeps the
        cell at a pixel only within the first copy.
        """
        across, down = num_pixels(board_width, self.zoom), num_pixels(board_height, self.zoom)
        return self.panned(-((self.left + column) // across) * across, -((self.top + row) // down) * down)

    def _holds(self, board_width: int, board_height: int, zoom: Fraction) -> bool:
        return num_pixels(board_width, zoom) <= self.width and num_pixels(board_height, zoom) <= self.height


def num_pixels(num_cells: int, zoom: Fraction | int) -> int:
    """Returns how many pixels cells beside each other take, the last of which may be of fewer cells."""
    return -_floor(-num_cells * zoom)


def _floor(number: Fraction | int) -> int:
    return number.numerator // number.denominator
