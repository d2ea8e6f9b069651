"""Rulestrings as Golly reads them: the cases with an expected form were checked with bgolly, tables made by hand."""

import base64
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import RulestringError
from ca_logic.tasks.grid import Grid
from ca_logic.tasks.isotropy import hensel_classes
from ca_logic.tasks.neighbourhood import CELLS, HEXAGONAL, MOORE, VON_NEUMANN, table_of
from ca_logic.tasks.rulestring import looks_like_rulestring, parse_rulestring
from tests.oracles import random_table, seeds

COUNTS = st.frozensets(st.integers(0, 8))
LIFE = "MAPARYXfhZofugWaH7oaIDogBZofuhogOiAaIDogIAAgAAWaH7oaIDogGiA6ICAAIAAaIDogIAAgACAAIAAAAAAAA"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

# Golly's orders; it turns the table of hexagonal rules of two states upside down, and no other.
MOORE_ORDER = ("nw", "n", "ne", "w", "c", "e", "sw", "s", "se")
HEXAGONAL_ORDER = ("s", "se", "w", "c", "e", "nw", "n")
HEXAGONAL_GENERATIONS_ORDER = ("nw", "n", "w", "c", "e", "s", "se")
VON_NEUMANN_ORDER = ("n", "w", "c", "e", "s")

CONFORMANCE = [
    ("B3/S23", "B3/S23", ""),
    ("23/3", "B3/S23", ""),
    ("/3", "B3/S", ""),
    ("B3", "B3/S", ""),
    ("B3/S23V", "B3/S23V", ""),
    ("B2cekin/S12", "B2-a/S12", ""),
    ("B2ceikn/S", "B2-a/S", ""),
    ("B2aceikn3/S", "B23/S", ""),
    ("B2-a_S12", "B2-a/S12", ""),
    ("B33/S2233", "B3/S23", ""),
    ("B2aa/S12", "B2a/S12", ""),
    ("3/S23", "B3/S23", ""),
    ("w30", "W30", ""),
    ("B0/S8", "B0/S8", ""),
    ("B03/S23", "B03/S23", ""),
    ("B3/S23:t30,20", "B3/S23", "T30,20"),
    ("B3/S23:K30,20", "B3/S23", "K30,20*"),
    ("B3/S23:K30*+5,20", "B3/S23", "K30*+1,20"),
    ("B3/S23:T30,20-2", "B3/S23", "T30,20-2"),
    ("B3/S23:", "B3/S23", ""),
    ("MAPARYXfg", "MAPARYXfg", ""),
]
"""Rulestring, its canonical form and that of its grid, as the conformance contract has them."""


def rows_of(cells: tuple[str, ...]) -> list[dict[str, int]]:
    """Returns the states of the cells by name for each number that they spell, the first most significant."""
    return [dict(zip(cells, map(int, f"{number:0{len(cells)}b}"), strict=True)) for number in range(1 << len(cells))]


def table_by_hand(next_state: Callable[[dict[str, int]], int]) -> list[int]:
    return [next_state(cells) for cells in rows_of(MOORE_ORDER)]


def table_by_counts(births: set[int], survivals: set[int], neighbours: tuple[str, ...]) -> list[int]:
    return table_by_hand(
        lambda cells: int(sum(cells[cell] for cell in neighbours) in (survivals if cells["c"] else births))
    )


def map_by_hand(bits: list[int]) -> str:
    padded = [*bits, *[0] * (-len(bits) % 6)]
    digits = (padded[start : start + 6] for start in range(0, len(padded), 6))
    return "MAP" + "".join(BASE64[int("".join(map(str, digit)), 2)] for digit in digits)


def table(text: str) -> list[int]:
    numbers: list[int] = table_of(parse_rulestring(text).transitions).tolist()
    return numbers


