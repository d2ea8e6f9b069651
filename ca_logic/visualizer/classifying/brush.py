"""Soft lines on a canvas of ink: light on dark, with edges that fade, as a pen draws and a scanner sees them."""

import numpy as np
from jaxtyping import UInt8

Point = tuple[float, float]
"""x and y from the upper left corner."""

_HARD = 0.6
"""Within this share of the radius ink is full; from there on it fades."""

_FULL = 255


def draw_line(
    ink: UInt8[np.ndarray, "rows columns"], start: Point, end: Point, *, radius: float, erase: bool = False
) -> None:
    """Draws a line onto a canvas, or takes away what is under it; what is outside is cut off.

    Args:
        ink: changed in place.
        start: where it begins, as (x, y) from the upper left corner of the canvas, in its pixels.
        end: where it ends; the same for a dot.
        radius: half the width of the line.
        erase: whether to take ink away.
    """
    (x, y), (to_x, to_y) = start, end
    left, right = _within(min(x, to_x) - radius, max(x, to_x) + radius, ink.shape[1])
    top, bottom = _within(min(y, to_y) - radius, max(y, to_y) + radius, ink.shape[0])
    columns, rows = np.arange(left, right) + 0.5 - x, np.arange(top, bottom)[:, None] + 0.5 - y
    along_x, along_y = to_x - x, to_y - y
    length_squared = along_x**2 + along_y**2
    share = np.clip((columns * along_x + rows * along_y) / (length_squared or 1), 0, 1)
    distance = np.hypot(columns - share * along_x, rows - share * along_y)
    drawn = np.clip((radius - distance) / (radius * (1 - _HARD)), 0, 1) * _FULL
    under = ink[top:bottom, left:right]
    if erase:
        np.minimum(under, _FULL - drawn.astype(np.uint8), out=under)
    else:
        np.maximum(under, drawn.astype(np.uint8), out=under)


def _within(first: float, last: float, count: int) -> tuple[int, int]:
    begin = min(max(int(np.floor(first)), 0), count)
    return begin, max(begin, min(int(np.ceil(last)) + 1, count))
