from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import UsageError
from ca_logic.runtime.viewport import MIN_ZOOM, Viewport, num_pixels

Zoom = Fraction | int

zooms: st.SearchStrategy[Zoom] = st.one_of(
    st.integers(1, 40),
    st.integers(1, 16).map(lambda level: Fraction(1, 1 << level)),
    st.sampled_from([1, 2, 8, Fraction(1, 2), MIN_ZOOM]),
)
places = st.integers(-100_000, 100_000)
offsets = st.integers(-3000, 3000)
sides = st.one_of(st.integers(1, 200), st.integers(1, 1 << 20))
viewports = st.builds(Viewport, st.integers(1, 3000), st.integers(1, 3000), left=places, top=places, zoom=zooms)


@given(zoom=zooms, num_cells=sides)
def test_pixels_are_enough_for_all_cells_and_not_more(zoom: Zoom, num_cells: int) -> None:
    if zoom >= 1:
        assert num_pixels(num_cells, zoom) == num_cells * zoom
    else:
        assert num_pixels(num_cells, zoom) == len(range(0, num_cells, Fraction(zoom).denominator))


@given(viewport=viewports, x=places, y=places)
def test_the_pixel_of_a_cell_shows_it(viewport: Viewport, x: int, y: int) -> None:
    shown = viewport.cell_at(*viewport.pixel_at(x, y))
    side = 1 << viewport.level
    assert shown == (x // side * side, y // side * side)


@given(viewport=viewports, column=offsets, row=offsets)
def test_the_pixel_is_among_those_of_its_cell(viewport: Viewport, column: int, row: int) -> None:
    first_column, first_row = viewport.pixel_at(*viewport.cell_at(column, row))
    assert 0 <= column - first_column < max(1, viewport.zoom)
    assert 0 <= row - first_row < max(1, viewport.zoom)


@given(viewport=viewports, columns=offsets, rows=offsets, column=offsets, row=offsets)
def test_panning_moves_cells_by_pixels(viewport: Viewport, columns: int, rows: int, column: int, row: int) -> None:
    moved = viewport.panned(columns, rows)
    assert moved.cell_at(column, row) == viewport.cell_at(column + columns, row + rows)


@given(viewport=viewports, zoom=zooms, column=offsets, row=offsets)
def test_zooming_keeps_the_cell_in_its_pixel(viewport: Viewport, zoom: Zoom, column: int, row: int) -> None:
    zoomed = viewport.zoomed(zoom, column, row)
    assert (zoomed.zoom, zoomed.width, zoomed.height) == (zoom, viewport.width, viewport.height)
    # Of the two pixels one is a part of the other.
    side = max(1 << viewport.level, 1 << zoomed.level)
    before, after = viewport.cell_at(column, row), zoomed.cell_at(column, row)
    assert [place // side for place in before] == [place // side for place in after]


@given(viewport=viewports, zoom=st.integers(1, 40), factor=st.integers(1, 8), column=offsets, row=offsets)
def test_zooming_in_and_out_again_changes_nothing(
    viewport: Viewport, zoom: int, factor: int, column: int, row: int
) -> None:
    before = viewport.zoomed(zoom, column, row)
    assert before.zoomed(zoom * factor, column, row).zoomed(zoom, column, row) == before


@given(viewport=viewports, width=sides, height=sides)
def test_a_board_fits_at_the_largest_zoom(viewport: Viewport, width: int, height: int) -> None:
    fitted = viewport.fitted(width, height)

    def fits(zoom: Zoom) -> bool:
        return num_pixels(width, zoom) <= viewport.width and num_pixels(height, zoom) <= viewport.height

    assert fits(fitted.zoom) or fitted.zoom == MIN_ZOOM
    assert not fits(fitted.zoom + 1 if fitted.zoom >= 1 else fitted.zoom * 2)
    for first, length, cells in ((fitted.left, fitted.width, width), (fitted.top, fitted.height, height)):
        before, after = -first, length + first - num_pixels(cells, fitted.zoom)
        assert abs(before - after) <= 1


@given(viewport=viewports, width=sides, height=sides, column=offsets, row=offsets)
def test_wrapping_moves_by_whole_boards(viewport: Viewport, width: int, height: int, column: int, row: int) -> None:
    wrapped = viewport.wrapped(width, height, column, row)
    across, down = num_pixels(width, viewport.zoom), num_pixels(height, viewport.zoom)
    assert (wrapped.left - viewport.left) % across == (wrapped.top - viewport.top) % down == 0
    assert 0 <= wrapped.left + column < across
    assert 0 <= wrapped.top + row < down
    x, y = wrapped.cell_at(column, row)
    assert 0 <= x < width
    assert 0 <= y < height


@pytest.mark.parametrize("zoom", [0, -1, Fraction(2, 3), Fraction(3, 2), Fraction(1, 3), Fraction(1, 1 << 17)])
def test_a_zoom_that_does_not_exist_is_refused(zoom: Zoom) -> None:
    message = f"no zoom of {zoom}; choose one of 1/65536, ..., 1/4, 1/2, 1, 2, 3 and so on"
    with pytest.raises(UsageError, match=message):
        Viewport(10, 10, zoom=zoom)
    with pytest.raises(UsageError, match=message):
        Viewport(10, 10).zoomed(zoom, 5, 5)


@pytest.mark.parametrize(("width", "height"), [(0, 10), (10, 0), (-1, 1)])
def test_a_viewport_without_pixels_is_refused(width: int, height: int) -> None:
    with pytest.raises(UsageError, match=f"a picture of {width}x{height} pixels shows nothing"):
        Viewport(width, height)
