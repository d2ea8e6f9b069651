"""Where on a board there is anything alive, without looking at single cells."""

import numpy as np

from ca_logic.runtime.board import Board
from ca_logic.visualizer.session.selection import Selection


def live_extent(board: Board) -> Selection | None:
    """Returns the smallest rectangle that holds all cells that are not dead; None if all are."""
    cells, layout = board.bands.cells, board.bands.layout
    occupied = np.bitwise_or.reduce(cells, axis=0)
    columns = np.flatnonzero(np.bitwise_or.reduce(occupied, axis=0))
    if not len(columns):
        return None
    bands_of_rows = np.bitwise_or.reduce(occupied, axis=1)
    rows: list[int] = []
    for band, start in enumerate(layout.starts[:-1]):
        held = np.flatnonzero(bands_of_rows >> np.uint8(band) & np.uint8(1))
        if len(held):
            rows += [start + int(held[0]), start + int(held[-1])]
    left, top = int(columns[0]), min(rows)
    return Selection.between(left, top, int(columns[-1]), max(rows))
