"""What the readers share: lines, limits, definitions put into order, and wide gates made of two-input gates."""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from ca_logic.circuit.builder import CircuitBuilder
from ca_logic.circuit.lookup import add_formula, smallest_formulas
from ca_logic.circuit.netlist import CONSTANT_FALSE, LookupCircuit
from ca_logic.errors import CircuitError
from ca_logic.formats.names import shown
from ca_logic.gates import Gate

MAX_INPUTS = 1 << 16
"""More inputs are refused: in binary AIGER, a file of thirty bytes could declare any number."""

MAX_OUTPUTS = 1 << 20
"""More outputs are refused."""

MAX_TABLE_FANINS = 16
"""Truth tables of more fan-ins are refused."""

FORMULA_INPUTS = LookupCircuit.ARITY
"""Truth tables of so many inputs become the fewest gates."""

_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Definition(Protocol):
    """What a file says of one signal."""

    @property
    def line(self) -> int:
        """Where it says so."""

    @property
    def output(self) -> str:
        """The name of the signal."""

    @property
    def fanins(self) -> tuple[str, ...]:
        """The names of the signals that it reads."""


AnyDefinition = TypeVar("AnyDefinition", bound=Definition)


def numbered_lines(text: str, *, language: str) -> Iterator[tuple[int, str]]:
    """Yields (line number, line); lines end in LF or CR LF and nothing else, as other tools have it.

    Raises:
        CircuitError: naming the line, if it has a control character other than a tab.
    """
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if control := _CONTROL_CHARACTER.search(line):
            raise CircuitError(f"{language} line {number}: control character {shown(control[0])}; remove it.")
        yield number, line


def require_few_ports(num_inputs: int, num_outputs: int, *, where: str) -> None:
    """Makes sure that a file has no more inputs and outputs than are understood.

    Raises:
        CircuitError: if it has.
    """
    for count, limit, what in ((num_inputs, MAX_INPUTS, "inputs"), (num_outputs, MAX_OUTPUTS, "outputs")):
        if count > limit:
            raise CircuitError(f"{where}: {count} {what} are too many; up to {limit} are understood.")


def definitions_by_name(
    definitions: Iterable[AnyDefinition], inputs: Iterable[str], *, language: str
) -> dict[str, AnyDefinition]:
    """Returns the definitions by the name of their signal.

    Raises:
        CircuitError: if a name is defined twice, or defined and an input.
    """
    by_name: dict[str, AnyDefinition] = {}
    known = set(inputs)
    for definition in definitions:
        if definition.output in by_name or definition.output in known:
            raise CircuitError(f"{language} line {definition.line}: {shown(definition.output)} is defined twice.")
        by_name[definition.output] = definition
    return by_name


def in_topological_order(
    definitions: Mapping[str, AnyDefinition],
    *,
    inputs: Iterable[str],
    outputs: Iterable[tuple[str, int]],
    language: str,
) -> Iterator[AnyDefinition]:
    """Yields the definitions that the outputs need, fan-ins first and else as in the file, without recursion.

    Args:
        definitions: by name.
        inputs: names that need no definition.
        outputs: each with the line that asks for it.
        language: the format, for messages.

    Raises:
        CircuitError: naming the line, if a name is never defined or depends on itself.
    """
    done = set(inputs)
    needed = _needed_names(definitions, done, outputs, language)
    for root in definitions.values():
        if root.output not in needed:
            continue
        stack: list[tuple[str, bool]] = [(root.output, False)]
        open_names: set[str] = set()
        while stack:
            name, visited = stack.pop()
            if name in done:
                continue
            definition = definitions[name]
            if visited:
                done.add(name)
                open_names.discard(name)
                yield definition
                continue
            if name in open_names:
                raise CircuitError(
                    f"{language} line {definition.line}: {shown(name)} depends on itself; only combinational circuits "
                    f"are understood."
                )
            open_names.add(name)
            stack.append((name, True))
            stack += [(fanin, False) for fanin in definition.fanins if fanin not in done]


def add_tree(builder: CircuitBuilder, gate: Gate, signals: Sequence[int]) -> int:
    """Returns an associative gate of one or more signals as a balanced tree of two-input gates."""
    signals = list(signals)
    while len(signals) > 1:
        pairs = zip(signals[::2], signals[1::2], strict=False)
        odd = signals[-1:] if len(signals) % 2 else []
        signals = [builder.add(gate, a, b) for a, b in pairs] + odd
    return signals[0]


def add_table(builder: CircuitBuilder, table: int, signals: Sequence[int]) -> int:
    """Returns a truth table over any number of signals as two-input gates.

    Up to three inputs take the fewest gates; more are split into two tables by the first signal, again and again,
    and equal tables become one.

    Args:
        builder: gets the gates.
        table: 2 ** len(signals) digits, most significant first.
        signals: the first is the most significant in the table.
    """
    if not signals:
        return builder.negate(CONSTANT_FALSE) if table else CONSTANT_FALSE
    if len(signals) <= FORMULA_INPUTS:
        return add_formula(builder, smallest_formulas()[_widened(table, len(signals))], signals)

    @functools.cache
    def add(table: int, num_inputs: int) -> int:
        rest = signals[len(signals) - num_inputs :]
        if num_inputs == FORMULA_INPUTS:
            return add_formula(builder, smallest_formulas()[table], rest)
        half = 1 << (num_inputs - 1)
        low, high = add(table >> half, num_inputs - 1), add(table & ((1 << half) - 1), num_inputs - 1)
        return add_formula(builder, smallest_formulas()[_MULTIPLEXER], (rest[0], low, high))

    return add(table, len(signals))


_MULTIPLEXER = 0b00110101
"""The table of three inputs that is its second where the first is 0, and its third where it is 1."""


@functools.cache
def _widened(table: int, num_inputs: int) -> int:
    """Returns the table of three inputs that ignores all but the first so many."""
    repeats = 1 << (FORMULA_INPUTS - num_inputs)
    return int("".join(digit * repeats for digit in f"{table:0{1 << num_inputs}b}"), 2)


def _needed_names(
    definitions: Mapping[str, AnyDefinition], inputs: set[str], outputs: Iterable[tuple[str, int]], language: str
) -> set[str]:
    """Returns the names that some output depends on, checking that each is defined."""
    needed = set(inputs)
    stack = list(outputs)
    while stack:
        name, line = stack.pop()
        if name in needed:
            continue
        if name not in definitions:
            raise CircuitError(f"{language} line {line}: {shown(name)} is used but never defined.")
        needed.add(name)
        stack += [(fanin, definitions[name].line) for fanin in definitions[name].fanins]
    return needed
