"""`map_to_lookup`: three-input tables, fewer than gates, the same function."""

import itertools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.formats.blif import write_blif
from ca_logic.gates import Gate
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from ca_logic.synthesis.structural_hashing import simplify
from tests.formats.abc_oracle import ABC, needs_abc
from tests.formats.lookups import outputs_of
from tests.plain_evaluation import evaluate_all
from tests.strategies import circuits


def full_adder(order: tuple[int, ...]) -> Circuit:
    """Returns sum and carry of three bits as five gates."""
    builder = CircuitBuilder(["a", "b", "c"])
    a, b, c = (1 + position for position in order)
    half = builder.add(Gate.XOR, a, b)
    carry = builder.add(Gate.OR, builder.add(Gate.AND, a, b), builder.add(Gate.AND, half, c))
    return builder.build({"sum": builder.add(Gate.XOR, half, c), "carry": carry})


@settings(deadline=None, max_examples=150)
@given(circuits())
def test_mapping_keeps_the_function(circuit: Circuit) -> None:
    mapped = map_to_lookup(circuit)
    assert (mapped.name, mapped.inputs, mapped.outputs) == (circuit.name, circuit.inputs, circuit.outputs)
    assert outputs_of(mapped) == evaluate_all(circuit).tolist()


@settings(deadline=None, max_examples=100)
@given(circuits(max_inputs=12, max_gates=60, max_outputs=8))
def test_there_are_never_more_tables_than_gates(circuit: Circuit) -> None:
    mapped = map_to_lookup(circuit)
    assert mapped.num_gates <= simplify(circuit).num_gates <= circuit.num_gates
    assert mapped.live_signals()[mapped.first_gate :].all()


@settings(deadline=None, max_examples=100)
@given(circuits())
def test_tables_depend_on_all_that_they_read(circuit: Circuit) -> None:
    mapped = map_to_lookup(circuit)
    for _, table, fanins in mapped.nodes():
        digits = np.array([int(digit) for digit in f"{table:08b}"]).reshape(2, 2, 2)
        for axis, fanin in enumerate(fanins):
            low, high = np.split(digits, 2, axis=axis)
            assert (fanin == 0) == np.array_equal(low, high)
        read = [fanin for fanin in fanins if fanin]
        assert len(set(read)) == len(read)
        assert tuple(read) == fanins[: len(read)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_full_adder_is_two_tables(order: tuple[int, ...]) -> None:
    assert map_to_lookup(full_adder(order)).num_gates == 2


def test_a_chain_of_gates_takes_half_as_many_tables() -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(9)])
    signal = 1
    for other in range(2, 10):
        signal = builder.add(Gate.XOR if other % 2 else Gate.AND, signal, other)
    assert map_to_lookup(builder.build({"y": signal})).num_gates == 4


def test_a_gate_of_two_readers_vanishes_into_both() -> None:
    builder = CircuitBuilder(["a", "b", "c", "d"])
    shared = builder.add(Gate.AND, 1, 2)
    circuit = builder.build({"y": builder.add(Gate.XOR, shared, 3), "z": builder.add(Gate.OR, shared, 4)})
    assert map_to_lookup(circuit).num_gates == 2


def test_an_inverter_before_an_output_is_absorbed() -> None:
    conjunction_and_inverter = Circuit(
        name="nand",
        inputs=("a", "b", "c"),
        outputs=("y", "z"),
        gates=np.array([Gate.AND, Gate.NOT_A, Gate.XOR]),
        fanins=np.array([[1, 2], [4, 4], [4, 3]]),
        drivers=np.array([5, 6]),
    )
    mapped = map_to_lookup(conjunction_and_inverter)
    assert mapped.num_gates == 2
    assert outputs_of(mapped) == evaluate_all(conjunction_and_inverter).tolist()


def test_a_deep_circuit_is_no_deeper_than_its_gates() -> None:
    builder = CircuitBuilder(["a", "b", "c"])
    signal = 1
    for step in range(3000):
        signal = builder.add(Gate.NAND if step % 3 else Gate.XOR, signal, 1 + (step + 1) % 3)
    circuit = builder.build({"y": signal})
    mapped = map_to_lookup(circuit)
    assert mapped.depth <= circuit.depth
    assert outputs_of(mapped) == evaluate_all(circuit).tolist()


@needs_abc
@pytest.mark.parametrize("num_layers", [2, 5])
def test_there_are_no_more_tables_than_abc_makes(num_layers: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(num_layers)
    width, num_inputs = 400, 64
    gates = rng.choice([gate for gate in range(16) if gate not in (0, 3, 5, 10, 12, 15)], num_layers * width)
    fanins = [rng.integers(1, 1 + num_inputs, (width, 2))]
    for layer in range(1, num_layers):
        first = 1 + num_inputs + (layer - 1) * width
        fanins.append(rng.integers(first, first + width, (width, 2)))
    drivers = np.arange(width) + 1 + num_inputs + (num_layers - 1) * width
    names = tuple(f"x{i}" for i in range(num_inputs)), tuple(f"y{i}" for i in range(width))
    circuit = simplify(Circuit("net", *names, gates, np.concatenate(fanins), drivers))
    (tmp_path / "net.blif").write_text(write_blif(circuit))
    script = "read_blif net.blif; strash; if -K 3 -a; write_blif mapped.blif"
    subprocess.run([str(ABC), "-q", script], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    lines = (tmp_path / "mapped.blif").read_text().replace("\\\n", " ").splitlines()
    # Tables of two inputs or more: constants and copies of inputs are free there.
    tables = [line for line in lines if line.startswith(".names") and len(line.split()) > 3]
    assert (np.asarray(map_to_lookup(circuit).fanins)[:, 1] > 0).sum() <= len(tables)
