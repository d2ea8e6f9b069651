"""Samples as they are given: checked, and features as a type that is compared in C."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Num, UInt64

from ca_logic.errors import DataError
from ca_logic.tasks.encoding import LANES
from ca_logic.tasks.encoding.encoder import require_rows

_IN_C: tuple[Literal["C_CONTIGUOUS", "ALIGNED"], ...] = ("C_CONTIGUOUS", "ALIGNED")


@dataclass(frozen=True, eq=False)
class Features:
    """Samples as rows of features.

    Attributes:
        rows: numbers of any type.
    """

    rows: Num[np.ndarray, "samples features"]

    @property
    def count(self) -> int:
        """The number of samples."""
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class PackedBits:
    """Samples as words of bits.

    Attributes:
        words: a row of adjacent words for each bit; bit i % 64 of word i / 64 is sample i.
        count: the number of samples.
    """

    words: UInt64[np.ndarray, "bits words"]
    count: int


def require_features(features: np.ndarray, num_features: int) -> Features:
    """Returns the samples whose features these are.

    Raises:
        DataError: if they are not rows of so many numbers.
    """
    rows = require_rows(features, num_features)
    if rows.dtype.kind not in "biuf":
        raise DataError(f"features of type {rows.dtype} cannot be compared with numbers; give float32, uint8 or bool.")
    return Features(rows)


def require_packed(packed: np.ndarray, num_bits: int, num_samples: int) -> PackedBits:
    """Returns the samples whose bits these are.

    Raises:
        DataError: if they are not rows of so many words for so many bits.
    """
    words = np.asarray(packed)
    if words.dtype != np.uint64:
        raise DataError(f"packed bits are words of 64 samples, uint64, not {words.dtype}; see Encoder.encode_packed.")
    if words.ndim != 2 or len(words) != num_bits:
        raise DataError(f"packed bits of shape {words.shape} are none of {num_bits} bits; give one row a bit.")
    if not 0 <= num_samples <= LANES * words.shape[1]:
        raise DataError(f"{words.shape[1]} words a bit hold up to {LANES * words.shape[1]} samples, not {num_samples}.")
    # Rows may be any distance apart, so that a slice of words needs no copy.
    is_plain = words.strides[1] == words.itemsize and words.strides[0] >= 0 and words.flags.aligned
    return PackedBits(words if is_plain else np.require(words, requirements=_IN_C), num_samples)


def as_compared(rows: Num[np.ndarray, "samples features"]) -> np.ndarray:
    """Returns features as rows of adjacent uint8, float32 or float64, themselves if they are, as encoders take them.

    C turns float64 into float32 itself.
    """
    if rows.dtype == np.bool_:
        rows = rows.view(np.uint8)
    with np.errstate(over="ignore"):
        return np.require(rows, rows.dtype if rows.dtype in (np.uint8, np.float64) else np.float32, _IN_C)
