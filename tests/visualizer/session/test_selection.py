import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.errors import BoardError
from ca_logic.runtime import Board
from ca_logic.tasks import load_rule
from ca_logic.visualizer.session import selection as selection_module
from ca_logic.visualizer.session.selection import Selection
from tests.oracles import circuit_of_table, seeds

KERNEL = NumpyKernel(circuit_of_table(load_rule("life").table))
BOARD = Board(40, 30, kernel=KERNEL)

places = st.integers(-20, 40)
sides = st.integers(1, 30)
selections = st.builds(Selection, places, places, sides, sides)


def cells_of(selection: Selection) -> set[tuple[int, int]]:
    return {
        (x, y)
        for x in range(selection.x, selection.x + selection.width)
        for y in range(selection.y, selection.y + selection.height)
    }


@settings(deadline=None)
@given(x=places, y=places, other_x=places, other_y=places)
def test_a_selection_between_cells_has_both_in_its_corners(x: int, y: int, other_x: int, other_y: int) -> None:
    selection = Selection.between(x, y, other_x, other_y)
    assert selection == Selection.between(other_x, other_y, x, y) == Selection.between(x, other_y, other_x, y)
    assert selection.num_cells == (abs(x - other_x) + 1) * (abs(y - other_y) + 1)
    assert selection.has(x, y)
    assert selection.has(other_x, other_y)
    assert not selection.has(max(x, other_x) + 1, y)
    assert not selection.has(x, min(y, other_y) - 1)


@settings(deadline=None)
@given(one=selections, other=selections)
def test_an_intersection_has_the_cells_of_both_and_a_union_those_of_either(one: Selection, other: Selection) -> None:
    common = one.intersection(other)
    assert (cells_of(common) if common else set()) == cells_of(one) & cells_of(other)
    assert cells_of(one.union(other)) >= cells_of(one) | cells_of(other)
    xs, ys = zip(*(cells_of(one) | cells_of(other)), strict=True)
    assert one.union(other) == Selection.between(min(xs), min(ys), max(xs), max(ys))


@settings(deadline=None)
@given(selection=selections, seed=seeds, num_live=st.integers(0, 4), block=st.sampled_from([1, 50, 1 << 22]))
def test_a_selection_shrinks_to_its_live_cells(selection: Selection, seed: int, num_live: int, block: int) -> None:
    board = Board(40, 30, kernel=KERNEL)
    on_board = selection.intersection(Selection.all_of(board))
    assume(on_board is not None)
    assert on_board is not None
    rng = np.random.default_rng(seed)
    cells = np.column_stack([rng.integers(0, 30, num_live), rng.integers(0, 40, num_live), np.ones(num_live, int)])
    board.place(cells, 0, 0)
    live = {(x, y) for y, x, _ in cells.tolist()} & cells_of(on_board)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection_module, "_CELLS_PER_BLOCK", block)
        shrunk = on_board.shrunk(board)
    if not live:
        assert shrunk is None
    else:
        xs, ys = zip(*live, strict=True)
        assert shrunk == Selection.between(min(xs), min(ys), max(xs), max(ys))


def test_a_selection_turns_about_its_middle_as_in_golly() -> None:
    assert Selection(10, 10, 5, 3).turned(BOARD) == Selection(11, 9, 3, 5)
    assert Selection(10, 10, 4, 4).turned(BOARD) == Selection(10, 10, 4, 4)
    assert Selection(10, 10, 6, 1).turned(BOARD) == Selection(12, 8, 1, 6)


@settings(deadline=None)
@given(selection=selections)
def test_turning_twice_changes_nothing_on_the_board(selection: Selection) -> None:
    board = Selection.all_of(BOARD)
    assume(selection.intersection(board) == selection)
    try:
        turned = selection.turned(BOARD)
    except BoardError:
        return
    assert turned.intersection(board) == turned
    assert turned.turned(BOARD) == selection


def test_a_selection_that_would_turn_beyond_the_board_does_not() -> None:
    with pytest.raises(BoardError, match="9x1 cells turned here reach beyond the board of 40x30; select fewer, or"):
        Selection(0, 0, 9, 1).turned(BOARD)


@pytest.mark.parametrize(
    ("x", "y", "stretched"),
    [
        (5, 5, Selection(5, 5, 15, 13)),  # before the top left corner
        (30, 5, Selection(10, 5, 21, 13)),
        (30, 25, Selection(10, 10, 21, 16)),
        (5, 25, Selection(5, 10, 15, 16)),
        (14, 2, Selection(10, 2, 10, 16)),  # above: only the top edge
        (14, 29, Selection(10, 10, 10, 20)),
        (2, 13, Selection(2, 10, 18, 8)),
        (35, 13, Selection(10, 10, 26, 8)),
        (11, 11, Selection(11, 11, 9, 7)),  # within, near the top left corner
        (18, 16, Selection(10, 10, 9, 7)),
        (15, 12, Selection(10, 12, 10, 6)),  # within, in the middle of the top
        (15, 15, Selection(10, 10, 10, 6)),
        (11, 13, Selection(11, 10, 9, 8)),
    ],
)
def test_the_edges_near_a_click_are_stretched(x: int, y: int, stretched: Selection) -> None:
    selection = Selection(10, 10, 10, 8)
    assert selection.stretched(selection.grip_at(x, y), x, y) == stretched


@settings(deadline=None)
@given(selection=selections, x=places, y=places, to_x=places, to_y=places)
def test_a_grip_stretches_over_the_edge_that_stays(selection: Selection, x: int, y: int, to_x: int, to_y: int) -> None:
    grip = selection.grip_at(x, y)
    assert (grip.anchor_x, grip.anchor_y) != (None, None)
    stretched = selection.stretched(grip, to_x, to_y)
    corner_x = selection.x if grip.anchor_x is None else grip.anchor_x
    corner_y = selection.y if grip.anchor_y is None else grip.anchor_y
    assert stretched.has(corner_x, corner_y)
    assert stretched.has(corner_x if grip.anchor_x is None else to_x, corner_y if grip.anchor_y is None else to_y)
    assert selection.has(corner_x, corner_y)
