"""Circuit to C: a file that compiles alone, one gate a line, inputs by their names."""

import dataclasses
import re
from collections.abc import Iterable, Sequence

import numpy as np

from ca_logic.circuit import Circuit, remove_dead_gates
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.gates import depends_on_a, depends_on_b, expression

# Zero as a word: the bare 0 would be an int, and ~ of it a negative one.
_ZERO = "(uint64_t)0"

# Words of C11 and names that <stdint.h> or the function itself takes.
# fmt: off
_RESERVED = frozenset([
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
    "extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return",
    "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void",
    "volatile", "while", "asm", "typeof", "bool", "true", "false", "in", "out",
])
# fmt: on
# Gates, types, and what <stdint.h> and native/board.c define as macros, such as INT8_MAX.
_TAKEN = re.compile(r"g\d+|uint\w*|int\w*|\w+_(MAX|MIN|C|WIDTH)|NULL|CIRCUIT|PLANES|INDEPENDENT")


def function_name(circuit: Circuit) -> str:
    """Returns the name of the circuit's C function, such as `ca_life`; always a valid identifier."""
    return "ca_" + re.sub(r"[^A-Za-z0-9]+", "_", circuit.name).strip("_").lower()


def render_c(circuit: Circuit, *, comments: Sequence[str] = ()) -> str:
    """Returns C11 that computes the circuit on 64 lanes at once, one in each bit of a word.

    Args:
        circuit: the circuit; names that C does not allow are changed.
        comments: lines to put on top, such as where the circuit comes from.
    """
    circuit = _without_what_is_never_read(circuit)
    name = function_name(circuit)
    inputs = _identifiers(circuit.inputs)
    signals = [_ZERO, *inputs, *(f"g{gate}" for gate in range(circuit.num_gates))]
    prototype = f"void {name}(const uint64_t in[{max(len(inputs), 1)}], uint64_t out[{max(len(circuit.outputs), 1)}])"
    lines = [
        *_comment([*comments, "Bit-parallel: each bit of a word is a lane of its own.", _signature(inputs, circuit)]),
        "#include <stdint.h>",
        "",
        f"{prototype};",
        "",
        f"{prototype} {{",
    ]
    live = circuit.live_signals()
    lines += [f"    const uint64_t {input_} = in[{k}];" for k, input_ in enumerate(inputs) if live[1 + k]]
    if not any(live[1 : 1 + len(inputs)]):
        lines.append("    (void)in;")
    if not circuit.outputs:
        lines.append("    (void)out;")
    for gate, (a, b), target in zip(
        circuit.gates.tolist(), circuit.fanins.tolist(), signals[circuit.first_gate :], strict=True
    ):
        lines.append(f"    const uint64_t {target} = {expression(gate, signals[a], signals[b], zero=_ZERO)};")
    lines += [f"    out[{k}] = {signals[driver]};" for k, driver in enumerate(circuit.drivers.tolist())]
    return "\n".join([*lines, "}", ""])


def _without_what_is_never_read(circuit: Circuit) -> Circuit:
    """Returns the circuit without fan-ins that their gates ignore, then without gates that nothing needs."""
    reads = [(depends_on_a(gate), depends_on_b(gate)) for gate in circuit.gates.tolist()]
    fanins = np.where(np.array(reads, dtype=bool).reshape(-1, 2), circuit.fanins, CONSTANT_FALSE)
    return remove_dead_gates(dataclasses.replace(circuit, fanins=fanins))


def _signature(inputs: Sequence[str], circuit: Circuit) -> str:
    return f"in: {', '.join(inputs)}; out: {', '.join(_identifiers(circuit.outputs))}."


def _comment(lines: Iterable[str]) -> list[str]:
    text = [_harmless(line) for comment in lines for line in comment.splitlines()]
    return [f"/* {text[0]}", *(f" * {line}" for line in text[1:]), " */"]


def _harmless(line: str) -> str:
    """Returns the line without what ends or nests a comment, without trigraphs and invisible characters."""
    visible = "".join(character for character in line if character.isprintable())
    return re.sub(r"\?(?=\?)", "? ", visible.replace("*/", "* /").replace("/*", "/ *"))


def _identifiers(names: Sequence[str]) -> list[str]:
    """Returns distinct C identifiers as close to the names as C allows."""
    taken: set[str] = set()
    identifiers = []
    for name in names:
        base = re.sub(r"[^A-Za-z0-9_]", "_", name) or "x"
        if base in _RESERVED or _TAKEN.fullmatch(base) or not base[0].isalpha():
            base = f"x_{base}"
        identifier, number = base, 2
        while identifier in taken:
            identifier, number = f"{base}_{number}", number + 1
        taken.add(identifier)
        identifiers.append(identifier)
    return identifiers
