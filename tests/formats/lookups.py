"""Random circuits of three-input tables, and what they compute, by looking each row up."""

import itertools

import numpy as np
from hypothesis import strategies as st

from ca_logic.circuit import LookupCircuit
from ca_logic.circuit.netlist import Netlist


@st.composite
def lookup_circuits(
    draw: st.DrawFn, *, max_inputs: int = 5, max_gates: int = 12, max_outputs: int = 3
) -> LookupCircuit:
    """Any valid circuit of tables: constants, repeated and ignored fan-ins included."""
    num_inputs, num_gates = draw(st.integers(0, max_inputs)), draw(st.integers(0, max_gates))
    first = 1 + num_inputs
    tables = draw(st.lists(st.integers(0, 255), min_size=num_gates, max_size=num_gates))
    fanins = [[draw(st.integers(0, first + gate - 1)) for _ in range(3)] for gate in range(num_gates)]
    drivers = draw(st.lists(st.integers(0, first + num_gates - 1), min_size=1, max_size=max_outputs))
    return LookupCircuit(
        name="random",
        inputs=tuple(f"x{i}" for i in range(num_inputs)),
        outputs=tuple(f"y{i}" for i in range(len(drivers))),
        gates=np.array(tables, dtype=np.uint8),
        fanins=np.array(fanins, dtype=np.int32).reshape(-1, 3),
        drivers=np.array(drivers, dtype=np.int32),
    )


def every_table() -> LookupCircuit:
    """Returns a circuit whose outputs are all 256 tables of three inputs."""
    return LookupCircuit(
        name="tables",
        inputs=("a", "b", "c"),
        outputs=tuple(f"t{table}" for table in range(256)),
        gates=np.arange(256),
        fanins=np.tile(np.array([1, 2, 3]), (256, 1)),
        drivers=4 + np.arange(256),
    )


def outputs_of(circuit: Netlist) -> list[list[int]]:
    """Returns each output in all rows, first input most significant, of a circuit of either kind."""
    results = []
    for row in itertools.product((0, 1), repeat=len(circuit.inputs)):
        values = [0, *row]
        for table, fanins in zip(circuit.gates.tolist(), circuit.fanins.tolist(), strict=True):
            digits = f"{table:0{1 << circuit.ARITY}b}"
            values.append(int(digits[int("".join(str(values[fanin]) for fanin in fanins), 2)]))
        results.append([values[driver] for driver in circuit.drivers.tolist()])
    return [list(column) for column in zip(*results, strict=True)]
