"""The miter of two circuits: one circuit whose outputs are 1 where theirs differ.

Both are built into one netlist in which equal gates are shared, so outputs of the same structure become the same
signal, and their difference the constant 0. Source: Brand, "Verification of large synthesized designs" (ICCAD 1993).
"""

from dataclasses import replace

import numpy as np

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit, Netlist
from ca_logic.circuit.lookup import gates_of
from ca_logic.errors import EquivalenceError
from ca_logic.gates import Gate
from ca_logic.synthesis.equivalence import spell_names


def build_miter(first: Netlist, second: Netlist) -> Circuit:
    """Returns a circuit of the same inputs whose output i is 1 where output i of the two differs; names as of `first`.

    Inputs and outputs are taken by position.
    """
    builder = CircuitBuilder(first.inputs, name=f"{first.name} xor {second.name}")
    pairs = zip(_add(builder, first), _add(builder, second), strict=True)
    differences = [builder.add(Gate.XOR, one, other) for one, other in pairs]
    return builder.build(dict(zip(first.outputs, differences, strict=True)))


def _add(builder: CircuitBuilder, netlist: Netlist) -> list[int]:
    """Adds all gates of a netlist over the builder's inputs, and returns the signals of its outputs."""
    circuit = gates_of(netlist) if isinstance(netlist, LookupCircuit) else netlist
    assert isinstance(circuit, Circuit)
    signals = builder.add_circuit(circuit)
    return [signals[driver] for driver in circuit.drivers.tolist()]


def match_interfaces(first: Netlist, second: Netlist) -> tuple[Netlist, str]:
    """Returns `second` with the inputs and outputs of `first`, in their order, and a note if not names decided.

    By name where both have the same names, else by position.

    Raises:
        EquivalenceError: if they have not as many inputs or outputs, saying which.
    """
    inputs = _match(first, second, first.inputs, second.inputs, "input")
    outputs = _match(first, second, first.outputs, second.outputs, "output")
    number = np.arange(second.num_signals, dtype=np.int32)
    number[1 + inputs] = 1 + np.arange(len(inputs))
    by_position = [
        kind
        for kind, here, there in (("inputs", first.inputs, second.inputs), ("outputs", first.outputs, second.outputs))
        if set(here) != set(there)
    ]
    matched = replace(
        second,
        inputs=first.inputs,
        outputs=first.outputs,
        fanins=number[second.fanins],
        drivers=number[second.drivers[outputs]],
    )
    return matched, f"{' and '.join(by_position)} matched by position" if by_position else ""


def _match(first: Netlist, second: Netlist, here: tuple[str, ...], there: tuple[str, ...], kind: str) -> np.ndarray:
    """Returns for each name of the first circuit the place of its counterpart in the second."""
    if set(here) == set(there):
        places = {name: place for place, name in enumerate(there)}
        return np.array([places[name] for name in here], dtype=np.int32)
    if len(here) != len(there):
        alone = [
            f"only {circuit.name!r} has {spell_names([name for name in own if name not in other])}"
            for circuit, own, other in ((first, here, set(there)), (second, there, set(here)))
            if not set(own) <= other
        ]
        plural = "" if len(here) == 1 else "s"
        raise EquivalenceError(
            f"circuit {first.name!r} has {len(here)} {kind}{plural} and circuit {second.name!r} {len(there)}: "
            f"{'; '.join(alone)}."
        )
    return np.arange(len(here), dtype=np.int32)
