"""BLIF, the Berkeley Logic Interchange Format, which ABC and Yosys read and write.

Source: "Berkeley Logic Interchange Format (BLIF)", University of California, Berkeley, 1992. Combinational
models only. A `.names` table lists cubes: `1` and `0` are literals, `-` is free, and the last column says
whether the listed cubes are where the output is 1 or where it is 0.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ca_logic.circuit.builder import CircuitBuilder
from ca_logic.circuit.netlist import CONSTANT_FALSE, Circuit
from ca_logic.errors import CircuitError
from ca_logic.gates import TRUTH_TABLES, Gate

_MAX_FANINS = 16
_LINE_WIDTH = 78
_BAD_NAME = re.compile(r"[\s#\\=\x00-\x1f\x7f]")


def write_blif(circuit: Circuit, *, comments: Sequence[str] = ()) -> str:
    """Returns the circuit as BLIF, one `.names` table for each gate.

    Args:
        circuit: the circuit; its names must not hold blanks, `#`, `=` or backslashes.
        comments: lines to put on top, such as where the circuit comes from.

    Raises:
        CircuitError: if a name cannot be written, or would mean two things.
    """
    signals = _signal_names(circuit)
    lines = [f"# {line}" for comment in comments for line in comment.splitlines()]
    lines.append(f".model {_checked_name(circuit.name)}")
    lines += _wrapped(".inputs", circuit.inputs)
    lines += _wrapped(".outputs", circuit.outputs)
    if CONSTANT_FALSE in circuit.drivers or (circuit.fanins == CONSTANT_FALSE).any():
        lines.append(f".names {signals[CONSTANT_FALSE]}")
    for signal, (gate, fanins) in enumerate(zip(circuit.gates, circuit.fanins, strict=True), circuit.first_gate):
        lines += _gate_lines(int(gate), signals[fanins[0]], signals[fanins[1]], signals[signal])
    for output, driver in zip(circuit.outputs, circuit.drivers, strict=True):
        if signals[driver] != output:
            lines += [f".names {signals[driver]} {output}", "1 1"]
    return "\n".join([*lines, ".end", ""])


def read_blif(text: str) -> Circuit:
    """Returns the circuit that a combinational BLIF model describes, with its tables as two-input gates.

    Constants are folded and equal gates shared on the way.

    Raises:
        CircuitError: naming the line, if the text is malformed, sequential, hierarchical, cyclic, or if a
            name is undefined or defined twice.
    """
    model = _parse_model(text)
    tables: dict[str, _Table] = {}
    inputs = set(model.inputs)
    for table in model.tables:
        if table.output in tables or table.output in inputs:
            raise CircuitError(f"BLIF line {table.line}: {table.output!r} is defined twice.")
        tables[table.output] = table
    builder = CircuitBuilder(model.inputs, name=model.name)
    signals = dict(zip(model.inputs, builder.inputs, strict=True))
    for table in _in_topological_order(model, tables):
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


def _signal_names(circuit: Circuit) -> list[str]:
    """Names each signal; a gate that drives an output, and no other output before, bears its name."""
    taken = {*circuit.inputs, *circuit.outputs}
    if overlap := set(circuit.inputs) & set(circuit.outputs):
        raise CircuitError(f"circuit {circuit.name!r} has an input and an output named {min(overlap)!r}; rename one.")
    for name in taken:
        _checked_name(name)
    prefix = "g"
    while any(re.fullmatch(rf"{prefix}(\d+|false)", name) for name in taken):
        prefix += "_"
    names = [f"{prefix}false", *circuit.inputs, *(f"{prefix}{gate}" for gate in range(circuit.num_gates))]
    for output, driver in zip(reversed(circuit.outputs), reversed(circuit.drivers.tolist()), strict=True):
        if driver >= circuit.first_gate:
            names[driver] = output
    return names


def _checked_name(name: str) -> str:
    if not name or _BAD_NAME.search(name) or name.startswith("."):
        raise CircuitError(f"{name!r} cannot be a name in BLIF: no blanks, '#', '=', backslashes or leading dots.")
    return name


def _wrapped(keyword: str, names: Sequence[str]) -> Iterator[str]:
    line = keyword
    for name in names:
        if len(line) + 1 + len(name) > _LINE_WIDTH and line != keyword:
            yield line + " \\"
            line = ""
        line += f" {name}"
    yield line


def _gate_lines(gate: int, a: str, b: str, output: str) -> Iterator[str]:
    table = TRUTH_TABLES[gate]
    if gate in (Gate.FALSE, Gate.TRUE) or (a == b and table[0] == table[3]):
        # A constant must have no fan-ins: ABC refuses a table of them without cubes.
        yield from [f".names {output}", "1"][: 1 + table[0]]
        return
    if a == b:
        yield f".names {a} {output}"
        yield from (f"{value} 1" for value in (0, 1) if table[3 * value])
        return
    rows = [f"{row >> 1}{row & 1}" for row in range(4) if table[row]]
    if len(rows) == 3:
        # An OR of literals, written as such: tools make less of it than of three minterms.
        (missing,) = {"00", "01", "10", "11"} - set(rows)
        rows = [f"{1 - int(missing[0])}-", f"-{1 - int(missing[1])}"]
    yield f".names {a} {b} {output}"
    yield from (f"{row} 1" for row in rows)


def _logical_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yields (line number, words) with comments removed and continued lines joined."""
    words: list[str] = []
    start = 0
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("#", 1)[0].rstrip()
        start = start or number
        continued = code.endswith("\\")
        words += code.removesuffix("\\").split()
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
            raise CircuitError(f"BLIF line {line}: {keyword} after the end of the first model; only one is understood.")
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
            if len(words) > _MAX_FANINS + 2:
                raise CircuitError(
                    f"BLIF line {line}: .names has {len(words) - 2} inputs; 0 to {_MAX_FANINS} are understood."
                )
            tables.append((line, words[1:], []))
        elif keyword == ".end":
            ended = True
        elif keyword.startswith("."):
            raise CircuitError(
                f"BLIF line {line}: {keyword} is not understood; only combinational models of .names are."
            )
        else:
            if not tables:
                raise CircuitError(f"BLIF line {line}: {keyword!r} stands before any .names.")
            tables[-1][2].append(_parse_cube(line, words, len(tables[-1][1]) - 1))
    if not outputs:
        raise CircuitError("BLIF without .outputs: an empty or truncated file?")
    for kind, names in (("input", inputs), ("output", outputs)):
        if len(set(names)) != len(names):
            raise CircuitError(f"BLIF names an {kind} twice.")
    parsed = tuple(_Table(line, tuple(names[:-1]), names[-1], tuple(cubes)) for line, names, cubes in tables)
    for table in parsed:
        if len({value for _, value in table.cubes}) > 1:
            raise CircuitError(f"BLIF line {table.line}: .names {table.output} lists both ones and zeros.")
    return _Model(name, tuple(inputs), tuple(outputs), outputs_line, parsed)


