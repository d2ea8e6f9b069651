"""`with_adders` and `with_argmax`: the scores of a classifier as gates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import CircuitBuilder
from ca_logic.circuit.group_sum import GroupSum, group_sum, scores
from ca_logic.synthesis.adders import add_columns, with_adders, with_argmax
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from tests.group_sums import all_words, group_sums
from tests.plain_evaluation import evaluate_all


def expected_scores(head: GroupSum) -> np.ndarray:
    num_inputs = len(head.circuit.inputs)
    return scores(head, all_words(num_inputs))[:, : 1 << num_inputs]


@settings(deadline=None, max_examples=60)
@given(group_sums())
def test_adders_compute_the_scores(head: GroupSum) -> None:
    circuit = with_adders(head)
    digits = evaluate_all(circuit).astype(np.int64).reshape(head.num_classes, -1, 1 << len(circuit.inputs))
    width = digits.shape[1]
    wanted = expected_scores(head)
    # Modulo 2 ** width; that the width suffices is told by the range of the scores.
    assert np.array_equal((digits << np.arange(width)[:, None]).sum(axis=1), wanted % (1 << width))
    assert wanted.max() < 1 << width
    assert wanted.min() >= -(1 << (width - 1))
    assert wanted.min() >= 0 or wanted.max() < 1 << (width - 1)


@settings(deadline=None, max_examples=60)
@given(group_sums())
def test_argmax_is_the_first_class_of_the_largest_score(head: GroupSum) -> None:
    chosen = evaluate_all(with_argmax(head))
    winners = np.argmax(expected_scores(head), axis=0)
    assert np.array_equal(chosen, np.eye(head.num_classes, dtype=np.uint8)[:, winners])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.integers(0, 4), max_size=5), min_size=1, max_size=4))
def test_columns_add_up(columns: list[list[int]]) -> None:
    builder = CircuitBuilder(["a", "b", "c", "d"])
    digits = add_columns(builder, columns)
    rows = evaluate_all(builder.build({f"s{k}": digit for k, digit in enumerate(digits)}))
    inputs = evaluate_all(CircuitBuilder(["a", "b", "c", "d"]).build({str(k): k for k in range(5)}))
    total = np.zeros(16, np.int64)
    for position, column in enumerate(columns):
        total += inputs[column].sum(axis=0, dtype=np.int64) << position
    values = rows.astype(np.int64) << np.arange(len(columns))[:, None]
    assert np.array_equal(values.sum(axis=0), total % (1 << len(columns)))


@pytest.mark.parametrize(("num_ones", "gates", "tables"), [(2, 2, 2), (3, 5, 2), (7, 20, 8), (15, 55, 22)])
def test_a_counter_takes_five_gates_or_two_tables_a_full_adder(num_ones: int, gates: int, tables: int) -> None:
    names = [f"x{i}" for i in range(num_ones)]
    circuit = with_adders(group_sum(CircuitBuilder(names).build({f"y{i}": 1 + i for i in range(num_ones)}), 1))
    assert circuit.num_gates == gates
    assert map_to_lookup(circuit).num_gates == tables


def test_outputs_are_named_by_class_and_digit() -> None:
    head = group_sum(CircuitBuilder(["a", "b"]).build({"p": 1, "q": 2, "r": 2, "s": 2}), 2)
    assert with_adders(head).outputs == ("class0_bit0", "class0_bit1", "class1_bit0", "class1_bit1")
    assert with_argmax(head).outputs == ("class0", "class1")
    assert with_adders(head).drivers[2:].tolist() == [0, 2]


@pytest.mark.parametrize(("num_signals", "num_gates"), [(1, 0), (2, 2), (3, 5), (7, 20), (8, 26), (9, 29)])
def test_a_counter_takes_five_gates_for_each_full_adder(num_signals: int, num_gates: int) -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(num_signals)])
    digits = add_columns(builder, [builder.inputs, *[()] * (num_signals.bit_length() - 1)])
    assert builder.build({str(place): digit for place, digit in enumerate(digits)}).num_gates <= num_gates
