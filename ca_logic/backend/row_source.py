"""The generated part of a kernel: C that takes the next row of a walk down a board, and gives the row before it anew.

A kernel reads each row once. What several rows need of it is computed once, in the turn of the newest of them, and
kept in registers for the others. A value is computed as late as its first reader allows, and just before it (depth
first): so few are alive at a time, and few have to be spilled to memory.
"""

from collections import defaultdict

from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.formats.c_source import comment_block
from ca_logic.formats.functions import function_text, reduce_function
from ca_logic.synthesis.row_sharing import ROWS, FoldedCircuit

_COLUMNS = ("west", "here", "east")


def render_row(folded: FoldedCircuit) -> str:
    """Returns the C text that `native/board.c` includes: the type `kept_rows`, and the function `next_row`.

    Args:
        folded: a circuit of neighbourhoods whose rows are shared, with an output for each bit of a cell.
    """
    walk = _Walk(folded)
    comment = [
        f"{folded.num_gates} gates for each row, {folded.num_row_gates} of which read this row only.",
        f"Kept: what {len(walk.kept)} gates and cells were one row (_1) and two rows (_2) above.",
    ]
    return "\n".join(
        [
            *comment_block(comment),
            "typedef struct {",
            *(f"    cells {walk.name(*value)};" for value in walk.kept or [(CONSTANT_FALSE, 0)]),
            "} kept_rows;",
            "",
            "INLINE void next_row(kept_rows *kept, const uint8_t *const row[PLANES], cells next[PLANES]) {",
            *(f"    {statement}" for statement in walk.statements()),
            "}",
            "",
        ]
    )


class _Walk:
    """When each value is computed, and how long it is kept.

    A walk has rows 0, 1 and 2 of a neighbourhood in its hands, row 2 being the one that was just read. A gate over
    row r on is the same as it was a turn ago over row r + 1.

    Attributes:
        rows: for each signal that is needed, the rows in which it is; it is computed in the last, its turn.
        kept: (signal, age) of each value that is kept; age counts rows.
    """

    def __init__(self, folded: FoldedCircuit) -> None:
        self._folded = folded
        self.rows: dict[int, set[int]] = defaultdict(set)
        for signal, row, _ in folded.drivers.tolist():
            self.rows[signal].add(row)
        for signal in reversed(range(1 + folded.num_inputs, 1 + folded.num_inputs + folded.num_gates)):
            if signal in self.rows:
                for fanin, row in self._reduced(signal)[1]:
                    self.rows[fanin].add(row)
        self.rows.pop(CONSTANT_FALSE, None)
        self.kept = [
            (signal, age)
            for signal, rows in sorted(self.rows.items())
            for age in range(1, self._turn(signal) - min(rows) + 1)
        ]

    def name(self, signal: int, age: int) -> str:
        """Returns what a value is called; the constant stands for nothing at all."""
        if signal == CONSTANT_FALSE:
            return "nothing"
        if signal <= self._folded.num_inputs:
            plane, column = divmod(signal - 1, len(_COLUMNS))
            name = f"{_COLUMNS[column]}{plane}"
        else:
            name = f"g{signal - 1 - self._folded.num_inputs}"
        return f"{name}_{age}" if age else name

    def statements(self) -> list[str]:
        """Returns the body of the function."""
        reads_cells = any(signal <= self._folded.num_inputs for signal in self.rows)
        lines = [f"(void){name};" for name, used in (("kept", self.kept), ("row", reads_cells)) if not used]
        for signal in sorted(self.rows):
            if signal <= self._folded.num_inputs:
                plane, column = divmod(signal - 1, len(_COLUMNS))
                lines.append(f"const cells {self.name(signal, 0)} = {_COLUMNS[column].upper()}({plane});")
        lines += [f"const cells {self.name(signal, 0)} = {self._function(signal)};" for signal in self._depth_first()]
        for plane, (signal, row, is_inverted) in enumerate(self._folded.drivers.tolist()):
            lines.append(f"next[{plane}] = {'~' if is_inverted else ''}{self._operand(signal, row) or 'ZERO'};")
        for signal, age in sorted(self.kept, key=lambda value: (value[0], -value[1])):
            lines.append(f"kept->{self.name(signal, age)} = {self._value(signal, age - 1)};")
        return lines

    def _turn(self, signal: int) -> int:
        # Cells of rows above were read before, and may have been written over.
        return ROWS - 1 if signal <= self._folded.num_inputs else max(self.rows[signal])

    def _reduced(self, signal: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        """Returns what a gate computes in its turn, of (signal, row) of what it really reads then."""
        gate, turn = signal - 1 - self._folded.num_inputs, self._turn(signal)
        reads = [(fanin, turn + offset) for fanin, offset in self._folded.fanins[gate].tolist()]
        return reduce_function(
            int(self._folded.gates[gate]), [read if read[0] != CONSTANT_FALSE else None for read in reads]
        )

    def _function(self, signal: int) -> str:
        table, reads = self._reduced(signal)
        return function_text(
            table, [self._value(read, self._turn(read) - row) for read, row in reads], zero="ZERO", ones="~ZERO"
        )

    def _operand(self, signal: int, row: int) -> str | None:
        return self._value(signal, self._turn(signal) - row) if signal != CONSTANT_FALSE else None

    def _value(self, signal: int, age: int) -> str:
        return f"kept->{self.name(signal, age)}" if age else self.name(signal, age)

    def _depth_first(self) -> list[int]:
        """Returns the gates, each just before the first that reads it in the same turn."""
        order: dict[int, None] = {}
        roots = [signal for signal, _, _ in self._folded.drivers.tolist()]
        # The first to be needed is on top. Who is read a turn later only has no reader above it.
        waiting = [(signal, False) for signal in [*sorted(self.rows, reverse=True), *reversed(roots)]]
        while waiting:
            signal, is_ready = waiting.pop()
            if signal <= self._folded.num_inputs or signal in order:
                continue
            if is_ready:
                order[signal] = None
                continue
            now = [read for read, row in self._reduced(signal)[1] if row == self._turn(read)]
            waiting.append((signal, True))
            waiting += [(read, False) for read in reversed(now)]
        return list(order)
