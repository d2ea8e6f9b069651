"""Builds a `Circuit` gate by gate, folding constants and sharing equal gates as it goes.

The one idea: every function is kept in one *polarity*, the one that is 0 when all inputs are 0, so a
function and its complement are one gate. An inverter is a `NOT_A` gate; whoever reads it absorbs it into
its own truth table, so in the finished circuit inverters remain only before outputs that cannot do without.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ca_logic import gates
from ca_logic.circuit.netlist import CONSTANT_FALSE, Circuit, remove_dead_gates
from ca_logic.gates import Gate


class CircuitBuilder:
    """Adds gates to a circuit under construction; the signals it returns serve as fan-ins of later gates."""

    def __init__(self, inputs: Sequence[str], *, name: str = "circuit", share: bool = True) -> None:
        """Starts with the inputs only.

        Args:
            inputs: names of the inputs; input i is signal 1 + i.
            name: name of the circuit.
            share: whether equal gates become one (structural hashing).
        """
        self._name = name
        self._inputs = tuple(inputs)
        self._share = share
        self._gates: list[tuple[int, int, int]] = []
        self._known: dict[tuple[int, int, int], int] = {}

    @property
    def inputs(self) -> range:
        """The signals of the inputs."""
        return range(1, self._first_gate)

    @property
    def _first_gate(self) -> int:
        return 1 + len(self._inputs)

    def add(self, gate: int, a: int, b: int) -> int:
        """Returns the signal of `gate` over the signals `a` and `b`, adding a gate only if it must.

        Constants, copies, inverters and equal fan-ins are folded away; the result may be an input, the
        constant, or a gate that is already there.
        """
        gate, a, b = self._absorb_inverters(gate, a, b)
        if a == CONSTANT_FALSE:
            gate = (gate & 0b1100) | gate >> 2
        if b == CONSTANT_FALSE:
            gate = (gate & 0b1010) | (gate & 0b1010) >> 1
        if a == b:
            gate = 0b0011 * (gate & 1) | 0b1100 * (gate >> 3)
        if not gates.depends_on_b(gate):
            return self._literal(gate, a, Gate.A)
        if not gates.depends_on_a(gate):
            return self._literal(gate, b, Gate.B)
        if a > b:
            gate, a, b = gates.swap_inputs(gate), b, a
        if gate & 0b1000:
            return self.negate(self._append(gates.complement(gate), a, b))
        return self._append(gate, a, b)

    def negate(self, signal: int) -> int:
        """Returns the complement of `signal`."""
        inverted = self._inverted(signal)
        return self._append(Gate.NOT_A, signal, signal) if inverted is None else inverted

    def build(self, outputs: Mapping[str, int]) -> Circuit:
        """Returns the circuit of the gates that the outputs need.

        An inverter before an output is absorbed into the gate that drives it where no other output needs
        that gate as it is.
        """
        table = list(self._gates)
        drivers = list(outputs.values())
        for driver in outputs.values():
            source = self._inverted(driver)
            if source is not None and source >= self._first_gate and source not in drivers:
                self._flip(table, source)
                drivers = [source if other == driver else other for other in drivers]
        return _live_circuit(self._name, self._inputs, tuple(outputs), table, drivers)

    def _literal(self, gate: int, signal: int, positive: Gate) -> int:
        if gate == Gate.FALSE:
            return CONSTANT_FALSE
        if gate == Gate.TRUE:
            return self.negate(CONSTANT_FALSE)
        return signal if gate == positive else self.negate(signal)

    def _inverted(self, signal: int) -> int | None:
        """Returns what the signal inverts if it is an inverter, else None."""
        if signal < self._first_gate:
            return None
        gate, source, _ = self._gates[signal - self._first_gate]
        return source if gate == Gate.NOT_A else None

    def _absorb_inverters(self, gate: int, a: int, b: int) -> tuple[int, int, int]:
        source = self._inverted(a)
        if source is not None:
            gate, a = gates.complement_a(gate), source
        source = self._inverted(b)
        if source is not None:
            gate, b = gates.complement_b(gate), source
        return gate, a, b

    def _append(self, gate: int, a: int, b: int) -> int:
        key = (int(gate), a, b)
        # Inverters are always shared: they are a way of writing, not a cost.
        if (self._share or gate == Gate.NOT_A) and key in self._known:
            return self._known[key]
        self._gates.append(key)
        signal = self._first_gate + len(self._gates) - 1
        self._known[key] = signal
        return signal

    def _flip(self, table: list[tuple[int, int, int]], signal: int) -> None:
        """Replaces a gate by its complement and lets everyone who reads it invert it."""
        for index, (gate, a, b) in enumerate(table):
            if gate == Gate.NOT_A and a == signal:
                table[index] = (Gate.A, signal, signal)
                continue
            if a == signal:
                gate = gates.complement_a(gate)
            if b == signal:
                gate = gates.complement_b(gate)
            table[index] = (gate, a, b)
        index = signal - self._first_gate
        gate, a, b = table[index]
        table[index] = (gates.complement(gate), a, b)


def _live_circuit(
    name: str,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    table: list[tuple[int, int, int]],
    drivers: list[int],
) -> Circuit:
    """Returns the circuit of those gates that some output reaches, numbered anew."""
    circuit = Circuit(
        name=name,
        inputs=inputs,
        outputs=outputs,
        gates=np.array([gate for gate, _, _ in table], dtype=np.uint8),
        fanins=np.array([(a, b) for _, a, b in table], dtype=np.int32).reshape(-1, 2),
        drivers=np.array(drivers, dtype=np.int32),
    )
    return remove_dead_gates(circuit)
