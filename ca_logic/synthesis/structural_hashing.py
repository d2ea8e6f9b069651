"""Passes that look at structure only, linear in the number of gates."""

from ca_logic.circuit import Circuit, CircuitBuilder


def sweep(circuit: Circuit) -> Circuit:
    """Returns the circuit with constants, copies and inverters propagated into the gates that read them."""
    return _rebuild(circuit, share=False)


def strash(circuit: Circuit) -> Circuit:
    """Returns the circuit with gates shared that do the same to the same fan-ins (structural hashing)."""
    return _rebuild(circuit, share=True)


def _rebuild(circuit: Circuit, *, share: bool) -> Circuit:
    builder = CircuitBuilder(circuit.inputs, name=circuit.name, share=share)
    signals = [0, *builder.inputs]
    for gate, (a, b) in zip(circuit.gates.tolist(), circuit.fanins.tolist(), strict=True):
        signals.append(builder.add(gate, signals[a], signals[b]))
    return builder.build({name: signals[driver] for name, driver in zip(circuit.outputs, circuit.drivers, strict=True)})
