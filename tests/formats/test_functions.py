"""What writers know about a gate, against looking its rows up."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit, truth_tables
from ca_logic.circuit.lookup import lookup_of
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.formats.functions import function_text, live_part, minimal_cubes, reduced_nodes
from ca_logic.formats.reading import add_table
from tests.formats.lookups import lookup_circuits, outputs_of
from tests.strategies import circuits


def needs_all(table: int, num_inputs: int) -> bool:
    """Tells whether each input of the truth table matters in some row."""
    digits = np.array(list(f"{table:0{1 << num_inputs}b}")).reshape((2,) * num_inputs)
    return all(np.any(np.take(digits, 0, axis) != np.take(digits, 1, axis)) for axis in range(num_inputs))


@given(lookup_circuits(max_gates=6))
def test_reduced_nodes_compute_what_the_gates_do(circuit: LookupCircuit) -> None:
    for (_, table, fanins), node in zip(circuit.nodes(), reduced_nodes(circuit), strict=True):
        signals = sorted({*fanins} - {CONSTANT_FALSE})
        for row in itertools.product((0, 1), repeat=len(signals)):
            values = {CONSTANT_FALSE: 0, **dict(zip(signals, row, strict=True))}
            full = int("".join(str(values[fanin]) for fanin in fanins), 2)
            reduced = int("0" + "".join(str(values[fanin]) for fanin in node.fanins), 2)
            assert f"{table:08b}"[full] == f"{node.table:0{1 << len(node.fanins)}b}"[reduced]


@given(lookup_circuits(max_gates=6))
def test_reduced_nodes_read_each_signal_once_and_need_it(circuit: LookupCircuit) -> None:
    for node in reduced_nodes(circuit):
        assert CONSTANT_FALSE not in node.fanins
        assert len(set(node.fanins)) == len(node.fanins)
        assert needs_all(node.table, len(node.fanins))


@given(circuits())
def test_a_gate_and_the_table_that_is_it_are_the_same_node(circuit: Circuit) -> None:
    assert list(reduced_nodes(circuit)) == list(reduced_nodes(lookup_of(circuit)))


@given(lookup_circuits())
def test_the_live_part_keeps_the_function_and_reads_all_it_names(circuit: LookupCircuit) -> None:
    live = live_part(circuit)
    assert outputs_of(live) == outputs_of(circuit)
    assert live.num_gates <= circuit.num_gates
    assert live_part(live) == live


@pytest.mark.parametrize("num_inputs", range(4))
def test_minimal_cubes_cover_the_ones_and_nothing_else(num_inputs: int) -> None:
    rows = ["".join(row) for row in itertools.product("01", repeat=num_inputs)]
    for table in range(1 << (1 << num_inputs)):
        cubes = minimal_cubes(table, num_inputs)
        covered = [
            any(all(literal in ("-", bit) for literal, bit in zip(cube, row, strict=True)) for cube in cubes)
            for row in rows
        ]
        assert covered == [digit == "1" for digit in f"{table:0{len(rows)}b}"]
        assert len(cubes) <= max(1, len(rows) // 2)


@pytest.mark.parametrize(
    ("table", "num_inputs", "cubes"),
    [
        (0b0111, 2, ("1-", "-1")),
        (0b0110, 2, ("01", "10")),
        (0b00010111, 3, ("11-", "1-1", "-11")),
        (0b1, 0, ("",)),
        (0b0, 0, ()),
    ],
)
def test_known_functions_have_known_cubes(table: int, num_inputs: int, cubes: tuple[str, ...]) -> None:
    assert minimal_cubes(table, num_inputs) == cubes


@pytest.mark.parametrize("num_inputs", range(4))
def test_the_text_of_a_function_computes_it(num_inputs: int) -> None:
    names = "abc"[:num_inputs]
    for table in filter(lambda table: needs_all(table, num_inputs), range(1 << (1 << num_inputs))):
        text = function_text(table, names, zero="0", ones="~0")
        value = eval(f"lambda {', '.join(names)}: {text}")
        digits = [str(value(*row) & 1) for row in itertools.product((0, 1), repeat=num_inputs)]
        assert "".join(digits) == f"{table:0{1 << num_inputs}b}", text


@settings(deadline=None)
@given(st.integers(0, 8).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, (1 << (1 << n)) - 1))))
def test_a_table_of_any_width_is_built_right(case: tuple[int, int]) -> None:
    num_inputs, table = case
    builder = CircuitBuilder([f"x{k}" for k in range(num_inputs)])
    circuit = builder.build({"y": add_table(builder, table, list(builder.inputs))})
    rows = 1 << num_inputs
    assert "".join(map(str, truth_tables(circuit)[0].tolist())) == f"{table:0{rows}b}"


@given(table=st.integers(0, (1 << 16) - 1), chosen=st.lists(st.integers(0, 2), min_size=4, max_size=4))
def test_repeated_signals_and_constants_of_a_table_are_no_trouble(table: int, chosen: list[int]) -> None:
    builder = CircuitBuilder(["a", "b"])
    built = builder.build({"y": add_table(builder, table, chosen)})
    for row, value in zip(itertools.product((0, 1), repeat=2), truth_tables(built)[0].tolist(), strict=True):
        index = int("".join(str((0, *row)[signal]) for signal in chosen), 2)
        assert f"{table:016b}"[index] == str(value)