@pytest.mark.parametrize(("text", "canonical", "grid"), CONFORMANCE)
def test_the_conformance_contract_is_kept(text: str, canonical: str, grid: str) -> None:
    rule = parse_rulestring(text)
    assert rule.canonical == canonical
    assert (rule.grid.canonical if rule.grid else "") == grid


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("B24/S135V", "'B24/S135V': character 8, '5', is more than the 4 neighbours of the von Neumann neighbourhood"),
        ("B5z/S", "'B5z/S': 'z' is no letter of 5 neighbours; known are aceijknqry"),
        ("W256", "'W256': the number of an elementary rule is even and at most 254"),
        ("B3/S23:S30,30", "'B3/S23:S30,30': 'S30,30': character 4, ',', is unexpected after the width"),
        ("B3/S23:T30+2,20+1", "is shifted both ways; only one shift is possible"),
        ("MAPARYX", "'MAPARYX': MAP is followed by 4 characters of base64; it needs 86"),
    ],
)
def test_what_the_conformance_contract_refuses_is_refused(text: str, message: str) -> None:
    with pytest.raises(RulestringError, match=message):
        parse_rulestring(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("b3s23", "B3/S23"),
        ("B3S23", "B3/S23"),
        ("S23/B3", "B3/S23"),
        ("S23B3", "B3/S23"),
        ("B3/23", "B3/S23"),
        ("S23", "B/S23"),
        ("23/", "B/S23"),
        ("/", "B/S"),
        ("B", "B/S"),
        ("B/S", "B/S"),
        ("3S23", "B/S23"),
        (" b 3 / s 3 2 ", "B3/S23"),
        ("B876543210/S012345678", "B012345678/S012345678"),
        ("b2/s34h", "B2/S34H"),
        ("34/2h", "B2/S34H"),
        ("B2-3/S", "B23/S"),
        ("B2aceikn/S", "B2/S"),
        ("B2-aceikn3/S", "B3/S"),
        ("B4aceikny/S", "B4aceikny/S"),
        ("B4-qjrtwz/S", "B4aceikny/S"),
        ("B4-z/S", "B4-z/S"),
        ("B1c/S", "B1c/S"),
        ("B2a2/S", "B2a/S"),
        ("B1-c/S", "B1e/S"),
        ("b2-A_s12", "B2-a/S12"),
        ("W 3 0", "W30"),
        ("W030", "W30"),
        (f" map{LIFE[3:]}", LIFE),
        (f"{LIFE}==", LIFE),
        (f"{LIFE}/5", f"{LIFE}/5"),
        ("345/2/4", "345/2/4"),
        ("B2/S345/4", "345/2/4"),
        ("S345/B2/4", "345/2/4"),
        ("/2/3", "/2/3"),
        ("345/2/004", "345/2/4"),
        ("2-a/3ij/7", "2-a/3ij/7"),
        ("345/2/4H", "345/2/4H"),
        ("34/2/256v", "34/2/256V"),
        ("23/3/2", "23/3/2"),
    ],
)
def test_a_rulestring_has_one_canonical_form(text: str, canonical: str) -> None:
    rule = parse_rulestring(text)
    assert rule.canonical == canonical
    again = parse_rulestring(canonical)
    assert again.canonical == canonical
    assert np.array_equal(again.transitions, rule.transitions)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("B3/S29", "'B3/S29' names 9 neighbours, but a Moore neighbourhood has 8"),
        ("B3/S23/B3", "character 8, 'B', follows a second slash"),
        ("B3/S23/", "'B3/S23/': a Generations rule has 2 to 256 states, not none"),
        ("B3/S23/C4", "character 8, 'C', follows a second slash"),
        ("b2s345/4", "B and S must stand on either side of the slash"),
        ("345/2/1", "a Generations rule has 2 to 256 states, not 1"),
        ("345/2/257", "a Generations rule has 2 to 256 states, not 257"),
        ("345/02/4", "'345/02/4': births from nothing"),
        ("345/2/4/5", "character 8, '/', is one slash too many"),
        ("B2a-c/S", "character 4, '-', is out of place"),
        ("B-2/S", "character 2, '-', is out of place"),
        ("B0c/S", "'c' is no letter of 0 neighbours; there are none"),
        ("B8a/S", "'a' is no letter of 8 neighbours; there are none"),
        ("Ba3/S", "a count must stand before the letters 'a3'"),
        ("B2a/S34H", "letters and minus are for the Moore neighbourhood, not for H, the hexagonal one"),
        ("B2-a/S34V", "not for V, the von Neumann one"),
        ("B7/S34H", "character 2, '7', is more than the 6 neighbours of the hexagonal neighbourhood"),
        ("B3/S23HV", "character 7, 'H', names a neighbourhood and must come last"),
        ("3/2/4HV", "character 7, 'V', names a second neighbourhood"),
        ("B3/S23H/4", "character 7, 'H', names a neighbourhood and must come last"),
        ("HB3/S23", "character 1, 'H', names a neighbourhood and must come last"),
        ("B3_S23", "character 3, '_', is no slash; an underscore may stand only in rules with letters"),
        ("W31", "is even and at most 254; with odd ones life would arise from nothing"),
        ("W" + "9" * 400, "is even and at most 254"),
        ("W30a", "character 4, 'a', does not belong to the number of an elementary rule"),
        ("MAPAR*Xfg", r"'\*' is no character of base64"),
        ("MAP", "MAP is followed by 0 characters of base64"),
        (f"{LIFE}A", "MAP is followed by 87 characters of base64"),
        (f"{LIFE}/1", "a Generations rule has 2 to 256 states, not 1"),
        (f"MAPg{LIFE[4:]}/3", "births from nothing"),
        ("B3/S23:X9", "'B3/S23:X9': 'X9' begins with no topology"),
        ("B3S23S", "character 6, 'S', is a second S; write births and survivals once"),
        ("B3/B3", "character 4, 'B', is a second B"),
        ("s 2 s", "character 5, 's', is a second S"),
        ("", "an empty rulestring; write births and survivals, like B3/S23 or 23/3"),
        ("   ", "an empty rulestring"),
        (":T30,20", "an empty rulestring"),
        ("23", "'23' is no rulestring: write births and survivals"),
        ("B3/S23" * 100, "a rulestring of 600 characters; the limit is 500"),
    ],
)
def test_a_malformed_rulestring_is_refused_where_it_goes_wrong(text: str, message: str) -> None:
    with pytest.raises(RulestringError, match=message):
        parse_rulestring(text)


