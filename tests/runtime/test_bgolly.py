"""Golly's bgolly as an independent judge of rulestrings of every kind, of both topologies and of the RLE we write.

Where nothing is to be learned, the circuits are trees of multiplexers built from the rule's transitions.
"""

import base64
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ca_logic.backend.kernel import Kernel, NumpyKernel, is_tiled
from ca_logic.runtime import TOPOLOGIES, Automaton, Board, Topology, load_automaton
from ca_logic.runtime.automaton import best_kernel
from ca_logic.runtime.pattern import Pattern, load_pattern, place_pattern, read_rle, write_rle
from ca_logic.tasks import Rule, list_rules, load_rule
from tests.oracles import circuit_of_rule, random_states, use_tiles

pytestmark = pytest.mark.skipif(
    shutil.which("bgolly") is None, reason="bgolly is not installed; on Debian: apt install golly"
)

SIZES = [(17, 23), (64, 64), (65, 31), (127, 130), (200, 3)]
ODD_SIZES = [(1, 40), (40, 1), (2, 2), (3, 3), (7, 1025), (1025, 7), (30, 8), (30, 9), (30, 15), (130, 16), (63, 41)]

WIREWORLD = """\
@RULE {name}

@TABLE
n_states:4
neighborhood:Moore
symmetries:permute
var a={{0,1,2,3}}
var b={{a}}
var c={{a}}
var d={{a}}
var e={{a}}
var f={{a}}
var g={{a}}
var h={{a}}
var i={{0,2,3}}
var j={{i}}
var k={{i}}
var l={{i}}
var m={{i}}
var n={{i}}
var o={{i}}
1,a,b,c,d,e,f,g,h,2
2,a,b,c,d,e,f,g,h,3
3,1,i,j,k,l,m,n,o,1
3,1,1,i,j,k,l,m,n,1
"""
"""WireWorld with Golly's numbers of states: head 1, tail 2, wire 3."""


@dataclass(frozen=True)
class Judge:
    """bgolly for one rule.

    Attributes:
        rule: as the package understands it.
        name: what bgolly is told.
        folder: for files.
    """

    rule: Rule
    name: str
    folder: Path

    @property
    def algorithm(self) -> str:
        if self.rule.num_states == 2:
            return "QuickLife"
        return "Generations" if "/" in self.name else "RuleLoader"

    def command(self, board: Board, generations: int, *options: str) -> list[str]:
        """Returns the command that advances the board; bgolly goes on from the generation that the file names."""
        before = self.folder / "before.rle"
        before.write_text(write_rle(board, rule=self.name), encoding="utf-8")
        last = str(board.generation + generations)
        search = ["-s", f"{self.folder}/"]
        return ["bgolly", *search, *options, "-a", self.algorithm, "-m", last, str(before)]

    def cells_after(self, board: Board, generations: int) -> np.ndarray:
        """Returns the states that many generations later, cropped."""
        after = self.folder / "after.rle"
        after.unlink(missing_ok=True)
        command = self.command(board, generations, "-q", "-q", "-o", str(after))
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return cropped(states_of(read_rle(after.read_text(encoding="utf-8"))))

    def population_after(self, board: Board, generations: int) -> int:
        """Returns what bgolly counts that many generations later."""
        command = self.command(board, generations)
        output = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        generation, population = output.replace("\r", "\n").strip().splitlines()[-1].split(":")
        assert int(generation) == board.generation + generations
        return int(population.replace(",", ""))

    def assert_agrees(self, board: Board, generations: int) -> None:
        """Advances the board and asserts that bgolly does the same; B0 is only judged on a torus.

        Golly never shows a live background (liferules.cpp): with B0 and survival among all neighbours it runs
        the complement of the rule on the complement of the cells; with B0 alone odd generations are shown
        inverted.
        """
        is_b0, survives_all = self.rule.transitions[0, 0] == 1, self.rule.transitions[1, 255] == 1
        expected = self.cells_after(board, generations)
        assert not is_b0 or board.topology == "torus"
        if is_b0 and survives_all:
            board.set_states(1 - board.states())
        board.advance(generations)
        inverted = is_b0 and (survives_all or generations % 2)
        np.testing.assert_array_equal(cropped(1 - board.states() if inverted else board.states()), expected)


