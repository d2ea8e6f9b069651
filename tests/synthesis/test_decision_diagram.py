"""Decision diagrams: right in every row that matters, whatever the order of the inputs."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit
from ca_logic.synthesis.decision_diagram import PartialTable, decision_diagram
from tests.plain_evaluation import evaluate_all


def names(num_inputs: int) -> list[str]:
    return [f"x{i}" for i in range(num_inputs)]


def table_of(ones: np.ndarray, care: np.ndarray | None = None) -> PartialTable:
    """Returns a table given in row order; by default all of it matters."""
    num_inputs = len(ones).bit_length() - 1
    care = np.ones(len(ones), dtype=bool) if care is None else care
    return PartialTable(ones.astype(bool).reshape((2,) * num_inputs), care.astype(bool).reshape((2,) * num_inputs))


def diagram_of(*tables: PartialTable, seed: int = 0) -> Circuit:
    named = {f"y{k}": table for k, table in enumerate(tables)}
    return decision_diagram("diagram", names(tables[0].ones.ndim), named, seed=seed)


def assert_computes(circuit: Circuit, *tables: PartialTable) -> None:
    for outputs, table in zip(evaluate_all(circuit), tables, strict=True):
        care = table.care.ravel()
        assert np.array_equal(outputs[care].astype(bool), table.ones.ravel()[care])


@st.composite
def partial_tables(draw: st.DrawFn) -> list[PartialTable]:
    """One to three tables of the same inputs, of which all, some or no rows are open."""
    num_inputs = draw(st.integers(0, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    share, known = draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])), draw(st.sampled_from([0.0, 0.2, 0.5, 1.0]))
    num_tables = draw(st.integers(1, 3))
    rows = (num_tables, 1 << num_inputs)
    return [table_of(*pair) for pair in zip(rng.random(rows) < share, rng.random(rows) < known, strict=True)]


@settings(deadline=None, max_examples=60)
@given(partial_tables())
def test_every_row_that_matters_is_right(tables: list[PartialTable]) -> None:
    circuit = diagram_of(*tables)
    assert circuit.inputs == tuple(names(tables[0].ones.ndim))
    assert circuit.outputs == tuple(f"y{k}" for k in range(len(tables)))
    assert_computes(circuit, *tables)


@settings(deadline=None, max_examples=20)
@given(partial_tables(), st.integers(0, 2**32 - 1))
def test_the_order_of_the_inputs_does_not_matter(tables: list[PartialTable], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(tables[0].ones.ndim)
    moved = [PartialTable(table.ones.transpose(order), table.care.transpose(order)) for table in tables]
    assert_computes(diagram_of(*moved, seed=seed), *moved)


@settings(deadline=None, max_examples=20)
@given(partial_tables(), st.integers(0, 3))
def test_a_seed_decides_the_circuit(tables: list[PartialTable], seed: int) -> None:
    assert diagram_of(*tables, seed=seed) == diagram_of(*tables, seed=seed)


@settings(deadline=None, max_examples=20)
@given(partial_tables())
def test_ones_where_nothing_matters_are_not_looked_at(tables: list[PartialTable]) -> None:
    spoiled = [PartialTable(table.ones | ~table.care, table.care) for table in tables]
    assert diagram_of(*spoiled) == diagram_of(*tables)


@pytest.mark.parametrize("num_inputs", range(1, 9))
def test_a_parity_takes_a_gate_for_each_further_input(num_inputs: int) -> None:
    parity = np.array([row.bit_count() % 2 for row in range(1 << num_inputs)])
    assert diagram_of(table_of(parity)).num_gates == num_inputs - 1


@pytest.mark.parametrize("num_inputs", range(1, 9))
def test_a_conjunction_takes_a_gate_for_each_further_input(num_inputs: int) -> None:
    conjunction = np.arange(1 << num_inputs) == (1 << num_inputs) - 1
    assert diagram_of(table_of(conjunction)).num_gates == num_inputs - 1


@pytest.mark.parametrize("num_inputs", [0, 1, 5])
@pytest.mark.parametrize("value", [0, 1])
def test_a_constant_takes_an_inverter_at_most(num_inputs: int, value: int) -> None:
    circuit = diagram_of(table_of(np.full(1 << num_inputs, value)))
    assert circuit.num_gates == value
    assert evaluate_all(circuit).tolist() == [[value] * (1 << num_inputs)]


@pytest.mark.parametrize("position", range(4))
def test_a_table_that_follows_one_input_is_a_wire(position: int) -> None:
    rows = np.array(list(itertools.product((0, 1), repeat=4)))
    circuit = diagram_of(table_of(rows[:, position]))
    assert (circuit.num_gates, circuit.drivers.tolist()) == (0, [1 + position])


def test_a_table_with_every_row_open_takes_no_gates() -> None:
    assert diagram_of(table_of(np.ones(64), np.zeros(64))).num_gates == 0


def test_a_table_and_its_complement_take_one_inverter_more() -> None:
    table = np.random.default_rng(0).integers(0, 2, 64)
    alone = diagram_of(table_of(table))
    assert diagram_of(table_of(table), table_of(1 - table)).num_gates == alone.num_gates + 1
    assert diagram_of(table_of(table), table_of(table)).num_gates == alone.num_gates


def test_open_rows_make_it_smaller() -> None:
    rng = np.random.default_rng(1)
    table, care = rng.integers(0, 2, 256), rng.random(256) < 0.3
    assert diagram_of(table_of(table, care)).num_gates < 0.7 * diagram_of(table_of(table)).num_gates


def test_a_good_order_is_found() -> None:
    # A multiplexer of four signals: by the address first it takes three selections of three gates.
    rows = np.array(list(itertools.product((0, 1), repeat=6)))
    selected = np.take_along_axis(rows, (2 * rows[:, 4] + rows[:, 5])[:, None], axis=1)[:, 0]
    assert diagram_of(table_of(selected)).num_gates == 9


def test_without_tables_there_are_no_outputs() -> None:
    circuit = decision_diagram("none", ["a"], {})
    assert (circuit.num_gates, circuit.outputs) == (0, ())
