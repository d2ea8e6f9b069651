"""Hensel letters against the pictures that Golly's help draws of them."""

import functools
from collections import Counter
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.tasks.isotropy import hensel_classes, is_isotropic, is_totalistic, letters_of
from ca_logic.tasks.neighbourhood import HEXAGONAL, MOORE, VON_NEUMANN, live_neighbours, ring_of, symmetries
from tests.oracles import seeds

PICTURES = {
    "1c": ("... .+. ..x", 4), "1e": ("... .+. .x.", 4),
    "2c": ("... .+. x.x", 4), "2e": ("... .+x .x.", 4), "2a": ("... .+. .xx", 8), "2i": ("... x+x ...", 2),
    "2k": ("... x+. ..x", 8), "2n": ("..x .+. x..", 2),
    "3c": ("..x .+. x.x", 4), "3e": ("... x+x .x.", 4), "3a": ("... .+x .xx", 4), "3i": ("... .+. xxx", 4),
    "3k": ("..x x+. .x.", 4), "3n": ("... .+x x.x", 8), "3j": ("... .+x xx.", 8), "3q": ("..x .+. xx.", 8),
    "3r": ("... x+x ..x", 8), "3y": ("..x x+. ..x", 4),
    "4c": ("x.x .+. x.x", 1), "4e": (".x. x+x .x.", 1), "4a": ("... .+x xxx", 8), "4i": ("... x+x x.x", 4),
    "4k": ("..x x+. .xx", 8), "4n": ("..x .+. xxx", 8), "4j": ("..x x+x .x.", 8), "4q": ("..x x+. xx.", 4),
    "4r": ("... x+x .xx", 8), "4y": ("..x x+. x.x", 8), "4t": ("..x x+x ..x", 4), "4w": ("..x .+x xx.", 4),
    "4z": ("..x x+x x..", 4),
}  # fmt: skip
"""One neighbourhood of each class, and how many the class has."""

COMPLEMENTS_OF_FOUR = ("ce", "it", "nr", "yj", "qw", "aa", "kk", "zz")


def ring_of_picture(picture: str) -> int:
    return int(picture.replace(" ", "").replace("+", "").replace(".", "0").replace("x", "1"), 2)


@functools.cache
def images_of(ring: int) -> frozenset[int]:
    """All that a ring becomes when the square is turned and mirrored."""
    neighbourhood = ring >> 4 << 5 | ring & 0b1111
    return frozenset(ring_of(symmetries()[:, neighbourhood]).tolist())


@pytest.mark.parametrize("name", PICTURES)
def test_a_letter_means_the_picture_and_what_it_can_be_turned_into(name: str) -> None:
    picture, size = PICTURES[name]
    own = (int(name[0]), name[1])
    members = {ring for ring, other in enumerate(hensel_classes()) if other == own}
    assert members == images_of(ring_of_picture(picture))
    assert len(members) == Counter(hensel_classes())[own] == size


def test_there_are_51_classes_and_they_are_the_orbits() -> None:
    assert len(set(hensel_classes())) == 51
    orbits = {images_of(ring) for ring in range(256)}
    assert len(orbits) == 51
    for orbit in orbits:
        assert len({hensel_classes()[ring] for ring in orbit}) == 1


def test_a_class_is_named_by_its_number_of_live_neighbours() -> None:
    assert [count for count, _ in hensel_classes()] == [ring.bit_count() for ring in range(256)]
    assert hensel_classes()[0] == (0, "")
    assert hensel_classes()[255] == (8, "")


@pytest.mark.parametrize("count", range(9))
def test_the_classes_of_a_count_share_out_its_rings(count: int) -> None:
    sizes = {letter: size for (number, letter), size in sorted(Counter(hensel_classes()).items()) if number == count}
    assert sum(sizes.values()) == comb(8, count)
    assert "".join(sizes) == letters_of(count)


def test_the_letters_of_a_count_are_those_of_golly() -> None:
    expected = ["", "ce", "aceikn", "aceijknqry", "aceijknqrtwyz", "aceijknqry", "aceikn", "ce", ""]
    assert [letters_of(count) for count in range(9)] == expected


def test_above_four_a_letter_means_the_complement() -> None:
    classes = hensel_classes()
    four = {pair[0]: pair[1] for pair in COMPLEMENTS_OF_FOUR} | {pair[1]: pair[0] for pair in COMPLEMENTS_OF_FOUR}
    assert "".join(sorted(four)) == letters_of(4)
    for ring, (count, letter) in enumerate(classes):
        assert classes[255 - ring] == (8 - count, four[letter] if count == 4 else letter)


@given(st.sets(st.sampled_from(sorted(set(hensel_classes())))))
def test_a_function_of_the_class_is_isotropic(chosen: set[tuple[int, str]]) -> None:
    assert is_isotropic(np.array([own in chosen for own in hensel_classes()], dtype=np.uint8))


@given(seeds, st.integers(1, 254))
def test_isotropic_is_what_no_symmetry_changes(seed: int, ring: int) -> None:
    rng = np.random.default_rng(seed)
    of_class = {own: rng.integers(0, 2) for own in sorted(set(hensel_classes()))}
    table = np.array([of_class[own] for own in hensel_classes()], dtype=np.uint8)
    # A class of one ring stays a class.
    table[ring] ^= 1
    unchanged = all(table[image] == table[own] for own in range(256) for image in images_of(own))
    assert is_isotropic(table) == unchanged == (len(images_of(ring)) == 1)


@pytest.mark.parametrize("neighbours", [MOORE, HEXAGONAL, VON_NEUMANN])
def test_totalistic_is_what_depends_on_the_count_alone(neighbours: tuple[str, ...]) -> None:
    counts = live_neighbours(neighbours)
    for chosen in range(1 << (len(neighbours) + 1)):
        table = (chosen >> counts & 1).astype(np.uint8)
        assert is_totalistic(table, neighbours)
    for ring in range(1, 255):
        changed = (counts == 2).astype(np.uint8)
        changed[ring] ^= 1
        alone = (counts == counts[ring]).sum() == 1
        assert is_totalistic(changed, neighbours) == alone


def test_counting_all_neighbours_is_isotropic_and_counting_hexagonal_ones_is_not() -> None:
    assert is_isotropic((live_neighbours(MOORE) == 2).astype(np.uint8))
    assert is_isotropic((live_neighbours(VON_NEUMANN) == 2).astype(np.uint8))
    assert not is_isotropic((live_neighbours(HEXAGONAL) == 2).astype(np.uint8))