def states_of(pattern: Pattern) -> np.ndarray:
    states = np.zeros((pattern.height, pattern.width), dtype=np.uint8)
    for y, x, length, state in pattern.runs.tolist():
        states[y, x : x + length] = state
    return states


def cropped(states: np.ndarray) -> np.ndarray:
    """Returns the smallest rectangle that holds all cells that are not dead."""
    rows, columns = np.flatnonzero(states.any(axis=1)), np.flatnonzero(states.any(axis=0))
    return states[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else states[:0, :0]


def random_map(num_entries: int, seed: int, *, born_from_nothing: bool = False, states: int = 2) -> str:
    """Returns a MAP rule whose table has no symmetry."""
    bits = np.random.default_rng(seed).integers(0, 2, num_entries, dtype=np.uint8)
    bits[0] = born_from_nothing
    text = base64.b64encode(np.packbits(bits).tobytes()).decode().rstrip("=")
    return f"MAP{text}" + (f"/{states}" if states > 2 else "")


COUNTED = ["B3/S23", "B36/S23", "B3678/S34678", "B2/S", "B1357/S02468", "B5678/S45678", "B4/S012345678", "B1/S8"]
HENSEL = ["B2-a/S12", "B3/S2-i34q", "B2n3/S23-q", "B34k5e7c/S23-a4iy6k", "B2ce3-k/S1c2i3acek4nwz5-y", "B3aijn4w/S234c"]
HEXAGONAL = ["B2/S34H", "B3/S23H", "B245/S3H", "B1/S0136H", "B24/S35H"]
VON_NEUMANN = ["B1/S01234V", "B13/S012V", "B2/S013V", "B3/S24V", "B124/S3V"]
ELEMENTARY = ["W30", "W90", "W110", "W184", "W54", "W2"]
MAPS = [random_map(num_entries, seed) for num_entries in (512, 128, 32) for seed in (1, 2, 3)]
GENERATIONS = ["345/2/4", "/2/3", "23/3/5", "3467/25/6", "12/34/8", "2-a3/3-i4w/4"]
OTHER_GENERATIONS = ["2/2/3H", "35/24/5H", "2/13/4V", "13/123/8V"]
GENERATIONS_MAPS = [
    random_map(num_entries, seed, states=states)
    for num_entries in (512, 128, 32)
    for seed, states in ((4, 3), (5, 3), (6, 7))
]
B0 = ["B03/S23", "B0123478/S01234678", "B0123478/S34678", "B08/S4", "B02/S13V", "B0/S34V", "B024/S36H", "B01/S2H"]
B0_MAPS = [random_map(num_entries, seed, born_from_nothing=True) for num_entries in (512, 128, 32) for seed in (7, 8)]

BOARDS: list[tuple[Topology, int, int, int]] = [
    ("torus", 64, 48, 50),
    ("plane", 65, 31, 20),
    ("torus", 17, 23, 3),
    ("plane", 200, 3, 7),
]


def judge_of(text: str, folder: Path) -> Judge:
    rule = load_rule(text)
    return Judge(rule, rule.rulestring, folder)


def soup(rule: Rule, kernel: Kernel, width: int, height: int, topology: Topology) -> Board:
    board = Board(width, height, topology=topology, kernel=kernel, num_states=rule.num_states)
    board.set_states(random_states(width, height, rule.num_states, seed=width))
    return board


def assert_soups_agree(judge: Judge, kernel_of: Callable[[Rule], Kernel]) -> None:
    kernel = kernel_of(judge.rule)
    is_b0 = judge.rule.transitions[0, 0]
    populations = []
    for topology, width, height, generations in BOARDS:
        board = soup(judge.rule, kernel, width, height, "torus" if is_b0 else topology)
        judge.assert_agrees(board, generations)
        populations.append(board.population)
    assert any(populations), "a board where all died judges little"


def compiled(rule: Rule) -> Kernel:
    return best_kernel(circuit_of_rule(rule))


def interpreted(rule: Rule) -> Kernel:
    return NumpyKernel(circuit_of_rule(rule))


@pytest.mark.parametrize("text", [*COUNTED, *HENSEL, *HEXAGONAL, *VON_NEUMANN, *ELEMENTARY, *B0])
def test_rules_of_two_states_agree_with_bgolly(text: str, tmp_path: Path) -> None:
    assert_soups_agree(judge_of(text, tmp_path), compiled)


@pytest.mark.parametrize("text", [*MAPS, *B0_MAPS])
def test_tables_without_symmetry_agree_with_bgolly(text: str, tmp_path: Path) -> None:
    assert_soups_agree(Judge(load_rule(text), text, tmp_path), interpreted)


@pytest.mark.parametrize("text", [*GENERATIONS, *OTHER_GENERATIONS])
def test_generations_agree_with_bgolly(text: str, tmp_path: Path) -> None:
    assert_soups_agree(judge_of(text, tmp_path), compiled)


@pytest.mark.parametrize("text", GENERATIONS_MAPS)
def test_generations_by_a_table_without_symmetry_agree_with_bgolly(text: str, tmp_path: Path) -> None:
    # On the hexagonal neighbourhood Golly reads these tables in another order than those of two states.
    assert_soups_agree(Judge(load_rule(text), text, tmp_path), interpreted)


def test_wireworld_agrees_with_bgolly(tmp_path: Path) -> None:
    (tmp_path / "TestWire.rule").write_text(WIREWORLD.format(name="TestWire"), encoding="utf-8")
    assert_soups_agree(Judge(load_rule("wireworld"), "TestWire", tmp_path), compiled)


@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.name)
def test_rules_with_a_name_agree_with_bgolly(rule: Rule, tmp_path: Path) -> None:
    (tmp_path / "WireWorld.rule").write_text(WIREWORLD.format(name="WireWorld"), encoding="utf-8")
    judge = Judge(rule, rule.rulestring, tmp_path)
    kernel = interpreted(rule)
    judge.assert_agrees(soup(rule, kernel, 65, 31, "torus"), 13)
    if not rule.transitions[0, 0]:
        judge.assert_agrees(soup(rule, kernel, 33, 40, "plane"), 8)


