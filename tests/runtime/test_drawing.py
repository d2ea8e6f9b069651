from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.backend.view import BORN, FULL_DENSITY, OUTSIDE, Area, NumpyView, View, load_view
from ca_logic.runtime import TOPOLOGIES, Board, Topology
from ca_logic.runtime.drawing import carry_over, draw, row_step_for
from ca_logic.runtime.viewport import Viewport
from tests.oracles import board_sizes, circuit_of_transitions, random_states, seeds, sparse_transitions

KERNELS = {num: NumpyKernel(circuit_of_transitions(sparse_transitions(num, num))) for num in (2, 3, 8)}

topologies = st.sampled_from(TOPOLOGIES)
zooms = st.one_of(
    st.integers(1, 9),
    st.integers(1, 16).map(lambda level: Fraction(1, 1 << level)),
    st.sampled_from([1, 2, Fraction(1, 2), Fraction(1, 4)]),
)
viewports = st.builds(
    Viewport,
    st.integers(1, 130),
    st.integers(1, 90),
    left=st.integers(-140, 400),
    top=st.integers(-100, 300),
    zoom=zooms,
)
views = st.sampled_from(["compiled", "NumPy"])


def view_called(name: str) -> View:
    return NumpyView() if name == "NumPy" else load_view()


def random_board(size: tuple[int, int], num_states: int, topology: Topology, seed: int) -> Board:
    board = Board(*size, kernel=KERNELS[num_states], topology=topology, num_states=num_states)
    board.set_states(random_states(*size, num_states, seed))
    return board


def drawn(board: Board, viewport: Viewport, **options: bool | int | View) -> np.ndarray:
    image = np.full((viewport.height, viewport.width), 99, dtype=np.uint8)
    draw(board, viewport, image, **options)  # type: ignore[arg-type]
    return image


