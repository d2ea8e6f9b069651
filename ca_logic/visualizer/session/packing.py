"""Packing bytes of cells: fast where they are all 0, and where they are too random to become fewer."""

import zlib

import numpy as np
from jaxtyping import UInt8

Octets = UInt8[np.ndarray, " bytes"]

_BLOCK_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 14
_WORTHWHILE = 0.75
_RAW, _DEFLATED = b"\0", b"\1"


def pack(octets: Octets) -> tuple[bytes, ...]:
    """Returns the bytes in blocks, each of them packed unless that would save too little.

    The interpreter's lock is released meanwhile, so others go on.
    """
    return tuple(_pack_block(octets[start : start + _BLOCK_BYTES]) for start in range(0, len(octets), _BLOCK_BYTES))


def unpack(blocks: tuple[bytes, ...], num_bytes: int) -> Octets:
    """Returns the bytes, so many, that were packed into the blocks."""
    octets = np.zeros(num_bytes, dtype=np.uint8)
    for number, block in enumerate(blocks):
        target = octets[number * _BLOCK_BYTES : (number + 1) * _BLOCK_BYTES]
        if block:
            raw = memoryview(block)[1:]
            target[:] = np.frombuffer(zlib.decompress(raw) if block[:1] == _DEFLATED else raw, dtype=np.uint8)
    return octets


def _pack_block(octets: Octets) -> bytes:
    if not octets.any():
        return b""
    sample = octets[:_SAMPLE_BYTES]
    if len(octets) > len(sample) and len(_deflate(sample)) > _WORTHWHILE * len(sample):
        return _RAW + octets.tobytes()
    deflated = _deflate(octets)
    return _DEFLATED + deflated if len(deflated) < len(octets) else _RAW + octets.tobytes()


def _deflate(octets: Octets) -> bytes:
    # Looking for runs of equal bytes only takes half the time, and cells have little else in common.
    deflater = zlib.compressobj(1, strategy=zlib.Z_RLE)
    return deflater.compress(octets.data) + deflater.flush()
