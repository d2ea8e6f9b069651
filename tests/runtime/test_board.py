import dataclasses
import shutil
import signal
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ca_logic.backend import kernel as kernel_module
from ca_logic.backend.bands import BandLayout, Bands
from ca_logic.backend.kernel import CompiledKernel, Kernel, NumpyKernel, compile_kernel, is_tiled
from ca_logic.circuit import simulate
from ca_logic.errors import BoardError
from ca_logic.runtime import TOPOLOGIES, Board, Topology
from ca_logic.runtime import board as board_module
from ca_logic.runtime.pattern import load_pattern, place_pattern
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
    use_tiles,
)

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)

LIFE = load_rule("life").table
LIFE_CIRCUIT = circuit_of_table(LIFE)
KERNEL = NumpyKernel(LIFE_CIRCUIT)
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


@pytest.mark.parametrize("threads", [0, -1])
def test_a_board_without_threads_is_refused(threads: int) -> None:
    with pytest.raises(BoardError, match=f"{threads} threads cannot advance a board; use 1 or more"):
        Board(3, 3, kernel=KERNEL, threads=threads)


def test_only_large_boards_are_advanced_by_all_cores_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "available_cores", lambda: 5)
    monkeypatch.setattr(board_module, "_MIN_THREADED_CELLS", 70 * 9)
    monkeypatch.setattr(kernel_module, "_CACHED_BYTES", 0)
    assert make_board(70, 9).threads == 5
    assert make_board(70, 8).threads == 1
    assert Board(70, 9, kernel=KERNEL, threads=2).threads == 2
    assert Board(70, 8, kernel=KERNEL, threads=2).threads == 2


@pytest.mark.parametrize("boards", [1, 2])
def test_a_board_in_tiles_needs_the_memory_of_two(boards: int, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = BandLayout(3000, 3000, 1)
    if boards == 1:
        monkeypatch.setattr(kernel_module, "_CACHED_BYTES", layout.num_bytes)
    assert is_tiled(layout) == (boards == 2)
    monkeypatch.setattr(board_module, "available_memory", lambda: boards * layout.num_bytes)
    assert make_board(3000, 3000).population == 0
    monkeypatch.setattr(board_module, "available_memory", lambda: boards * layout.num_bytes - 1)
    monkeypatch.setattr(board_module, "Bands", lambda _: pytest.fail("memory was taken"))
    with pytest.raises(BoardError, match=r"a board of 3000x3000 cells needs .* GiB of memory, but .*make it smaller"):
        make_board(3000, 3000)


def test_memory_that_is_not_there_after_all_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: BandLayout) -> Bands:
        raise MemoryError

    monkeypatch.setattr(board_module, "Bands", refuse)
    with pytest.raises(BoardError, match="a board of 30x20 cells does not fit into memory; make it smaller"):
        make_board(30, 20)


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
    before = board.states()
    with pytest.raises(BoardError, match=r"reaches from .* but the board is 70x9; choose a larger --size"):
        board.place(np.array([[0, 0, 1], [0, 0, 1]]), x, y)
    np.testing.assert_array_equal(board.states(), before)


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
    before = board.states()
    message = f"there is a cell in state {state}, but the rule has 3 states, from 0 on; name a rule with more"
    with pytest.raises(BoardError, match=message):
        board.place(np.array([[0, 0, 1], [4, 4, state]]), 0, 0)
    with pytest.raises(BoardError, match=message):
        board.set_states(np.full((9, 70), state, dtype=np.uint8))
    np.testing.assert_array_equal(board.states(), before)


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
    # Whoever noted a seed finds the same soup again, on boards of all sizes.
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
    np.testing.assert_array_equal(pieces.states(), whole.states())


@settings(deadline=None)
@given(size=board_sizes, seed=seeds)
def test_equal_seeds_give_equal_soups(size: tuple[int, int], seed: int) -> None:
    first, second = make_board(*size), make_board(*size)
    first.fill_randomly(0.3, seed)
    second.fill_randomly(0.9, seed + 1)
    second.fill_randomly(0.3, seed)
    np.testing.assert_array_equal(first.bands.cells, second.bands.cells)


