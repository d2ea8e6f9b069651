"""BENCH, the format of the ISCAS benchmark circuits, with the truth tables and constants that ABC adds.

An example: `y = NAND(a, b)`. As ABC has it, `LUT 0x8 ( a, b )` is a truth table whose digit of weight 2 ** k is the row
k, with the first fan-in least significant; `vdd` and `gnd` are the constants.

Sources: Brglez and Fujiwara, "A Neutral Netlist of 10 Combinational Benchmark Circuits" (ISCAS 1985); ABC,
src/base/io/ioReadBench.c.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ca_logic.circuit import LookupCircuit, remove_dead_gates
from ca_logic.circuit.builder import CircuitBuilder
from ca_logic.circuit.lookup import gates_of
from ca_logic.circuit.netlist import CONSTANT_FALSE, Circuit, Netlist
from ca_logic.errors import CircuitError
from ca_logic.formats.functions import reduced_nodes
from ca_logic.formats.names import NameRule, comment_lines, require_names, shown, signal_names
from ca_logic.formats.reading import (
    FORMULA_INPUTS,
    MAX_TABLE_FANINS,
    add_table,
    add_tree,
    definitions_by_name,
    in_topological_order,
    numbered_lines,
    require_few_ports,
)
from ca_logic.gates import Gate

NAMES = NameRule(
    "BENCH",
    "ASCII without blanks, '#', '=', commas or parentheses, and not vdd or gnd",
    # ABC, which this dialect is for, crashes on characters beyond ASCII.
    forbidden=re.compile(r"[^!-~]|[#=,()]"),
    reserved=frozenset(["vdd", "gnd"]),
    one_space=True,
)

MAX_TABLE_ROWS = 1 << 22
"""So many rows may the tables wider than a formula have together: a line of 60 characters could add 65536."""

_BLANKS = " \t"
_NAME = re.compile(r"[^ \t=,()]+")
_PORT = re.compile(rf"(INPUT|OUTPUT)[ \t]*\([ \t]*({_NAME.pattern})[ \t]*\)", re.IGNORECASE)
_ASSIGNMENT = re.compile(
    rf"({_NAME.pattern})[ \t]*=[ \t]*([A-Za-z0-9_]+)(?:[ \t]+(0x[0-9A-Fa-f]+))?[ \t]*(?:\((.*)\))?"
)

# The gate that joins the fan-ins, and whether its output is inverted.
_OPERATORS = {
    "AND": (Gate.AND, False),
    "NAND": (Gate.AND, True),
    "OR": (Gate.OR, False),
    "NOR": (Gate.OR, True),
    "XOR": (Gate.XOR, False),
    "XNOR": (Gate.XOR, True),
}
_SINGLE_OPERATORS = {"BUF": False, "BUFF": False, "NOT": True, "INV": True}
_CONSTANTS = {"vdd": True, "gnd": False}

# How to write a gate: the operator, and which fan-ins to invert before.
_WRITTEN = {
    Gate.AND: ("AND", False, False),
    Gate.A_AND_NOT_B: ("AND", False, True),
    Gate.NOT_A_AND_B: ("AND", True, False),
    Gate.XOR: ("XOR", False, False),
    Gate.OR: ("OR", False, False),
    Gate.NOR: ("NOR", False, False),
    Gate.XNOR: ("XNOR", False, False),
    Gate.A_OR_NOT_B: ("OR", False, True),
    Gate.NOT_A_OR_B: ("OR", True, False),
    Gate.NAND: ("NAND", False, False),
}


def write_bench(circuit: Netlist, *, comments: Sequence[str] = ()) -> str:
    """Returns the circuit as BENCH, one gate a line; inverted fan-ins go through lines of NOT, one a signal.

    Args:
        circuit: the circuit; of a `LookupCircuit`, each table becomes the fewest gates first.
        comments: lines to put on top, after the name of the circuit.

    Raises:
        CircuitError: if a name cannot be written, or would mean two things.
    """
    require_names(circuit, NAMES)
    circuit = remove_dead_gates(gates_of(circuit) if isinstance(circuit, LookupCircuit) else circuit)
    signals = signal_names(circuit)
    inverted = _inverter_names(signals, circuit.outputs)
    written: set[int] = set()
    lines = [f"# {line}" for line in comment_lines([circuit.name, *comments])]
    lines += [f"INPUT({name})" for name in circuit.inputs]
    lines += [f"OUTPUT({name})" for name in circuit.outputs]

    def literal(signal: int, *, invert: bool) -> str:
        if not invert:
            return signals[signal]
        if signal not in written:
            written.add(signal)
            lines.append(f"{inverted[signal]} = NOT({signals[signal]})")
        return inverted[signal]

    for signal, table, fanins in reduced_nodes(circuit):
        if len(fanins) == 0:
            value = "vdd" if table else "gnd"
        elif len(fanins) == 1:
            value = f"{'BUFF' if table & 1 else 'NOT'}({signals[fanins[0]]})"
        else:
            operator, *inversions = _WRITTEN[Gate(table)]
            operands = [literal(fanin, invert=invert) for fanin, invert in zip(fanins, inversions, strict=True)]
            value = f"{operator}({', '.join(operands)})"
        lines.append(f"{signals[signal]} = {value}")
    for output, driver in zip(circuit.outputs, circuit.drivers.tolist(), strict=True):
        if driver == CONSTANT_FALSE:
            lines.append(f"{output} = gnd")
        elif signals[driver] != output:
            lines.append(f"{output} = BUFF({signals[driver]})")
    return "\n".join([*lines, ""])


def read_bench(text: str, *, name: str = "circuit") -> Circuit:
    """Returns the circuit of a BENCH file; gates of many fan-ins become trees of two-input gates.

    Args:
        text: the content of the file.
        name: what to call the circuit; the format has no place for it.

    Raises:
        CircuitError: naming the line, if the text is malformed, sequential or cyclic, or if a name is undefined or
            defined twice.
    """
    inputs: dict[str, int] = {}
    outputs: dict[str, int] = {}
    assignments = []
    for number, line in numbered_lines(text, language="BENCH"):
        code = line.split("#", 1)[0].strip(_BLANKS)
        if not code:
            continue
        if port := _PORT.fullmatch(code):
            names = inputs if port[1].upper() == "INPUT" else outputs
            if port[2] in names:
                raise CircuitError(f"BENCH line {number}: {port[1].upper()}({shown(port[2])}) stands there twice.")
            names[port[2]] = number
        else:
            assignments.append(_parse_assignment(number, code))
    if not outputs:
        raise CircuitError("BENCH without OUTPUT: an empty or truncated file?")
    require_few_ports(len(inputs), len(outputs), where="BENCH")
    definitions = definitions_by_name(assignments, inputs, language="BENCH")
    builder = CircuitBuilder(list(inputs), name=name)
    signals = dict(zip(inputs, builder.inputs, strict=True))
    num_rows = 0
    for assignment in in_topological_order(definitions, inputs=inputs, outputs=outputs.items(), language="BENCH"):
        fanins = [signals[fanin] for fanin in assignment.fanins]
        if assignment.operator == "LUT" and len(fanins) > FORMULA_INPUTS:
            num_rows += 1 << len(fanins)
            if num_rows > MAX_TABLE_ROWS:
                raise CircuitError(
                    f"BENCH line {assignment.line}: the tables so far have {num_rows} rows; up to {MAX_TABLE_ROWS} are "
                    f"understood; use narrower ones."
                )
        signals[assignment.output] = _build_gate(builder, assignment, fanins)
    return builder.build({output: signals[output] for output in outputs})


@dataclass(frozen=True)
class _Assignment:
    """A line `output = operator(fanins)`; the table is that of a LUT, in the order of the file."""

    line: int
    output: str
    operator: str
    fanins: tuple[str, ...]
    table: int = 0


def _inverter_names(signals: Sequence[str], outputs: Sequence[str]) -> list[str]:
    suffix = "_not"
    # An output that an input drives, or another output's gate, names no signal but has a line of its own.
    taken = {*signals, *outputs}
    while any(name + suffix in taken for name in signals):
        suffix += "_"
    return [name + suffix for name in signals]


def _parse_assignment(line: int, code: str) -> _Assignment:
    match = _ASSIGNMENT.fullmatch(code)
    if match is None:
        raise CircuitError(f"BENCH line {line}: {shown(code)} is no INPUT(name), OUTPUT(name) or name = GATE(names).")
    output, operator, digits, listed = match[1], match[2].upper(), match[3], match[4]
    fanins = tuple(fanin.strip(_BLANKS) for fanin in listed.split(",")) if listed and listed.strip(_BLANKS) else ()
    if operator in ("VDD", "GND") and listed is None and digits is None:
        return _Assignment(line, output, operator, ())
    if operator.startswith("DFF"):
        raise CircuitError(f"BENCH line {line}: {operator} is a flip-flop; only combinational circuits are understood.")
    if operator not in (*_OPERATORS, *_SINGLE_OPERATORS, "LUT"):
        known = ", ".join([*_OPERATORS, *_SINGLE_OPERATORS, "LUT, vdd and gnd"])
        raise CircuitError(f"BENCH line {line}: {shown(operator)} is no gate; known are {known}.")
    if bad := [fanin for fanin in fanins if not _NAME.fullmatch(fanin)]:
        raise CircuitError(f"BENCH line {line}: {shown(bad[0])} is no name.")
    if (operator == "LUT") != (digits is not None):
        raise CircuitError(
            f"BENCH line {line}: {shown(code)} is not written like y = LUT 0x8 ( a, b ) or y = AND(a, b)."
        )
    if operator == "LUT":
        return _Assignment(line, output, operator, fanins, _table_of(line, digits, len(fanins)))
    if not fanins or (operator in _SINGLE_OPERATORS and len(fanins) != 1):
        wanted = "one" if operator in _SINGLE_OPERATORS else "at least one"
        raise CircuitError(f"BENCH line {line}: {operator} of {len(fanins)} fan-ins; it takes {wanted}.")
    return _Assignment(line, output, operator, fanins)


def _table_of(line: int, digits: str, num_fanins: int) -> int:
    """Returns the table of a LUT as the file has it, checked."""
    rows = 1 << min(num_fanins, MAX_TABLE_FANINS)
    if num_fanins > MAX_TABLE_FANINS or 4 * len(digits.removeprefix("0x").lstrip("0")) > max(rows, 4):
        raise CircuitError(
            f"BENCH line {line}: LUT {shown(digits)} of {num_fanins} fan-ins; it takes up to {MAX_TABLE_FANINS} and a "
            f"digit for each row."
        )
    table = int(digits, 16)
    if table.bit_length() > rows:
        raise CircuitError(f"BENCH line {line}: LUT {shown(digits)} has more than the {rows} rows of its fan-ins.")
    return table


def _first_row_first(table: int, num_fanins: int) -> int:
    """Returns the table in the order of this program: row 0 and the first fan-in are most significant."""
    rows = 1 << num_fanins
    octets = np.frombuffer(table.to_bytes((rows + 7) // 8, "little"), np.uint8)
    bits = np.unpackbits(octets, bitorder="little")[:rows].reshape((2,) * num_fanins)
    return int.from_bytes(np.packbits(bits.T.reshape(-1)).tobytes(), "big") >> -rows % 8


def _build_gate(builder: CircuitBuilder, assignment: _Assignment, fanins: list[int]) -> int:
    operator = assignment.operator
    if operator == "LUT":
        return add_table(builder, _first_row_first(assignment.table, len(fanins)), fanins)
    if operator in ("VDD", "GND"):
        return builder.negate(CONSTANT_FALSE) if operator == "VDD" else CONSTANT_FALSE
    gate, inverted = _OPERATORS.get(operator) or (Gate.AND, _SINGLE_OPERATORS[operator])
    total = add_tree(builder, gate, fanins)
    return builder.negate(total) if inverted else total
