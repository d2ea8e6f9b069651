"""The sixteen gates, each derived fact against its truth table, and tables of three inputs."""

import itertools
import re
from collections.abc import Callable

import numpy as np
import pytest

from ca_logic import gates
from ca_logic.gates import COEFFICIENTS, MOEBIUS, NUM_GATES, TRUTH_TABLES, Gate

ALL_GATES = pytest.mark.parametrize("gate", range(NUM_GATES), ids=gates.name_of)
ROWS = list(itertools.product((0, 1), repeat=2))

MEANINGS: dict[Gate, Callable[[int, int], int]] = {
    Gate.FALSE: lambda a, b: 0,  # noqa: ARG005
    Gate.AND: lambda a, b: a and b,
    Gate.A_AND_NOT_B: lambda a, b: a and not b,
    Gate.A: lambda a, b: a,  # noqa: ARG005
    Gate.NOT_A_AND_B: lambda a, b: not a and b,
    Gate.B: lambda a, b: b,  # noqa: ARG005
    Gate.XOR: lambda a, b: a != b,
    Gate.OR: lambda a, b: a or b,
    Gate.NOR: lambda a, b: not (a or b),
    Gate.XNOR: lambda a, b: a == b,
    Gate.NOT_B: lambda a, b: not b,  # noqa: ARG005
    Gate.A_OR_NOT_B: lambda a, b: a or not b,
    Gate.NOT_A: lambda a, b: not a,  # noqa: ARG005
    Gate.NOT_A_OR_B: lambda a, b: not a or b,
    Gate.NAND: lambda a, b: not (a and b),
    Gate.TRUE: lambda a, b: 1,  # noqa: ARG005
}


def outputs(gate: int) -> list[int]:
    """Returns the outputs for ab = 00, 01, 10, 11."""
    return [int(digit) for digit in f"{gate:04b}"]


def test_every_gate_does_what_its_name_says() -> None:
    assert set(MEANINGS) == set(Gate)
    for gate, meaning in MEANINGS.items():
        assert [int(meaning(a, b)) for a, b in ROWS] == outputs(gate), gate.name


@ALL_GATES
def test_truth_tables_are_the_binary_digits_of_the_number(gate: int) -> None:
    assert TRUTH_TABLES[gate].tolist() == outputs(gate)


@ALL_GATES
def test_coefficients_are_the_gate_over_the_reals(gate: int) -> None:
    c0, c1, c2, c3 = COEFFICIENTS[gate].tolist()
    assert [c0 + c1 * a + c2 * b + c3 * a * b for a, b in ROWS] == outputs(gate)


@ALL_GATES
def test_coefficients_modulo_two_are_the_algebraic_normal_form(gate: int) -> None:
    c0, c1, c2, c3 = (COEFFICIENTS[gate] & 1).tolist()
    assert [c0 ^ (c1 & a) ^ (c2 & b) ^ (c3 & a & b) for a, b in ROWS] == outputs(gate)


def test_moebius_takes_unit_vectors_to_minterms() -> None:
    for row, (a, b) in enumerate(ROWS):
        c0, c1, c2, c3 = MOEBIUS[:, row].tolist()
        values = [c0 + c1 * x + c2 * y + c3 * x * y for x, y in ROWS]
        assert values == [int((x, y) == (a, b)) for x, y in ROWS]


@ALL_GATES
def test_evaluate_on_integers_is_the_truth_table_on_each_lane(gate: int) -> None:
    value = gates.evaluate(gate, 0b0011, 0b0101, 0b1111)
    # Lanes are listed most significant first, like the rows.
    assert value == gate


@ALL_GATES
def test_evaluate_stays_within_ones(gate: int) -> None:
    assert 0 <= gates.evaluate(gate, 0b01, 0b10, 0b11) <= 0b11


@ALL_GATES
def test_evaluate_on_words_is_the_truth_table_on_each_lane(gate: int) -> None:
    rng = np.random.default_rng(gate)
    a, b = rng.integers(0, 1 << 64, size=(2, 5), dtype=np.uint64)
    ones = np.full(5, np.iinfo(np.uint64).max)
    value = gates.evaluate(gate, a, b, ones)
    assert value.dtype == np.uint64
    for word, a_word, b_word in zip(value.tolist(), a.tolist(), b.tolist(), strict=True):
        for lane in range(64):
            row = 2 * (a_word >> lane & 1) + (b_word >> lane & 1)
            assert word >> lane & 1 == outputs(gate)[row]


def test_evaluate_leaves_its_operands_alone() -> None:
    a, b, ones = (np.array([word], dtype=np.uint64) for word in (0b0011, 0b0101, 0b1111))
    for gate in range(NUM_GATES):
        gates.evaluate(gate, a, b, ones)
    assert (a[0], b[0], ones[0]) == (0b0011, 0b0101, 0b1111)


@ALL_GATES
def test_a_table_of_two_inputs_is_a_gate(gate: int) -> None:
    assert gates.evaluate_table(gate, (0b0011, 0b0101), 0b1111) == gate


