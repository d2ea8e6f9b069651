"""MNIST, Fashion-MNIST and the MNIST of 20x20 pixels: grey images in four IDX files."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int64, UInt8

from ca_logic.errors import DataError
from ca_logic.tasks.datasets.data_set import Column, DataSet
from ca_logic.tasks.datasets.idx import read_idx
from ca_logic.tasks.datasets.source import ReadFile

CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
SIDE, CROPPED_SIDE = 28, 20
_BORDER = SIDE - CROPPED_SIDE
_MAX_BORDER = 14


def read_digits(name: str, files: Sequence[ReadFile], *, classes: tuple[str, ...] = tuple("0123456789")) -> DataSet:
    """Returns the images of four files: training images and labels, test images and labels.

    Raises:
        DataError: if they are not such files.
    """
    images, labels = [], []
    for first in (0, 2):
        images.append(read_idx(files[first].content, num_dimensions=3, name=files[first].name))
        labels.append(read_idx(files[first + 1].content, num_dimensions=1, name=files[first + 1].name))
        if len(images[-1]) != len(labels[-1]) or images[-1].shape[1:] != (SIDE, SIDE):
            shape = "x".join(map(str, images[-1].shape))
            raise DataError(
                f"{files[first].name} holds {shape} pixels and {files[first + 1].name} {len(labels[-1])} labels; "
                f"{name} has images of {SIDE}x{SIDE} and a label for each."
            )
    all_images, all_labels = np.concatenate(images), np.concatenate(labels)
    if len(all_labels) and all_labels.max() >= len(classes):
        raise DataError(f"{name} has labels from 0 to {len(classes) - 1}, but a label {all_labels.max()} was read.")
    return DataSet(
        name=name,
        columns=pixel_columns(1, SIDE, SIDE),
        features=all_images.reshape(len(all_images), -1),
        labels=all_labels.astype(np.int32),
        classes=classes,
        num_test=len(labels[-1]),
        image_shape=(1, SIDE, SIDE),
    )


def read_cropped_digits(name: str, files: Sequence[ReadFile]) -> DataSet:
    """Returns the images of `read_digits` without their borders."""
    digits = read_digits(name, files)
    images = crop_borders(digits.features.reshape(-1, SIDE, SIDE))
    return dataclasses.replace(
        digits,
        columns=pixel_columns(1, CROPPED_SIDE, CROPPED_SIDE),
        features=images.reshape(len(images), -1),
        image_shape=(1, CROPPED_SIDE, CROPPED_SIDE),
    )


def crop_borders(images: UInt8[np.ndarray, "samples 28 28"]) -> UInt8[np.ndarray, "samples 20 20"]:
    """Returns images without eight black rows and eight black columns each, taken from both sides alike.

    What difflogic calls MNIST of 20x20 (F. Petersen et al., "Deep Differentiable Logic Gate Networks", 2022): every
    digit of MNIST fits into 20x20 pixels. If more is black, what is cut off is made smaller by a row above and a row
    below in turn, as long as there is any.

    Raises:
        DataError: if an image has fewer black rows or columns.
    """
    is_black = images == 0
    rows, columns = _first_kept(is_black.all(axis=2)), _first_kept(is_black.all(axis=1))
    inside = np.arange(CROPPED_SIDE)
    return images[
        np.arange(len(images))[:, None, None],
        (rows[:, None] + inside)[:, :, None],
        (columns[:, None] + inside)[:, None, :],
    ]


def pixel_columns(channels: int, height: int, width: int) -> tuple[Column, ...]:
    """Returns the columns of an image, channel by channel, row by row; `y3x17` is row 3, column 17."""
    prefixes = (
        [""] if channels == 1 else ["red_", "green_", "blue_"] if channels == 3 else [f"c{c}" for c in range(channels)]
    )
    return tuple(
        Column(f"{prefix}y{row}x{column}", "pixel")
        for prefix in prefixes
        for row in range(height)
        for column in range(width)
    )


def _first_kept(is_black: Bool[np.ndarray, "samples 28"]) -> Int64[np.ndarray, " samples"]:
    """Returns for each image how many of its black lines are cut off before the first that is kept."""
    before: np.ndarray = np.minimum(_leading(is_black), _MAX_BORDER)
    behind = np.minimum(_leading(is_black[:, ::-1]), _MAX_BORDER)
    if (before + behind < _BORDER).any():
        raise DataError(f"an image has a digit that does not fit into {CROPPED_SIDE}x{CROPPED_SIDE} pixels.")
    while (too_much := before + behind >= _BORDER + 2).any():
        before -= too_much & (before > 0)
        behind -= too_much & (behind > 0)
    # If one line is too much, the one before goes first.
    before -= (before + behind > _BORDER) & (before > 0)
    return before


def _leading(is_black: Bool[np.ndarray, "samples lines"]) -> Int64[np.ndarray, " samples"]:
    leading: np.ndarray = np.where(is_black.all(axis=1), is_black.shape[1], np.argmin(is_black, axis=1))
    return leading
