"""The 3x3 Moore neighbourhood: the order of its cells, and all 512 of its states.

The one idea: cells are read row by row, NW N NE W C E SW S SE, with NW the most significant bit, so a
neighbourhood is a number from 0 to 511. It is the order of Golly's MAP rules.
"""

import numpy as np
from jaxtyping import UInt8

CELLS = ("nw", "n", "ne", "w", "c", "e", "sw", "s", "se")
"""Names of the nine cells, most significant first; these are the input names of every rule circuit."""

CENTRE = CELLS.index("c")

NEXT_STATE = "next"
"""Name of the output of every rule circuit: the centre cell one generation later."""

NUM_NEIGHBOURHOODS = 1 << len(CELLS)


def all_neighbourhoods() -> UInt8[np.ndarray, "9 512"]:
    """Returns all neighbourhoods, one a column: entry (k, i) is the state of cell k in neighbourhood i."""
    significance = np.arange(len(CELLS) - 1, -1, -1)
    return ((np.arange(NUM_NEIGHBOURHOODS) >> significance[:, None]) & 1).astype(np.uint8)


def outer_totalistic_table(birth: frozenset[int], survival: frozenset[int]) -> UInt8[np.ndarray, "512"]:
    """Returns the next state for each neighbourhood under a rule that counts live neighbours.

    Args:
        birth: the counts at which a dead centre becomes live.
        survival: the counts at which a live centre stays live.
    """
    cells = all_neighbourhoods()
    centre = cells[CENTRE].astype(bool)
    neighbours = cells.sum(axis=0) - cells[CENTRE]
    return np.where(centre, np.isin(neighbours, list(survival)), np.isin(neighbours, list(birth))).astype(np.uint8)
