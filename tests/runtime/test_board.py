import signal
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend import kernel as kernel_module
from ca_logic.backend.kernel import Kernel, NumpyKernel, Planes
from ca_logic.circuit import simulate
from ca_logic.errors import BoardError
from ca_logic.runtime import TOPOLOGIES, Board, Topology
from ca_logic.tasks import load_rule
from tests.oracles import (
    board_sizes,
    circuit_of_table,
    circuit_of_transitions,
    later_generation,
    later_states,
    random_cells,
    random_states,
    seeds,
    sparse_transitions,
)

LIFE = load_rule("life").table
KERNEL = NumpyKernel(circuit_of_table(LIFE))
KERNELS = {n: NumpyKernel(circuit_of_transitions(sparse_transitions(n, n))) for n in (2, 3, 4, 5, 8)}

topologies = st.sampled_from(TOPOLOGIES)


def make_board(width: int = 70, height: int = 9, *, topology: Topology = "torus", kernel: Kernel = KERNEL) -> Board:
    return Board(width, height, topology=topology, kernel=kernel)


def board_of_states(width: int, height: int, num_states: int, *, topology: Topology = "torus") -> Board:
    return Board(width, height, topology=topology, kernel=KERNELS[num_states], num_states=num_states)


def live(cells: np.ndarray) -> np.ndarray:
    """Returns the cells (y, x) as (y, x, 1)."""
    return np.column_stack([cells, np.ones(len(cells), dtype=np.int64)])


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
    board.place(live(np.array([[0, 0], [0, 63], [1, 64], [1, 129]])), 0, 0)
    assert board.planes.tolist() == [[[1 | 1 << 63, 0, 0], [0, 1, 2]]]


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
    board.place(live(np.argwhere(pattern)), x, y)
    expected = before.copy()
    expected[y : y + pattern.shape[0], x : x + pattern.shape[1]] |= pattern
    np.testing.assert_array_equal(board.cells(), expected)


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (70, 0), (0, 9), (10**9, 0)])
def test_placing_beyond_the_board_is_refused_and_changes_nothing(x: int, y: int) -> None:
    board = random_board()
    before = board.planes.copy()
    with pytest.raises(BoardError, match=r"reaches from .* but the board is 70x9; choose a larger --size"):
        board.place(np.array([[0, 0, 1], [0, 0, 1]]), x, y)
    np.testing.assert_array_equal(board.planes, before)


def test_placing_nothing_anywhere_is_fine() -> None:
    board = make_board()
    board.place(np.empty((0, 3), dtype=np.int64), 1000, 1000)
    assert board.population == 0


def test_live_cells_of_a_board_of_several_blocks_are_where_they_were_placed() -> None:
    board = make_board(1 << 20, 35)
    cells = np.array([[0, 5], [15, 0], [15, (1 << 20) - 1], [16, 0], [31, 77], [32, 64], [34, 3]])
    board.place(live(cells), 0, 0)
    np.testing.assert_array_equal(board.live_cells(), cells)


@settings(deadline=None)
@given(size=board_sizes, num_states=st.sampled_from(list(KERNELS)), seed=seeds)
def test_states_come_back_as_they_were_set(size: tuple[int, int], num_states: int, seed: int) -> None:
    states = random_states(*size, num_states, seed)
    board = board_of_states(*size, num_states)
    board.set_states(states)
    np.testing.assert_array_equal(board.states(), states)
    assert board.states().dtype == np.uint8
    np.testing.assert_array_equal(board.cells(), states > 0)
    np.testing.assert_array_equal(board.live_cells(), np.argwhere(states))
    assert board.population == np.count_nonzero(states)


def test_bit_b_of_a_state_is_in_plane_b() -> None:
    board = board_of_states(130, 1, 8)
    board.place(np.array([[0, 0, 1], [0, 1, 2], [0, 64, 5], [0, 129, 7]]), 0, 0)
    assert board.planes.tolist() == [[[1, 1, 2]], [[2, 0, 2]], [[0, 1, 2]]]


@settings(deadline=None)
@given(size=board_sizes, num_states=st.sampled_from(list(KERNELS)), seed=seeds)
def test_runs_are_the_longest_stretches_of_equal_cells(size: tuple[int, int], num_states: int, seed: int) -> None:
    width, height = size
    states = random_states(width, height, num_states, seed)
    board = board_of_states(width, height, num_states)
    board.set_states(states)
    runs = np.concatenate(list(board.runs()))
    expected = [
        [y, x - length + 1, length, state]
        for y in range(height)
        for x, length, state in stretches(states[y].tolist())
        if state
    ]
    assert runs.tolist() == expected


def stretches(row: list[int]) -> Iterator[tuple[int, int, int]]:
    """Yields (last index, length, value) of each stretch of equal values."""
    length = 0
    for x, state in enumerate(row):
        length += 1
        if x + 1 == len(row) or row[x + 1] != state:
            yield x, length, state
            length = 0


