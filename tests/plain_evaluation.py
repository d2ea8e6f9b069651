"""Plain Python evaluation of circuits: slow, and independent of every trick of the package."""

import numpy as np

from ca_logic.circuit import Circuit


def evaluate_row(circuit: Circuit, row: tuple[int, ...]) -> tuple[int, ...]:
    """Returns the outputs for one input combination, by looking each gate's output up in its truth table."""
    values = [0, *row]
    for gate, (a, b) in zip(circuit.gates.tolist(), circuit.fanins.tolist(), strict=True):
        values.append(int(f"{gate:04b}"[2 * values[a] + values[b]]))
    return tuple(values[driver] for driver in circuit.drivers.tolist())


def rows_of(num_inputs: int) -> list[tuple[int, ...]]:
    """Returns all input combinations in row order, first input most significant."""
    return [tuple(int(digit) for digit in f"{row:0{num_inputs}b}"[:num_inputs]) for row in range(1 << num_inputs)]


def evaluate_all(circuit: Circuit) -> np.ndarray:
    """Returns the outputs on all input combinations, [outputs, rows]."""
    columns = [evaluate_row(circuit, row) for row in rows_of(len(circuit.inputs))]
    return np.array(columns, dtype=np.uint8).reshape(-1, len(circuit.outputs)).T


def same_function(one: Circuit, other: Circuit) -> bool:
    """Tells whether two circuits have the same interface and the same outputs in every row."""
    interfaces = (one.inputs, one.outputs) == (other.inputs, other.outputs)
    return interfaces and np.array_equal(evaluate_all(one), evaluate_all(other))
