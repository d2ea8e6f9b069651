import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend import view as view_module
from ca_logic.backend.bands import BandLayout, Bands
from ca_logic.backend.view import (
    BORN,
    DIED,
    FULL_DENSITY,
    MAX_LEVEL,
    OLDEST,
    OUTSIDE,
    Area,
    CompiledView,
    NumpyView,
    View,
    load_view,
)
from ca_logic.resources import resource_folder
from ca_logic.toolchain.library import load_library
from tests.oracles import STRICT_C, board_sizes, random_states, seeds

COMPILERS = ("gcc", "clang")

several_states = st.sampled_from([2, 3, 5, 8, 100])
levels = st.one_of(st.integers(0, 5), st.integers(0, MAX_LEVEL))


@pytest.fixture(scope="module", params=[*COMPILERS, "AVX2", "NumPy"])
def view(request: pytest.FixtureRequest) -> View:
    if request.param == "NumPy":
        return NumpyView()
    if request.param == "AVX2":
        if not any(map(shutil.which, ("cc", "gcc", "clang"))):
            pytest.skip("no C compiler is installed")
        return CompiledView(load_library("view", flags=("-march=x86-64-v3",) if os.uname().machine == "x86_64" else ()))
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CC", request.param)
        return CompiledView(load_library("view"))


def board_of(states: np.ndarray, num_states: int) -> Bands:
    height, width = states.shape
    board = Bands(BandLayout(width, height, (num_states - 1).bit_length()))
    # What is around the cells is no concern of a view.
    memory = board.cells.base
    assert memory is not None
    memory[:] = 0xFF
    board.set_states(0, 0, states)
    return board


def random_board(size: tuple[int, int], num_states: int, seed: int) -> tuple[np.ndarray, Bands]:
    states = random_states(*size, num_states, seed)
    # Some boards are so empty that a pixel of many cells shows which one it was.
    states *= np.random.default_rng(seed).random(states.shape) < (1.0 if seed % 3 else 0.01)
    return states, board_of(states, num_states)


@st.composite
def areas(draw: st.DrawFn, width: int, height: int) -> Area:
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return Area(top, left, draw(st.integers(1, height - top)), draw(st.integers(1, width - left)))


