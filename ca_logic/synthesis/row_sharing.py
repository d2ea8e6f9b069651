"""What a stepping kernel computes once for several rows of a board.

A kernel walks down the board. A gate that reads only the row above the cell has, for this row of cells, the value that
its twin over the next row had one row earlier. Such gates are one: *folded*, a circuit of the nine cells of a
neighbourhood is one of the three cells of a row, each gate of which reads signals at *offsets*, in rows. What is left
is what the kernel evaluates for each row of the board.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int32, UInt8

from ca_logic.circuit import Circuit, LookupCircuit, Netlist, remove_dead_gates
from ca_logic.circuit.lookup import lookup_of
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.errors import CircuitError
from ca_logic.gates import rearrange_table
from ca_logic.tasks.neighbourhood import CELLS

ROWS = 3
_COLUMNS = len(CELLS) // ROWS
_INVERTER = 0b11110000


@dataclass(frozen=True, eq=False)
class FoldedCircuit:
    """A circuit of three-input tables that reads signals at offsets: in this row, or in rows below.

    Signal 0 is the constant 0. Of a folded neighbourhood signals 1 to 3 are the western, central and eastern cell of
    a row, of the next bit of a cell 4 to 6, and so on; row 0 is the one above the cell. Higher signals are gates.

    Attributes:
        span: of how many rows the inputs are given; 1 if nothing is folded.
        num_inputs: how many signals are inputs.
        gates: the table of each gate, as in `LookupCircuit`.
        fanins: the signals that it reads, and their offsets.
        drivers: for each output the signal, its offset, and whether the output inverts it.
    """

    span: int
    num_inputs: int
    gates: UInt8[np.ndarray, " gates"]
    fanins: Int32[np.ndarray, "gates 3 2"]
    drivers: Int32[np.ndarray, "outputs 3"]

    @property
    def num_gates(self) -> int:
        """The number of gates; of a folded neighbourhood what a kernel evaluates for each row of the board."""
        return len(self.gates)

    @property
    def num_row_gates(self) -> int:
        """Of these, how many depend on one row only."""
        rows_read = [1] * (1 + self.num_inputs)
        for fanins in self.fanins.tolist():
            rows_read.append(max(offset + rows_read[signal] for signal, offset in fanins))
        return rows_read[1 + self.num_inputs :].count(1)


def is_neighbourhood(circuit: Netlist) -> bool:
    """Tells whether the circuit reads whole neighbourhoods, so that rows can be shared."""
    return len(circuit.inputs) > 0 and len(circuit.inputs) % len(CELLS) == 0


def input_places(num_inputs: int, span: int) -> list[tuple[int, int]]:
    """Returns for each input of a circuit its signal and its row once it is folded.

    The inputs of a neighbourhood are for each bit of a cell the nine cells, row by row from NW to SE.
    """
    if span == 1:
        return [(1 + position, 0) for position in range(num_inputs)]
    places = []
    for position in range(num_inputs):
        bit, cell = divmod(position, len(CELLS))
        row, column = divmod(cell, _COLUMNS)
        places.append((1 + _COLUMNS * bit + column, row))
    return places


def fold_rows(circuit: Netlist, *, span: int = ROWS) -> FoldedCircuit:
    """Returns the circuit with gates computed once that are alike up to complement, and up to rows if span is 3.

    Raises:
        CircuitError: if rows are to be shared by a circuit that does not read neighbourhoods.
    """
    if span != 1 and not is_neighbourhood(circuit):
        raise CircuitError(
            f"circuit {circuit.name!r} has {len(circuit.inputs)} inputs; only circuits that read whole neighbourhoods, "
            f"{len(CELLS)} inputs for each bit of a cell, can share rows."
        )
    live = remove_dead_gates(circuit)
    tables = lookup_of(live) if isinstance(live, Circuit) else live
    places = [(CONSTANT_FALSE, 0, False)]
    places += [(signal, row, False) for signal, row in input_places(len(circuit.inputs), span)]
    num_inputs = len(circuit.inputs) // span
    known: dict[tuple[int, tuple[tuple[int, int], ...]], int] = {}
    for _, table, fanins in tables.nodes():
        read = [places[fanin] for fanin in fanins]
        top = min((row for signal, row, _ in read if signal != CONSTANT_FALSE), default=0)
        relative = [(signal, row - top) if signal != CONSTANT_FALSE else (signal, 0) for signal, row, _ in read]
        # Constants last: a gate of two inputs has nothing else there.
        keys = [(signal == CONSTANT_FALSE, signal, offset) for signal, offset in relative]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        table = rearrange_table(table, order, [inverted for _, _, inverted in read])
        is_complement = bool(table >> 7)
        key = (table ^ 0xFF if is_complement else table, tuple(relative[k] for k in order))
        places.append((known.setdefault(key, 1 + num_inputs + len(known)), top, is_complement))
    return FoldedCircuit(
        span=span,
        num_inputs=num_inputs,
        gates=np.array([table for table, _ in known], dtype=np.uint8),
        fanins=np.array([fanins for _, fanins in known], dtype=np.int32).reshape(-1, 3, 2),
        drivers=np.array([places[driver] for driver in tables.drivers], dtype=np.int32).reshape(-1, 3),
    )


def num_gates_a_row(circuit: Netlist) -> int:
    """Returns how many gates a kernel evaluates for each row of a board.

    Raises:
        CircuitError: if the circuit does not read neighbourhoods.
    """
    return fold_rows(circuit).num_gates


def unfold_rows(folded: FoldedCircuit, like: Netlist) -> LookupCircuit:
    """Returns the folded circuit with each gate once for each row in which it is read, and the names of `like`."""
    folded = _absorb_inverters(folded)
    signals = {(CONSTANT_FALSE, 0): CONSTANT_FALSE}
    signals |= {place: 1 + k for k, place in enumerate(input_places(len(like.inputs), folded.span))}
    tables, fanins = [], []

    def add(table: int, read: list[int]) -> int:
        tables.append(table)
        fanins.append(read)
        return len(like.inputs) + len(tables)

    # A gate reads lower rows of earlier gates, so its own rows in order are all that can be asked for.
    for gate, (table, read) in enumerate(zip(folded.gates.tolist(), folded.fanins.tolist(), strict=True)):
        for row in range(folded.span):
            places = [(signal, row + offset) if signal != CONSTANT_FALSE else (signal, 0) for signal, offset in read]
            if all(place in signals for place in places):
                signals[1 + folded.num_inputs + gate, row] = add(table, [signals[place] for place in places])
    inverters: dict[int, int] = {}
    drivers = []
    for signal, row, inverted in folded.drivers.tolist():
        driver = signals[signal, row]
        if inverted and driver not in inverters:
            inverters[driver] = add(_INVERTER, [driver, CONSTANT_FALSE, CONSTANT_FALSE])
        drivers.append(inverters[driver] if inverted else driver)
    return remove_dead_gates(
        LookupCircuit(
            name=like.name,
            inputs=like.inputs,
            outputs=like.outputs,
            gates=np.array(tables, dtype=np.uint8),
            fanins=np.array(fanins, dtype=np.int32).reshape(-1, 3),
            drivers=np.array(drivers, dtype=np.int32),
        )
    )


def _absorb_inverters(folded: FoldedCircuit) -> FoldedCircuit:
    """Returns the circuit with gates complemented that only inverted outputs need; who else reads them inverts."""
    inverted = {signal for signal, _, is_inverted in folded.drivers.tolist() if is_inverted}
    as_they_are = {signal for signal, _, is_inverted in folded.drivers.tolist() if not is_inverted}
    flipped = np.zeros(1 + folded.num_inputs + folded.num_gates, dtype=bool)
    flipped[list(inverted - as_they_are)] = True
    flipped[: 1 + folded.num_inputs] = False
    gates = [
        rearrange_table(table, range(3), flipped[fanins[:, 0]].tolist()) ^ (0xFF if is_flipped else 0)
        for table, fanins, is_flipped in zip(
            folded.gates.tolist(), folded.fanins, flipped[1 + folded.num_inputs :], strict=True
        )
    ]
    drivers = folded.drivers.copy()
    drivers[:, 2] ^= flipped[drivers[:, 0]]
    return replace(folded, gates=np.array(gates, dtype=np.uint8), drivers=drivers)
