"""What signals are called in files: the names that a format can hold, and how those that it cannot are replaced.

A name may come from a file of a stranger and ends up in source code, so a writer lets none through unchecked.
"""

import dataclasses
import re
import reprlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ca_logic.circuit.netlist import AnyCircuit, Netlist
from ca_logic.errors import CircuitError

_SHORT = reprlib.Repr()
_SHORT.maxstring = 80

_AT_LEAST = "≥"
"""Names of thresholds have it, such as `age≥30`."""


@dataclass(frozen=True)
class NameRule:
    """The names that a format can hold; none holds an empty one or characters that nobody sees.

    Attributes:
        language: the format, for people.
        allowed: the rule, for people.
        forbidden: matches a character that no name may have.
        refused: matches a whole name that means something else, or begins wrongly.
        reserved: words that mean something else.
        one_space: whether no input may have the name of an output.
    """

    language: str
    allowed: str
    forbidden: re.Pattern[str]
    refused: re.Pattern[str] = re.compile("")
    reserved: frozenset[str] = frozenset()
    one_space: bool = False

    def allows(self, name: str) -> bool:
        """Tells whether the format can hold the name."""
        readable = name.isprintable() and not self.forbidden.search(name)
        return bool(name) and readable and not self.refused.fullmatch(name) and name not in self.reserved

    def nearest(self, name: str) -> str:
        """Returns a name that the format can hold, as close to this one as can be."""
        if self.allows(name):
            return name
        if not self.allows(_AT_LEAST):
            name = name.replace(_AT_LEAST, "_ge_")
        base = "".join(character if character.isprintable() else "_" for character in name)
        base = self.forbidden.sub("_", base)
        return base if self.allows(base) else f"x_{base}" if self.allows(f"x_{base}") else "x"


def shown(text: str) -> str:
    """Returns the text in quotes for a message, its middle left out if it is long."""
    return _SHORT.repr(text)


def require_names(circuit: AnyCircuit, rule: NameRule) -> AnyCircuit:
    """Returns the circuit, whose inputs and outputs have names that the format can hold.

    Raises:
        CircuitError: naming the first that it cannot.
    """
    for name in (*circuit.inputs, *circuit.outputs):
        require_name(name, rule)
    if rule.one_space and (overlap := set(circuit.inputs) & set(circuit.outputs)):
        raise CircuitError(
            f"circuit {shown(circuit.name)} has an input and an output named {shown(min(overlap))}; rename one, or let "
            "--rename do it."
        )
    return circuit


def require_name(name: str, rule: NameRule) -> str:
    """Returns the name.

    Raises:
        CircuitError: if the format cannot hold it.
    """
    if not rule.allows(name):
        raise CircuitError(
            f"{shown(name)} cannot be a name in {rule.language}: {rule.allowed}; rename it, or let --rename do it."
        )
    return name


def renamed(circuit: AnyCircuit, rule: NameRule) -> AnyCircuit:
    """Returns the circuit with those names of inputs and outputs replaced that the format cannot hold."""
    if rule.one_space:
        names = distinct_names((*circuit.inputs, *circuit.outputs), rule)
        inputs, outputs = names[: len(circuit.inputs)], names[len(circuit.inputs) :]
    else:
        inputs, outputs = distinct_names(circuit.inputs, rule), distinct_names(circuit.outputs, rule)
    return dataclasses.replace(circuit, inputs=tuple(inputs), outputs=tuple(outputs))


def distinct_names(names: Sequence[str], rule: NameRule) -> list[str]:
    """Returns a name for each, all different, that the format can hold; who has one already keeps it."""
    kept = {name for name in names if rule.allows(name)}
    taken: set[str] = set()
    numbers: Counter[str] = Counter()
    chosen = []
    for name in names:
        base = rule.nearest(name)
        candidate = base
        while candidate in taken or not rule.allows(candidate) or (candidate in kept and candidate != name):
            numbers[base] += 1
            candidate = f"{base}_{numbers[base] + 1}"
        taken.add(candidate)
        chosen.append(candidate)
    return chosen


def signal_names(circuit: Netlist, *, zero: str = "") -> list[str]:
    """Names each signal; a gate that drives an output, and no other output before, bears its name.

    Args:
        circuit: its inputs and outputs must have different names.
        zero: what stands for the constant.
    """
    prefix = gate_prefix((*circuit.inputs, *circuit.outputs))
    names = [zero, *circuit.inputs, *(f"{prefix}{gate}" for gate in range(circuit.num_gates))]
    for output, driver in zip(reversed(circuit.outputs), reversed(circuit.drivers.tolist()), strict=True):
        if driver >= circuit.first_gate:
            names[driver] = output
    return names


def gate_prefix(taken: Collection[str]) -> str:
    """Returns what to put before the number of a gate so that the name is none of those that are taken."""
    prefix = "g"
    while any(re.fullmatch(rf"{prefix}\d+", name) for name in taken):
        prefix += "_"
    return prefix


def comment_lines(comments: Iterable[str]) -> list[str]:
    """Returns the lines of comments without characters that nobody sees."""
    lines = [line for comment in comments for line in comment.splitlines()]
    return ["".join(filter(str.isprintable, line)) for line in lines]