def squares_of(states: np.ndarray, level: int) -> np.ndarray:
    """Returns the cells of each square in an array of the shape (rows, columns, cells)."""
    height, width = states.shape
    side = min(1 << level, 1 << (max(width, height) - 1).bit_length())
    padded = np.pad(states, ((0, -height % side), (0, -width % side)))
    rows, columns = -(-height // side), -(-width // side)
    squares = padded.reshape(rows, side, columns, side).swapaxes(1, 2)
    cells: np.ndarray = squares.reshape(rows, columns, side * side)
    return cells


def density_of(live: np.ndarray, level: int) -> np.ndarray:
    """Returns the density of squares of which so many cells live."""
    shares: np.ndarray = np.minimum(np.ceil(live * (FULL_DENSITY / 4**level)), FULL_DENSITY)
    return shares


@settings(deadline=None, max_examples=60)
@given(data=st.data(), size=board_sizes, num_states=several_states, seed=seeds)
def test_the_population_of_an_area_is_that_of_its_states(
    view: View, data: st.DataObject, size: tuple[int, int], num_states: int, seed: int
) -> None:
    states, board = random_board(size, num_states, seed)
    top, left, rows, columns = area = data.draw(areas(*size))
    assert view.population(board, area) == np.count_nonzero(states[top : top + rows, left : left + columns])
    assert view.population(board) == np.count_nonzero(states)


@settings(deadline=None, max_examples=60)
@given(data=st.data(), size=board_sizes, num_states=several_states, seed=seeds)
def test_pixels_of_a_cell_show_its_state_and_whether_it_lives(
    view: View, data: st.DataObject, size: tuple[int, int], num_states: int, seed: int
) -> None:
    states, board = random_board(size, num_states, seed)
    top, left, rows, columns = area = data.draw(areas(*size))
    image, expected = np.full((rows, columns), 99, dtype=np.uint8), states[top : top + rows, left : left + columns]
    view.highest(board, area, image)
    np.testing.assert_array_equal(image, expected)
    view.density(board, area, image)
    np.testing.assert_array_equal(image, np.where(expected, FULL_DENSITY, 0))


@settings(deadline=None, max_examples=100)
@given(data=st.data(), size=board_sizes, num_states=several_states, level=levels, seed=seeds)
def test_pixels_of_many_cells_show_the_highest_state_and_the_density(
    view: View, data: st.DataObject, size: tuple[int, int], num_states: int, level: int, seed: int
) -> None:
    states, board = random_board(size, num_states, seed)
    squares = squares_of(states, level)
    top, left, rows, columns = area = data.draw(areas(squares.shape[1], squares.shape[0]))
    squares = squares[top : top + rows, left : left + columns]
    image = np.full((rows, columns), 99, dtype=np.uint8)
    view.highest(board, area, image, level=level)
    np.testing.assert_array_equal(image, squares.max(axis=2))
    view.density(board, area, image, level=level)
    np.testing.assert_array_equal(image, density_of(np.count_nonzero(squares, axis=2), level))


@pytest.mark.parametrize("level", [1, 2, 3, 4, 6, 9, 10, 12])
@pytest.mark.parametrize("num_states", [2, 3, 8])
def test_large_boards_are_shown_as_they_are(view: View, num_states: int, level: int) -> None:
    # More rows than are joined at once, more columns than a chunk has, and squares that cross the edges of bands.
    states, board = random_board((1300, 1107), num_states, seed=1)
    squares = squares_of(states, level)
    area, image = Area(0, 0, *squares.shape[:2]), np.empty(squares.shape[:2], dtype=np.uint8)
    view.highest(board, area, image, level=level)
    np.testing.assert_array_equal(image, squares.max(axis=2))
    view.density(board, area, image, level=level)
    np.testing.assert_array_equal(image, density_of(np.count_nonzero(squares, axis=2), level))


@settings(deadline=None, max_examples=60)
@given(data=st.data(), size=board_sizes, num_states=several_states, level=levels, seed=seeds)
def test_with_a_row_step_the_other_rows_do_not_matter(
    view: View, data: st.DataObject, size: tuple[int, int], num_states: int, level: int, seed: int
) -> None:
    states, board = random_board(size, num_states, seed)
    row_step = data.draw(st.integers(1, min(1 << level, 40)))
    starts = board.layout.starts
    in_band = [y - max(start for start in starts if start <= y) for y in range(size[1])]
    squares = squares_of(np.where(np.array(in_band)[:, None] % row_step, 0, states), level)
    area, image = Area(0, 0, *squares.shape[:2]), np.empty(squares.shape[:2], dtype=np.uint8)
    view.highest(board, area, image, level=level, row_step=row_step)
    np.testing.assert_array_equal(image, squares.max(axis=2))
    view.density(board, area, image, level=level, row_step=row_step)
    np.testing.assert_array_equal(image, density_of(row_step * np.count_nonzero(squares, axis=2), level))


def test_a_single_cell_among_very_many_is_seen(view: View) -> None:
    states = np.zeros((9, 70_000), dtype=np.uint8)
    states[8, 69_999] = 1
    board, image = board_of(states, 2), np.empty((1, 2), dtype=np.uint8)
    for show in (view.highest, view.density):
        show(board, Area(0, 0, 1, 2), image, level=MAX_LEVEL)
        assert image.tolist() == [[0, 1]]


def test_only_squares_that_are_full_have_the_full_density(view: View) -> None:
    states = np.ones((16, 1024), dtype=np.uint8)
    states[3, 5] = 0
    image = np.empty((1, 64), dtype=np.uint8)
    view.density(board_of(states, 2), Area(0, 0, 1, 64), image, level=4)
    assert image.tolist() == [[FULL_DENSITY] * 64]  # 253.008, rounded up
    states[4, 5:9] = 0
    view.density(board_of(states, 2), Area(0, 0, 1, 64), image, level=4)
    assert image.tolist() == [[250] + [FULL_DENSITY] * 63]


@settings(deadline=None)
@given(
    data=st.data(),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 40)),
    zoom=st.one_of(st.integers(1, 20), st.integers(1, 100)),
    seed=seeds,
)
def test_a_magnified_image_is_made_of_squares(
    view: View, data: st.DataObject, shape: tuple[int, int], zoom: int, seed: int
) -> None:
    small = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    large = np.kron(small, np.ones((zoom, zoom), dtype=np.uint8))
    top, left, rows, columns = data.draw(areas(large.shape[1], large.shape[0]))
    image = np.full((rows, columns), 99, dtype=np.uint8)
    view.magnify(small, zoom, left, top, image)
    np.testing.assert_array_equal(image, large[top : top + rows, left : left + columns])


