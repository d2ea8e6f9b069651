"""IDX, the format of MNIST: a magic number, the sizes of all dimensions, then the bytes.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits". Numbers are big-endian; of
the four bytes of the magic number the third is the type, 8 for bytes, and the last the number of dimensions.
"""

import math
import struct

import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import DataError

_BYTES = 8


def read_idx(data: bytes, *, num_dimensions: int, name: str) -> UInt8[np.ndarray, "*dimensions"]:
    """Returns the array of bytes in the content of an IDX file.

    Args:
        data: the content, not compressed.
        num_dimensions: how many the array must have: three for images, one for labels.
        name: what the file is called in messages.

    Raises:
        DataError: saying what is wrong with the file.
    """
    header = 4 + 4 * num_dimensions
    magic = bytes([0, 0, _BYTES, num_dimensions])
    if data[:4] != magic[: len(data)]:
        raise DataError(
            f"{name} begins with {data[:4].hex()}, but IDX of bytes in {num_dimensions} dimensions with {magic.hex()}."
        )
    if len(data) < header:
        raise DataError(f"{name} is truncated: it has {len(data)} bytes, but its header alone takes {header}.")
    shape = struct.unpack(f">{num_dimensions}I", data[4:header])
    if len(data) != idx_size(shape):
        wrong = "truncated" if len(data) < idx_size(shape) else "too long"
        sizes = "x".join(map(str, shape))
        raise DataError(f"{name} is {wrong}: its header tells of {sizes} bytes, but {len(data) - header} follow.")
    return np.frombuffer(data, dtype=np.uint8, offset=header).reshape(shape)


def idx_size(shape: tuple[int, ...]) -> int:
    """Returns the number of bytes of the content of an IDX file that holds an array of bytes of this shape."""
    return 4 + 4 * len(shape) + math.prod(shape)
