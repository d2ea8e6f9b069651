"""Ten thousand generations of a large soup: the fast kernel and the naive one, which share no line of C, agree."""

import shutil

import numpy as np
import pytest

from ca_logic.backend import kernel as kernel_module
from ca_logic.backend.kernel import is_tiled
from ca_logic.runtime import Board, load_automaton
from ca_logic.stepping_benchmark.naive import compile_naive
from ca_logic.tasks import load_rule

pytestmark = pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed")

GENERATIONS = 10_000


def soup(kernel: object, cells: np.ndarray) -> Board:
    board = Board(cells.shape[1], cells.shape[0], kernel=kernel)  # type: ignore[arg-type]
    board.set_cells(cells)
    return board


def test_ten_thousand_generations_of_a_soup_equal_those_of_the_naive_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not a multiple of eight rows, and not as wide as high.
    cells = np.random.default_rng(5).random((1027, 1216)) < 0.4
    automaton = load_automaton(load_rule("life"))
    words = np.packbits(cells, axis=1, bitorder="little").view("<u8").astype(np.uint64)
    compile_naive(automaton.stored.circuit).advance(words, GENERATIONS)
    expected = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").view(bool)
    assert expected.any()

    in_place = soup(automaton.kernel, cells)
    assert not is_tiled(in_place.bands.layout)
    in_place.advance(GENERATIONS)
    np.testing.assert_array_equal(in_place.cells(), expected)

    monkeypatch.setattr(kernel_module, "_CACHED_BYTES", 0)
    monkeypatch.setattr(kernel_module, "_TILE_ROWS", 40)
    monkeypatch.setattr(kernel_module, "_TILE_COLUMNS", 464)
    tiled = soup(automaton.kernel, cells)
    tiled.threads = 2
    assert is_tiled(tiled.bands.layout)
    tiled.advance(GENERATIONS)
    np.testing.assert_array_equal(tiled.cells(), expected)
