"""Bounded grids as Golly reads them from a rulestring; what is expected was checked with bgolly."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import RulestringError
from ca_logic.tasks.grid import Grid, parse_grid

SIZES = st.integers(0, 2_000_000_000)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("T30,20", "T30,20"),
        ("t30,20", "T30,20"),
        ("T30", "T30,30"),
        ("T30,", "T30,30"),
        ("T0,20", "T0,20"),
        ("T30,0", "T30,0"),
        ("T,20", "T0,20"),
        ("T030,020", "T30,20"),
        ("P64,48", "P64,48"),
        ("P7", "P7,7"),
        ("T30+5,20", "T30+5,20"),
        ("T30-5,20", "T30-5,20"),
        ("T30+35,20", "T30+5,20"),
        ("T30-35,20", "T30-5,20"),
        ("T30+30,20", "T30,20"),
        ("T30+,20", "T30,20"),
        ("T30,20+2", "T30,20+2"),
        ("T30,20-2", "T30,20-2"),
        ("T30+5", "T30+5,30"),
        ("K30,20", "K30,20*"),
        ("K30*,20", "K30*,20"),
        ("K30,20*", "K30,20*"),
        ("K30", "K30,30*"),
        ("K30*+5,20", "K30*+1,20"),
        ("K30*-1,20", "K30*+1,20"),
        ("K30,20*+4", "K30,20*+1"),
        ("K31*+1,20", "K31*,20"),
        ("C30,20", "C30,20"),
        ("C30", "C30,30"),
        ("S30", "S30"),
    ],
)
def test_a_grid_has_one_canonical_form(text: str, canonical: str) -> None:
    grid = parse_grid(text)
    assert grid is not None
    assert grid.canonical == canonical
    assert parse_grid(canonical) == grid


@pytest.mark.parametrize("text", ["", "T", "p", "T0", "T0,0", "P,", "P,0", "T00,"])
def test_without_any_size_a_grid_is_unbounded(text: str) -> None:
    assert parse_grid(text) is None


def test_an_unbounded_grid_has_no_suffix() -> None:
    assert Grid("torus", 0, 0).canonical == ""


@pytest.mark.parametrize(
    ("text", "grid"),
    [
        ("T30,20", Grid("torus", 30, 20)),
        ("P30", Grid("plane", 30, 30)),
        ("P0,20", Grid("plane", 0, 20)),
        ("T30-5,20", Grid("torus", 30, 20, horizontal_shift=-5)),
        ("T30,20+2", Grid("torus", 30, 20, vertical_shift=2)),
        ("K30*+3,20", Grid("Klein bottle", 30, 20, horizontal_shift=1, twist="horizontal")),
        ("K30,20", Grid("Klein bottle", 30, 20, twist="vertical")),
        ("C30,20", Grid("cross-surface", 30, 20)),
        ("S30", Grid("sphere", 30, 30)),
    ],
)
def test_a_grid_is_its_topology_sizes_shifts_and_twist(text: str, grid: Grid) -> None:
    assert parse_grid(text) == grid


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [("T30,20", True), ("P30", True), ("T30+1,20", False), ("T30,20-1", False), ("T30,0", False), ("P0,9", False),
     ("K30", False), ("C30", False), ("S30", False), ("T30+30,20", True)],
)  # fmt: skip
def test_a_plain_grid_is_a_bounded_torus_or_plane_without_shift(text: str, is_plain: bool) -> None:
    grid = parse_grid(text)
    assert grid is not None
    assert grid.is_plain == is_plain


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X30,20", r"'X30,20' begins with no topology; known are T \(torus\), P \(plane\)"),
        ("30,20", "begins with no topology"),
        ("S30,30", "'S30,30': character 4, ',', is unexpected after the width"),
        ("T30x20", "character 4, 'x', is unexpected after the width"),
        ("T30,20,", "character 7, ',', is unexpected after the height"),
        ("T30+2,20+1", r"'T30\+2,20\+1' is shifted both ways; only one shift is possible"),
        ("T30*,20", r"only a Klein bottle \(K\) has a twist, not a torus"),
        ("P30,20*", "has a twist, not a plane"),
        ("P30+1,20", "a plane cannot be shifted"),
        ("C30,20-1", "a cross-surface cannot be shifted"),
        ("S30+1", "a sphere cannot be shifted"),
        ("K30+1,20", r"a Klein bottle is shifted on its twisted edges only; write the shift after \*"),
        ("K30*,20*", "a Klein bottle has one twist, horizontal or vertical"),
        ("K0,20", "a Klein bottle needs a width"),
        ("K30,0", "a Klein bottle needs a height"),
        ("C0,20", "a cross-surface needs a width"),
        ("C30,0", "a cross-surface needs a height"),
        ("S0", "a sphere needs a width"),
        ("T0+1,20", "an unbounded side cannot be shifted"),
        ("T30,0-1", "an unbounded side cannot be shifted"),
        ("T30+1,0", "an unbounded grid cannot be shifted"),
    ],
)
def test_a_malformed_grid_is_refused_where_it_goes_wrong(text: str, message: str) -> None:
    with pytest.raises(RulestringError, match=message):
        parse_grid(text)


@pytest.mark.parametrize("digits", ["2000000001", "9" * 300, "0" * 200 + "9" * 50])
def test_a_size_ends_at_two_billion(digits: str) -> None:
    assert parse_grid(f"T{digits},1") == Grid("torus", 2_000_000_000, 1)


@given(SIZES, SIZES, st.integers(-(10**17), 10**17))
def test_a_shift_is_taken_modulo_the_size_and_keeps_its_sign(width: int, height: int, shift: int) -> None:
    width, height = max(width, 1), max(height, 1)
    grid = parse_grid(f"T{width}{shift:+d},{height}")
    assert grid is not None
    sign = -1 if shift < 0 else 1
    assert (grid.horizontal_shift, grid.vertical_shift) == (sign * (abs(shift) % width), 0)
    assert parse_grid(grid.canonical) == grid


@given(st.text(max_size=40) | st.text(alphabet="TPKCStpkcs,*+-0123456789 ", max_size=40))
def test_arbitrary_text_is_a_grid_or_a_rulestring_error(text: str) -> None:
    with contextlib.suppress(RulestringError):
        grid = parse_grid(text)
        assert grid is None or parse_grid(grid.canonical) == grid
