"""Mapping to three-input tables: a gate vanishes into all that read it, where each still reads three signals at most.

The one idea: every such *elimination* saves exactly one table, so what is eliminated first matters only for what
fits afterwards. A gate with a single reader takes up the room of one table, one with two readers that of two, and so
on; hence those with few readers go first. Among gates with a single reader, earliest first is a largest matching of
the trees that they form. Node elimination is of Brayton et al., "MIS: A Multiple-Level Logic Optimization System"
(IEEE TCAD 1987); here it is bounded by the size of a table.
"""

import functools
import itertools
from dataclasses import dataclass

import numpy as np

from ca_logic.circuit import Circuit, LookupCircuit, remove_dead_gates
from ca_logic.circuit.lookup import NUM_TABLES, lookup_of
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.gates import TABLE_LITERALS, evaluate_table, table_support
from ca_logic.synthesis.structural_hashing import simplify

_ROUNDS = ((1, False), (2, True), (16, False))
"""For each round over all gates, how many readers a gate may have at most that is eliminated, and whether last first.

Last first, an adder becomes two tables before gates that it counts take up the room.
"""

_MANY = max(most_readers for most_readers, _ in _ROUNDS)

_COMPOSED = len(TABLE_LITERALS)
_ONES = NUM_TABLES - 1


def map_to_lookup(circuit: Circuit) -> LookupCircuit:
    """Returns the simplified circuit as few three-input tables, never more than it had gates, in linear time.

    A table of fewer than three inputs reads the constant in place of the last ones, and ignores it.
    """
    circuit = simplify(circuit)
    tables = _Tables.of(circuit)
    for most_readers, last_first in _ROUNDS:
        tables.eliminate_all(most_readers, last_first=last_first)
    return tables.lookup_circuit(circuit)


@dataclass
class _Tables:
    """A netlist of tables under change, by signal.

    Attributes:
        fanins: what each table reads, up to three signals; empty if it is gone, and for the constant and the inputs.
        tables: what each does with them; fan-ins that it lacks do not matter.
        readers: of each signal the tables that read it; of one that ever had more than `_MANY`, at least these.
        kept: the signals that are not tables or that drive outputs.
        first_gate: the first signal that is a table.
    """

    fanins: list[tuple[int, ...]]
    tables: list[int]
    readers: list[list[int]]
    kept: bytearray
    first_gate: int

    @classmethod
    def of(cls, circuit: Circuit) -> "_Tables":
        """Returns the gates of a swept circuit, so that only an inverter has two equal fan-ins."""
        fanins: list[tuple[int, ...]] = [()] * circuit.first_gate
        readers: list[list[int]] = [[] for _ in range(circuit.num_signals)]
        for signal, _, (a, b) in circuit.nodes():
            fanins.append((a, b) if a != b else (a,) if a != CONSTANT_FALSE else ())
            readers[a].append(signal)
            if a != b:
                readers[b].append(signal)
        kept = np.zeros(circuit.num_signals, dtype=np.uint8)
        kept[: circuit.first_gate] = kept[circuit.drivers] = 1
        # What reads the constant inverts it.
        tables = np.where(circuit.fanins[:, 0] == CONSTANT_FALSE, _ONES, lookup_of(circuit).gates)
        return cls(fanins, [0] * circuit.first_gate + tables.tolist(), readers, bytearray(kept), circuit.first_gate)

    def lookup_circuit(self, circuit: Circuit) -> LookupCircuit:
        """Returns the tables as a circuit with the names and drivers of the original."""
        missing = (CONSTANT_FALSE,) * 3
        padded = itertools.chain.from_iterable((fanins + missing)[:3] for fanins in self.fanins[self.first_gate :])
        mapped = LookupCircuit(
            name=circuit.name,
            inputs=circuit.inputs,
            outputs=circuit.outputs,
            gates=np.array(self.tables[self.first_gate :], np.uint8),
            fanins=np.fromiter(padded, np.int32).reshape(-1, 3),
            drivers=circuit.drivers,
        )
        return remove_dead_gates(mapped)

    def eliminate_all(self, most_readers: int, *, last_first: bool) -> None:
        """Eliminates what it can of the signals with few readers, in topological order or against it."""
        signals = range(self.first_gate, len(self.fanins))
        for signal in reversed(signals) if last_first else signals:
            if not self.kept[signal] and len(self.readers[signal]) <= most_readers and self.fits(signal):
                self.eliminate(signal)

    def fits(self, signal: int) -> bool:
        """Tells whether every reader has at most three fan-ins if it reads those of the signal in its place."""
        fanins = self.fanins[signal]
        for reader in self.readers[signal]:
            present = self.fanins[reader]
            size = len(present) - 1
            for fanin in fanins:
                if fanin not in present:
                    size += 1
            if size > 3:
                return False
        return True

    def eliminate(self, signal: int) -> None:
        """Lets every reader of the signal compute it instead."""
        inner = self.fanins[signal]
        for reader in self.readers[signal]:
            before = self.fanins[reader]
            fanins = [fanin for fanin in before if fanin != signal]
            fanins += [fanin for fanin in inner if fanin not in fanins]
            table = _compose(
                self.tables[reader],
                tuple([fanins.index(fanin) if fanin != signal else _COMPOSED for fanin in before]),
                self.tables[signal],
                tuple([fanins.index(fanin) for fanin in inner]),
            )
            self.fanins[reader], self.tables[reader] = tuple(fanins), table
            if len(table_support(table)) < len(fanins):
                self.drop_ignored_fanins(reader)
            for fanin in self.fanins[reader]:
                if fanin not in before:
                    self.readers[fanin].append(reader)
            for fanin in before:
                if fanin != signal and fanin not in self.fanins[reader]:
                    self.forget_reader(fanin, reader)
        for fanin in self.fanins[signal]:
            self.forget_reader(fanin, signal)
        self.fanins[signal], self.readers[signal] = (), []

    def drop_ignored_fanins(self, signal: int) -> None:
        """Lets a table read only what it depends on."""
        table, fanins = self.tables[signal], self.fanins[signal]
        support = table_support(table)
        operands = [0, 0, 0]
        for literal, position in zip(TABLE_LITERALS, support, strict=False):
            operands[position] = literal
        self.tables[signal] = evaluate_table(table, operands, _ONES)
        self.fanins[signal] = tuple(fanins[position] for position in support)

    def forget_reader(self, signal: int, reader: int) -> None:
        """Takes the reader off the list unless the list is so long that this would take long."""
        if len(self.readers[signal]) <= _MANY:
            self.readers[signal].remove(reader)


@functools.lru_cache(maxsize=1 << 16)
def _compose(outer: int, outer_places: tuple[int, ...], inner: int, inner_places: tuple[int, ...]) -> int:
    """Returns the table of the outer one when it reads the inner one.

    Each place is that of a fan-in among those of the result, in the outer one also `_COMPOSED`, the inner one.
    """
    words = [*TABLE_LITERALS, 0]
    for table, places in ((inner, inner_places), (outer, outer_places)):
        operands = [words[place] for place in places] + [0] * (3 - len(places))
        words[_COMPOSED] = evaluate_table(table, operands, _ONES)
    return words[_COMPOSED]
