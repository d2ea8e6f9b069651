"""Rulestrings as Golly reads them; the cases with an expected form were checked with bgolly."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import RulestringError
from ca_logic.tasks.rulestring import LifeLike, looks_like_rulestring, parse_rulestring

COUNTS = st.frozensets(st.integers(0, 8))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("B3/S23", "B3/S23"),
        ("23/3", "B3/S23"),
        ("/3", "B3/S"),
        ("B3", "B3/S"),
        ("B33/S2233", "B3/S23"),
        ("3/S23", "B3/S23"),
        ("B0/S8", "B0/S8"),
        ("B03/S23", "B03/S23"),
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
        (" b 3 / s 3 2 ", "B3/S23"),
        ("B876543210/S012345678", "B012345678/S012345678"),
    ],
)
def test_a_rulestring_has_one_canonical_form(text: str, canonical: str) -> None:
    assert parse_rulestring(text).canonical == canonical


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("B3//S23", "'B3//S23': character 4, '/', is a second slash"),
        ("B2/S345/4", "character 8, '/', is a second slash; two-state rules have one"),
        ("B3/S29", "'B3/S29' names 9 neighbours, but a Moore neighbourhood has 8"),
        ("B5z/S", "character 3, 'z', is no digit 0 to 8, B, S or slash"),
        ("B2-a/S12", "character 3, '-', is no digit"),
        ("B24/S135V", "character 9, 'V', is no digit"),
        ("B3_S23", "character 3, '_', is no digit"),
        ("w30", "character 1, 'w', is no digit"),
        ("MAPARYXfg", "character 1, 'M', is no digit"),
        ("B3/S23:T30,20", "character 7, ':', begins a topology"),
        ("B3/S23/B3", "character 7, '/', is a second slash"),
        ("B3S23S", "character 6, 'S', begins a third part"),
        ("B3S2/3", "character 5, '/', begins a third part"),
        ("B3/B3", "has B twice, at character 4"),
        ("s 2 s", "has S twice, at character 5"),
        ("", "'' is no rulestring: write births and survivals"),
        ("   ", "is no rulestring"),
        ("23", "'23' is no rulestring"),
        ("3S23", "'3S23' is no rulestring"),
        ("B3/S23" * 100, "a rulestring of 600 characters; the limit is 500"),
    ],
)
def test_a_malformed_rulestring_is_refused_where_it_goes_wrong(text: str, message: str) -> None:
    with pytest.raises(RulestringError, match=message):
        parse_rulestring(text)


@pytest.mark.parametrize("text", ["ß", "B3/ß", "\N{LATIN SMALL LETTER LONG S}23/3", "B3/S²", "B٣/S23"])
def test_characters_that_only_resemble_letters_and_digits_are_refused(text: str) -> None:
    with pytest.raises(RulestringError, match="is no digit 0 to 8, B, S or slash"):
        parse_rulestring(text)


@given(COUNTS, COUNTS)
def test_the_canonical_form_parses_to_itself(birth: frozenset[int], survival: frozenset[int]) -> None:
    rule = LifeLike(birth, survival)
    assert parse_rulestring(rule.canonical) == rule
    assert parse_rulestring(rule.canonical).canonical == rule.canonical


@given(st.text(alphabet="012345678"), st.text(alphabet="012345678"))
def test_all_ways_to_write_a_rule_mean_the_same(birth: str, survival: str) -> None:
    expected = LifeLike(frozenset(map(int, birth)), frozenset(map(int, survival)))
    forms = [f"B{birth}/S{survival}", f"S{survival}/B{birth}", f"{survival}/{birth}", f"b{birth}s{survival}"]
    assert [parse_rulestring(form) for form in forms] == [expected] * len(forms)


@given(st.text() | st.text(alphabet="BSbs0123456789/ :-_", max_size=12))
def test_arbitrary_text_raises_nothing_but_rulestring_errors(text: str) -> None:
    with contextlib.suppress(RulestringError):
        rule = parse_rulestring(text)
        assert parse_rulestring(rule.canonical) == rule


@pytest.mark.parametrize("text", ["B3/S23", "b3s23", "23/3", "/3", "B3", "S2", " b 3", "3", "B/S", "B3/S29", "9"])
def test_rulestrings_and_near_misses_look_like_rulestrings(text: str) -> None:
    assert looks_like_rulestring(text)


@pytest.mark.parametrize("text", ["", "life", "seeds", "brain", "b", "lif3", "my/rule.toml"])
def test_names_do_not_look_like_rulestrings(text: str) -> None:
    assert not looks_like_rulestring(text)
