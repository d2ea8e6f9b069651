"""Drafts of rules: what each switch changes, and what the rule is called afterwards."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.errors import RuleError, RulestringError
from ca_logic.tasks import Rule, list_rules, load_rule, rule_of_transitions
from ca_logic.tasks.neighbourhood import NUM_NEIGHBOURHOODS, all_neighbourhoods, symmetries, transitions_of
from ca_logic.tasks.rulestring import encode_map
from ca_logic.visualizer.rule_draft import Fill, RowGroup, RuleDraft, class_groups, class_name, count_groups, row_groups
from tests.oracles import random_table, seeds

ALL_GROUPS = [group for groups in (count_groups(), class_groups(), row_groups()) for group in groups.values()]
TWO_STATE_RULES = [rule for rule in list_rules() if rule.num_states == 2]

groups_of_any_kind = st.sampled_from(ALL_GROUPS)
drafts = st.one_of(
    st.sampled_from(TWO_STATE_RULES).map(RuleDraft),
    seeds.map(lambda seed: draft_of(random_table(seed))),
)
few = settings(max_examples=30, deadline=None)
"""Where each example reads all rules of the catalogue."""


def draft_of(table: np.ndarray) -> RuleDraft:
    rulestring = encode_map(table)
    return RuleDraft(Rule(rulestring, rulestring, transitions_of(table), title=rulestring))


def rows_of(draft: RuleDraft) -> list[int]:
    rows: list[int] = np.flatnonzero(draft.table).tolist()
    return rows


@pytest.mark.parametrize(("groups", "number"), [(count_groups(), 18), (class_groups(), 102), (row_groups(), 512)])
def test_groups_partition_the_table(groups: Mapping[str, RowGroup], number: int) -> None:
    assert len(groups) == number
    assert sorted(row for group in groups.values() for row in group.rows) == list(range(NUM_NEIGHBOURHOODS))
    assert all(name == group.name for name, group in groups.items())


@pytest.mark.parametrize("group", class_groups().values(), ids=class_groups())
def test_a_class_is_what_one_row_can_be_turned_and_mirrored_into(group: RowGroup) -> None:
    assert set(group.rows) == set(symmetries()[:, group.example].tolist())
    assert all(class_name(row) == group.name for row in group.rows)
    count = group.name.rstrip("aceijknqrtwyz")
    assert set(group.rows) <= set(count_groups()[count].rows)


@pytest.mark.parametrize("group", count_groups().values(), ids=count_groups())
def test_a_count_has_the_rows_of_so_many_neighbours(group: RowGroup) -> None:
    cells = all_neighbourhoods()[:, list(group.rows)].reshape(3, 3, -1)
    assert set(cells[1, 1].tolist()) == {int(not group.is_birth)}
    assert set((cells.sum(axis=(0, 1)) - cells[1, 1]).tolist()) == {group.num_live} == {int(group.name[1:])}


@few
@given(drafts, groups_of_any_kind)
def test_toggling_twice_is_the_identity(draft: RuleDraft, group: RowGroup) -> None:
    once = draft.toggled(group)
    if draft.fill_of(group) is Fill.SOME:
        # What was partly on is wholly on first.
        assert once.fill_of(group) is Fill.ALL
        draft, once = once, once.toggled(group)
    twice = once.toggled(group)
    assert {draft.fill_of(group), once.fill_of(group)} == {Fill.NONE, Fill.ALL}
    assert np.array_equal(twice.table, draft.table)
    assert RuleDraft.of(twice.text).rule.rulestring == twice.rule.rulestring


@given(drafts, groups_of_any_kind, st.booleans())
def test_painting_changes_the_rows_of_the_group_only(draft: RuleDraft, group: RowGroup, on: bool) -> None:
    painted = draft.painted(group, on=on)
    assert painted.fill_of(group) is (Fill.ALL if on else Fill.NONE)
    assert set(rows_of(painted)) ^ set(rows_of(draft)) <= set(group.rows)
    assert painted.painted(group, on=on) is painted


@few
@given(drafts, groups_of_any_kind)
def test_a_changed_rule_is_named_as_any_other(draft: RuleDraft, group: RowGroup) -> None:
    rule = draft.toggled(group).rule
    expected = rule_of_transitions(rule.transitions)
    assert (rule.name, rule.title, rule.rulestring) == (expected.name, expected.title, expected.rulestring)


@few
@given(drafts)
def test_what_is_typed_for_a_draft_means_it(draft: RuleDraft) -> None:
    again = RuleDraft.of(draft.text)
    assert np.array_equal(again.table, draft.table)
    assert again.text == draft.text


@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.name)
def test_every_shipped_rule_is_found_again_by_its_text(rule: Rule) -> None:
    draft = RuleDraft.of(rule.name)
    assert draft.rule.name == RuleDraft.of(draft.text).rule.name == rule.name


def test_life_with_births_at_six_is_called_highlife() -> None:
    draft = RuleDraft.of("life").toggled(count_groups()["B6"])
    assert (draft.rule.title, draft.text, draft.kind) == ("HighLife", "B36/S23", "totalistic")


def test_without_a_class_a_rule_is_named_by_letters() -> None:
    draft = RuleDraft.of("B2/S12").toggled(class_groups()["B2a"])
    assert (draft.rule.title, draft.text, draft.kind) == ("Just Friends", "B2-a/S12", "isotropic")
    assert draft.fill_of(count_groups()["B2"]) is Fill.SOME


def test_without_a_row_a_rule_is_named_as_a_map() -> None:
    draft = RuleDraft.of("life").toggled(row_groups()["7"])
    assert draft.text.startswith("MAP")
    assert draft.kind == "not isotropic"
    assert draft.fill_of(class_groups()["B3i"]) is Fill.SOME


def test_a_grid_stays() -> None:
    draft = RuleDraft.of("B3/S23:T64,48").toggled(count_groups()["B6"])
    assert draft.text == "B36/S23:T64,48"
    assert draft.rule.title == "HighLife"


def test_rules_of_other_neighbourhoods_are_rows_of_the_same_table() -> None:
    hexagonal = RuleDraft.of("B2/S34H")
    assert hexagonal.is_clickable
    assert hexagonal.kind == "not isotropic"
    assert hexagonal.toggled(row_groups()["0"]).toggled(row_groups()["0"]).text == "B2/S34H"


@pytest.mark.parametrize(("text", "name"), [("wireworld", "WireWorld"), ("345/2/4", "Star Wars"), ("2/3/5", "2/3/5")])
def test_rules_of_more_states_can_be_typed_but_not_clicked(text: str, name: str) -> None:
    draft = RuleDraft.of(text)
    assert not draft.is_clickable
    assert draft.obstacle.startswith(f"{name} has {draft.rule.num_states} states: it can be typed, but only")
    assert draft.kind == f"{draft.rule.num_states} states"
    with pytest.raises(RuleError, match="only rules of two states can be clicked"):
        draft.toggled(count_groups()["B3"])


def test_a_rule_of_a_file_is_typed_as_that_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "Mine"\nrulestring = "B36/S245"\n')
    draft = RuleDraft(load_rule(str(path)))
    assert draft.text == str(path)
    assert draft.toggled(count_groups()["B0"]).text == "B036/S245"


def test_what_is_no_rule_makes_no_draft() -> None:
    with pytest.raises(RulestringError, match="names 9 neighbours"):
        RuleDraft.of("B3/S29")
    with pytest.raises(RuleError, match="did you mean 'life'"):
        RuleDraft.of("lif")
