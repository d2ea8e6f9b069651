"""Bit-parallel simulation: one word carries one lane in each bit, so a gate is one instruction for all lanes.

Truth tables are in row order: row i is the input combination whose binary digits, first input most
significant, are i. This module is the slow path that needs no compiler.
"""

import numpy as np
from jaxtyping import UInt64

from ca_logic.circuit.netlist import Circuit
from ca_logic.errors import CircuitError
from ca_logic.gates import evaluate

MAX_EXHAUSTIVE_INPUTS = 20
"""Above this many inputs a truth table is refused: it would have more than a million rows."""

_ONES = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


def simulate(circuit: Circuit, words: UInt64[np.ndarray, "inputs words"]) -> UInt64[np.ndarray, "outputs words"]:
    """Returns the outputs on every lane of the input words.

    Raises:
        CircuitError: if `words` has not one row for each input.
    """
    words = np.asarray(words, dtype=np.uint64)
    if words.ndim != 2 or len(words) != len(circuit.inputs):
        raise CircuitError(
            f"circuit {circuit.name!r} has {len(circuit.inputs)} inputs, but got words of shape {words.shape}."
        )
    ones = np.full(words.shape[1], _ONES)
    signals = [np.zeros_like(ones), *words]
    for gate, (a, b) in zip(circuit.gates.tolist(), circuit.fanins.tolist(), strict=True):
        signals.append(evaluate(gate, signals[a], signals[b], ones))
    return np.stack([signals[driver] for driver in circuit.drivers]) if circuit.outputs else words[:0]


def all_lanes(circuit: Circuit) -> int:
    """Returns the set of all rows of the circuit's truth table, as a Python integer.

    Raises:
        CircuitError: if the circuit has too many inputs to enumerate.
    """
    if len(circuit.inputs) > MAX_EXHAUSTIVE_INPUTS:
        raise CircuitError(
            f"circuit {circuit.name!r} has {len(circuit.inputs)} inputs; "
            f"truth tables are made for at most {MAX_EXHAUSTIVE_INPUTS}."
        )
    return (1 << (1 << len(circuit.inputs))) - 1


def input_functions(circuit: Circuit) -> list[int]:
    """Returns for each input its truth table as a Python integer: bit i is the input's value in row i."""
    ones = all_lanes(circuit)
    functions = []
    for position in range(len(circuit.inputs)):
        period = 1 << (len(circuit.inputs) - 1 - position)
        # A run of `period` ones above a run of `period` zeros, repeated over all rows.
        functions.append(ones // ((1 << period) + 1) << period)
    return functions


def signal_functions(circuit: Circuit) -> list[int]:
    """Returns for each signal its whole truth table as a Python integer: bit i is its value in row i.

    Raises:
        CircuitError: if the circuit has too many inputs to enumerate.
    """
    ones = all_lanes(circuit)
    functions = [0, *input_functions(circuit)]
    for gate, (a, b) in zip(circuit.gates.tolist(), circuit.fanins.tolist(), strict=True):
        functions.append(evaluate(gate, functions[a], functions[b], ones))
    return functions


def truth_tables(circuit: Circuit) -> np.ndarray:
    """Returns the outputs in every row of the truth table: uint8[outputs, 2**inputs].

    Raises:
        CircuitError: if the circuit has too many inputs to enumerate.
    """
    rows = 1 << len(circuit.inputs)
    functions = signal_functions(circuit)
    return (
        np.stack([_unpack(functions[driver], rows) for driver in circuit.drivers])
        if len(circuit.outputs)
        else np.empty((0, rows), np.uint8)
    )


def _unpack(function: int, rows: int) -> np.ndarray:
    octets = function.to_bytes(-(-rows // 8), "little")
    return np.unpackbits(np.frombuffer(octets, dtype=np.uint8), bitorder="little")[:rows]
