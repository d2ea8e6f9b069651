"""The picture of a board: colours of states, of densities, of ages, each where the cells are."""

from fractions import Fraction

import numpy as np
import pygame
import pytest

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.runtime.board import Board
from ca_logic.runtime.circuit_library import find_circuit
from ca_logic.runtime.viewport import Viewport
from ca_logic.tasks import load_rule
from ca_logic.visualizer.board_view.board_picture import BoardPicture
from ca_logic.visualizer.board_view.themes import THEMES, Theme, palettes_of
from ca_logic.visualizer.painter import DARK, LIGHT

BY_NAME = {theme.name: theme for theme in THEMES}
VIEWPORT = Viewport(40, 30)


def life_board(width: int = 40, height: int = 30) -> Board:
    return Board(width, height, kernel=NumpyKernel(find_circuit(load_rule("life")).row_circuit))


def painted(picture: BoardPicture, theme: Theme, size: tuple[int, int] = (40, 30)) -> np.ndarray:
    surface = pygame.Surface(size, depth=32)
    picture.paint(surface, theme, DARK)
    pixels: np.ndarray = pygame.surfarray.array2d(surface).T & 0xFFFFFF
    return pixels


@pytest.mark.parametrize("name", ["night", "paper"])
def test_cells_have_the_colours_of_their_states(name: str) -> None:
    board, picture, theme = life_board(), BoardPicture(), BY_NAME[name]
    board.fill_randomly(0.5, seed=1)
    picture.read(board, VIEWPORT, theme)
    palette = palettes_of(theme, DARK, 2).states
    assert np.array_equal(painted(picture, theme), palette[board.states()])


def test_beyond_the_board_is_the_background() -> None:
    board, picture, theme = life_board(10, 10), BoardPicture(), BY_NAME["night"]
    picture.read(board, Viewport(40, 30, left=-5, top=-5), theme)
    pixels = painted(picture, theme)
    red, green, blue = DARK.background
    assert (pixels[:5] == red << 16 | green << 8 | blue).all()
    assert len(np.unique(pixels[5:15, 5:15])) == 1


def test_ages_go_on_with_generations_and_not_with_frames() -> None:
    board, picture, theme = life_board(), BoardPicture(), BY_NAME["age"]
    board.fill(5, 5, 2, 2, 1)
    seen = []
    for generation in (0, 0, 0, 1, 2):
        board.advance(generation - board.generation)
        picture.read(board, VIEWPORT, theme)
        seen.append(int(painted(picture, theme)[5, 5]))
    assert seen[0] == seen[1] == seen[2]
    assert len({seen[2], seen[3], seen[4]}) == 3


def test_what_died_fades() -> None:
    board, picture, theme = life_board(), BoardPicture(), BY_NAME["age"]
    board.set_state(3, 3, 1)
    picture.read(board, VIEWPORT, theme)
    board.advance(1)
    picture.read(board, VIEWPORT, theme)
    palettes = palettes_of(theme, DARK, 2)
    just_dead = painted(picture, theme)[3, 3]
    assert just_dead == palettes.ages[127]
    assert just_dead != palettes.ages[0]


def test_ages_stay_with_cells_when_people_move_about() -> None:
    board, picture, theme = life_board(), BoardPicture(), BY_NAME["age"]
    board.fill(10, 10, 2, 2, 1)
    for _ in range(4):
        picture.read(board, VIEWPORT, theme)
        board.advance(1)
    before = painted(picture, theme)[10, 10]
    picture.read(board, VIEWPORT.panned(4, 2), theme)
    after = painted(picture, theme)[8, 6]
    ages = list(palettes_of(theme, DARK, 2).ages)
    assert ages.index(after) == ages.index(before) + 1


def test_zoomed_out_a_denser_part_is_brighter() -> None:
    board, picture, theme = life_board(40, 40), BoardPicture(), BY_NAME["night"]
    board.fill(0, 0, 20, 20, 1)
    board.fill(0, 20, 5, 5, 1)
    picture.read(board, Viewport(2, 2, zoom=Fraction(1, 32)), theme)
    pixels = painted(picture, theme, (2, 2)) & 0xFF
    assert pixels[0, 0] > pixels[0, 1]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("num_states", [2, 3, 8, 32])
def test_states_can_be_told_apart(theme: Theme, num_states: int) -> None:
    palettes = palettes_of(theme, LIGHT if theme.is_light else DARK, num_states)
    assert len(np.unique(palettes.states[:num_states])) == num_states
    assert len(np.unique(palettes.density[:255])) > 50


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_inverting_twice_changes_nothing_that_is_dead_or_live(theme: Theme) -> None:
    twice = theme.inverted().inverted()
    assert (twice.dead, twice.live, twice.is_light) == (theme.dead, theme.live, theme.is_light)


def test_another_board_and_earlier_generations_have_no_past() -> None:
    picture, theme = BoardPicture(), BY_NAME["age"]
    board = life_board()
    board.fill(5, 5, 3, 1, 1)
    for _ in range(3):
        picture.read(board, VIEWPORT, theme)
        board.advance(1)
    picture.read(life_board(), VIEWPORT, theme)
    dead = palettes_of(theme, DARK, 2).ages[0]
    assert (painted(picture, theme) == dead).all()
