"""0-resubstitution over complete truth tables: a signal gives way to another where no output notices.

The one idea: with nine inputs every signal's function is one 512-bit integer, so the rows in which an
output depends on a signal (its *observability care set*) are found exactly, by inverting the signal and
evaluating everything it feeds once more. Any other signal that agrees with it there, or disagrees
everywhere there, can replace it. See Mishchenko, Brayton, "Scalable logic synthesis using a simple circuit
structure" (IWLS 2006), which approximates by windows what is complete here.
"""

import random
from dataclasses import dataclass

from ca_logic import gates
from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.circuit.simulation import all_lanes, input_functions
from ca_logic.gates import evaluate


def resubstitution(circuit: Circuit, *, seed: int = 0) -> Circuit:
    """Returns the circuit after replacing signals by others until no replacement is left.

    The result depends on the order in which signals are tried, which the seed decides.

    Raises:
        CircuitError: if the circuit has too many inputs for truth tables.
    """
    netlist = _Netlist.of(circuit)
    order = random.Random(seed)
    replaced = True
    while replaced:
        replaced = False
        signals = list(netlist.table)
        order.shuffle(signals)
        for signal in signals:
            if signal in netlist.table and netlist.replace(signal):
                replaced = True
    return netlist.circuit(circuit)


@dataclass
class _Netlist:
    """A netlist under change.

    Attributes:
        table: gate and fan-ins of each live signal that is a gate, in topological order.
        drivers: the signal of each output, and whether the output inverts it.
        functions: the truth table of the constant, of each input and of each live gate.
        first_gate: signals below are the constant and the inputs.
        ones: the set of all rows.
    """

    table: dict[int, tuple[int, int, int]]
    drivers: list[tuple[int, bool]]
    functions: dict[int, int]
    first_gate: int
    ones: int

    @classmethod
    def of(cls, circuit: Circuit) -> "_Netlist":
        rows = zip(circuit.gates.tolist(), circuit.fanins.tolist(), strict=True)
        netlist = cls(
            table={signal: (gate, a, b) for signal, (gate, (a, b)) in enumerate(rows, circuit.first_gate)},
            drivers=[(driver, False) for driver in circuit.drivers.tolist()],
            functions=dict(enumerate([0, *input_functions(circuit)])),
            first_gate=circuit.first_gate,
            ones=all_lanes(circuit),
        )
        netlist.settle()
        return netlist

    def circuit(self, original: Circuit) -> Circuit:
        """Returns the netlist as a circuit with the names of the original."""
        builder = CircuitBuilder(original.inputs, name=original.name)
        signals = {CONSTANT_FALSE: CONSTANT_FALSE} | {signal: signal for signal in builder.inputs}
        for signal, (gate, a, b) in self.table.items():
            signals[signal] = builder.add(gate, signals[a], signals[b])
        return builder.build(
            {
                name: builder.negate(signals[driver]) if inverted else signals[driver]
                for name, (driver, inverted) in zip(original.outputs, self.drivers, strict=True)
            }
        )

    def replace(self, signal: int) -> bool:
        """Replaces the signal by another one if no output notices; tells whether it did."""
        fanout, care = self.observe(signal)
        function = self.functions[signal]
        for other, candidate in self.functions.items():
            if other in fanout:
                continue
            difference = (candidate ^ function) & care
            if difference in (0, care):
                self.substitute(signal, other, inverted=difference != 0)
                return True
        return False

    def observe(self, signal: int) -> tuple[set[int], int]:
        """Returns the signals that depend on this one, itself included, and the rows in which an output does."""
        changed = {signal: self.functions[signal] ^ self.ones}
        fanout = {signal}
        for later, (gate, a, b) in self.table.items():
            if later != signal and (a in fanout or b in fanout):
                fanout.add(later)
                if a in changed or b in changed:
                    first = changed.get(a, self.functions[a])
                    second = changed.get(b, self.functions[b])
                    value = evaluate(gate, first, second, self.ones)
                    if value != self.functions[later]:
                        changed[later] = value
        care = 0
        for driver, _ in self.drivers:
            care |= changed.get(driver, self.functions[driver]) ^ self.functions[driver]
        return fanout, care

    def substitute(self, signal: int, other: int, *, inverted: bool) -> None:
        """Lets everyone who reads `signal` read `other` instead."""
        for reader, (gate, a, b) in self.table.items():
            if a == signal:
                gate, a = (gates.complement_a(gate) if inverted else gate), other
            if b == signal:
                gate, b = (gates.complement_b(gate) if inverted else gate), other
            self.table[reader] = (gate, a, b)
        self.drivers = [
            (other, parity ^ inverted) if driver == signal else (driver, parity) for driver, parity in self.drivers
        ]
        self.settle()

    def settle(self) -> None:
        """Puts the table into topological order, drops what no output needs, and evaluates the rest."""
        order: dict[int, None] = {}
        stack = [(driver, False) for driver, _ in self.drivers]
        while stack:
            signal, fanins_done = stack.pop()
            if fanins_done:
                order[signal] = None
            elif signal in self.table and signal not in order:
                _, a, b = self.table[signal]
                stack += [(signal, True), (b, False), (a, False)]
        self.table = {signal: self.table[signal] for signal in order}
        self.functions = {signal: function for signal, function in self.functions.items() if signal < self.first_gate}
        for signal, (gate, a, b) in self.table.items():
            self.functions[signal] = evaluate(gate, self.functions[a], self.functions[b], self.ones)
