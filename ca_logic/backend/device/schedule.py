"""`Schedule`: the tables of a circuit in steps of equally many, and in which rows of memory their signals lie.

The one idea: the tables of a level do not read each other, so they can be computed at once; cut into steps of one
width, the last of each level padded, all levels are turns of one loop. So JAX compiles one step, in a fraction of a
second, whatever the number of tables and levels, and which table does what is data.

The results of a step are a *block* of adjacent rows. When all of them were read for the last time, another step may
have the block: what is alive at a time fits into a cache, all signals would not.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Int64, UInt32

from ca_logic.circuit import LookupCircuit
from ca_logic.gates import COEFFICIENTS

_WIDTHS = (32, 64, 128, 256, 512, 1024, 2048, 4096)


@dataclass(frozen=True, eq=False)
class Schedule:
    """What to compute in what order, and where. Row 0 is the constant 0, rows 1 to n are the n inputs.

    Attributes:
        fanins: for each table the rows that it reads; one that only pads reads the constant.
        masks: of each table over a first fan-in s, and a and b, the eight terms 1, a, b, ab, s, sa, sb, sab whose
            exclusive or it is: all ones where it has the term, else 0.
        blocks: for each step its first row.
        outputs: for each output its row.
        num_rows: how many rows there are.
    """

    fanins: Int32[np.ndarray, "steps width 3"]
    masks: UInt32[np.ndarray, "steps width 8"]
    blocks: Int32[np.ndarray, " steps"]
    outputs: Int32[np.ndarray, " outputs"]
    num_rows: int


def schedule_tables(circuit: LookupCircuit, *, tables_per_step: int) -> Schedule:
    """Returns the tables of a circuit level by level.

    Args:
        circuit: what to compute.
        tables_per_step: how many more tables a device could compute in the time that it takes to begin a step; the
            larger, the wider are steps.
    """
    first = circuit.first_gate
    levels = circuit.levels()[first:]
    sizes = np.bincount(levels, minlength=1)[1:]
    width = min(_WIDTHS, key=lambda width: int((-(-sizes // width)).sum()) * (width + tables_per_step))
    steps_of_levels = -(-sizes // width)
    steps_before = np.cumsum(steps_of_levels) - steps_of_levels
    num_steps = int(steps_of_levels.sum())
    # Blocks are numbered as they are filled: first by the constant and the inputs, then by the steps.
    num_given = -(-first // width)
    order = np.argsort(levels, kind="stable")
    place_in_level = np.empty(len(levels), np.int64)
    place_in_level[order] = np.arange(len(levels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    steps = steps_before[levels - 1] + place_in_level // width
    blocks = np.concatenate([np.arange(first) // width, num_given + steps])
    last_reads = np.maximum(np.arange(num_given + num_steps) - num_given, 0)
    for column in circuit.fanins.T:
        np.maximum.at(last_reads, blocks[column], steps)
    # The constant pads, and outputs are read at the end.
    last_reads[blocks[[0, *circuit.drivers]]] = num_steps
    places = _place_blocks(last_reads, num_given)
    rows = places[blocks] * width + np.concatenate([np.arange(first), place_in_level]) % width
    fanins = np.zeros((num_steps, width, 3), np.int32)
    masks = np.zeros((num_steps, width, 8), np.uint32)
    fanins[steps, place_in_level % width] = rows[circuit.fanins]
    masks[steps, place_in_level % width] = _masks_of_tables()[circuit.gates]
    return Schedule(
        fanins=fanins,
        masks=masks,
        blocks=(places[num_given:] * width).astype(np.int32),
        outputs=rows[circuit.drivers].astype(np.int32),
        num_rows=(int(places.max()) + 1) * width,
    )


def _place_blocks(last_reads: Int64[np.ndarray, " blocks"], num_given: int) -> Int64[np.ndarray, " blocks"]:
    """Returns for each block its place in memory; those that are given have theirs, the others get any free one.

    Args:
        last_reads: after which step the place of each block is free again.
        num_given: how many blocks are there before the first step; each step then fills one.
    """
    num_steps = len(last_reads) - num_given
    places = np.arange(len(last_reads))
    leaving: list[list[int]] = [[] for _ in range(num_steps + 1)]
    for block, step in enumerate(last_reads.tolist()):
        leaving[step].append(block)
    free: list[int] = []
    count = num_given
    for step in range(num_steps):
        if free:
            places[num_given + step] = free.pop()
        else:
            places[num_given + step] = count
            count += 1
        free += places[leaving[step]].tolist()
    return places


def _masks_of_tables() -> UInt32[np.ndarray, "256 8"]:
    tables = np.arange(256)
    # A table is its first half, and where its first fan-in is 1, modulo 2 also that in which its halves differ.
    terms = np.concatenate([COEFFICIENTS[tables >> 4], COEFFICIENTS[tables >> 4 ^ tables & 0b1111]], axis=1) & 1
    return -terms.astype(np.int32).view(np.uint32)
