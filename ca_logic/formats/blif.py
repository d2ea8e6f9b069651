"""BLIF, the Berkeley Logic Interchange Format, which ABC and Yosys read and write.

Source: "Berkeley Logic Interchange Format (BLIF)", University of California, Berkeley, 1992. Combinational
models only. A `.names` table lists cubes: `1` and `0` are literals, `-` is free, and the last column says
whether the listed cubes are where the output is 1 or where it is 0. Where the source lets `.end` be left
out after a `.model`, this reader does not: nothing else tells a whole file from a truncated one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ca_logic.circuit.builder import CircuitBuilder
from ca_logic.circuit.netlist import CONSTANT_FALSE, Circuit, Netlist
from ca_logic.errors import CircuitError
from ca_logic.formats.functions import minimal_cubes, reduced_nodes, table_of_cubes
from ca_logic.formats.names import NameRule, comment_lines, require_name, require_names, shown, signal_names
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
    "BLIF",
    "no blanks, '#', '=', backslashes or leading dots",
    forbidden=re.compile(r"[\s#\\=\x00-\x1f\x7f]"),
    refused=re.compile(r"\..*"),
    one_space=True,
)

_LINE_WIDTH = 78
_WORD = re.compile(r"[^ \t]+")


def write_blif(circuit: Netlist, *, comments: Sequence[str] = ()) -> str:
    """Returns the circuit as BLIF, one `.names` table for each gate.

    Args:
        circuit: the circuit; its names must not hold blanks, `#`, `=` or backslashes.
        comments: lines to put on top, such as where the circuit comes from.

    Raises:
        CircuitError: if a name cannot be written, or would mean two things.
    """
    require_names(circuit, NAMES)
    signals = signal_names(circuit)
    lines = [f"# {line}" for line in comment_lines(comments)]
    lines.append(f".model {require_name(circuit.name, NAMES)}")
    lines += _wrapped(".inputs", circuit.inputs)
    lines += _wrapped(".outputs", circuit.outputs)
    for signal, table, fanins in reduced_nodes(circuit):
        # A constant has no fan-ins: ABC refuses a table of them without cubes.
        lines.append(" ".join([".names", *(signals[fanin] for fanin in fanins), signals[signal]]))
        lines += [f"{cube} 1".lstrip() for cube in minimal_cubes(table, len(fanins))]
    for output, driver in zip(circuit.outputs, circuit.drivers.tolist(), strict=True):
        if driver == CONSTANT_FALSE:
            lines.append(f".names {output}")
        elif signals[driver] != output:
            lines += [f".names {signals[driver]} {output}", "1 1"]
    return "\n".join([*lines, ".end", ""])


def read_blif(text: str) -> Circuit:
    """Returns the circuit that a combinational BLIF model describes, with its tables as two-input gates.

    Constants are folded and equal gates shared on the way.

    Raises:
        CircuitError: naming the line, if the text is malformed, truncated, sequential, hierarchical, cyclic, or if a
            name is undefined or defined twice.
    """
    model = _parse_model(text)
    tables = definitions_by_name(model.tables, model.inputs, language="BLIF")
    builder = CircuitBuilder(model.inputs, name=model.name)
    signals = dict(zip(model.inputs, builder.inputs, strict=True))
    needed = [(name, model.outputs_line) for name in model.outputs]
    for table in in_topological_order(tables, inputs=model.inputs, outputs=needed, language="BLIF"):
        fanins = [signals[name] for name in table.fanins]
        signals[table.output] = _build_table(builder, table, fanins)
    return builder.build({name: signals[name] for name in model.outputs})


@dataclass(frozen=True)
class _Table:
    """One `.names`: its fan-ins, its output, and its cubes as (literals, value)."""

    line: int
    fanins: tuple[str, ...]
    output: str
    cubes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Model:
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    outputs_line: int
    tables: tuple[_Table, ...]


def _wrapped(keyword: str, names: Sequence[str]) -> Iterator[str]:
    line = keyword
    for name in names:
        if len(line) + 1 + len(name) > _LINE_WIDTH and line != keyword:
            yield line + " \\"
            line = ""
        line += f" {name}"
    yield line


def _logical_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yields (line number, words) with comments removed and continued lines joined."""
    words: list[str] = []
    start = 0
    for number, line in numbered_lines(text, language="BLIF"):
        code = line.split("#", 1)[0].rstrip(" \t")
        start = start or number
        continued = code.endswith("\\")
        words += _WORD.findall(code.removesuffix("\\"))
        if not continued:
            if words:
                yield start, words
            words, start = [], 0
    if words:
        yield start, words


