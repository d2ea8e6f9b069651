"""Sums as gates, for formats that know nothing but gates: columns of equal weight, and full adders that empty them."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Num
from numpy.typing import DTypeLike

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.gates import Gate


def with_adders(head: GroupSum) -> Circuit:
    """Returns a circuit that computes the scores as binary numbers, all of the same width.

    Output `class<c>_bit<k>` has the weight 2 ** k, least significant first, class after class. If a score can be
    negative they are in two's complement.
    """
    lows, highs = score_ranges(head)
    lowest, highest = int(lows.min()), int(highs.max())
    width = max(1, max(highest, ~lowest).bit_length() + (lowest < 0))
    builder, numbers = _add_scores(head, width)
    return builder.build(
        {
            f"class{label}_bit{position}": digit
            for label, digits in enumerate(numbers)
            for position, digit in enumerate(digits)
        }
    )


def with_argmax(head: GroupSum) -> Circuit:
    """Returns a circuit of one output `class<c>` for each class, 1 where its score is the largest.

    Of equal scores the first class wins, so exactly one output is 1.
    """
    # Which is largest stays the same if all become smaller, and fewer digits need no sign.
    head = replace(head, biases=head.biases - score_ranges(head)[0].min())
    builder, numbers = _add_scores(head, int(score_ranges(head)[1].max()).bit_length())
    best = numbers[0]
    exceeds = [builder.negate(CONSTANT_FALSE)]
    for digits in numbers[1:]:
        differences = [builder.add(Gate.XOR, a, b) for a, b in zip(digits, best, strict=True)]
        greater = CONSTANT_FALSE
        for digit, difference in zip(digits, differences, strict=True):
            greater = builder.select(difference, greater, digit)
        best = [
            builder.add(Gate.XOR, digit, builder.add(Gate.AND, greater, difference))
            for digit, difference in zip(best, differences, strict=True)
        ]
        exceeds.append(greater)
    outputs = {}
    none_later = builder.negate(CONSTANT_FALSE)
    for label in reversed(range(len(exceeds))):
        outputs[f"class{label}"] = builder.add(Gate.AND, exceeds[label], none_later)
        none_later = builder.add(Gate.A_AND_NOT_B, none_later, exceeds[label])
    return builder.build(dict(reversed(outputs.items())))


def add_columns(builder: CircuitBuilder, columns: Sequence[Iterable[int]]) -> list[int]:
    """Adds a tree of adders; returns the digits of the sum, least significant first, as many as there are columns.

    Args:
        builder: gets the gates, five for a full adder, two for a half adder.
        columns: signals of weight 1, of weight 2, of weight 4 and so on. A carry from the last is dropped.
    """
    digits = []
    carries: list[int] = []
    for position, signals in enumerate(columns):
        is_last = position == len(columns) - 1
        # What was just added waits until the others are, so that the adders form a tree.
        waiting = deque([*signals, *carries])
        carries = []
        while len(waiting) > 1:
            a, b = waiting.popleft(), waiting.popleft()
            c = waiting.popleft() if waiting else CONSTANT_FALSE
            half = builder.add(Gate.XOR, a, b)
            waiting.append(builder.add(Gate.XOR, half, c))
            if not is_last:
                carries.append(builder.add(Gate.OR, builder.add(Gate.AND, a, b), builder.add(Gate.AND, half, c)))
        digits.append(waiting[0] if waiting else CONSTANT_FALSE)
    return digits


def score_ranges(
    head: GroupSum, *, dtype: DTypeLike = np.int64
) -> tuple[Num[np.ndarray, " classes"], Num[np.ndarray, " classes"]]:
    """Returns the lowest and the highest score of each class, were all outputs independent.

    Args:
        head: the sums.
        dtype: what to compute with; float64 holds any sum, and is exact up to 2 ** 53.
    """
    lowest, highest = head.biases.astype(dtype), head.biases.astype(dtype)
    np.add.at(lowest, head.classes, np.minimum(head.weights, 0))
    np.add.at(highest, head.classes, np.maximum(head.weights, 0))
    return lowest, highest


def _add_scores(head: GroupSum, width: int) -> tuple[CircuitBuilder, list[list[int]]]:
    """Returns a builder of the head's circuit, and the digits of each score modulo 2 ** width."""
    circuit = head.circuit
    builder = CircuitBuilder(circuit.inputs, name=circuit.name, simplify=True)
    signals = builder.add_circuit(circuit)
    bits = [signals[driver] for driver in circuit.drivers.tolist()]
    columns: list[list[list[int]]] = [[[] for _ in range(width)] for _ in range(head.num_classes)]
    # A negative weight is a positive one of the complement, and the lowest score is what remains.
    for label, output, weight in zip(head.classes.tolist(), head.outputs.tolist(), head.weights.tolist(), strict=True):
        bit = bits[output] if weight > 0 else builder.negate(bits[output])
        for position in range(abs(weight).bit_length()):
            if abs(weight) >> position & 1 and position < width:
                columns[label][position].append(bit)
    for label, constant in enumerate(score_ranges(head)[0].tolist()):
        for position in range(width):
            if constant >> position & 1:
                columns[label][position].append(builder.negate(CONSTANT_FALSE))
    return builder, [add_columns(builder, of_class) for of_class in columns]
