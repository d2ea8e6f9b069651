from collections.abc import Callable

import numpy as np
import pygame
import pytest

from ca_logic.visualizer.actions import Action, Section
from ca_logic.visualizer.bindings import BINDINGS, GESTURES
from ca_logic.visualizer.chords import parse_chord
from ca_logic.visualizer.events import (
    ButtonPress,
    ButtonRelease,
    CloseRequest,
    FileDrop,
    InputEvent,
    PointerMove,
    Resize,
    WheelTurn,
)
from ca_logic.visualizer.help_panel import HelpPanel
from ca_logic.visualizer.help_table import help_groups, help_text
from ca_logic.visualizer.painter import DARK, LIGHT, Painter, Style

SIZES = [(640, 400), (1280, 720), (1920, 1080)]


class Shown:
    """A panel on a surface, and how often it wanted to be closed."""

    def __init__(self, width: int = 640, height: int = 400, style: Style = DARK) -> None:
        self.num_closed = 0
        self.panel = HelpPanel(self.close)
        self.surface = pygame.Surface((width, height))
        self.painter = Painter(self.surface, style)
        self.draw()

    def close(self) -> None:
        self.num_closed += 1

    def draw(self) -> bytes:
        self.panel.draw(self.painter, self.surface.get_rect())
        return pygame.image.tobytes(self.surface, "RGB")

    def key(self, chord: str) -> bool:
        return self.panel.handle(parse_chord(chord).press())


def test_the_text_names_every_key_and_what_it_does() -> None:
    text = help_text()
    for binding in BINDINGS:
        assert any(
            str(binding.chord) in line and line.endswith(f"  {binding.action.description}")
            for line in text.splitlines()
        )
    for gesture, description in GESTURES:
        assert f"  {gesture} " in text
        assert description in text


def test_every_action_stands_once_under_its_section() -> None:
    groups = dict(help_groups())
    assert list(groups) == [*(section.value for section in Section), "Mouse"]
    for section in Section:
        described = [description for _, description in groups[section.value]]
        assert described == [action.description for action in Action if action.section is section]


@pytest.mark.parametrize("style", [DARK, LIGHT], ids=lambda style: style.name)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_is_cut_short(width: int, height: int, style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    paint: Callable[..., pygame.Rect] = Painter.text

    def text(painter: Painter, text: str, x: int, y: int, **options: object) -> pygame.Rect:
        texts.append(text)
        covered = paint(painter, text, x, y, **options)
        uncut = paint(Painter(pygame.Surface((1, 1)), style), text, x, y, **{**options, "width": None})
        assert covered.width <= painter.surface.get_width() - x or options.get("anchor")
        assert options.get("width") is None or pygame.Rect(covered).width >= uncut.width
        return covered

    monkeypatch.setattr(Painter, "text", text)
    Shown(width, height, style)
    assert {action.description for action in Action} <= set(texts)
    assert {str(binding.chord) for binding in BINDINGS} <= set(texts)


@pytest.mark.parametrize(("width", "height"), SIZES[1:])
def test_large_windows_need_no_scrolling(width: int, height: int) -> None:
    shown = Shown(width, height)
    before = shown.draw()
    assert shown.key("End")
    assert shown.draw() == before


@pytest.mark.parametrize("turn", ["Down", "PageDown", "End", WheelTurn(300, 300, -1.0)])
def test_a_small_window_scrolls(turn: str | WheelTurn) -> None:
    shown = Shown()
    before = shown.draw()
    assert shown.key(turn) if isinstance(turn, str) else shown.panel.handle(turn)
    assert shown.draw() != before
    assert shown.key("Home")
    assert shown.draw() == before


def test_scrolling_ends_at_either_end() -> None:
    shown = Shown()
    first = shown.draw()
    shown.key("Up")
    assert shown.draw() == first
    shown.key("End")
    last = shown.draw()
    shown.key("PageDown")
    assert shown.draw() == last
    for _ in range(100):
        shown.panel.handle(WheelTurn(1, 1, 1.0))
    assert shown.draw() == first


@pytest.mark.parametrize("chord", ["Esc", "?", "h", "F1"])
def test_its_keys_close_it(chord: str) -> None:
    shown = Shown()
    assert shown.key(chord)
    assert shown.num_closed == 1


@pytest.mark.parametrize("chord", ["Enter", "l", "Ctrl+Q"])
def test_what_one_has_read_can_be_tried(chord: str) -> None:
    shown = Shown()
    assert not shown.key(chord)
    assert shown.num_closed == 1


@pytest.mark.parametrize("chord", ["q", "F11", "Ctrl+Alt+Delete"])
def test_other_keys_leave_it_open(chord: str) -> None:
    shown = Shown()
    assert not shown.key(chord)
    assert shown.num_closed == 0


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_click_on_its_mark_closes_it(width: int, height: int) -> None:
    shown = Shown(width, height)
    assert shown.panel.handle(ButtonPress(width - 30, 26))
    assert shown.num_closed == 1


@pytest.mark.parametrize(
    "event", [ButtonPress(100, 100), ButtonPress(610, 26, "right"), ButtonRelease(610, 26), PointerMove(610, 26)]
)
def test_other_clicks_do_nothing_and_reach_nobody(event: InputEvent) -> None:
    shown = Shown()
    assert shown.panel.handle(event)
    assert shown.num_closed == 0


@pytest.mark.parametrize("event", [Resize(1, 1), FileDrop("a.rle"), CloseRequest(), ButtonPress(700, 10)])
def test_events_of_others_are_left_to_them(event: InputEvent) -> None:
    assert not Shown().panel.handle(event)


def test_it_keeps_to_its_area() -> None:
    surface = pygame.Surface((900, 700))
    surface.fill((1, 2, 3))
    panel = HelpPanel(lambda: None)
    area = pygame.Rect(120, 90, 640, 400)
    panel.draw(Painter(surface, DARK), area)
    colours = pygame.surfarray.array3d(surface)
    inside = np.zeros(colours.shape[:2], dtype=bool)
    inside[area.left : area.right, area.top : area.bottom] = True
    assert np.all(colours[~inside] == (1, 2, 3))
    assert not np.any(np.all(colours[inside] == (1, 2, 3), axis=-1))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (60, 40), (200, 60), (1920, 30)])
def test_windows_too_small_for_it_do_no_harm(width: int, height: int) -> None:
    shown = Shown(width, height)
    for chord in ("Down", "PageDown", "End", "Up"):
        assert shown.key(chord)
        shown.draw()