@pytest.mark.parametrize(
    "text",
    ["ß", "B3/ß", "\N{LATIN SMALL LETTER LONG S}23/3", "B3/S²", "B٣/S23", "3/2/٣", "W３0", "MAPARYXf\N{KELVIN SIGN}",
     "B3/S23:\N{LATIN SMALL LETTER LONG S}30", "B3/S23:T٣٠", "B3\tS23", "B3/S23\n", "B3/S23\N{NO-BREAK SPACE}"],
)  # fmt: skip
def test_characters_that_only_resemble_letters_digits_and_blanks_are_refused(text: str) -> None:
    with pytest.raises(RulestringError):
        parse_rulestring(text)


@pytest.mark.parametrize(("kind", "neighbours"), [("", MOORE), ("H", HEXAGONAL), ("V", VON_NEUMANN)])
@given(births=COUNTS, survivals=COUNTS)
def test_counts_are_of_live_neighbours(
    kind: str, neighbours: tuple[str, ...], births: frozenset[int], survivals: frozenset[int]
) -> None:
    born, survive = ({count for count in part if count <= len(neighbours)} for part in (births, survivals))
    text = f"B{''.join(map(str, born))}/S{''.join(map(str, survive))}{kind}"
    assert table(text) == table_by_counts(born, survive, neighbours)


def test_golly_leaves_out_north_east_and_south_west_of_a_hexagonal_grid() -> None:
    assert table("B1/SH") == table_by_counts({1}, set(), ("nw", "n", "w", "e", "s", "se"))


@pytest.mark.parametrize(
    ("text", "pictures"),
    [
        ("B2a/S", ["... ... .xx"]),
        ("B2i/S", ["... x.x ..."]),
        ("B8/S", ["xxx x.x xxx"]),
        ("B3i/S", ["... ... xxx"]),
        ("B7c/S", ["xxx x.x xx."]),
        ("B5i/S", ["xxx x.x ..."]),
        ("B3jr/S", ["... ..x xx.", "... x.x ..x"]),
        ("B/S2a", ["... .x. .xx"]),
    ],
)
def test_letters_name_pictures_and_all_that_they_can_be_turned_into(text: str, pictures: list[str]) -> None:
    expected = [0] * 512
    for picture in pictures:
        cells = np.array([character == "x" for character in picture.replace(" ", "")]).reshape(3, 3)
        for turned in (np.rot90(square, quarter) for square in (cells, cells.T) for quarter in range(4)):
            expected[int("".join("01"[live] for live in turned.ravel().tolist()), 2)] = 1
    assert table(text) == expected


def test_a_minus_excludes_letters() -> None:
    only_a, all_but_a, all_two = (np.array(table(text)) for text in ("B2a/S", "B2-a/S", "B2/S"))
    assert np.array_equal(only_a + all_but_a, all_two)
    assert only_a.any()


@given(COUNTS, COUNTS)
def test_all_letters_of_a_count_are_the_count(births: frozenset[int], survivals: frozenset[int]) -> None:
    letters = {count: "".join({letter for own, letter in hensel_classes() if own == count}) for count in range(9)}
    spelled = ["".join(f"{count}{letters[count]}" for count in part) for part in (births, survivals)]
    bare = ["".join(map(str, sorted(part))) for part in (births, survivals)]
    rule = parse_rulestring(f"B{spelled[0]}/S{spelled[1]}")
    assert rule.canonical == f"B{bare[0]}/S{bare[1]}"
    assert table_of(rule.transitions).tolist() == table_by_counts(set(births), set(survivals), MOORE)