@pytest.mark.parametrize("table", range(256))
def test_evaluate_table_on_integers_is_the_table_on_each_lane(table: int) -> None:
    # Lanes are listed most significant first, like the rows.
    assert gates.evaluate_table(table, (0b00001111, 0b00110011, 0b01010101), 0b11111111) == table


def test_evaluate_table_on_words_is_the_table_on_each_lane() -> None:
    rng = np.random.default_rng(0)
    words = rng.integers(0, 1 << 64, size=(3, 2), dtype=np.uint64)
    ones = np.full(2, np.iinfo(np.uint64).max)
    for table in range(256):
        value = gates.evaluate_table(table, list(words), ones)
        assert value.dtype == np.uint64
        for column, word in zip(words.T.tolist(), value.tolist(), strict=True):
            rows = (sum((bit >> lane & 1) << (2 - place) for place, bit in enumerate(column)) for lane in range(64))
            assert [word >> lane & 1 for lane in range(64)] == [int(f"{table:08b}"[row]) for row in rows]


def test_evaluate_table_leaves_its_operands_alone() -> None:
    operands = [np.array([word], dtype=np.uint64) for word in (0b00001111, 0b00110011, 0b01010101)]
    for table in range(256):
        gates.evaluate_table(table, operands, np.array([0b11111111], dtype=np.uint64))
    assert [int(word[0]) for word in operands] == [0b00001111, 0b00110011, 0b01010101]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("inverted", list(itertools.product((False, True), repeat=3)))
def test_rearrange_table_reads_other_inputs(order: tuple[int, ...], inverted: tuple[bool, ...]) -> None:
    for table in (0b00010111, 0b01010011, 0b00000001, 0b11010010, 0b10011100):
        rearranged = gates.rearrange_table(table, order, inverted)
        for row in itertools.product((0, 1), repeat=3):
            read = [0, 0, 0]
            for position, source in enumerate(order):
                read[source] = row[position] ^ inverted[source]
            digits = int("".join(map(str, row)), 2), int("".join(map(str, read)), 2)
            assert f"{rearranged:08b}"[digits[0]] == f"{table:08b}"[digits[1]]


def test_rearrange_table_as_it_is_changes_nothing() -> None:
    for table in range(256):
        assert gates.rearrange_table(table, range(3), [False] * 3) == table


def test_table_support_is_what_a_change_of_which_changes_the_output() -> None:
    assert [gates.table_support(table) for table in gates.TABLE_LITERALS] == [(0,), (1,), (2,)]
    for table in range(256):
        flipped = [gates.rearrange_table(table, range(3), [place == each for each in range(3)]) for place in range(3)]
        assert gates.table_support(table) == tuple(place for place in range(3) if flipped[place] != table)


@ALL_GATES
def test_complement_inverts_the_output(gate: int) -> None:
    assert outputs(gates.complement(gate)) == [1 - value for value in outputs(gate)]


@ALL_GATES
def test_swap_inputs_reads_b_then_a(gate: int) -> None:
    assert outputs(gates.swap_inputs(gate)) == [outputs(gate)[2 * b + a] for a, b in ROWS]


@ALL_GATES
def test_complement_a_inverts_the_first_input(gate: int) -> None:
    assert outputs(gates.complement_a(gate)) == [outputs(gate)[2 * (1 - a) + b] for a, b in ROWS]


@ALL_GATES
def test_complement_b_inverts_the_second_input(gate: int) -> None:
    assert outputs(gates.complement_b(gate)) == [outputs(gate)[2 * a + (1 - b)] for a, b in ROWS]


@ALL_GATES
def test_depends_on_tells_whether_an_input_matters(gate: int) -> None:
    f00, f01, f10, f11 = outputs(gate)
    assert gates.depends_on_a(gate) == (f00 != f10 or f01 != f11)
    assert gates.depends_on_b(gate) == (f00 != f01 or f10 != f11)


@ALL_GATES
def test_expression_computes_the_gate(gate: int) -> None:
    text = gates.expression(gate, "a", "b")
    # C and Python agree on ~ & ^ | and their precedence.
    assert [eval(text, {}, {"a": a, "b": b}) & 1 for a, b in ROWS] == outputs(gate)


@ALL_GATES
def test_expression_names_only_inputs_that_matter(gate: int) -> None:
    names = set(re.findall(r"\w+", gates.expression(gate, "left", "right"))) - {"0"}
    expected = {"left"} if gates.depends_on_a(gate) else set()
    expected |= {"right"} if gates.depends_on_b(gate) else set()
    assert names == expected


def test_name_of_is_lower_case_and_unique() -> None:
    names = [gates.name_of(gate) for gate in range(NUM_GATES)]
    assert len(set(names)) == NUM_GATES
    assert names[0b0010] == "a_and_not_b"
    assert all(name == name.lower() for name in names)


def test_a_number_past_the_last_gate_is_no_gate() -> None:
    with pytest.raises(ValueError, match="16 is not a valid Gate"):
        gates.name_of(16)
