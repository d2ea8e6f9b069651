"""Rules by name, by rulestring and by file, and the circuits that are shipped with them."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit.blif import read_blif
from ca_logic.errors import RuleError, RulestringError
from ca_logic.synthesis import prove_equivalent
from ca_logic.tasks import Rule, list_rules, load_rule
from ca_logic.tasks.neighbourhood import CELLS, NEXT_STATE, outer_totalistic_table

LIFE = outer_totalistic_table(frozenset({3}), frozenset({2, 3}))
SHIPPED = pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.name)


@pytest.mark.parametrize(
    "text",
    ["life", "Life", " LIFE ", "conway", "game-of-life", "B3/S23", "b3s23", "23/3", "S23/B3", "B33/S32", " B3 / S23 "],
)
def test_life_is_found_by_names_aliases_and_rulestrings(text: str) -> None:
    rule = load_rule(text)
    assert (rule.name, rule.rulestring, rule.title) == ("life", "B3/S23", "Conway's Game of Life")
    assert np.array_equal(rule.table, LIFE)


def test_the_rules_that_are_promised_are_there() -> None:
    rulestrings = {rule.name: rule.rulestring for rule in list_rules()}
    promised = {"life": "B3/S23", "highlife": "B36/S23", "daynight": "B3678/S34678", "seeds": "B2/S"}
    assert promised.items() <= rulestrings.items()


def test_rules_are_listed_by_name() -> None:
    names = [rule.name for rule in list_rules()]
    assert names == sorted(names)


@SHIPPED
def test_every_name_and_alias_leads_to_its_rule(rule: Rule) -> None:
    for name in (rule.name, *rule.aliases, rule.rulestring, rule.rulestring.lower()):
        assert load_rule(name).name == rule.name


@SHIPPED
def test_every_shipped_rule_says_where_it_comes_from(rule: Rule) -> None:
    assert rule.title
    assert rule.description
    assert rule.reference
    assert rule.path is not None
    assert rule.path.is_file()


@SHIPPED
def test_every_shipped_circuit_is_proved_equal_to_its_rule(rule: Rule) -> None:
    assert rule.path is not None
    circuit = read_blif(rule.path.with_suffix(".blif").read_text(encoding="utf-8"))
    assert (circuit.inputs, circuit.outputs) == (CELLS, (NEXT_STATE,))
    assert prove_equivalent(circuit, rule.table[None, :]).rows_right == 512


def test_the_shipped_circuit_of_life_is_small() -> None:
    path = load_rule("life").path
    assert path is not None
    assert read_blif(path.with_suffix(".blif").read_text(encoding="utf-8")).num_gates <= 150


def test_no_name_is_taken_twice() -> None:
    names = [name for rule in list_rules() for name in (rule.name, *rule.aliases)]
    assert len(set(names)) == len(names)
    rulestrings = [rule.rulestring for rule in list_rules()]
    assert len(set(rulestrings)) == len(rulestrings)


def test_a_rulestring_without_a_name_is_a_rule_of_its_own() -> None:
    rule = load_rule("s/b1357")
    assert (rule.name, rule.rulestring, rule.title, rule.path) == ("B1357/S", "B1357/S", "B1357/S", None)
    assert np.array_equal(rule.table, outer_totalistic_table(frozenset({1, 3, 5, 7}), frozenset()))


@pytest.mark.parametrize(
    ("text", "slug", "folder_name"),
    [("life", "b3_s23", "life"), ("B36/S", "b36_s", "b36_s"), ("/", "b_s", "b_s"), ("b0s8", "b0_s8", "b0_s8")],
)
def test_slugs_are_file_names(text: str, slug: str, folder_name: str) -> None:
    rule = load_rule(text)
    assert (rule.slug, rule.folder_name) == (slug, folder_name)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("lif", "did you mean 'life'"),
        ("LIFFE", "did you mean 'life'"),
        ("hilife", "did you mean 'highlife'"),
        ("conwey", "did you mean 'conway'"),
        ("seed", "did you mean 'seeds'"),
        ("xyzzy", "list the known ones with: python -m ca_logic rules"),
        ("", "list the known ones with: python -m ca_logic rules"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(RuleError, match=f"unknown rule '{text}'; {hint}"):
        load_rule(text)


def test_a_malformed_rulestring_is_no_unknown_name() -> None:
    with pytest.raises(RulestringError, match="'B3/S29' names 9 neighbours"):
        load_rule("B3/S29")


def test_a_rule_can_be_a_file_of_the_users(tmp_path: Path) -> None:
    path = tmp_path / "Maze.toml"
    path.write_text(
        'title = "Maze"\nrulestring = "12345/3"\naliases = ["Labyrinth"]\nreference = "someone"\n'
        'description = "Corridors."\npatterns = ["glider"]\n'
    )
    rule = load_rule(str(path))
    assert (rule.name, rule.rulestring, rule.title) == ("maze", "B3/S12345", "Maze")
    assert (rule.aliases, rule.patterns) == (("labyrinth",), ("glider",))
    assert (rule.reference, rule.description, rule.path) == ("someone", "Corridors.", path)
    assert np.array_equal(rule.table, outer_totalistic_table(frozenset({3}), frozenset({1, 2, 3, 4, 5})))


def test_a_file_needs_no_more_than_a_rulestring(tmp_path: Path) -> None:
    path = tmp_path / "bare.toml"
    path.write_text('rulestring = "B2/S"\n')
    rule = load_rule(str(path))
    assert (rule.name, rule.title, rule.aliases, rule.description) == ("bare", "bare", (), "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"rulestring = ", "is no TOML"),
        (b"just words", "is no TOML"),
        (b'rulestring = "B3/S23"\nrulestring = "B3"', "is no TOML"),
        (b'rulestring = "\xff"', "is no TOML"),
        (b"", 'has no rulestring; add a line like: rulestring = "B3/S23"'),
        (b'title = "no rule"', "has no rulestring"),
        (b"rulestring = 3", "rulestring must be a text"),
        (b'rulestring = ["B3"]', "rulestring must be a text"),
        (b'rulestring = "B3"\ntitle = 3', "title must be a text"),
        (b'rulestring = "B3"\naliases = "one"', "aliases must be a list of texts"),
        (b'rulestring = "B3"\npatterns = ["a", 3]', "patterns must be a list of texts"),
        (b'rulestring = "B3"\nbirth = 3', "has an unknown field 'birth'; known are title, rulestring"),
        (b'[rulestring]\nof = "B3"', "rulestring must be a text"),
        (b'rulestring = "B3/S29"', "'B3/S29' names 9 neighbours"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    with pytest.raises(RuleError, match=message):
        load_rule(str(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"cannot read rule file .*nowhere\.toml: No such file or directory"):
        load_rule(str(tmp_path / "nowhere.toml"))


def test_a_folder_is_no_rule_file(tmp_path: Path) -> None:
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    with pytest.raises(RuleError, match=r"cannot read rule file .*folder\.toml: Is a directory"):
        load_rule(str(folder))


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=20) | st.text(alphabet="BSbs0123456789/ lifetomsd", max_size=12))
def test_arbitrary_text_raises_nothing_but_rule_errors(text: str) -> None:
    with contextlib.suppress(RuleError):
        assert load_rule(text).table.shape == (512,)


def test_control_characters_in_a_rule_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "red.toml"
    path.write_text('title = "\\u001b[31mred"\nrulestring = "B3/S23"\n', encoding="utf-8")
    with pytest.raises(RuleError, match="title holds control characters"):
        load_rule(str(path))