def test_life_as_a_map_is_life() -> None:
    assert table(LIFE) == table("B3/S23") == table_by_counts({3}, {2, 3}, MOORE)


@pytest.mark.parametrize(
    ("order", "states"),
    [(MOORE_ORDER, ""), (HEXAGONAL_ORDER, ""), (VON_NEUMANN_ORDER, ""),
     (MOORE_ORDER, "/2"), (HEXAGONAL_GENERATIONS_ORDER, "/2"), (VON_NEUMANN_ORDER, "/2")],
)  # fmt: skip
@given(seed=seeds)
def test_a_map_lists_the_next_states_in_the_order_of_golly(order: tuple[str, ...], states: str, seed: int) -> None:
    bits = random_table(seed, row_0=0)[: 1 << len(order)].tolist()
    text = map_by_hand(bits) + states
    entries = {tuple(row.values()): bit for row, bit in zip(rows_of(order), bits, strict=True)}
    expected = table_by_hand(lambda cells: entries[tuple(cells[cell] for cell in order)])
    assert table(text) == expected
    assert parse_rulestring(text).canonical == text


def test_bits_beyond_the_table_of_a_map_mean_nothing() -> None:
    # The last of 86 characters carries two bits of six.
    assert parse_rulestring(f"{LIFE[:-1]}P").canonical == LIFE
    assert base64.b64decode(LIFE[3:] + "==")[-1] == 0


@pytest.mark.parametrize("number", range(0, 256, 2))
def test_an_elementary_rule_reads_the_row_above_and_keeps_what_lives(number: int) -> None:
    expected = table_by_hand(lambda cells: cells["c"] or number >> (4 * cells["nw"] + 2 * cells["n"] + cells["ne"]) & 1)
    assert table(f"W{number}") == expected


@pytest.mark.parametrize(
    ("text", "births", "survivals", "states", "neighbours"),
    [
        ("/2/3", {2}, set(), 3, MOORE),
        ("345/2/4", {2}, {3, 4, 5}, 4, MOORE),
        ("B2/S345/4", {2}, {3, 4, 5}, 4, MOORE),
        ("23/36/8", {3, 6}, {2, 3}, 8, MOORE),
        ("2/13/21", {1, 3}, {2}, 21, MOORE),
        ("2/2/4V", {2}, {2}, 4, VON_NEUMANN),
        ("34/2/5H", {2}, {3, 4}, 5, HEXAGONAL),
        ("23/3/2", {3}, {2, 3}, 2, MOORE),
        (f"{LIFE}/6", {3}, {2, 3}, 6, MOORE),
        ("/2/256", {2}, set(), 256, MOORE),
    ],
)
def test_in_generations_who_does_not_survive_ages_and_is_no_neighbour(
    text: str, births: set[int], survivals: set[int], states: int, neighbours: tuple[str, ...]
) -> None:
    transitions = parse_rulestring(text).transitions
    assert transitions.shape == (states, 256)
    assert transitions.dtype == np.uint8
    for ring, cells in enumerate(rows_of(MOORE)):
        count = sum(cells[cell] for cell in neighbours)
        aged = [(state + 1) % states for state in range(states)]
        expected = [int(count in births), 1 if count in survivals else aged[1], *aged[2:]]
        assert transitions[:, ring].tolist() == expected


@given(seeds, st.sampled_from(["B3/S23", "B2-a/S12", "B2/S34H", "345/2/4", "W30", "B3/S23:T30,20", "2-a/3ij/7"]))
def test_blanks_and_case_mean_nothing(seed: int, text: str) -> None:
    rng = np.random.default_rng(seed)
    spelled = "".join(
        (character.lower() if rng.random() < 0.5 else character.upper()) + " " * int(rng.integers(0, 3))
        for character in text.partition(":")[0]
    )
    other = parse_rulestring(" " + spelled + text[len(text.partition(":")[0]) :])
    plain = parse_rulestring(text)
    assert (other.canonical, other.grid) == (plain.canonical, plain.grid)
    assert np.array_equal(other.transitions, plain.transitions)


def test_case_matters_in_a_map_only() -> None:
    assert parse_rulestring("mapARYXfg").canonical == "MAPARYXfg"
    assert table("MAParyxfg") != table("MAPARYXfg")


@pytest.mark.parametrize("text", ["B3/S23", "345/2/4", "W30", LIFE, "MAPARYXfg/3", "B2-a/S12", "B2/S34H"])
def test_any_rule_may_name_a_grid(text: str) -> None:
    rule = parse_rulestring(f"{text}:P64,48")
    assert rule.grid == Grid("plane", 64, 48)
    assert rule.canonical == text
    assert np.array_equal(rule.transitions, parse_rulestring(text).transitions)
    assert parse_rulestring(text).grid is None


