"""Drawings as the images that MNIST has: scaled into a box, their centre of mass in the middle.

Y. LeCun et al. fitted each digit into 20x20 pixels, keeping its proportions, and moved it so that the centre of mass of
its pixels is the centre of 28x28 (http://yann.lecun.com/exdb/mnist/). A classifier that learned such digits does poorly
on others.
"""

import numpy as np
from jaxtyping import Float64, UInt8

_FAINTEST = 32
"""What is darker than that is the soft edge of a line, and does not count for its extent."""


def centred(
    ink: UInt8[np.ndarray, "rows columns"], height: int, width: int, *, box: int
) -> UInt8[np.ndarray, "height width"]:
    """Returns a drawing scaled into a square box, its centre of mass as near to the middle as the image has room.

    Args:
        ink: the drawing, light on dark, at any resolution.
        height: of the image.
        width: of the image.
        box: its side in pixels of the image, at most `height` and `width`.
    """
    image = np.zeros((height, width), np.uint8)
    rows = np.flatnonzero(ink.max(axis=1) >= _FAINTEST)
    columns = np.flatnonzero(ink.max(axis=0) >= _FAINTEST)
    if not len(rows):
        return image
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    scale = box / max(bottom - top, right - left)
    digit = shrunk(
        ink[top:bottom, left:right], max(1, round((bottom - top) * scale)), max(1, round((right - left) * scale))
    )
    first_row = _first_line(digit.sum(axis=1), height)
    first_column = _first_line(digit.sum(axis=0), width)
    image[first_row : first_row + digit.shape[0], first_column : first_column + digit.shape[1]] = digit
    return image


def shrunk(ink: UInt8[np.ndarray, "rows columns"], height: int, width: int) -> UInt8[np.ndarray, "height width"]:
    """Returns an image at another resolution, each pixel the mean of the area that it covers."""
    pixels: np.ndarray = np.rint(_mean_lines(_mean_lines(ink, height).T, width).T).astype(np.uint8)
    return pixels


def _first_line(masses: np.ndarray, num_lines: int) -> int:
    """Returns where the lines of a digit begin in an image, so that its centre of mass is in the middle."""
    centre = float((np.arange(len(masses)) + 0.5) @ masses) / max(1, int(masses.sum()))
    first = round(num_lines / 2 - centre)
    return min(max(first, 0), num_lines - len(masses))


def _mean_lines(lines: np.ndarray, count: int) -> Float64[np.ndarray, "count columns"]:
    """Returns the means of so many equal shares of lines; where one is cut, each side has its part of it."""
    sums = np.concatenate([np.zeros((1, lines.shape[1])), np.cumsum(lines, axis=0, dtype=np.float64)])
    edges = np.arange(count + 1) * (len(lines) / count)
    cut = np.minimum(edges.astype(np.int64), len(lines) - 1)
    above_edges = sums[cut] + (edges - cut)[:, None] * lines[cut]
    means: np.ndarray = np.diff(above_edges, axis=0) * (count / len(lines))
    return means
