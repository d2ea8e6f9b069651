import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ca_logic import benchmark, pipeline, synthesis_benchmark
from ca_logic.benchmark import Contender
from ca_logic.cli import bench_synthesis
from ca_logic.synthesis_benchmark import Row, SharedSize, select_starts
from ca_logic.synthesis_benchmark.abc_flow import AbcResult
from ca_logic.synthesis_benchmark.automata import Ours
from tests.command_line import call, run_script

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


# Synthesis.

QUICK = ("bench", "synthesis", "--effort", "0", "--no-abc", "--rules")


def test_synthesis_is_measured_from_each_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bench.json"
    outcome = call(capsys, *QUICK, "replicator", "W90", "--seeds", "1..2", "--json", "--out", file)
    assert outcome.code == 0
    assert outcome.err.strip() == ""
    assert len(outcome.out.splitlines()) == 1
    result = json.loads(outcome.out)
    assert json.loads(file.read_text(encoding="utf-8")) == result
    assert result["machine"]["processor"]
    assert result["machine"]["abc"] is None
    assert (result["options"]["effort"], result["options"]["seeds"]) == (0, [1, 2])
    assert [(row["name"], row["start"]) for row in result["rows"]] == [
        ("replicator", "truth table"),
        ("rule-90", "truth table"),
    ]
    for row in result["rows"]:
        assert [ours["seed"] for ours in row["ours"]] == [1, 2]
        assert row["gates"]["best"] == min(ours["gates"] for ours in row["ours"])
        assert row["gates"]["ratio"] is None
        assert row["abc_fast"] == row["abc_deep"] == []
        for ours in row["ours"]:
            assert 0 <= ours["shared_gates"]["rows"] <= ours["shared_gates"]["total"] <= ours["gates"]


def test_without_abc_the_columns_are_ours_and_one_line_says_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_synthesis, "find_abc", lambda: None)
    words = ("bench", "synthesis", "--effort", "0", "--no-shared", "--seeds", "0", "--rules", "replicator")
    outcome = call(capsys, *words)
    assert outcome.code == 0
    (line,) = outcome.err.strip().splitlines()
    assert line.startswith("ca-logic: warning: ABC is not installed")
    assert "apt install berkeley-abc" in line
    heading, _, row, _ = outcome.out.splitlines()
    assert heading.split() == ["start", "gates", "tables", "ANDs", "s"]
    assert row.split()[:4] == ["replicator", "7", "4", "21"]


def test_the_widest_table_fits_120_columns(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    shared = SharedSize(122, 11), SharedSize(60, 9)
    ours = tuple(Ours(seed, 146 - seed, 66 - seed, 252 - seed, 23.4, *shared, 22.0) for seed in range(2))
    result = AbcResult(277, 106, 376, 123.4, 0, 0)

    def measure(start: Any, **_: Any) -> Iterator[Row]:
        yield Row(start, ours, (result,) * 2, (result,))

    monkeypatch.setattr(synthesis_benchmark, "measure", measure)
    outcome = call(capsys, "bench", "synthesis", "--no-abc", "--rules", "life", "live-free-or-die")
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= 120
    assert len(lines) == 5
    cells = ["145.5 (145)", "277", "277", "0.53", "122 (11+111)", "65.5 (65)", "106", "106", "0.62", "60 (9+51)"]
    cells += ["251.5", "376", "23.4", "185.1"]
    assert lines[2].split() == " ".join(["life", *cells]).split()


def test_large_networks_go_through_the_quick_passes(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("bench", "synthesis", "--no-abc", "--large", "600")
    result = json.loads(call(capsys, *words, "--json").out)
    assert result["options"] == {"large": 600}
    assert [row["network"] for row in result["rows"]] == ["all binary"] * 5 + ["30 % pass"] * 5
    out = call(capsys, *words).out
    assert max(map(len, out.splitlines())) <= 120
    for row in result["rows"]:
        assert f"{row['size']} {row['unit']}" in out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("synthesis", "--size", "64x64"), "--size belongs to `bench RULE`"),
        (("life", "--abc-seconds", "10"), "--abc-seconds belongs to `bench synthesis`"),
        (("synthesis", "--rules", "lif"), "unknown rule 'lif'; did you mean 'life'?"),
        (("synthesis", "--rules", "/2/3"), "has 3 states; only two-state rules can be benchmarked"),
        (("synthesis", "--abc-seconds", "601"), "601 seconds are too many"),
        (("synthesis", "--large", "5000000"), "5000000 gates cannot be made; choose 7 to 4000000"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    words: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_synthesis, "warn", lambda _: None)
    outcome = call(capsys, "bench", *words)
    outcome.assert_one_complaint()
    assert outcome.code == 2
    assert complaint in outcome.err


def test_the_default_words_name_starts() -> None:
    assert len(select_starts(bench_synthesis.DEFAULTS["rules"])) == len(bench_synthesis.DEFAULTS["rules"])


INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import ca_logic.synthesis_benchmark.automata as automata
optimize = automata.optimize
begun = 0

def interrupted_optimize(*args, **options):
    global begun
    begun += 1
    if begun == 2:
        os.kill(os.getpid(), signal.SIGINT)
    return optimize(*args, **options)

automata.optimize = interrupted_optimize
from ca_logic.__main__ import main
sys.exit(main())
"""


def test_after_ctrl_c_there_is_what_was_done() -> None:
    outcome = run_script(INTERRUPTED, *QUICK, "seeds", "life", "--no-shared", "--seeds", "0..4", "--json")
    assert outcome.code == 130
    assert outcome.err == "ca-logic: interrupted; this is what was done until then\n"
    (row,) = json.loads(outcome.out)["rows"]
    assert (row["name"], [ours["seed"] for ours in row["ours"]]) == ("seeds", [0])
