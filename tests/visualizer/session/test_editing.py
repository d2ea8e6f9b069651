from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.errors import BoardError
from ca_logic.runtime import TOPOLOGIES, Board, Topology
from ca_logic.tasks import load_rule
from ca_logic.visualizer.session import editing
from ca_logic.visualizer.session.editing import Change, PasteLocation, PasteMode
from ca_logic.visualizer.session.selection import Selection
from tests.oracles import (
    circuit_of_rule,
    circuit_of_transitions,
    next_states,
    random_states,
    seeds,
    sparse_transitions,
)

TRANSITIONS = {n: sparse_transitions(n, n) for n in (2, 3, 5)}
KERNELS = {n: NumpyKernel(circuit_of_transitions(transitions)) for n, transitions in TRANSITIONS.items()}
SEEDS_RULE = load_rule("B2/S")

topologies: st.SearchStrategy[Topology] = st.sampled_from(TOPOLOGIES)


@st.composite
def boards(draw: st.DrawFn) -> Board:
    num_states = draw(st.sampled_from(list(KERNELS)))
    width, height = draw(st.integers(1, 14)), draw(st.integers(1, 14))
    board = Board(width, height, topology=draw(topologies), kernel=KERNELS[num_states], num_states=num_states)
    board.set_states(random_states(width, height, num_states, draw(seeds)))
    board.generation = 7
    return board


@st.composite
def selections(draw: st.DrawFn, board: Board) -> Selection:
    x, y = draw(st.integers(0, board.width - 1)), draw(st.integers(0, board.height - 1))
    other_x, other_y = draw(st.integers(0, board.width - 1)), draw(st.integers(0, board.height - 1))
    return Selection.between(x, y, other_x, other_y)


def within(selection: Selection) -> tuple[slice, slice]:
    return slice(selection.y, selection.y + selection.height), slice(selection.x, selection.x + selection.width)


def made(board: Board, change: Change) -> np.ndarray:
    """Returns the board once changed; asking for the change changed nothing, and it keeps to its area."""
    before = board.states()
    change.make(board)
    after = board.states()
    outside = np.ones(before.shape, dtype=bool)
    outside[within(change.area)] = False
    np.testing.assert_array_equal(after[outside], before[outside])
    assert board.generation == 7
    return after


edit_test = settings(deadline=None, max_examples=60)


@edit_test
@given(data=st.data(), board=boards())
def test_clearing_kills_what_is_inside_or_outside(data: st.DataObject, board: Board) -> None:
    selection, expected = data.draw(selections(board)), board.states()
    outside = np.zeros_like(expected)
    outside[within(selection)] = expected[within(selection)]
    expected[within(selection)] = 0
    other = Board(board.width, board.height, kernel=board.kernel, num_states=board.num_states)
    other.set_states(board.states())
    other.generation = 7
    np.testing.assert_array_equal(made(board, editing.clear(selection)), expected)
    np.testing.assert_array_equal(made(other, editing.clear_outside(other, selection)), outside)


@edit_test
@given(data=st.data(), board=boards(), top_bottom=st.booleans())
def test_flipping_reflects_the_selection(data: st.DataObject, board: Board, top_bottom: bool) -> None:
    selection, expected = data.draw(selections(board)), board.states()
    part = expected[within(selection)]
    expected[within(selection)] = (part[::-1] if top_bottom else part[:, ::-1]).copy()
    np.testing.assert_array_equal(made(board, editing.flip(board, selection, top_bottom=top_bottom)), expected)


@edit_test
@given(data=st.data(), board=boards(), clockwise=st.booleans())
def test_turning_leaves_dead_cells_behind_and_replaces_what_is_there(
    data: st.DataObject, board: Board, clockwise: bool
) -> None:
    selection, expected = data.draw(selections(board)), board.states()
    part = expected[within(selection)].copy()
    try:
        change, target = editing.turn(board, selection, clockwise=clockwise)
    except BoardError:
        assume(False)
    expected[within(selection)] = 0
    for y in range(part.shape[0]):
        for x in range(part.shape[1]):
            column, row = (part.shape[0] - 1 - y, x) if clockwise else (y, part.shape[1] - 1 - x)
            expected[target.y + row, target.x + column] = part[y, x]
    np.testing.assert_array_equal(made(board, change), expected)


