"""0-resubstitution over complete truth tables: a signal gives way to another where no output notices.

The one idea: with nine inputs every signal's function is one 512-bit integer, so the rows in which an
output depends on a signal (its *observability care set*) are found exactly, by inverting the signal and
evaluating everything it feeds once more.
Rows that do not matter are simply not among the vectors. Any other signal that agrees with it there, or disagrees
everywhere there, can replace it. See Mishchenko, Brayton, "Scalable logic synthesis using a simple circuit
structure" (IWLS 2006), which approximates by windows what is complete here.

Replacing a signal as a whole soon gets stuck. Replacing it in a single gate that reads it frees nothing at
first, but each reader has don't-cares of its own, and a signal that all its readers have left is dead. So
rounds of such moves at random, which never add a gate, alternate with replacements.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ca_logic import gates
from ca_logic.circuit import Circuit, CircuitBuilder, InputVectors
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.gates import evaluate


def resubstitution(
    circuit: Circuit,
    vectors: InputVectors | None = None,
    *,
    seed: int = 0,
    rounds: int = 0,
    max_evaluations: int | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Circuit:
    """Returns the circuit after replacing signals by others until no replacement is left.

    Args:
        circuit: what to make smaller.
        vectors: the input combinations that matter; by default all.
        seed: decides the order in which signals are tried, and with it the result.
        rounds: how often to let each gate read other signals at random and to replace again.
        max_evaluations: after how many evaluations of a gate no further round begins; about two million take
            a second.
        on_progress: called with the number of gates after each round.

    Raises:
        CircuitError: if all combinations matter, and the circuit has too many inputs for truth tables.
    """
    netlist = _Netlist.of(circuit, vectors or InputVectors.complete(len(circuit.inputs)))
    rng = random.Random(seed)
    netlist.replace_signals(rng)
    for _ in range(rounds):
        on_progress(len(netlist.table))
        if max_evaluations is not None and netlist.evaluations > max_evaluations:
            break
        netlist.rewire_gates(rng)
        netlist.replace_signals(rng)
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
        evaluations: how many gates were evaluated so far.
    """

    table: dict[int, tuple[int, int, int]]
    drivers: list[tuple[int, bool]]
    functions: dict[int, int]
    first_gate: int
    ones: int
    evaluations: int = 0

    @classmethod
    def of(cls, circuit: Circuit, vectors: InputVectors) -> "_Netlist":
        rows = zip(circuit.gates.tolist(), circuit.fanins.tolist(), strict=True)
        netlist = cls(
            table={signal: (gate, a, b) for signal, (gate, (a, b)) in enumerate(rows, circuit.first_gate)},
            drivers=[(driver, False) for driver in circuit.drivers.tolist()],
            functions=dict(enumerate([0, *vectors.functions])),
            first_gate=circuit.first_gate,
            ones=vectors.ones,
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

    def replace_signals(self, rng: random.Random) -> None:
        """Replaces signals in random order until none can be replaced."""
        replaced = True
        while replaced:
            replaced = False
            for signal in rng.sample(list(self.table), len(self.table)):
                if signal in self.table and self.replace(signal):
                    replaced = True

    def rewire_gates(self, rng: random.Random) -> None:
        """Lets each gate, in random order, read other signals in place of its own where no output notices."""
        edges = [(signal, position) for signal in self.table for position in (0, 1)]
        for signal, position in rng.sample(edges, len(edges)):
            if signal in self.table:
                self.rewire(signal, position, rng)

    def replace(self, signal: int) -> bool:
        """Replaces the signal by another one if no output notices; tells whether it did."""
        fanout, care = self.observe(signal)
        found = next(self.substitutes(signal, care, fanout), None)
        if found is None:
            return False
        self.substitute(signal, *found)
        return True

    def rewire(self, signal: int, position: int, rng: random.Random) -> None:
        """Lets the gate of `signal` read some other signal as fan-in 0 or 1, if there is one."""
        fanout, care = self.observe(signal)
        gate, *fanins = self.table[signal]
        changed = [self.functions[fanin] for fanin in fanins]
        changed[position] ^= self.ones
        # Of the rows in which an output depends on the gate, those in which the gate depends on the fan-in.
        care &= evaluate(gate, changed[0], changed[1], self.ones) ^ self.functions[signal]
        found = list(self.substitutes(fanins[position], care, fanout | {fanins[position]}))
        if not found:
            return
        # What nobody notices at all reads the constant, so that it keeps nothing alive.
        fanins[position], inverted = rng.choice(found) if care else (CONSTANT_FALSE, False)
        if inverted:
            gate = (gates.complement_a, gates.complement_b)[position](gate)
        self.table[signal] = (gate, fanins[0], fanins[1])
        self.settle()

    def substitutes(self, signal: int, care: int, excluded: set[int]) -> Iterator[tuple[int, bool]]:
        """Yields the signals that agree with this one in all rows of `care`, or, if inverted, in none."""
        function = self.functions[signal]
        for other, candidate in self.functions.items():
            difference = (candidate ^ function) & care
            if difference in (0, care) and other not in excluded:
                yield other, difference != 0

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
        self.evaluations += len(fanout)
        care = 0
        for driver, _ in self.drivers:
            care |= changed.get(driver, self.functions[driver]) ^ self.functions[driver]
        return fanout, care

    def substitute(self, signal: int, other: int, inverted: bool) -> None:
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
