"""Speeds of drawing a frame of 1920x1080 pixels, for pytest-benchmark: `make bench`."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from ca_logic.backend.view import load_view
from ca_logic.runtime import Board, load_automaton
from ca_logic.runtime.drawing import draw
from ca_logic.runtime.viewport import Viewport
from ca_logic.tasks import load_rule

WIDTH, HEIGHT = 1920, 1080
ZOOMS = (1, 2, 4, 8, Fraction(1, 2), Fraction(1, 4), Fraction(1, 8))

Benchmark = Callable[..., Any]
"""The fixture of pytest-benchmark, which has no types."""


@pytest.fixture(scope="module")
def board() -> Board:
    board = load_automaton(load_rule("life")).board(4096, 4096)
    board.fill_randomly(0.3, seed=0)
    return board


@pytest.mark.parametrize("density", [False, True], ids=["states", "density"])
@pytest.mark.parametrize("zoom", ZOOMS, ids=str)
def test_drawing(board: Board, zoom: int | Fraction, density: bool, benchmark: Benchmark) -> None:
    image = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    benchmark(draw, board, Viewport(WIDTH, HEIGHT, zoom=zoom), image, density=density)


def test_ages(board: Board, benchmark: Benchmark) -> None:
    image, ages = np.zeros((2, HEIGHT, WIDTH), dtype=np.uint8)
    draw(board, Viewport(WIDTH, HEIGHT), image)
    benchmark(load_view().age, image, ages)


def test_colours(board: Board, benchmark: Benchmark) -> None:
    image = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    draw(board, Viewport(WIDTH, HEIGHT), image)
    palette = np.arange(256, dtype=np.uint32)
    benchmark(load_view().colour, image, palette, np.zeros((HEIGHT, WIDTH), dtype=np.uint32))