@given(st.text(alphabet="012345678"), st.text(alphabet="012345678"))
def test_all_ways_to_write_a_rule_mean_the_same(births: str, survivals: str) -> None:
    forms = [f"B{births}/S{survivals}", f"S{survivals}/B{births}", f"{survivals}/{births}", f"b{births}s{survivals}"]
    rules = [parse_rulestring(form) for form in forms]
    assert len({rule.canonical for rule in rules}) == 1
    expected = table_by_counts(set(map(int, births)), set(map(int, survivals)), MOORE)
    assert all(table_of(rule.transitions).tolist() == expected for rule in rules)


@pytest.mark.parametrize("text", ["B3//S23", "/3/S23", "3//B2"])
def test_births_and_survivals_do_not_follow_a_second_slash(text: str) -> None:
    """QuickLife refuses these; Golly would go on to Generations, and take the digits for a number of states."""
    with pytest.raises(RulestringError, match="follows a second slash, where only a number of states may stand"):
        parse_rulestring(text)


@pytest.mark.parametrize(
    ("text", "runs", "golly_says"),
    [
        ("B22a/S", "B2/S", "B2a/S"),
        ("3b3q", "B3/S", "B3q/S"),
        ("B/S33a1-", "B/S13", "B/S13a"),
    ],
)
def test_where_golly_names_another_rule_than_it_runs_the_canonical_form_is_what_it_runs(
    text: str, runs: str, golly_says: str
) -> None:
    """A count repeated with and without letters: bgolly 3.3 runs the bare count, but writes the letters."""
    rule = parse_rulestring(text)
    assert rule.canonical == runs
    assert np.array_equal(rule.transitions, parse_rulestring(runs).transitions)
    assert not np.array_equal(rule.transitions, parse_rulestring(golly_says).transitions)


_letters = "aceijknqrtwyz"
_words = st.sampled_from(
    ["B", "S", "b3/s23", "345/2/4", "MAP", LIFE, LIFE[3:], "W30", ":T30,20", "==", "/4", *_letters]
)
_pieces = st.lists(_words | st.text(alphabet=f"BS/012345678{_letters}HVWMAP:TPKCS,*+-_ 9", max_size=12), max_size=40)


@given(st.text(max_size=600) | _pieces.map("".join).map(lambda text: text[:600]))
def test_any_text_is_a_stable_rule_or_one_line_of_complaint(text: str) -> None:
    complaint, rule = "", None
    try:
        rule = parse_rulestring(text)
    except RulestringError as error:
        complaint = str(error)
    assert len(complaint) < 300
    assert complaint.isprintable()
    if rule:
        again = parse_rulestring(rule.canonical)
        assert again.canonical == rule.canonical
        assert np.array_equal(again.transitions, rule.transitions)
        assert rule.transitions.shape[1] == 256
        assert rule.transitions.max() < len(rule.transitions)


@given(COUNTS, COUNTS, st.sampled_from(["B{}/S{}", "b{}s{}", "S{}/B{}", "s{}b{}", "{}/{}", "{}/{}/3", "B{}", "S{}"]))
def test_every_rulestring_with_counts_looks_like_one(
    births: frozenset[int], survivals: frozenset[int], form: str
) -> None:
    counts = ["".join(map(str, part)) for part in (births, survivals)]
    assert looks_like_rulestring(form.format(*counts)) or not (births or survivals) or form[1:] == "{}"


@pytest.mark.parametrize(
    "text",
    ["B3/S23", "b3s23", "23/3", "/3", "B3", "S2", " b 3", "3", "B/S", "B3/S29", "9", "W30", "w31", LIFE, "MAPxyz",
     "B2-a_S12", "345/2/4", "B3/S23:T30,20", f"{LIFE}:T30,20", f"{LIFE}/3", "bs23", "x" * 501],
)  # fmt: skip
def test_rulestrings_and_near_misses_look_like_rulestrings(text: str) -> None:
    assert looks_like_rulestring(text)


@pytest.mark.parametrize("text", ["", "life", "seeds", "brain", "b", "lif3", "my/rule.toml", "game_of_life", "worms"])
def test_names_do_not_look_like_rulestrings(text: str) -> None:
    assert not looks_like_rulestring(text)


def test_cells_of_the_tables_made_by_hand_are_those_of_the_package() -> None:
    assert MOORE_ORDER == CELLS
