"""Rules by name, by rulestring and by file, and the circuits that are shipped with them."""

import contextlib
import shlex
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.errors import RuleError, RulestringError
from ca_logic.formats.blif import read_blif
from ca_logic.synthesis import prove_rule
from ca_logic.tasks import Rule, list_rules, load_rule, rule_of_transitions
from ca_logic.tasks.grid import Grid
from ca_logic.tasks.naming import simplest_rulestring
from ca_logic.tasks.neighbourhood import live_neighbours, table_of
from ca_logic.tasks.rule import rule_of_slug
from ca_logic.tasks.rulestring import grow_states, parse_rulestring
from tests.oracles import random_table, seeds

LIFE_MAP = "MAPARYXfhZofugWaH7oaIDogBZofuhogOiAaIDogIAAgAAWaH7oaIDogGiA6ICAAIAAaIDogIAAgACAAIAAAAAAAA"
COUNTS = live_neighbours()
LIFE = np.stack([COUNTS == 3, (COUNTS == 2) | (COUNTS == 3)]).astype(np.uint8)
WIREWORLD = np.stack(
    [np.zeros(256), np.full(256, 2), np.full(256, 3), np.where((COUNTS == 1) | (COUNTS == 2), 1, 3)]
).astype(np.uint8)
SHIPPED = pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.name)


@pytest.mark.parametrize(
    "text",
    ["life", "Life", " LIFE ", "conway", "game-of-life", "B3/S23", "b3s23", "23/3", "S23/B3", "B33/S32", " B3 / S23 ",
     LIFE_MAP, f"{LIFE_MAP}==", "23/3/2", "B3aceijknqry/S23"],
)  # fmt: skip
def test_life_is_found_by_names_aliases_and_rulestrings(text: str) -> None:
    rule = load_rule(text)
    assert (rule.name, rule.rulestring, rule.title) == ("life", "B3/S23", "Conway's Game of Life")
    assert np.array_equal(rule.transitions, LIFE)
    assert np.array_equal(rule.table, table_of(LIFE))


def test_the_rules_that_are_promised_are_there() -> None:
    rulestrings = {rule.name: rule.rulestring for rule in list_rules()}
    promised = {"life": "B3/S23", "highlife": "B36/S23", "daynight": "B3678/S34678", "seeds": "B2/S"}
    assert promised.items() <= rulestrings.items()


def test_rules_are_listed_by_name() -> None:
    names = [rule.name for rule in list_rules()]
    assert names == sorted(names)


def test_the_catalogue_is_large_and_of_all_kinds() -> None:
    rules = list_rules()
    assert len(rules) >= 40
    rulestrings = [rule.rulestring for rule in rules]
    assert {rule.num_states for rule in rules} > {2, 3, 4}
    assert any(rulestring.endswith("H") for rulestring in rulestrings)
    assert any(rulestring.endswith("V") for rulestring in rulestrings)
    assert any(rulestring.startswith("W") and rulestring[1:].isdecimal() for rulestring in rulestrings)
    assert any(rulestring.startswith("MAP") for rulestring in rulestrings)
    assert any(set(rulestring) & set("aceijknqry") for rulestring in rulestrings if rulestring[0] == "B")


@SHIPPED
def test_every_name_and_alias_leads_to_its_rule(rule: Rule) -> None:
    for name in (rule.name, *rule.aliases, rule.rulestring):
        assert load_rule(name).name == rule.name


@SHIPPED
def test_every_shipped_rule_says_where_it_comes_from(rule: Rule) -> None:
    assert rule.title
    assert rule.description
    assert rule.reference
    assert rule.path is not None
    assert rule.path.is_file()
    assert rule.is_shipped
    assert rule.spelling == rule.name


@SHIPPED
def test_every_shipped_rulestring_is_canonical_and_means_its_rule(rule: Rule) -> None:
    if simplest_rulestring(rule.transitions) is None:
        assert rule.rulestring == "WireWorld"
        return
    parsed = parse_rulestring(rule.rulestring)
    assert parsed.canonical == rule.rulestring
    assert rule.rulestring == simplest_rulestring(rule.transitions)
    assert np.array_equal(parsed.transitions, rule.transitions)
    assert parsed.grid is None


@SHIPPED
def test_every_shipped_circuit_is_proved_equal_to_its_rule(rule: Rule) -> None:
    assert rule.path is not None
    path = rule.path.with_suffix(".blif")
    assert path.is_file(), f"{rule.name} has no circuit"
    proof = prove_rule(read_blif(path.read_text(encoding="utf-8")), rule)
    assert proof.rows_right == proof.rows == rule.num_states**9


