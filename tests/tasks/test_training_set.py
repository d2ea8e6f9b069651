"""Training sets: the complete truth table of a rule, or the rows of it that are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.tasks import (
    Rule,
    TrainingSet,
    centre_training_set,
    live_training_set,
    load_rule,
    neighbourhood_sample,
    ring_training_set,
    rule_training_set,
    table_training_set,
)
from ca_logic.tasks.neighbourhood import CELLS, MOORE, NEXT_STATE, all_neighbourhoods, all_rings
from tests.oracles import random_table, seeds

MANY_STATES = pytest.mark.parametrize("text", ["/2/3", "345/2/4", "wireworld", "2/13/5", "23/23/8", "2/13/21"])


def task_of_table(table: np.ndarray) -> TrainingSet:
    return table_training_set("any", table.astype(np.int8), np.arange(512))


def test_the_training_set_of_a_rule_is_its_whole_table_in_row_order() -> None:
    rule = load_rule("B36/S23")
    task = rule_training_set(rule)
    assert (task.name, task.num_rows) == ("highlife", 512)
    assert (task.input_names, task.output_names) == (CELLS, (NEXT_STATE,))
    assert np.array_equal(task.inputs, all_neighbourhoods())
    assert np.array_equal(task.targets, rule.table[None, :])


def test_rows_are_columns_of_the_arrays() -> None:
    inputs, targets = np.zeros((3, 5), dtype=np.uint8), np.zeros((2, 5), dtype=np.uint8)
    assert TrainingSet("any", ("a", "b", "c"), ("y", "z"), inputs, targets).num_rows == 5


def number_of(row: list[int]) -> int:
    """Returns the number of which these are the bits, bit 0 first."""
    return sum(bit << place for place, bit in enumerate(row))


@MANY_STATES
def test_with_more_states_a_code_of_the_ring_and_the_centre_tell_the_next_state(text: str) -> None:
    rule = load_rule(text)
    ring, centre = ring_training_set(rule), centre_training_set(rule)
    bits, code_bits = rule.bits_per_cell, len(ring.output_names)
    assert 2 ** (bits - 1) < rule.num_states <= 2**bits
    assert (ring.name, ring.input_names) == ("ring", MOORE)
    assert ring.output_names == tuple(f"code{bit}" for bit in range(code_bits))
    assert np.array_equal(ring.inputs, all_rings())
    assert centre.name == "centre"
    assert centre.input_names == (*ring.output_names, *(f"bit{bit}" for bit in range(bits)))
    assert centre.output_names == tuple(f"next{bit}" for bit in range(bits))
    following = {
        (number_of(row[:code_bits]), number_of(row[code_bits:])): number_of(after)
        for row, after in zip(centre.inputs.T.tolist(), centre.targets.T.tolist(), strict=True)
    }
    assert len(following) == centre.num_rows
    codes = [number_of(code) for code in ring.targets.T.tolist()]
    assert set(following) == {(code, state) for code in codes for state in range(rule.num_states)}
    table = [[following[code, state] for code in codes] for state in range(rule.num_states)]
    assert table == rule.transitions.tolist()


@MANY_STATES
def test_rings_have_one_code_if_they_make_the_same_of_every_centre(text: str) -> None:
    rule = load_rule(text)
    codes = ring_training_set(rule).targets.T.tolist()
    columns = rule.transitions.T.tolist()
    pairs = {(tuple(code), tuple(column)) for code, column in zip(codes, columns, strict=True)}
    assert len(pairs) == len({code for code, _ in pairs}) == len({column for _, column in pairs}) <= 4


def test_a_rule_that_reads_no_neighbour_needs_one_code_all_the_same() -> None:
    # Every cell takes the state after its own: 0, 1, 2 and 0 again.
    rule = Rule("clock", "clock", np.repeat(np.array([[1], [2], [0]], dtype=np.uint8), 256, axis=1))
    ring, centre = ring_training_set(rule), centre_training_set(rule)
    assert ring.output_names == ("code0",)
    assert not ring.targets.any()
    assert centre.targets.T.tolist() == [[1, 0], [0, 1], [0, 0]]


@MANY_STATES
def test_live_is_state_one_of_those_that_exist(text: str) -> None:
    rule = load_rule(text)
    task = live_training_set(rule)
    assert task.name == "live"
    assert task.input_names == tuple(f"bit{bit}" for bit in range(rule.bits_per_cell))
    assert task.output_names == ("live",)
    states = [number_of(row) for row in task.inputs.T.tolist()]
    assert states == list(range(rule.num_states))
    assert task.targets.tolist() == [[int(state == 1) for state in states]]


@given(seeds, st.sets(st.integers(0, 511), min_size=1))
def test_the_rows_of_a_partial_table_are_those_that_are_known(seed: int, known: set[int]) -> None:
    rows = np.array(sorted(known))
    table = np.full(512, -1, dtype=np.int8)
    table[rows] = random_table(seed)[rows]
    task = table_training_set("frames", table, rows)
    assert (task.name, task.input_names, task.output_names) == ("frames", CELLS, (NEXT_STATE,))
    assert task.inputs.T.tolist() == [[int(digit) for digit in f"{row:09b}"] for row in rows]
    assert task.targets.dtype == np.uint8
    assert task.targets[0].tolist() == random_table(seed)[rows].tolist()


def test_the_sample_of_a_two_state_rule_is_all_there_is() -> None:
    assert np.array_equal(neighbourhood_sample(load_rule("life")), all_neighbourhoods())


@MANY_STATES
def test_the_sample_holds_every_ring_with_every_centre_and_states_that_exist_only(text: str) -> None:
    rule = load_rule(text)
    sample = neighbourhood_sample(rule)
    assert sample.shape[0] == 9
    assert sample.shape[1] >= 2 * 256 * rule.num_states
    assert sample.max() == rule.num_states - 1
    pairs = {
        (column[4], "".join("01"[state == 1] for place, state in enumerate(column) if place != 4))
        for column in sample.T.tolist()
    }
    assert len(pairs) == 256 * rule.num_states
    for place in range(9):
        assert set(sample[place].tolist()) == set(range(rule.num_states))


def influence_by_hand(table: list[int]) -> float:
    """Returns for how many inputs the output changes with that input alone, in an average row."""
    return sum(table[row] != table[row ^ 1 << place] for row in range(512) for place in range(9)) / 512


@settings(deadline=None, max_examples=20)
@given(seeds)
def test_the_total_influence_is_how_many_inputs_matter_in_an_average_row(seed: int) -> None:
    table = random_table(seed)
    assert task_of_table(table).total_influence() == pytest.approx(influence_by_hand(table.tolist()))


@pytest.mark.parametrize(
    ("table", "influence"),
    [
        (all_neighbourhoods().sum(axis=0) % 2, 9),
        (np.zeros(512), 0),
        (np.ones(512), 0),
        (all_neighbourhoods()[4], 1),
        (all_neighbourhoods()[0] ^ all_neighbourhoods()[8], 2),
    ],
    ids=["parity", "never", "always", "one cell", "two cells"],
)
def test_parity_depends_on_all_inputs_and_a_constant_on_none(table: np.ndarray, influence: int) -> None:
    assert task_of_table(table).total_influence() == influence


def test_the_total_influence_of_life_is_known() -> None:
    influence = rule_training_set(load_rule("life")).total_influence()
    assert influence == pytest.approx(influence_by_hand(load_rule("life").table.tolist()))
    assert influence == pytest.approx(3.17, abs=0.01)


def test_what_is_not_there_is_not_counted_as_influence() -> None:
    # Of the first input no pair of rows is there; the second decides, the third does not matter.
    inputs = np.array([[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 0, 1]], dtype=np.uint8)
    task = TrainingSet("any", ("a", "b", "c"), ("y",), inputs, inputs[1:2])
    assert task.total_influence() == 1 + 1 + 0
