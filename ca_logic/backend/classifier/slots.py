"""Where the signals of a block lie: a slot is given away again when nobody needs what is in it.

The one idea: a network is computed in stages, and a slot that is read in a stage for the last time is free in the
next. So a network needs memory for what is alive at a time, not for all its signals, and that fits into a cache.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32

from ca_logic.circuit.netlist import CONSTANT_FALSE, Netlist
from ca_logic.tasks.encoding import LANES

NO_SLOT = -1

SLOT_WORDS = 8
"""Words of a slot, as in `native/lanes.h`."""

BLOCK = LANES * SLOT_WORDS
"""Samples that are computed at once."""


@dataclass(frozen=True, eq=False)
class Slots:
    """Slots of signals.

    Attributes:
        of_signals: for each signal its slot, -1 if it has none; that of the constant and of each input is its number.
        count: the number of slots.
    """

    of_signals: Int32[np.ndarray, " signals"]
    count: int


def allocate_slots(circuit: Netlist, stages: Int32[np.ndarray, " gates"], *, keep_local: bool) -> Slots:
    """Gives slots to signals, the fewest that do.

    Args:
        circuit: no gate reads one of a later stage.
        stages: for each gate in which stage it is computed, from 0 on; -1 if never.
        keep_local: whether only those have slots that are needed after their stage.
    """
    first, num_signals = circuit.first_gate, circuit.num_signals
    num_stages = int(stages.max(initial=-1)) + 1
    born = np.concatenate([np.full(first, -1, np.int32), stages])
    dies = born.copy()
    computed = stages >= 0
    for column in circuit.fanins.T:
        np.maximum.at(dies, column[computed], stages[computed])
    dies[circuit.drivers] = num_stages
    dies[CONSTANT_FALSE] = num_stages
    slots = np.arange(num_signals, dtype=np.int32)
    slots[first:] = NO_SLOT
    has_slot = dies > born if keep_local else np.append(np.zeros(first, bool), computed)
    has_slot[:first] = False
    arriving = _by_stage(np.flatnonzero(has_slot), born, num_stages)
    has_slot[:first] = True
    leaving = _by_stage(np.flatnonzero(has_slot), dies, num_stages)
    # Inputs that nobody reads are free from the first stage on.
    free = np.flatnonzero(dies[:first] < 0).tolist()
    count = first
    for arrived, left in zip(arriving, leaving, strict=True):
        num_reused = min(len(free), len(arrived))
        reused = free[len(free) - num_reused :]
        del free[len(free) - num_reused :]
        fresh = len(arrived) - num_reused
        slots[arrived] = [*reused, *range(count, count + fresh)]
        count += fresh
        free += slots[left].tolist()
    return Slots(slots, count)


def _by_stage(signals: np.ndarray, stage: np.ndarray, num_stages: int) -> list[np.ndarray]:
    """Returns the signals of each stage."""
    ordered = signals[np.argsort(stage[signals], kind="stable")]
    bounds = np.searchsorted(stage[ordered], np.arange(num_stages + 1))
    return [ordered[bounds[k] : bounds[k + 1]] for k in range(num_stages)]
