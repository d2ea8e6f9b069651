"""Gates as tables and tables as gates: the same function, and as few gates as it takes."""

import functools
import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from ca_logic.circuit import Circuit, CircuitBuilder, LookupCircuit
from ca_logic.circuit.lookup import NUM_TABLES, Formula, add_formula, gates_of, lookup_of, smallest_formulas
from ca_logic.gates import Gate
from ca_logic.synthesis.structural_hashing import strash
from tests.formats.lookups import every_table, lookup_circuits, outputs_of
from tests.plain_evaluation import evaluate_all, same_function
from tests.strategies import circuits

LITERALS = (0b00001111, 0b00110011, 0b01010101)


def circuit_of(table: int) -> LookupCircuit:
    """Returns a circuit of one table."""
    return LookupCircuit("table", ("a", "b", "c"), ("y",), np.array([table]), np.array([[1, 2, 3]]), np.array([4]))


def spelled(formula: Formula) -> str:
    """Returns the outputs of a formula for 000 to 111, looked up digit by digit."""
    if isinstance(formula, int):
        return "".join(str(row[formula]) for row in itertools.product((0, 1), repeat=3))
    gate, first, second = formula
    return "".join(f"{gate:04b}"[int(a + b, 2)] for a, b in zip(spelled(first), spelled(second), strict=True))


def num_gates(formula: Formula) -> int:
    return 0 if isinstance(formula, int) else 1 + num_gates(formula[1]) + num_gates(formula[2])


@functools.cache
def fewest_gates() -> dict[int, int]:
    """Returns for each table the fewest gates of any formula; inverters are free.

    Independently of how the package does it: tables that take k gates are all that a gate makes of two smaller ones.
    """
    free = {0, NUM_TABLES - 1, *LITERALS, *(NUM_TABLES - 1 - literal for literal in LITERALS)}
    sizes = dict.fromkeys(free, 0)
    for size in itertools.count(1):
        if len(sizes) == NUM_TABLES:
            return sizes
        known = list(sizes.items())
        for (a, first), (b, second) in itertools.product(known, repeat=2):
            if first + second + 1 == size:
                for made in (a & b, a ^ b):
                    for table in (made, NUM_TABLES - 1 - made):
                        sizes.setdefault(table, size)
    raise AssertionError


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_gates_as_tables_compute_the_same(circuit: Circuit) -> None:
    lookup = lookup_of(circuit)
    assert (lookup.name, lookup.inputs, lookup.outputs) == (circuit.name, circuit.inputs, circuit.outputs)
    assert lookup.num_gates == circuit.num_gates
    assert not lookup.fanins[:, 2].any()
    assert outputs_of(lookup) == evaluate_all(circuit).tolist()


@settings(deadline=None, max_examples=60)
@given(circuits())
def test_there_and_back_leaves_as_many_gates_as_structural_hashing(circuit: Circuit) -> None:
    back = gates_of(lookup_of(circuit))
    assert same_function(back, circuit)
    assert back.num_gates == strash(circuit).num_gates


@settings(deadline=None, max_examples=100)
@given(lookup_circuits())
def test_tables_as_gates_compute_the_same(circuit: LookupCircuit) -> None:
    gates = gates_of(circuit)
    assert (gates.name, gates.inputs, gates.outputs) == (circuit.name, circuit.inputs, circuit.outputs)
    assert outputs_of(gates) == outputs_of(circuit)
    # Four gates for a table, and an inverter before an output.
    assert gates.num_gates <= 4 * circuit.num_gates + len(circuit.outputs)


@pytest.mark.parametrize("gate", list(Gate))
def test_the_table_of_a_gate_ignores_the_third_input(gate: Gate) -> None:
    circuit = Circuit("gate", ("a", "b"), ("y",), np.array([gate]), np.array([[1, 2]]), np.array([3]))
    (table,) = lookup_of(circuit).gates.tolist()
    assert f"{table:08b}" == "".join(2 * digit for digit in f"{gate:04b}")


def test_every_formula_spells_its_table() -> None:
    assert [int(spelled(formula), 2) for formula in smallest_formulas()] == list(range(NUM_TABLES))


def test_no_table_takes_more_gates_than_it_must() -> None:
    sizes = [gates_of(circuit_of(table)).num_gates for table in range(NUM_TABLES)]
    inverted = {NUM_TABLES - 1, *(NUM_TABLES - 1 - literal for literal in LITERALS)}
    # What only inverts takes a gate of its own before an output.
    assert sizes == [fewest_gates()[table] + (table in inverted) for table in range(NUM_TABLES)]
    assert max(sizes) == 4


def test_formulas_have_as_many_gates_as_the_circuits() -> None:
    for table, formula in enumerate(smallest_formulas()):
        if fewest_gates()[table]:
            assert num_gates(formula) == fewest_gates()[table]


def test_every_table_at_once_computes_the_same() -> None:
    assert outputs_of(gates_of(every_table())) == outputs_of(every_table())


@pytest.mark.parametrize(
    ("name", "table", "expected"),
    [
        ("false", 0b00000000, 0),
        ("true", 0b11111111, 1),
        ("b", 0b00110011, 0),
        ("not b", 0b11001100, 1),
        ("a and b and c", 0b00000001, 2),
        ("parity", 0b01101001, 2),
        ("a ? b : c", 0b01010011, 3),
        ("majority", 0b00010111, 4),
        ("exactly one", 0b01101000, 4),
        ("all the same", 0b10000001, 3),
    ],
)
def test_well_known_tables_take_as_many_gates_as_is_known(name: str, table: int, expected: int) -> None:
    assert gates_of(circuit_of(table)).num_gates == expected, name


def test_equal_parts_of_tables_are_shared() -> None:
    # Parity and majority of the same three inputs.
    circuit = LookupCircuit(
        "adder",
        ("a", "b", "c"),
        ("s", "t"),
        np.array([0b01101001, 0b01101001]),
        np.tile([1, 2, 3], (2, 1)),
        np.array([4, 5]),
    )
    assert gates_of(circuit).num_gates == 2


@pytest.mark.parametrize("table", [0b00010111, 0b01101001, 0b00110101])
def test_a_formula_reads_the_signals_in_their_order(table: int) -> None:
    builder = CircuitBuilder(["c", "b", "a"])
    circuit = builder.build({"y": add_formula(builder, smallest_formulas()[table], [3, 2, 1])})
    expected = [table >> (7 - (4 * a + 2 * b + c)) & 1 for c, b, a in itertools.product((0, 1), repeat=3)]
    assert outputs_of(circuit) == [expected]