def _parse_model(text: str) -> _Model:
    name, inputs, outputs, outputs_line = "circuit", [], [], 0
    tables: list[tuple[int, list[str], list[tuple[str, str]]]] = []
    seen_model = ended = False
    for line, words in _logical_lines(text):
        keyword = words[0]
        if ended or (keyword == ".model" and seen_model):
            raise CircuitError(
                f"BLIF line {line}: {shown(keyword)} after the end of the first model; only one is understood."
            )
        if keyword == ".model":
            seen_model, name = True, words[1] if len(words) > 1 else "circuit"
        elif keyword == ".inputs":
            inputs += words[1:]
        elif keyword == ".outputs":
            outputs += words[1:]
            outputs_line = line
        elif keyword == ".names":
            if len(words) == 1:
                raise CircuitError(f"BLIF line {line}: .names without a name.")
            if len(words) > MAX_TABLE_FANINS + 2:
                raise CircuitError(
                    f"BLIF line {line}: .names has {len(words) - 2} inputs; 0 to {MAX_TABLE_FANINS} are understood."
                )
            tables.append((line, words[1:], []))
        elif keyword == ".end":
            ended = True
        elif keyword.startswith("."):
            raise CircuitError(
                f"BLIF line {line}: {shown(keyword)} is not understood; only combinational models of .names are."
            )
        else:
            if not tables:
                raise CircuitError(f"BLIF line {line}: {shown(keyword)} stands before any .names.")
            tables[-1][2].append(_parse_cube(line, words, len(tables[-1][1]) - 1))
    if not outputs:
        raise CircuitError("BLIF without .outputs: an empty or truncated file?")
    if seen_model and not ended:
        raise CircuitError("BLIF ends without .end: truncated? Add .end if it is whole.")
    require_few_ports(len(inputs), len(outputs), where="BLIF")
    for kind, names in (("input", inputs), ("output", outputs)):
        if len(set(names)) != len(names):
            raise CircuitError(f"BLIF names an {kind} twice.")
    parsed = tuple(_Table(line, tuple(names[:-1]), names[-1], tuple(cubes)) for line, names, cubes in tables)
    for table in parsed:
        if len({value for _, value in table.cubes}) > 1:
            raise CircuitError(f"BLIF line {table.line}: .names {shown(table.output)} lists both ones and zeros.")
    return _Model(name, tuple(inputs), tuple(outputs), outputs_line, parsed)


def _parse_cube(line: int, words: list[str], num_fanins: int) -> tuple[str, str]:
    literals, value = ("", words[0]) if num_fanins == 0 else (words[0], words[-1])
    if len(words) != (1 if num_fanins == 0 else 2) or len(literals) != num_fanins:
        raise CircuitError(f"BLIF line {line}: {shown(' '.join(words))} does not fit a .names of {num_fanins} inputs.")
    if not set(literals) <= set("01-") or value not in ("0", "1"):
        raise CircuitError(f"BLIF line {line}: {shown(' '.join(words))} has characters other than 0, 1 and -.")
    return literals, value


def _build_table(builder: CircuitBuilder, table: _Table, fanins: list[int]) -> int:
    """Adds a table of few inputs as the fewest gates, of more as a sum of products."""
    if not table.cubes:
        return CONSTANT_FALSE
    if len(fanins) <= FORMULA_INPUTS:
        listed = table_of_cubes(tuple(literals for literals, _ in table.cubes), len(fanins))
        total = add_table(builder, listed, fanins)
    else:
        products = [_build_cube(builder, literals, fanins) for literals, _ in table.cubes]
        total = add_tree(builder, Gate.OR, products)
    return builder.negate(total) if table.cubes[0][1] == "0" else total


def _build_cube(builder: CircuitBuilder, literals: str, fanins: list[int]) -> int:
    chosen = [
        fanin if literal == "1" else builder.negate(fanin)
        for literal, fanin in zip(literals, fanins, strict=True)
        if literal != "-"
    ]
    return add_tree(builder, Gate.AND, chosen) if chosen else builder.negate(CONSTANT_FALSE)
