"""The camera: zooming keeps what is at the mouse, fitting shows all, resizing keeps the middle."""

from fractions import Fraction

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.runtime.viewport import Viewport
from ca_logic.visualizer.board_view.camera import FARTHEST, NEAREST, Camera

zooms = st.sampled_from([Fraction(1, 32), Fraction(1, 2), 1, 2, 3, 5, 8, 32])
cameras = st.builds(
    lambda width, height, left, top, zoom: Camera(Viewport(width, height, left, top, zoom)),
    st.integers(1, 2000),
    st.integers(1, 2000),
    st.integers(-10_000, 10_000),
    st.integers(-10_000, 10_000),
    zooms,
)


@given(cameras, st.integers(0, 1999), st.integers(0, 1999))
def test_zooming_in_keeps_the_cell_at_the_mouse(camera: Camera, column: int, row: int) -> None:
    if camera.zoom >= 1:
        assert camera.zoomed(1, column, row).cell_at(column, row) == camera.cell_at(column, row)


@given(cameras, st.integers(-12, 12))
def test_zooms_stay_within_bounds_and_become_powers_of_2(camera: Camera, steps: int) -> None:
    zoom = Fraction(camera.zoomed(steps).zoom)
    assert min(FARTHEST, camera.zoom) <= zoom <= NEAREST
    if steps and zoom != camera.zoom:
        assert max(zoom.numerator, zoom.denominator).bit_count() == 1
        assert (zoom > camera.zoom) == (steps > 0)


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(40, 2000), st.integers(40, 2000))
def test_a_fitted_board_is_seen_whole_and_in_the_middle(columns: int, rows: int, width: int, height: int) -> None:
    board = pygame.Rect(0, 0, columns, rows)
    camera = Camera(Viewport(width, height, 17, -3, 4)).fitted(board)
    area = camera.area_of(board)
    assert camera.zoom <= NEAREST
    assert pygame.Rect(0, 0, width, height).contains(area)
    assert abs(area.centerx - width // 2) <= 1
    assert abs(area.centery - height // 2) <= 1


@given(cameras, st.integers(1, 3000), st.integers(1, 3000))
def test_resizing_keeps_the_middle(camera: Camera, width: int, height: int) -> None:
    before, after = camera.viewport, camera.resized(width, height).viewport
    assert abs((before.left + before.width / 2) - (after.left + after.width / 2)) <= 1
    assert abs((before.top + before.height / 2) - (after.top + after.height / 2)) <= 1


@given(cameras, st.integers(-500, 500), st.integers(-500, 500))
def test_a_centred_cell_is_in_the_middle(camera: Camera, x: int, y: int) -> None:
    viewport = camera.centred(x, y).viewport
    across, down = Camera(viewport).cell_at(viewport.width // 2, viewport.height // 2)
    side = 1 if camera.zoom >= 1 else Fraction(1) / camera.zoom
    assert 0 <= x - across < side
    assert 0 <= y - down < side


@pytest.mark.parametrize(("zoom", "scale"), [(1, "1:1"), (32, "1:32"), (Fraction(1, 4), "4:1")])
def test_scales_are_written_as_golly_does(zoom: Fraction | int, scale: str) -> None:
    assert Camera(Viewport(10, 10, zoom=zoom)).scale == scale