def test_runs_go_on_over_blocks_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    states = random_states(70, 23, 5, seed=0)
    board = board_of_states(70, 23, 5)
    board.set_states(states)
    whole = np.concatenate(list(board.runs()))
    monkeypatch.setattr("ca_logic.runtime.board._CELLS_PER_BLOCK", 150)
    blocks = list(board.runs())
    assert len(blocks) == 12
    np.testing.assert_array_equal(np.concatenate(blocks), whole)
    assert board.population == np.count_nonzero(states)


@settings(deadline=None)
@given(size=board_sizes, num_states=st.sampled_from(list(KERNELS)), seed=seeds)
def test_placed_states_replace_what_was_there(size: tuple[int, int], num_states: int, seed: int) -> None:
    before, after = random_states(*size, num_states, seed), random_states(*size, num_states, seed + 1)
    board = board_of_states(*size, num_states)
    board.set_states(before)
    chosen = np.argwhere(random_cells(*size, seed))
    board.place(np.column_stack([chosen, after[tuple(chosen.T)]]), 0, 0)
    np.testing.assert_array_equal(board.states(), np.where(random_cells(*size, seed), after, before))


@pytest.mark.parametrize("state", [3, 200])
def test_a_state_that_the_rule_does_not_have_is_refused_and_changes_nothing(state: int) -> None:
    board = board_of_states(70, 9, 3)
    board.fill_randomly(0.5, seed=0)
    before = board.planes.copy()
    message = f"there is a cell in state {state}, but the rule has 3 states, from 0 on; name a rule with more"
    with pytest.raises(BoardError, match=message):
        board.place(np.array([[0, 0, 1], [4, 4, state]]), 0, 0)
    with pytest.raises(BoardError, match=message):
        board.set_states(np.full((9, 70), state, dtype=np.uint8))
    np.testing.assert_array_equal(board.planes, before)


def test_a_board_has_all_states_that_its_bits_hold_unless_told() -> None:
    assert [Board(3, 3, kernel=KERNELS[n]).num_states for n in KERNELS] == [2, 4, 4, 8, 8]
    assert board_of_states(3, 3, 5).num_states == 5


@settings(deadline=None, max_examples=50)
@given(
    size=board_sizes,
    num_states=st.sampled_from(list(KERNELS)),
    topology=topologies,
    generations=st.integers(0, 4),
    seed=seeds,
)
def test_advancing_several_states_equals_the_reference(
    size: tuple[int, int], num_states: int, topology: Topology, generations: int, seed: int
) -> None:
    states = random_states(*size, num_states, seed)
    board = board_of_states(*size, num_states, topology=topology)
    board.set_states(states)
    board.advance(generations)
    transitions = sparse_transitions(num_states, num_states)
    expected = later_states(states, transitions, torus=topology == "torus", generations=generations)
    np.testing.assert_array_equal(board.states(), expected)


@pytest.mark.parametrize("num_states", [3, 4, 5, 8])
def test_a_soup_of_several_states_holds_all_of_them_alike(num_states: int) -> None:
    board = board_of_states(300, 200, num_states)
    board.fill_randomly(0.3, seed=4)
    counts = np.bincount(board.states().ravel(), minlength=num_states)
    assert len(counts) == num_states
    each = 60_000 * 0.3 / (num_states - 1)
    assert abs(board.population - 60_000 * 0.3) < 5 * (60_000 * 0.3 * 0.7) ** 0.5
    assert (abs(counts[1:] - each) < 5 * each**0.5).all()


def test_a_soup_of_two_states_is_what_it_always_was() -> None:
    # Whoever noted a seed finds the same soup again, on boards of one word a row and of several.
    for width, height, density, seed in ((70, 9, 0.5, 0), (64, 64, 0.3, 7), (1, 5, 0.5, 1)):
        board = make_board(width, height)
        board.fill_randomly(density, seed)
        draws = np.random.default_rng(seed).random((height, width), dtype=np.float32)
        np.testing.assert_array_equal(board.cells(), draws < density)


def test_a_soup_does_not_depend_on_blocks_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, pieces = make_board(), make_board()
    whole.fill_randomly(0.4, seed=2)
    monkeypatch.setattr("ca_logic.runtime.board._CELLS_PER_BLOCK", 150)
    pieces.fill_randomly(0.4, seed=2)
    np.testing.assert_array_equal(pieces.planes, whole.planes)


@settings(deadline=None)
@given(size=board_sizes, seed=seeds)
def test_equal_seeds_give_equal_soups(size: tuple[int, int], seed: int) -> None:
    first, second = make_board(*size), make_board(*size)
    first.fill_randomly(0.3, seed)
    second.fill_randomly(0.9, seed + 1)
    second.fill_randomly(0.3, seed)
    np.testing.assert_array_equal(first.planes, second.planes)


def test_other_seeds_give_other_soups() -> None:
    boards = [make_board() for _ in range(10)]
    for seed, board in enumerate(boards):
        board.fill_randomly(0.5, seed)
    assert len({board.planes.tobytes() for board in boards}) == 10


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
    before = board.planes.copy()
    board.advance(0, on_progress=lambda _: pytest.fail("nothing was done"))
    np.testing.assert_array_equal(board.planes, before)
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

    @property
    def num_planes(self) -> int:
        return 1

    def advance(self, board: Planes, *, width: int, torus: bool, generations: int) -> None:
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
