import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ca_logic import pipeline, synthesis_benchmark
from ca_logic.cli import bench_synthesis
from ca_logic.stepping_benchmark import measuring, rule_benchmark
from ca_logic.stepping_benchmark.contenders import Contender
from ca_logic.stepping_benchmark.measuring import Timing
from ca_logic.stepping_benchmark.rule_benchmark import RuleBenchmark
from ca_logic.synthesis_benchmark import Row, SharedSize, select_starts
from ca_logic.synthesis_benchmark.abc_flow import AbcResult
from ca_logic.synthesis_benchmark.automata import Ours
from tests.command_line import call, run_script

pytestmark = pytest.mark.usefixtures("nothing_learned")


def test_a_rule_is_benchmarked_from_end_to_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "_SECONDS_A_CALL", 0.01)
    chart = tmp_path / "chart.png"
    outcome = call(capsys, "bench", "life", "--size", "64x30", "--threads", "2", "--chart", chart, "--json")
    assert outcome.code == 0
    assert len(outcome.out.splitlines()) == 1
    result = json.loads(outcome.out)
    assert (result["rule"], result["seed"], result["chart"]) == ("life", 0, str(chart))
    assert result["machine"]["compiler"]
    assert "1,744x" in result["note"]
    assert chart.read_bytes().startswith(b"\x89PNG")
    gates = {contender["name"]: contender["gates"] for contender in result["contenders"]}
    assert gates["our C"] <= gates["circuit, packed"] < gates["our C, same gates"] <= gates["naive C"]
    naive = result["timings"][0]
    assert naive["contender"] == "naive C"
    for timing in result["timings"]:
        assert (timing["width"], timing["height"]) == (64, 30)
        if timing["reason"]:
            assert timing["contender"] == "our C, 2 threads"
            continue
        assert timing["agrees"] is True
        assert timing["ratio"] == pytest.approx(timing["cells_per_second"] / naive["cells_per_second"])


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, in_empty_folder: Path) -> dict[str, Any]:
    """Replaces training and measuring by fixed timings; returns what they were asked for."""
    asked: dict[str, Any] = {"folder": in_empty_folder}

    def learn_rule(rule: Any, **options: Any) -> SimpleNamespace:
        asked.update(options, rule=rule.name)
        return SimpleNamespace()

    def benchmark_rule(_: Any, sizes: Any, *, threads: int, **__: Any) -> RuleBenchmark:
        asked.update(sizes=list(sizes), threads=threads)
        contenders = tuple(
            Contender(name, "here", gates, SimpleNamespace(), 2, lambda *_: None)  # type: ignore[arg-type]
            for name, gates in (("naive C", 187), ("soft network", 1151), ("our C", 17))
        )
        timings = (
            Timing("naive C", 512, 512, 4e9, 4e9, 0.0, 100, 1.1, agrees=True),
            Timing("soft network", 512, 512, 2e6, 1.9e6, 0.01, 3, 1.1, agrees=False),
            Timing("our C", 512, 512, 8e11, 7e11, 0.0, 3000, 1.1, agrees=True),
            Timing("naive C", 4096, 4096, 2e9, 2e9, 0.0, 10, 1.1, agrees=True),
            Timing("soft network", 4096, 4096, reason="a generation would take about 8 s"),
            Timing("our C", 4096, 4096, 1e11, 1e11, 0.0, 300, 1.1, agrees=True),
        )
        return RuleBenchmark(contenders, timings, "cpu: Fake", "cc 1.0: -O3", "AVX-512")

    monkeypatch.setattr(pipeline, "learn_rule", learn_rule)
    monkeypatch.setattr(rule_benchmark, "benchmark_rule", benchmark_rule)
    return asked


def test_the_table_is_honest(measured: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "bench", "life", "--seed", "7", "--size", "4096x5", "96x64", "512x512", "--threads", "3")
    assert outcome.code == 2
    assert "a width of 96 is no multiple of 64" in outcome.err
    outcome = call(capsys, "bench", "life", "--seed", "7", "--size", "4096x5", "512x512", "--threads", "3")
    assert outcome.code == 0
    assert measured["seed"] == 7
    assert measured["threads"] == 3
    assert measured["sizes"] == [(4096, 5), (512, 512)]
    small, large = outcome.out.split("torus of 4096x4096")
    lines = {name: line for line in small.splitlines() for name in ("naive", "soft", "our C") if name in line}
    assert [("NO" in line, "yes" in line) for line in lines.values()] == [(False, True), (True, False), (False, True)]
    assert ["4 Gcell/s" in lines["naive"], "2 Mcell/s" in lines["soft"], "800 Gcell/s" in lines["our C"]] == [True] * 3
    assert [" 1x" in lines["naive"], "0.0005x" in lines["soft"], "200x" in lines["our C"]] == [True] * 3
    assert "not measured" in large
    assert "soft network on 4096x4096 is not measured: a generation would take about 8 s" in outcome.out
    assert "cc 1.0: -O3" in outcome.out
    assert "1,744x" in outcome.out
    assert (measured["folder"] / "benchmark-life.png").is_file()


def test_json_holds_the_same_timings(measured: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    result = json.loads(call(capsys, "bench", "life", "--json").out)
    assert measured["sizes"] == [(512, 512), (4096, 4096), (16384, 16384)]
    assert [timing["ratio"] for timing in result["timings"]] == [1, 0.0005, 200, 1, None, 50]
    assert [timing["agrees"] for timing in result["timings"]] == [True, False, True, True, None, True]
    assert result["machine"]["instruction_set"] == "AVX-512"


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
        (("peers", "--device", "cpu"), "--device belongs to `bench RULE`"),
        (("life", "--rule", "seeds"), "--rule belongs to `bench peers`"),
        (("life", "--device", "gpu"), "JAX finds no device 'gpu'"),
        (("life", "--size", "100x64"), "a width of 100 is no multiple of 64"),
        (("life", "--threads", "0"), "0 is too few; it must be at least 1"),
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
