"""Boards in bands: each cell is where `native/board.h` says, and a board is no more than its cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend.bands import BandLayout, Bands
from tests.oracles import board_sizes, random_cells, random_states, seeds

ALIGNMENT = 64

num_planes_drawn = st.integers(1, 3)


def banded(states: np.ndarray, num_planes: int) -> np.ndarray:
    """Packs states cell by cell, as the layout is described, not as the package does it."""
    height, width = states.shape
    rows = height if height < 8 else -(-height // 8)
    cells = np.zeros((num_planes, rows, width), dtype=np.uint8)
    for plane in range(num_planes):
        for row in range(rows):
            for band in range(8):
                y = row if height < 8 else band * height // 8 + row
                cells[plane, row] |= (states[y] >> plane & 1) << band
    return cells


def bands_of(states: np.ndarray, num_planes: int) -> Bands:
    height, width = states.shape
    bands = Bands(BandLayout(width, height, num_planes))
    bands.set_states(0, 0, states)
    return bands


def states_of(bands: Bands) -> np.ndarray:
    return bands.states(0, bands.layout.height, 0, bands.layout.width)


def rectangle(data: st.DataObject, width: int, height: int) -> tuple[int, int, int, int]:
    """Draws a rectangle of cells: (y, rows, x, columns)."""
    y, x = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    return y, data.draw(st.integers(1, height - y)), x, data.draw(st.integers(1, width - x))


@pytest.mark.parametrize(
    ("height", "rows", "starts"),
    [
        (1, 1, (0,) * 8 + (1,)),
        (7, 7, (0,) * 8 + (7,)),
        (8, 1, (0, 1, 2, 3, 4, 5, 6, 7, 8)),
        (9, 2, (0, 1, 2, 3, 4, 5, 6, 7, 9)),
        (15, 2, (0, 1, 3, 5, 7, 9, 11, 13, 15)),
        (16, 2, (0, 2, 4, 6, 8, 10, 12, 14, 16)),
        (19, 3, (0, 2, 4, 7, 9, 11, 14, 16, 19)),
    ],
)
def test_a_board_is_cut_into_bands_of_as_many_rows(height: int, rows: int, starts: tuple[int, ...]) -> None:
    layout = BandLayout(5, height, 1)
    assert (layout.rows, layout.starts) == (rows, starts)
    assert layout.has_same_bands == (height < 8)


@given(height=st.integers(1, 5000))
def test_a_band_shares_its_last_row_with_the_next_one_or_none(height: int) -> None:
    layout = BandLayout(5, height, 1)
    held = [set(range(start, start + layout.rows)) for start in layout.starts[:-1]]
    assert set.union(*held) == set(range(height))
    if layout.has_same_bands:
        assert layout.whole_bands == 0xFF
        return
    following = [*held[1:], set[int]()]
    for band, (rows, next_rows) in enumerate(zip(held, following, strict=True)):
        is_whole = layout.whole_bands >> band & 1
        assert rows & next_rows == (set() if is_whole else {layout.starts[band] + layout.rows - 1})
    assert layout.whole_bands >> 7 == 1, "there is no band after the last"


@given(size=board_sizes, data=st.data())
def test_pieces_are_the_rows_that_were_asked_for(size: tuple[int, int], data: st.DataObject) -> None:
    layout = BandLayout(*size, num_planes=1)
    y, num_rows, _, _ = rectangle(data, *size)
    found: list[set[int]] = []
    for band, rows, offset in layout.pieces(y, num_rows):
        assert 0 <= rows.start < rows.stop <= layout.rows
        first = layout.starts[band] + rows.start
        assert offset == first - y
        found.append(set(range(first, first + rows.stop - rows.start)))
    assert set().union(*found) == set(range(y, y + num_rows))
    assert list(layout.pieces(0, 0)) == []


@settings(deadline=None)
@given(size=board_sizes, num_planes=num_planes_drawn)
def test_the_memory_is_what_the_header_promises(size: tuple[int, int], num_planes: int) -> None:
    layout = BandLayout(*size, num_planes)
    bands = Bands(layout)
    for cells in (bands.cells, bands.spare(), bands.copy_cells()):
        assert cells.shape == (num_planes, layout.rows, layout.width)
        assert cells.strides == (layout.plane, layout.pitch, 1)
        assert cells.ctypes.data % ALIGNMENT == 1
        assert not cells.any()
    assert layout.pitch % (2 * ALIGNMENT) == ALIGNMENT
    # Between the cells of two rows is room after the one and before the other.
    assert layout.pitch - layout.width >= 2 * ALIGNMENT
    assert layout.plane == (layout.rows + 3) * layout.pitch
    assert layout.num_bytes >= num_planes * layout.plane


@settings(deadline=None)
@given(size=board_sizes, num_planes=num_planes_drawn)
def test_the_room_around_the_cells_belongs_to_the_board(size: tuple[int, int], num_planes: int) -> None:
    layout = BandLayout(*size, num_planes)
    cells = Bands(layout).cells
    memory: np.ndarray | None = cells
    while memory is not None and isinstance(memory.base, np.ndarray):
        memory = memory.base
    assert memory is not None
    first = cells.ctypes.data - memory.ctypes.data
    last = first + (num_planes - 1) * layout.plane + (layout.rows - 1) * layout.pitch + layout.width - 1
    assert first >= 2 * layout.pitch + ALIGNMENT
    assert memory.nbytes - 1 - last >= layout.pitch + ALIGNMENT
    assert memory.nbytes <= layout.num_bytes + ALIGNMENT


@settings(deadline=None, max_examples=60)
@given(size=board_sizes, num_planes=num_planes_drawn, seed=seeds)
def test_bit_b_of_byte_x_of_row_r_is_the_cell_of_column_x_of_row_r_of_band_b(
    size: tuple[int, int], num_planes: int, seed: int
) -> None:
    states = random_states(*size, 1 << num_planes, seed)
    bands = bands_of(states, num_planes)
    np.testing.assert_array_equal(bands.cells, banded(states, num_planes))
    np.testing.assert_array_equal(states_of(bands), states)
    assert states_of(bands).dtype == np.uint8


@settings(deadline=None)
@given(size=board_sizes, num_planes=num_planes_drawn, data=st.data(), seed=seeds)
def test_any_rectangle_can_be_read_and_replaced(
    size: tuple[int, int], num_planes: int, data: st.DataObject, seed: int
) -> None:
    states = random_states(*size, 1 << num_planes, seed)
    bands = bands_of(states, num_planes)
    y, rows, x, columns = rectangle(data, *size)
    window = np.s_[y : y + rows, x : x + columns]
    np.testing.assert_array_equal(bands.states(y, rows, x, columns), states[window])
    states[window] = random_states(columns, rows, 1 << num_planes, seed + 1)
    bands.set_states(y, x, states[window])
    np.testing.assert_array_equal(bands.cells, banded(states, num_planes))


@settings(deadline=None)
@given(size=board_sizes, num_planes=num_planes_drawn, data=st.data(), seed=seeds)
def test_any_rectangle_can_be_filled(size: tuple[int, int], num_planes: int, data: st.DataObject, seed: int) -> None:
    states = random_states(*size, 1 << num_planes, seed)
    bands = bands_of(states, num_planes)
    y, rows, x, columns = rectangle(data, *size)
    state = data.draw(st.integers(0, (1 << num_planes) - 1))
    states[y : y + rows, x : x + columns] = state
    bands.fill(y, rows, x, columns, state)
    np.testing.assert_array_equal(bands.cells, banded(states, num_planes))


@settings(deadline=None)
@given(size=board_sizes, num_planes=num_planes_drawn, seed=seeds)
def test_single_cells_are_placed_wherever_they_are_held(size: tuple[int, int], num_planes: int, seed: int) -> None:
    states, others = (random_states(*size, 1 << num_planes, seed + k) for k in range(2))
    bands = bands_of(states, num_planes)
    y, x = np.nonzero(random_cells(*size, seed))
    bands.place(y, x, others[y, x].astype(np.int64))
    states[y, x] = others[y, x]
    np.testing.assert_array_equal(bands.cells, banded(states, num_planes))


@settings(deadline=None)
@given(size=board_sizes, num_planes=num_planes_drawn, seed=seeds)
def test_cells_that_are_in_two_bands_count_once(size: tuple[int, int], num_planes: int, seed: int) -> None:
    states = random_states(*size, 1 << num_planes, seed)
    bands = bands_of(states, num_planes)
    assert bands.population() == np.count_nonzero(states)
    bands.fill(0, size[1], 0, size[0], (1 << num_planes) - 1)
    assert bands.population() == size[0] * size[1]


@settings(deadline=None, max_examples=30)
@given(size=board_sizes, num_planes=num_planes_drawn, seed=seeds)
def test_a_copy_and_the_spare_room_are_memory_of_their_own(size: tuple[int, int], num_planes: int, seed: int) -> None:
    states = random_states(*size, 1 << num_planes, seed)
    bands = bands_of(states, num_planes)
    copy, spare, before = bands.copy_cells(), bands.spare(), bands.cells
    np.testing.assert_array_equal(copy, bands.cells)
    assert not any(np.shares_memory(a, b) for a, b in ((copy, before), (copy, spare), (spare, before)))
    assert bands.spare() is spare
    spare[:] = 0
    bands.swap()
    assert bands.cells is spare
    assert bands.spare() is before
    assert bands.population() == 0
    bands.swap()
    np.testing.assert_array_equal(states_of(bands), states)


def test_a_board_that_does_not_fit_into_memory_is_an_error_of_memory() -> None:
    with pytest.raises((MemoryError, ValueError)):
        Bands(BandLayout(1 << 40, 1 << 20, 1))
