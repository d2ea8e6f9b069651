"""A small picture of a pattern: its cells as large as they fit, or, if they do not, shaded by density."""

import numpy as np
from jaxtyping import UInt8

from ca_logic.backend.view import FULL_DENSITY
from ca_logic.runtime.pattern import Pattern
from ca_logic.visualizer.board_view.themes import Palettes

_MAX_ZOOM = 24
_MIN_ZOOM_OF_GAPS = 5
"""From so many pixels a cell on there is a dark line between cells."""


def picture_of_pattern(
    pattern: Pattern, width: int, height: int, palettes: Palettes
) -> UInt8[np.ndarray, "rows columns 3"]:
    """Returns red, green and blue of the pixels of a picture that is at most so large.

    Nothing is allocated by the size of the pattern, but by that of the picture and the number of cells.
    """
    # A dead cell at each side shows where the pattern ends.
    zoom = min(_MAX_ZOOM, width // (pattern.width + 2), height // (pattern.height + 2))
    if zoom < 1:
        return _shaded(pattern, width, height, palettes)
    colours = _unpacked(palettes.states)[np.pad(pattern.states(), 1)]
    pixels: np.ndarray = colours.repeat(zoom, axis=0).repeat(zoom, axis=1)
    if zoom >= _MIN_ZOOM_OF_GAPS:
        pixels[::zoom] = pixels[:, ::zoom] = _unpacked(palettes.states)[0]
    return pixels


def _shaded(pattern: Pattern, width: int, height: int, palettes: Palettes) -> UInt8[np.ndarray, "rows columns 3"]:
    side = max(-(-pattern.width // width), -(-pattern.height // height))
    rows, columns = -(-pattern.height // side), -(-pattern.width // side)
    y, x = (pattern.live // side).T
    counts = np.bincount(y * columns + x, minlength=rows * columns).reshape(rows, columns)
    # No pixel with a cell is as dark as one without.
    shades = np.minimum(FULL_DENSITY, -(-counts * FULL_DENSITY // side**2))
    pixels: np.ndarray = _unpacked(palettes.density)[shades]
    return pixels


def _unpacked(palette: np.ndarray) -> UInt8[np.ndarray, "values 3"]:
    """Returns red, green and blue of colours 0xRRGGBB."""
    return (palette[:, None] >> np.array([16, 8, 0], np.uint32) & 255).astype(np.uint8)
