import json
from pathlib import Path

import numpy as np
import pytest

from ca_logic.runtime.circuit_library import store_circuit
from ca_logic.synthesis import optimize
from ca_logic.tasks import list_rules, load_rule
from tests.command_line import call
from tests.oracles import circuit_of_rule

# As it is written on ConwayLife.com and in Golly's help.
LIFE_AS_MAP = "MAPARYXfhZofugWaH7oaIDogBZofuhogOiAaIDogIAAgAAWaH7oaIDogGiA6ICAAIAAaIDogIAAgACAAIAAAAAAAA"


@pytest.mark.usefixtures("nothing_learned")
def test_every_rule_is_listed_with_its_circuit(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "rules")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert len(lines) == len(list_rules())
    for rule, line in zip(list_rules(), lines, strict=True):
        assert line.startswith(rule.name)
        assert rule.rulestring[:37] in line
        assert rule.title in line
        assert rule.path is not None
        is_shipped = rule.path.with_suffix(".blif").is_file()
        assert line.endswith("gates, shipped" if is_shipped else "not learned yet")
    named = {"life", "highlife", "daynight", "seeds", "brians-brain", "wireworld", "rule-110"}
    assert named <= {line.split()[0] for line in lines}


def test_no_column_is_wider_than_40_characters(nothing_learned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    usual = max(len(line) for line in call(capsys, "rules").out.splitlines())
    rule = load_rule(f"MAP{'AB' * 43}")
    large = circuit_of_rule(rule)
    store_circuit(rule, large, row_circuit=optimize(large, effort=0).gates)
    lines = call(capsys, "rules").out.splitlines()
    (line,) = [line for line in lines if line.startswith("MAPAB")]
    assert line.endswith(" gates, learned")
    assert "...  MAPAB" in line
    assert max(map(len, lines)) <= usual + 3 * 40
    assert {path.name for path in nothing_learned.rglob("*.blif")} == {f"{rule.slug}.blif", f"{rule.slug}.rows.blif"}


@pytest.mark.usefixtures("nothing_learned")
def test_a_learned_rule_without_a_name_joins_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    rules = [load_rule(text) for text in ("B1/S0123456", "01/2/7", "B2ak/S3-i")]
    for rule in rules:
        store_circuit(rule, circuit_of_rule(rule))
    entries = json.loads(call(capsys, "rules", "--json").out)["rules"]
    assert [entry["name"] for entry in entries[: len(list_rules())]] == [rule.name for rule in list_rules()]
    learned = {entry["rulestring"]: entry["states"] for entry in entries if entry["origin"] == "learned"}
    assert learned == {"B1/S0123456": 2, "01/2/7": 7, "B2ak/S3-i": 2}


# What is typed, the rule's name or None, Golly's canonical form, the plainest one, the number of states, and the grid.
EXPLAINED = [
    ("23/3", "life", "B3/S23", "B3/S23", 2, None),
    ("conway", "life", "B3/S23", "B3/S23", 2, None),
    ("s23b3:t64,48", "life", "B3/S23", "B3/S23", 2, "T64,48"),
    ("b2ak/s3-i", None, "B2ak/S3-i", "B2ak/S3-i", 2, None),
    ("B0/S", None, "B0/S", "B0/S", 2, None),
    ("b1s34v", None, "B1/S34V", "B1/S34V", 2, None),
    ("w110", "rule-110", "W110", "W110", 2, None),
    ("/2/3", "brians-brain", "/2/3", "/2/3", 3, None),
    ("012/34/9", None, "012/34/9", "012/34/9", 9, None),
    (LIFE_AS_MAP, "life", "B3/S23", "B3/S23", 2, None),
    (f"MAP{'A' * 86}", None, f"MAP{'A' * 86}", "B/S", 2, None),
]


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize(("text", "name", "canonical", "plainest", "states", "grid"), EXPLAINED)
def test_a_rulestring_is_explained(
    text: str,
    name: str | None,
    canonical: str,
    plainest: str,
    states: int,
    grid: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    outcome = call(capsys, "rules", text, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    (entry,) = json.loads(outcome.out)["rules"]
    assert entry["name"] == (name or canonical)
    assert (entry["rulestring"], entry["plainest"]) == (canonical, plainest)
    assert (entry["states"], entry["grid"]) == (states, grid)
    assert entry["births_from_nothing"] == (canonical == "B0/S")
    outcome = call(capsys, "rules", text)
    assert (outcome.code, outcome.err) == (0, "")
    rows = dict(line.split(maxsplit=1) for line in outcome.out.splitlines())
    assert rows["Golly"] == (f"{canonical}:{grid}" if grid else canonical)
    assert rows["states"] == str(states)
    assert rows.get("plainest", canonical) == plainest
    assert ("B0" in rows) == (canonical == "B0/S")


@pytest.mark.usefixtures("nothing_learned")
def test_two_states_are_explained_by_a_table_that_means_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(call(capsys, "rules", "life", "--json").out)["rules"][0]["map"] == LIFE_AS_MAP
    for text in ("B2-a/S12", "B2/S34H", "W30", "B1/S14V", "highlife"):
        (entry,) = json.loads(call(capsys, "rules", text, "--json").out)["rules"]
        np.testing.assert_array_equal(load_rule(entry["map"]).table, load_rule(text).table)
    (entry,) = json.loads(call(capsys, "rules", "345/2/4", "--json").out)["rules"]
    assert entry["map"] is None


@pytest.mark.usefixtures("nothing_learned")
def test_several_rules_are_explained_in_the_order_in_which_they_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["seeds", "23/3", "B1/S0123456"]
    entries = json.loads(call(capsys, "rules", *words, "--json").out)["rules"]
    assert [entry["name"] for entry in entries] == ["seeds", "life", "B1/S0123456"]
    assert [entry["origin"] for entry in entries] == ["shipped", "shipped", None]
    blocks = call(capsys, "rules", *words).out.split("\n\n")
    assert ["gates, shipped" in block for block in blocks] == [True, True, False]
    assert "not learned yet" in blocks[2]


@pytest.mark.usefixtures("nothing_learned")
def test_one_malformed_rule_among_several_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "rules", "life", "B3/S29")
    outcome.assert_one_complaint()
    assert outcome.code == 2


@pytest.mark.usefixtures("nothing_learned")
def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "rules", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert len(outcome.out.splitlines()) == 1
    entries = {entry["name"]: entry for entry in json.loads(outcome.out)["rules"]}
    life = entries["life"]
    assert (life["rulestring"], life["origin"]) == ("B3/S23", "shipped")
    assert 0 < life["gates"] <= 150
    assert "conway" in life["aliases"]


def test_a_damaged_circuit_is_warned_of_and_the_list_goes_on(
    nothing_learned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = nothing_learned / "ca_logic" / "circuits" / "b3_s23.blif"
    path.parent.mkdir(parents=True)
    path.write_text("damaged", encoding="utf-8")
    outcome = call(capsys, "rules", "--json")
    assert outcome.code == 0
    origins = {entry["name"]: entry["origin"] for entry in json.loads(outcome.out)["rules"]}
    assert origins["life"] == "shipped"
    assert "learned" not in origins.values()
    (warning,) = outcome.err.splitlines()
    assert warning.startswith(f"ca-logic: warning: passing over {path}")


@pytest.mark.usefixtures("nothing_learned")
def test_a_rule_without_a_circuit_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "maze.toml").write_text('title = "Maze"\nrulestring = "B3/S12345"\n', encoding="utf-8")
    monkeypatch.setattr("ca_logic.tasks.rule.resource_folder", lambda _: tmp_path)
    assert "not learned yet" in call(capsys, "rules").out
    (entry,) = json.loads(call(capsys, "rules", "--json").out)["rules"]
    assert (entry["gates"], entry["origin"]) == (None, None)
