"""Drawing: the part of a board that a viewport shows as an image of 8 bits a pixel.

Images go through a palette of 256 colours on their way to the screen. Pixels that show no cell are `OUTSIDE`. A torus
may be shown as often as there is room for it. Images are rows of pixels from the top, and may be parts of larger ones.

Reading takes a byte for eight cells and plane, so zoomed out a picture may take longer to draw than to look at: a board
of 65,536 x 65,536 is half a gigabyte. `row_step_for` says how many rows to leave out.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64

from ca_logic.backend.bands import Bands
from ca_logic.backend.view import OUTSIDE, Area, Image, View, load_view
from ca_logic.runtime.board import Board
from ca_logic.runtime.viewport import Viewport, num_pixels


def draw(
    board: Board,
    viewport: Viewport,
    image: Image,
    *,
    density: bool = False,
    repeated: bool = True,
    row_step: int = 1,
    view: View | None = None,
) -> None:
    """Writes the state of the cell that each pixel shows, or, zoomed out, the highest state of its cells.

    Args:
        board: what to draw.
        viewport: which part of it.
        image: what is written, of the viewport's size.
        density: whether to write instead which share of its cells is not dead, from 0 for none, over 1 for the least,
            to `FULL_DENSITY` for all.
        repeated: whether a torus is shown again beyond its edges; a plane never is.
        row_step: zoomed out, only one in so many rows of a pixel is looked at; in a last pixel that is cut off by the
            edge perhaps none.
        view: what does the work; by default the compiled one.

    Raises:
        ValueError: if the image has not the size of the viewport.
    """
    if image.shape != (viewport.height, viewport.width):
        raise ValueError(f"an image of shape {image.shape} is none for {viewport.width}x{viewport.height} pixels.")
    view = view or load_view()
    write = partial(view.density if density else view.highest, row_step=min(row_step, 1 << viewport.level))
    wraps = repeated and board.topology == "torus"
    across, down = num_pixels(board.width, viewport.zoom), num_pixels(board.height, viewport.zoom)
    rows = _runs(viewport.top, viewport.height, down, wraps=wraps)
    columns = _runs(viewport.left, viewport.width, across, wraps=wraps)
    for row in rows:
        for column in columns:
            part = image[row.offset :, column.offset :][: row.length, : column.length]
            area = Area(row.first, column.first, *part.shape)
            if viewport.zoom <= 1:
                write(board.bands, area, part, level=viewport.level)
            else:
                _draw_magnified(board, area, viewport.zoom.numerator, part, view, write)
    if wraps:
        _repeat(image[:down], across)
        _repeat(image.T, down)
    else:
        _fill_around(image, rows, columns)


def row_step_for(board: Board, viewport: Viewport, max_bytes: int) -> int:
    """Returns the smallest `row_step`, a power of 2, with which drawing reads about so many bytes of memory at most."""
    layout, side = board.bands.layout, 1 << viewport.level
    rows, columns = min(layout.rows, viewport.height * side), min(layout.width, viewport.width * side)
    row_step = 1
    while row_step < side and layout.num_planes * rows * columns > max_bytes * row_step:
        row_step *= 2
    return row_step


def carry_over(image: Image, before: Viewport, after: Viewport) -> Image:
    """Returns an image for another viewport, of the values that were at the same places of the board, or 0.

    So ages go on when people move about. The place of a pixel is that of its upper left corner.
    """
    carried = np.zeros((after.height, after.width), dtype=np.uint8)
    rows = _pixels_before(after.top, after.height, after.zoom, before.top, before.height, before.zoom)
    columns = _pixels_before(after.left, after.width, after.zoom, before.left, before.width, before.zoom)
    carried[rows.now, columns.now] = image[rows.then][:, columns.then]
    return carried


class _Kept(NamedTuple):
    """Which pixels of a row show what was shown before, and which ones did then."""

    now: slice
    then: slice | Int64[np.ndarray, " pixels"]


def _pixels_before(
    first: int, length: int, zoom: Fraction | int, first_before: int, length_before: int, zoom_before: Fraction | int
) -> _Kept:
    change = Fraction(zoom_before) / zoom
    before = (first + np.arange(length)) * change.numerator // change.denominator - first_before
    (kept,) = np.nonzero((before >= 0) & (before < length_before))
    if not len(kept):
        return _Kept(slice(0), slice(0))
    then = before[kept]
    # Slices are copied as a whole.
    return _Kept(slice(kept[0], kept[-1] + 1), slice(then[0], then[-1] + 1) if change == 1 else then)


class _Run(NamedTuple):
    """Pixels of a row, or rows of pixels, that show neighbours on the board.

    Attributes:
        first: the first one, counted from the edge of the board.
        offset: the same one, counted from the edge of the image.
        length: how many.
    """

    first: int
    offset: int
    length: int


def _runs(first: int, length: int, size: int, *, wraps: bool) -> list[_Run]:
    """Returns which of the pixels from `first` on show a board of so many, each of its pixels once."""
    if wraps:
        first %= size
        beyond = min(length, size) - (size - first)
        return [_Run(first, 0, min(length, size - first)), *([_Run(0, size - first, beyond)] if beyond > 0 else [])]
    begin, end = max(0, -first), min(length, size - first)
    return [_Run(first + begin, begin, end - begin)] if begin < end else []


def _draw_magnified(
    board: Board, area: Area, zoom: int, image: Image, view: View, write: Callable[[Bands, Area, Image], None]
) -> None:
    """Draws pixels of which each cell takes several, all of them on the board."""
    top, left, rows, columns = area
    y, x = top // zoom, left // zoom
    cells = Area(y, x, (top + rows - 1) // zoom + 1 - y, (left + columns - 1) // zoom + 1 - x)
    small = np.empty((cells.rows, cells.columns), dtype=np.uint8)
    write(board.bands, cells, small)
    view.magnify(small, zoom, left % zoom, top % zoom, image)


def _repeat(image: Image, period: int) -> None:
    """Copies the first columns over all that follow."""
    filled = period
    while filled < image.shape[1]:
        length = min(filled, image.shape[1] - filled)
        image[:, filled : filled + length] = image[:, :length]
        filled += length


def _fill_around(image: Image, rows: list[_Run], columns: list[_Run]) -> None:
    """Writes what is beyond the edges of a board that is shown once."""
    if not rows or not columns:
        image[:] = OUTSIDE
        return
    (row,), (column,) = rows, columns
    image[: row.offset] = OUTSIDE
    image[row.offset + row.length :] = OUTSIDE
    beside = image[row.offset : row.offset + row.length]
    beside[:, : column.offset] = OUTSIDE
    beside[:, column.offset + column.length :] = OUTSIDE
