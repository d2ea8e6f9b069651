"""`Circuit`: an immutable netlist of two-input gates in topological order.

The one idea: every value in a circuit is a *signal*, a number. Signal 0 is the constant 0, signals
1 to n are the n inputs, and signal n + 1 + k is the output of gate k. A gate reads only smaller signals,
so one pass in order evaluates everything.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int32, UInt8

from ca_logic.errors import CircuitError
from ca_logic.gates import name_of

CONSTANT_FALSE = 0
"""The signal that is 0 in every lane."""


@dataclass(frozen=True, eq=False)
class Circuit:
    """A combinational circuit of two-input gates; its arrays are read-only.

    Attributes:
        name: what the circuit computes, such as the name of a rule.
        inputs: names of the inputs, most significant first in truth tables.
        outputs: names of the outputs.
        gates: for each gate its truth table (see `ca_logic.gates`).
        fanins: for each gate the two signals it reads, a then b, both smaller than its own.
        drivers: for each output the signal that drives it.

    Raises:
        CircuitError: if the arrays do not describe such a circuit.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    gates: UInt8[np.ndarray, " gates"]
    fanins: Int32[np.ndarray, "gates 2"]
    drivers: Int32[np.ndarray, " outputs"]

    def __post_init__(self) -> None:
        """Checks the arrays and makes read-only copies of them."""
        gates = _frozen(self.gates, np.uint8, (-1,), "gates")
        fanins = _frozen(self.fanins, np.int32, (-1, 2), "fan-ins")
        drivers = _frozen(self.drivers, np.int32, (-1,), "drivers")
        signals = 1 + len(self.inputs) + np.arange(len(gates))
        if len(fanins) != len(gates) or len(drivers) != len(self.outputs):
            raise CircuitError(
                f"circuit {self.name!r} has {len(gates)} gates with {len(fanins)} pairs of fan-ins, and "
                f"{len(self.outputs)} outputs with {len(drivers)} drivers; each needs one."
            )
        if (gates > 15).any():
            raise CircuitError(f"circuit {self.name!r} has a gate {gates.max()}; gates are 0 to 15.")
        if (fanins < 0).any() or (fanins >= signals[:, None]).any():
            raise CircuitError(
                f"circuit {self.name!r} is not in topological order: a gate reads itself or a later one."
            )
        if (drivers < 0).any() or (drivers >= self.first_gate + len(gates)).any():
            raise CircuitError(f"circuit {self.name!r} has an output without a driver.")
        for kind, names in (("input", self.inputs), ("output", self.outputs)):
            if len(set(names)) != len(names):
                raise CircuitError(f"circuit {self.name!r} has two {kind}s of the same name.")
        object.__setattr__(self, "gates", gates)
        object.__setattr__(self, "fanins", fanins)
        object.__setattr__(self, "drivers", drivers)

    @property
    def num_gates(self) -> int:
        """The number of gates, live or not."""
        return len(self.gates)

    @property
    def first_gate(self) -> int:
        """The signal of the first gate: one past the constant and the inputs."""
        return 1 + len(self.inputs)

    @property
    def num_signals(self) -> int:
        """The number of signals: the constant, the inputs and the gates."""
        return self.first_gate + self.num_gates

    def levels(self) -> Int32[np.ndarray, " signals"]:
        """Returns for each signal the number of gates on the longest path to it."""
        levels = [0] * self.num_signals
        for gate, (a, b) in enumerate(self.fanins.tolist(), self.first_gate):
            levels[gate] = 1 + max(levels[a], levels[b])
        return np.array(levels, dtype=np.int32)

    @property
    def depth(self) -> int:
        """The largest number of gates on a path from an input to an output."""
        return int(self.levels()[self.drivers].max(initial=0))

    def gate_counts(self) -> dict[str, int]:
        """Returns how many gates of each kind there are, by name, most frequent first."""
        return dict(Counter(name_of(gate) for gate in self.gates.tolist()).most_common())

    def live_signals(self) -> Bool[np.ndarray, " signals"]:
        """Returns for each signal whether some output depends on it structurally."""
        live = np.zeros(self.num_signals, dtype=bool)
        live[self.drivers] = True
        for gate in range(self.num_gates - 1, -1, -1):
            if live[self.first_gate + gate]:
                live[self.fanins[gate]] = True
        return live

    def __eq__(self, other: object) -> bool:
        """Tells whether both are the same netlist, gate for gate and name for name."""
        return isinstance(other, Circuit) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        arrays = (self.gates.tobytes(), self.fanins.tobytes(), self.drivers.tobytes())
        return (self.name, self.inputs, self.outputs, *arrays)


def remove_dead_gates(circuit: Circuit) -> Circuit:
    """Returns the circuit without the gates that no output depends on."""
    live = circuit.live_signals()
    live[: circuit.first_gate] = True
    number = np.cumsum(live, dtype=np.int32) - 1
    kept = live[circuit.first_gate :]
    return Circuit(
        name=circuit.name,
        inputs=circuit.inputs,
        outputs=circuit.outputs,
        gates=circuit.gates[kept],
        fanins=number[circuit.fanins[kept]],
        drivers=number[circuit.drivers],
    )


def _frozen(values: Sequence[int] | np.ndarray, dtype: type, shape: tuple[int, ...], what: str) -> np.ndarray:
    try:
        given = np.asarray(values).reshape(shape)
        array: np.ndarray = given.astype(dtype)
    except (TypeError, ValueError, OverflowError):
        raise CircuitError(f"the {what} of a circuit must be whole numbers, {len(shape)}-dimensional.") from None
    if not np.array_equal(array, given):
        raise CircuitError(f"the {what} of a circuit must be whole numbers that fit into {np.dtype(dtype)}.")
    array.flags.writeable = False
    return array
