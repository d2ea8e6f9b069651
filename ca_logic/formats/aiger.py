"""AIGER, and-inverter graphs as model checkers and ABC exchange them, in ASCII (aag) and in binary (aig).

The one idea: a literal is twice a variable, plus 1 where it is inverted. Variable 0 is the constant 0, then come the
inputs, then the ANDs; latches are refused.

Sources: Biere, "The AIGER And-Inverter Graph (AIG) Format Version 20071012", FMV report 07/1 (2007); Biere, Heljanko
and Wieringa, "AIGER 1.9 And Beyond", FMV report 11/2 (2011).
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ca_logic.circuit import LookupCircuit, remove_dead_gates
from ca_logic.circuit.builder import CircuitBuilder
from ca_logic.circuit.lookup import gates_of
from ca_logic.circuit.netlist import Circuit, Netlist
from ca_logic.errors import CircuitError
from ca_logic.formats.names import NameRule, comment_lines, require_names, shown
from ca_logic.formats.reading import definitions_by_name, in_topological_order, require_few_ports
from ca_logic.gates import Gate, complement, complement_a, complement_b

NAMES = NameRule("AIGER", "at least one character, and only visible ones", forbidden=re.compile("[\r\n]"))

_HEADER = re.compile(rb"(aag|aig)((?: [0-9]{1,10}){5,9})\n")
_SYMBOL = re.compile(rb"([ilobcjf])([0-9]{1,10}) (.+)")
# What one of each takes at least: a digit and a line break; six characters; two deltas.
_MIN_LITERAL_BYTES, _MIN_ASCII_AND_BYTES, _MIN_BINARY_AND_BYTES = 2, 6, 2
_DELTA_BYTES = 5
_SHOWN_BYTES = 200


def write_aiger(circuit: Netlist, *, comments: Sequence[str] = ()) -> str:
    """Returns the circuit as ASCII AIGER; an XOR is three ANDs, and equal ANDs are shared.

    Args:
        circuit: the circuit; of a `LookupCircuit`, each table becomes the fewest gates first.
        comments: lines for the end, after the name of the circuit.

    Raises:
        CircuitError: if a name cannot be written.
    """
    require_names(circuit, NAMES)
    graph = _graph_of(circuit)
    inputs = [f"{2 + 2 * position}" for position in range(len(circuit.inputs))]
    ands = [f"{lhs} {a} {b}" for lhs, a, b in graph.numbered_ands()]
    return "\n".join(
        [_header("aag", graph), *inputs, *map(str, graph.outputs), *ands, *_symbols(circuit, comments), ""]
    )


def write_binary_aiger(circuit: Netlist, *, comments: Sequence[str] = ()) -> bytes:
    """Returns the circuit as binary AIGER; as `write_aiger`, but an AND takes two or three bytes."""
    require_names(circuit, NAMES)
    graph = _graph_of(circuit)
    head = "\n".join([_header("aig", graph), *map(str, graph.outputs), ""])
    deltas = b"".join(_encoded(lhs - a) + _encoded(a - b) for lhs, a, b in graph.numbered_ands())
    return head.encode() + deltas + "\n".join([*_symbols(circuit, comments), ""]).encode()


def num_ands(circuit: Netlist) -> int:
    """Returns how many ANDs the circuit is as an and-inverter graph."""
    return len(_graph_of(circuit).ands)


def read_aiger(data: bytes, *, name: str = "circuit") -> Circuit:
    """Returns the circuit of an AIGER file, ASCII or binary; each AND is at most one gate.

    Inputs and outputs without a symbol are called i0, i1, ... and o0, o1, ..., with underscores after it where another
    has that name.

    Args:
        data: the content of the file.
        name: what to call the circuit; the format has no place for it.

    Raises:
        CircuitError: naming the line or the AND, if the file is malformed, truncated, sequential or cyclic, or if its
            header promises more than the file holds.
    """
    header = _parse_header(data)
    lines = _Lines(data, len(header.text))
    ands: Iterable[tuple[int, int, int]]
    if header.is_binary:
        outputs = [lines.literal(header) for _ in range(header.num_outputs)]
        ands, lines.position = _binary_ands(data, lines.position, header)
        inputs = [2 * variable for variable in range(1, header.num_inputs + 1)]
    else:
        inputs = _input_literals(lines, header)
        outputs = [lines.literal(header) for _ in range(header.num_outputs)]
        ands = _ordered_ands([lines.and_(header) for _ in range(header.num_ands)], inputs, outputs)
    input_names, output_names = _parse_symbols(lines, header)
    builder = CircuitBuilder(input_names, name=name)
    signals = {0: 0, **dict(zip(inputs, builder.inputs, strict=True))}
    for lhs, a, b in ands:
        gate = complement_a(Gate.AND) if a & 1 else int(Gate.AND)
        signals[lhs] = builder.add(complement_b(gate) if b & 1 else gate, signals[a & ~1], signals[b & ~1])
    drivers = [signals[literal & ~1] for literal, _ in outputs]
    return builder.build(
        {
            output: builder.negate(driver) if literal & 1 else driver
            for output, driver, (literal, _) in zip(output_names, drivers, outputs, strict=True)
        }
    )


# Writing.


@dataclass(frozen=True)
class _Graph:
    """ANDs of two literals, the larger first; AND k is variable 1 + num_inputs + k."""

    num_inputs: int
    ands: tuple[tuple[int, int], ...]
    outputs: tuple[int, ...]

    def numbered_ands(self) -> Iterator[tuple[int, int, int]]:
        """Yields each AND with its own literal first."""
        for position, (a, b) in enumerate(self.ands):
            yield 2 * (1 + self.num_inputs + position), a, b


class _GraphBuilder:
    """Adds ANDs to a graph under construction, folding constants and sharing equal ones."""

    def __init__(self, num_inputs: int) -> None:
        self._num_inputs = num_inputs
        self._literals: dict[tuple[int, int], int] = {}

    def add(self, gate: int, a: int, b: int) -> int:
        """Returns the literal of a two-input gate over two literals."""
        if gate in (Gate.FALSE, Gate.A, Gate.B):
            return (0, a, b)[(Gate.FALSE, Gate.A, Gate.B).index(Gate(gate))]
        if gate.bit_count() > 2 or gate in (Gate.NOT_A, Gate.NOT_B, Gate.XNOR):
            return self.add(complement(gate), a, b) ^ 1
        if gate == Gate.XOR:
            return self._and(self._and(a, b ^ 1) ^ 1, self._and(a ^ 1, b) ^ 1) ^ 1
        # What remains is 1 in a single row.
        row = 4 - gate.bit_length()
        return self._and(a ^ 1 ^ row >> 1, b ^ 1 ^ row & 1)

    def _and(self, a: int, b: int) -> int:
        a, b = max(a, b), min(a, b)
        if b == 0 or a == b ^ 1:
            return 0
        if b == 1 or a == b:
            return a
        return self._literals.setdefault((a, b), 2 * (1 + self._num_inputs + len(self._literals)))

    def build(self, outputs: Sequence[int]) -> _Graph:
        """Returns the graph of those ANDs that the outputs need."""
        first = 1 + self._num_inputs
        ands = list(self._literals)
        live = {literal >> 1 for literal in outputs}
        for position in range(len(ands) - 1, -1, -1):
            if first + position in live:
                live |= {literal >> 1 for literal in ands[position]}
        kept = [position for position in range(len(ands)) if first + position in live]
        number = {variable: variable for variable in range(first)}
        number |= {first + position: first + place for place, position in enumerate(kept)}

        def renumbered(literal: int) -> int:
            return 2 * number[literal >> 1] + (literal & 1)

        pairs = tuple((renumbered(ands[position][0]), renumbered(ands[position][1])) for position in kept)
        return _Graph(self._num_inputs, pairs, tuple(map(renumbered, outputs)))


def _graph_of(circuit: Netlist) -> _Graph:
    if isinstance(circuit, LookupCircuit):
        circuit = gates_of(circuit)
    circuit = remove_dead_gates(circuit)
    builder = _GraphBuilder(len(circuit.inputs))
    literals = [2 * signal for signal in range(circuit.first_gate)]
    for _, gate, (a, b) in circuit.nodes():
        literals.append(builder.add(gate, literals[a], literals[b]))
    return builder.build([literals[driver] for driver in circuit.drivers.tolist()])


def _header(kind: str, graph: _Graph) -> str:
    num_ands = len(graph.ands)
    return f"{kind} {graph.num_inputs + num_ands} {graph.num_inputs} 0 {len(graph.outputs)} {num_ands}"


def _symbols(circuit: Netlist, comments: Sequence[str]) -> list[str]:
    inputs = [f"i{position} {name}" for position, name in enumerate(circuit.inputs)]
    outputs = [f"o{position} {name}" for position, name in enumerate(circuit.outputs)]
    return [*inputs, *outputs, "c", *comment_lines([circuit.name, *comments])]


def _encoded(delta: int) -> bytes:
    """Returns a number as AIGER writes it: seven bits a byte, the lowest first, the top bit where more follow."""
    octets = bytearray()
    while delta > 0x7F:
        octets.append(0x80 | delta & 0x7F)
        delta >>= 7
    return bytes([*octets, delta])


# Reading.


@dataclass(frozen=True)
class _Header:
    """The first line: how many of each there are, and its text."""

    text: bytes
    is_binary: bool
    max_variable: int
    num_inputs: int
    num_outputs: int
    num_ands: int


class _And(NamedTuple):
    """An AND of an ASCII file.

    Its names, for the search of an order, are literals as text, without inversion; the constant has none.
    """

    line: int
    literals: tuple[int, int, int]
    output: str
    fanins: tuple[str, ...]


@dataclass
class _Lines:
    """Takes lines from a file, one after the other."""

    data: bytes
    position: int
    number: int = 1

    def take(self) -> bytes:
        """Returns the next line.

        Raises:
            CircuitError: if the file ends before or within it.
        """
        self.number += 1
        end = self.data.find(b"\n", self.position)
        if end < 0:
            raise CircuitError(f"AIGER line {self.number} is missing or has no end; the file is truncated.")
        line = self.data[self.position : end]
        self.position = end + 1
        return line.removesuffix(b"\r")

    def numbers(self, header: _Header, count: int) -> list[int]:
        """Returns the literals of the next line.

        Raises:
            CircuitError: if there are more or fewer, or one is too large.
        """
        line = self.take()
        words = line.split(b" ")
        if len(words) != count or not all(re.fullmatch(rb"[0-9]{1,10}", word) for word in words):
            raise CircuitError(f"AIGER line {self.number}: {_shown(line)} is not {_literals(count)}.")
        values = [int(word) for word in words]
        if max(values) > 2 * header.max_variable + 1:
            raise CircuitError(
                f"AIGER line {self.number}: literal {max(values)} is out of range; the header allows "
                f"{2 * header.max_variable + 1}."
            )
        return values

    def literal(self, header: _Header) -> tuple[int, int]:
        """Returns the literal of the next line, and the number of the line."""
        (value,) = self.numbers(header, 1)
        return value, self.number

    def and_(self, header: _Header) -> _And:
        """Returns the AND of the next line."""
        lhs, a, b = self.numbers(header, 3)
        if lhs < 2 or lhs & 1:
            raise CircuitError(f"AIGER line {self.number}: an AND cannot define {lhs}; that takes an even literal.")
        fanins = tuple(str(literal & ~1) for literal in (a, b) if literal > 1)
        return _And(self.number, (lhs, a, b), str(lhs), fanins)


def _shown(data: bytes) -> str:
    """Returns bytes of a file in quotes for a message."""
    return shown(data[:_SHOWN_BYTES].decode("latin-1"))


def _literals(count: int) -> str:
    return "a literal" if count == 1 else f"{count} literals"


def _parse_header(data: bytes) -> _Header:
    match = _HEADER.match(data.replace(b"\r\n", b"\n", 1) if data.startswith(b"aag") else data)
    if match is None:
        first_line = _shown(data[:_SHOWN_BYTES].split(b"\n", 1)[0])
        raise CircuitError(f"AIGER line 1: {first_line} is not a header such as 'aag 3 2 0 1 1', which is M I L O A.")
    m, i, latches, o, a, *properties = (int(word) for word in match[2].split())
    end = data.index(b"\n") + 1
    header = _Header(data[:end], match[1] == b"aig", m, i, o, a)
    if latches or any(properties):
        raise CircuitError(
            "AIGER line 1: the file has latches or properties; only combinational circuits of inputs, ANDs and outputs "
            "are understood."
        )
    if m < i + a or (header.is_binary and m != i + a):
        raise CircuitError(f"AIGER line 1: {m} variables do not fit {i} inputs and {a} ANDs.")
    require_few_ports(i, o, where="AIGER line 1")
    if header.is_binary:
        promised = _MIN_LITERAL_BYTES * o + _MIN_BINARY_AND_BYTES * a
    else:
        promised = _MIN_LITERAL_BYTES * (i + o) + _MIN_ASCII_AND_BYTES * a
    if promised > len(data) - end:
        raise CircuitError(
            f"AIGER line 1: the header promises at least {promised} bytes, but {len(data) - end} follow; the file is "
            f"truncated."
        )
    return header


def _input_literals(lines: _Lines, header: _Header) -> list[int]:
    literals: dict[int, None] = {}
    for _ in range(header.num_inputs):
        value, line = lines.literal(header)
        if value < 2 or value & 1 or value in literals:
            fault = "is defined twice" if value in literals else "cannot be an input; that takes an even literal"
            raise CircuitError(f"AIGER line {line}: {value} {fault}.")
        literals[value] = None
    return list(literals)


def _ordered_ands(
    ands: Sequence[_And], inputs: Sequence[int], outputs: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, int]]:
    names = [str(literal) for literal in inputs]
    definitions = definitions_by_name(ands, names, language="AIGER")
    # All are checked, those that no output needs included.
    needed = [(str(literal & ~1), line) for literal, line in outputs if literal > 1]
    needed += [(and_.output, and_.line) for and_ in ands]
    for and_ in in_topological_order(definitions, inputs=names, outputs=needed, language="AIGER"):
        yield and_.literals


def _binary_ands(data: bytes, position: int, header: _Header) -> tuple[list[tuple[int, int, int]], int]:
    """Returns the ANDs and where the rest of the file begins."""
    ands = []
    for number in range(header.num_ands):
        lhs = 2 * (1 + header.num_inputs + number)
        first, position = _decoded(data, position, number)
        second, position = _decoded(data, position, number)
        if not 1 <= first <= lhs or second > lhs - first:
            raise CircuitError(
                f"AIGER AND {number}: the deltas {first} and {second} of literal {lhs} do not lead to smaller ones."
            )
        ands.append((lhs, lhs - first, lhs - first - second))
    return ands, position


def _decoded(data: bytes, position: int, number: int) -> tuple[int, int]:
    """Returns a delta and where the next one begins."""
    value = 0
    for place in range(_DELTA_BYTES):
        if position >= len(data):
            raise CircuitError(f"AIGER AND {number}: the file ends here; it is truncated.")
        octet = data[position]
        position += 1
        value |= (octet & 0x7F) << 7 * place
        if octet < 0x80:
            return value, position
    raise CircuitError(f"AIGER AND {number}: a delta has more than {_DELTA_BYTES} bytes; no literal is that large.")


def _parse_symbols(lines: _Lines, header: _Header) -> tuple[list[str], list[str]]:
    """Returns the names of the inputs and of the outputs; comments are left unread."""
    names = {"i": [""] * header.num_inputs, "o": [""] * header.num_outputs}
    # In binary, lines have no numbers that anybody could look up.
    where = "AIGER symbol" if header.is_binary else "AIGER line"
    first_line = lines.number if header.is_binary else 0
    while lines.position < len(lines.data) and not re.compile(rb"c(\r?\n|$)").match(lines.data, lines.position):
        line = lines.take()
        number = lines.number - first_line
        match = _SYMBOL.fullmatch(line)
        if match is None:
            raise CircuitError(f"{where} {number}: {_shown(line)} is no symbol such as 'i0 name', nor 'c'.")
        kind, position = match[1].decode(), int(match[2])
        if position >= len(names.get(kind, ())):
            raise CircuitError(f"{where} {number}: there is no {kind}{position} to name.")
        try:
            name = match[3].decode()
        except UnicodeDecodeError:
            name = ""
        if not NAMES.allows(name):
            raise CircuitError(f"{where} {number}: {_shown(match[3])} cannot be a name; it has unreadable characters.")
        if names[kind][position]:
            raise CircuitError(f"{where} {number}: {kind}{position} is named twice.")
        names[kind][position] = name
    for kind, what in (("i", "inputs"), ("o", "outputs")):
        given = Counter(filter(None, names[kind]))
        name, count = max(given.items(), key=lambda item: item[1], default=("", 0))
        if count > 1:
            raise CircuitError(f"AIGER: {count} {what} are named {shown(name)}; give each a name of its own.")
        for position, name in enumerate(names[kind]):
            names[kind][position] = name or _default_name(f"{kind}{position}", given)
    return names["i"], names["o"]


def _default_name(name: str, given: Container[str]) -> str:
    while name in given:
        name += "_"
    return name