def pixels_of_board(states: np.ndarray, zoom: Fraction | int, *, density: bool) -> np.ndarray:
    """Returns the image of a whole board."""
    if zoom >= 1:
        shown = np.where(states, FULL_DENSITY, 0) if density else states
        return np.kron(shown, np.ones((int(zoom), int(zoom)), dtype=np.uint8))
    side = Fraction(zoom).denominator
    starts = [range(0, length, side) for length in states.shape]
    values = (states > 0).astype(np.int64) if density else states
    join = np.add if density else np.maximum
    pixels: np.ndarray = join.reduceat(join.reduceat(values, starts[0], axis=0), starts[1], axis=1)
    shares: np.ndarray = -(-pixels * FULL_DENSITY // side**2) if density else pixels
    return shares


def part_of_image(pixels: np.ndarray, viewport: Viewport, *, wraps: bool) -> np.ndarray:
    """Returns what a viewport shows of the image of a whole board."""
    rows, columns = viewport.top + np.arange(viewport.height), viewport.left + np.arange(viewport.width)
    if wraps:
        copies: np.ndarray = pixels[np.ix_(rows % len(pixels), columns % pixels.shape[1])]
        return copies
    on_board = np.ix_((rows >= 0) & (rows < len(pixels)), (columns >= 0) & (columns < pixels.shape[1]))
    part = np.full((viewport.height, viewport.width), OUTSIDE, dtype=np.int64)
    part[on_board] = pixels[max(0, rows[0]) : max(0, rows[-1] + 1), max(0, columns[0]) : max(0, columns[-1] + 1)]
    return part


@settings(deadline=None, max_examples=300)
@given(
    size=board_sizes,
    num_states=st.sampled_from(list(KERNELS)),
    topology=topologies,
    viewport=viewports,
    density=st.booleans(),
    repeated=st.booleans(),
    name=views,
    seed=seeds,
)
def test_a_viewport_shows_a_part_of_the_image_of_the_board(
    size: tuple[int, int],
    num_states: int,
    topology: Topology,
    viewport: Viewport,
    density: bool,
    repeated: bool,
    name: str,
    seed: int,
) -> None:
    board = random_board(size, num_states, topology, seed)
    pixels = pixels_of_board(board.states(), viewport.zoom, density=density)
    expected = part_of_image(pixels, viewport, wraps=topology == "torus" and repeated)
    image = drawn(board, viewport, density=density, repeated=repeated, view=view_called(name))
    np.testing.assert_array_equal(image, expected)


@pytest.mark.parametrize("zoom", [1, 3, Fraction(1, 2)])
def test_a_plane_ends_at_its_edges_and_a_torus_does_not(zoom: Fraction | int) -> None:
    plane, torus = (random_board((40, 30), 2, topology, seed=1) for topology in ("plane", "torus"))
    within = Viewport(10, 10, left=1, top=1, zoom=zoom)
    np.testing.assert_array_equal(drawn(plane, within), drawn(torus, within))
    for columns, rows in ((-2, 0), (0, -2), (120, 0), (0, 90)):
        beyond = within.panned(columns, rows)
        assert (drawn(plane, beyond) == OUTSIDE).any()
        assert (drawn(torus, beyond) != OUTSIDE).all()


def test_the_pixel_shows_the_cell_that_the_viewport_says() -> None:
    board = random_board((70, 40), 8, "torus", seed=1)
    viewport = Viewport(50, 30, left=11, top=7, zoom=3)
    image = drawn(board, viewport)
    for column, row in ((0, 0), (49, 0), (0, 29), (49, 29), (17, 8)):
        assert image[row, column] == board.state(*viewport.cell_at(column, row))


@given(viewport=viewports, column=st.integers(0, 89), row=st.integers(0, 89))
@settings(deadline=None, max_examples=30)
def test_wrapping_changes_nothing_of_the_picture_of_a_torus(viewport: Viewport, column: int, row: int) -> None:
    board = random_board((50, 23), 3, "torus", seed=1)
    wrapped = viewport.wrapped(board.width, board.height, column, row)
    np.testing.assert_array_equal(drawn(board, wrapped), drawn(board, viewport))


@pytest.mark.parametrize("name", ["compiled", "NumPy"])
def test_a_row_step_looks_at_one_row_of_each_pixel_at_least(name: str) -> None:
    board = random_board((64, 64), 2, "torus", seed=1)
    board.fill(0, 0, 64, 64, 1)
    for zoom in (Fraction(1, 8), Fraction(1, 2), 1, 2):
        viewport = Viewport(8, 8, zoom=zoom)
        for row_step in (2, 8, 1000):
            options = {"row_step": row_step, "view": view_called(name)}
            assert (drawn(board, viewport, **options) == 1).all()
            assert (drawn(board, viewport, density=True, **options) == FULL_DENSITY).all()


def test_the_row_step_leaves_out_as_many_rows_as_needed() -> None:
    board = random_board((1000, 800), 3, "torus", seed=1)
    whole = Viewport(100, 100, zoom=Fraction(1, 16))
    assert row_step_for(board, whole, 200_000) == 1
    assert row_step_for(board, whole, 199_999) == 2
    assert row_step_for(board, whole, 50_000) == 4
    assert row_step_for(board, whole, 1) == 16
    assert row_step_for(board, Viewport(1000, 100), 1) == 1


def test_an_image_of_another_size_is_refused() -> None:
    board = random_board((70, 40), 2, "torus", seed=1)
    with pytest.raises(ValueError, match=r"an image of shape \(10, 20\) is none for 10x20 pixels"):
        draw(board, Viewport(10, 20), np.zeros((10, 20), dtype=np.uint8))


@given(before=viewports, columns=st.integers(-150, 150), rows=st.integers(-99, 99), zoom=zooms, seed=seeds)
@settings(deadline=None)
def test_what_is_carried_over_stays_at_its_place(
    before: Viewport, columns: int, rows: int, zoom: Fraction | int, seed: int
) -> None:
    image = np.random.default_rng(seed).integers(1, 256, (before.height, before.width), dtype=np.uint8)
    for after in (before.panned(columns, rows), before.zoomed(zoom, columns, rows)):
        carried = carry_over(image, before, after)
        assert carried.shape == image.shape
        change = Fraction(before.zoom) / after.zoom
        for row, column in np.argwhere(np.random.default_rng(seed).random(carried.shape) < 0.01).tolist():
            there = floor((after.left + column) * change) - before.left, floor((after.top + row) * change) - before.top
            known = 0 <= there[0] < before.width and 0 <= there[1] < before.height
            assert carried[row, column] == (image[there[1], there[0]] if known else 0)


def test_ages_go_on_when_people_move_about() -> None:
    board, view = random_board((60, 40), 2, "plane", seed=1), load_view()
    before = Viewport(50, 30, left=12, top=8, zoom=4)
    after = before.panned(8, -4)
    ages = np.zeros((30, 50), dtype=np.uint8)
    for _ in range(3):
        view.age(drawn(board, before), ages)
    ages = carry_over(ages, before, after)
    view.age(drawn(board, after), ages)
    live = drawn(board, after) > 0
    assert set(ages[4:, :42][live[4:, :42]]) == {BORN + 3}
    assert set(ages[:4][live[:4]]) | set(ages[:, 42:][live[:, 42:]]) == {BORN}


def test_a_part_of_a_larger_image_can_be_drawn() -> None:
    board = random_board((30, 20), 3, "plane", seed=1)
    image = np.full((50, 60), 99, dtype=np.uint8)
    viewport = Viewport(40, 30, left=-5, top=-3, zoom=2)
    draw(board, viewport, image[10:40, 5:45])
    np.testing.assert_array_equal(image[10:40, 5:45], drawn(board, viewport))
    image[10:40, 5:45] = 99
    assert (image == 99).all()


def test_what_is_drawn_is_what_is_counted() -> None:
    board = random_board((123, 77), 8, "torus", seed=4)
    image = drawn(board, Viewport(123, 77))
    assert load_view().population(board.bands) == board.population == np.count_nonzero(image)
    assert load_view().population(board.bands, Area(3, 4, 50, 60)) == np.count_nonzero(image[3:53, 4:64])
