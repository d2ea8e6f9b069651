"""The plainest rulestring of a table, judged by reading it back and by tables made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.tasks.isotropy import hensel_classes
from ca_logic.tasks.naming import simplest_rulestring
from ca_logic.tasks.neighbourhood import (
    CELLS,
    HEXAGONAL,
    MOORE,
    VON_NEUMANN,
    all_neighbourhoods,
    live_neighbours,
    transitions_of,
)
from ca_logic.tasks.rulestring import grow_states, parse_rulestring
from tests.oracles import random_table, seeds

STATES = st.sampled_from([2, 2, 3, 4, 5, 8, 16, 255, 256])
LIFE = "MAPARYXfhZofugWaH7oaIDogBZofuhogOiAaIDogIAAgAAWaH7oaIDogGiA6ICAAIAAaIDogIAAgACAAIAAAAAAAA"


def assert_named(live: np.ndarray, states: int = 2) -> str:
    """Asserts that a rule has a canonical rulestring that means it, and returns that."""
    transitions = live if states == 2 else grow_states(live, states)
    rulestring = simplest_rulestring(transitions)
    assert rulestring is not None
    parsed = parse_rulestring(rulestring)
    assert np.array_equal(parsed.transitions, transitions)
    assert parsed.canonical == rulestring
    return rulestring


def without_birth_from_nothing(live: np.ndarray, states: int) -> np.ndarray:
    """Returns the table with B0 taken out where a rule of that many states may not have it."""
    live = live.copy()
    if states > 2:
        live[0, 0] = 0
    return live


@given(seeds, STATES)
def test_any_table_has_a_rulestring_that_means_it(seed: int, states: int) -> None:
    live = without_birth_from_nothing(random_table(seed).reshape(2, 256), states)
    rulestring = assert_named(live, states)
    assert rulestring.startswith("MAP")
    assert len(rulestring.split("/")[0]) <= 89


@given(seeds, STATES)
def test_an_isotropic_table_is_named_by_letters(seed: int, states: int) -> None:
    rng = np.random.default_rng(seed)
    parts = [{own: rng.integers(0, 2) for own in sorted(set(hensel_classes()))} for _ in range(2)]
    live = np.array([[part[own] for own in hensel_classes()] for part in parts], dtype=np.uint8)
    rulestring = assert_named(without_birth_from_nothing(live, states), states)
    assert "MAP" not in rulestring
    assert "W" not in rulestring


@pytest.mark.parametrize(("neighbours", "kind"), [(MOORE, ""), (HEXAGONAL, "H"), (VON_NEUMANN, "V")])
@given(chosen=st.tuples(st.integers(0, 511), st.integers(0, 511)), states=STATES)
def test_a_totalistic_table_is_named_by_counts(
    neighbours: tuple[str, ...], kind: str, chosen: tuple[int, int], states: int
) -> None:
    num_counts = len(neighbours) + 1
    births, survivals = (bits & ((1 << num_counts) - 1) for bits in chosen)
    # A rule of more than two states may not have births from nothing.
    births &= -1 if states == 2 else ~1
    live = np.stack([bits >> live_neighbours(neighbours) & 1 for bits in (births, survivals)]).astype(np.uint8)
    if {births, survivals} <= {0, (1 << num_counts) - 1}:
        # Who counts none or all of its neighbours may count any of them.
        kind, num_counts = "", 9
        births, survivals = (0x1FF if bits else 0 for bits in (births, survivals))
    born, survive = (
        "".join(str(count) for count in range(num_counts) if bits >> count & 1) for bits in (births, survivals)
    )
    expected = f"B{born}/S{survive}{kind}" if states == 2 else f"{survive}/{born}/{states}{kind}"
    assert assert_named(live, states) == expected


@pytest.mark.parametrize("number", range(0, 256, 2))
def test_an_elementary_table_is_named_by_its_number(number: int) -> None:
    north = all_neighbourhoods()[[CELLS.index(cell) for cell in ("nw", "n", "ne")]].astype(int)
    table = np.where(all_neighbourhoods()[CELLS.index("c")], 1, number >> (north.T @ [4, 2, 1]) & 1)
    rulestring = assert_named(transitions_of(table.astype(np.uint8)))
    # Nothing is ever born by rule 0, which counting says, too.
    assert rulestring == (f"W{number}" if number else "B/S012345678")


@pytest.mark.parametrize(
    ("reads", "length"),
    [(("n", "w", "c", "e", "s"), 6), (("n", "c"), 6), (("s", "se", "w", "c", "e", "nw", "n"), 22), (("se", "c"), 22),
     (("ne", "c"), 86), (CELLS, 86)],
)  # fmt: skip
def test_a_map_is_of_the_smallest_neighbourhood_that_will_do(reads: tuple[str, ...], length: int) -> None:
    bits = all_neighbourhoods()[[CELLS.index(cell) for cell in reads]].astype(int)
    # An exclusive or of one cell with a random function of the others: all of them matter, and not alike.
    others = (1 << np.arange(len(reads) - 1)) @ bits[1:]
    for seed in range(20):
        table = bits[0] ^ np.random.default_rng(seed).integers(0, 2, 1 << (len(reads) - 1))[others]
        live = transitions_of(table.astype(np.uint8))
        rulestring = assert_named(live)
        assert rulestring.startswith("MAP")
        assert len(rulestring) == len("MAP") + length
        if not table[0]:
            grown = assert_named(live, 3)
            assert grown.startswith("MAP")
            assert len(grown) == len("MAP") + length + len("/3")


@pytest.mark.parametrize(
    ("text", "simplest"),
    [
        (LIFE, "B3/S23"),
        ("B2-a/S12", "B2-a/S12"),
        ("B2aceikn3/S", "B23/S"),
        ("B2/S34H", "B2/S34H"),
        ("B012345678/S012345678", "B012345678/S012345678"),
        ("B01234V", "B012345678/S"),
        ("B0123456/SH", "B012345678/S"),
        ("B01234/S01234V", "B012345678/S012345678"),
        ("W0", "B/S012345678"),
        ("W254", "W254"),
        ("345/2/4", "345/2/4"),
        ("B2/S345/4", "345/2/4"),
        ("2/13/21V", "2/13/21V"),
        ("23/3/2", "B3/S23"),
        (LIFE + "/2", "B3/S23"),
        (LIFE + "/5", "23/3/5"),
        ("2-a/3ij/7", "2-a/3ij/7"),
    ],
)
def test_equal_rules_get_the_plainest_of_their_rulestrings(text: str, simplest: str) -> None:
    assert simplest_rulestring(parse_rulestring(text).transitions) == simplest


def test_wireworld_has_no_rulestring() -> None:
    counts = live_neighbours()
    rows = [np.zeros(256), np.full(256, 2), np.full(256, 3), np.where((counts == 1) | (counts == 2), 1, 3)]
    assert simplest_rulestring(np.stack(rows).astype(np.uint8)) is None


@given(seeds, st.integers(3, 8))
def test_more_states_that_do_not_age_have_no_rulestring(seed: int, states: int) -> None:
    rng = np.random.default_rng(seed)
    transitions = grow_states(random_table(seed, row_0=0).reshape(2, 256), states)
    state, ring = rng.integers(2, states), rng.integers(0, 256)
    transitions[state, ring] = (transitions[state, ring] + rng.integers(1, states)) % states
    assert simplest_rulestring(transitions) is None


def test_more_states_cannot_be_born_from_nothing() -> None:
    live = random_table(0, row_0=1).reshape(2, 256)
    assert simplest_rulestring(live) is not None
    assert simplest_rulestring(grow_states(live, 3)) is None
