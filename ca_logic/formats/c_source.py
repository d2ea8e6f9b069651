"""Circuit to C: a file that compiles alone, one gate a line, inputs by their names."""

import re
from collections.abc import Iterable, Sequence

from ca_logic.circuit.netlist import Netlist
from ca_logic.formats.functions import function_text, live_part, reduced_nodes
from ca_logic.formats.names import NameRule, comment_lines, distinct_names, gate_prefix

# Zero as a word: the bare 0 would be an int, and ~ of it a negative one.
_ZERO = "(uint64_t)0"

# Words of C11 and C23, names that the function itself takes, and what GNU C defines as macros.
# fmt: off
_RESERVED = frozenset([
    "alignas", "alignof", "asm", "auto", "bool", "break", "case", "char", "const", "constexpr", "continue",
    "default", "do", "double", "else", "enum", "extern", "false", "float", "for", "goto", "i386", "if",
    "in", "inline", "int", "linux", "long", "nullptr", "out", "register", "restrict", "return", "short",
    "signed", "sizeof", "static", "static_assert", "struct", "switch", "thread_local", "true", "typedef",
    "typeof", "typeof_unqual", "union", "unix", "unsigned", "void", "volatile", "while",
])
# fmt: on

NAMES = NameRule(
    "C",
    "a letter, then letters, digits and underscores, no word of C and no name of <stdint.h>",
    forbidden=re.compile("[^A-Za-z0-9_]"),
    # Besides what does not begin with a letter: what <stdint.h> and native/board.c define, such as INT8_MAX.
    refused=re.compile(r"[^A-Za-z].*|uint\w*|int\w*|\w+_(MAX|MIN|C|WIDTH)|NULL|CIRCUIT|PLANES|INDEPENDENT"),
    reserved=_RESERVED,
)


def function_name(circuit: Netlist) -> str:
    """Returns the name of the circuit's C function, such as `ca_life`; always a valid identifier."""
    return "ca_" + re.sub(r"[^A-Za-z0-9]+", "_", circuit.name).strip("_").lower()


def render_c(circuit: Netlist, *, comments: Sequence[str] = ()) -> str:
    """Returns C11 that computes the circuit on 64 lanes at once, one in each bit of a word.

    A gate is a line. Where the processor has them, compilers make a single instruction of about half of the
    three-input tables, and two of most others.

    Args:
        circuit: the circuit; names that C does not allow are changed.
        comments: lines to put on top, such as where the circuit comes from.
    """
    circuit = live_part(circuit)
    name = function_name(circuit)
    inputs, outputs = distinct_names(circuit.inputs, NAMES), distinct_names(circuit.outputs, NAMES)
    prefix = gate_prefix(inputs)
    signals = [_ZERO, *inputs, *(f"{prefix}{gate}" for gate in range(circuit.num_gates))]
    prototype = f"void {name}(const uint64_t in[{max(len(inputs), 1)}], uint64_t out[{max(len(outputs), 1)}])"
    signature = f"in: {', '.join(inputs)}; out: {', '.join(outputs)}."
    lines = [
        *comment_block([*comments, "Bit-parallel: each bit of a word is a lane of its own.", signature]),
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
    if not outputs:
        lines.append("    (void)out;")
    for signal, table, fanins in reduced_nodes(circuit):
        value = function_text(table, [signals[fanin] for fanin in fanins], zero=_ZERO, ones=f"~{_ZERO}")
        lines.append(f"    const uint64_t {signals[signal]} = {value};")
    lines += [f"    out[{k}] = {signals[driver]};" for k, driver in enumerate(circuit.drivers.tolist())]
    return "\n".join([*lines, "}", ""])


def comment_block(lines: Iterable[str]) -> list[str]:
    """Returns the lines of a C comment, whatever the text is."""
    text = [_harmless(line) for line in comment_lines(lines)]
    return [f"/* {text[0]}", *(f" * {line}" for line in text[1:]), " */"]


def _harmless(line: str) -> str:
    """Returns the line without what ends or nests a comment, and without trigraphs."""
    return re.sub(r"\?(?=\?)", "? ", line.replace("*/", "* /").replace("/*", "/ *"))
