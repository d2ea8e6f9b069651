"""Rows of pixels as pictures, and where a picture fits into an area."""

import numpy as np
import pygame
from jaxtyping import UInt8

_FINE = 4
"""From this magnification on pixels are squares of one size, which costs a part of the area."""


def picture_of(row: np.ndarray, shape: tuple[int, int, int]) -> UInt8[np.ndarray, "rows columns 3"]:
    """Returns a row of features, channel by channel, as an image; what has not three channels becomes grey."""
    image: np.ndarray = np.clip(row, 0, 255).astype(np.uint8).reshape(shape)
    if shape[0] not in (1, 3):
        image = image.mean(axis=0, keepdims=True).astype(np.uint8)
    if shape[0] != 3:
        image = np.broadcast_to(image, (3, *shape[1:]))
    return np.moveaxis(image, 0, -1)


def fitted(area: pygame.Rect, rows: int, columns: int) -> pygame.Rect:
    """Returns the largest place at the upper left of an area for an image of so many pixels."""
    scale = min(area.width / columns, area.height / rows)
    scale = int(scale) if scale >= _FINE else scale
    return pygame.Rect(area.left, area.top, max(1, int(columns * scale)), max(1, int(rows * scale)))
