"""Views: what counts the cells of boards in bands and makes images of them. One is compiled C, the other is NumPy.

An image is an array of rows of pixels of 8 bits. The pixels of a row lie side by side; rows may lie apart, so that an
image may be a part of a larger one, or the memory of a window.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from jaxtyping import Int64, UInt8, UInt32

from ca_logic.backend.bands import BandLayout, Bands
from ca_logic.toolchain.compiler import NoCompilerError
from ca_logic.toolchain.library import Library, load_library

OUTSIDE = 255
"""The value of pixels that show no cell."""

FULL_DENSITY = 254
"""The density of a pixel of which all cells live."""

BORN, OLDEST, DIED = 128, 254, 127
"""The first and the last age of what lives, and the first one of what is dead, which fades."""

Image = UInt8[np.ndarray, "rows columns"]
Colours = UInt32[np.ndarray, "rows columns"]
Palette = UInt32[np.ndarray, "256"]

MAX_LEVEL = 16

_CELLS_PER_BLOCK = 1 << 22


class Area(NamedTuple):
    """A rectangle of cells or of pixels."""

    top: int
    left: int
    rows: int
    columns: int


class View(Protocol):
    """Counts cells and makes images.

    At level k the pixel in column i and row j of the image of a whole board stands for a square of cells, 2^k in each
    direction from column i * 2^k and row j * 2^k on, as far as there are.
    """

    def population(self, board: Bands, area: Area | None = None) -> int:
        """Returns the number of cells that are not in state 0, of an area or of the whole board."""

    def highest(self, board: Bands, area: Area, image: Image, *, level: int = 0, row_step: int = 1) -> None:
        """Writes the highest state within each pixel.

        Args:
            board: what to show.
            area: of the image of the whole board.
            image: of the same size.
            level: how many cells a pixel stands for.
            row_step: only the first of so many rows of each band is looked at, the first of the next so many, and so
                on; from 1 to 2^level.
        """

    def density(self, board: Bands, area: Area, image: Image, *, level: int = 0, row_step: int = 1) -> None:
        """Writes which share of each pixel's 4^level cells lives, from 0 to `FULL_DENSITY`, rounded up.

        A row that is looked at stands for `row_step` rows; for the arguments see `highest`.
        """

    def magnify(self, small: Image, zoom: int, left: int, top: int, image: Image) -> None:
        """Writes an image of which each pixel of a small one takes `zoom` by `zoom`.

        Args:
            small: what to magnify.
            zoom: how much.
            left: how many of the magnified columns are left out.
            top: how many of the magnified rows are left out.
            image: what is written; as large as wanted.
        """

    def age(self, image: Image, ages: Image) -> None:
        """Lets an image of ages go on by a frame.

        Ages start at 0. What is born becomes `BORN` and grows by one a frame, up to `OLDEST`; what dies becomes `DIED`
        and fades by one a frame, down to 0; what is outside is `OUTSIDE`, and has been dead for long when it returns.

        Args:
            image: what the frame shows: 0 is dead, `OUTSIDE` is no cell, anything else lives.
            ages: what is read and written, of the same size.
        """

    def colour(self, image: Image, palette: Palette, colours: Colours) -> None:
        """Writes the colour of each pixel."""


@functools.cache
def load_view() -> View:
    """Returns the view that is compiled for this machine, or the one that needs no compiler where there is none.

    Raises:
        ToolchainError: if there is a compiler, but it fails.
    """
    try:
        return CompiledView(load_library("view"))
    except NoCompilerError:
        return NumpyView()


@dataclass(frozen=True)
class CompiledView:
    """The C of `native/view.c`; the interpreter's lock is released while it is at work.

    Attributes:
        library: the loaded library.
    """

    library: Library

    def population(self, board: Bands, area: Area | None = None) -> int:
        """Returns the number of cells that are not in state 0, of an area or of the whole board."""
        area = area or Area(0, 0, board.layout.height, board.layout.width)
        _require_area(area, board.layout, level=0)
        count: int = self.library.functions.view_population(*self._board(board), self._area(area))
        return count

    def highest(self, board: Bands, area: Area, image: Image, *, level: int = 0, row_step: int = 1) -> None:
        """Writes the highest state within each pixel, as `View` says."""
        _require_drawable(board.layout, area, image, level, row_step)
        functions = self.library.functions
        if level == 0:
            functions.view_states(*self._board(board), self._area(area), *self._image(image))
        else:
            functions.view_highest(*self._board(board), level, row_step, self._area(area), *self._image(image))

    def density(self, board: Bands, area: Area, image: Image, *, level: int = 0, row_step: int = 1) -> None:
        """Writes which share of each pixel lives, as `View` says."""
        _require_drawable(board.layout, area, image, level, row_step)
        self.library.functions.view_density(*self._board(board), level, row_step, self._area(area), *self._image(image))

    def magnify(self, small: Image, zoom: int, left: int, top: int, image: Image) -> None:
        """Writes an image of which each pixel of a small one takes `zoom` by `zoom`, as `View` says."""
        _require_magnifiable(small, zoom, left, top, image)
        area = self._area(Area(top, left, *image.shape))
        self.library.functions.view_magnify(*self._image(small), zoom, area, *self._image(image))

    def age(self, image: Image, ages: Image) -> None:
        """Lets an image of ages go on by a frame, as `View` says."""
        _require_ageable(image, ages)
        self.library.functions.view_age(*self._image(image), *image.shape, *self._image(ages))

    def colour(self, image: Image, palette: Palette, colours: Colours) -> None:
        """Writes the colour of each pixel."""
        _require_colourable(image, palette, colours)
        # A copy has to live until C has read it.
        palette = np.ascontiguousarray(palette)
        self.library.functions.view_colours(
            *self._image(image),
            *image.shape,
            self._pointer("uint32_t *", palette),
            self._pointer("uint32_t *", colours),
            colours.strides[0],
        )

    def _board(self, board: Bands) -> tuple[Any, Any]:
        layout = board.layout
        fields = {
            "width": layout.width,
            "starts": layout.starts,
            "num_planes": layout.num_planes,
            "pitch": layout.pitch,
            "plane": layout.plane,
        }
        return self._pointer("uint8_t *", board.cells), self.library.ffi.new("view_board *", fields)

    def _area(self, area: Area) -> Any:
        return self.library.ffi.new("view_area *", area._asdict())

    def _image(self, image: Image) -> tuple[Any, int]:
        return self._pointer("uint8_t *", image), image.strides[0]

    def _pointer(self, kind: str, array: np.ndarray) -> Any:
        return self.library.ffi.cast(kind, array.ctypes.data)


@dataclass(frozen=True)
class NumpyView:
    """The same without a compiler: slow, and everywhere."""

    def population(self, board: Bands, area: Area | None = None) -> int:
        """Returns the number of cells that are not in state 0, of an area or of the whole board."""
        if area is None:
            return board.population()
        _require_area(area, board.layout, level=0)
        return sum(int(np.count_nonzero(states)) for _, states in _row_blocks(board, area))

    def highest(self, board: Bands, area: Area, image: Image, *, level: int = 0, row_step: int = 1) -> None:
        """Writes the highest state within each pixel, as `View` says."""
        _require_drawable(board.layout, area, image, level, row_step)
        image[:] = _squares(board, area, level, row_step, np.maximum)

    def density(self, board: Bands, area: Area, image: Image, *, level: int = 0, row_step: int = 1) -> None:
        """Writes which share of each pixel lives, as `View` says."""
        _require_drawable(board.layout, area, image, level, row_step)
        sums = _squares(board, area, level, row_step, np.add) * row_step
        image[:] = np.minimum(-(-sums * FULL_DENSITY >> 2 * level), FULL_DENSITY)

    def magnify(self, small: Image, zoom: int, left: int, top: int, image: Image) -> None:
        """Writes an image of which each pixel of a small one takes `zoom` by `zoom`, as `View` says."""
        _require_magnifiable(small, zoom, left, top, image)
        rows, columns = image.shape
        image[:] = small[np.ix_((top + np.arange(rows)) // zoom, (left + np.arange(columns)) // zoom)]

    def age(self, image: Image, ages: Image) -> None:
        """Lets an image of ages go on by a frame, as `View` says."""
        _require_ageable(image, ages)
        before = np.where(ages == OUTSIDE, 0, ages).astype(np.int16)
        live = np.where(before < BORN, BORN, np.minimum(before + 1, OLDEST))
        dead = np.where(before < BORN, np.maximum(before - 1, 0), DIED)
        ages[:] = np.where(image == OUTSIDE, OUTSIDE, np.where(image, live, dead))

    def colour(self, image: Image, palette: Palette, colours: Colours) -> None:
        """Writes the colour of each pixel."""
        _require_colourable(image, palette, colours)
        colours[:] = palette[image]


def _squares(board: Bands, area: Area, level: int, row_step: int, join: np.ufunc) -> Int64[np.ndarray, "rows columns"]:
    """Returns what `join` makes of the cells of each square, of the highest states or of the numbers of live cells."""
    starts = np.array(board.layout.starts)
    squares = np.zeros((area.rows, area.columns), dtype=np.int64)
    for rows, states in _row_blocks(board, _cells_of(area, board.layout, level)):
        seen = (rows - starts[np.searchsorted(starts, rows, side="right") - 1]) % row_step == 0
        values = (states[seen] > 0 if join is np.add else states[seen]).astype(np.int64)
        lines = join.reduceat(values, np.arange(0, values.shape[1], 1 << level), axis=1)
        join.at(squares, (rows[seen] >> level) - area.top, lines)
    return squares


def _row_blocks(board: Bands, area: Area) -> Iterator[tuple[Int64[np.ndarray, " rows"], Image]]:
    """Yields the rows of an area and their states, in blocks that are small in memory."""
    at_once = max(1, _CELLS_PER_BLOCK // max(1, area.columns))
    end = area.top + area.rows
    for y in range(area.top, end, at_once):
        rows = np.arange(y, min(y + at_once, end))
        yield rows, board.states(y, len(rows), area.left, area.columns)


def _cells_of(area: Area, layout: BandLayout, level: int) -> Area:
    """Returns the area of cells of an area of pixels."""
    top, left = area.top << level, area.left << level
    rows, columns = area.rows << level, area.columns << level
    return Area(top, left, min(rows, layout.height - top), min(columns, layout.width - left))


def _require_area(area: Area, layout: BandLayout, level: int) -> None:
    if not 0 <= level <= MAX_LEVEL:
        raise ValueError(f"there is no level {level}; the levels are 0 to {MAX_LEVEL}.")
    rows, columns = -(-layout.height >> level), -(-layout.width >> level)
    if min(area) < 0 or area.top + area.rows > rows or area.left + area.columns > columns:
        raise ValueError(f"{area} is not within the {rows} rows and {columns} columns at level {level}.")


def _require_drawable(layout: BandLayout, area: Area, image: Image, level: int, row_step: int) -> None:
    _require_area(area, layout, level)
    _require_image(image, (area.rows, area.columns), written=True)
    if not 1 <= row_step <= 1 << level:
        raise ValueError(f"pixels of {1 << level} rows cannot be drawn from one row in {row_step}.")


def _require_magnifiable(small: Image, zoom: int, left: int, top: int, image: Image) -> None:
    _require_image(small, small.shape)
    _require_image(image, image.shape, written=True)
    (rows, columns), (small_rows, small_columns) = image.shape, small.shape
    if zoom < 1 or min(left, top) < 0 or left + columns > zoom * small_columns or top + rows > zoom * small_rows:
        raise ValueError(f"an image of {small.shape} magnified by {zoom} has no {image.shape} from ({top}, {left}) on.")


def _require_ageable(image: Image, ages: Image) -> None:
    _require_image(image, image.shape)
    _require_image(ages, image.shape, written=True)


def _require_colourable(image: Image, palette: Palette, colours: Colours) -> None:
    _require_image(image, image.shape)
    _require_image(colours, image.shape, np.uint32, written=True)
    if palette.dtype != np.uint32 or palette.shape != (256,):
        raise ValueError(f"an array of {palette.dtype} of shape {palette.shape} is no palette of 256 uint32.")


def _require_image(
    image: np.ndarray, shape: tuple[int, ...], dtype: type[np.generic] = np.uint8, *, written: bool = False
) -> None:
    """Makes sure that C may read an image, or write it."""
    if image.dtype != dtype or image.ndim != 2 or image.shape != shape:
        raise ValueError(
            f"an array of {image.dtype} of shape {image.shape} is no image of {np.dtype(dtype)} of shape {shape}."
        )
    row_bytes = image.shape[1] * image.itemsize
    if image.size and (image.strides[1] != image.itemsize or image.strides[0] < row_bytes):
        raise ValueError(f"an image of strides {image.strides} has no rows whose pixels lie side by side.")
    if written and not image.flags.writeable:
        raise ValueError("an image that is to be drawn is read-only.")
