import math

import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.visualizer.teaching.learning_curve import draw_curve, scale_of_counts, scale_of_losses
from tests.visualizer.drawn import num_other_pixels, painter_of, pixels_of

RED = (255, 0, 0)


@given(most=st.integers(0, 1 << 40))
def test_counts_lie_between_nothing_and_the_most(most: int) -> None:
    scale = scale_of_counts(most)
    assert scale.height_of(0) == 0
    assert scale.height_of(max(1, most)) == pytest.approx(1)
    assert list(scale.ticks) == sorted(set(scale.ticks))
    heights = [scale.height_of(tick) for tick in scale.ticks]
    assert heights == sorted(set(heights))


@given(losses=st.lists(st.floats()))
def test_every_loss_has_a_height_whatever_it_is(losses: list[float]) -> None:
    scale = scale_of_losses(losses)
    for loss in losses:
        height = scale.height_of(loss)
        assert 0 <= height <= 1
        if 1e-12 <= loss <= 1e12:
            assert scale.bottom <= math.log10(loss) <= scale.top


@pytest.mark.parametrize("loss", [0.0, -1.0, 5e-324, 1.7e308, math.inf, -math.inf, math.nan])
def test_a_loss_beyond_any_sense_does_not_stretch_the_scale(loss: float) -> None:
    assert scale_of_losses([loss, 5.0]) == scale_of_losses([5.0])


def test_a_loss_ten_times_as_large_is_a_step_higher() -> None:
    scale = scale_of_losses([0.02, 150])
    assert scale.ticks == pytest.approx((0.01, 0.1, 1, 10, 100, 1000))
    heights = [scale.height_of(tick) for tick in scale.ticks]
    assert heights == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])


def drawn(points: list[tuple[int, float]], *, starts: tuple[int, ...] = (), size: tuple[int, int] = (200, 100)) -> int:
    """Returns how many pixels of the curve's colour there are; nothing is drawn outside."""
    painter = painter_of(size[0] + 20, size[1] + 20)
    area = pygame.Rect(10, 10, *size)
    scale = scale_of_counts(100)
    draw_curve(painter, area, name="n", value="v", colour=RED, points=points, scale=scale, starts=starts)
    assert num_other_pixels(painter) == num_other_pixels(painter, area)
    return int((pixels_of(painter) == RED).all(axis=2).sum())


def test_the_curve_is_drawn_within_its_area() -> None:
    assert drawn([]) == 0
    assert drawn([(1, 5)]) == 0
    assert drawn([(1, 100), (50, 10), (100, 0)]) > 100
    assert drawn([(1, 100), (50, 1e9), (100, math.nan), (101, -5)]) > 100


def test_curves_of_parts_are_not_joined() -> None:
    points = [(10.0, 0.0), (50.0, 0.0), (60.0, 100.0), (100.0, 100.0)]
    whole = drawn([(int(step), value) for step, value in points])
    parts = drawn([(int(step), value) for step, value in points], starts=(50,))
    assert 0 < parts < whole


@pytest.mark.parametrize("size", [(30, 10), (40, 30), (1, 1)])
def test_where_there_is_no_room_there_is_no_curve(size: tuple[int, int]) -> None:
    painter = painter_of(100, 100)
    points = [(1, 100.0), (100, 0.0)]
    draw_curve(
        painter, pygame.Rect((0, 0), size), name="n", value="v", colour=RED, points=points, scale=scale_of_counts(9)
    )
    assert not (pixels_of(painter) == RED).all(axis=2).any()
