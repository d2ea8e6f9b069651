"""The sixteen gates of two inputs. Every fact about a gate is derived here from its truth table.

The one idea: a gate *is* its truth table, a number from 0 to 15 whose binary digits, most significant
first, are the outputs for (a, b) = 00, 01, 10, 11. That is the order of Petersen et al., "Deep
Differentiable Logic Gate Networks" (NeurIPS 2022). Over the reals a gate is the polynomial
c0 + c1·a + c2·b + c3·ab; modulo 2 the same four coefficients are its algebraic normal form.
"""

import functools
from collections.abc import Sequence
from enum import IntEnum
from typing import TypeVar

import numpy as np
from jaxtyping import Int8, UInt8

Word = TypeVar("Word", int, np.ndarray)
"""Anything with & | ^ whose bits are independent lanes: a Python integer or an array of words."""


class Gate(IntEnum):
    """A gate of two inputs a and b; its value is its truth table."""

    FALSE = 0b0000
    AND = 0b0001
    A_AND_NOT_B = 0b0010
    A = 0b0011
    NOT_A_AND_B = 0b0100
    B = 0b0101
    XOR = 0b0110
    OR = 0b0111
    NOR = 0b1000
    XNOR = 0b1001
    NOT_B = 0b1010
    A_OR_NOT_B = 0b1011
    NOT_A = 0b1100
    NOT_A_OR_B = 0b1101
    NAND = 0b1110
    TRUE = 0b1111


NUM_GATES = 16

_NUMBERS = np.arange(NUM_GATES, dtype=np.uint8)

TRUTH_TABLES: UInt8[np.ndarray, "16 4"] = (_NUMBERS[:, None] >> np.array([3, 2, 1, 0], np.uint8)) & 1
"""Row g: the outputs of gate g for ab = 00, 01, 10, 11."""

MOEBIUS: Int8[np.ndarray, "4 4"] = np.array([[1, 0, 0, 0], [-1, 0, 1, 0], [-1, 1, 0, 0], [1, -1, -1, 1]], dtype=np.int8)
"""Takes the four truth-table entries to the four coefficients: `coefficients = MOEBIUS @ entries`."""

COEFFICIENTS: Int8[np.ndarray, "16 4"] = (TRUTH_TABLES.astype(np.int8) @ MOEBIUS.T).astype(np.int8)
"""Row g: the coefficients of gate g over 1, a, b, ab."""

_NORMAL_FORMS: tuple[tuple[bool, bool, bool, bool], ...] = tuple(
    (bool(row[0] & 1), bool(row[1] & 1), bool(row[2] & 1), bool(row[3] & 1)) for row in COEFFICIENTS
)


TABLE_LITERALS = (0b00001111, 0b00110011, 0b01010101)
"""The three-input tables that are just their first, second or third input."""


def evaluate(gate: int, a: Word, b: Word, ones: Word) -> Word:
    """Returns the gate's output on each lane of `a` and `b`; `ones` has every lane set."""
    constant, linear_a, linear_b, product = _NORMAL_FORMS[gate]
    value = ones if constant else ones ^ ones
    if linear_a:
        value = value ^ a
    if linear_b:
        value = value ^ b
    if product:
        value = value ^ (a & b)
    return value


def evaluate_table(table: int, operands: Sequence[Word], ones: Word) -> Word:
    """Returns the output of a truth table of two or three inputs on each lane of its operands.

    Args:
        table: its binary digits, most significant first, are the outputs for 00 to 11, or for 000 to 111.
        operands: the words that it reads, in the order of these digits.
        ones: a word with every lane set.
    """
    if len(operands) == 2:
        return evaluate(table, operands[0], operands[1], ones)
    select, a, b = operands
    low, high = evaluate(table >> 4, a, b, ones), evaluate(table & 0b1111, a, b, ones)
    value: Word = low ^ (select & (low ^ high))
    return value


@functools.cache
def table_support(table: int) -> tuple[int, ...]:
    """Returns the positions of the inputs, 0 to 2, on which a three-input table depends."""
    return tuple(
        position
        for position, (literal, distance) in enumerate(zip(TABLE_LITERALS, (4, 2, 1), strict=True))
        if (table ^ table >> distance) & literal
    )


def rearrange_table(table: int, order: Sequence[int], inverted: Sequence[bool]) -> int:
    """Returns the three-input table whose k-th input is input `order[k]` of the given one, inverted if asked.

    Args:
        table: a number of eight digits, the most significant for 000.
        order: a permutation of 0, 1, 2.
        inverted: for each input of the given table whether what arrives is inverted first.
    """
    rearranged = 0
    for row in range(8):
        read = 0
        for position, source in enumerate(order):
            read |= ((row >> (2 - position) & 1) ^ inverted[source]) << (2 - source)
        rearranged |= (table >> (7 - read) & 1) << (7 - row)
    return rearranged


def complement(gate: int) -> int:
    """Returns the gate with its output inverted."""
    return gate ^ 0b1111


def swap_inputs(gate: int) -> int:
    """Returns the gate that reads (b, a)."""
    return (gate & 0b1001) | (gate & 0b0100) >> 1 | (gate & 0b0010) << 1


def complement_a(gate: int) -> int:
    """Returns the gate with its first input inverted."""
    return (gate & 0b0011) << 2 | gate >> 2


def complement_b(gate: int) -> int:
    """Returns the gate with its second input inverted."""
    return (gate & 0b0101) << 1 | (gate & 0b1010) >> 1


def depends_on_a(gate: int) -> bool:
    """Tells whether the output ever changes with the first input."""
    return complement_a(gate) != gate


def depends_on_b(gate: int) -> bool:
    """Tells whether the output ever changes with the second input."""
    return complement_b(gate) != gate


def expression(gate: int, a: str, b: str, *, zero: str = "0") -> str:
    """Returns the gate as an expression of C over the words named `a` and `b`; `zero` is a word of zeros."""
    ones = gate.bit_count()
    if ones == 0:
        return zero
    if ones == 4:
        return f"~{zero}"
    if ones == 3:
        # All but one minterm: the complement of an AND of literals is an OR of the opposite literals.
        return " | ".join(_literals(complement(gate), a, b, inverted=True))
    if ones == 1:
        return " & ".join(_literals(gate, a, b, inverted=False))
    if depends_on_a(gate) and depends_on_b(gate):
        return f"{a} ^ {b}" if gate == Gate.XOR else f"~({a} ^ {b})"
    name = a if depends_on_a(gate) else b
    return name if gate in (Gate.A, Gate.B) else f"~{name}"


def _literals(minterm: int, a: str, b: str, *, inverted: bool) -> tuple[str, str]:
    """Returns the two literals of a gate that is a single minterm, both inverted if asked."""
    row = 4 - minterm.bit_length()
    a_positive, b_positive = bool(row & 2) != inverted, bool(row & 1) != inverted
    return (a if a_positive else f"~{a}", b if b_positive else f"~{b}")


def name_of(gate: int) -> str:
    """Returns the gate's name in lower case, such as `a_and_not_b`."""
    return Gate(gate).name.lower()
