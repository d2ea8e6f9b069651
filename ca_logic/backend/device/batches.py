"""Batches of samples cut into parts that devices have memory for, of few sizes, since each is compiled for."""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Int32, UInt8, UInt32

from ca_logic.backend.classifier.samples import Features, PackedBits, as_compared
from ca_logic.backend.device.devices import free_memory
from ca_logic.backend.device.packed import WORD_BITS
from ca_logic.tasks.encoding import LANES

_CACHED_BYTES = 12 << 20
"""For the signals of a CPU, which are to stay in its cache."""

_BYTES_AT_ONCE = 1 << 24
"""For the features that a CPU looks at."""

_SHARE_OF_MEMORY = 16
"""Of another device's free memory one part in so many is for signals, and one for features."""

_LENGTHS = (2, 16, 128, 512, 2048, 8192)
"""Words of a row on one device; all hold as many samples as some words of 64 do.

For 32 or 64 XLA makes programs that take longer for a word than for 16 or 128.
"""


@dataclass(frozen=True)
class Part:
    """Samples of a batch that are computed at once.

    Attributes:
        samples: which of the batch they are.
        num_words: of how many words their rows are, on all devices together; the last ones may be no samples.
    """

    samples: slice
    num_words: int

    @property
    def count(self) -> int:
        """The number of samples."""
        return int(self.samples.stop - self.samples.start)

    def of_bits(self, given: PackedBits, bits: Int32[np.ndarray, " inputs"]) -> UInt32[np.ndarray, "inputs words"]:
        """Returns some bits of these samples."""
        words = given.words[bits, self.samples.start // LANES : -(-self.samples.stop // LANES)]
        halves = words.astype("<u8", copy=False).view("<u4").astype(np.uint32, copy=False)
        return np.pad(halves, ((0, 0), (0, self.num_words - halves.shape[1])))

    def of_features(
        self, given: Features
    ) -> UInt8[np.ndarray, "samples features"] | Int32[np.ndarray, "samples features"]:
        """Returns the features of these samples: bytes, or else the bits of float32."""
        rows = as_compared(given.rows[self.samples])
        if rows.dtype != np.uint8:
            with np.errstate(over="ignore"):
                rows = rows.astype(np.float32, copy=False).view(np.int32)
        return np.pad(rows, ((0, self.num_words * WORD_BITS - self.count), (0, 0)))


def cut_batch(num_samples: int, *, most_words: int, num_devices: int) -> Iterator[Part]:
    """Yields the parts of a batch, none of which is much shorter than its rows.

    Args:
        num_samples: how many samples there are.
        most_words: in a row on one device.
        num_devices: how many devices share a row equally.
    """
    lengths = [length for length in _LENGTHS if length <= most_words]
    start = 0
    while start < num_samples:
        needed = -(-(num_samples - start) // (num_devices * WORD_BITS))
        place = min(bisect.bisect_left(lengths, needed), len(lengths) - 1)
        # Rather full rows and a rest than rows of which most is empty.
        if place and 2 * needed < lengths[place]:
            place -= 1
        num_words = lengths[place] * num_devices
        stop = min(start + num_words * WORD_BITS, num_samples)
        yield Part(slice(start, stop), num_words)
        start = stop


def most_words(device: jax.Device, *, num_rows: int, num_features: int) -> int:
    """Returns of how many words rows may be on a device, so that its memory or cache is not filled.

    Args:
        device: what they are on.
        num_rows: how many rows there are.
        num_features: how many numbers of four bytes each sample has.
    """
    if device.platform == "cpu":
        for_rows, for_features = _CACHED_BYTES, _BYTES_AT_ONCE
    else:
        for_rows = for_features = free_memory(device) // _SHARE_OF_MEMORY
    fitting = min(for_rows // (4 * num_rows), for_features // (4 * WORD_BITS * max(1, num_features)))
    return max(length for length in _LENGTHS if length <= max(fitting, _LENGTHS[0]))
