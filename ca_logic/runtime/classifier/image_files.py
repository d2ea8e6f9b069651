"""Picture files as rows for a model of images: one file, or all in a folder by name."""

import warnings
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import DataError
from ca_logic.runtime.classifier.model import ClassifierModel
from ca_logic.tasks.datasets.file_bytes import require_memory

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
"""How the names of pictures end."""

_PILLOW_MODES = {1: "L", 3: "RGB"}
_READABLE_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")


def read_images(model: ClassifierModel, path: Path) -> tuple[UInt8[np.ndarray, "samples features"], tuple[str, ...]]:
    """Returns the pixels of pictures, and the names of their files; colours become grey if the model knows no others.

    Args:
        model: of images.
        path: a picture, or a folder of them.

    Raises:
        DataError: if the model is none of images, a picture has another size, or cannot be read.
    """
    if model.image_shape is None or not model.has_only_pixels:
        raise DataError(f"model {model.name} reads tables, no images; give it a CSV file of its columns.")
    if model.image_shape[0] not in _PILLOW_MODES:
        raise DataError(f"model {model.name} reads images of {model.image_shape[0]} channels; give it a NumPy archive.")
    try:
        files = [path]
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if is_image_name(file))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}.") from None
    if not files:
        raise DataError(f"folder {path} has no pictures; their names end in {', '.join(IMAGE_SUFFIXES)}.")
    require_memory(len(files) * len(model.columns), path)
    rows = np.empty((len(files), len(model.columns)), np.uint8)
    for row, file in zip(rows, files, strict=True):
        row[:] = _pixels(file, model.image_shape)
    return rows, tuple(file.name for file in files)


def is_image_name(path: Path) -> bool:
    """Tells whether this is the name of a picture; hidden files are none."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def _pixels(path: Path, shape: tuple[int, int, int]) -> UInt8[np.ndarray, " features"]:
    from PIL import Image

    channels, height, width = shape
    try:
        # What only warns Pillow of its size is refused here.
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=["PNG", "JPEG"]) as image:
            if image.size != (width, height):
                raise DataError(f"{path} has {image.width}x{image.height} pixels; the model reads {width}x{height}.")
            if image.mode not in _READABLE_MODES:
                raise DataError(f"{path} has pixels of mode {image.mode}; save it with 8 bits a channel.")
            pixels = np.asarray(image.convert(_PILLOW_MODES[channels]))
    except OSError as error:
        reason = error.strerror if error.errno else "it is no picture, or damaged"
        raise DataError(f"cannot read {path}: {reason}.") from None
    except (ValueError, SyntaxError, TypeError, IndexError, KeyError, EOFError, Image.DecompressionBombError):
        raise DataError(f"cannot read {path}: it is damaged.") from None
    return np.moveaxis(pixels.reshape(height, width, channels), -1, 0).ravel()
