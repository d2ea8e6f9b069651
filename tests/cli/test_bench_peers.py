import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ca_logic.cli import bench_peers
from ca_logic.errors import CircuitNotFoundError, RuleError, UsageError
from ca_logic.stepping_benchmark import peers
from ca_logic.stepping_benchmark.peers import Row
from tests.command_line import call

ROWS = [
    Row("ca-logic", "0.1", "torus", "a circuit", "compiled C", 2e10, True),
    Row("Golly QuickLife", "3.3", "torus", "skips", "one core", 2.5e8, True),
    Row("lifelib", "2", "unbounded plane", "hashes", "one core", 4e10, False),
    Row("cax", "0.3", problem="ended with status 1: no JAX."),
    Row("Nobody", problem="not installed; pip install nobody"),
]


def options(**changes: Any) -> argparse.Namespace:
    return argparse.Namespace(**bench_peers.DEFAULTS | {"json": False} | changes)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replaces measuring by fixed figures; returns what it was asked for."""
    asked: dict[str, Any] = {}

    def measure_peers(rule: Any, **given: Any) -> Iterator[Row]:
        given.pop("on_progress")("measuring [nothing]")
        given.pop("on_warning")
        asked.update(given, rule=rule.name)
        yield from ROWS

    monkeypatch.setattr(peers, "measure_peers", measure_peers)
    return asked


def test_the_table_is_honest(measured: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_peers.execute(options(rule="B36/S23", size=[(96, 5)], seconds=2)) == 0
    assert measured == {"rule": "highlife", "width": 96, "height": 5, "seconds": 2}
    out = capsys.readouterr().out
    assert "HighLife, a soup of 96x5 cells" in out
    rows = [line for line in out.splitlines() if "cell/s" in line]
    assert [("yes" in row, "NO" in row) for row in rows] == [(True, False), (True, False), (False, True)]
    assert ["20 Gcell/s" in rows[0], "250 Mcell/s" in rows[1], "40 Gcell/s" in rows[2]] == [True] * 3
    assert ["1x" in rows[0], "80x" in rows[1], "0.5x" in rows[2]] == [True] * 3
    assert ["unbounded plane" in row for row in rows] == [False, False, True]


@pytest.mark.usefixtures("measured")
def test_every_engine_has_a_line_that_says_how_or_why_not(capsys: pytest.CaptureFixture[str]) -> None:
    bench_peers.execute(options())
    notes = capsys.readouterr().out.splitlines()[-len(ROWS) :]
    assert notes == [
        "ca-logic, torus: a circuit; compiled C",
        "Golly QuickLife, torus: skips; one core",
        "lifelib, unbounded plane: hashes; one core",
        "cax 0.3: ended with status 1: no JAX.",
        "Nobody: not installed; pip install nobody",
    ]


@pytest.mark.usefixtures("measured")
def test_json_holds_the_same_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_peers.execute(options(json=True)) == 0
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert (result["rule"], result["width"], result["height"]) == ("life", 512, 512)
    assert [engine["ratio"] for engine in result["engines"]] == [1, 80, 0.5, None, None]
    assert [engine["agrees"] for engine in result["engines"]] == [True, True, False, None, None]
    assert result["engines"][3]["problem"] == "ended with status 1: no JAX."


@pytest.mark.parametrize("num_done", [0, 2])
@pytest.mark.parametrize("as_json", [False, True])
def test_an_interruption_leaves_what_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], num_done: int, as_json: bool
) -> None:
    def measure_peers(*_: Any, **__: Any) -> Iterator[Row]:
        yield from ROWS[:num_done]
        raise KeyboardInterrupt

    monkeypatch.setattr(peers, "measure_peers", measure_peers)
    assert bench_peers.execute(options(json=as_json)) == 130
    captured = capsys.readouterr()
    assert captured.err == "ca-logic: interrupted; this is what was done until then\n"
    if as_json:
        assert len(json.loads(captured.out)["engines"]) == num_done
    else:
        assert captured.out.count("cell/s") == num_done


def test_the_command_line_passes_its_options_on(measured: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "bench", "peers", "--rule", "seeds", "--seconds", "60", "--size", "30x7", "--json")
    assert outcome.code == 0
    assert len(json.loads(outcome.out)["engines"]) == len(ROWS)
    assert measured == {"rule": "seeds", "width": 30, "height": 7, "seconds": 60}


def test_seconds_are_a_whole_number_up_to_60(capsys: pytest.CaptureFixture[str]) -> None:
    for words, complaint in {"0": "0 is too few", "61": "up to 60 are possible", "x": "no whole number"}.items():
        outcome = call(capsys, "bench", "peers", "--seconds", words)
        outcome.assert_one_complaint()
        assert outcome.code == 2
        assert complaint in outcome.err


def test_a_rule_that_is_unknown_or_was_not_learned_is_refused(nothing_learned: Path) -> None:
    with pytest.raises(RuleError, match="did you mean 'life'"):
        bench_peers.execute(options(rule="lif"))
    with pytest.raises(CircuitNotFoundError):
        bench_peers.execute(options(rule="B2-a/S015", size=[(64, 8)]))
    assert not nothing_learned.exists()


def test_several_boards_are_refused() -> None:
    with pytest.raises(UsageError, match="2 boards; `bench peers` takes one --size"):
        bench_peers.execute(options(size=[(64, 8), (64, 9)]))


@pytest.mark.usefixtures("nothing_learned")
def test_our_engine_needs_no_other(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(peers, "find_peers", lambda _: [])
    assert bench_peers.execute(options(size=[(65, 9)], seconds=0.01, json=True)) == 0
    (ours,) = json.loads(capsys.readouterr().out)["engines"]
    assert (ours["name"], ours["agrees"], ours["ratio"]) == ("ca-logic", True, 1)
    assert ours["cells_per_second"] > 0
