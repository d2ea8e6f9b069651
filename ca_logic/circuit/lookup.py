"""Between two-input gates and three-input tables: each gate as a table, and each table as the fewest gates."""

import functools
from collections.abc import Sequence

import numpy as np

from ca_logic.circuit.builder import CircuitBuilder
from ca_logic.circuit.netlist import CONSTANT_FALSE, Circuit, LookupCircuit
from ca_logic.gates import TABLE_LITERALS, Gate, complement, evaluate

NUM_TABLES = 256

_ONES = NUM_TABLES - 1

Formula = int | tuple[int, "Formula", "Formula"]
"""A signal, as its position among the three inputs, or a gate over two formulas."""


def lookup_of(circuit: Circuit) -> LookupCircuit:
    """Returns the circuit with each gate as a three-input table that ignores its last fan-in."""
    tables = [sum(0b11 << 2 * digit for digit in range(4) if gate >> digit & 1) for gate in range(16)]
    constant = np.full((circuit.num_gates, 1), CONSTANT_FALSE, np.int32)
    return LookupCircuit(
        name=circuit.name,
        inputs=circuit.inputs,
        outputs=circuit.outputs,
        gates=np.array(tables, np.uint8)[circuit.gates],
        fanins=np.concatenate([circuit.fanins, constant], axis=1),
        drivers=circuit.drivers,
    )


def gates_of(circuit: LookupCircuit) -> Circuit:
    """Returns the circuit with each table as the fewest two-input gates that a formula of it takes, at most four.

    Constants are folded and equal gates shared on the way.
    """
    builder = CircuitBuilder(circuit.inputs, name=circuit.name)
    signals = [CONSTANT_FALSE, *builder.inputs]
    for _, table, fanins in circuit.nodes():
        signals.append(add_formula(builder, smallest_formulas()[table], [signals[fanin] for fanin in fanins]))
    return builder.build({name: signals[driver] for name, driver in zip(circuit.outputs, circuit.drivers, strict=True)})


def add_formula(builder: CircuitBuilder, formula: Formula, signals: Sequence[int]) -> int:
    """Returns the signal of a formula, whose positions are those of `signals`."""
    if isinstance(formula, int):
        return signals[formula]
    gate, a, b = formula
    return builder.add(gate, add_formula(builder, a, signals), add_formula(builder, b, signals))


@functools.cache
def smallest_formulas() -> tuple[Formula, ...]:
    """Returns for each three-input table a formula of the fewest two-input gates; inverters are free.

    By size: what takes k gates is a gate over two formulas that take k - 1 together.
    """
    found: dict[int, Formula] = {table: position for position, table in enumerate(TABLE_LITERALS)}
    by_size = [dict(found)]
    for single in (Gate.FALSE, Gate.TRUE, Gate.NOT_A):
        for position, table in enumerate(TABLE_LITERALS):
            found.setdefault(evaluate(single, table, table, _ONES), (single, position, position))
    while len(found) < NUM_TABLES:
        fresh: dict[int, Formula] = {}
        for size in range((len(by_size) + 1) // 2):
            for a, first in by_size[size].items():
                for b, second in by_size[len(by_size) - 1 - size].items():
                    for gate in range(16):
                        table = evaluate(gate, a, b, _ONES)
                        if table not in found:
                            found[table] = fresh[table] = (gate, first, second)
                            # Whoever reads this inverts it for nothing.
                            if table ^ _ONES not in found:
                                found[table ^ _ONES] = (complement(gate), first, second)
        by_size.append(fresh)
    return tuple(found[table] for table in range(NUM_TABLES))
