import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ca_logic.runtime import load_automaton
from ca_logic.runtime.board import cells_of_runs
from ca_logic.runtime.circuit_library import store_circuit
from ca_logic.runtime.pattern import load_pattern, place_pattern, read_rle
from ca_logic.tasks import load_rule
from tests.command_line import TIMEOUT_SECONDS, call, environment, run_script
from tests.oracles import circuit_of_rule, circuit_of_table, later_generation, later_states

pytestmark = pytest.mark.usefixtures("nothing_learned")

LIFE = load_rule("life")

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)


def test_json_is_one_object_with_the_keys_of_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "run", "conway", "--size", "70x50", "--topology", "plane", "--generations", "20", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert len(outcome.out.splitlines()) == 1
    result = json.loads(outcome.out)
    assert result.keys() >= {
        *("rule", "circuit", "topology", "width", "height", "generations", "population", "seconds"),
        "cells_per_second",
    }
    expected = {"rule": "life", "topology": "plane", "width": 70, "height": 50, "generations": 20}
    assert {key: result[key] for key in expected} == expected
    assert "shipped circuit of" in result["circuit"]
    assert 0 < result["population"] < 70 * 50
    assert result["cells_per_second"] == pytest.approx(70 * 50 * 20 / result["seconds"], rel=0.05)


def test_the_summary_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "run", "life", "--pattern", "glider", "--size", "20x20", "--generations", "40")
    assert (outcome.code, outcome.err) == (0, "")
    assert "Conway's Game of Life (B3/S23)" in outcome.out
    assert "shipped circuit" in outcome.out
    assert "20x20 torus, generation 40" in outcome.out
    assert re.search(r"population +5\n", outcome.out)


@needs_compiler
def test_the_acorn_of_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    words = "run life --pattern acorn --size 2500x2500 --topology plane --generations 5206 --json"
    assert json.loads(call(capsys, *words.split()).out)["population"] == 633


def test_a_soup_is_reproducible_and_as_dense_as_asked(capsys: pytest.CaptureFixture[str]) -> None:
    def population(*words: str) -> int:
        outcome = call(capsys, "run", "life", "--size", "300x300", "--json", "--generations", *words)
        count: int = json.loads(outcome.out)["population"]
        return count

    assert population("0", "--soup", "0.25") == pytest.approx(22500, abs=700)
    assert population("0") == pytest.approx(45000, abs=800)
    assert population("30", "--seed", "5") == population("30", "--seed", "5", "--soup", "0.5")
    assert population("30", "--seed", "5") != population("30", "--seed", "6")
    assert population("3", "--soup", "0") == 0


def test_no_generations_leave_the_pattern_and_measure_no_speed(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "life", "--pattern", "acorn", "--size", "64x64", "--generations", "0"]
    result = json.loads(call(capsys, *words, "--json").out)
    assert (result["population"], result["generations"], result["cells_per_second"]) == (7, 0, None)
    assert call(capsys, *words).code == 0


def test_the_last_board_is_written_and_can_be_run_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "first.rle", tmp_path / "second.rle"
    size = ["--size", "67x45", "--topology", "plane"]
    assert call(capsys, "run", "life", "--soup", "0.4", *size, "--generations", "7", "--out", first).code == 0
    outcome = call(capsys, "run", "life", "--pattern", first, *size, "--generations", "8", "--out", second)
    assert (outcome.code, outcome.err) == (0, "")
    assert str(second) in outcome.out
    board = load_automaton(LIFE).board(67, 45, topology="plane")
    board.fill_randomly(0.4, seed=0)
    expected = later_generation(board.cells(), LIFE.table, torus=False, generations=15)
    pattern = read_rle(second.read_text(encoding="utf-8"))
    again = load_automaton(LIFE).board(67, 45)
    place_pattern(again, pattern)
    np.testing.assert_array_equal(again.cells(), expected)
    assert (pattern.generation, pattern.rule) == (15, "B3/S23")
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["first.rle", "second.rle"]


def test_an_existing_file_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.rle"
    out.write_text("old", encoding="utf-8")
    call(capsys, "run", "life", "--size", "9x9", "--generations", "1", "--out", out)
    assert read_rle(out.read_text(encoding="utf-8")).generation == 1


def test_json_and_out_together_keep_standard_output_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(capsys, "run", "life", "--size", "9x9", "--out", tmp_path / "out.rle", "--json")
    assert len(json.loads(outcome.out)) > 5
    assert (tmp_path / "out.rle").is_file()


