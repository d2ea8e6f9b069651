"""Bit-parallel simulation against one row at a time in plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import (
    Circuit,
    CircuitBuilder,
    InputVectors,
    LookupCircuit,
    output_functions,
    signal_functions,
    simulate,
    truth_tables,
)
from ca_logic.circuit.simulation import MAX_EXHAUSTIVE_INPUTS
from ca_logic.errors import CircuitError
from ca_logic.gates import Gate
from tests.formats.lookups import every_table, lookup_circuits, outputs_of
from tests.plain_evaluation import evaluate_all, evaluate_row, rows_of
from tests.strategies import circuits


def lanes_of(words: np.ndarray) -> np.ndarray:
    """Returns the bits of words [rows, words] as [rows, lanes], lane i being bit i % 64 of word i // 64."""
    bits = [[word >> lane & 1 for word in row for lane in range(64)] for row in words.tolist()]
    return np.array(bits, dtype=np.uint8).reshape(len(words), -1)


def wide_circuit(num_inputs: int) -> Circuit:
    """Returns a circuit of so many inputs that computes their conjunction."""
    builder = CircuitBuilder([f"x{i}" for i in range(num_inputs)], name="wide")
    signal = 1
    for other in range(2, num_inputs + 1):
        signal = builder.add(Gate.AND, signal, other)
    return builder.build({"y": signal})


