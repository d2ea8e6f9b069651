"""The order of the nine cells, tables over it against Golly's own, and the symmetries of the square."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.tasks.neighbourhood import (
    CELLS,
    CENTRE,
    HEXAGONAL,
    MOORE,
    NUM_NEIGHBOURHOODS,
    NUM_RINGS,
    VON_NEUMANN,
    all_neighbourhoods,
    all_rings,
    bit_planes,
    bits_of,
    input_names,
    live_neighbours,
    output_names,
    ring_of,
    symmetries,
    table_of,
    transitions_of,
)
from tests.oracles import random_table, seeds

GOLLY_LIFE = "ARYXfhZofugWaH7oaIDogBZofuhogOiAaIDogIAAgAAWaH7oaIDogGiA6ICAAIAAaIDogIAAgACAAIAAAAAAAA"
"""Life as a MAP rule of Golly: 512 bits in base64, first bit first, north-west most significant."""

NEIGHBOURS = pytest.mark.parametrize("neighbours", [MOORE, HEXAGONAL, VON_NEUMANN])


def picture_of(neighbourhood: int) -> np.ndarray:
    return np.array([int(digit) for digit in f"{neighbourhood:09b}"]).reshape(3, 3)


def number_of(picture: np.ndarray) -> int:
    return int("".join(map(str, picture.ravel().tolist())), 2)


def test_cells_are_read_row_by_row_from_the_north_west() -> None:
    assert CELLS == ("nw", "n", "ne", "w", "c", "e", "sw", "s", "se")
    assert CELLS[CENTRE] == "c"
    assert (NUM_NEIGHBOURHOODS, NUM_RINGS) == (512, 256)


def test_every_neighbourhood_is_its_number_in_binary() -> None:
    columns = all_neighbourhoods().T.tolist()
    assert columns == [[int(digit) for digit in f"{number:09b}"] for number in range(512)]
    assert all_neighbourhoods().dtype == np.uint8


def test_a_ring_is_a_neighbourhood_without_its_centre() -> None:
    assert tuple(cell for cell in CELLS if cell != "c") == MOORE
    assert all_rings().T.tolist() == [[int(digit) for digit in f"{number:08b}"] for number in range(256)]
    for number in range(512):
        digits = f"{number:09b}"
        assert ring_of(np.array([number])).tolist() == [int(digits[:4] + digits[5:], 2)]


@pytest.mark.parametrize(("cell", "number"), [("nw", 256), ("n", 128), ("c", 16), ("s", 2), ("se", 1)])
def test_north_west_is_the_most_significant(cell: str, number: int) -> None:
    assert all_neighbourhoods()[:, number].tolist() == [int(name == cell) for name in CELLS]


@given(st.lists(st.integers(0, 2**20 - 1)), st.integers(1, 20))
def test_bits_are_the_binary_digits_of_numbers(numbers: list[int], num_bits: int) -> None:
    bits = bits_of(np.array(numbers, dtype=np.int64), num_bits)
    assert bits.shape == (num_bits, len(numbers))
    assert bits.T.tolist() == [[int(digit) for digit in f"{number:020b}"[20 - num_bits :]] for number in numbers]


def test_a_hexagonal_grid_lacks_north_east_and_south_west() -> None:
    assert set(MOORE) - set(HEXAGONAL) == {"ne", "sw"}
    assert set(VON_NEUMANN) == {"n", "w", "e", "s"}


@NEIGHBOURS
def test_live_neighbours_are_counted_among_those_named(neighbours: tuple[str, ...]) -> None:
    expected = [sum(f"{ring:08b}"[MOORE.index(cell)] == "1" for cell in neighbours) for ring in range(256)]
    assert live_neighbours(neighbours).tolist() == expected
    assert live_neighbours().tolist() == [ring.bit_count() for ring in range(256)]


@given(seeds)
def test_by_neighbourhood_and_by_centre_and_ring_are_the_same_table(seed: int) -> None:
    table = random_table(seed)
    transitions = transitions_of(table)
    assert transitions.shape == (2, 256)
    assert transitions.dtype == np.uint8
    assert np.array_equal(table_of(transitions), table)
    for number in range(512):
        ring = int(ring_of(np.array([number]))[0])
        assert transitions[number >> 4 & 1, ring] == table[number]


@given(seeds)
def test_every_table_by_centre_and_ring_comes_back(seed: int) -> None:
    transitions = random_table(seed).reshape(2, 256)
    assert np.array_equal(transitions_of(table_of(transitions)), transitions)


def test_the_table_of_life_is_that_of_golly() -> None:
    octets = np.frombuffer(base64.b64decode(GOLLY_LIFE + "=="), dtype=np.uint8)
    counts = live_neighbours()
    table = table_of(np.stack([counts == 3, (counts == 2) | (counts == 3)]).astype(np.uint8))
    assert np.array_equal(table, np.unpackbits(octets)[:512])
    assert table.sum() == 140


def test_the_symmetries_are_the_eight_of_the_square() -> None:
    expected = set()
    for quarter in range(4):
        turned = [np.rot90(picture_of(number), quarter) for number in range(512)]
        expected.add(tuple(map(number_of, turned)))
        expected.add(tuple(number_of(np.fliplr(picture)) for picture in turned))
    assert len(expected) == 8
    assert {tuple(images) for images in symmetries().tolist()} == expected


def test_the_identity_is_first_and_rotations_are_the_first_four() -> None:
    images = symmetries()
    assert images[0].tolist() == list(range(512))
    quarter = images[1]
    for turns in range(4):
        turned = np.arange(512)
        for _ in range(turns):
            turned = quarter[turned]
        assert np.array_equal(images[turns], turned)
    rotations = {tuple(number_of(np.rot90(picture_of(n), quarter)) for n in range(512)) for quarter in range(4)}
    assert {tuple(turned) for turned in images[:4].tolist()} == rotations


def test_reflections_undo_themselves() -> None:
    for mirrored in symmetries()[4:]:
        assert mirrored[mirrored].tolist() == list(range(512))


def test_one_symmetry_after_another_is_a_symmetry() -> None:
    images = symmetries()
    known = {tuple(image) for image in images.tolist()}
    for first in images:
        assert {tuple(second[first].tolist()) for second in images} == known


def test_two_state_circuits_read_the_nine_cells() -> None:
    assert input_names(1) == CELLS
    assert output_names(1) == ("next",)


def test_more_bits_are_planes_of_all_nine_cells_bit_zero_first() -> None:
    assert input_names(2) == tuple(f"{cell}0" for cell in CELLS) + tuple(f"{cell}1" for cell in CELLS)
    assert output_names(3) == ("next0", "next1", "next2")


@given(st.integers(1, 8), seeds)
def test_bit_planes_add_up_to_the_states(bits: int, seed: int) -> None:
    states = np.random.default_rng(seed).integers(0, 1 << bits, (9, 13)).astype(np.uint8)
    planes = bit_planes(states, bits)
    assert planes.shape == (9 * bits, 13)
    assert planes.dtype == np.uint8
    named = dict(zip(input_names(bits), planes, strict=True))
    for cell, row in zip(CELLS, states, strict=True):
        names = [cell] if bits == 1 else [f"{cell}{bit}" for bit in range(bits)]
        assert np.array_equal(sum(named[name].astype(int) << bit for bit, name in enumerate(names)), row)