def test_it_says_which_circuit_it_uses(capsys: pytest.CaptureFixture[str]) -> None:
    path = store_circuit(LIFE, circuit_of_table(LIFE.table))
    result = json.loads(call(capsys, "run", "23/3", "--size", "9x9", "--json").out)
    assert result["circuit"].startswith("learned circuit of")
    assert str(path) in result["circuit"]


def test_a_damaged_learned_circuit_is_passed_over(nothing_learned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = store_circuit(LIFE, circuit_of_table(load_rule("highlife").table))
    assert nothing_learned in path.parents
    outcome = call(capsys, "run", "life", "--pattern", "glider", "--size", "20x20", "--generations", "80", "--json")
    assert outcome.code == 0
    (warning,) = outcome.err.splitlines()
    assert warning.startswith(f"ca-logic: warning: passing over {path}: ")
    result = json.loads(outcome.out)
    assert (result["population"], result["circuit"].split()[0]) == (5, "shipped")


def test_a_pattern_of_another_rule_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    equal = ("B3/S23", "23/3", "s23b3", "life", "B3/S23:T9,9", "23/3/2")
    for rule, warnings in (("B36/S23", 1), *((rule, 0) for rule in equal), ("WireWorld", 1), ("B3/S23H", 1)):
        path = tmp_path / "pattern.rle"
        path.write_text(f"x = 1, y = 1, rule = {rule}\no!", encoding="utf-8")
        outcome = call(capsys, "run", "life", "--pattern", path, "--size", "9x9", "--json")
        assert outcome.code == 0
        assert len(outcome.err.splitlines()) == warnings
        assert (f"was made for {rule!r}, but runs by B3/S23 here" in outcome.err) == bool(warnings)


@pytest.mark.parametrize(
    ("words", "board"),
    [
        (["B3/S23:T30,20"], (30, 20, "torus")),
        (["23/3:p30,20"], (30, 20, "plane")),
        (["B3/S23:T30"], (30, 30, "torus")),
        (["B3/S23:T30,20", "--size", "9x8"], (9, 8, "torus")),
        (["B3/S23:T30,20", "--topology", "plane"], (30, 20, "plane")),
        (["B3/S23:K30,20", "--size", "9x8", "--topology", "torus"], (9, 8, "torus")),
        (["B3/S23:T30+2,20", "--size", "9x8", "--topology", "plane"], (9, 8, "plane")),
        (["B3/S23:T0,0"], (512, 512, "torus")),
        (["B3/S23"], (512, 512, "torus")),
        (["life", "--pattern", "on a plane.rle"], (30, 20, "plane")),
        (["life", "--pattern", "on a plane.rle", "--size", "40x40"], (40, 40, "plane")),
        (["B3/S23:T25,25", "--pattern", "on a plane.rle"], (25, 25, "torus")),
    ],
    ids=lambda value: " ".join(map(str, value)),
)
def test_the_grid_of_the_rule_or_the_pattern_is_the_board(
    words: list[str],
    board: tuple[int, int, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("on a plane.rle").write_text("x = 1, y = 1, rule = B3/S23:P30,20\no!", encoding="utf-8")
    outcome = call(capsys, "run", *words, "--generations", "1", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    result = json.loads(outcome.out)
    assert (result["width"], result["height"], result["topology"]) == board
    assert result["rule"] == "life"


GENERATIONS = load_rule("345/2/4")


@pytest.mark.parametrize("topology", ["torus", "plane"])
def test_more_than_two_states_are_run_and_written(
    topology: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store_circuit(GENERATIONS, circuit_of_rule(GENERATIONS))
    first, second = tmp_path / "first.rle", tmp_path / "second.rle"
    size = ["--size", "67x45", "--topology", topology]
    assert call(capsys, "run", "345/2/4", *size, "--soup", "0.6", "--generations", "0", "--out", first).code == 0
    outcome = call(capsys, "run", "345/2/4", "--pattern", first, "--generations", "9", "--out", second, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    result = json.loads(outcome.out)
    assert (result["states"], result["width"], result["height"], result["topology"]) == (4, 67, 45, topology)
    start, end = states_in(first), states_in(second)
    assert set(np.unique(start)) == {0, 1, 2, 3}
    expected = later_states(start, GENERATIONS.transitions, torus=topology == "torus", generations=9)
    np.testing.assert_array_equal(end, expected)
    assert result["population"] == np.count_nonzero(expected)


@pytest.mark.skipif(shutil.which("bgolly") is None, reason="bgolly is not installed; on Debian: apt install golly")
def test_golly_goes_on_from_what_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store_circuit(GENERATIONS, circuit_of_rule(GENERATIONS))
    first, ours, golly = tmp_path / "first.rle", tmp_path / "ours.rle", tmp_path / "golly.rle"
    words = ["run", "345/2/4:T67,45"]
    assert call(capsys, *words, "--soup", "0.6", "--generations", "0", "--out", first).code == 0
    assert call(capsys, *words, "--pattern", first, "--generations", "9", "--out", ours).code == 0
    command = ["bgolly", "-q", "-q", "-a", "Generations", "-m", "9", "-o", str(golly), str(first)]
    subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)
    np.testing.assert_array_equal(cells_in_corner(ours), cells_in_corner(golly))
    assert read_rle(golly.read_text(encoding="utf-8")).rule == GENERATIONS.rulestring


def cells_in_corner(path: Path) -> np.ndarray:
    """Returns (y, x, state) of the cells of an RLE file from their top left corner; bgolly does not say where it is."""
    cells = cells_of_runs(read_rle(path.read_text(encoding="utf-8")).runs)
    cells[:, :2] -= cells[:, :2].min(axis=0)
    return cells


def states_in(path: Path, *, width: int = 67, height: int = 45) -> np.ndarray:
    """Returns the states on the whole grid of an RLE file."""
    pattern = read_rle(path.read_text(encoding="utf-8"))
    states = np.zeros((height, width), dtype=np.uint8)
    assert pattern.position is not None
    assert pattern.grid is not None
    assert (pattern.grid.width, pattern.grid.height) == (width, height)
    y, x, values = cells_of_runs(pattern.runs).T
    states[y + height // 2 + pattern.position[1], x + width // 2 + pattern.position[0]] = values
    return states


def test_a_pattern_of_more_states_than_the_rule_has_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "brain.rle"
    path.write_text("x = 3, y = 1, rule = /2/3\nA.B!", encoding="utf-8")
    outcome = call(capsys, "run", "life", "--pattern", path, "--size", "9x9")
    assert (outcome.code, outcome.out) == (2, "")
    warning, error = outcome.err.splitlines()
    assert warning.startswith("ca-logic: warning: pattern 'brain' was made for '/2/3'")
    assert error.startswith("ca-logic: error: there is a cell in state 2, but the rule has 2 states")


def test_without_a_compiler_it_runs_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    outcome = call(capsys, "run", "life", "--pattern", "glider", "--size", "20x20", "--generations", "80", "--json")
    assert outcome.code == 0
    assert len(outcome.err.splitlines()) == 1
    assert "apt install gcc" in outcome.err
    result = json.loads(outcome.out)
    assert result["population"] == 5
    assert "NumPy" in result["kernel"]


def test_a_compiler_that_fails_is_shown_with_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    compiler = tmp_path / "broken-cc"
    compiler.write_text("#!/bin/sh\necho the licence has expired >&2\nexit 1\n", encoding="utf-8")
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    outcome = call(capsys, "run", "life", "--size", "9x9", "--out", tmp_path / "out.rle")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("ca-logic: error: the C compiler failed with exit status 1")
    assert "the licence has expired" in outcome.err
    assert str(compiler) in outcome.err
    assert not (tmp_path / "out.rle").exists()


NO_JAX = """
import sys
from ca_logic.cli import main
code = main(sys.argv[1:])
heavy = {"jax", "flax", "optax", "matplotlib", "pygame", "ca_logic.learning"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else code)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        "run life --pattern glider --size 20x20 --json",
        "run life --size 9x9",
        "show life",
        "rules",
        "show life --format c",
    ],
)
def test_jax_is_not_imported(arguments: str) -> None:
    outcome = run_script(NO_JAX, *arguments.split())
    assert (outcome.code, outcome.err) == (0, "")


LONG_RUN = """
import signal, sys
# A shell that starts the tests in the background has Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from ca_logic.backend.kernel import CompiledKernel
advance = CompiledKernel.advance
def announced(*args, **options):
    for calls, done in enumerate(advance(*args, **options)):
        if calls == 3:
            print("running", flush=True)
        yield done
CompiledKernel.advance = announced
from ca_logic.__main__ import main
sys.exit(main())
"""


@needs_compiler
def test_ctrl_c_saves_a_whole_generation_and_says_which(tmp_path: Path) -> None:
    # Of this size a glider takes 289964 generations to come back, so the board tells its generation.
    out = tmp_path / "out.rle"
    out.write_text("old", encoding="utf-8")
    words = ["run", "life", "--pattern", "glider", "--size", "1021x71", "--generations", "9" * 15, "--out", str(out)]
    with subprocess.Popen(
        [sys.executable, "-c", LONG_RUN, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=TIMEOUT_SECONDS)
    assert process.returncode == 130
    assert rest == ""
    assert len(err.splitlines()) == 1
    match = re.fullmatch(
        rf"ca-logic: interrupted after (\d+) of 9+ generations; the board is in {re.escape(str(out))}\n", err
    )
    assert match is not None
    generation = int(match[1])
    assert generation > 0
    pattern = read_rle(out.read_text(encoding="utf-8"))
    assert pattern.generation == generation
    saved, expected = (load_automaton(LIFE).board(1021, 71) for _ in range(2))
    place_pattern(saved, pattern)
    place_pattern(expected, load_pattern("glider"))
    expected.advance(generation)
    np.testing.assert_array_equal(saved.cells(), expected.cells())
    assert [path.name for path in tmp_path.glob("*.*")] == ["out.rle"]


@needs_compiler
def test_ctrl_c_without_out_is_one_line() -> None:
    script = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from ca_logic.runtime.board import Board
Board.advance = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)
from ca_logic.__main__ import main
sys.exit(main())
"""
    outcome = run_script(script, "run", "life", "--size", "9x9")
    outcome.assert_one_complaint()
    assert outcome.code == 130
    assert "interrupted after 0 of 1000 generations" in outcome.err


def test_a_board_that_returns_stops_early_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("run", "life", "--pattern", "glider", "--size", "8x8", "--generations", "1000", "--until-periodic")
    result = json.loads(call(capsys, *words, "--json").out)
    # A glider on a torus of 8 cells is back after 4 times 8 generations.
    assert result["period"] == 32
    assert 32 <= result["generations"] < 200
    assert "period      32 (found at generation" in call(capsys, *words).out


def test_a_board_that_does_not_return_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("run", "life", "--pattern", "glider", "--size", "8x8", "--generations", "500", "--until-periodic", "20")
    result = json.loads(call(capsys, *words, "--json").out)
    assert (result["period"], result["generations"]) == (None, 500)
    assert "period      none found" in call(capsys, *words).out


def test_a_device_makes_the_same_board(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boards = []
    for options in ((), ("--device", "cpu"), ("--device", "cpu", "--devices", "1")):
        out = tmp_path / "board.rle"
        words = ("run", "brians-brain", "--size", "75x31", "--generations", "20", "--out", out, *options)
        result = json.loads(call(capsys, *words, "--json").out)
        assert result["kernel"].startswith("JAX on" if options else "compiled C")
        boards.append(out.read_text(encoding="utf-8"))
    assert len(set(boards)) == 1


def test_any_number_of_threads_makes_the_same_board(capsys: pytest.CaptureFixture[str]) -> None:
    results = [
        json.loads(
            call(
                capsys, "run", "life", "--size", "3000x2500", "--generations", "30", "--threads", threads, "--json"
            ).out
        )
        for threads in ("1", "3")
    ]
    assert [result["threads"] for result in results] == [1, 3]
    assert results[0]["population"] == results[1]["population"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--threads", "0"), "0 is too few"),
        (("--device", "gpu"), "JAX finds no device 'gpu'"),
        (("--device", "cpu", "--devices", "99"), "99 devices were asked for"),
        (("--devices", "2"), "--devices says how many of --device"),
        (("--device", "cpu", "--until-periodic"), "--until-periodic belongs to boards stepped in C"),
        (("--device", "cpu", "--threads", "2"), "--threads belongs to boards stepped in C"),
        (("--until-periodic", "0"), "0 is too few"),
    ],
)
def test_what_cannot_step_a_board_is_one_line(
    words: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "run", "life", "--size", "64x64", *words)
    outcome.assert_one_complaint()
    assert outcome.code == 2
    assert complaint in outcome.err
