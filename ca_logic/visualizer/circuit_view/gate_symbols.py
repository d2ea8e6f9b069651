"""What gates and inputs look like on paper: an AND, OR or XOR with circles where something is inverted, or a box.

The one idea: a function of two inputs that needs both is one of three shapes after inverting inputs or the output, so
which one is found by trying, the fewest circles first.
"""

import functools
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ca_logic.formats.functions import Node
from ca_logic.gates import Gate, complement, complement_a, complement_b, name_of
from ca_logic.tasks.neighbourhood import CELLS

Body = Literal["and", "or", "xor", "buffer", "inverter", "box"]


@dataclass(frozen=True)
class GateSymbol:
    """A shape.

    Attributes:
        body: the shape itself.
        num_inputs: how many wires enter it.
        inverted_inputs: at which of them there is a circle, from the top.
        inverted_output: whether there is one behind it.
        label: what stands in it.
    """

    body: Body
    num_inputs: int
    inverted_inputs: tuple[int, ...] = ()
    inverted_output: bool = False
    label: str = ""


class InputSymbol(NamedTuple):
    """What stands for an input: the cell of the neighbourhood that it is a bit of, if it is one, and a label."""

    cell: int | None
    label: str


def symbol_of_input(name: str) -> InputSymbol:
    """Returns the symbol of an input; of a cell of several bits the label is the number of the bit."""
    cell = name.rstrip("0123456789")
    return InputSymbol(CELLS.index(cell), name[len(cell) :]) if cell in CELLS else InputSymbol(None, name)


def symbol_of(node: Node) -> GateSymbol:
    """Returns the symbol of a gate whose wires enter it in the order of its fan-ins."""
    return _symbol(node.table, len(node.fanins))


def name_of_function(node: Node) -> str:
    """Returns what a gate is called."""
    if len(node.fanins) == 3:
        return f"table {_hexadecimal(node.table)}"
    if len(node.fanins) == 2:
        return name_of(node.table).replace("_", " ").upper()
    if node.fanins:
        return "copy" if node.table & 1 else "NOT"
    return f"constant {node.table}"


@functools.cache
def _symbol(table: int, num_inputs: int) -> GateSymbol:
    if num_inputs == 0:
        return GateSymbol("box", 0, label=str(table))
    if num_inputs == 1:
        return GateSymbol("buffer" if table & 1 else "inverter", 1)
    if num_inputs == 3:
        return GateSymbol("box", 3, label=_hexadecimal(table))
    bodies: dict[int, Body] = {Gate.AND: "and", Gate.OR: "or", Gate.XOR: "xor"}
    for gate, body in bodies.items():
        if gate == table:
            return GateSymbol(body, 2)
    for gate, body in bodies.items():
        if complement(gate) == table:
            return GateSymbol(body, 2, inverted_output=True)
    for gate, body in bodies.items():
        for position, inverted in enumerate((complement_a(gate), complement_b(gate))):
            if inverted == table:
                return GateSymbol(body, 2, inverted_inputs=(position,))
    raise AssertionError("all functions that need both inputs are among these")


def _hexadecimal(table: int) -> str:
    return f"{table:02X}"