def test_other_seeds_give_other_soups() -> None:
    boards = [make_board() for _ in range(10)]
    for seed, board in enumerate(boards):
        board.fill_randomly(0.5, seed)
    assert len({board.states().tobytes() for board in boards}) == 10


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
    before = board.states()
    board.advance(0, on_progress=lambda _: pytest.fail("nothing was done"))
    np.testing.assert_array_equal(board.states(), before)
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


def compiled_life() -> CompiledKernel:
    return compile_kernel(LIFE_CIRCUIT)


MANNERS = [
    pytest.param("in place", marks=needs_compiler),
    pytest.param("in tiles", marks=needs_compiler),
    "NumPy",
]


@pytest.fixture(params=MANNERS)
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """What advances boards in one of three manners, in slices as short as can be."""
    monkeypatch.setattr(kernel_module, "_CELLS_PER_CALL", 1)
    if request.param == "in tiles":
        use_tiles(monkeypatch, rows=2, columns=20, generations=3)
    return KERNEL if request.param == "NumPy" else compiled_life()


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_every_manner_of_advancing_equals_the_reference(kernel: Kernel, topology: Topology) -> None:
    board = Board(70, 33, topology=topology, kernel=kernel, threads=2)
    board.set_cells(random_cells(70, 33, seed=1))
    expected = board.cells()
    for generations in (1, 2, 7, 10):
        board.advance(generations)
        expected = later_generation(expected, LIFE, torus=topology == "torus", generations=generations)
        np.testing.assert_array_equal(board.cells(), expected)
        assert board.population == expected.sum()
    assert board.generation == 20


def test_progress_is_told_and_ends_with_all(kernel: Kernel) -> None:
    told: list[int] = []
    board = random_board(kernel=kernel, height=40)
    board.advance(3)
    board.advance(8, on_progress=told.append)
    assert len(told) > 1
    assert told == sorted(told)
    assert told[-1] == 8
    assert board.generation == 11


def assert_whole_generation(board: Board, seed: int = 0) -> None:
    """Asserts that the board is what its random start is after as many generations as it says."""
    expected = later_generation(
        random_cells(board.width, board.height, seed), LIFE, torus=True, generations=board.generation
    )
    np.testing.assert_array_equal(board.cells(), expected)


