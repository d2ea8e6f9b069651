"""Builds a `Circuit` gate by gate, folding constants and sharing equal gates as it goes.

The one idea: every function is kept in one *polarity*, the one that is 0 when all inputs are 0, so a
function and its complement are one gate. An inverter is a `NOT_A` gate; whoever reads it absorbs it into
its own truth table, so in the finished circuit inverters remain only before outputs that cannot do without.

What folding does to a gate is looked up, not worked out: a network of a million gates goes through here.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ca_logic import gates
from ca_logic.circuit.netlist import CONSTANT_FALSE, Circuit, remove_dead_gates
from ca_logic.errors import CircuitError
from ca_logic.gates import NUM_GATES, Gate, complement_a, complement_b, evaluate

_ALL_ROWS = 0b1111

_ABSORBED = tuple(
    inverted_b
    for gate in range(NUM_GATES)
    for inverted_a in (gate, complement_a(gate))
    for inverted_b in (inverted_a, complement_b(inverted_a))
)
"""The gate that reads what inverters read, at `gate << 2 | a is inverted << 1 | b is inverted`."""

_SWAPPED = tuple(gates.swap_inputs(gate) for gate in range(NUM_GATES))
_OF_EQUAL_FANINS = tuple(evaluate(gate, Gate.A, Gate.A, _ALL_ROWS) for gate in range(NUM_GATES))
_OF_FALSE_AND_B = tuple(evaluate(gate, Gate.FALSE, Gate.B, _ALL_ROWS) for gate in range(NUM_GATES))
_READS_BOTH = tuple(gates.depends_on_a(gate) and gates.depends_on_b(gate) for gate in range(NUM_GATES))


class CircuitBuilder:
    """Adds gates to a circuit under construction; the signals it returns serve as fan-ins of later gates."""

    def __init__(
        self, inputs: Sequence[str], *, name: str = "circuit", share: bool = True, simplify: bool = False
    ) -> None:
        """Starts with the inputs only.

        Args:
            inputs: names of the inputs; input i is signal 1 + i.
            name: name of the circuit.
            share: whether equal gates become one (structural hashing).
            simplify: whether a gate that is a function of two signals one gate deeper reads those instead, as
                AND(a, NAND(a, b)) reads a and b. Applied to every gate, it leaves no gate with a cut of two
                signals other than its fan-ins, however deep.
        """
        self._name = name
        self._inputs = tuple(inputs)
        self._share = share
        self._simplify = simplify
        self._first_gate = 1 + len(self._inputs)
        # Each gate's truth table and fan-ins; one list each, for lists of numbers are small and quick.
        self._gates: list[int] = []
        self._first: list[int] = []
        self._second: list[int] = []
        # Of each signal: twice the signal that it is or inverts, plus whether it inverts it.
        self._literals = [2 * signal for signal in range(self._first_gate)]
        self._complements: list[int | None] = [None] * self._first_gate
        self._known: dict[int, int] = {}

    @property
    def inputs(self) -> range:
        """The signals of the inputs."""
        return range(1, self._first_gate)

    def add(self, gate: int, a: int, b: int) -> int:
        """Returns the signal of `gate` over the signals `a` and `b`, adding a gate only if it must.

        Constants, copies, inverters and equal fan-ins are folded away; the result may be an input, the
        constant, or a gate that is already there.
        """
        a, b = self._literals[a], self._literals[b]
        gate = _ABSORBED[gate << 2 | (a & 1) << 1 | b & 1]
        a >>= 1
        b >>= 1
        if a > b:
            gate, a, b = _SWAPPED[gate], b, a
        elif a == b:
            gate = _OF_EQUAL_FANINS[gate]
        if a == CONSTANT_FALSE:
            gate = _OF_FALSE_AND_B[gate]
        if not _READS_BOTH[gate]:
            return self._literal(gate, a, b)
        if self._simplify and b >= self._first_gate:
            table = self._table_over_fanins(a, b)
            if table is not None:
                index = b - self._first_gate
                gate = evaluate(gate, table, self._gates[index], _ALL_ROWS)
                return self.add(gate, self._first[index], self._second[index])
        inverted = gate & 0b1000
        if inverted:
            gate ^= _ALL_ROWS
        signal = len(self._literals)
        if self._share:
            # One number rather than a tuple: a million of them are no burden to the garbage collector.
            signal = self._known.setdefault((a << 31 | b) << 4 | gate, signal)
        if signal == len(self._literals):
            self._append(gate, a, b, 2 * signal)
        return self.negate(signal) if inverted else signal

    def add_circuit(self, circuit: Circuit) -> list[int]:
        """Adds all gates of a circuit over the builder's inputs, which it takes by position.

        Returns:
            For each signal of the circuit the signal here.

        Raises:
            CircuitError: if the circuit has not as many inputs.
        """
        if len(circuit.inputs) != len(self._inputs):
            raise CircuitError(
                f"circuit {circuit.name!r} has {len(circuit.inputs)} inputs; among the gates of {self._name!r} it "
                f"needs {len(self._inputs)}."
            )
        signals = [CONSTANT_FALSE, *self.inputs]
        for _, gate, (a, b) in circuit.nodes():
            signals.append(self.add(gate, signals[a], signals[b]))
        return signals

    def select(self, selector: int, zero: int, one: int) -> int:
        """Returns the signal that is `one` where the selector is 1, else `zero`: three gates at most."""
        difference = self.add(Gate.XOR, zero, one)
        return self.add(Gate.XOR, zero, self.add(Gate.AND, selector, difference))

    def negate(self, signal: int) -> int:
        """Returns the complement of `signal`."""
        complement = self._complements[signal]
        if complement is None:
            # Inverters are always shared: they are a way of writing, not a cost.
            complement = self._append(Gate.NOT_A, signal, signal, 2 * signal + 1)
            self._complements[signal], self._complements[complement] = complement, signal
        return complement

    def build(self, outputs: Mapping[str, int]) -> Circuit:
        """Returns the circuit of the gates that the outputs need.

        An inverter before an output is absorbed into the gate that drives it where no other output needs
        that gate as it is.
        """
        wanted = np.array(list(outputs.values()), dtype=np.int32)
        literals = np.array(self._literals, dtype=np.int64)
        sources = (literals >> 1).astype(np.int32)[wanted]
        plain, flipped = np.zeros((2, len(literals)), dtype=bool)
        plain[wanted] = True
        absorbed = (sources != wanted) & (sources >= self._first_gate) & ~plain[sources]
        flipped[sources[absorbed]] = True
        fanins = np.array([self._first, self._second], dtype=np.int32).T
        # Whoever reads a complemented gate inverts it.
        inverted = 2 * flipped[fanins[:, 0]] + flipped[fanins[:, 1]]
        table = np.array(_ABSORBED, dtype=np.uint8)[np.array(self._gates, dtype=np.intp) << 2 | inverted]
        circuit = Circuit(
            name=self._name,
            inputs=self._inputs,
            outputs=tuple(outputs),
            gates=np.where(flipped[self._first_gate :], table ^ _ALL_ROWS, table),
            fanins=fanins,
            drivers=np.where(absorbed, sources, wanted),
        )
        return remove_dead_gates(circuit)

    def _literal(self, gate: int, a: int, b: int) -> int:
        """Returns the signal of a gate that reads at most one of its fan-ins."""
        signal = CONSTANT_FALSE
        if gates.depends_on_a(gate):
            signal = a
        elif gates.depends_on_b(gate):
            signal = b
        return self.negate(signal) if gate & 0b1000 else signal

    def _table_over_fanins(self, a: int, b: int) -> int | None:
        """Returns what signal `a` is over the two fan-ins of the later gate `b`, None if something else.

        Both fan-in pairs went through here, so neither can be replaced once more.
        """
        index = b - self._first_gate
        first, second = self._first[index], self._second[index]
        if a == first:
            return Gate.A
        if a == second:
            return Gate.B
        index = a - self._first_gate
        same = index >= 0 and self._first[index] == first and self._second[index] == second
        return self._gates[index] if same else None

    def _append(self, gate: int, a: int, b: int, literal: int) -> int:
        self._gates.append(gate)
        self._first.append(a)
        self._second.append(b)
        self._literals.append(literal)
        self._complements.append(None)
        return len(self._literals) - 1
