"""The proof: it holds on every row, or the error says how many rows differ and which is the first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.errors import CircuitError, EquivalenceError
from ca_logic.gates import Gate
from ca_logic.synthesis import Proof, prove_equivalent
from tests.plain_evaluation import evaluate_all
from tests.strategies import circuits


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_a_circuit_is_proved_equal_to_its_own_rows(circuit: Circuit) -> None:
    rows = 1 << len(circuit.inputs)
    assert prove_equivalent(circuit, evaluate_all(circuit)) == Proof("exhaustive", rows, rows)


@settings(deadline=None, max_examples=60)
@given(circuits(), st.data())
def test_the_error_names_how_many_rows_differ_and_the_first(circuit: Circuit, data: st.DataObject) -> None:
    tables = evaluate_all(circuit)
    rows = tables.shape[1]
    wrong = sorted(data.draw(st.sets(st.integers(0, rows - 1), min_size=1)))
    output = data.draw(st.integers(0, len(tables) - 1))
    tables[output, wrong] ^= 1
    first = f"0b{wrong[0]:0{len(circuit.inputs)}b}"
    with pytest.raises(EquivalenceError, match=rf"differ on {len(wrong)} of {rows} rows, first at {first} "):
        prove_equivalent(circuit, tables)


def test_a_row_wrong_in_two_outputs_counts_once() -> None:
    builder = CircuitBuilder(["a", "b"], name="pair")
    circuit = builder.build({"and": builder.add(Gate.AND, 1, 2), "xor": builder.add(Gate.XOR, 1, 2)})
    tables = np.array([[0, 0, 1, 1], [0, 1, 0, 0]])
    message = r"^circuit 'pair' and its table differ on 1 of 4 rows, first at 0b10 \(a b\)\.$"
    with pytest.raises(EquivalenceError, match=message):
        prove_equivalent(circuit, tables)


@pytest.mark.parametrize("shape", [(4,), (1, 2), (2, 4)])
def test_a_table_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    circuit = CircuitBuilder(["a", "b"]).build({"y": 0})
    with pytest.raises(EquivalenceError, match=r"outputs of shape \(1, 4\), but the table is of shape"):
        prove_equivalent(circuit, np.zeros(shape, dtype=np.uint8))


def test_too_many_inputs_cannot_be_proved() -> None:
    circuit = CircuitBuilder([f"x{i}" for i in range(21)]).build({"y": 0})
    with pytest.raises(CircuitError, match="at most 20"):
        prove_equivalent(circuit, np.zeros((1, 1), dtype=np.uint8))


def test_a_proof_reads_as_a_sentence() -> None:
    assert str(Proof("exhaustive", 512, 512)) == "512 of 512 rows right (exhaustive)"
