"""What a gate of either kind computes, as the writers need it: of signals it really reads, as text or as cubes."""

import dataclasses
import functools
import itertools
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from ca_logic.circuit.lookup import Formula, smallest_formulas
from ca_logic.circuit.netlist import CONSTANT_FALSE, AnyCircuit, Netlist, remove_dead_gates
from ca_logic.gates import Gate, expression

Operand = TypeVar("Operand", bound=Hashable)


class Node(NamedTuple):
    """A gate: its signal, the signals that it really reads, and its function of these.

    The function is a truth table of 2 ** len(fanins) digits, most significant first, as everywhere.
    """

    signal: int
    table: int
    fanins: tuple[int, ...]


def reduced_nodes(circuit: Netlist) -> Iterator[Node]:
    """Yields each gate in order; no fan-in is the constant, stands there twice, or is ignored."""
    for signal, table, fanins in circuit.nodes():
        operands = [fanin if fanin != CONSTANT_FALSE else None for fanin in fanins]
        yield Node(signal, *reduce_function(table, operands))


def reduce_function(table: int, operands: Sequence[Operand | None]) -> tuple[int, tuple[Operand, ...]]:
    """Returns the function of those operands that matter, each once, and these; None stands for the constant 0.

    Args:
        table: a truth table over the operands, as in `Node`.
        operands: what the function is applied to.
    """
    distinct = [operand for operand in dict.fromkeys(operands) if operand is not None]
    positions = tuple(distinct.index(operand) if operand is not None else None for operand in operands)
    reduced, kept = _reduction(table, positions)
    return reduced, tuple(distinct[position] for position in kept)


def live_part(circuit: AnyCircuit) -> AnyCircuit:
    """Returns the circuit without fan-ins that their gates ignore, then without gates that nothing needs."""
    fanins = [
        [fanin if fanin in node.fanins else CONSTANT_FALSE for fanin in read]
        for (_, _, read), node in zip(circuit.nodes(), reduced_nodes(circuit), strict=True)
    ]
    array = np.array(fanins, np.int32).reshape(-1, circuit.ARITY)
    return remove_dead_gates(dataclasses.replace(circuit, fanins=array))


def function_text(table: int, operands: Sequence[str], *, zero: str, ones: str) -> str:
    """Returns a function as an expression of & | ^ ~ and parentheses, the same in C, Verilog and Python.

    Args:
        table: its truth table; all operands must matter.
        operands: up to three names, the first most significant in the table.
        zero: what stands for the constant 0.
        ones: what stands for the constant 1.
    """
    if not operands:
        return ones if table else zero
    if len(operands) == 1:
        return expression((Gate.NOT_A, Gate.A)[table & 1], operands[0], operands[0])
    if len(operands) == 2:
        return expression(table, *operands)
    return _formula_text(smallest_formulas()[table], operands)


@functools.cache
def minimal_cubes(table: int, num_inputs: int) -> tuple[str, ...]:
    """Returns the fewest cubes that cover the rows where a function of up to three inputs is 1.

    A cube is a text of `0`, `1` and, where an input is free, `-`; it is as wide as it can be.
    """
    rows = ["".join(row) for row in itertools.product("01", repeat=num_inputs)]
    ones = {row for place, row in enumerate(reversed(rows)) if table >> place & 1}
    cubes = {"".join(cube): _covered("".join(cube)) for cube in itertools.product("01-", repeat=num_inputs)}
    implicants = {cube: covered for cube, covered in cubes.items() if covered <= ones}
    primes = sorted(cube for cube, covered in implicants.items() if not any(covered < o for o in implicants.values()))
    for size in range(len(primes) + 1):
        covers = [
            cover for cover in itertools.combinations(primes, size) if set().union(*(cubes[c] for c in cover)) == ones
        ]
        if covers:
            best = max(covers, key=lambda cover: "".join(cover).count("-"))
            return tuple(sorted(best, key=lambda cube: cube.replace("-", "2")))
    raise AssertionError("all primes together cover every function")


@functools.lru_cache(maxsize=1 << 12)
def table_of_cubes(cubes: tuple[str, ...], num_inputs: int) -> int:
    """Returns the truth table that is 1 where some cube is."""
    covered = set().union(*map(_covered, cubes))
    rows = map("".join, itertools.product("01", repeat=num_inputs))
    return int("".join("01"[row in covered] for row in rows), 2)


@functools.cache
def _reduction(table: int, positions: tuple[int | None, ...]) -> tuple[int, tuple[int, ...]]:
    """Returns the table over the operands that matter, and which these are.

    Args:
        table: a truth table over the fan-ins.
        positions: for each fan-in which operand it is, None for the constant 0.
    """
    operands = sorted({position for position in positions if position is not None})
    values: dict[tuple[int, ...], int] = {}
    for row in itertools.product((0, 1), repeat=len(operands)):
        index = sum(row[p] << place for place, p in enumerate(reversed(positions)) if p is not None)
        values[row] = table >> ((1 << len(positions)) - 1 - index) & 1
    kept = tuple(k for k in operands if any(value != values[_flipped(row, k)] for row, value in values.items()))
    digits = [value for row, value in values.items() if not any(row[k] for k in operands if k not in kept)]
    return functools.reduce(lambda number, digit: number << 1 | digit, digits, 0), kept


def _flipped(row: tuple[int, ...], position: int) -> tuple[int, ...]:
    return (*row[:position], 1 - row[position], *row[position + 1 :])


def _covered(cube: str) -> set[str]:
    """Returns the rows where a cube is 1."""
    return {"".join(row) for row in itertools.product(*("01" if literal == "-" else literal for literal in cube))}


def _formula_text(formula: Formula, operands: Sequence[str]) -> str:
    if isinstance(formula, int):
        return operands[formula]
    gate, *parts = formula
    return expression(gate, *(_operand_text(part, operands) for part in parts))


def _operand_text(formula: Formula, operands: Sequence[str]) -> str:
    """Returns the formula so that any operator may stand beside it."""
    text = _formula_text(formula, operands)
    # An XNOR is written with parentheses of its own.
    return text if isinstance(formula, int) or formula[0] == Gate.XNOR else f"({text})"
