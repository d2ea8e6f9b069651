import signal
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend import kernel as kernel_module
from ca_logic.backend.kernel import Kernel, NumpyKernel, Words
from ca_logic.circuit import simulate
from ca_logic.errors import BoardError
from ca_logic.runtime import TOPOLOGIES, Board, Topology
from ca_logic.tasks import load_rule
from tests.oracles import board_sizes, circuit_of_table, later_generation, random_cells, seeds

LIFE = load_rule("life").table
KERNEL = NumpyKernel(circuit_of_table(LIFE))
ONE_CELL = np.array([[0, 0]])

topologies = st.sampled_from(TOPOLOGIES)


def make_board(width: int = 70, height: int = 9, *, topology: Topology = "torus", kernel: Kernel = KERNEL) -> Board:
    return Board(width, height, topology=topology, kernel=kernel)


def random_board(seed: int = 0, **options: Any) -> Board:
    board = make_board(**options)
    board.set_cells(random_cells(board.width, board.height, seed))
    return board


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (0, 0), (-1, 5), (5, -3)])
def test_a_board_without_cells_is_refused(width: int, height: int) -> None:
    with pytest.raises(BoardError, match=f"a board of {width}x{height} has no cells; both sides must be at least 1"):
        make_board(width, height)


@pytest.mark.parametrize(("width", "height"), [(10**9, 10**9), (10**18, 1), (1, 10**18), (10**30, 10**30)])
def test_an_impossible_board_is_refused_before_memory_is_taken(width: int, height: int) -> None:
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(BoardError, match=rf"a board of {width}x{height} cells needs .* GiB.*make it smaller") as caught:
        make_board(width, height)
    elapsed = time.perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(str(caught.value).splitlines()) == 1
    assert peak < 1 << 20
    assert elapsed < 1


def test_an_unknown_topology_is_refused() -> None:
    with pytest.raises(BoardError, match="unknown topology 'cube'; known are torus and plane"):
        Board(3, 3, topology="cube", kernel=KERNEL)  # type: ignore[arg-type]


def test_a_new_board_is_dead_and_of_generation_0() -> None:
    board = make_board(65, 3)
    assert (board.width, board.height, board.generation, board.population) == (65, 3, 0, 0)
    assert not board.cells().any()
    assert board.live_cells().shape == (0, 2)


@settings(deadline=None)
@given(size=board_sizes, seed=seeds)
def test_cells_come_back_as_they_were_set(size: tuple[int, int], seed: int) -> None:
    cells = random_cells(*size, seed)
    board = make_board(*size)
    board.set_cells(cells)
    np.testing.assert_array_equal(board.cells(), cells)
    assert board.cells().dtype == np.bool_
    np.testing.assert_array_equal(board.live_cells(), np.argwhere(cells))
    assert board.population == cells.sum()


def test_cell_x_is_bit_x_of_its_row() -> None:
    board = make_board(130, 2)
    board.place(np.array([[0, 0], [0, 63], [1, 64], [1, 129]]), 0, 0)
    assert board.words.tolist() == [[1 | 1 << 63, 0, 0], [0, 1, 2]]


def test_setting_cells_replaces_all() -> None:
    board = random_board()
    board.set_cells(np.zeros((9, 70), dtype=bool))
    assert board.population == 0


@pytest.mark.parametrize("shape", [(70, 9), (9, 71), (10, 70), (630,), (9, 70, 1)])
def test_cells_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BoardError, match="do not fit a board of 70x9"):
        make_board().set_cells(np.zeros(shape, dtype=bool))


@settings(deadline=None)
@given(data=st.data(), size=board_sizes, seed=seeds)
def test_placing_adds_cells_and_kills_none(data: st.DataObject, size: tuple[int, int], seed: int) -> None:
    width, height = size
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    pattern = random_cells(data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y)), seed + 1)
    before = random_cells(width, height, seed)
    board = make_board(width, height)
    board.set_cells(before)
    board.place(np.argwhere(pattern), x, y)
    expected = before.copy()
    expected[y : y + pattern.shape[0], x : x + pattern.shape[1]] |= pattern
    np.testing.assert_array_equal(board.cells(), expected)


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (70, 0), (0, 9), (10**9, 0)])
def test_placing_beyond_the_board_is_refused_and_changes_nothing(x: int, y: int) -> None:
    board = random_board()
    before = board.words.copy()
    with pytest.raises(BoardError, match=r"reaches from .* but the board is 70x9; choose a larger --size"):
        board.place(np.array([[0, 0], [0, 0]]), x, y)
    np.testing.assert_array_equal(board.words, before)


def test_placing_nothing_anywhere_is_fine() -> None:
    board = make_board()
    board.place(np.empty((0, 2), dtype=np.int64), 1000, 1000)
    assert board.population == 0


def test_live_cells_of_a_board_of_several_blocks_are_where_they_were_placed() -> None:
    board = make_board(1 << 20, 35)
    live = np.array([[0, 5], [15, 0], [15, (1 << 20) - 1], [16, 0], [31, 77], [32, 64], [34, 3]])
    board.place(live, 0, 0)
    np.testing.assert_array_equal(board.live_cells(), live)


@settings(deadline=None)
@given(size=board_sizes, seed=seeds)
def test_equal_seeds_give_equal_soups(size: tuple[int, int], seed: int) -> None:
    first, second = make_board(*size), make_board(*size)
    first.fill_randomly(0.3, seed)
    second.fill_randomly(0.9, seed + 1)
    second.fill_randomly(0.3, seed)
    np.testing.assert_array_equal(first.words, second.words)


def test_other_seeds_give_other_soups() -> None:
    boards = [make_board() for _ in range(10)]
    for seed, board in enumerate(boards):
        board.fill_randomly(0.5, seed)
    assert len({board.words.tobytes() for board in boards}) == 10


