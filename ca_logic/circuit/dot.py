"""DOT, the language of Graphviz, to draw a circuit."""

import json

from ca_logic.circuit.netlist import CONSTANT_FALSE, Circuit
from ca_logic.gates import Gate, name_of

# Gates that invert one input: the gate to draw, and which of (a, b) to draw with a bubble.
_WITH_BUBBLE = {
    Gate.A_AND_NOT_B: (Gate.AND, 1),
    Gate.NOT_A_AND_B: (Gate.AND, 0),
    Gate.A_OR_NOT_B: (Gate.OR, 1),
    Gate.NOT_A_OR_B: (Gate.OR, 0),
}


def write_dot(circuit: Circuit) -> str:
    """Returns the circuit as a directed graph: inputs on the left, outputs on the right.

    A bubble at the end of a wire inverts what arrives there.
    """
    lines = [f"digraph {json.dumps(circuit.name)} {{", "  rankdir=LR;", "  node [fontname=monospace];"]
    lines.append("  { rank=same;")
    lines += [
        f"  s{signal} [label={json.dumps(name)}, shape=plaintext];" for signal, name in enumerate(circuit.inputs, 1)
    ]
    lines.append("  }")
    if circuit.live_signals()[CONSTANT_FALSE]:
        lines.append(f'  s{CONSTANT_FALSE} [label="false", shape=plaintext];')
    for signal, (gate, fanins) in enumerate(
        zip(circuit.gates.tolist(), circuit.fanins.tolist(), strict=True), circuit.first_gate
    ):
        drawn, bubble = _WITH_BUBBLE.get(Gate(gate), (gate, None))
        lines.append(f"  s{signal} [label={json.dumps(name_of(drawn))}, shape=box];")
        # A gate that reads one signal twice, such as an inverter, gets one wire, unless one of two is inverted.
        for position, fanin in enumerate(fanins if bubble is not None else dict.fromkeys(fanins)):
            lines.append(f"  s{fanin} -> s{signal}{' [arrowhead=odot]' if position == bubble else ''};")
    for position, (output, driver) in enumerate(zip(circuit.outputs, circuit.drivers.tolist(), strict=True)):
        lines.append(f"  o{position} [label={json.dumps(output)}, shape=doublecircle];")
        lines.append(f"  s{driver} -> o{position};")
    return "\n".join([*lines, "}", ""])
