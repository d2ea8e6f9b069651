"""`SignalValues`: which signals of a circuit are 1 for one combination of its inputs, at once for a whole level.

For people who look on, while `ca_logic.circuit.simulate` is for many combinations: gates of the same level cannot read
one another, so NumPy evaluates all of them together, and ten thousand take a fraction of a millisecond.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int32, UInt8

from ca_logic.circuit import Netlist
from ca_logic.errors import CircuitError


class _Level(NamedTuple):
    """Gates that read only those of the levels before; `tables` have an entry for each row."""

    signals: Int32[np.ndarray, " gates"]
    tables: UInt8[np.ndarray, "gates rows"]
    fanins: Int32[np.ndarray, "gates arity"]


@dataclass(frozen=True, eq=False)
class SignalValues:
    """A circuit, ready to be evaluated.

    Attributes:
        circuit: the circuit.
        levels: its gates in the order of their levels.
    """

    circuit: Netlist
    levels: tuple[_Level, ...]

    @classmethod
    def of(cls, circuit: Netlist) -> "SignalValues":
        """Sorts the gates by level."""
        depths = circuit.levels()[circuit.first_gate :]
        order = np.argsort(depths, kind="stable")
        bounds = np.searchsorted(depths[order], np.arange(1, depths.max(initial=0) + 1))
        digits = np.arange((1 << circuit.ARITY) - 1, -1, -1, dtype=np.uint8)
        levels = [
            _Level(
                (circuit.first_gate + gates).astype(np.int32),
                circuit.gates[gates, None] >> digits & 1,
                circuit.fanins[gates],
            )
            for gates in np.split(order, bounds[1:])
        ]
        return cls(circuit, tuple(levels))

    def of_inputs(self, inputs: Bool[np.ndarray, " inputs"]) -> Bool[np.ndarray, " signals"]:
        """Returns which signals are 1.

        Raises:
            CircuitError: if there is not a value for each input.
        """
        circuit = self.circuit
        if np.shape(inputs) != (len(circuit.inputs),):
            raise CircuitError(
                f"circuit {circuit.name!r} has {len(circuit.inputs)} inputs, but got values of shape "
                f"{np.shape(inputs)}."
            )
        values = np.zeros(circuit.num_signals, np.uint8)
        values[1 : circuit.first_gate] = np.asarray(inputs, dtype=bool)
        for signals, tables, fanins in self.levels:
            rows = values[fanins[:, 0]]
            for fanin in fanins.T[1:]:
                rows = rows << 1 | values[fanin]
            values[signals] = tables[np.arange(len(signals)), rows]
        return values.astype(bool)