@pytest.mark.parametrize("density", [0.01, 0.3, 0.5, 0.75])
def test_a_soup_is_as_dense_as_asked(density: float) -> None:
    board = make_board(1001, 999)
    board.fill_randomly(density, seed=5)
    cells = board.width * board.height
    deviation = (cells * density * (1 - density)) ** 0.5
    assert abs(board.population - cells * density) < 5 * deviation
    halves = board.cells()[:, :500].sum(), board.cells()[:, 501:].sum()
    assert abs(int(halves[0]) - int(halves[1])) < 8 * deviation


@pytest.mark.parametrize(("density", "population"), [(0, 0), (1, 630), (0.0, 0), (1.0, 630)])
def test_extreme_densities_are_exact(density: float, population: int) -> None:
    board = make_board()
    board.fill_randomly(density, seed=0)
    assert board.population == population


@pytest.mark.parametrize("density", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_density_that_is_no_probability_is_refused(density: float) -> None:
    with pytest.raises(BoardError, match=f"a density of {density} is no probability"):
        make_board().fill_randomly(density, seed=0)


@settings(deadline=None)
@given(size=board_sizes, topology=topologies, generations=st.integers(0, 6), seed=seeds)
def test_advancing_equals_the_reference(size: tuple[int, int], topology: Topology, generations: int, seed: int) -> None:
    width, height = size
    board = random_board(seed, width=width, height=height, topology=topology)
    expected = later_generation(board.cells(), LIFE, torus=topology == "torus", generations=generations)
    board.advance(generations)
    np.testing.assert_array_equal(board.cells(), expected)
    assert board.generation == generations


def test_advancing_by_0_changes_nothing() -> None:
    board = random_board()
    before = board.words.copy()
    board.advance(0, on_progress=lambda _: pytest.fail("nothing was done"))
    np.testing.assert_array_equal(board.words, before)
    assert board.generation == 0


def test_advancing_backwards_is_refused() -> None:
    board = random_board()
    with pytest.raises(BoardError, match="cannot advance by -1 generations; time runs forward only"):
        board.advance(-1)
    assert board.generation == 0


def test_generations_add_up_over_calls() -> None:
    board = random_board()
    board.advance()
    board.advance(4)
    assert board.generation == 5


@dataclass
class RecordingKernel:
    """Steps by NumPy, and calls back before and after each call."""

    before: Callable[[int], None] = lambda _: None
    after: Callable[[int], None] = lambda _: None
    generations: list[int] = field(default_factory=list)

    @property
    def description(self) -> str:
        return "recording"

    def advance(self, board: Words, *, width: int, torus: bool, generations: int) -> None:
        self.generations.append(generations)
        self.before(len(self.generations))
        KERNEL.advance(board, width=width, torus=torus, generations=generations)
        self.after(len(self.generations))


@pytest.fixture
def short_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a call of the kernel make one generation, as on boards that are very large."""
    monkeypatch.setattr("ca_logic.runtime.board._SECONDS_PER_CALL", 0.0)


@pytest.mark.usefixtures("short_calls")
def test_progress_is_told_and_ends_with_all() -> None:
    kernel = RecordingKernel()
    told: list[int] = []
    board = random_board(kernel=kernel)
    board.advance(8, on_progress=told.append)
    assert sum(kernel.generations) == 8
    assert len(told) == len(kernel.generations) > 1
    assert told == sorted(set(told))
    assert told[-1] == 8


def assert_whole_generation(board: Board, seed: int = 0) -> None:
    """Asserts that the board is what its random start is after as many generations as it says."""
    expected = later_generation(
        random_cells(board.width, board.height, seed), LIFE, torus=True, generations=board.generation
    )
    np.testing.assert_array_equal(board.cells(), expected)


@pytest.mark.usefixtures("short_calls")
def test_an_interrupted_kernel_leaves_a_whole_generation() -> None:
    def interrupt(call: int) -> None:
        if call == 2:
            raise KeyboardInterrupt

    board = random_board(kernel=RecordingKernel(before=interrupt))
    with pytest.raises(KeyboardInterrupt):
        board.advance(100)
    assert 0 < board.generation < 100
    assert_whole_generation(board)


@pytest.mark.usefixtures("short_calls")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_ctrl_c_around_a_kernel_call_leaves_a_whole_generation(moment: str) -> None:
    # Ctrl-C during a call into C is delivered when the call is over, but before it is counted.
    def interrupt(call: int) -> None:
        if call == 2:
            signal.raise_signal(signal.SIGINT)

    kernel = RecordingKernel(before=interrupt) if moment == "before" else RecordingKernel(after=interrupt)
    board = random_board(kernel=kernel)
    with pytest.raises(KeyboardInterrupt):
        board.advance(100)
    assert 0 < board.generation < 100
    assert_whole_generation(board)


@pytest.mark.parametrize("interrupted_call", [1, 2, 5, 7])
def test_ctrl_c_within_a_numpy_generation_leaves_a_whole_generation(
    interrupted_call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def interrupted_simulate(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == interrupted_call:
            signal.raise_signal(signal.SIGINT)
        return simulate(*args)

    monkeypatch.setattr(kernel_module, "_NUMPY_BLOCK_WORDS", 6)  # Three blocks of rows a generation.
    monkeypatch.setattr(kernel_module, "simulate", interrupted_simulate)
    board = random_board()
    with pytest.raises(KeyboardInterrupt):
        board.advance(4)
    monkeypatch.undo()
    assert_whole_generation(board)


def test_ctrl_c_works_as_before_once_the_board_has_advanced() -> None:
    handler = signal.getsignal(signal.SIGINT)
    board = random_board()
    board.advance(3)
    assert signal.getsignal(signal.SIGINT) is handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
