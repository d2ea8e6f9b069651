"""Care sets: the rows of a circuit that matter, and whether two circuits agree on them."""

import numpy as np
from hypothesis import strategies as st

from ca_logic.circuit import Circuit
from tests.plain_evaluation import evaluate_row, rows_of
from tests.strategies import circuits


@st.composite
def circuits_with_care(draw: st.DrawFn) -> tuple[Circuit, np.ndarray]:
    """A circuit and some of its rows, one a column: in any order, some twice."""
    circuit = draw(circuits())
    num_inputs = len(circuit.inputs)
    rows = draw(st.lists(st.integers(0, (1 << num_inputs) - 1), min_size=1, max_size=40))
    return circuit, care_set(num_inputs, rows)


def care_set(num_inputs: int, rows: list[int]) -> np.ndarray:
    """Returns these rows of a truth table, one a column: uint8[inputs, rows]."""
    columns = np.array([rows_of(num_inputs)[row] for row in rows], dtype=np.uint8)
    inputs: np.ndarray = columns.reshape(len(rows), num_inputs).T
    return inputs


def same_where_it_matters(one: Circuit, other: Circuit, care: np.ndarray) -> bool:
    """Tells whether two circuits have the same interface, and the same outputs on the care set."""
    columns = [tuple(column) for column in care.T.tolist()]
    interfaces = (one.inputs, one.outputs) == (other.inputs, other.outputs)
    return interfaces and all(evaluate_row(one, column) == evaluate_row(other, column) for column in columns)
