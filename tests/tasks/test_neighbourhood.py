"""The order of the nine cells, and tables over it, against Golly's own."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.tasks.neighbourhood import (
    CELLS,
    CENTRE,
    NUM_NEIGHBOURHOODS,
    all_neighbourhoods,
    outer_totalistic_table,
)

COUNTS = st.frozensets(st.integers(0, 8))

GOLLY_LIFE = "ARYXfhZofugWaH7oaIDogBZofuhogOiAaIDogIAAgAAWaH7oaIDogGiA6ICAAIAAaIDogIAAgACAAIAAAAAAAA"
"""Life as a MAP rule of Golly: 512 bits in base64, first bit first, north-west most significant."""


def test_cells_are_read_row_by_row_from_the_north_west() -> None:
    assert CELLS == ("nw", "n", "ne", "w", "c", "e", "sw", "s", "se")
    assert CELLS[CENTRE] == "c"
    assert NUM_NEIGHBOURHOODS == 512


def test_every_neighbourhood_is_its_number_in_binary() -> None:
    columns = all_neighbourhoods().T.tolist()
    assert columns == [[int(digit) for digit in f"{number:09b}"] for number in range(512)]
    assert all_neighbourhoods().dtype == np.uint8


@pytest.mark.parametrize(("cell", "number"), [("nw", 256), ("n", 128), ("c", 16), ("s", 2), ("se", 1)])
def test_north_west_is_the_most_significant(cell: str, number: int) -> None:
    assert all_neighbourhoods()[:, number].tolist() == [int(name == cell) for name in CELLS]


@given(COUNTS, COUNTS)
def test_a_table_counts_live_neighbours(birth: frozenset[int], survival: frozenset[int]) -> None:
    expected = []
    for number in range(512):
        cells = [int(digit) for digit in f"{number:09b}"]
        centre = cells.pop(4)
        expected.append(int(sum(cells) in (survival if centre else birth)))
    table = outer_totalistic_table(birth, survival)
    assert table.dtype == np.uint8
    assert table.tolist() == expected


def test_the_table_of_life_is_that_of_golly() -> None:
    octets = np.frombuffer(base64.b64decode(GOLLY_LIFE + "=="), dtype=np.uint8)
    table = outer_totalistic_table(frozenset({3}), frozenset({2, 3}))
    assert np.array_equal(table, np.unpackbits(octets)[:512])
    assert table.sum() == 140
