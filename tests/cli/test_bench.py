import json
from types import SimpleNamespace
from typing import Any

import pytest

from ca_logic import benchmark, pipeline
from ca_logic.benchmark import Contender
from tests.command_line import call

pytestmark = pytest.mark.usefixtures("nothing_learned")


def test_the_network_and_the_circuit_make_the_same_board(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "_SECONDS_A_CALL", 0.02)
    outcome = call(capsys, "bench", "life", "--size", "64x30", "--json")
    assert outcome.code == 0
    assert len(outcome.out.splitlines()) == 1
    result = json.loads(outcome.out)
    assert (result["rule"], result["seed"], result["width"], result["height"]) == ("life", 0, 64, 30)
    soft, hard, compiled = result["contenders"]
    assert ["soft" in soft["name"], "hard" in hard["name"], "circuit" in compiled["name"]] == [True] * 3
    assert soft["ratio"] == 1
    assert soft["gates"] == hard["gates"] > compiled["gates"]
    for row in (soft, hard, compiled):
        assert row["agrees"] is True
        assert row["generations"] >= 1
        assert row["cells_per_second"] > 0
        assert row["where"]
        assert row["ratio"] == pytest.approx(row["cells_per_second"] / soft["cells_per_second"])


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replaces training and measuring by fixed figures; returns what they were asked for."""
    asked: dict[str, Any] = {}

    def learn_rule(rule: Any, **options: Any) -> SimpleNamespace:
        asked.update(options, rule=rule.name)
        return SimpleNamespace()

    def benchmark_rule(_: Any, *, width: int, height: int, **__: Any) -> list[Contender]:
        asked.update(width=width, height=height)
        return [
            Contender("soft network", "cpu: Fake", 1151, 3, 1e6, True),
            Contender("hard network, packed", "cpu: Fake", 1151, 30, 2.5e8, True),
            Contender("compiled circuit", "one core", 116, 3000, 2e10, False),
        ]

    monkeypatch.setattr(pipeline, "learn_rule", learn_rule)
    monkeypatch.setattr(benchmark, "benchmark_rule", benchmark_rule)
    return asked


def test_the_table_is_honest(measured: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "bench", "life", "--seed", "7", "--size", "96x5")
    assert outcome.code == 0
    assert callable(measured.pop("on_progress"))
    assert measured == {"rule": "life", "seed": 7, "width": 96, "height": 5}
    assert "96x5 torus" in outcome.out
    lines = {name: line for line in outcome.out.splitlines() for name in ("soft", "hard", "compiled") if name in line}
    rows = [line for line in outcome.out.splitlines() if "cell/s" in line]
    assert len(rows) == len(lines) == 3
    assert [("NO" in row, "yes" in row) for row in rows] == [(False, True), (False, True), (True, False)]
    assert ["1 Mcell/s" in rows[0], "250 Mcell/s" in rows[1], "20 Gcell/s" in rows[2]] == [True] * 3
    assert ["1x" in rows[0], "250x" in rows[1], "20,000x" in rows[2]] == [True] * 3


def test_more_than_two_states_are_refused_before_anything_is_trained(
    measured: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "bench", "/2/3")
    outcome.assert_one_complaint()
    assert outcome.code == 2
    assert "has 3 states; only two-state rules can be benchmarked" in outcome.err
    assert measured == {}


def test_json_holds_the_same_figures(measured: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    result = json.loads(call(capsys, "bench", "life", "--json").out)
    assert measured["width"] == result["width"] == 512
    assert [row["ratio"] for row in result["contenders"]] == [1, 250, 20000]
    assert [row["agrees"] for row in result["contenders"]] == [True, True, False]
