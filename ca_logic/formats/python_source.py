"""Circuit to Python: one function that needs no import and works on numbers and arrays alike.

The one idea: `~` may set bits beyond the lanes, all those of a negative number, but every such bit holds what the
circuit computes where all inputs are 0. So only outputs that are 1 there have to be cut to the lanes, and only
their functions take the argument `ones`, which says what these are and must be given.
"""

import keyword
import re
from collections.abc import Iterator, Sequence

import numpy as np

from ca_logic.circuit import InputVectors, output_functions
from ca_logic.circuit.netlist import Netlist
from ca_logic.formats.functions import function_text, live_part, reduced_nodes
from ca_logic.formats.names import NameRule, comment_lines, gate_prefix, require_names

_MASK = "ones"

NAMES = NameRule(
    "Python",
    "a letter or underscore, then letters, digits and underscores, and no word of Python",
    forbidden=re.compile("[^A-Za-z0-9_]"),
    refused=re.compile("[0-9].*"),
    reserved=frozenset([*keyword.kwlist, "__debug__"]),
)


def write_python(circuit: Netlist, *, comments: Sequence[str] = ()) -> str:
    """Returns a Python module of one function, `next = life(nw, n, ...)`; its name is made valid, others must be.

    Each bit of an operand is a lane of its own: operands may be 0 and 1, integers of any width, or NumPy arrays of
    any type of integer. The function takes the inputs in order, and, by keyword, `ones` if some output is 1 where all
    inputs are 0; it returns the output, or a tuple of them if there are more or fewer than one.

    Args:
        circuit: the circuit.
        comments: lines for the docstring, such as where the circuit comes from.

    Raises:
        CircuitError: if a name of an input or output is no identifier.
    """
    circuit = live_part(require_names(circuit, NAMES))
    name = NAMES.nearest(circuit.name)
    all_zero = InputVectors.of_rows(np.zeros((len(circuit.inputs), 1), np.uint8))
    mask = _unused(_MASK, circuit.inputs)
    masked = [bool(value) for value in output_functions(circuit, all_zero)]
    parameters = [*circuit.inputs, *(["*", mask] if any(masked) else [])]
    # Of the operands' type where there is any.
    typed = [*circuit.inputs, *([mask] if any(masked) else []), "0"][0]
    zero = f"{typed} ^ {typed}"
    prefix = gate_prefix((*circuit.inputs, mask))
    signals = [zero, *circuit.inputs, *(f"{prefix}{gate}" for gate in range(circuit.num_gates))]
    lines = [f"def {name}({', '.join(parameters)}):", *_docstring(circuit, comments, mask if any(masked) else None)]
    for signal, table, fanins in reduced_nodes(circuit):
        value = function_text(table, [signals[fanin] for fanin in fanins], zero=zero, ones=f"~({zero})")
        lines.append(f"    {signals[signal]} = {value}")
    results = [
        f"{signals[driver]} & {mask}" if cut else signals[driver]
        for driver, cut in zip(circuit.drivers.tolist(), masked, strict=True)
    ]
    lines.append(f"    return {results[0] if len(results) == 1 else '(' + ', '.join(results) + ')'}")
    return "\n".join([*lines, ""])


def _docstring(circuit: Netlist, comments: Sequence[str], mask: str | None) -> Iterator[str]:
    paragraphs = [
        [f"Returns {', '.join(circuit.outputs) or 'nothing'} of the circuit {circuit.name}."],
        list(comments),
        [
            "Each bit is a lane of its own: operands are 0 and 1, ints of any width from 0 up, or NumPy arrays",
            "of integers.",
            *(
                [f"{mask}: the number, of the operands' type, with the bits of all lanes set; 1 for 0 and 1."]
                * bool(mask)
            ),
            f"Inputs, in order: {', '.join(circuit.inputs) or 'none'}.",
        ],
    ]
    lines = [
        line.replace("\\", r"\\").replace('"', r"\"")
        for paragraph in paragraphs
        for line in [*comment_lines(paragraph), *([""] * bool(paragraph))]
    ]
    yield f'    """{lines[0]}'
    yield from (f"    {line}".rstrip() for line in lines[1:-1])
    yield '    """'


def _unused(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "_"
    return name
