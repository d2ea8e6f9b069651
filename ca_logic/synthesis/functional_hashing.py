"""Functional hashing: two signals with the same function, up to complement, become one."""

from ca_logic.circuit import Circuit, CircuitBuilder, InputVectors, signal_functions


def functional_hashing(circuit: Circuit, vectors: InputVectors | None = None) -> Circuit:
    """Returns the circuit with each function computed once; constants and inputs count as signals too.

    Args:
        circuit: what to make smaller.
        vectors: the input combinations that matter; by default all.

    Raises:
        CircuitError: if all matter, and the circuit has too many inputs for truth tables.
    """
    vectors = vectors or InputVectors.complete(len(circuit.inputs))
    ones = vectors.ones
    functions = signal_functions(circuit, vectors)
    builder = CircuitBuilder(circuit.inputs, name=circuit.name)
    signals = [0, *builder.inputs]
    known = {_representative(function, ones): signal for signal, function in enumerate(functions[: len(signals)])}
    for gate, (a, b), function in zip(
        circuit.gates.tolist(), circuit.fanins.tolist(), functions[len(signals) :], strict=True
    ):
        first = known.setdefault(_representative(function, ones), len(signals))
        if first == len(signals):
            signals.append(builder.add(gate, signals[a], signals[b]))
        else:
            signals.append(signals[first] if functions[first] == function else builder.negate(signals[first]))
    return builder.build({name: signals[driver] for name, driver in zip(circuit.outputs, circuit.drivers, strict=True)})


def _representative(function: int, ones: int) -> int:
    """Returns the one of a function and its complement that is 0 in row 0."""
    return function ^ ones if function & 1 else function