def age_after(pixel: int, age: int) -> int:
    """Returns the age of a pixel a frame later."""
    if pixel == OUTSIDE:
        return OUTSIDE
    was_live, was_dead = BORN <= age < OUTSIDE, 0 < age < BORN
    if pixel:
        return min(age + 1, OLDEST) if was_live else BORN
    if was_live:
        return DIED
    return age - 1 if was_dead else 0


def test_ages_grow_and_fade(view: View) -> None:
    pixels, ages = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    expected = [
        [age_after(int(p), int(a)) for p, a in zip(*pair, strict=True)] for pair in zip(pixels, ages, strict=True)
    ]
    aged = ages.copy()
    view.age(pixels, aged)
    np.testing.assert_array_equal(aged, expected)


def test_a_life_goes_through_all_ages(view: View) -> None:
    age, ages = np.zeros((1, 1), dtype=np.uint8), []
    for frame in range(300):
        view.age(np.array([[frame < 140]], dtype=np.uint8), age)
        ages.append(int(age[0, 0]))
    assert ages == [*range(BORN, OLDEST), *[OLDEST] * 14, *range(DIED, 0, -1), *[0] * 33]


@settings(deadline=None)
@given(shape=st.tuples(st.integers(1, 9), st.integers(1, 100)), num_values=st.sampled_from([1, 2, 256]), seed=seeds)
def test_colours_are_those_of_the_palette(view: View, shape: tuple[int, int], num_values: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, num_values, shape, dtype=np.uint8)
    image[rng.random(len(image)) < 0.5] = image[0]
    palette = rng.integers(0, 2**32, 256, dtype=np.uint32)
    colours = np.empty(shape, dtype=np.uint32)
    view.colour(image, palette, colours)
    np.testing.assert_array_equal(colours, palette[image])


def test_an_image_within_a_larger_one_leaves_the_rest_alone(view: View) -> None:
    states, board = random_board((200, 50), 3, seed=1)
    image = np.full((40, 90), 99, dtype=np.uint8)
    part = image[3:33, 5:75]
    ages, colours = image.copy(), np.full((40, 90), 99, dtype=np.uint32)
    part_of_ages, part_of_colours = ages[3:33, 5:75], colours[3:33, 5:75]
    area = Area(10, 20, 30, 70)

    def assert_drawn(drawn: np.ndarray, expected: np.ndarray) -> None:
        np.testing.assert_array_equal(drawn[3:33, 5:75], expected)
        drawn[3:33, 5:75] = 99
        assert (drawn == 99).all()

    view.highest(board, area, part)
    part_of_ages[:] = 0
    view.age(part, part_of_ages)
    view.colour(part, np.arange(256, dtype=np.uint32), part_of_colours)
    expected = states[10:40, 20:90]
    assert_drawn(ages, np.where(expected, BORN, 0))
    assert_drawn(colours, expected)
    assert_drawn(image, expected)
    view.density(board, area, part)
    assert_drawn(image, np.where(expected, FULL_DENSITY, 0))
    view.magnify(np.array([[7]], dtype=np.uint8), 80, 3, 3, part)
    assert_drawn(image, np.full((30, 70), 7))
    view.highest(board, Area(0, 0, 13, 50), image[3:16, 5:55], level=2)
    np.testing.assert_array_equal(image[3:16, 5:55], squares_of(states, 2).max(axis=2))
    assert (image[:, 55:] == 99).all()
    assert (image[16:] == 99).all()


EIGHTS, WORDS = np.zeros((9, 70), dtype=np.uint8), np.zeros((9, 70), dtype=np.uint32)


