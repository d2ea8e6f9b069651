"""The 3x3 neighbourhood: the order of its cells, all of its 512 two-state states, and its eight symmetries.

The one idea: cells are read row by row, NW N NE W C E SW S SE, with NW the most significant bit, so a
neighbourhood of two-state cells is a number from 0 to 511. It is the order of Golly's MAP rules. Left
without its centre it is a number from 0 to 255, the *ring*.
"""

import numpy as np
from jaxtyping import Int64, UInt8

from ca_logic.circuit import Netlist
from ca_logic.errors import CircuitError

CELLS = ("nw", "n", "ne", "w", "c", "e", "sw", "s", "se")
"""Names of the nine cells, most significant first."""

CENTRE = CELLS.index("c")

NEXT_STATE = "next"
"""Name of the output of a two-state circuit: the centre cell one generation later."""

NUM_NEIGHBOURHOODS = 1 << len(CELLS)
NUM_RINGS = 1 << (len(CELLS) - 1)

MOORE = ("nw", "n", "ne", "w", "e", "sw", "s", "se")
"""The neighbours of the square grid by side and corner, most significant first."""

HEXAGONAL = ("nw", "n", "w", "e", "s", "se")
"""The neighbours that stand for a hexagonal grid in Golly: all but NE and SW."""

VON_NEUMANN = ("n", "w", "e", "s")
"""The neighbours by side."""


def input_names(bits_per_cell: int) -> tuple[str, ...]:
    """Returns the input names of a rule's circuit: the nine cells, with more bits bit 0 of each, then bit 1, ..."""
    return CELLS if bits_per_cell == 1 else tuple(f"{cell}{bit}" for bit in range(bits_per_cell) for cell in CELLS)


def output_names(bits_per_cell: int) -> tuple[str, ...]:
    """Returns the output names of a rule's circuit: the centre one generation later, bit 0 first."""
    return (NEXT_STATE,) if bits_per_cell == 1 else tuple(f"{NEXT_STATE}{bit}" for bit in range(bits_per_cell))


def bit_planes(states: UInt8[np.ndarray, "cells rows"], bits_per_cell: int) -> UInt8[np.ndarray, "planes rows"]:
    """Returns bit 0 of the states of all cells, then bit 1, and so on."""
    planes: np.ndarray = np.concatenate([states >> bit & 1 for bit in range(bits_per_cell)]).astype(np.uint8)
    return planes


def bits_of(numbers: Int64[np.ndarray, " numbers"], num_bits: int) -> UInt8[np.ndarray, "bits numbers"]:
    """Returns the binary digits of numbers, most significant first, one number a column."""
    significance = np.arange(num_bits - 1, -1, -1)
    return ((np.asarray(numbers) >> significance[:, None]) & 1).astype(np.uint8)


def all_neighbourhoods() -> UInt8[np.ndarray, "9 512"]:
    """Returns all neighbourhoods, one a column: entry (k, i) is the state of cell k in neighbourhood i."""
    return bits_of(np.arange(NUM_NEIGHBOURHOODS), len(CELLS))


def all_rings() -> UInt8[np.ndarray, "8 256"]:
    """Returns all states of the eight neighbours, one a column, in the order of `MOORE`."""
    return bits_of(np.arange(NUM_RINGS), len(MOORE))


def live_neighbours(neighbours: tuple[str, ...] = MOORE) -> Int64[np.ndarray, "256"]:
    """Returns for each ring how many of the named neighbours are live."""
    rows = [MOORE.index(neighbour) for neighbour in neighbours]
    counts: np.ndarray = all_rings()[rows].sum(axis=0, dtype=np.int64)
    return counts


def symmetries() -> Int64[np.ndarray, "8 512"]:
    """Returns the rotations and reflections of the square: entry (s, i) is what neighbourhood i becomes.

    The first is the identity, the first four are the rotations.
    """
    cells = np.arange(len(CELLS)).reshape(3, 3)
    turned = [np.rot90(square, quarter).ravel() for square in (cells, cells.T) for quarter in range(4)]
    weights = 1 << np.arange(len(CELLS) - 1, -1, -1)
    return np.stack([weights @ all_neighbourhoods()[order].astype(np.int64) for order in turned])


def ring_of(neighbourhoods: Int64[np.ndarray, " numbers"]) -> Int64[np.ndarray, " numbers"]:
    """Returns the neighbourhoods without their centres."""
    neighbourhoods = np.asarray(neighbourhoods)
    return (neighbourhoods >> 5 << 4) | (neighbourhoods & 0b1111)


def table_of(transitions: UInt8[np.ndarray, "2 256"]) -> UInt8[np.ndarray, "512"]:
    """Returns a two-state rule by neighbourhood instead of by centre and ring."""
    neighbourhoods = np.arange(NUM_NEIGHBOURHOODS)
    table: np.ndarray = transitions[neighbourhoods >> 4 & 1, ring_of(neighbourhoods)]
    return table


def transitions_of(table: UInt8[np.ndarray, "512"]) -> UInt8[np.ndarray, "2 256"]:
    """Returns a two-state rule by centre and ring instead of by neighbourhood."""
    rings = np.arange(NUM_RINGS)
    dead = (rings >> 4 << 5) | (rings & 0b1111)
    return np.stack([table[dead], table[dead | 1 << 4]]).astype(np.uint8)


def require_automaton(circuit: Netlist) -> None:
    """Makes sure that a circuit computes each bit of a cell from all bits of its neighbourhood.

    Raises:
        CircuitError: if it has not nine inputs for each output.
    """
    if not circuit.outputs or len(circuit.inputs) != len(CELLS) * len(circuit.outputs):
        raise CircuitError(
            f"circuit {circuit.name!r} has {len(circuit.inputs)} inputs and {len(circuit.outputs)} outputs; an "
            f"automaton's has {len(CELLS)} inputs for each output."
        )