@pytest.fixture
def usual_interrupts() -> Iterator[None]:
    """Lets Ctrl-C be what it is in a terminal; jobs in the background are started without it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("call", [1, 2, 5, 9])
def test_whoever_is_told_of_progress_may_stop_at_a_whole_generation(call: int, kernel: Kernel) -> None:
    told: list[int] = []

    def interrupt(done: int) -> None:
        told.append(done)
        if len(told) == call:
            raise KeyboardInterrupt

    board = random_board(kernel=kernel, height=40)
    with pytest.raises(KeyboardInterrupt):
        board.advance(100, on_progress=interrupt)
    assert board.generation == told[-1] < 100
    assert_whole_generation(board)
    board.advance(5)
    assert_whole_generation(board)


@pytest.mark.usefixtures("usual_interrupts")
@pytest.mark.parametrize("call", [1, 2, 5, 9])
def test_ctrl_c_leaves_the_generation_that_was_whole_before(call: int, kernel: Kernel) -> None:
    # In tiles most of these calls are in the middle of a sweep.
    told: list[int] = []

    def interrupt(done: int) -> None:
        told.append(done)
        if len(told) == call:
            signal.raise_signal(signal.SIGINT)

    board = random_board(kernel=kernel, height=40)
    with pytest.raises(KeyboardInterrupt):
        board.advance(100, on_progress=interrupt)
    assert len(told) == call
    assert board.generation == told[-1] < 100
    assert_whole_generation(board)
    board.advance(5)
    assert_whole_generation(board)


@needs_compiler
def test_an_interrupt_in_the_middle_of_a_sweep_does_not_count_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_module, "_CELLS_PER_CALL", 1)
    use_tiles(monkeypatch, rows=2, columns=20, generations=3)
    told: list[int] = []

    def interrupt(done: int) -> None:
        told.append(done)
        if told[-2:] == [3, 3]:
            raise KeyboardInterrupt

    board = random_board(kernel=compiled_life(), height=40)
    with pytest.raises(KeyboardInterrupt):
        board.advance(9, on_progress=interrupt)
    assert told[0] == 0
    assert board.generation == 3
    assert_whole_generation(board)


@dataclass
class Interrupting:
    """Calls of a library, one of which is interrupted, before or after its work."""

    functions: Any
    name: str
    moment: str
    interrupted_call: int
    num_calls: int = 0

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.functions, name)
        return (lambda *arguments: self.call(function, arguments)) if name == self.name else function

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        self.num_calls += 1
        is_interrupted = self.num_calls == self.interrupted_call
        if is_interrupted and self.moment == "before":
            signal.raise_signal(signal.SIGINT)
        result = function(*arguments)
        if is_interrupted and self.moment == "after":
            signal.raise_signal(signal.SIGINT)
        return result


@needs_compiler
@pytest.mark.usefixtures("usual_interrupts")
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("function", ["board_advance", "board_sweep"])
def test_ctrl_c_around_a_call_into_c_leaves_a_whole_generation(
    function: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ctrl-C during a call into C is delivered when the call is over, but before it is counted.
    monkeypatch.setattr(kernel_module, "_CELLS_PER_CALL", 1)
    if function == "board_sweep":
        use_tiles(monkeypatch, rows=2, columns=20, generations=3)
    life = compiled_life()
    functions = Interrupting(life.library.functions, function, moment, interrupted_call=20)
    library = dataclasses.replace(life.library, functions=functions)
    board = random_board(kernel=dataclasses.replace(life, library=library), height=40)
    with pytest.raises(KeyboardInterrupt):
        board.advance(10_000)
    assert functions.num_calls >= 20
    assert 0 < board.generation < 10_000
    assert_whole_generation(board)
    board.advance(5)
    assert_whole_generation(board)


@pytest.mark.usefixtures("usual_interrupts")
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

    monkeypatch.setattr(kernel_module, "_NUMPY_CELLS_PER_BLOCK", 1)  # Two blocks of rows a generation.
    monkeypatch.setattr(kernel_module, "simulate", interrupted_simulate)
    board = random_board()
    with pytest.raises(KeyboardInterrupt):
        board.advance(4)
    monkeypatch.undo()
    assert board.generation == (interrupted_call + 1) // 2
    assert_whole_generation(board)


@pytest.mark.usefixtures("usual_interrupts")
def test_ctrl_c_works_as_before_once_the_board_has_advanced() -> None:
    handler = signal.getsignal(signal.SIGINT)
    board = random_board()
    board.advance(3)
    assert signal.getsignal(signal.SIGINT) is handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def board_of_text(text: str, width: int, height: int, **options: Any) -> Board:
    """Returns a board with a pattern drawn in it, `o` for live cells, at (3, 3)."""
    rows = text.split()
    board = make_board(width, height, **options)
    board.paste(np.array([[cell == "o" for cell in row] for row in rows], dtype=np.uint8), 3, 3)
    return board


BLOCK = "oo oo"
BLINKER = "ooo"
GLIDER = ".o. ..o ooo"
PULSAR_QUARTER = np.array(
    [[0, 0, 1, 1, 1, 0], [0] * 6, *([[1, 0, 0, 0, 0, 1]] * 3), [0, 0, 1, 1, 1, 0]], dtype=np.uint8
)


@pytest.mark.parametrize(("text", "period"), [(BLOCK, 1), (BLINKER, 2), (".", 1)])
@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_small_patterns_return_after_their_periods(text: str, period: int, topology: Topology, kernel: Kernel) -> None:
    board = board_of_text(text, 20, 17, topology=topology, kernel=kernel)
    before = board.states()
    assert board.advance_until_periodic(1000) == period
    assert board.generation <= 4 * period
    expected = later_generation(before, LIFE, torus=True, generations=board.generation)
    np.testing.assert_array_equal(board.states(), expected)


def test_a_pulsar_returns_after_3_generations(kernel: Kernel) -> None:
    board = make_board(21, 21, kernel=kernel)
    half = np.concatenate([PULSAR_QUARTER, np.zeros((6, 1), dtype=np.uint8), PULSAR_QUARTER[:, ::-1]], axis=1)
    board.paste(np.concatenate([half, np.zeros((1, 13), dtype=np.uint8), half[::-1]]), 4, 4)
    assert board.population == 48
    assert board.advance_until_periodic(1000) == 3
    assert board.population in (48, 56, 72)


@pytest.mark.parametrize("side", [8, 11, 15])
def test_a_glider_returns_after_four_times_the_side_of_its_torus(side: int, kernel: Kernel) -> None:
    board = board_of_text(GLIDER, side, side, kernel=kernel)
    assert board.advance_until_periodic(1000) == 4 * side
    assert board.population == 5
    again = board_of_text(GLIDER, side, side, kernel=kernel)
    assert again.advance_until_periodic(1000, max_period=4 * side - 1) is None
    assert again.generation == 1000


def test_a_gun_never_returns_while_its_gliders_fly(kernel: Kernel) -> None:
    board = make_board(200, 120, topology="plane", kernel=kernel)
    place_pattern(board, load_pattern("gosper-gun"))
    assert board.advance_until_periodic(200) is None
    assert board.generation == 200
    assert board.population > 36


def test_a_search_for_periods_tells_its_progress(kernel: Kernel) -> None:
    told: list[int] = []
    board = random_board(kernel=kernel, width=40, height=40)
    board.advance(5)
    board.advance_until_periodic(50, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == board.generation - 5 == 50


def test_a_search_for_periods_needs_memory_for_an_earlier_state(monkeypatch: pytest.MonkeyPatch) -> None:
    board = random_board()
    monkeypatch.setattr(board_module, "available_memory", lambda: board.bands.layout.num_bytes - 1)
    with pytest.raises(BoardError, match=r"a board of 70x9 cells needs .* GiB of memory"):
        board.advance_until_periodic(10)
    assert board.generation == 0


def test_no_generations_have_no_period() -> None:
    board = make_board()
    assert board.advance_until_periodic(0) is None
    assert board.generation == 0


@settings(deadline=None, max_examples=50)
@given(
    width=st.integers(1, 7),
    height=st.integers(1, 12),
    topology=topologies,
    num_states=st.sampled_from([2, 3, 8]),
    max_period=st.integers(1, 20),
    seed=seeds,
)
def test_periods_are_those_found_by_keeping_every_generation(
    width: int, height: int, topology: Topology, num_states: int, max_period: int, seed: int
) -> None:
    transitions = sparse_transitions(num_states, num_states)
    states = [random_states(width, height, num_states, seed)]
    first_seen: dict[bytes, int] = {}
    while states[-1].tobytes() not in first_seen and len(states) <= 80:
        first_seen[states[-1].tobytes()] = len(states) - 1
        states.append(later_states(states[-1], transitions, torus=topology == "torus", generations=1))
    begin = first_seen.get(states[-1].tobytes())
    period = len(states) - 1 - begin if begin is not None else None
    board = board_of_states(width, height, num_states, topology=topology)
    board.set_states(states[0])
    found = board.advance_until_periodic(120, max_period=max_period)
    if begin is not None and period is not None:
        is_in_time = max(begin, 2 * period) + max_period + period <= 120
        assert found == period if period <= max_period and is_in_time else found in (period, None)
        now = board.generation
        expected = states[now if now < begin else begin + (now - begin) % period]
        np.testing.assert_array_equal(board.states(), expected)
    if found is None:
        assert board.generation == 120


@pytest.mark.parametrize(
    ("x", "y", "width", "height"),
    [
        (-1, 0, 1, 1),
        (0, -1, 1, 1),
        (70, 0, 1, 1),
        (0, 9, 1, 1),
        (69, 8, 2, 1),
        (69, 8, 1, 2),
        (0, 0, 0, 1),
        (0, 0, 1, 0),
    ],
)
def test_rectangles_that_are_not_on_the_board_are_refused(x: int, y: int, width: int, height: int) -> None:
    board = random_board()
    before = board.states()
    message = rf"the board of 70x9 has no {width}x{height} cells from \({x}, {y}\) on; choose cells on the board"
    with pytest.raises(BoardError, match=message):
        board.region(x, y, width, height)
    with pytest.raises(BoardError, match=message):
        board.fill(x, y, width, height, 1)
    with pytest.raises(BoardError, match=message):
        board.paste(np.ones((height, width), dtype=np.uint8), x, y)
    np.testing.assert_array_equal(board.states(), before)


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (70, 0), (0, 9)])
def test_cells_that_are_not_on_the_board_are_refused(x: int, y: int) -> None:
    board = random_board()
    with pytest.raises(BoardError, match="choose cells on the board"):
        board.state(x, y)
    with pytest.raises(BoardError, match="choose cells on the board"):
        board.set_state(x, y, 1)


@pytest.mark.parametrize("state", [-1, 3, 255, 256, 10**9])
def test_states_that_do_not_exist_cannot_be_drawn(state: int) -> None:
    board = board_of_states(70, 9, 3)
    board.fill_randomly(0.5, seed=0)
    before = board.states()
    message = f"there is a cell in state {state}, but the rule has 3 states, from 0 on"
    with pytest.raises(BoardError, match=message):
        board.set_state(1, 1, state)
    with pytest.raises(BoardError, match=message):
        board.fill(1, 1, 2, 2, state)
    with pytest.raises(BoardError, match=message):
        board.paste(np.array([[0, state]]), 1, 1)
    with pytest.raises(BoardError, match=message):
        board.paste(np.array([[0, state]]), 1, 1, keep_dead=True)
    np.testing.assert_array_equal(board.states(), before)


class Drawing(RuleBasedStateMachine):
    """Draws on a board and on a plain array, which must stay alike."""

    board: Board
    states: np.ndarray

    @initialize(size=board_sizes, num_states=st.sampled_from(list(KERNELS)), topology=topologies, seed=seeds)
    def begin(self, size: tuple[int, int], num_states: int, topology: Topology, seed: int) -> None:
        self.board = board_of_states(*size, num_states, topology=topology)
        self.states = random_states(*size, num_states, seed)
        self.board.set_states(self.states)

    def rectangle(self, data: st.DataObject) -> tuple[int, int, int, int]:
        x, y = data.draw(st.integers(0, self.board.width - 1)), data.draw(st.integers(0, self.board.height - 1))
        width, height = (data.draw(st.integers(1, side)) for side in (self.board.width - x, self.board.height - y))
        return x, y, width, height

    def state(self, data: st.DataObject) -> int:
        return data.draw(st.integers(0, self.board.num_states - 1))

    @rule(data=st.data())
    def set_state(self, data: st.DataObject) -> None:
        x, y, _, _ = self.rectangle(data)
        state = self.state(data)
        self.board.set_state(x, y, state)
        self.states[y, x] = state
        assert self.board.state(x, y) == state

    @rule(data=st.data())
    def fill(self, data: st.DataObject) -> None:
        x, y, width, height = self.rectangle(data)
        state = self.state(data)
        self.board.fill(x, y, width, height, state)
        self.states[y : y + height, x : x + width] = state

    @rule(data=st.data(), keep_dead=st.booleans(), seed=seeds)
    def paste(self, data: st.DataObject, keep_dead: bool, seed: int) -> None:
        x, y, width, height = self.rectangle(data)
        pasted = random_states(width, height, self.board.num_states, seed)
        self.board.paste(pasted, x, y, keep_dead=keep_dead)
        window = self.states[y : y + height, x : x + width]
        window[:] = np.where((pasted == 0) & keep_dead, window, pasted)

    @rule(data=st.data(), seed=seeds)
    def place(self, data: st.DataObject, seed: int) -> None:
        x, y, width, height = self.rectangle(data)
        placed = random_states(width, height, self.board.num_states, seed)
        cells = np.argwhere(random_cells(width, height, seed))
        self.board.place(np.column_stack([cells, placed[tuple(cells.T)]]).astype(np.int64), x, y)
        self.states[y + cells[:, 0], x + cells[:, 1]] = placed[tuple(cells.T)]

    @rule(generations=st.integers(0, 3))
    def advance(self, generations: int) -> None:
        num_states = self.board.num_states
        torus = self.board.topology == "torus"
        self.board.advance(generations)
        self.states = later_states(
            self.states, sparse_transitions(num_states, num_states), torus=torus, generations=generations
        )

    @rule()
    def clear(self) -> None:
        generation = self.board.generation
        self.board.clear()
        self.states[:] = 0
        assert self.board.generation == generation

    @rule(data=st.data())
    def region(self, data: st.DataObject) -> None:
        x, y, width, height = self.rectangle(data)
        region = self.board.region(x, y, width, height)
        np.testing.assert_array_equal(region, self.states[y : y + height, x : x + width])
        region[:] = 0

    @invariant()
    def is_alike(self) -> None:
        np.testing.assert_array_equal(self.board.states(), self.states)
        assert self.board.population == np.count_nonzero(self.states)


TestDrawing = Drawing.TestCase
TestDrawing.settings = settings(deadline=None, max_examples=60, stateful_step_count=12)


@st.composite
def rectangles(draw: st.DrawFn, width: int, height: int) -> tuple[int, int, int, int]:
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return x, y, draw(st.integers(1, width - x)), draw(st.integers(1, height - y))


@settings(deadline=None)
@given(data=st.data(), size=board_sizes, num_states=st.sampled_from(list(KERNELS)), topology=topologies, seed=seeds)
def test_bytes_that_were_copied_restore_a_rectangle_of_cells(
    data: st.DataObject, size: tuple[int, int], num_states: int, topology: Topology, seed: int
) -> None:
    states = random_states(*size, num_states, seed)
    board = board_of_states(*size, num_states, topology=topology)
    board.set_states(states)
    x, y, width, height = rectangle = data.draw(rectangles(*size))
    copied = board.copy_bytes(*rectangle)
    np.testing.assert_array_equal(copied, board.copy_bytes(*rectangle))
    board.paste(random_states(width, height, num_states, seed + 1), x, y)
    board.restore_bytes(copied, *rectangle)
    np.testing.assert_array_equal(board.states(), states)
    # Both copies of a row that is in two bands were restored.
    board.advance(2)
    transitions = sparse_transitions(num_states, num_states)
    expected = later_states(states, transitions, torus=topology == "torus", generations=2)
    np.testing.assert_array_equal(board.states(), expected)


@settings(deadline=None)
@given(data=st.data(), size=board_sizes, num_states=st.sampled_from(list(KERNELS)))
def test_no_more_bytes_are_copied_than_there_are_nor_than_two_a_cell(
    data: st.DataObject, size: tuple[int, int], num_states: int
) -> None:
    board = board_of_states(*size, num_states)
    _, _, width, height = rectangle = data.draw(rectangles(*size))
    copied = board.copy_bytes(*rectangle)
    assert copied.size <= board.bands.cells.size
    assert copied.size <= 2 * width * height * board.bands.layout.num_planes
    copied[:] = 0
    assert board.population == 0


def test_bytes_beyond_the_board_are_refused() -> None:
    board = random_board()
    with pytest.raises(BoardError, match=r"has no 2x2 cells from \(69, 0\) on"):
        board.copy_bytes(69, 0, 2, 2)
    with pytest.raises(BoardError, match=r"has no 1x1 cells from \(0, 9\) on"):
        board.restore_bytes(np.zeros(1, dtype=np.uint8), 0, 9, 1, 1)


def test_another_kernel_may_take_over() -> None:
    board = random_board()
    other = NumpyKernel(circuit_of_table(load_rule("highlife").table))
    cells = later_generation(board.cells(), LIFE, torus=True, generations=3)
    board.advance(3)
    board.kernel = other
    assert board.kernel is other
    board.advance(2)
    expected = later_generation(cells, load_rule("highlife").table, torus=True, generations=2)
    np.testing.assert_array_equal(board.cells(), expected)
    assert board.generation == 5


def test_a_kernel_of_other_planes_is_refused() -> None:
    board = random_board()
    with pytest.raises(ValueError, match="a kernel of 3 planes is none for a board of 1"):
        board.kernel = KERNELS[5]
    assert board.kernel is KERNEL


@settings(deadline=None)
@given(data=st.data(), size=board_sizes, num_states=st.sampled_from([2, 3, 5]), density=st.floats(0, 1), seed=seeds)
def test_a_rectangle_is_filled_with_the_soup_of_a_board_of_its_size(
    data: st.DataObject, size: tuple[int, int], num_states: int, density: float, seed: int
) -> None:
    board = board_of_states(*size, num_states)
    board.set_states(random_states(*size, num_states, seed))
    expected = board.states()
    x, y, width, height = rectangle = data.draw(rectangles(*size))
    soup = board_of_states(width, height, num_states)
    soup.fill_randomly(density, seed)
    expected[y : y + height, x : x + width] = soup.states()
    board.fill_region_randomly(*rectangle, density, seed)
    np.testing.assert_array_equal(board.states(), expected)


def test_a_soup_beyond_the_board_is_refused() -> None:
    with pytest.raises(BoardError, match=r"has no 71x1 cells from \(0, 0\) on"):
        make_board().fill_region_randomly(0, 0, 71, 1, 0.5, seed=0)