@pytest.mark.parametrize(
    ("area", "options", "message"),
    [
        (Area(1, 0, 9, 70), {}, "is not within the 9 rows and 70 columns at level 0"),
        (Area(0, 1, 9, 70), {}, "is not within"),
        (Area(-1, 0, 9, 70), {}, "is not within"),
        (Area(0, 0, 9, 70), {"level": 1}, "is not within the 5 rows and 35 columns at level 1"),
        (Area(0, 0, 9, 70), {"level": 17}, "there is no level 17; the levels are 0 to 16"),
        (Area(0, 0, 9, 70), {"level": -1}, "there is no level -1"),
        (Area(0, 0, 9, 69), {}, r"of shape \(9, 70\) is no image of uint8 of shape \(9, 69\)"),
        (Area(0, 0, 9, 70), {"row_step": 2}, "pixels of 1 rows cannot be drawn from one row in 2"),
        (Area(0, 0, 9, 70), {"row_step": 0}, "from one row in 0"),
    ],
)
def test_what_is_not_on_the_board_is_not_drawn(view: View, area: Area, options: dict[str, int], message: str) -> None:
    board = board_of(EIGHTS, 2)
    for show in (view.highest, view.density):
        with pytest.raises(ValueError, match=message):
            show(board, area, EIGHTS.copy(), **options)


def test_the_population_of_cells_beyond_the_board_is_not_told(view: View) -> None:
    with pytest.raises(ValueError, match="is not within the 9 rows"):
        view.population(board_of(EIGHTS, 2), Area(5, 0, 5, 70))


def test_images_that_c_cannot_write_are_refused(view: View) -> None:
    board, area, palette = board_of(EIGHTS, 2), Area(0, 0, 9, 70), np.zeros(256, dtype=np.uint32)
    read_only = EIGHTS.copy()
    read_only.flags.writeable = False
    with pytest.raises(ValueError, match="is read-only"):
        view.highest(board, area, read_only)
    with pytest.raises(ValueError, match="no rows whose pixels lie side by side"):
        view.highest(board, area, np.zeros((70, 9), dtype=np.uint8).T)
    with pytest.raises(ValueError, match="no rows whose pixels lie side by side"):
        view.highest(board, area, EIGHTS[::-1].copy()[::-1])
    with pytest.raises(ValueError, match=r"an array of uint32 of shape .* is no image of uint8"):
        view.highest(board, area, WORDS)
    with pytest.raises(ValueError, match="is no image of uint8 of shape"):
        view.age(EIGHTS, EIGHTS[:8])
    with pytest.raises(ValueError, match="is no image of uint32 of shape"):
        view.colour(EIGHTS, palette, EIGHTS.copy())
    with pytest.raises(ValueError, match="is no palette of 256 uint32"):
        view.colour(EIGHTS, palette[:255], WORDS.copy())
    for zoom, left, top in ((2, 71, 0), (2, 0, 10), (0, 0, 0), (2, -1, 0)):
        with pytest.raises(ValueError, match="magnified by"):
            view.magnify(EIGHTS, zoom, left, top, np.zeros((9, 70), dtype=np.uint8))


def test_without_a_compiler_numpy_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    assert isinstance(load_view.__wrapped__(), NumpyView)


