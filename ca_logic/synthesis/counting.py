"""A circuit from truth tables that do not tell some inputs apart: count these inputs, then look at the counts only.

A totalistic rule counts live cells. What the table does not distinguish is found in the table itself: inputs are
interchangeable if swapping them changes nothing.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.synthesis.adders import add_columns
from ca_logic.synthesis.decision_diagram import PartialTable, add_diagrams

_FEWEST_COUNTED = 3


def counter_circuits(name: str, inputs: Sequence[str], tables: Mapping[str, PartialTable]) -> list[Circuit]:
    """Returns circuits that count interchangeable inputs; none if there are too few of these.

    If all but one are interchangeable, that one may as well be counted with them, if it is looked at besides: then
    the nine cells of a neighbourhood are counted in threes, as its rows are.
    """
    groups = [group for group in interchangeable_inputs(list(tables.values())) if len(group) >= _FEWEST_COUNTED]
    if not groups:
        return []
    others = sorted(set(range(len(inputs))) - {axis for group in groups for axis in group})
    circuits = [_counter_circuit(name, inputs, tables, groups, others)]
    if len(groups) == len(others) == 1:
        circuits.append(_counter_circuit(name, inputs, tables, [range(len(inputs))], others))
    return circuits


def interchangeable_inputs(tables: Sequence[PartialTable]) -> list[list[int]]:
    """Returns the inputs in groups; swapping any two of a group leaves every table as it is."""
    groups: list[list[int]] = []
    for axis in range(tables[0].ones.ndim if tables else 0):
        for group in groups:
            if all(_is_same_swapped(table, axis, group[0]) for table in tables):
                group.append(axis)
                break
        else:
            groups.append([axis])
    return groups


def _is_same_swapped(table: PartialTable, first: int, second: int) -> bool:
    ones, care = table.ones & table.care, table.care
    return np.array_equal(ones, ones.swapaxes(first, second)) and np.array_equal(care, care.swapaxes(first, second))


def _counter_circuit(
    name: str,
    inputs: Sequence[str],
    tables: Mapping[str, PartialTable],
    groups: Sequence[Sequence[int]],
    others: Sequence[int],
) -> Circuit:
    """Counts each group, and selects by the digits of the counts and by the other inputs."""
    builder = CircuitBuilder(inputs, name=name)
    selectors: list[int] = []
    values: list[np.ndarray] = []
    cells = np.indices((2,) * len(inputs))
    for group in groups:
        counted = [builder.inputs[axis] for axis in group]
        digits = add_columns(builder, [counted, *[()] * (len(group).bit_length() - 1)])
        count = cells[list(group)].sum(axis=0)
        selectors += reversed(digits)
        values += [count >> digit & 1 for digit in reversed(range(len(digits)))]
    selectors += [builder.inputs[axis] for axis in others]
    values += [cells[axis] for axis in others]
    place = np.ravel_multi_index(tuple(values), (2,) * len(values)).ravel()
    of_counts = {output: _gathered(table, place, len(values)) for output, table in tables.items()}
    return builder.build(add_diagrams(builder, selectors, of_counts, list(range(len(values)))))


def _gathered(table: PartialTable, place: np.ndarray, num_digits: int) -> PartialTable:
    """Returns the table over other digits; what no row leads to is open."""
    ones, care = np.zeros(1 << num_digits, dtype=bool), np.zeros(1 << num_digits, dtype=bool)
    care[place[table.care.ravel()]] = True
    ones[place[(table.ones & table.care).ravel()]] = True
    return PartialTable(ones.reshape((2,) * num_digits), care.reshape((2,) * num_digits))