@pytest.mark.parametrize("text", ["B3/S23", "B2-a/S12", "B2/S34H", "W110", "345/2/4", "2/13/4V", MAPS[0]])
def test_bgolly_counts_the_same_population(text: str, tmp_path: Path) -> None:
    judge = Judge(load_rule(text), text, tmp_path)
    kernel = interpreted(judge.rule)
    for topology, width, height, generations in BOARDS:
        board = soup(judge.rule, kernel, width, height, topology)
        expected = judge.population_after(board, generations)
        board.advance(generations)
        assert board.population == expected


SHIPPED = ("life", "highlife", "daynight", "seeds")


@pytest.fixture(params=SHIPPED)
def automaton(request: pytest.FixtureRequest, nothing_learned: Path) -> Automaton:
    assert not nothing_learned.exists()
    return load_automaton(load_rule(request.param))


def assert_agrees(board: Board, rule: Rule, generations: int, folder: Path) -> None:
    Judge(rule, rule.rulestring, folder).assert_agrees(board, generations)


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_soups_by_shipped_circuits_agree_with_bgolly(automaton: Automaton, topology: Topology, tmp_path: Path) -> None:
    for seed, (width, height) in enumerate(SIZES):
        for generations in (1, 2, 50):
            board = automaton.board(width, height, topology=topology)
            board.fill_randomly(0.4, seed)
            assert_agrees(board, automaton.rule, generations, tmp_path)


@pytest.mark.parametrize("in_tiles", [False, True], ids=["in place", "in tiles"])
@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("text", ["B3/S23", "B2-a/S12", "345/2/4"])
def test_boards_of_odd_sizes_agree_with_bgolly(
    text: str, topology: Topology, in_tiles: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = judge_of(text, tmp_path)
    kernel = compiled(judge.rule)
    if in_tiles:
        use_tiles(monkeypatch, rows=3, columns=50, generations=5)
    for width, height in ODD_SIZES:
        judge.assert_agrees(soup(judge.rule, kernel, width, height, topology), 13)


@pytest.mark.usefixtures("nothing_learned")
@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_a_board_too_large_for_a_cache_agrees_with_bgolly(topology: Topology, tmp_path: Path) -> None:
    life = load_rule("life")
    board = Board(2501, 2103, topology=topology, kernel=load_automaton(life).kernel, threads=2)
    assert is_tiled(board.bands.layout)
    board.fill_randomly(0.08, seed=6)
    assert_agrees(board, life, 61, tmp_path)


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
