"""Sweeping, structural hashing and simplification: what a circuit's structure alone tells, in linear time."""

from ca_logic.circuit import Circuit, CircuitBuilder, remove_dead_gates


def sweep(circuit: Circuit) -> Circuit:
    """Returns the circuit without constants, copies, inverters and dead gates; equal gates stay apart."""
    return _rebuild(circuit, CircuitBuilder(circuit.inputs, name=circuit.name, share=False))


def strash(circuit: Circuit) -> Circuit:
    """Returns the swept circuit with equal gates over equal fan-ins computed once."""
    return _rebuild(circuit, CircuitBuilder(circuit.inputs, name=circuit.name))


def simplify(circuit: Circuit) -> Circuit:
    """Returns the hashed circuit after all two-input rules: no gate is a function of two signals but its fan-ins.

    Absorption is one of them, AND(a, OR(a, b)) = a, and so is XOR(a, XOR(a, b)) = b. A gate that two earlier
    signals determine, however many gates lie between, reads these two. As each gate gives way to at most one, there
    are never more, and what was between them is often dead.
    """
    return _rebuild(circuit, CircuitBuilder(circuit.inputs, name=circuit.name, simplify=True))


def _rebuild(circuit: Circuit, builder: CircuitBuilder) -> Circuit:
    circuit = remove_dead_gates(circuit)
    signals = builder.add_circuit(circuit)
    return builder.build({name: signals[driver] for name, driver in zip(circuit.outputs, circuit.drivers, strict=True)})
