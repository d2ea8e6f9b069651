"""The demos run as they are, and print what they promise."""

import re
import runpy
import sys
from pathlib import Path

import pytest

DEMOS = Path(__file__).parent.parent / "demos"


def run_demo(name: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    runpy.run_path(str(DEMOS / name), run_name="__main__")


def test_learn_life_proves_and_flies_a_glider(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_demo("learn_life.py", monkeypatch)
    printed = capsys.readouterr().out
    assert "512 of 512 rows right" in printed
    boards = printed.split("generation ")[1:]
    assert [board.count("#") for board in boards] == [5, 5, 5]


def test_run_soup_thins_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run_demo("run_soup.py", monkeypatch, "life")
    lines = capsys.readouterr().out.splitlines()
    populations = [int(line.split("population")[1].split(",")[0]) for line in lines if "population" in line]
    assert len(populations) == 5
    assert populations[0] > populations[-1] > 0


def test_benchmark_races_and_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ca_logic.stepping_benchmark.measuring._SECONDS_A_CALL", 0.005)
    run_demo("benchmark.py", monkeypatch, "life", "64")
    printed = capsys.readouterr().out
    for name in ("naive C", "soft network", "circuit, packed", "our C"):
        assert f"{name} " in printed
    assert "1,744x" in printed
    assert (tmp_path / "benchmark.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "complaint"), [(("lif",), "did you mean 'life'"), (("life", "100"), "multiple of 64")]
)
def test_benchmark_says_what_it_cannot_do(
    arguments: tuple[str, ...], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match=complaint):
        run_demo("benchmark.py", monkeypatch, *arguments)


def test_smallest_circuit_finds_the_adders(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run_demo("smallest_circuit.py", monkeypatch)
    printed = capsys.readouterr().out
    assert "64 of 64 rows right (exhaustive)" in printed
    module = printed[printed.index("module sum_of_three(") :]
    # By hand two full adders and two half adders, 14 gates.
    assert module.count("assign") <= 16


@pytest.mark.parametrize("path", sorted((DEMOS / "patterns").glob("*.rle")), ids=lambda path: path.stem)
def test_every_shipped_pattern_names_its_origin(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "#N " in text
    assert "#O " in text


def test_train_classifier_extracts_what_it_learned(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_demo("train_classifier.py", monkeypatch)
    last = capsys.readouterr().out.splitlines()[-1]
    gates, right, flowers = (int(number) for number in re.findall(r"\d+", last))
    assert gates == 120
    # Always the same class would be right on 10.
    assert right > 20
    assert flowers == 30


def test_life_opens_a_window_on_a_soup(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(DEMOS / "life.py"))["main"]("highlife", frames=20)
    assert re.search(r"generation \d+, population \d+, shipped circuit of \d+ gates", capsys.readouterr().out)