def test_every_shipped_circuit_belongs_to_a_rule() -> None:
    paths = [rule.path for rule in list_rules() if rule.path is not None]
    circuits = {
        path.stem.removesuffix(".rows") for folder in {path.parent for path in paths} for path in folder.glob("*.blif")
    }
    assert circuits <= {path.stem for path in paths}


def test_the_shipped_circuit_of_life_is_small() -> None:
    path = load_rule("life").path
    assert path is not None
    assert read_blif(path.with_suffix(".blif").read_text(encoding="utf-8")).num_gates <= 50


def test_no_name_and_no_rule_is_there_twice() -> None:
    rules = list_rules()
    names = [name for rule in rules for name in (rule.name, *rule.aliases)]
    assert len(set(names)) == len(names)
    for unique in ("rulestring", "title", "slug", "folder_name"):
        assert len({getattr(rule, unique) for rule in rules}) == len(rules)
    assert len({(rule.num_states, rule.transitions.tobytes()) for rule in rules}) == len(rules)


def test_a_rulestring_without_a_name_is_a_rule_of_its_own() -> None:
    rule = load_rule("s/b1357")
    assert (rule.name, rule.rulestring, rule.title, rule.path) == ("B1357/S", "B1357/S", "B1357/S", None)
    assert np.array_equal(rule.transitions, np.stack([COUNTS % 2, COUNTS * 0]))


@pytest.mark.parametrize(
    ("text", "name", "states", "bits"),
    [("WireWorld", "wireworld", 4, 2), ("/2/3", "brians-brain", 3, 2), ("345/2/4", "star-wars", 4, 2), ("2/13/21",) * 2
     + (21, 5), ("B2/S34H", "hexlife", 2, 1), ("w30", "rule-30", 2, 1), ("23/23/8", "belzhab", 8, 3),
     ("/2/256",) * 2 + (256, 8)],
)  # fmt: skip
def test_rules_of_all_kinds_are_found_by_their_rulestrings(text: str, name: str, states: int, bits: int) -> None:
    rule = load_rule(text)
    assert (rule.name, rule.num_states, rule.bits_per_cell) == (name, states, bits)
    assert rule.transitions.shape == (states, 256)


def test_wireworld_is_told_by_its_transitions() -> None:
    rule = load_rule("wireworld")
    assert (rule.rulestring, rule.num_states) == ("WireWorld", 4)
    assert np.array_equal(rule.transitions, WIREWORLD)


@settings(deadline=None, max_examples=10)
@given(seeds, st.sampled_from(list_rules()))
def test_the_next_state_depends_on_the_own_state_and_on_which_neighbours_are_in_state_one(
    seed: int, rule: Rule
) -> None:
    states = np.random.default_rng(seed).integers(0, rule.num_states, (9, 20)).astype(np.uint8)
    next_states = rule.next_states(states)
    for column, after in zip(states.T.tolist(), next_states.tolist(), strict=True):
        centre = column.pop(4)
        ring = int("".join("1" if state == 1 else "0" for state in column), 2)
        assert after == rule.transitions[centre, ring]


@pytest.mark.parametrize("text", ["B3/S23:T64,48", "b3s23:t64,48", f"{LIFE_MAP}:T64,48"])
def test_a_rulestring_may_bring_its_grid(text: str) -> None:
    rule = load_rule(text)
    assert (rule.name, rule.rulestring, rule.grid) == ("life", "B3/S23", Grid("torus", 64, 48))
    assert load_rule("life").grid is None


def test_a_rule_without_a_name_may_bring_its_grid() -> None:
    rule = load_rule("B3/S2:P9")
    assert (rule.name, rule.rulestring, rule.grid) == ("B3/S2", "B3/S2", Grid("plane", 9, 9))


