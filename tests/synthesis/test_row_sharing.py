"""Folding by rows: the function stays, and what is alike up to rows and complement counts once."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit, Netlist, simulate
from ca_logic.circuit.lookup import lookup_of
from ca_logic.formats.blif import read_blif
from ca_logic.gates import Gate
from ca_logic.resources import resource_folder
from ca_logic.synthesis.row_sharing import ROWS, fold_rows, input_places, is_neighbourhood, unfold_rows
from ca_logic.tasks.neighbourhood import CELLS, input_names
from tests.formats.lookups import lookup_circuits, outputs_of
from tests.strategies import circuits

SPANS = pytest.mark.parametrize("span", [1, ROWS])
RULES = sorted(resource_folder("rules").glob("*.blif"))

TOP, MIDDLE, BOTTOM = (1, 2, 3), (4, 5, 6), (7, 8, 9)
"""The signals of the cells of each row."""


def random_neighbourhood(seed: int, bits: int, num_gates: int) -> LookupCircuit:
    """Returns a circuit of tables over the cells; many read what is near them."""
    rng = np.random.default_rng(seed)
    inputs = input_names(bits)
    first = 1 + len(inputs)
    low = [max(0, first + gate - 15) if rng.random() < 0.7 else 0 for gate in range(num_gates)]
    return LookupCircuit(
        name="random",
        inputs=inputs,
        outputs=("y", "z"),
        gates=rng.integers(0, 256, num_gates),
        fanins=np.array([rng.integers(low[gate], first + gate, 3) for gate in range(num_gates)]).reshape(-1, 3),
        drivers=rng.integers(0, first + num_gates, 2),
    )


def assert_same_by_simulation(one: Netlist, other: Netlist) -> None:
    words = np.random.default_rng(0).integers(0, 1 << 64, size=(len(one.inputs), 64), dtype=np.uint64)
    assert (one.name, one.inputs, one.outputs) == (other.name, other.inputs, other.outputs)
    assert np.array_equal(simulate(one, words), simulate(other, words))


def add_conjunction(builder: CircuitBuilder, cells: tuple[int, ...]) -> int:
    return builder.add(Gate.AND, builder.add(Gate.AND, cells[0], cells[1]), cells[2])


def add_adder(builder: CircuitBuilder, signals: tuple[int, ...]) -> tuple[int, int]:
    """Adds a full adder of five gates; returns sum and carry."""
    a, b, c = signals
    half = builder.add(Gate.XOR, a, b)
    carry = builder.add(Gate.OR, builder.add(Gate.AND, a, b), builder.add(Gate.AND, half, c))
    return builder.add(Gate.XOR, half, c), carry


@settings(deadline=None, max_examples=100)
@given(circuits())
def test_folding_without_rows_keeps_the_function(circuit: Circuit) -> None:
    folded = fold_rows(circuit, span=1)
    assert folded.num_gates <= circuit.num_gates
    assert folded.num_row_gates == folded.num_gates
    assert outputs_of(unfold_rows(folded, circuit)) == outputs_of(circuit)


@settings(deadline=None, max_examples=100)
@given(lookup_circuits())
def test_tables_are_folded_as_well(circuit: LookupCircuit) -> None:
    folded = fold_rows(circuit, span=1)
    assert folded.num_gates <= circuit.num_gates
    assert outputs_of(unfold_rows(folded, circuit)) == outputs_of(circuit)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(0, 60))
def test_folding_keeps_the_function_of_a_neighbourhood(seed: int, bits: int, num_gates: int) -> None:
    circuit = random_neighbourhood(seed, bits, num_gates)
    folded = fold_rows(circuit)
    assert folded.num_inputs == 3 * bits
    assert 0 <= folded.num_row_gates <= folded.num_gates <= circuit.num_gates
    assert_same_by_simulation(unfold_rows(folded, circuit), circuit)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 2), st.integers(0, 60))
def test_folding_again_finds_nothing_new(seed: int, bits: int, num_gates: int) -> None:
    folded = fold_rows(random_neighbourhood(seed, bits, num_gates))
    unfolded = unfold_rows(folded, random_neighbourhood(seed, bits, num_gates))
    inverters = [signal for signal, table, _ in unfolded.nodes() if table == 0b11110000]
    assert fold_rows(unfolded).num_gates - len(inverters) <= folded.num_gates


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60))
def test_folded_gates_read_earlier_signals_within_the_rows(seed: int, num_gates: int) -> None:
    folded = fold_rows(random_neighbourhood(seed, 1, num_gates))
    rows_read = [1] * (1 + folded.num_inputs)
    for gate, fanins in enumerate(folded.fanins.tolist()):
        assert all(0 <= signal < 1 + folded.num_inputs + gate for signal, _ in fanins)
        assert all(offset == 0 for signal, offset in fanins if signal == 0)
        # The first row that a gate reads is its own.
        offsets = [offset for signal, offset in fanins if signal]
        assert not offsets or min(offsets) == 0
        rows_read.append(max(offset + rows_read[signal] for signal, offset in fanins))
    assert max(rows_read) <= ROWS
    assert all(offset + rows_read[signal] <= ROWS for signal, offset, _ in folded.drivers.tolist())


def test_places_are_rows_of_three_cells_bit_after_bit() -> None:
    assert input_places(9, ROWS) == [(column, row) for row in range(3) for column in (1, 2, 3)]
    assert input_places(18, ROWS)[9:] == [(column, row) for row in range(3) for column in (4, 5, 6)]
    assert input_places(4, 1) == [(1, 0), (2, 0), (3, 0), (4, 0)]


@pytest.mark.parametrize(("num_inputs", "expected"), [(0, False), (3, False), (8, False), (9, True), (18, True)])
def test_a_neighbourhood_has_nine_cells_for_each_bit(num_inputs: int, expected: bool) -> None:
    circuit = CircuitBuilder([f"x{i}" for i in range(num_inputs)]).build({"y": 0})
    assert is_neighbourhood(circuit) is expected


def test_the_adders_of_three_rows_count_once() -> None:
    builder = CircuitBuilder(CELLS)
    sums, carries = zip(*(add_adder(builder, row) for row in (TOP, MIDDLE, BOTTOM)), strict=True)
    ones, twos = add_adder(builder, sums)
    circuit = builder.build({"ones": ones, "twos": twos, "more": add_conjunction(builder, carries)})
    folded = fold_rows(circuit)
    assert circuit.num_gates == 15 + 5 + 2
    # One adder for all rows; what adds the rows reads several of them. Two carries are not the third row's twins.
    assert (folded.num_gates, folded.num_row_gates) == (5 + 5 + 2, 5)


def test_without_rows_nothing_of_three_rows_is_shared() -> None:
    builder = CircuitBuilder(CELLS)
    circuit = builder.build({str(row): add_conjunction(builder, row) for row in (TOP, MIDDLE, BOTTOM)})
    assert fold_rows(circuit, span=1).num_gates == circuit.num_gates == 6
    folded = fold_rows(circuit)
    assert folded.num_gates == folded.num_row_gates == 2
    # The same signal, in the first row, the second, and the third.
    assert folded.drivers.tolist() == [[5, 0, 0], [5, 1, 0], [5, 2, 0]]


@pytest.mark.parametrize(("row", "offset"), [(TOP, 0), (MIDDLE, 1), (BOTTOM, 2)])
def test_a_function_of_one_row_is_computed_in_that_row_only(row: tuple[int, ...], offset: int) -> None:
    builder = CircuitBuilder(CELLS)
    circuit = builder.build({"y": add_conjunction(builder, row)})
    folded = fold_rows(circuit)
    assert folded.num_row_gates == folded.num_gates == 2
    assert folded.drivers.tolist() == [[5, offset, 0]]
    unfolded = unfold_rows(folded, circuit)
    assert unfolded.num_gates == 2
    assert outputs_of(unfolded) == outputs_of(circuit)


def test_gates_of_two_rows_count_once_in_both_places() -> None:
    builder = CircuitBuilder(CELLS)
    upper, lower = builder.add(Gate.XOR, TOP[0], MIDDLE[1]), builder.add(Gate.XOR, MIDDLE[0], BOTTOM[1])
    folded = fold_rows(builder.build({"upper": upper, "lower": lower}))
    assert (folded.num_gates, folded.num_row_gates) == (1, 0)
    assert folded.drivers.tolist() == [[4, 0, 0], [4, 1, 0]]


def test_a_gate_over_the_first_and_the_last_row_is_not_one_over_neighbouring_rows() -> None:
    builder = CircuitBuilder(CELLS)
    near, far = builder.add(Gate.XOR, TOP[0], MIDDLE[0]), builder.add(Gate.XOR, TOP[0], BOTTOM[0])
    assert fold_rows(builder.build({"near": near, "far": far})).num_gates == 2


@pytest.mark.parametrize("twin", [Gate.AND, Gate.NAND])
def test_complements_are_twins(twin: Gate) -> None:
    circuit = Circuit(
        "twins",
        CELLS,
        ("y",),
        np.array([Gate.AND, twin, Gate.A_AND_NOT_B]),
        np.array([[1, 2], [4, 5], [10, 11]]),
        np.array([12]),
    )
    folded = fold_rows(circuit)
    assert folded.num_gates == 2
    assert outputs_of(unfold_rows(folded, circuit)) == outputs_of(circuit)


def test_fanins_in_another_order_are_twins() -> None:
    circuit = Circuit(
        "twins",
        CELLS,
        ("y", "z"),
        np.array([Gate.A_AND_NOT_B, Gate.NOT_A_AND_B]),
        np.array([[1, 2], [5, 4]]),
        np.array([10, 11]),
    )
    assert fold_rows(circuit).drivers.tolist() == [[4, 0, 0], [4, 1, 0]]


def test_an_output_that_is_inverted_takes_no_gate_of_its_own() -> None:
    circuit = Circuit("nand", CELLS, ("y",), np.array([Gate.NAND]), np.array([[4, 5]]), np.array([10]))
    folded = fold_rows(circuit)
    assert folded.drivers.tolist() == [[4, 1, 1]]
    assert unfold_rows(folded, circuit).num_gates == 1


def test_outputs_that_are_alike_share_an_inverter() -> None:
    gates, fanins = np.array([Gate.AND, Gate.NAND]), np.array([[1, 2], [1, 2]])
    circuit = Circuit("alike", CELLS, ("p", "q", "r"), gates, fanins, np.array([10, 11, 11]))
    assert unfold_rows(fold_rows(circuit), circuit).num_gates == 2


def test_the_bits_of_a_cell_are_apart() -> None:
    builder = CircuitBuilder(input_names(2))
    # The same cells of the first bit, and of the second.
    circuit = builder.build({"low": builder.add(Gate.AND, 1, 2), "high": builder.add(Gate.AND, 10, 11)})
    folded = fold_rows(circuit)
    assert folded.fanins[:, :, 0].tolist() == [[1, 2, 0], [4, 5, 0]]


@SPANS
def test_outputs_may_be_cells_and_constants(span: int) -> None:
    builder = CircuitBuilder(CELLS)
    outputs = {"zero": 0, "one": builder.negate(0), "cell": 8, "not": builder.negate(8)}
    circuit = builder.build(outputs)
    folded = fold_rows(circuit, span=span)
    assert outputs_of(unfold_rows(folded, circuit)) == outputs_of(circuit)


def test_dead_gates_do_not_count() -> None:
    circuit = Circuit("dead", CELLS, ("y",), np.array([Gate.AND, Gate.OR]), np.array([[1, 2], [1, 2]]), np.array([10]))
    assert fold_rows(circuit).num_gates == 1


@pytest.mark.parametrize("path", RULES[::4], ids=lambda path: path.stem)
def test_shipped_circuits_take_no_more_for_a_row_than_they_have_gates(path: Path) -> None:
    circuit = read_blif(path.read_text(encoding="utf-8"))
    assert is_neighbourhood(circuit)
    folded = fold_rows(circuit)
    assert 0 <= folded.num_row_gates <= folded.num_gates <= circuit.num_gates
    assert_same_by_simulation(unfold_rows(folded, circuit), circuit)
    assert fold_rows(lookup_of(circuit)).num_gates == folded.num_gates
