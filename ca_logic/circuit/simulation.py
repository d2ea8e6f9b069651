"""Bit-parallel simulation: one word carries one lane in each bit, so a gate is one instruction for all lanes.

Truth tables are in row order: row i is the input combination whose binary digits, first input most
significant, are i. This module is the slow path that needs no compiler.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8, UInt64

from ca_logic.circuit.netlist import Netlist
from ca_logic.errors import CircuitError
from ca_logic.gates import evaluate_table

MAX_EXHAUSTIVE_INPUTS = 20
"""Above this many inputs a truth table is refused: it would have more than a million rows."""

_ONES = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


def simulate(circuit: Netlist, words: UInt64[np.ndarray, "inputs words"]) -> UInt64[np.ndarray, "outputs words"]:
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
    for _, gate, fanins in circuit.nodes():
        signals.append(evaluate_table(gate, [signals[fanin] for fanin in fanins], ones))
    return np.stack([signals[driver] for driver in circuit.drivers]) if circuit.outputs else words[:0]


@dataclass(frozen=True)
class InputVectors:
    """Input combinations to simulate, bit i of each integer being combination i.

    All of them, and a circuit's functions are its truth tables in row order; or only those that matter, and what
    is left out is a don't-care.

    Attributes:
        functions: the value of each input.
        ones: the set of all combinations.
    """

    functions: tuple[int, ...]
    ones: int

    @classmethod
    def complete(cls, num_inputs: int) -> "InputVectors":
        """Returns all combinations, in the row order of truth tables.

        Raises:
            CircuitError: if there are too many inputs to enumerate.
        """
        if num_inputs > MAX_EXHAUSTIVE_INPUTS:
            raise CircuitError(
                f"a circuit of {num_inputs} inputs has too many rows; truth tables are made for at most "
                f"{MAX_EXHAUSTIVE_INPUTS}."
            )
        ones = (1 << (1 << num_inputs)) - 1
        periods = [1 << (num_inputs - 1 - position) for position in range(num_inputs)]
        # A run of `period` ones above a run of `period` zeros, repeated over all rows.
        return cls(tuple(ones // ((1 << period) + 1) << period for period in periods), ones)

    @classmethod
    def of_rows(cls, inputs: UInt8[np.ndarray, "inputs rows"]) -> "InputVectors":
        """Returns the combinations that are the columns of an array of 0 and 1."""
        return cls(tuple(_as_integer(row) for row in inputs), (1 << inputs.shape[1]) - 1)


def signal_functions(circuit: Netlist, vectors: InputVectors | None = None) -> list[int]:
    """Returns the value of each signal in all input vectors, as Python integers; by default its truth table.

    Raises:
        CircuitError: if truth tables are asked for, and there are too many inputs to enumerate.
    """
    vectors = vectors or InputVectors.complete(len(circuit.inputs))
    functions = [0, *vectors.functions]
    for _, gate, fanins in circuit.nodes():
        functions.append(evaluate_table(gate, [functions[fanin] for fanin in fanins], vectors.ones))
    return functions


def output_functions(circuit: Netlist, vectors: InputVectors) -> list[int]:
    """Returns the value of each output in all input vectors, as Python integers."""
    functions = signal_functions(circuit, vectors)
    return [functions[driver] for driver in circuit.drivers.tolist()]


def truth_tables(circuit: Netlist) -> np.ndarray:
    """Returns the outputs in every row of the truth table: uint8[outputs, 2**inputs].

    Raises:
        CircuitError: if the circuit has too many inputs to enumerate.
    """
    rows = 1 << len(circuit.inputs)
    functions = signal_functions(circuit)
    return (
        np.stack([unpack_bits(functions[driver], rows) for driver in circuit.drivers])
        if len(circuit.outputs)
        else np.empty((0, rows), np.uint8)
    )


def _as_integer(bits: UInt8[np.ndarray, " rows"]) -> int:
    return int.from_bytes(np.packbits(bits.astype(bool), bitorder="little").tobytes(), "little")


def unpack_bits(function: int, rows: int) -> UInt8[np.ndarray, " rows"]:
    """Returns a function as an array of 0 and 1, one for each input vector."""
    octets = function.to_bytes(-(-rows // 8), "little")
    return np.unpackbits(np.frombuffer(octets, dtype=np.uint8), bitorder="little")[:rows]
