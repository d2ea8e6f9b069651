"""Joins to the rows of a device what it has to see beyond them: rows of its neighbours, and a word at either end.

On a torus that is what lies across the edge, on a plane nothing. Runs within `jax.shard_map`.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int32, UInt32

from ca_logic.backend.device.partition import WORD_BITS, Partition, cell_masks

AXIS = "rows"
"""The axis of the mesh of devices."""


def add_margins(
    words: UInt32[Array, "planes rows words"], partition: Partition
) -> UInt32[Array, "planes rows_and_margins words_and_2"]:
    """Returns the rows of this device between those of its neighbours, and each row between two more words."""
    return _add_words(_add_rows(words, partition), partition)


def remove_margins(
    words: UInt32[Array, "planes rows_and_margins words_and_2"], partition: Partition
) -> UInt32[Array, "planes rows words"]:
    """Returns the rows of this device; what follows its last one, if it has a row less than others, is not cleared."""
    margin = partition.margin
    return words[:, margin : margin + partition.stored_rows, 1:-1]


def cells_within_margins(partition: Partition) -> UInt32[Array, "rows_and_margins words_and_2"]:
    """Returns the bits that are cells of the board in what `add_margins` returns."""
    first_row, _ = _rows_of_this_device(partition)
    rows = jnp.arange(-partition.margin, partition.stored_rows + partition.margin) + first_row
    within = (rows >= 0) & (rows < partition.height)
    masks = np.pad(cell_masks(partition.stored_width), 1)
    return jnp.where(within[:, None], masks, np.uint32(0))


def _add_rows(
    words: UInt32[Array, "planes rows words"], partition: Partition
) -> UInt32[Array, "planes rows_and_margins words"]:
    margin, count = partition.margin, partition.num_devices
    _, num_rows = _rows_of_this_device(partition)
    southward = [(device, (device + 1) % count) for device in range(count if partition.torus else count - 1)]
    northward = [(receiver, sender) for sender, receiver in southward]
    last = jax.lax.dynamic_slice_in_dim(words, num_rows - margin, margin, axis=1)
    first = words[:, :margin]
    if count == 1:
        north, south = (last, first) if partition.torus else (jnp.zeros_like(last), jnp.zeros_like(first))
    else:
        north, south = jax.lax.ppermute(last, AXIS, southward), jax.lax.ppermute(first, AXIS, northward)
    rows = jnp.concatenate([north, words, south], axis=1)
    # Where a device has a row less than it stores, the margin begins one earlier.
    return jax.lax.dynamic_update_slice_in_dim(rows, south, margin + num_rows, axis=1)


def _add_words(
    words: UInt32[Array, "planes rows words"], partition: Partition
) -> UInt32[Array, "planes rows words_and_2"]:
    first, last = words[..., :1], words[..., -1:]
    west, east = last, first
    if not partition.torus:
        west = east = jnp.zeros_like(first)
    elif tail := partition.stored_width % WORD_BITS:
        # The row goes on where it began, in the bits past its end.
        west = words[..., -2:-1] >> tail | last << (WORD_BITS - tail)
        last = last | first << tail
        words = jnp.concatenate([words[..., :-1], last], axis=2)
        east = first >> (WORD_BITS - tail) | words[..., 1:2] << tail
    return jnp.concatenate([west, words, east], axis=2)


def _rows_of_this_device(partition: Partition) -> tuple[Int32[Array, ""], Int32[Array, ""]]:
    """Returns which row of the board is the first of the device that asks, and how many it has."""
    device = jax.lax.axis_index(AXIS)
    first_row = device * partition.least_rows + jnp.minimum(device, partition.num_longer)
    return first_row, partition.least_rows + (device < partition.num_longer)
