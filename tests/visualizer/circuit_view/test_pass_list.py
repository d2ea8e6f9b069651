import numpy as np
import pygame
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.visualizer.circuit_view.pass_list import PassSize, draw_pass_list, pass_list_height
from ca_logic.visualizer.painter import DARK, Painter

sizes = st.builds(PassSize, st.text("abc ", max_size=60), st.integers(0, 99_999), st.integers(0, 99_999))

WIDTH = 400


def accents(passes: list[PassSize]) -> list[int]:
    """How many pixels are accented in each line of bars from the top that has any."""
    surface = pygame.Surface((WIDTH, pass_list_height(passes, 1000)))
    draw_pass_list(Painter(surface, DARK), passes, surface.get_rect())
    rows = (pygame.surfarray.array3d(surface) == DARK.accent).all(axis=2).sum(axis=0)
    starts = np.flatnonzero((rows > 0) & (np.concatenate([[0], rows[:-1]]) == 0))
    return [int(rows[start : start + 8].max()) for start in starts]


def test_bars_are_as_long_as_circuits_are_large() -> None:
    long, short = accents([PassSize("strash", 200, 100), PassSize("sweep", 100, 50)])
    assert abs(long - 2 * short) <= 2


def test_a_list_without_passes_takes_no_room() -> None:
    assert pass_list_height([], 500) == 0


def test_passes_that_changed_nothing_give_way() -> None:
    passes = [PassSize("strash", 9, 8), *[PassSize("sweep", 8, 8)] * 5, PassSize("annealing", 8, 4)]
    height = pass_list_height(passes, 40)
    surface = pygame.Surface((WIDTH, height))
    draw_pass_list(Painter(surface, DARK), passes, surface.get_rect())
    expected = pygame.Surface((WIDTH, height))
    draw_pass_list(Painter(expected, DARK), [passes[0], passes[-1]], expected.get_rect())
    assert (pygame.surfarray.array3d(surface) == pygame.surfarray.array3d(expected)).all()


@given(st.lists(sizes, max_size=12), st.integers(0, 300), st.integers(1, 500))
def test_a_list_stays_within_its_room(passes: list[PassSize], most: int, width: int) -> None:
    height = pass_list_height(passes, most)
    assert height <= most
    area = pygame.Rect(50, 20, width, height)
    surface = pygame.Surface((600, 340))
    draw_pass_list(Painter(surface, DARK), passes, area)
    painted: np.ndarray = pygame.surfarray.array3d(surface).max(axis=2)
    painted[:, area.top : area.bottom] = False
    assert not painted.any()
