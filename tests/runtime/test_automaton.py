import shutil
from pathlib import Path

import numpy as np
import pytest

from ca_logic.backend.kernel import CompiledKernel, NumpyKernel
from ca_logic.circuit import Circuit
from ca_logic.errors import BoardError, CircuitNotFoundError, ToolchainError
from ca_logic.runtime import Automaton, Board, Topology, load_automaton
from ca_logic.runtime.automaton import best_kernel
from ca_logic.runtime.pattern import load_pattern, place_pattern
from ca_logic.synthesis.row_sharing import fold_rows
from ca_logic.tasks import load_rule
from tests.oracles import later_generation

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)

LIFE = load_rule("life")


@pytest.fixture
def life(nothing_learned: Path) -> Automaton:
    assert not nothing_learned.exists()
    return load_automaton(LIFE, on_warning=pytest.fail)


def board_of(automaton: Automaton, pattern: str, width: int, height: int, *, topology: Topology) -> Board:
    board = automaton.board(width, height, topology=topology)
    place_pattern(board, load_pattern(pattern))
    return board


@needs_compiler
def test_the_shipped_circuit_is_compiled(life: Automaton) -> None:
    assert life.rule is LIFE
    assert life.stored.origin == "shipped"
    assert isinstance(life.kernel, CompiledKernel)


def test_what_runs_is_the_circuit_of_few_gates_a_row(life: Automaton, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Circuit] = []

    def recorded(circuit: Circuit) -> NumpyKernel:
        given.append(circuit)
        return NumpyKernel(circuit)

    monkeypatch.setattr("ca_logic.runtime.automaton.compile_kernel", recorded)
    automaton = load_automaton(LIFE, on_warning=pytest.fail)
    (circuit,) = given
    assert circuit is automaton.stored.row_circuit
    assert fold_rows(circuit).num_gates == life.stored.num_gates_a_row < fold_rows(life.stored.circuit).num_gates


@needs_compiler
def test_the_r_pentomino_settles_at_116_cells(life: Automaton) -> None:
    board = board_of(life, "r-pentomino", 1024, 1024, topology="plane")
    board.advance(1103)
    assert board.population == 116
    board.advance(4)
    assert board.population == 116


@needs_compiler
@pytest.mark.parametrize(("side", "population"), [(2048, 629), (2500, 633), (4096, 633)])
def test_the_acorn_settles_at_633_cells_where_no_glider_meets_the_border(
    side: int, population: int, life: Automaton
) -> None:
    # bgolly counts 629 cells on P2048,2048: gliders have hit the border by then.
    board = board_of(life, "acorn", side, side, topology="plane")
    board.advance(5206)
    assert board.generation == 5206
    assert board.population == population


@needs_compiler
@pytest.mark.parametrize(("width", "height"), [(20, 20), (65, 13), (64, 64)])
def test_a_glider_comes_back_on_a_torus(width: int, height: int, life: Automaton) -> None:
    board = board_of(life, "glider", width, height, topology="torus")
    start = board.cells()
    period = 4 * int(np.lcm(width, height))
    board.advance(4)
    np.testing.assert_array_equal(board.cells(), np.roll(start, (1, 1), axis=(0, 1)))
    board.advance(period // 2 - 4)
    assert not np.array_equal(board.cells(), start)
    board.advance(period - period // 2)
    np.testing.assert_array_equal(board.cells(), start)
    assert board.population == 5


@needs_compiler
def test_a_glider_dies_into_a_block_at_the_border_of_a_plane(life: Automaton) -> None:
    board = board_of(life, "glider", 20, 20, topology="plane")
    board.advance(100)
    assert board.population == 4


@needs_compiler
def test_the_gosper_gun_fires_every_30_generations(life: Automaton) -> None:
    board = board_of(life, "gosper-gun", 400, 300, topology="plane")
    for shots in range(1, 11):
        board.advance(30)
        assert board.population == 36 + 5 * shots
    assert board.population == 86


@pytest.mark.parametrize("topology", ["torus", "plane"])
def test_without_a_compiler_numpy_runs_the_circuit(
    topology: Topology, nothing_learned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not nothing_learned.exists()
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    warnings: list[str] = []
    automaton = load_automaton(LIFE, on_warning=warnings.append)
    assert isinstance(automaton.kernel, NumpyKernel)
    assert automaton.kernel.circuit is automaton.stored.row_circuit
    (warning,) = warnings
    assert "apt install gcc" in warning
    assert "NumPy" in warning
    board = board_of(automaton, "r-pentomino", 33, 27, topology=topology)
    expected = later_generation(board.cells(), LIFE.table, torus=topology == "torus", generations=60)
    board.advance(60)
    np.testing.assert_array_equal(board.cells(), expected)


@pytest.mark.usefixtures("nothing_learned")
def test_a_compiler_that_fails_is_an_error_and_no_reason_for_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "false")
    with pytest.raises(ToolchainError, match="exit status 1"):
        load_automaton(LIFE, on_warning=pytest.fail)


@pytest.mark.usefixtures("nothing_learned")
def test_a_rule_that_nobody_learned_cannot_be_loaded() -> None:
    with pytest.raises(CircuitNotFoundError, match="learn B3/S0123"):
        load_automaton(load_rule("B3/S0123"))


def test_a_board_of_an_automaton_is_a_dead_torus_unless_told_otherwise(life: Automaton) -> None:
    board = life.board(7, 5)
    assert (board.width, board.height, board.topology, board.population) == (7, 5, "torus", 0)
    with pytest.raises(BoardError, match="no cells"):
        life.board(0, 5)


@needs_compiler
def test_the_best_kernel_is_compiled(life: Automaton) -> None:
    assert best_kernel(life.stored.circuit, on_warning=pytest.fail).description.startswith("compiled C")
