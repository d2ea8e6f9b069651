"""The browser of the pattern library: what typing finds, what keys and mouse choose, and what is drawn of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.errors import PatternError
from ca_logic.runtime.pattern import Pattern, ShippedPattern, load_pattern, pattern_of_states, shipped_patterns
from ca_logic.runtime.pattern.pattern import runs_of_cells
from ca_logic.visualizer.board_view.themes import THEMES, palettes_of
from ca_logic.visualizer.events import (
    ButtonPress,
    ButtonRelease,
    FileDrop,
    KeyPress,
    Modifiers,
    PointerMove,
    WheelTurn,
)
from ca_logic.visualizer.painter import DARK, LIGHT, Style
from ca_logic.visualizer.pattern_browser import ROW_HEIGHT, PatternBrowser
from ca_logic.visualizer.pattern_picture import picture_of_pattern
from tests.visualizer.drawn import num_other_pixels, painter_of, pixels_of

SIZE = (640, 400)


@dataclass
class Opened:
    """A browser that was drawn, and what it asked for.

    Attributes:
        patterns: names of patterns that were opened.
        num_closings: how often it wanted to be gone.
        time: what its clock tells.
    """

    patterns: list[str] = field(default_factory=list)
    num_closings: int = 0
    time: float = 0

    def __post_init__(self) -> None:
        self.browser = self.make()

    def make(self, read_library: Callable[[], Sequence[ShippedPattern]] = shipped_patterns) -> PatternBrowser:
        self.browser = PatternBrowser(
            on_open=lambda pattern: self.patterns.append(pattern.name),
            on_close=self.close,
            read_library=read_library,
            now=lambda: self.time,
        )
        self.draw()
        return self.browser

    def close(self) -> None:
        self.num_closings += 1

    def draw(self, size: tuple[int, int] = SIZE, style: Style = DARK) -> np.ndarray:
        painter = painter_of(*size, style)
        self.browser.draw(painter, pygame.Rect(0, 0, *size))
        return pixels_of(painter)

    def press(self, *keys: str) -> None:
        for key in keys:
            assert self.browser.handle(KeyPress(key, key if len(key) == 1 else ""))

    def type(self, text: str) -> None:
        for letter in text:
            assert self.browser.handle(KeyPress("space" if letter == " " else letter, letter))

    def click(self, index: int) -> None:
        assert self.browser.handle(ButtonPress(*self.browser.row_area(index).center))
        assert self.browser.handle(ButtonRelease(*self.browser.row_area(index).center))

    @property
    def chosen(self) -> str:
        assert self.browser.chosen is not None
        return self.browser.chosen.name


@pytest.fixture
def opened() -> Opened:
    return Opened()


def test_all_patterns_are_listed_by_name_and_the_first_is_chosen(opened: Opened) -> None:
    names = [entry.name for entry in opened.browser.listed]
    assert names == [entry.name for entry in shipped_patterns()]
    assert opened.chosen == names[0]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("norton", ["Clock", "Figure eight", "Toad"]),
        ("b36/s23", ["HighLife bomber", "HighLife replicator"]),
        ("c/10", ["Copperhead"]),
        ("lwss", ["Lightweight spaceship"]),
        ("zdr 2016", ["Copperhead"]),
    ],
)
def test_typing_finds_what_has_all_words(opened: Opened, typed: str, found: list[str]) -> None:
    opened.type(typed)
    assert [entry.name for entry in opened.browser.listed] == found


def test_names_come_before_texts_and_the_best_is_chosen(opened: Opened) -> None:
    opened.press("end")
    opened.type("glider")
    assert opened.chosen == "Glider"
    opened.type(" GUN")
    names = [entry.name for entry in opened.browser.listed]
    assert names[:3] == ["Gosper glider gun", "Period 52 glider gun", "Simkin glider gun"]
    assert "Breeder" in names[3:], "its text tells of glider guns"
    opened.press(*["backspace"] * 10)
    assert len(opened.browser.listed) == len(shipped_patterns())
    assert opened.chosen == shipped_patterns()[0].name


def test_moving_the_caret_chooses_nothing_else(opened: Opened) -> None:
    opened.type("gun")
    opened.press("down")
    before = opened.chosen
    opened.press("left")
    assert opened.chosen == before
    opened.type("x")
    assert not opened.browser.listed


def test_nothing_found_is_said_and_cannot_be_opened(opened: Opened) -> None:
    before = opened.draw()
    opened.type("zzz")
    assert not opened.browser.listed
    assert opened.browser.chosen is None
    assert (opened.draw() != before).any()
    opened.press("return", "down", "page up", "end")
    opened.browser.handle(WheelTurn(100, 200, -1))
    assert not opened.patterns


def test_arrows_pages_and_ends_choose(opened: Opened) -> None:
    names = [entry.name for entry in shipped_patterns()]
    opened.press("up")
    assert opened.chosen == names[0]
    opened.press("down", "down")
    assert opened.chosen == names[2]
    opened.press("end")
    assert opened.chosen == names[-1]
    opened.press("down")
    assert opened.chosen == names[-1]
    opened.press("home")
    opened.press("page down")
    page = names.index(opened.chosen)
    assert 5 < page < 400 // ROW_HEIGHT
    opened.press("page down", "page up", "page up")
    assert opened.chosen == names[0]


@pytest.mark.parametrize("keys", [["end"], ["page down"] * 3, ["end", "page up", "up"], ["end", "home"]])
def test_what_is_chosen_is_seen(opened: Opened, keys: list[str]) -> None:
    opened.press(*keys)
    index = [entry.name for entry in opened.browser.listed].index(opened.chosen)
    area = opened.browser.row_area(index)
    assert 60 < area.top < area.bottom <= SIZE[1]
    for size in ((1920, 1080), (640, 300)):
        opened.draw(size)
        area = opened.browser.row_area(index)
        assert 60 < area.top < area.bottom <= size[1]


def test_the_wheel_chooses_and_adds_up_parts_of_notches(opened: Opened) -> None:
    names = [entry.name for entry in shipped_patterns()]
    opened.browser.handle(WheelTurn(100, 200, -2))
    assert opened.chosen == names[2]
    for _ in range(4):
        opened.browser.handle(WheelTurn(100, 200, 0.25))
    assert opened.chosen == names[1]


def test_enter_opens_what_is_chosen_with_all_that_belongs_to_it() -> None:
    taken: list[Pattern] = []
    browser = PatternBrowser(on_open=taken.append, on_close=lambda: None)
    browser.draw(painter_of(*SIZE), pygame.Rect(0, 0, *SIZE))
    for letter in "bomber":
        browser.handle(KeyPress(letter, letter))
    browser.handle(KeyPress("return"))
    assert [(pattern.name, pattern.rule) for pattern in taken] == [("HighLife bomber", "B36/S23")]
    assert np.array_equal(taken[0].live, load_pattern("highlife-bomber").live)


def test_a_double_click_opens_and_two_slow_clicks_or_two_rows_do_not(opened: Opened) -> None:
    opened.click(3)
    assert opened.chosen == shipped_patterns()[3].name
    opened.time = 5
    opened.click(3)
    opened.click(4)
    assert not opened.patterns
    opened.time = 5.2
    opened.click(4)
    assert opened.patterns == [shipped_patterns()[4].name]


def test_escape_and_the_cross_close_it(opened: Opened) -> None:
    opened.press("escape")
    assert opened.browser.handle(ButtonPress(640 - 28, 26))
    assert opened.num_closings == 2
    assert not opened.patterns


def test_the_button_opens(opened: Opened) -> None:
    assert opened.browser.handle(ButtonPress(640 - 40, 400 - 28))
    assert opened.patterns == [shipped_patterns()[0].name]


def test_other_events_are_left_to_others(opened: Opened) -> None:
    held = Modifiers(ctrl=True)
    for event in (
        KeyPress("q", "", held),
        KeyPress("f11"),
        FileDrop("x.rle"),
        ButtonPress(700, 100),
        PointerMove(100, 500),
    ):
        assert not opened.browser.handle(event)
    for event in (KeyPress("tab"), KeyPress("space", " "), PointerMove(100, 200), ButtonPress(100, 200, "right")):
        assert opened.browser.handle(event)
    assert not opened.patterns
    assert not opened.num_closings


def test_the_row_under_the_mouse_is_lit(opened: Opened) -> None:
    before = opened.draw()
    opened.browser.handle(PointerMove(*opened.browser.row_area(4).center))
    lit = opened.draw()
    assert (lit != before).any()
    opened.browser.handle(PointerMove(100, 5))
    assert (opened.draw() == before).all()


def test_a_file_that_cannot_be_read_is_said_and_not_opened(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "broken.rle"
    path.write_text("x = 3, y = 3\nboq!", encoding="utf-8")
    entry = ShippedPattern("broken", path, "Broken", "nobody", "B3/S23", 3, 3, "It is broken.", "broken")
    browser = opened.make(lambda: [entry])
    opened.press("return")
    assert not opened.patterns
    assert "broken.rle line 2, column 3: 'q' has no meaning" in browser.error
    opened.draw()


def test_a_library_that_cannot_be_read_is_said(opened: Opened) -> None:
    def fail() -> Sequence[ShippedPattern]:
        raise PatternError("cannot read the library.")

    browser = opened.make(fail)
    assert browser.error == "cannot read the library."
    opened.press("return", "escape")
    assert opened.num_closings == 1


@pytest.mark.parametrize("style", [DARK, LIGHT])
@pytest.mark.parametrize("size", [(640, 400), (1920, 1080), (200, 100), (40, 20), (1, 1)])
def test_it_fits_windows_of_any_size(opened: Opened, size: tuple[int, int], style: Style) -> None:
    painter = painter_of(size[0] + 50, size[1] + 50, style)
    opened.browser.draw(painter, pygame.Rect(0, 0, *size))
    assert num_other_pixels(painter, pygame.Rect(size[0], 0, 50, size[1] + 50)) == 0
    assert num_other_pixels(painter, pygame.Rect(0, size[1], size[0] + 50, 50)) == 0
    opened.press("down")
    opened.browser.draw(painter, pygame.Rect(0, 0, *size))


def test_drawing_again_shows_the_same(opened: Opened) -> None:
    assert (opened.draw() == opened.draw()).all()
    assert (opened.draw(style=LIGHT) != opened.draw()).any()


def test_cells_are_drawn_as_large_as_they_fit() -> None:
    glider = load_pattern("glider")
    palettes = palettes_of(THEMES[0], DARK, 2)
    # Five cells with those around, of four pixels.
    pixels = picture_of_pattern(glider, 23, 90, palettes)
    assert pixels.shape == (20, 20, 3)
    is_live = (pixels[1::4, 1::4] == THEMES[0].live).all(axis=2)
    assert np.array_equal(is_live[1:-1, 1:-1], glider.states().astype(bool))
    assert not is_live[0].any()
    assert picture_of_pattern(glider, 2000, 2000, palettes).shape == (120, 120, 3)


def test_states_have_their_own_colours() -> None:
    pattern = pattern_of_states(np.array([[0, 1, 2, 3]], dtype=np.uint8))
    pixels = picture_of_pattern(pattern, 60, 60, palettes_of(THEMES[0], DARK, 4))
    zoom = pixels.shape[0] // 3
    middle = pixels[zoom + zoom // 2, zoom // 2 :: zoom]
    assert len(np.unique(middle, axis=0)) == 4


@settings(deadline=None, max_examples=50)
@given(
    cells=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=30),
    width=st.integers(1, 300),
    height=st.integers(1, 300),
)
def test_a_picture_is_no_larger_than_asked_for_and_shows_every_cell(
    cells: list[tuple[int, int]], width: int, height: int
) -> None:
    runs = runs_of_cells(np.array([(y, x, 1) for y, x in cells], dtype=np.int64))
    pattern = Pattern(runs, 5001, 5001)
    pixels = picture_of_pattern(pattern, width, height, palettes_of(THEMES[0], DARK, 2))
    assert pixels.shape[0] <= height
    assert pixels.shape[1] <= width
    side = -(-5001 // min(width, height))
    for y, x in cells:
        assert (pixels[y // side, x // side] != THEMES[0].dead).any()


def test_a_pattern_of_any_extent_is_drawn_without_being_laid_out() -> None:
    pattern = Pattern(np.array([[0, 0, 1, 1], [10**9, 10**9, 1, 1]]), 10**9 + 1, 10**9 + 1)
    pixels = picture_of_pattern(pattern, 200, 100, palettes_of(THEMES[0], DARK, 2))
    assert (pixels != THEMES[0].dead).any(axis=2).sum() == 2


def test_what_is_typed_before_the_first_frame_counts() -> None:
    browser = PatternBrowser(on_open=lambda _: None, on_close=lambda: None)
    for letter in "copper":
        browser.handle(KeyPress(letter, letter))
    painter = painter_of(*SIZE)
    browser.draw(painter, painter.surface.get_rect())
    assert [entry.name for entry in browser.listed] == ["Copperhead"]


def test_hyphens_need_not_be_typed(opened: Opened) -> None:
    opened.type("rpent")
    assert opened.chosen == "R-pentomino"