def test_numpy_goes_over_a_board_in_blocks_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    states, board = random_board((70, 123), 3, seed=1)
    monkeypatch.setattr(view_module, "_CELLS_PER_BLOCK", 500)
    image = np.empty((8, 5), dtype=np.uint8)
    NumpyView().highest(board, Area(0, 0, 8, 5), image, level=4)
    np.testing.assert_array_equal(image, squares_of(states, 4).max(axis=2))
    assert NumpyView().population(board, Area(3, 0, 120, 70)) == np.count_nonzero(states[3:])


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("optimization", ["-O0", "-O3"])
def test_the_c_compiles_without_a_warning(compiler: str, optimization: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    source = str(resource_folder("native") / "view.c")
    command = [compiler, *STRICT_C, "-Wpedantic", optimization, "-c", source, "-o", str(tmp_path / "view.o")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[:1500]
    assert result.stderr == ""


MAIN = r"""
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include "view.h"

static uint8_t *noise(size_t size) {
    static uint32_t state = 1;
    uint8_t *const bytes = malloc(size);
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    return bytes;
}

/* Looks at a board in every way, with no byte of memory to spare. */
static void look(size_t width, size_t height, size_t num_planes) {
    const size_t rows = height < 8 ? height : (height + 7) / 8;
    view_board board = {width, {0}, num_planes, width, width * rows};
    for (size_t b = 0; b <= 8; b++) board.starts[b] = height < 8 ? b / 8 * height : b * height / 8;
    uint8_t *const cells = noise(width * rows * num_planes);
    uint32_t palette[256] = {0};
    for (size_t level = 0; level <= 16; level++) {
        const size_t down = ((height - 1) >> level) + 1, across = ((width - 1) >> level) + 1;
        for (size_t top = 0; top < down; top += down / 2 + 1)
            for (size_t left = 0; left < across; left += across / 2 + 1) {
                const view_area area = {top, left, down - top, across - left};
                uint8_t *const image = malloc(area.rows * area.columns), *const ages = noise(area.rows * area.columns);
                uint32_t *const colours = malloc(area.rows * area.columns * sizeof *colours);
                if (!level) {
                    view_population(cells, &board, &area);
                    view_states(cells, &board, &area, image, area.columns);
                }
                for (size_t row_step = 1; row_step <= (size_t)1 << level; row_step *= 4) {
                    view_density(cells, &board, level, row_step, &area, image, area.columns);
                    view_highest(cells, &board, level, row_step, &area, image, area.columns);
                }
                view_age(image, area.columns, area.rows, area.columns, ages, area.columns);
                view_colours(image, area.columns, area.rows, area.columns, palette, colours, area.columns * 4);
                for (size_t zoom = 1; zoom < 20; zoom += zoom < 9 ? 1 : 4) {
                    const view_area large = {zoom / 2, zoom / 3, area.rows * zoom - zoom / 2 - zoom / 4,
                                             area.columns * zoom - zoom / 3 - zoom / 4};
                    if (large.rows * large.columns > 30000) continue;
                    uint8_t *const magnified = malloc(large.rows * large.columns);
                    view_magnify(image, area.columns, zoom, &large, magnified, large.columns);
                    free(magnified);
                }
                free(colours);
                free(ages);
                free(image);
            }
    }
    free(cells);
}

int main(void) {
    const size_t sizes[] = {1, 7, 8, 9, 65, 100, 513, 1025};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    for (size_t w = 0; w < SIZES; w++)
        for (size_t h = 0; h < SIZES; h++)
            for (size_t planes = 1; planes <= 4; planes++)
                if (sizes[w] * sizes[h] < 20000) look(sizes[w], sizes[h], planes);
    return 0;
}
"""


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_c_stays_within_its_memory(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    sanitize = ("-std=c11", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    (tmp_path / "trivial.c").write_text("int main(void) { return 0; }\n", encoding="utf-8")
    trivial = [compiler, *sanitize, str(tmp_path / "trivial.c"), "-o", str(tmp_path / "trivial")]
    if subprocess.run(trivial, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"{compiler} has no address and undefined-behaviour sanitizer (libasan, libubsan) here")
    (tmp_path / "main.c").write_text(MAIN, encoding="utf-8")
    native = resource_folder("native")
    sources = [str(native / "view.c"), str(tmp_path / "main.c")]
    built = subprocess.run(
        [compiler, *sanitize, f"-I{native}", *sources, "-o", str(tmp_path / "main")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr[:1500]
    result = subprocess.run([str(tmp_path / "main")], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[:1500]
    assert result.stderr == ""


@pytest.mark.parametrize("make_view", [load_view, NumpyView])
def test_a_palette_may_be_every_other_entry_of_an_array(make_view: Callable[[], View]) -> None:
    view = make_view()
    image = np.arange(256, dtype=np.uint8).reshape(16, 16)
    palette = np.arange(512, dtype=np.uint32)[::2]
    colours = np.zeros((16, 16), dtype=np.uint32)
    view.colour(image, palette, colours)
    np.testing.assert_array_equal(colours, palette[image])
