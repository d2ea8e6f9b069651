"""`Bands`: a board with eight of its rows in each row of bytes, as `native/board.h` describes.

The neighbours of eight cells are then eight other bytes: no shifts, no carries, and no width is special.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64, UInt8

NUM_BANDS = 8

Cells = UInt8[np.ndarray, "planes rows width"]

_COLUMN_BYTES = 64
_BYTES_COMPARED = 1 << 14
_ROWS_ABOVE, _ROWS_BELOW = 2, 1


class Piece(NamedTuple):
    """Rows of a board that lie one below the other in a band.

    Attributes:
        band: the bit of each byte that holds their cells.
        rows: which rows of bytes these are.
        offset: the first of them, counted from the first row that was asked for.
    """

    band: int
    rows: slice
    offset: int


@dataclass(frozen=True)
class BandLayout:
    """Where the cells of a board are.

    Attributes:
        width: cells in a row.
        height: rows.
        num_planes: bits of a cell.
    """

    width: int
    height: int
    num_planes: int

    @property
    def has_same_bands(self) -> bool:
        """Whether all bands hold the same rows, since there are too few to cut."""
        return self.height < NUM_BANDS

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The first row of each band, and of the one that would follow."""
        if self.has_same_bands:
            return (0,) * NUM_BANDS + (self.height,)
        return tuple(band * self.height // NUM_BANDS for band in range(NUM_BANDS + 1))

    @property
    def rows(self) -> int:
        """Rows of a band; where that is more than there are up to the next band, the last one is the next's first."""
        return self.height if self.has_same_bands else -(-self.height // NUM_BANDS)

    @cached_property
    def whole_bands(self) -> int:
        """The bits of the bands that share no row with the next one."""
        ends = [start + self.rows for start in self.starts[:-1]]
        shared = [not self.has_same_bands and end > start for end, start in zip(ends, self.starts[1:], strict=True)]
        return sum(1 << band for band in range(NUM_BANDS) if not shared[band])

    @property
    def pitch(self) -> int:
        """Bytes from a row to the next: an odd multiple of 64, so that columns spread over a cache's sets."""
        return (-(-self.width // _COLUMN_BYTES) + 2 | 1) * _COLUMN_BYTES

    @property
    def plane(self) -> int:
        """Bytes from a plane to the next."""
        return (_ROWS_ABOVE + self.rows + _ROWS_BELOW) * self.pitch

    @property
    def num_bytes(self) -> int:
        """Bytes of the whole board, and what is to be left free around it."""
        return self.num_planes * self.plane + 2 * _COLUMN_BYTES

    def pieces(self, y: int, num_rows: int) -> Iterator[Piece]:
        """Yields where so many rows from y on are, those that are in two bands twice."""
        for band, start in enumerate(self.starts[:-1]):
            first, end = max(y, start), min(y + num_rows, start + self.rows)
            if first < end:
                yield Piece(band, slice(first - start, end - start), first - y)


class Bands:
    """The cells of a board.

    Attributes:
        layout: where they are.
        cells: bit b of byte (plane, row, column) is a bit of the state of the cell in row `starts[b]` + row.
    """

    def __init__(self, layout: BandLayout) -> None:
        """Makes cells in state 0.

        Raises:
            MemoryError: if they do not fit into memory.
        """
        self.layout = layout
        self.cells: Cells = self._make_cells()
        self._spare: Cells | None = None

    def spare(self) -> Cells:
        """Returns room for the same board, of any content, for who cannot work in place."""
        if self._spare is None:
            self._spare = self._make_cells()
        return self._spare

    def swap(self) -> None:
        """Makes the content of the spare room the board."""
        self.cells, self._spare = self.spare(), self.cells

    def states(self, y: int, num_rows: int, x: int, num_columns: int) -> UInt8[np.ndarray, "rows columns"]:
        """Returns the states of a rectangle of cells."""
        states = np.zeros((num_rows, num_columns), dtype=np.uint8)
        columns = slice(x, x + num_columns)
        for band, rows, offset in self.layout.pieces(y, num_rows):
            target = states[offset : offset + rows.stop - rows.start]
            target[:] = 0
            for plane, cells in enumerate(self.cells):
                target |= (cells[rows, columns] >> np.uint8(band) & np.uint8(1)) << np.uint8(plane)
        return states

    def set_states(self, y: int, x: int, states: UInt8[np.ndarray, "rows columns"]) -> None:
        """Replaces a rectangle of cells."""
        columns = slice(x, x + states.shape[1])
        for band, rows, offset in self.layout.pieces(y, len(states)):
            source = states[offset : offset + rows.stop - rows.start]
            for plane, cells in enumerate(self.cells):
                target = cells[rows, columns]
                target &= np.uint8(0xFF ^ 1 << band)
                target |= (source >> np.uint8(plane) & np.uint8(1)) << np.uint8(band)

    def fill(self, y: int, num_rows: int, x: int, num_columns: int, state: int) -> None:
        """Puts a rectangle of cells into a state."""
        for band, rows, _ in self.layout.pieces(y, num_rows):
            for plane, cells in enumerate(self.cells):
                target = cells[rows, x : x + num_columns]
                if state >> plane & 1:
                    target |= np.uint8(1 << band)
                else:
                    target &= np.uint8(0xFF ^ 1 << band)

    def place(
        self, y: Int64[np.ndarray, " cells"], x: Int64[np.ndarray, " cells"], states: Int64[np.ndarray, " cells"]
    ) -> None:
        """Puts single cells into states."""
        for band, start in enumerate(self.layout.starts[:-1]):
            held = (y >= start) & (y < start + self.layout.rows)
            places = (y[held] - start, x[held])
            for plane, cells in enumerate(self.cells):
                bits = (states[held] >> plane & 1).astype(np.uint8) << np.uint8(band)
                cells[places] = cells[places] & np.uint8(0xFF ^ 1 << band) | bits

    def population(self) -> int:
        """Returns the number of cells that are not in state 0."""
        occupied = np.bitwise_or.reduce(self.cells, axis=0)
        lanes = 1 if self.layout.has_same_bands else 0xFF
        # Rows that are in two bands are counted in one.
        last = int(np.bitwise_count(occupied[-1] & np.uint8(lanes & self.layout.whole_bands)).sum(dtype=np.int64))
        return int(np.bitwise_count(occupied[:-1] & np.uint8(lanes)).sum(dtype=np.int64)) + last

    def equals(self, cells: Cells) -> bool:
        """Tells whether all cells are the same as those; different ones mostly show in the first rows."""
        rows = max(1, _BYTES_COMPARED // self.layout.width)
        return all(
            np.array_equal(self.cells[:, first : first + rows], cells[:, first : first + rows])
            for first in range(0, self.layout.rows, rows)
        )

    def copy_cells(self) -> Cells:
        """Returns a copy of the cells, with the same room around them."""
        cells = self._make_cells()
        cells[:] = self.cells
        return cells

    def _make_cells(self) -> Cells:
        layout = self.layout
        memory = np.zeros(layout.num_bytes + _COLUMN_BYTES, dtype=np.uint8)
        # The byte before column 0 is aligned: with the column west of it, vectors of columns are read from there on.
        start = -memory.ctypes.data % _COLUMN_BYTES
        planes = memory[start:][: layout.num_planes * layout.plane].reshape(layout.num_planes, -1, layout.pitch)
        first = _COLUMN_BYTES + 1
        cells: Cells = planes[:, _ROWS_ABOVE : _ROWS_ABOVE + layout.rows, first : first + layout.width]
        return cells
