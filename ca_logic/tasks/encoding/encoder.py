"""`Encoder`: how the features of a sample become the bits that a circuit reads.

The one idea: each bit tells whether one feature lies between two numbers, both included. One-hot codes (both are the
code), thresholds and thermometers (no upper one) and intervals are nothing else, so a compiled classifier needs no
other code for its inputs than a list of comparisons.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32, Num, UInt8, UInt64

from ca_logic.errors import DataError
from ca_logic.tasks.encoding.packing import LANES, pack_lanes

_BLOCK_BYTES = 1 << 22
"""How much is compared at a time, so that it stays in the processor's cache."""

_MAX_BITS = 1 << 24
_KEYS = ("num_features", "features", "lows", "highs", "names")


@dataclass(frozen=True, eq=False)
class Encoder:
    """Comparisons, one a bit: the bit is 1 where `low <= feature <= high`.

    Attributes:
        num_features: columns of the features that it reads.
        features: for each bit the column that it looks at.
        lows: the smallest value that sets the bit; may be minus infinity.
        highs: the largest; infinity for a threshold, equal to `lows` in a one-hot code.
        names: one for each bit, such as `age≥30`; all different, without blanks or `=`, so that BLIF can hold them.

    What is compared are bytes or float32. A feature that is not a number, such as a category that was not seen in
    training, sets no bit.
    """

    num_features: int
    features: Int32[np.ndarray, " bits"]
    lows: Float32[np.ndarray, " bits"]
    highs: Float32[np.ndarray, " bits"]
    names: tuple[str, ...]

    @property
    def num_bits(self) -> int:
        """The number of bits of an encoded sample."""
        return len(self.features)

    def encode(self, features: Num[np.ndarray, "samples features"]) -> Bool[np.ndarray, "samples bits"]:
        """Returns the bits of samples; those that are not uint8 are compared as float32.

        Raises:
            DataError: if they have another number of features.
        """
        columns = self._columns(features)
        bits = np.empty((columns.shape[1], self.num_bits), dtype=bool)
        for block in self._blocks(columns.shape[1]):
            bits[:, block] = self._compare(columns, block).T
        return bits

    def encode_packed(self, features: Num[np.ndarray, "samples features"]) -> UInt64[np.ndarray, "bits words"]:
        """Returns the bits of samples as inputs of a circuit, 64 samples a word, without an array of all bits.

        Raises:
            DataError: if they have another number of features.
        """
        columns = self._columns(features)
        words = np.empty((self.num_bits, -(-columns.shape[1] // LANES)), dtype=np.uint64)
        for block in self._blocks(columns.shape[1]):
            words[block] = pack_lanes(self._compare(columns, block))
        return words

    def to_plain(self) -> dict[str, object]:
        """Returns numbers, texts and lists that JSON can hold; a bound that is not there is None."""
        return {
            "num_features": self.num_features,
            "features": self.features.tolist(),
            "lows": [_plain_bound(low) for low in self.lows],
            "highs": [_plain_bound(high) for high in self.highs],
            "names": list(self.names),
        }

    def _columns(self, features: Num[np.ndarray, "samples features"]) -> Num[np.ndarray, "features samples"]:
        rows = require_rows(features, self.num_features)
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(rows.T, dtype=np.uint8 if rows.dtype == np.uint8 else np.float32)

    def _blocks(self, num_samples: int) -> list[slice]:
        size = max(1, _BLOCK_BYTES // max(1, num_samples))
        return [slice(start, start + size) for start in range(0, self.num_bits, size)]

    def _compare(self, columns: Num[np.ndarray, "features samples"], block: slice) -> Bool[np.ndarray, "bits samples"]:
        read = columns[self.features[block]]
        lows, highs = self.lows[block], self.highs[block]
        if columns.dtype == np.uint8:
            return _compare_bytes(read, lows, highs)
        bits: np.ndarray = read >= lows[:, None]
        if not np.isposinf(highs).all():
            bits &= read <= highs[:, None]
        return bits


def require_rows(
    features: Num[np.ndarray, "samples features"], num_features: int
) -> Num[np.ndarray, "samples features"]:
    """Returns the features of samples as an array.

    Raises:
        DataError: if they are not rows of so many.
    """
    rows = np.asarray(features)
    if rows.ndim != 2 or rows.shape[1] != num_features:
        raise DataError(
            f"features of shape {rows.shape} are no samples of {num_features} features; give one row a sample."
        )
    return rows


def encoder_from_plain(plain: object) -> Encoder:
    """Returns the encoder that `Encoder.to_plain` made this of.

    Raises:
        DataError: if it is no encoder, saying what is wrong.
    """
    if not isinstance(plain, dict) or set(plain) != set(_KEYS):
        raise DataError(f"no encoder: it must have exactly {', '.join(_KEYS)}.")
    num_features, features, lows, highs, names = (plain[key] for key in _KEYS)
    if type(num_features) is not int or not 0 < num_features <= _MAX_BITS:
        raise DataError(f"no encoder: num_features must be from 1 to {_MAX_BITS}.")
    for key, values in zip(_KEYS[1:], (features, lows, highs, names), strict=True):
        if not isinstance(values, list) or not 0 < len(values) <= _MAX_BITS or len(values) != len(names):
            raise DataError(f"no encoder: {key} must be a list with one entry a bit, as names is.")
    if not all(type(feature) is int and 0 <= feature < num_features for feature in features):
        raise DataError(f"no encoder: each of features must be from 0 to {num_features - 1}.")
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) != len(names):
        raise DataError("no encoder: names must be different texts.")
    low_bounds, high_bounds = _bounds(lows, "lows", -math.inf), _bounds(highs, "highs", math.inf)
    if (low_bounds > high_bounds).any():
        raise DataError("no encoder: a bit has a low above its high.")
    return Encoder(num_features, np.array(features, dtype=np.int32), low_bounds, high_bounds, tuple(names))


def _compare_bytes(
    read: UInt8[np.ndarray, "bits samples"], lows: Float32[np.ndarray, " bits"], highs: Float32[np.ndarray, " bits"]
) -> Bool[np.ndarray, "bits samples"]:
    """Compares without turning bytes into numbers four times as wide."""
    least = np.ceil(np.clip(lows, 0, 256)).astype(np.int16)
    most = np.floor(np.clip(highs, -1, 255)).astype(np.int16)
    possible = (least <= most)[:, None]
    bits: np.ndarray = read >= np.minimum(least, 255).astype(np.uint8)[:, None]
    if (most < 255).any():
        bits &= read <= np.maximum(most, 0).astype(np.uint8)[:, None]
    if not possible.all():
        bits &= possible
    return bits


def _plain_bound(bound: np.float32) -> float | None:
    # The shortest decimal that is this float32.
    return float(str(bound)) if np.isfinite(bound) else None


def _bounds(values: Sequence[object], key: str, missing: float) -> Float32[np.ndarray, " bits"]:
    numbers = [missing if value is None else value for value in values]
    if not all(type(number) in (int, float) for number in numbers):
        raise DataError(f"no encoder: each of {key} must be a number or null.")
    try:
        with np.errstate(over="ignore"):
            bounds = np.array(numbers, dtype=np.float64).astype(np.float32)
    except OverflowError:
        bounds = np.array([np.nan], dtype=np.float32)
    given = [value is not None for value in values]
    if len(bounds) != len(given) or not np.isfinite(bounds[given]).all():
        raise DataError(f"no encoder: each of {key} must fit into 32 bits.")
    return bounds