def _parse_cube(line: int, words: list[str], num_fanins: int) -> tuple[str, str]:
    literals, value = ("", words[0]) if num_fanins == 0 else (words[0], words[-1])
    if len(words) != (1 if num_fanins == 0 else 2) or len(literals) != num_fanins:
        raise CircuitError(f"BLIF line {line}: {' '.join(words)!r} does not fit a .names of {num_fanins} inputs.")
    if not set(literals) <= set("01-") or value not in ("0", "1"):
        raise CircuitError(f"BLIF line {line}: {' '.join(words)!r} has characters other than 0, 1 and -.")
    return literals, value


def _in_topological_order(model: _Model, tables: dict[str, _Table]) -> Iterator[_Table]:
    """Yields the tables that the outputs need, fan-ins first and else as in the file, without recursion."""
    needed = _needed_names(model, tables)
    done = set(model.inputs)
    for root in tables.values():
        if root.output not in needed:
            continue
        stack: list[tuple[str, bool]] = [(root.output, False)]
        open_names: set[str] = set()
        while stack:
            name, visited = stack.pop()
            if name in done:
                continue
            table = tables[name]
            if visited:
                done.add(name)
                open_names.discard(name)
                yield table
                continue
            if name in open_names:
                raise CircuitError(
                    f"BLIF line {table.line}: {name!r} depends on itself; only combinational models are understood."
                )
            open_names.add(name)
            stack.append((name, True))
            stack += [(fanin, False) for fanin in table.fanins if fanin not in done]


def _needed_names(model: _Model, tables: dict[str, _Table]) -> set[str]:
    """Returns the names that some output depends on, checking that each is defined."""
    needed = set(model.inputs)
    stack = [(output, model.outputs_line) for output in model.outputs]
    while stack:
        name, line = stack.pop()
        if name in needed:
            continue
        if name not in tables:
            raise CircuitError(f"BLIF line {line}: {name!r} is used but never defined.")
        needed.add(name)
        stack += [(fanin, tables[name].line) for fanin in tables[name].fanins]
    return needed


def _build_table(builder: CircuitBuilder, table: _Table, fanins: list[int]) -> int:
    """Adds the sum of products of a table; two-input tables become one gate."""
    if not table.cubes:
        return CONSTANT_FALSE
    if len(fanins) == 2:
        rows = [any(_matches(cube, f"{row >> 1}{row & 1}") for cube, _ in table.cubes) for row in range(4)]
        gate = sum(value << (3 - row) for row, value in enumerate(rows))
        total = builder.add(gate, *fanins)
    else:
        products = [_build_cube(builder, literals, fanins) for literals, _ in table.cubes]
        total = _balanced(builder, Gate.OR, products)
    return builder.negate(total) if table.cubes[0][1] == "0" else total


def _matches(cube: str, row: str) -> bool:
    return all(literal in ("-", bit) for literal, bit in zip(cube, row, strict=True))


def _build_cube(builder: CircuitBuilder, literals: str, fanins: list[int]) -> int:
    chosen = [
        fanin if literal == "1" else builder.negate(fanin)
        for literal, fanin in zip(literals, fanins, strict=True)
        if literal != "-"
    ]
    return _balanced(builder, Gate.AND, chosen) if chosen else builder.negate(CONSTANT_FALSE)


def _balanced(builder: CircuitBuilder, gate: Gate, signals: list[int]) -> int:
    while len(signals) > 1:
        pairs = zip(signals[::2], signals[1::2], strict=False)
        odd = signals[-1:] if len(signals) % 2 else []
        signals = [builder.add(gate, a, b) for a, b in pairs] + odd
    return signals[0]