@settings(deadline=None, max_examples=50)
@given(circuits(), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_simulate_computes_every_lane(circuit: Circuit, num_words: int, seed: int) -> None:
    shape = (len(circuit.inputs), num_words)
    words = np.random.default_rng(seed).integers(0, 1 << 64, size=shape, dtype=np.uint64)
    results = simulate(circuit, words)
    assert results.dtype == np.uint64
    assert results.shape == (len(circuit.outputs), num_words)
    columns = lanes_of(words).T.tolist() if circuit.inputs else [()] * (64 * num_words)
    expected = [evaluate_row(circuit, tuple(column)) for column in columns]
    assert list(map(tuple, lanes_of(results).T.tolist())) == expected


def test_simulate_computes_more_words_than_fit_one_block() -> None:
    words = np.random.default_rng(0).integers(0, 1 << 64, size=(2, 10_001), dtype=np.uint64)
    circuit = CircuitBuilder(["a", "b"]).build({"a": 1})
    assert np.array_equal(simulate(circuit, words), words[:1])
    assert np.array_equal(simulate(wide_circuit(2), words), words[:1] & words[1:])


@pytest.mark.parametrize("shape", [(1, 4), (3, 4), (2,), (2, 4, 1)])
def test_simulate_refuses_words_that_do_not_match_the_inputs(shape: tuple[int, ...]) -> None:
    with pytest.raises(CircuitError, match=r"has 2 inputs, but got words of shape"):
        simulate(wide_circuit(2), np.zeros(shape, dtype=np.uint64))


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_truth_tables_are_the_outputs_in_row_order(circuit: Circuit) -> None:
    tables = truth_tables(circuit)
    assert tables.dtype == np.uint8
    assert np.array_equal(tables, evaluate_all(circuit))


@settings(deadline=None, max_examples=60)
@given(lookup_circuits())
def test_circuits_of_tables_are_simulated_as_well(circuit: LookupCircuit) -> None:
    expected = outputs_of(circuit)
    assert truth_tables(circuit).tolist() == expected
    vectors = InputVectors.complete(len(circuit.inputs))
    integers = [sum(value << row for row, value in enumerate(outputs)) for outputs in expected]
    assert output_functions(circuit, vectors) == integers
    rows = 1 << len(circuit.inputs)
    columns = np.array(rows_of(len(circuit.inputs)), dtype=np.uint64).reshape(rows, -1).T
    words = np.full((len(circuit.inputs), rows), np.iinfo(np.uint64).max) * columns
    assert (simulate(circuit, words) & np.uint64(1)).tolist() == expected


def test_every_table_of_three_inputs_is_simulated() -> None:
    assert truth_tables(every_table()).tolist() == outputs_of(every_table())
    assert [int("".join(map(str, row)), 2) for row in truth_tables(every_table()).tolist()] == list(range(256))


@settings(deadline=None, max_examples=60)
@given(circuits(max_inputs=5))
def test_signal_functions_are_tables_as_bit_sets(circuit: Circuit) -> None:
    functions = signal_functions(circuit)
    assert len(functions) == circuit.num_signals
    outputs = [sum(value << row for row, value in enumerate(table)) for table in evaluate_all(circuit).tolist()]
    assert [functions[driver] for driver in circuit.drivers] == outputs
    assert functions[0] == 0
    assert all(0 <= function < 1 << (1 << len(circuit.inputs)) for function in functions)


def test_the_first_input_is_the_most_significant() -> None:
    circuit = CircuitBuilder(["a", "b", "c"]).build({"a": 1, "b": 2, "c": 3})
    assert truth_tables(circuit).tolist() == [
        [0, 0, 0, 0, 1, 1, 1, 1],
        [0, 0, 1, 1, 0, 0, 1, 1],
        [0, 1, 0, 1, 0, 1, 0, 1],
    ]


@pytest.mark.parametrize("num_inputs", [0, 1, 2, 7, 9, 11])
def test_complete_vectors_are_all_rows_in_order(num_inputs: int) -> None:
    vectors = InputVectors.complete(num_inputs)
    rows = [tuple(function >> row & 1 for function in vectors.functions) for row in range(1 << num_inputs)]
    assert rows == rows_of(num_inputs)
    assert vectors.ones == (1 << (1 << num_inputs)) - 1


@settings(deadline=None, max_examples=60)
@given(circuits(), st.data())
def test_vectors_of_rows_give_the_outputs_in_these_rows(circuit: Circuit, data: st.DataObject) -> None:
    # In any order, some twice, and sometimes none at all.
    num_inputs = len(circuit.inputs)
    rows = data.draw(st.lists(st.integers(0, (1 << num_inputs) - 1), max_size=80))
    inputs = np.array([rows_of(num_inputs)[row] for row in rows], dtype=np.uint8).reshape(len(rows), num_inputs).T
    vectors = InputVectors.of_rows(inputs)
    assert vectors.ones == (1 << len(rows)) - 1
    tables = evaluate_all(circuit)
    expected = [sum(int(table[row]) << lane for lane, row in enumerate(rows)) for table in tables]
    assert output_functions(circuit, vectors) == expected


@pytest.mark.parametrize("num_inputs", [1, 4, 9])
def test_vectors_of_all_rows_are_the_complete_ones(num_inputs: int) -> None:
    inputs = np.array(rows_of(num_inputs), dtype=np.uint8).T
    assert InputVectors.of_rows(inputs) == InputVectors.complete(num_inputs)


def test_rows_can_be_given_of_more_inputs_than_can_be_enumerated() -> None:
    inputs = np.ones((27, 3), dtype=np.uint8)
    inputs[26, 1] = 0
    assert output_functions(wide_circuit(27), InputVectors.of_rows(inputs)) == [0b101]


@pytest.mark.parametrize("num_inputs", [7, 9])
def test_truth_tables_of_more_than_64_rows(num_inputs: int) -> None:
    table = truth_tables(wide_circuit(num_inputs))
    assert table.shape == (1, 1 << num_inputs)
    assert np.flatnonzero(table[0]).tolist() == [(1 << num_inputs) - 1]


def test_a_circuit_without_outputs_has_an_empty_table() -> None:
    assert truth_tables(CircuitBuilder(["a"]).build({})).shape == (0, 2)


def test_too_many_inputs_are_refused_with_the_limit() -> None:
    circuit = wide_circuit(MAX_EXHAUSTIVE_INPUTS + 1)
    message = r"^a circuit of 21 inputs has too many rows; truth tables are made for at most 20\.$"
    for function in (truth_tables, signal_functions):
        with pytest.raises(CircuitError, match=message):
            function(circuit)
    with pytest.raises(CircuitError, match=message):
        InputVectors.complete(MAX_EXHAUSTIVE_INPUTS + 1)
