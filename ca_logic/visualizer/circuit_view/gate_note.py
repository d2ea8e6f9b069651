"""`GateNote`: what there is to say about a signal: its name, what it computes of what, and its truth table."""

from dataclasses import dataclass

import numpy as np
import pygame
from jaxtyping import Bool

from ca_logic.circuit import Netlist
from ca_logic.formats.functions import Node, function_text, reduce_function
from ca_logic.visualizer.circuit_view.gate_symbols import name_of_function
from ca_logic.visualizer.painter import SMALL_SIZE, Painter

_PADDING, _LINE, _HEADING = 8, 16, 20
_MOST_WIDTH = 300
_COLUMN, _MOST_COLUMN, _DIGIT = 14, 64, 10
"""Pixels between columns of a truth table, of its widest column, and of a digit."""


@dataclass(frozen=True)
class GateNote:
    """A few lines about a signal.

    Attributes:
        heading: its name and kind.
        formula: what it is; empty for an input.
        operands: the names of the signals that it reads.
        table: what it is for each combination of these, the first most significant; for no operands nothing.
        row: which combination there is now; None if nothing is known.
        remark: what else there is to say; may be empty.
    """

    heading: str
    formula: str = ""
    operands: tuple[str, ...] = ()
    table: tuple[int, ...] = ()
    row: int | None = None
    remark: str = ""


def node_of(circuit: Netlist, signal: int) -> Node:
    """Returns what a gate computes of the signals that it really reads."""
    gate = signal - circuit.first_gate
    operands = [fanin or None for fanin in circuit.fanins[gate].tolist()]
    return Node(signal, *reduce_function(int(circuit.gates[gate]), operands))


def signal_name(circuit: Netlist, signal: int) -> str:
    """Returns the name of a signal: an input's own, g0 for the first gate."""
    if signal >= circuit.first_gate:
        return f"g{signal - circuit.first_gate}"
    return circuit.inputs[signal - 1] if signal else "0"


def note_of(circuit: Netlist, signal: int, values: Bool[np.ndarray, " signals"] | None, node: Node | None) -> GateNote:
    """Returns the note of a signal.

    Args:
        circuit: where it is.
        signal: which one.
        values: of all signals, if they are known.
        node: what it computes, its fan-ins in the order in which they are to be named; None for an input.
    """
    name = signal_name(circuit, signal)
    driven = [output for output, driver in zip(circuit.outputs, circuit.drivers, strict=True) if driver == signal]
    remarks = [_value_text(values, signal)] if values is not None else []
    remarks += [f"drives {', '.join(driven[:3])}{', …' if len(driven) > 3 else ''}"] if driven else []
    remark = ", ".join(remarks)
    if node is None:
        return GateNote(f"{name}: {'input' if signal else 'constant'}", remark=remark)
    operands = tuple(signal_name(circuit, fanin) for fanin in node.fanins)
    num_rows = 1 << len(operands)
    row = None
    if values is not None and operands:
        row = int("".join(str(int(values[fanin])) for fanin in node.fanins), 2)
    return GateNote(
        heading=f"{name}: {name_of_function(node)}",
        formula=f"{name} = {function_text(node.table, operands, zero='0', ones='1')}",
        operands=operands,
        table=tuple(node.table >> place & 1 for place in range(num_rows - 1, -1, -1)) if operands else (),
        row=row,
        remark=remark,
    )


def note_of_output(circuit: Netlist, output: int, values: Bool[np.ndarray, " signals"] | None) -> GateNote:
    """Returns the note of an output of a circuit; see `note_of`."""
    driver = int(circuit.drivers[output])
    return GateNote(
        heading=f"{circuit.outputs[output]}: output",
        formula=f"{circuit.outputs[output]} = {signal_name(circuit, driver)}",
        remark="" if values is None else _value_text(values, driver),
    )


def draw_note(painter: Painter, note: GateNote, area: pygame.Rect, beside: pygame.Rect) -> None:
    """Draws a note next to a box, within the area as far as it has room."""
    size = _size_of(painter, note, area.width)
    box = pygame.Rect((0, 0), size)
    box.midleft = (beside.right + 10, beside.centery)
    if box.right > area.right:
        box.midright = (beside.left - 10, beside.centery)
    if box.left < area.left:
        box.midtop = (beside.centerx, beside.bottom + 8)
        if box.bottom > area.bottom:
            box.midbottom = (beside.centerx, beside.top - 8)
    box.clamp_ip(area)
    style = painter.style
    painter.box(box, style.background, border=style.faint, radius=6)
    x, y, width = box.left + _PADDING, box.top + _PADDING, box.width - 2 * _PADDING
    painter.text(note.heading, x, y, bold=True, width=width)
    y += _HEADING
    for line, colour in ((note.formula, style.text), (note.remark, style.faint)):
        if line:
            painter.text(line, x, y, colour=colour, size=SMALL_SIZE, width=width)
            y += _LINE
    if note.table:
        _draw_table(painter, note, x, y + _PADDING // 2)


def _value_text(values: Bool[np.ndarray, " signals"], signal: int) -> str:
    return f"is {int(values[signal])} now"


def _draw_table(painter: Painter, note: GateNote, x: int, y: int) -> None:
    style, num_operands = painter.style, len(note.operands)
    header = [*note.operands, "="]
    widths = _column_widths(painter, note)
    if note.row is not None:
        marked = pygame.Rect(x - 4, y + _LINE * (1 + note.row) - 2, sum(widths) - _COLUMN + 8, _LINE)
        painter.box(marked, style.accent, radius=3)
    for number in range(len(note.table) + 1):
        left = x
        is_marked = note.row is not None and number == note.row + 1
        for column, (name, width) in enumerate(zip(header, widths, strict=True)):
            middle = left + (width - _COLUMN) // 2
            left += width
            if number == 0:
                painter.text(
                    name, middle, y, colour=style.faint, size=SMALL_SIZE, anchor="centre", width=width - _COLUMN
                )
                continue
            row = number - 1
            digit = note.table[row] if column == num_operands else row >> (num_operands - 1 - column) & 1
            colour = style.background if is_marked else style.text if digit else style.faint
            painter.text(str(digit), middle, y, colour=colour, size=SMALL_SIZE, anchor="centre")
        y += _LINE


def _column_widths(painter: Painter, note: GateNote) -> list[int]:
    names = [*note.operands, "="]
    return [min(_MOST_COLUMN, max(_DIGIT, painter.width_of(name, size=SMALL_SIZE))) + _COLUMN for name in names]


def _size_of(painter: Painter, note: GateNote, most_width: int) -> tuple[int, int]:
    lines = [line for line in (note.formula, note.remark) if line]
    widths = [painter.width_of(note.heading, bold=True), *(painter.width_of(line, size=SMALL_SIZE) for line in lines)]
    height = _HEADING + _LINE * len(lines)
    if note.table:
        widths.append(sum(_column_widths(painter, note)))
        height += _LINE * (1 + len(note.table)) + _PADDING // 2
    return min(max(widths), _MOST_WIDTH, most_width) + 2 * _PADDING, height + 2 * _PADDING - 4
