"""Bits of samples as words: what the inputs of a circuit are, 64 samples at a time.

Sample s is bit s % 64 of word s // 64; each row of words is one bit of all samples. The lanes behind the last sample
are 0.
"""

import numpy as np
from jaxtyping import Bool, UInt64

LANES = 64
"""How many samples a word holds."""

_WORD = np.dtype("<u8")
_OCTET = 8
_BLOCK_SAMPLES = 4096
"""How many samples are packed at a time, so that what is transposed stays in the processor's cache."""


def pack_bits(bits: Bool[np.ndarray, "samples bits"]) -> UInt64[np.ndarray, "bits words"]:
    """Returns words for `ca_logic.circuit.simulation` and compiled circuits; other numbers than 0 count as 1."""
    ones = np.asarray(bits, dtype=bool).view(np.uint8)
    num_samples, num_bits = ones.shape
    octets = _empty_octets(num_bits, num_samples)
    for start in range(0, num_samples, _BLOCK_SAMPLES):
        block = ones[start : start + _BLOCK_SAMPLES]
        if len(block) % _OCTET:
            block = np.pad(block, ((0, -len(block) % _OCTET), (0, 0)))
        # Eight rows become one row of bytes by long operations, several times as fast as packing columns.
        packed = block[_OCTET - 1 :: _OCTET].copy()
        for lane in reversed(range(_OCTET - 1)):
            packed <<= 1
            packed |= block[lane::_OCTET]
        octets[:, start // _OCTET : start // _OCTET + len(packed)] = packed.T
    return _as_words(octets)


def pack_lanes(bits: Bool[np.ndarray, "bits samples"]) -> UInt64[np.ndarray, "bits words"]:
    """Returns words of bits that lie as words do, the samples of each bit side by side."""
    num_bits, num_samples = bits.shape
    octets = _empty_octets(num_bits, num_samples)
    octets[:, : -(-num_samples // _OCTET)] = np.packbits(bits, axis=1, bitorder="little")
    return _as_words(octets)


def unpack_lanes(words: UInt64[np.ndarray, "bits words"], num_samples: int) -> Bool[np.ndarray, "bits samples"]:
    """Returns the first `num_samples` lanes of words, the inverse of `pack_lanes`."""
    octets = np.ascontiguousarray(words, dtype=_WORD).view(np.uint8)
    return np.unpackbits(octets, axis=1, count=num_samples, bitorder="little").view(bool)


def _empty_octets(num_bits: int, num_samples: int) -> np.ndarray:
    return np.zeros((num_bits, -(-num_samples // LANES) * (LANES // _OCTET)), dtype=np.uint8)


def _as_words(octets: np.ndarray) -> UInt64[np.ndarray, "bits words"]:
    return octets.view(_WORD).astype(np.uint64, copy=False)