def paste_oracle(before: int, pasted: int, mode: PasteMode, num_states: int) -> int:
    """Returns what becomes of a cell, as Golly's PasteTemporaryToCurrent has it."""
    if mode is PasteMode.XOR:
        return before ^ pasted if before ^ pasted < num_states else before
    if mode is PasteMode.OR and not pasted:
        return before
    return min(pasted, num_states - 1)


@edit_test
@given(
    data=st.data(),
    board=boards(),
    mode=st.sampled_from(PasteMode),
    x=st.integers(-8, 16),
    y=st.integers(-8, 16),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    seed=seeds,
)
def test_pasting_combines_cells_as_golly_does(
    data: st.DataObject, board: Board, mode: PasteMode, x: int, y: int, size: tuple[int, int], seed: int
) -> None:
    pasted = random_states(*size, data.draw(st.sampled_from([2, 3, 9])), seed)
    expected = board.states()
    change = editing.paste(board, pasted, x, y, mode)
    is_on_board = False
    for row in range(max(0, y), min(board.height, y + size[1])):
        for column in range(max(0, x), min(board.width, x + size[0])):
            is_on_board = True
            states = int(expected[row, column]), int(pasted[row - y, column - x])
            expected[row, column] = paste_oracle(*states, mode, board.num_states)
    assert (change is not None) == is_on_board
    if change:
        np.testing.assert_array_equal(made(board, change), expected)


def test_nothing_can_be_pasted_anywhere() -> None:
    board = Board(5, 5, kernel=KERNELS[2])
    assert editing.paste(board, np.zeros((0, 4), dtype=np.uint8), 1, 1, PasteMode.COPY) is None


@pytest.mark.parametrize(
    ("location", "at"),
    [
        (PasteLocation.TOP_LEFT, (10, 20)),
        (PasteLocation.TOP_RIGHT, (6, 20)),
        (PasteLocation.BOTTOM_RIGHT, (6, 17)),
        (PasteLocation.BOTTOM_LEFT, (10, 17)),
        (PasteLocation.MIDDLE, (8, 19)),
    ],
)
def test_the_mouse_is_where_the_location_says(location: PasteLocation, at: tuple[int, int]) -> None:
    assert location.area(10, 20, 5, 4) == (*at, 5, 4)


def test_modes_and_locations_are_gone_through_as_in_golly() -> None:
    modes, locations = [PasteMode.COPY], [PasteLocation.TOP_LEFT]
    for _ in range(5):
        modes.append(modes[-1].next)
        locations.append(locations[-1].next)
    assert [mode.value for mode in modes] == ["copy", "or", "xor", "copy", "or", "xor"]
    names = ["top left", "top right", "bottom right", "bottom left", "middle", "top left"]
    assert [location.value for location in locations] == names


@edit_test
@given(data=st.data(), board=boards(), density=st.floats(0, 1), seed=seeds)
def test_a_random_fill_is_a_soup_of_the_selection_only(
    data: st.DataObject, board: Board, density: float, seed: int
) -> None:
    selection, expected = data.draw(selections(board)), board.states()
    soup = Board(selection.width, selection.height, kernel=board.kernel, num_states=board.num_states)
    soup.fill_randomly(density, seed)
    expected[within(selection)] = soup.states()
    np.testing.assert_array_equal(made(board, editing.fill_randomly(selection, density, seed)), expected)


