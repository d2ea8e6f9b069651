"""`GroupSum`: fewer terms, the same scores as counting ones."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.circuit.group_sum import GroupSum, group_sum, merge_terms, scores
from ca_logic.errors import CircuitError
from ca_logic.gates import Gate
from tests.group_sums import all_words, group_sums
from tests.plain_evaluation import evaluate_all
from tests.strategies import circuits


def counted(circuit: Circuit, num_classes: int) -> np.ndarray:
    """Returns in each row how many outputs of each class are 1."""
    rows = evaluate_all(circuit)
    counts: np.ndarray = rows.reshape(num_classes, -1, rows.shape[1]).sum(axis=1, dtype=np.int64)
    return counts


def weighed(head: GroupSum) -> np.ndarray:
    """Returns the score of each class in each row, term by term."""
    num_rows = 1 << len(head.circuit.inputs)
    rows = evaluate_all(head.circuit) if head.circuit.outputs else np.empty((0, num_rows), np.uint8)
    result = np.repeat(head.biases[:, None], num_rows, axis=1)
    for label, output, weight in zip(head.classes, head.outputs, head.weights, strict=True):
        result[label] += weight * rows[output]
    return result


def same_head(one: GroupSum, other: GroupSum) -> bool:
    arrays = ("biases", "classes", "outputs", "weights")
    return one.circuit == other.circuit and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays
    )


def literals_head(num_classes: int, **drivers: int) -> GroupSum:
    """Returns the head over inputs p and q and named literals: 1 and 2 are p and q, 0 is constant, -1 and so on not."""
    builder = CircuitBuilder(["p", "q"])
    outputs = {name: builder.negate(~literal) if literal < 0 else literal for name, literal in drivers.items()}
    return group_sum(builder.build(outputs), num_classes)


def terms(head: GroupSum) -> list[tuple[int, str, int]]:
    names = [head.circuit.outputs[output] for output in head.outputs]
    return list(zip(head.classes.tolist(), names, head.weights.tolist(), strict=True))


@settings(deadline=None, max_examples=60)
@given(circuits(max_inputs=5, max_gates=15, max_outputs=12), st.data())
def test_group_sum_counts_ones(circuit: Circuit, data: st.DataObject) -> None:
    num_outputs = len(circuit.outputs)
    num_classes = data.draw(st.sampled_from([n for n in range(1, num_outputs + 1) if num_outputs % n == 0]))
    head = group_sum(circuit, num_classes)
    assert weighed(head).tolist() == counted(circuit, num_classes).tolist()
    rows = 1 << len(circuit.inputs)
    assert scores(head, all_words(len(circuit.inputs)))[:, :rows].tolist() == counted(circuit, num_classes).tolist()
    assert len(head.weights) <= num_outputs


@settings(deadline=None, max_examples=60)
@given(group_sums())
def test_merging_keeps_the_scores(head: GroupSum) -> None:
    merged = merge_terms(head)
    assert weighed(merged).tolist() == weighed(head).tolist()
    assert len(merged.weights) <= len(head.weights)
    assert merged.circuit.num_gates <= head.circuit.num_gates


@settings(deadline=None, max_examples=60)
@given(group_sums())
def test_merging_leaves_distinct_outputs_that_are_all_needed(head: GroupSum) -> None:
    merged = merge_terms(head)
    drivers = merged.circuit.drivers.tolist()
    assert len(set(drivers)) == len(drivers)
    assert 0 not in drivers
    assert set(merged.outputs.tolist()) == set(range(len(drivers)))


@settings(deadline=None, max_examples=60)
@given(circuits(max_outputs=8))
def test_merging_what_was_built_twice_changes_nothing(circuit: Circuit) -> None:
    builder = CircuitBuilder(circuit.inputs)
    signals = [0, *builder.inputs]
    for _, gate, (a, b) in circuit.nodes():
        signals.append(builder.add(gate, signals[a], signals[b]))
    drivers = [signals[driver] for driver in circuit.drivers.tolist()]
    head = group_sum(builder.build(dict(zip(circuit.outputs, drivers, strict=True))), 1)
    assert Gate.NOT_A not in head.circuit.gates
    assert same_head(merge_terms(head), head)


def test_constants_go_into_the_bias() -> None:
    head = literals_head(2, zero=0, one=-1, p=1, also_one=-1)
    assert head.biases.tolist() == [1, 1]
    assert terms(head) == [(1, "p", 1)]


def test_equal_outputs_become_one_of_their_weights_together() -> None:
    head = literals_head(2, a=1, b=1, c=2, d=1, e=1, f=1)
    assert terms(head) == [(0, "a", 2), (0, "c", 1), (1, "a", 3)]


def test_an_output_and_its_complement_are_a_constant_one() -> None:
    head = literals_head(1, p=1, not_p=-2)
    assert (head.biases.tolist(), terms(head), head.circuit.num_gates) == ([1], [], 0)


def test_a_complement_has_a_negative_weight_and_needs_no_gate() -> None:
    head = literals_head(2, p=1, q=2, not_p=-2, not_q=-3)
    assert head.biases.tolist() == [0, 2]
    assert terms(head) == [(0, "p", 1), (0, "q", 1), (1, "p", -1), (1, "q", -1)]
    assert head.circuit.num_gates == 0


def test_scores_of_many_words_are_those_of_each() -> None:
    words = np.random.default_rng(0).integers(0, 1 << 64, (2, 131), dtype=np.uint64)
    head = literals_head(2, a=1, b=2, c=-3, d=1)
    together = scores(head, words)
    assert together.shape == (2, 131 * 64)
    assert together.tolist() == np.concatenate([scores(head, word[:, None]) for word in words.T], axis=1).tolist()
    p = int(words[0, 130]) >> 63
    q = int(words[1, 130]) >> 63
    assert together[:, -1].tolist() == [p + q, 1 - q + p]


@pytest.mark.parametrize("num_classes", [-1, 0, 2, 4])
def test_classes_must_share_the_outputs_evenly(num_classes: int) -> None:
    circuit = CircuitBuilder(["p"]).build({"a": 1, "b": 0, "c": 1})
    with pytest.raises(CircuitError, match=rf"3 outputs .* cannot be {num_classes} classes .*; choose a divisor of 3"):
        group_sum(circuit, num_classes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": [1]}, "need a class, an output and a weight for each term"),
        ({"weights": [1, 0]}, "have a term of weight 0; leave it out"),
        ({"classes": [0, 2]}, "have a term of class 2, but 2 in all"),
        ({"outputs": [-1, 1]}, "have a term of output -1, but 2 in all"),
        ({"outputs": [1, 0], "classes": [0, 0]}, "must have their terms by class, then by output"),
        ({"outputs": [1, 1], "classes": [0, 0]}, "must have their terms by class, then by output"),
        ({"biases": []}, "need at least one class"),
    ],
)
def test_what_is_no_sum_is_refused(changes: dict[str, Any], message: str) -> None:
    changes = {name: np.array(values, np.int64) for name, values in changes.items()}
    head = literals_head(2, p=1, q=2)
    assert terms(head) == [(0, "p", 1), (1, "q", 1)]
    with pytest.raises(CircuitError, match=message):
        replace(head, **changes)
