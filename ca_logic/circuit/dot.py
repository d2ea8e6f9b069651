"""DOT, the language of Graphviz, to draw a circuit."""

import json

from ca_logic.circuit.netlist import Circuit
from ca_logic.gates import name_of


def write_dot(circuit: Circuit) -> str:
    """Returns the circuit as a directed graph: inputs on the left, outputs on the right."""
    names = ["false", *circuit.inputs, *(f"g{gate}" for gate in range(circuit.num_gates))]
    used = circuit.live_signals()
    lines = [f"digraph {json.dumps(circuit.name)} {{", "  rankdir=LR;", "  node [fontname=monospace];"]
    for signal in range(circuit.first_gate):
        if used[signal] or signal > 0:
            lines.append(f"  s{signal} [label={json.dumps(names[signal])}, shape=plaintext];")
    for signal, (gate, (a, b)) in enumerate(
        zip(circuit.gates.tolist(), circuit.fanins.tolist(), strict=True), circuit.first_gate
    ):
        lines.append(f"  s{signal} [label={json.dumps(name_of(gate))}, shape=box];")
        lines += [f"  s{fanin} -> s{signal};" for fanin in dict.fromkeys((a, b))]
    for position, (output, driver) in enumerate(zip(circuit.outputs, circuit.drivers.tolist(), strict=True)):
        lines.append(f"  o{position} [label={json.dumps(output)}, shape=doublecircle];")
        lines.append(f"  s{driver} -> o{position};")
    return "\n".join([*lines, "}", ""])
