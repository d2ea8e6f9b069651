"""Golly's bgolly as an independent judge of the rules, of both topologies and of the RLE that we write."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ca_logic.runtime import TOPOLOGIES, Automaton, Board, Topology, load_automaton
from ca_logic.runtime.pattern import load_pattern, place_pattern, read_rle, write_rle
from ca_logic.tasks import Rule, list_rules, load_rule

pytestmark = pytest.mark.skipif(
    shutil.which("bgolly") is None, reason="bgolly is not installed; on Debian: apt install golly"
)

SIZES = [(17, 23), (64, 64), (65, 31), (127, 130), (200, 3)]


def advance_by_bgolly(board: Board, rule: Rule, generations: int, folder: Path) -> np.ndarray:
    """Returns the live cells after that many generations more, moved to the top left corner."""
    before, after = folder / "before.rle", folder / "after.rle"
    before.write_text(write_rle(board, rule=rule.rulestring), encoding="utf-8")
    # bgolly goes on from the generation that the file names, up to the one that -m names.
    last = str(board.generation + generations)
    command = ["bgolly", "-q", "-q", "-a", "QuickLife", "-m", last, "-o", str(after), str(before)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return moved_to_corner(read_rle(after.read_text(encoding="utf-8")).live)


def moved_to_corner(live: np.ndarray) -> np.ndarray:
    corner: np.ndarray = live - live.min(axis=0) if len(live) else live
    return corner


def assert_agrees(board: Board, rule: Rule, generations: int, folder: Path) -> None:
    expected = advance_by_bgolly(board, rule, generations, folder)
    board.advance(generations)
    assert board.population == len(expected)
    np.testing.assert_array_equal(moved_to_corner(board.live_cells()), expected)


@pytest.fixture(params=[rule.name for rule in list_rules()])
def automaton(request: pytest.FixtureRequest, nothing_learned: Path) -> Automaton:
    assert not nothing_learned.exists()
    return load_automaton(load_rule(request.param))


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_soups_agree_with_bgolly(automaton: Automaton, topology: Topology, tmp_path: Path) -> None:
    for seed, (width, height) in enumerate(SIZES):
        for generations in (1, 2, 50):
            board = automaton.board(width, height, topology=topology)
            board.fill_randomly(0.4, seed)
            assert_agrees(board, automaton.rule, generations, tmp_path)


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("pattern", ["glider", "r-pentomino", "acorn", "gosper-gun"])
def test_patterns_agree_with_bgolly(automaton: Automaton, pattern: str, topology: Topology, tmp_path: Path) -> None:
    for generations in (1, 31, 200):
        board = automaton.board(131, 77, topology=topology)
        place_pattern(board, load_pattern(pattern))
        assert_agrees(board, automaton.rule, generations, tmp_path)


@pytest.mark.usefixtures("nothing_learned")
def test_what_was_written_after_running_goes_on_in_bgolly(tmp_path: Path) -> None:
    life = load_rule("life")
    board = load_automaton(life).board(91, 67)
    board.fill_randomly(0.3, seed=8)
    board.advance(100)
    assert_agrees(board, life, 150, tmp_path)
    assert board.generation == 250


@pytest.mark.usefixtures("nothing_learned")
def test_bgolly_confirms_629_cells_of_the_acorn_on_a_plane_of_2048(tmp_path: Path) -> None:
    life = load_rule("life")
    board = load_automaton(life).board(2048, 2048, topology="plane")
    place_pattern(board, load_pattern("acorn"))
    assert_agrees(board, life, 5206, tmp_path)
    assert board.population == 629
