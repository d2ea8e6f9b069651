"""Independent references that the tests judge the package by, and circuits to try it on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from ca_logic.backend import kernel as kernel_module
from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit, Netlist
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.gates import Gate
from ca_logic.tasks import Rule
from ca_logic.tasks.neighbourhood import CELLS, NEXT_STATE, input_names, output_names

STRICT_C = ("-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")
"""What the C of this project has to compile under without a word."""

_OFFSETS = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]

_sizes = st.sampled_from([1, 2, 3, 5, 31, 63, 64, 65, 127, 128, 129])
board_sizes = st.one_of(
    st.sampled_from([(1, 1), (2, 2), (1, 2), (2, 1), (1, 200), (200, 1), (7, 1025), (1025, 7), (64, 64), (128, 3)]),
    st.tuples(_sizes, st.integers(1, 9)),
    st.tuples(st.integers(1, 200), st.integers(1, 20)),
    st.tuples(st.integers(1, 70), st.integers(7, 41)),
)
"""(width, height), rich in the sizes where packing goes wrong."""

seeds = st.integers(0, 2**32 - 1)


def next_generation(cells: np.ndarray, table: np.ndarray, *, torus: bool) -> np.ndarray:
    """Returns the cells one generation later by looking each neighbourhood up in the table of 512 rows."""
    padded = cells if torus else np.pad(cells, 1)
    rows = np.zeros(padded.shape, dtype=np.int64)
    for dy, dx in _OFFSETS:
        rows = 2 * rows + np.roll(padded, (-dy, -dx), axis=(0, 1))
    following: np.ndarray = table.astype(bool)[rows]
    return following if torus else following[1:-1, 1:-1]


def later_generation(cells: np.ndarray, table: np.ndarray, *, torus: bool, generations: int) -> np.ndarray:
    """Returns the cells that many generations later."""
    for _ in range(generations):
        cells = next_generation(cells, table, torus=torus)
    return cells


def next_states(states: np.ndarray, transitions: np.ndarray, *, torus: bool) -> np.ndarray:
    """Returns the states one generation later by the table of (states, 256 rings of cells in state 1)."""
    padded = states if torus else np.pad(states, 1)
    rings = np.zeros(padded.shape, dtype=np.int64)
    for dy, dx in _OFFSETS:
        if (dy, dx) != (0, 0):
            rings = 2 * rings + (np.roll(padded, (-dy, -dx), axis=(0, 1)) == 1)
    following: np.ndarray = transitions.astype(np.uint8)[padded, rings]
    return following if torus else following[1:-1, 1:-1]


def later_states(states: np.ndarray, transitions: np.ndarray, *, torus: bool, generations: int) -> np.ndarray:
    """Returns the states that many generations later."""
    for _ in range(generations):
        states = next_states(states, transitions, torus=torus)
    return states


def next_by_circuit(states: np.ndarray, circuit: Netlist, *, torus: bool) -> np.ndarray:
    """Returns the states one generation later by looking the output of each gate up in its table, cell by cell."""
    padded = states if torus else np.pad(states, 1)
    num_planes = len(circuit.outputs)
    planes = [padded.astype(np.int64) >> bit & 1 for bit in range(num_planes)]
    cells = [np.roll(plane, (-dy, -dx), axis=(0, 1)) for plane in planes for dy, dx in _OFFSETS]
    values = [np.zeros(padded.shape, dtype=np.int64), *cells]
    for _, table, fanins in circuit.nodes():
        digits = np.array([int(digit) for digit in f"{table:0{1 << len(fanins)}b}"])
        rows = np.zeros(padded.shape, dtype=np.int64)
        for fanin in fanins:
            rows = 2 * rows + values[fanin]
        values.append(digits[rows])
    following = np.zeros(padded.shape, dtype=np.uint8)
    for bit, driver in enumerate(circuit.drivers.tolist()):
        following |= (values[driver] << bit).astype(np.uint8)
    return following if torus else following[1:-1, 1:-1]


def random_states(width: int, height: int, num_states: int, seed: int) -> np.ndarray:
    """Returns cells of which about half are live, about a quarter dead and the others in the other states."""
    rng = np.random.default_rng(seed)
    others = rng.integers(0, num_states, (height, width), dtype=np.uint8)
    states: np.ndarray = np.where(rng.random((height, width)) < 0.4, 1, others).astype(np.uint8)
    return states


def random_transitions(seed: int, num_states: int) -> np.ndarray:
    """Returns a table of (states, 256) random states; nothing is born where nothing is."""
    transitions = np.random.default_rng(seed).integers(0, num_states, (num_states, 256), dtype=np.uint8)
    transitions[0, 0] = 0
    return transitions


def sparse_transitions(seed: int, num_states: int) -> np.ndarray:
    """Returns random transitions of which each state looks at three neighbours, so that its circuit is small."""
    rng = np.random.default_rng(seed)
    rings = np.arange(256)
    transitions = np.empty((num_states, 256), dtype=np.uint8)
    for state in range(num_states):
        seen = rng.permutation(8)[:3]
        row = rng.integers(0, num_states, 8, dtype=np.uint8)
        transitions[state] = row[sum((rings >> cell & 1) << place for place, cell in enumerate(seen.tolist()))]
    transitions[0, 0] = 0
    return transitions


def random_cells(width: int, height: int, seed: int) -> np.ndarray:
    """Returns cells of which about every second is live."""
    return np.random.default_rng(seed).random((height, width)) < 0.5


def random_table(seed: int, **entries: int) -> np.ndarray:
    """Returns 512 random bits; keywords such as `row_0=1` set single entries."""
    table = np.random.default_rng(seed).integers(0, 2, 512, dtype=np.uint8)
    for row, value in entries.items():
        table[int(row.removeprefix("row_"))] = value
    return table


def circuit_of_table(table: np.ndarray, *, name: str = "table") -> Circuit:
    """Returns a circuit of nine inputs that looks the table up by a tree of multiplexers."""
    builder = CircuitBuilder(CELLS, name=name)
    return builder.build({NEXT_STATE: _looked_up(builder, _constants(builder, table), builder.inputs)})


def circuit_of_rule(rule: Rule) -> Circuit:
    """Returns a circuit of the rule, whatever its number of states, by trees of multiplexers; nothing is learned.

    States that the bits of a cell can hold but the rule does not have become 0.
    """
    return circuit_of_transitions(rule.transitions, name=rule.name)


def circuit_of_transitions(transitions: np.ndarray, *, name: str = "transitions") -> Circuit:
    """Returns the circuit of a table of (states, 256 rings of cells in state 1)."""
    bits = max(1, (len(transitions) - 1).bit_length())
    builder = CircuitBuilder(input_names(bits), name=name)
    cells = [list(builder.inputs)[k :: len(CELLS)] for k in range(len(CELLS))]
    centre = cells.pop(CELLS.index("c"))
    ring = [_is_one(builder, cell) for cell in cells]
    following = np.zeros((1 << bits, 256), dtype=np.uint8)
    following[: len(transitions)] = transitions
    outputs = {}
    for bit, output in enumerate(output_names(bits)):
        by_state = [_looked_up(builder, _constants(builder, row >> bit & 1), ring) for row in following]
        outputs[output] = _looked_up(builder, by_state, centre[::-1])
    return builder.build(outputs)


def _constants(builder: CircuitBuilder, bits: np.ndarray) -> list[int]:
    """Returns the signals of constant bits."""
    true = builder.negate(CONSTANT_FALSE)
    return [true if bit else CONSTANT_FALSE for bit in bits]


def _looked_up(builder: CircuitBuilder, signals: Sequence[int], address: Sequence[int]) -> int:
    """Returns the one of the signals whose index the address spells, most significant bit first."""
    for cell in reversed(address):
        signals = [
            builder.add(Gate.OR, builder.add(Gate.A_AND_NOT_B, low, cell), builder.add(Gate.AND, high, cell))
            for low, high in zip(signals[::2], signals[1::2], strict=True)
        ]
    return signals[0]


def _is_one(builder: CircuitBuilder, bits: Sequence[int]) -> int:
    """Returns whether a cell, given by its bits, lowest first, is in state 1."""
    live = bits[0]
    for bit in bits[1:]:
        live = builder.add(Gate.A_AND_NOT_B, live, bit)
    return live


def random_cell_circuit(seed: int, *, num_gates: int = 40) -> Circuit:
    """Returns a random circuit of the nine cells; dead gates, copies and constants included."""
    rng = np.random.default_rng(seed)
    first = 1 + len(CELLS)
    return Circuit(
        name="random",
        inputs=CELLS,
        outputs=(NEXT_STATE,),
        gates=rng.integers(0, 16, num_gates).astype(np.uint8),
        fanins=np.array([rng.integers(0, first + gate, 2) for gate in range(num_gates)], dtype=np.int32),
        drivers=np.array([rng.integers(0, first + num_gates)], dtype=np.int32),
    )


def random_neighbourhood_circuit(seed: int, bits: int, *, num_gates: int = 60) -> LookupCircuit:
    """Returns a random circuit of tables over cells of so many bits; most gates read what is near them."""
    rng = np.random.default_rng(seed)
    inputs = input_names(bits)
    first = 1 + len(inputs)
    lowest = [max(0, first + gate - 15) if rng.random() < 0.7 else 0 for gate in range(num_gates)]
    return LookupCircuit(
        name="random",
        inputs=inputs,
        outputs=output_names(bits),
        gates=rng.integers(0, 256, num_gates).astype(np.uint8),
        fanins=np.array([rng.integers(lowest[gate], first + gate, 3) for gate in range(num_gates)]).reshape(-1, 3),
        drivers=rng.integers(first + num_gates - 10, first + num_gates, bits),
    )


def use_tiles(patch: pytest.MonkeyPatch, *, rows: int, columns: int, generations: int) -> None:
    """Lets kernels advance boards of any size in tiles, and these be as small as that."""
    patch.setattr(kernel_module, "_CACHED_BYTES", 0)
    patch.setattr(kernel_module, "_TILE_ROWS", rows)
    patch.setattr(kernel_module, "_TILE_COLUMNS", columns)
    patch.setattr(kernel_module, "_TILE_GENERATIONS", generations)


def single_gate_circuit(**names: Any) -> Circuit:
    """Returns an AND of two inputs; `name`, `inputs` (two or more) and `outputs` (one) may be given."""
    return Circuit(
        name=names.get("name", "conjunction"),
        inputs=names.get("inputs", ("a", "b")),
        outputs=names.get("outputs", ("y",)),
        gates=np.array([Gate.AND], dtype=np.uint8),
        fanins=np.array([[1, 2]], dtype=np.int32),
        drivers=np.array([1 + len(names.get("inputs", ("a", "b")))], dtype=np.int32),
    )
