"""DOT, the language of Graphviz, to draw a circuit, and SVG as Graphviz makes it.

Source: Gansner, Koutsofios and North, "Drawing graphs with dot" (2015).
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence

from ca_logic.circuit.netlist import Netlist
from ca_logic.errors import CircuitError, ToolchainError
from ca_logic.formats.functions import Node, function_text, reduced_nodes
from ca_logic.formats.names import comment_lines, shown
from ca_logic.gates import Gate, name_of

# Gates that invert one input: the gate to draw, and which of (a, b) to draw with a bubble.
_WITH_BUBBLE = {
    Gate.A_AND_NOT_B: (Gate.AND, 1),
    Gate.NOT_A_AND_B: (Gate.AND, 0),
    Gate.A_OR_NOT_B: (Gate.OR, 1),
    Gate.NOT_A_OR_B: (Gate.OR, 0),
}
_LETTERS = ("a", "b", "c")
_TIMEOUT_SECONDS = 120

MAX_DRAWN_GATES = 3000
"""Graphviz takes minutes for more, and nobody sees anything in the drawing."""


def write_dot(circuit: Netlist, *, comments: Sequence[str] = ()) -> str:
    """Returns the circuit as a directed graph: inputs on the left, outputs on the right.

    A bubble at the end of a wire inverts what arrives there. A table of three inputs bears its smallest formula over
    a, b and c, and its wires say which of them they are.

    Args:
        circuit: the circuit; it may have any names.
        comments: lines to put on top, such as where the circuit comes from.
    """
    nodes = list(reduced_nodes(circuit))
    lines = [f"// {line}" for line in comment_lines(comments)]
    lines += [f"digraph {_quoted(circuit.name)} {{", "  rankdir=LR;", "  node [fontname=monospace];"]
    lines.append("  { rank=same;")
    lines += [f"  s{signal} [label={_quoted(name)}, shape=plaintext];" for signal, name in enumerate(circuit.inputs, 1)]
    lines.append("  }")
    if not circuit.drivers.all():
        lines.append('  s0 [label="false", shape=plaintext];')
    for node in nodes:
        lines += _node_lines(node)
    for position, (output, driver) in enumerate(zip(circuit.outputs, circuit.drivers.tolist(), strict=True)):
        lines.append(f"  o{position} [label={_quoted(output)}, shape=doublecircle];")
        lines.append(f"  s{driver} -> o{position};")
    return "\n".join([*lines, "}", ""])


def render_svg(circuit: Netlist, *, comments: Sequence[str] = ()) -> bytes:
    """Returns the drawing as SVG.

    Raises:
        CircuitError: if there are more than `MAX_DRAWN_GATES` gates.
        ToolchainError: if Graphviz is not installed, or fails, or takes too long.
    """
    if circuit.num_gates > MAX_DRAWN_GATES:
        raise CircuitError(
            f"{circuit.num_gates} gates are too many to draw as SVG, at most {MAX_DRAWN_GATES} are drawn; choose the "
            "format dot, or another."
        )
    dot = shutil.which("dot")
    if dot is None:
        raise ToolchainError(
            "Graphviz, which draws SVG, is not installed (tried dot); install it (Debian: apt install graphviz; macOS: "
            "brew install graphviz), or choose the format dot."
        )
    text = write_dot(circuit, comments=comments).encode()
    try:
        result = subprocess.run([dot, "-Tsvg"], input=text, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ToolchainError(
            f"Graphviz took more than {_TIMEOUT_SECONDS} s for {circuit.num_gates} gates; choose the format dot."
        ) from None
    except OSError as error:
        raise ToolchainError(f"Graphviz ({dot}) cannot be run: {error.strerror}; install it again.") from None
    if result.returncode != 0:
        reason = shown(result.stderr.decode(errors="replace").strip())
        raise ToolchainError(f"Graphviz ({dot}) failed: {reason}; choose the format dot.")
    return result.stdout


def _node_lines(node: Node) -> Iterator[str]:
    if len(node.fanins) == len(_LETTERS):
        text = function_text(node.table, _LETTERS, zero="0", ones="1")
        yield f"  s{node.signal} [label={_quoted(text)}, shape=box];"
        yield from (
            f'  s{fanin} -> s{node.signal} [headlabel="{letter}"];'
            for letter, fanin in zip(_LETTERS, node.fanins, strict=True)
        )
        return
    gate = (Gate.TRUE * node.table, (Gate.NOT_A, Gate.A)[node.table & 1], node.table)[len(node.fanins)]
    drawn, bubble = _WITH_BUBBLE.get(Gate(gate), (gate, None))
    yield f"  s{node.signal} [label={_quoted(name_of(drawn))}, shape=box];"
    for position, fanin in enumerate(node.fanins):
        yield f"  s{fanin} -> s{node.signal}{' [arrowhead=odot]' if position == bubble else ''};"


def _quoted(text: str) -> str:
    """Returns a string of DOT that is drawn as the text, less what nobody sees; DOT knows the entities of HTML."""
    visible = "".join(filter(str.isprintable, text))
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("&", "&amp;")):
        visible = visible.replace(character, escape)
    return f'"{visible}"'
