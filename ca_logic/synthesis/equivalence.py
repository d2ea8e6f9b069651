"""Proof that a circuit computes a table, row by row over all input combinations."""

from dataclasses import dataclass

import numpy as np

from ca_logic.circuit import Circuit, truth_tables
from ca_logic.errors import EquivalenceError


@dataclass(frozen=True)
class Proof:
    """What was compared, and how; it exists only if everything agreed.

    Attributes:
        method: how it was proved.
        rows: input combinations compared.
        rows_right: those on which every output agreed.
    """

    method: str
    rows: int
    rows_right: int

    def __str__(self) -> str:
        return f"{self.rows_right} of {self.rows} rows right ({self.method})"


def prove_equivalent(circuit: Circuit, tables: np.ndarray) -> Proof:
    """Proves that the circuit computes `tables`, the wanted outputs in row order: uint8[outputs, 2**inputs].

    Raises:
        EquivalenceError: naming the number of differing rows and the first of them.
        CircuitError: if the circuit has too many inputs to enumerate.
    """
    actual = truth_tables(circuit)
    if actual.shape != tables.shape:
        raise EquivalenceError(
            f"circuit {circuit.name!r} has outputs of shape {actual.shape}, but the table is of shape {tables.shape}."
        )
    wrong = np.flatnonzero((actual != tables).any(axis=0))
    rows = tables.shape[1]
    if len(wrong):
        first = f"0b{wrong[0]:0{len(circuit.inputs)}b}"
        raise EquivalenceError(
            f"circuit {circuit.name!r} and its table differ on {len(wrong)} of {rows} rows, "
            f"first at {first} ({' '.join(circuit.inputs)})."
        )
    return Proof(method="exhaustive", rows=rows, rows_right=rows)
