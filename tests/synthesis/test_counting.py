"""Counters: right for every table that counts, and only what is interchangeable is counted."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit
from ca_logic.synthesis.counting import counter_circuits, interchangeable_inputs
from ca_logic.synthesis.decision_diagram import PartialTable
from ca_logic.tasks import load_rule
from ca_logic.tasks.neighbourhood import CELLS
from tests.plain_evaluation import evaluate_all


def totalistic(groups: list[int], rng: np.random.Generator, *, known: float = 1.0) -> PartialTable:
    """Returns a random table of the counts of live inputs in groups of these sizes; some counts may be open."""
    cells = np.indices((2,) * sum(groups))
    bounds = np.cumsum([0, *groups])
    counts = tuple(cells[first:last].sum(axis=0) for first, last in itertools.pairwise(bounds.tolist()))
    sizes = [size + 1 for size in groups]
    return PartialTable((rng.random(sizes) < 0.5)[counts], (rng.random(sizes) < known)[counts])


def transposed(table: PartialTable, order: list[int]) -> PartialTable:
    return PartialTable(table.ones.transpose(order), table.care.transpose(order))


def counters_of(*tables: PartialTable) -> list[Circuit]:
    inputs = [f"x{i}" for i in range(tables[0].ones.ndim)]
    return counter_circuits("counter", inputs, {f"y{k}": table for k, table in enumerate(tables)})


def assert_computes(circuit: Circuit, *tables: PartialTable) -> None:
    for outputs, table in zip(evaluate_all(circuit), tables, strict=True):
        care = table.care.ravel()
        assert np.array_equal(outputs[care].astype(bool), table.ones.ravel()[care])


def is_unchanged_by_swap(table: PartialTable, first: int, second: int) -> bool:
    """Tells so row by row."""
    for row in itertools.product((0, 1), repeat=table.ones.ndim):
        swapped = list(row)
        swapped[first], swapped[second] = row[second], row[first]
        here, there = (table.care[row], table.ones[row]), (table.care[tuple(swapped)], table.ones[tuple(swapped)])
        if here != there and (here[0] or there[0]):
            return False
    return True


@pytest.mark.parametrize(
    "groups", [[3], [4], [5], [6], [7], [8], [9], [3, 3], [3, 4], [4, 1], [8, 1], [1, 8], [3, 1, 1], [5, 4]]
)
@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), known=st.sampled_from([0.6, 1.0]), num_tables=st.integers(1, 3))
def test_tables_of_counts_are_computed_in_any_order_of_the_inputs(
    groups: list[int], seed: int, known: float, num_tables: int
) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(sum(groups)).tolist()
    tables = [transposed(totalistic(groups, rng, known=known), order) for _ in range(num_tables)]
    circuits = counters_of(*tables)
    assert circuits
    for circuit in circuits:
        assert_computes(circuit, *tables)


@pytest.mark.parametrize("groups", [[3, 2], [3, 3, 2], [4, 2, 1], [3, 2, 2]])
def test_interchangeable_pairs_beside_larger_groups_are_looked_at(groups: list[int]) -> None:
    table = totalistic(groups, np.random.default_rng(0))
    for circuit in counters_of(table):
        assert_computes(circuit, table)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.sampled_from([0.05, 0.5, 1.0]), st.integers(0, 2**32 - 1))
def test_of_any_table_what_there_is_of_counters_is_right(num_inputs: int, known: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (2,) * num_inputs
    table = PartialTable(rng.random(shape) < 0.2, rng.random(shape) < known)
    for circuit in counters_of(table):
        assert_computes(circuit, table)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda groups: sum(groups) <= 6),
    st.sampled_from([0.3, 1.0]),
    st.integers(0, 2**32 - 1),
)
def test_inputs_are_interchangeable_exactly_if_swapping_them_changes_nothing(
    groups: list[int], known: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(sum(groups)).tolist()
    tables = [transposed(totalistic(groups, rng, known=known), order) for _ in range(2)]
    found = interchangeable_inputs(tables)
    assert sorted(axis for group in found for axis in group) == list(range(sum(groups)))
    group_of = {axis: number for number, group in enumerate(found) for axis in group}
    for first, second in itertools.combinations(range(sum(groups)), 2):
        unchanged = all(is_unchanged_by_swap(table, first, second) for table in tables)
        assert unchanged == (group_of[first] == group_of[second])


def test_what_one_table_tells_apart_is_not_interchangeable() -> None:
    cells = np.indices((2, 2, 2))
    care = np.ones((2, 2, 2), dtype=bool)
    majority, first = PartialTable(cells.sum(axis=0) > 1, care), PartialTable(cells[0] == 1, care)
    assert interchangeable_inputs([majority]) == [[0, 1, 2]]
    assert interchangeable_inputs([majority, first]) == [[0], [1, 2]]


def test_the_neighbours_of_life_are_interchangeable() -> None:
    table = load_rule("life").table.astype(bool).reshape((2,) * 9)
    partial = PartialTable(table, np.ones_like(table))
    centre = CELLS.index("c")
    assert interchangeable_inputs([partial]) == [[axis for axis in range(9) if axis != centre], [centre]]
    circuits = counter_circuits("life", CELLS, {"next": partial})
    # Eight neighbours are counted, or all nine cells.
    assert len(circuits) == 2
    for circuit in circuits:
        assert circuit.inputs == CELLS
        assert_computes(circuit, partial)
    assert min(circuit.num_gates for circuit in circuits) <= 35


def test_too_few_interchangeable_inputs_are_not_counted() -> None:
    cells = np.indices((2, 2, 2))
    care = np.ones((2, 2, 2), dtype=bool)
    assert counters_of(PartialTable((cells[0] & cells[1] | (1 - cells[2]) & cells[0]).astype(bool), care)) == []
    assert counters_of(PartialTable(np.array([False, True]), np.array([True, True]))) == []


def test_without_tables_nothing_is_counted() -> None:
    assert counter_circuits("none", ["a", "b", "c"], {}) == []
