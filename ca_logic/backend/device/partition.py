"""`Partition`: which device holds which rows of a board, and how far it must see beyond them.

The one idea: with rows from beyond its own, a *margin*, a device does several generations on its own. Each makes one
more row from the edge wrong, so the margin is as wide as there are generations between two exchanges.

All devices store equally many rows. Where the height is no multiple of their number, the last ones have a row less
than they store, and what the last of these holds means nothing.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64, UInt32

from ca_logic.errors import BoardError

WORD_BITS = 32

Words = UInt32[np.ndarray, "planes height words"]
"""Packed rows: cell x is bit x % 32 of word x // 32, and the bits past the width are 0."""

_MOST_GENERATIONS = 30
"""Between two exchanges; a margin of one word to each side is right for 32."""


@dataclass(frozen=True)
class Partition:
    """A board of one size, dealt out to devices by rows.

    Attributes:
        width: cells in a row.
        height: rows.
        torus: whether opposite edges are joined; if not, everything beyond them is in state 0, always.
        num_devices: how many devices share the rows.

    Raises:
        BoardError: if there are no cells, or devices without a row.
    """

    width: int
    height: int
    torus: bool
    num_devices: int

    def __post_init__(self) -> None:
        """Checks that each device gets a row."""
        if self.width < 1 or self.height < 1:
            raise BoardError(f"a board of {self.width}x{self.height} has no cells; both sides must be at least 1.")
        if self.num_devices > self.height:
            raise BoardError(
                f"a board of {self.height} rows cannot be shared by {self.num_devices} devices; use at most "
                f"{self.height}."
            )

    @property
    def num_words(self) -> int:
        """The number of words in a row of the board."""
        return -(-self.width // WORD_BITS)

    @property
    def stored_width(self) -> int:
        """Cells in a row as it is stored: a torus narrower than a word is laid beside itself until it fills one."""
        return self.width * -(-WORD_BITS // self.width) if self.torus else self.width

    @property
    def stored_words(self) -> int:
        """The number of words in a row as it is stored."""
        return -(-self.stored_width // WORD_BITS)

    @property
    def least_rows(self) -> int:
        """The number of rows that every device has."""
        return self.height // self.num_devices

    @property
    def num_longer(self) -> int:
        """How many devices, the first, have one row more."""
        return self.height % self.num_devices

    @property
    def stored_rows(self) -> int:
        """The number of rows that every device stores."""
        return -(-self.height // self.num_devices)

    @property
    def generations_per_exchange(self) -> int:
        """How many generations a device does on its own: even, unless it is 1.

        Few if a device has few rows, since it computes the margin as well.
        """
        wanted = min(_MOST_GENERATIONS, self.least_rows - 1, math.isqrt(2 * self.least_rows))
        return wanted // 2 * 2 or 1

    @property
    def margin(self) -> int:
        """How many rows a device sees beyond its own, to either side.

        One more than the generations, since the outermost row and the ends of the next are not computed; they may
        be old where there is only one generation.
        """
        generations = self.generations_per_exchange
        return generations if generations == 1 else generations + 1

    @property
    def words_per_device(self) -> int:
        """The number of words of a plane that a device works on, margins included."""
        return (self.stored_rows + 2 * self.margin) * (self.stored_words + 2)

    def first_row(self, device: int) -> int:
        """Returns the row of the board that is a device's first."""
        return device * self.least_rows + min(device, self.num_longer)

    def num_rows(self, device: int) -> int:
        """Returns the number of rows of the board that a device has."""
        return self.least_rows + (device < self.num_longer)

    def stored(self, rows: Words) -> Words:
        """Returns rows of the board, at most as many as a device has, as a device stores them."""
        if self.stored_width > self.width:
            wide = rows.astype(np.uint64)
            copies = np.bitwise_or.reduce([wide << np.uint64(x) for x in range(0, self.stored_width, self.width)])
            rows = np.concatenate([copies, copies >> np.uint64(WORD_BITS)], axis=2)[..., : self.stored_words]
        return np.pad(rows.astype(np.uint32), ((0, 0), (0, self.stored_rows - rows.shape[1]), (0, 0)))

    def restored(self, stored: Words) -> Words:
        """Returns the board from what all devices store, one below the other."""
        board: Words = stored[:, self.places(), : self.num_words] & cell_masks(self.width)
        return board

    def places(self) -> Int64[np.ndarray, " height"]:
        """Returns for each row of the board where it is among the rows that all devices store."""
        rows = [device * self.stored_rows + np.arange(self.num_rows(device)) for device in range(self.num_devices)]
        return np.concatenate(rows)


def cell_masks(width: int) -> UInt32[np.ndarray, " words"]:
    """Returns for each word of a row of so many cells the bits that are cells."""
    masks = np.full(-(-width // WORD_BITS), 0xFFFF_FFFF, np.uint32)
    masks[-1] >>= np.uint32(-width % WORD_BITS)
    return masks
