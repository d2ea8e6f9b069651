"""A circuit from truth tables alone: a binary decision diagram, each node of which selects by one input.

Source: Bryant, "Graph-Based Algorithms for Boolean Function Manipulation" (IEEE Transactions on Computers, 1986). Nodes
of the same function, up to complement, are one. A table may leave rows open: where the two halves of a node agree in
all rows that matter to both, it needs no selection.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.circuit.netlist import CONSTANT_FALSE

_NUM_ORDERS = 32


@dataclass(frozen=True, eq=False)
class PartialTable:
    """A truth table of which some rows are open, one axis of length 2 for each input.

    Attributes:
        ones: whether the output is 1.
        care: whether the row matters.
    """

    ones: Bool[np.ndarray, "..."]
    care: Bool[np.ndarray, "..."]


def decision_diagram(name: str, inputs: Sequence[str], tables: Mapping[str, PartialTable], *, seed: int = 0) -> Circuit:
    """Returns the smallest of the diagrams for several orders of the inputs, as a circuit that computes the tables."""
    rng = random.Random(seed)
    orders = [list(range(len(inputs)))]
    orders += [rng.sample(orders[0], len(inputs)) for _ in range(_NUM_ORDERS - 1)]
    circuits = []
    for order in orders:
        builder = CircuitBuilder(inputs, name=name)
        circuits.append(builder.build(add_diagrams(builder, [builder.inputs[k] for k in order], tables, order)))
    return min(circuits, key=lambda circuit: circuit.num_gates)


def add_diagrams(
    builder: CircuitBuilder, selectors: Sequence[int], tables: Mapping[str, PartialTable], order: Sequence[int]
) -> dict[str, int]:
    """Adds the diagrams of the tables to a circuit under construction, and returns the signal of each.

    Args:
        builder: takes the gates.
        selectors: the signals to select by, first the one at the root.
        tables: what to compute, by name.
        order: which axis of the tables each selector is.
    """
    known: dict[tuple[int, int, int], int] = {}

    def node(level: int, ones: int, care: int) -> int:
        """Returns the signal of a table of 2^level rows, whose bit of row 0 is the most significant."""
        if ones == 0:
            return CONSTANT_FALSE
        if ones == care:
            return builder.negate(CONSTANT_FALSE)
        key = (level, ones, care)
        if key not in known:
            inverse = (level, care ^ ones, care)
            known[key] = builder.negate(known[inverse]) if inverse in known else select(level, ones, care)
        return known[key]

    def select(level: int, ones: int, care: int) -> int:
        half = 1 << (level - 1)
        low, low_care = ones >> half, care >> half
        high, high_care = ones & ((1 << half) - 1), care & ((1 << half) - 1)
        if (low ^ high) & low_care & high_care == 0:
            return node(level - 1, low | high, low_care | high_care)
        selector = selectors[len(selectors) - level]
        zero, one = node(level - 1, low, low_care), node(level - 1, high, high_care)
        return builder.select(selector, zero, one)

    return {
        output: node(
            len(selectors),
            _as_integer((table.ones & table.care).transpose(order)),
            _as_integer(table.care.transpose(order)),
        )
        for output, table in tables.items()
    }


def _as_integer(rows: np.ndarray) -> int:
    """Returns the rows as digits of a number, row 0 the most significant."""
    return int.from_bytes(np.packbits(rows.ravel()).tobytes(), "big") >> (-rows.size % 8)
