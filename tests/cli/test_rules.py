import json
from pathlib import Path

import pytest

from ca_logic.tasks import list_rules
from tests.command_line import call


@pytest.mark.usefixtures("nothing_learned")
def test_every_rule_is_listed_with_its_circuit(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "rules")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert len(lines) == len(list_rules())
    for rule, line in zip(list_rules(), lines, strict=True):
        assert line.startswith(rule.name)
        assert rule.rulestring in line
        assert rule.title in line
        assert line.endswith("gates, shipped")
    assert {"life", "highlife", "daynight", "seeds"} <= {line.split()[0] for line in lines}


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
    assert {entry["origin"] for entry in json.loads(outcome.out)["rules"]} == {"shipped"}
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