@edit_test
@given(data=st.data(), board=boards())
def test_advancing_a_selection_takes_all_other_cells_for_dead(data: st.DataObject, board: Board) -> None:
    selection, expected = data.draw(selections(board)), board.states()
    alone = np.zeros_like(expected)
    alone[within(selection)] = expected[within(selection)]
    advanced = next_states(alone, TRANSITIONS[board.num_states], torus=board.topology == "torus")
    expected[within(selection)] = advanced[within(selection)]
    np.testing.assert_array_equal(made(board, editing.advance_inside(board, selection)), expected)


@edit_test
@given(data=st.data(), board=boards())
def test_advancing_outside_takes_the_selection_for_dead_and_keeps_it(data: st.DataObject, board: Board) -> None:
    selection, before = data.draw(selections(board)), board.states()
    others = before.copy()
    others[within(selection)] = 0
    expected = next_states(others, TRANSITIONS[board.num_states], torus=board.topology == "torus")
    expected[within(selection)] = before[within(selection)]
    np.testing.assert_array_equal(made(board, editing.advance_outside(board, selection)), expected)


def test_cells_born_beside_a_selection_are_left_out() -> None:
    board = Board(6, 6, kernel=NumpyKernel(circuit_of_rule(SEEDS_RULE)))
    board.fill(2, 2, 2, 1, 1)
    board.generation = 7
    assert made(board, editing.advance_inside(board, Selection(2, 2, 2, 2))).tolist()[3] == [0, 0, 1, 1, 0, 0]
    assert board.population == 2


@edit_test
@given(
    board=boards(),
    start=st.tuples(st.integers(-30, 40), st.integers(-30, 40)),
    end=st.tuples(st.integers(-30, 40), st.integers(-30, 40)),
)
def test_a_line_has_its_ends_and_no_gaps(board: Board, start: tuple[int, int], end: tuple[int, int]) -> None:
    large = Board(120, 120, kernel=board.kernel, num_states=board.num_states)
    large.generation = 7
    shifted = editing.draw_line(large, start[0] + 40, start[1] + 40, end[0] + 40, end[1] + 40, 1)
    assert shifted is not None
    line = made(large, shifted)
    distance = max(abs(start[0] - end[0]), abs(start[1] - end[1]))
    assert line.sum() == distance + 1
    assert line[start[1] + 40, start[0] + 40] == line[end[1] + 40, end[0] + 40] == 1
    ys, xs = line.nonzero()
    order = np.argsort(xs if np.ptp(xs) >= np.ptp(ys) else ys, kind="stable")
    assert (np.abs(np.diff(xs[order])) <= 1).all()
    assert (np.abs(np.diff(ys[order])) <= 1).all()
    # A smaller board gets the part of it that is there.
    expected = np.where(line[40 : 40 + board.height, 40 : 40 + board.width], 1, board.states())
    change = editing.draw_line(board, *start, *end, 1)
    assert (change is not None) == bool(line[40 : 40 + board.height, 40 : 40 + board.width].any())
    if change:
        np.testing.assert_array_equal(made(board, change), expected)


def test_a_line_from_far_away_takes_no_time() -> None:
    board = Board(8, 8, kernel=KERNELS[2])
    board.generation = 7
    change = editing.draw_line(board, -(10**9), -(10**9), 10**9, 10**9, 1)
    assert change is not None
    np.testing.assert_array_equal(made(board, change), np.eye(8, dtype=np.uint8))


Edit = Callable[[Board, Selection], object]


@pytest.mark.parametrize(
    "edit",
    [
        lambda board, selection: editing.flip(board, selection, top_bottom=True),
        lambda board, selection: editing.turn(board, selection, clockwise=True),
        editing.copied,
        editing.advance_inside,
        editing.advance_outside,
    ],
)
def test_more_cells_than_memory_should_be_taken_for_are_refused(edit: Edit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "_MAX_CELLS", 24)
    board = Board(5, 5, kernel=KERNELS[2])
    with pytest.raises(BoardError, match="5x5 cells are too many for this; select at most 24 cells"):
        edit(board, Selection(0, 0, 5, 5))
    edit(board, Selection(0, 0, 4, 4))
