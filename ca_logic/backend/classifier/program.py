"""Circuit to a program for `native/interpreter.c`: three-input tables, those of a level sorted by what they compute.

The one idea: tables of a level do not read each other, so they may be taken in any order, and equal ones one after
the other need a single decision. Tables that differ in the order of their fan-ins only are made equal first, which
leaves 80 of 256.
"""

import functools
import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8, UInt32

from ca_logic.backend.classifier.slots import SLOT_WORDS, allocate_slots
from ca_logic.circuit import LookupCircuit, remove_dead_gates
from ca_logic.circuit.lookup import NUM_TABLES
from ca_logic.formats.functions import function_text, reduce_function
from ca_logic.gates import TABLE_LITERALS, rearrange_table

_OPERANDS = ("a", "b", "c")


@dataclass(frozen=True, eq=False)
class Program:
    """What the interpreter does with a block.

    Attributes:
        steps: for each table where the slots begin that it reads and writes, in words.
        runs: tables of the same number, and how many steps in a row they are.
        num_slots: the number of slots.
        outputs: the slot of each output.
    """

    steps: UInt32[np.ndarray, "tables 4"]
    runs: UInt32[np.ndarray, "runs 2"]
    num_slots: int
    outputs: UInt32[np.ndarray, " outputs"]


def program_of(circuit: LookupCircuit) -> Program:
    """Returns the program of a circuit whose inputs are in slots 1 on."""
    circuit = remove_dead_gates(circuit)
    representative, order = _sorted_tables()
    tables = representative[circuit.gates]
    levels = circuit.levels()[circuit.first_gate :] - 1
    slots = allocate_slots(circuit, levels, keep_local=False)
    fanins = np.take_along_axis(circuit.fanins, order[circuit.gates], axis=1)
    sequence = np.lexsort((tables, levels))
    places = np.concatenate([slots.of_signals[fanins], slots.of_signals[circuit.first_gate :, None]], axis=1)
    tables = tables[sequence]
    starts = np.flatnonzero(np.diff(tables, prepend=-1, append=-1))
    return Program(
        steps=np.ascontiguousarray(places[sequence].astype(np.uint32) * SLOT_WORDS),
        runs=np.stack([tables[starts[:-1]], np.diff(starts)], axis=1).astype(np.uint32),
        num_slots=slots.count,
        outputs=slots.of_signals[circuit.drivers].astype(np.uint32),
    )


@functools.cache
def render_tables() -> str:
    """Returns the C text that `native/interpreter.c` includes: what each table is of a, b and c."""
    lines = []
    for table in sorted(set(_sorted_tables()[0].tolist())):
        value = function_text(*reduce_function(table, _OPERANDS), zero="ZERO", ones="~ZERO")
        lines.append(f"TABLE({table}, {value})")
    return "\n".join([*lines, ""])


@functools.cache
def _sorted_tables() -> tuple[UInt8[np.ndarray, " tables"], np.ndarray]:
    """Returns for each table the smallest that it becomes by another order of its fan-ins, and that order."""
    orders = list(itertools.permutations(range(len(TABLE_LITERALS))))
    smallest = [
        min((rearrange_table(table, order, (False, False, False)), order) for order in orders)
        for table in range(NUM_TABLES)
    ]
    return np.array([table for table, _ in smallest], np.int16), np.array([order for _, order in smallest])