@pytest.mark.parametrize(
    ("text", "slug", "folder_name"),
    [("life", "b3_s23", "life"), ("B36/S", "b36_s", "b36_s"), ("/", "b_s", "b_s"), ("b0s8", "b0_s8", "b0_s8"),
     (LIFE_MAP, "b3_s23", "life"), ("B2-a/S1", "b2-a_s1", "b2-a_s1"), ("B2/S0H", "b2_s0h", "b2_s0h"),
     ("W2", "w2", "w2"), ("/2/4", "_2_4", "_2_4"), ("B3/S2:T9,9", "b3_s2", "b3_s2")],
)  # fmt: skip
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
        ("game_of_life", "did you mean 'game-of-life'"),
        ("wireword", "did you mean 'wireworld'"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(RuleError, match=f"unknown rule '{text}'; {hint}"):
        load_rule(text)


def random_rule(seed: int, states: int) -> Rule:
    live = random_table(seed, row_0=0).reshape(2, 256)
    return rule_of_transitions(grow_states(live, states) if states > 2 else live)


@settings(deadline=None, max_examples=10)
@given(seeds, st.sampled_from([2, 2, 3, 8, 256]))
def test_the_slug_of_a_map_leads_back_to_its_rule(seed: int, states: int) -> None:
    rule = random_rule(seed, states)
    assert rule.rulestring.startswith("MAP")
    again = rule_of_slug(rule.slug)
    assert np.array_equal(again.transitions, rule.transitions)
    assert (again.name, again.slug, again.folder_name) == (rule.name, rule.slug, rule.folder_name)


@pytest.mark.parametrize(
    "text", ["B2-a/S1", "B2/S0H", "B1/S0V", "W2", "/2/4", "34/2/5H", "2-a/3ij/7", "/", "B012345678/S012345678", "B0/S"]
)
def test_a_slug_leads_back_to_its_rule(text: str) -> None:
    rule = load_rule(text)
    assert np.array_equal(rule_of_slug(rule.slug).transitions, rule.transitions)


@SHIPPED
def test_the_slug_of_a_shipped_rule_leads_back_to_it_if_a_rulestring_says_it(rule: Rule) -> None:
    if rule.name == "wireworld":
        with pytest.raises(RuleError):
            rule_of_slug(rule.slug)
    else:
        assert rule_of_slug(rule.slug).name == rule.name


@settings(deadline=None, max_examples=10)
@given(seeds, st.integers(0, 511), st.sampled_from([2, 3]))
def test_slugs_and_folders_are_equal_if_and_only_if_rules_are(seed: int, changed: int, states: int) -> None:
    live = random_table(seed, row_0=0).reshape(2, 256)
    other = live.copy()
    other[changed // 256, changed % 256] ^= 1
    other[0, 0] = 0
    one, same, another = (
        rule_of_transitions(grow_states(table, states) if states > 2 else table) for table in (live, live.copy(), other)
    )
    assert (one.slug, one.folder_name) == (same.slug, same.folder_name)
    equal = np.array_equal(live, other)
    assert (one.slug == another.slug) == (one.folder_name == another.folder_name) == equal
    assert one.slug != rule_of_transitions(grow_states(live, 4)).slug


def test_maps_that_differ_by_case_alone_have_folders_of_their_own() -> None:
    one, other = load_rule("MAPARYXfg"), load_rule("MAParyxfg")
    assert one.folder_name.lower() != other.folder_name.lower()
    assert one.slug.lower() != other.slug.lower()


@settings(deadline=None, max_examples=10)
@given(seeds, st.sampled_from([2, 3, 256]))
def test_folder_names_are_short_and_plain(seed: int, states: int) -> None:
    rule = random_rule(seed, states)
    assert 0 < len(rule.folder_name) <= 80
    assert set(rule.folder_name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")


def test_long_rulestrings_have_short_folder_names_of_their_own() -> None:
    letters = "1c2ack3aceij4aceijkn5aceij6ack7c8"
    rules = [load_rule(f"B{births}{letters}/S{letters}{end}") for births in ("", "0") for end in ("", "0")]
    assert all(len(rule.rulestring) > 60 for rule in rules)
    assert all(len(rule.folder_name) <= 80 for rule in rules)
    assert len({rule.folder_name for rule in rules}) == len(rules)
    assert all(np.array_equal(rule_of_slug(rule.slug).transitions, rule.transitions) for rule in rules)


@pytest.mark.parametrize(
    "slug",
    ["", "life", "map-", "map-zz", f"map-{'00' * 64}-1000", f"map-{'00' * 64}-0", f"map-{'00' * 64}-x",
     f"map-{'00' * 64}", f"map-{'00 ' * 64}", f"map-{'AB' * 64}", f"map-{'ab' * 64}-3",
     f"map-{'00' * 64}-{'9' * 5000}", "b3_s29", "23_3", "B3_S23", "4-states-0123", "notes", "b3_s23.toml", "_"],
)  # fmt: skip
def test_what_is_no_slug_of_a_rule_is_refused(slug: str) -> None:
    with pytest.raises(RuleError):
        rule_of_slug(slug)


@pytest.mark.parametrize(
    "text", ["life", "B36/S", "B2-a/S1", LIFE_MAP[:9], "MAPAwM/Pw", "/2/4", "B3/S2:T9,9", "WireWorld"]
)
def test_the_spelling_means_the_rule_in_a_shell(text: str) -> None:
    rule = load_rule(text)
    (word,) = shlex.split(rule.spelling)
    assert np.array_equal(load_rule(word).transitions, rule.transitions)


def test_a_rule_file_is_spelled_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "my rule.toml"
    path.write_text('rulestring = "B2/S:T30,20"\n')
    rule = load_rule(str(path))
    assert shlex.split(rule.spelling) == [str(path)]
    assert not rule.is_shipped
    assert (rule.name, rule.folder_name, rule.grid) == ("my rule", "my_rule", Grid("torus", 30, 20))


def test_transitions_lead_to_the_shipped_rule_or_to_the_plainest_rulestring() -> None:
    assert rule_of_transitions(LIFE).name == "life"
    assert rule_of_transitions(WIREWORLD).name == "wireworld"
    nameless = rule_of_transitions(parse_rulestring("B3/S2").transitions)
    assert (nameless.name, nameless.rulestring, nameless.title, nameless.path) == ("B3/S2", "B3/S2", "B3/S2", None)


def test_transitions_that_no_rulestring_says_are_refused() -> None:
    with pytest.raises(RuleError, match="no rulestring says these 4 x 256 transitions"):
        rule_of_transitions(WIREWORLD[::-1])


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
    assert np.array_equal(rule.transitions, np.stack([COUNTS == 3, (COUNTS >= 1) & (COUNTS <= 5)]))


def test_a_file_may_list_transitions_by_own_state_and_live_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "wires.toml"
    path.write_text('rulestring = "Wires"\ntransitions = [0, 2, 3, [3, 1, 1, 3, 3, 3, 3, 3, 3]]\n')
    rule = load_rule(str(path))
    assert (rule.name, rule.rulestring, rule.num_states) == ("wires", "Wires", 4)
    assert np.array_equal(rule.transitions, WIREWORLD)
    # Not the rulestring but what it does makes a rule what it is.
    assert rule.slug == load_rule("wireworld").slug
    assert rule.slug.startswith("4-states-")


def test_transitions_of_a_file_may_be_those_of_a_rulestring(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text('rulestring = "other"\ntransitions = [[0,0,0,1,0,0,0,0,0], [0,0,1,1,0,0,0,0,0]]\n')
    rule = load_rule(str(path))
    assert np.array_equal(rule.transitions, LIFE)
    assert rule.slug == "b3_s23"


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
        (b"transitions = [0, 1]", "has no rulestring"),
        *(
            (b'rulestring = "x"\ntransitions = ' + transitions, message)
            for transitions, message in [
                (b'"0 1"', "transitions must be a list with an entry for each of 2 to 256 states"),
                (b"3", "transitions must be a list"),
                (b"[]", "transitions must be a list"),
                (b"[0]", "transitions must be a list"),
                (b"[" + b"0, " * 257 + b"]", "transitions must be a list"),
                (b"[0, 2]", "the transition of state 1 must be a state from 0 to 1, or a list of nine"),
                (b"[-1, 0]", "the transition of state 0 must be a state from 0 to 1"),
                (b"[0, true]", "the transition of state 1 must be a state"),
                (b"[0, 1.0]", "the transition of state 1 must be a state"),
                (b'[0, "1"]', "the transition of state 1 must be a state"),
                (b"[0, [0, 1]]", "the transition of state 1 must be a state from 0 to 1, or a list of nine"),
                (b"[0, [0, 1, 0, 0, 0, 0, 0, 0, 2]]", "the transition of state 1 must be a state"),
                (b"[0, [0, 1, 0, 0, 0, 0, 0, 0, [0]]]", "the transition of state 1 must be a state"),
                (b"[{}, 0]", "the transition of state 0 must be a state"),
            ]
        ),
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


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=20) | st.text(alphabet="BSbs0123456789/ lifetomsd", max_size=12))
def test_arbitrary_text_raises_nothing_but_rule_errors(text: str) -> None:
    with contextlib.suppress(RuleError):
        assert load_rule(text).transitions.shape[1] == 256


def test_control_characters_in_a_rule_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "red.toml"
    path.write_text('title = "\\u001b[31mred"\nrulestring = "B3/S23"\n', encoding="utf-8")
    with pytest.raises(RuleError, match="title holds control characters"):
        load_rule(str(path))
