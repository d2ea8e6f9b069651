"""`Circuit` and `LookupCircuit`: immutable netlists of two-input gates, or of three-input tables.

The one idea: every value in a circuit is a *signal*, a number. Signal 0 is the constant 0, signals
1 to n are the n inputs, and signal n + 1 + k is the output of gate k. A gate reads only smaller signals,
so one pass in order evaluates everything.

A gate is its truth table, written as a number whose binary digits, most significant first, are the outputs for its
fan-ins 00, 01, 10, 11; or, of a three-input table, for 000 to 111.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np
from jaxtyping import Bool, Int32, UInt8

from ca_logic.errors import CircuitError
from ca_logic.gates import name_of

CONSTANT_FALSE = 0
"""The signal that is 0 in every lane."""


@dataclass(frozen=True, eq=False)
class Netlist:
    """A combinational circuit whose gates all have as many fan-ins; its arrays are read-only.

    Attributes:
        ARITY: the number of fan-ins of each gate.
        name: what the circuit computes, such as the name of a rule.
        inputs: names of the inputs, most significant first in truth tables.
        outputs: names of the outputs.
        gates: for each gate its truth table, a number below 2 ** 2 ** ARITY.
        fanins: for each gate the signals it reads, a then b, all smaller than its own.
        drivers: for each output the signal that drives it.

    Raises:
        CircuitError: if the arrays do not describe such a circuit.
    """

    ARITY: ClassVar[int]

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    gates: UInt8[np.ndarray, " gates"]
    fanins: Int32[np.ndarray, "gates arity"]
    drivers: Int32[np.ndarray, " outputs"]

    def __post_init__(self) -> None:
        """Checks the arrays and makes read-only copies of them."""
        gates = _frozen(self.gates, np.uint8, (-1,), "gates")
        fanins = _frozen(self.fanins, np.int32, (-1, self.ARITY), "fan-ins")
        drivers = _frozen(self.drivers, np.int32, (-1,), "drivers")
        signals = 1 + len(self.inputs) + np.arange(len(gates))
        if len(fanins) != len(gates) or len(drivers) != len(self.outputs):
            raise CircuitError(
                f"circuit {self.name!r} has {len(gates)} gates with {len(fanins)} sets of fan-ins, and "
                f"{len(self.outputs)} outputs with {len(drivers)} drivers; each needs one."
            )
        largest = (1 << (1 << self.ARITY)) - 1
        if (gates > largest).any():
            raise CircuitError(f"circuit {self.name!r} has a gate {gates.max()}; gates are 0 to {largest}.")
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
        levels = [0] * self.first_gate
        # Column by column, and appending: several times as fast as a list for each gate.
        for fanins in zip(*(column.tolist() for column in self.fanins.T), strict=True):
            levels.append(1 + max([levels[fanin] for fanin in fanins]))
        return np.array(levels, dtype=np.int32)

    @property
    def depth(self) -> int:
        """The largest number of gates on a path from an input to an output."""
        return int(self.levels()[self.drivers].max(initial=0))

    def live_signals(self) -> Bool[np.ndarray, " signals"]:
        """Returns for each signal whether some output depends on it structurally."""
        reached = np.zeros(self.num_signals, dtype=np.uint8)
        reached[self.drivers] = 1
        live = bytearray(reached)
        columns = [column.tolist() for column in self.fanins[::-1].T]
        for signal, fanins in zip(range(self.num_signals - 1, 0, -1), zip(*columns, strict=True), strict=False):
            if live[signal]:
                for fanin in fanins:
                    live[fanin] = 1
        return np.frombuffer(live, dtype=bool).copy()

    def __eq__(self, other: object) -> bool:
        """Tells whether both are the same netlist, gate for gate and name for name."""
        return isinstance(other, Netlist) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def nodes(self) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Yields each gate in order: its signal, its truth table, and the signals it reads."""
        columns = (column.tolist() for column in self.fanins.T)
        yield from zip(
            range(self.first_gate, self.num_signals),
            self.gates.tolist(),
            zip(*columns, strict=True),
            strict=True,
        )

    def _key(self) -> tuple[object, ...]:
        arrays = (self.gates.tobytes(), self.fanins.tobytes(), self.drivers.tobytes())
        return (self.ARITY, self.name, self.inputs, self.outputs, *arrays)


class Circuit(Netlist):
    """A combinational circuit of two-input gates; what each does is in `ca_logic.gates`."""

    ARITY = 2

    def gate_counts(self) -> dict[str, int]:
        """Returns how many gates of each kind there are, by name, most frequent first."""
        return dict(Counter(name_of(gate) for gate in self.gates.tolist()).most_common())


class LookupCircuit(Netlist):
    """A combinational circuit of three-input tables, each one `vpternlog` where AVX-512 is.

    The instruction's immediate has the outputs for 000 to 111 from the least significant digit on, so it is the
    gate's number with its eight digits reversed.
    """

    ARITY = 3


AnyCircuit = TypeVar("AnyCircuit", bound=Netlist)
"""A circuit of either kind: what a function is given, it returns."""


def remove_dead_gates(circuit: AnyCircuit) -> AnyCircuit:
    """Returns the circuit without the gates that no output depends on."""
    live = circuit.live_signals()
    live[: circuit.first_gate] = True
    number = np.cumsum(live, dtype=np.int32) - 1
    kept = live[circuit.first_gate :]
    return type(circuit)(
        name=circuit.name,
        inputs=circuit.inputs,
        outputs=circuit.outputs,
        gates=circuit.gates[kept],
        fanins=number[circuit.fanins[kept]],
        drivers=number[circuit.drivers],
    )


def merge_outputs(circuit: AnyCircuit) -> tuple[AnyCircuit, Int32[np.ndarray, " outputs"]]:
    """Returns the circuit with one output for each distinct driver, and which of these each output was."""
    drivers, places = np.unique(circuit.drivers, return_inverse=True)
    names = [circuit.outputs[first] for first in np.unique(places, return_index=True)[1]]
    return dataclasses.replace(circuit, outputs=tuple(names), drivers=drivers), places.astype(np.int32).ravel()


def spread_outputs(circuit: AnyCircuit, outputs: Sequence[str], places: Int32[np.ndarray, " outputs"]) -> AnyCircuit:
    """Returns the circuit with these outputs, each driven as the output at its place is: undoes `merge_outputs`."""
    return dataclasses.replace(circuit, outputs=tuple(outputs), drivers=circuit.drivers[places])


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
