"""Status bar, toolbar, prompt and messages: what they show, and what a click or a key on them asks for."""

import dataclasses

import pygame
import pytest

from ca_logic.visualizer.actions import Action
from ca_logic.visualizer.events import ButtonPress, KeyPress, Modifiers, PointerMove
from ca_logic.visualizer.messages import Messages
from ca_logic.visualizer.painter import DARK, LIGHT, Style
from ca_logic.visualizer.prompt import Prompt
from ca_logic.visualizer.status_bar import HEIGHT, Status, draw_status_bar, rate_text
from ca_logic.visualizer.toolbar import Toolbar
from tests.visualizer.drawn import num_other_pixels, painter_of, pixels_of

STATUS = Status(
    rule="Life (B3/S23)",
    engine="22 gates, compiled",
    generation=12_345,
    population=678,
    changes=(12, 34),
    speed="8 generations a frame",
    cells_per_second=1.5e11,
    frames_per_second=60,
    scale="1:4",
    board="4096x4096 torus",
    mode="draw",
    cell="(3, 4) live",
    is_running=True,
)


@pytest.mark.parametrize("style", [DARK, LIGHT])
@pytest.mark.parametrize("width", [200, 640, 1920])
def test_the_status_bar_stays_within_its_area(width: int, style: Style) -> None:
    painter = painter_of(width, 100, style)
    draw_status_bar(painter, pygame.Rect(0, 100 - HEIGHT, width, HEIGHT), STATUS)
    assert num_other_pixels(painter, pygame.Rect(0, 0, width, 100 - HEIGHT)) == 0
    assert num_other_pixels(painter) > 300


def test_the_status_bar_tells_whether_it_runs() -> None:
    first, second = painter_of(900, HEIGHT), painter_of(900, HEIGHT)
    draw_status_bar(first, first.surface.get_rect(), STATUS)
    draw_status_bar(second, second.surface.get_rect(), dataclasses.replace(STATUS, is_running=False))
    assert (pixels_of(first) != pixels_of(second)).any()


@pytest.mark.parametrize(
    ("rate", "text"), [(0, "0 cells/s"), (1234, "1.23 kcells/s"), (1.5e11, "150 Gcells/s"), (2e12, "2 Tcells/s")]
)
def test_speeds_have_prefixes(rate: float, text: str) -> None:
    assert rate_text(rate) == text


def test_buttons_ask_for_what_they_say() -> None:
    asked: list[Action] = []
    toolbar = Toolbar(asked.append, lambda action: action.description)
    toolbar.draw(painter_of(1920, 34), pygame.Rect(0, 0, 1920, 34))
    for action in (Action.TOGGLE_RUNNING, Action.LEARN, Action.HELP):
        place = toolbar.place_of(action)
        assert place is not None
        assert toolbar.handle(ButtonPress(*place.center))
        assert toolbar.handle(ButtonPress(*place.center, "right"))
    assert asked == [Action.TOGGLE_RUNNING, Action.LEARN, Action.HELP]
    assert not toolbar.handle(ButtonPress(5, 300))


def test_a_button_under_the_mouse_says_what_it_does() -> None:
    toolbar = Toolbar(lambda _: None, lambda action: action.description)
    toolbar.draw(painter_of(1920, 34), pygame.Rect(0, 0, 1920, 34))
    place = toolbar.place_of(Action.RESET)
    assert place is not None
    toolbar.handle(PointerMove(*place.center))
    assert toolbar.hint() == (Action.RESET.description, place)
    toolbar.handle(PointerMove(900, 500))
    assert toolbar.hint() is None


def test_a_narrow_toolbar_leaves_buttons_out_and_draws_none_outside() -> None:
    toolbar, painter = Toolbar(lambda _: None, lambda _: ""), painter_of(600, 34)
    toolbar.draw(painter, pygame.Rect(0, 0, 300, 34))
    assert toolbar.place_of(Action.HELP) is None
    assert num_other_pixels(painter, pygame.Rect(301, 0, 299, 34)) == 0


def ask(answer: str = "100") -> tuple[Prompt, list[str]]:
    said: list[str] = []
    prompt = Prompt(
        "Which?", answer, on_answer=said.append, on_close=lambda: said.append("closed"), paste=lambda: "pasted"
    )
    prompt.draw(painter_of(640, 400), pygame.Rect(0, 0, 640, 400))
    return prompt, said


def press(prompt: Prompt, *keys: KeyPress) -> None:
    for key in keys:
        assert prompt.handle(key)


def test_a_prompt_is_answered_by_what_is_typed() -> None:
    prompt, said = ask()
    press(prompt, KeyPress("7", "7"), KeyPress("5", "5"), KeyPress("return"))
    assert said == ["closed", "75"]


def test_escape_or_a_click_beside_it_answers_nothing() -> None:
    prompt, said = ask()
    press(prompt, KeyPress("escape"))
    prompt.handle(ButtonPress(320, 200))
    prompt.handle(ButtonPress(2, 2))
    assert said == ["closed", "closed"]


def test_a_prompt_takes_what_is_on_the_clipboard() -> None:
    prompt, said = ask()
    press(prompt, KeyPress("v", "", Modifiers(ctrl=True)), KeyPress("return"))
    assert said == ["closed", "pasted"]


def test_a_long_answer_stays_within_its_field() -> None:
    prompt, _ = ask("a very long name of a file " * 20)
    painter = painter_of(640, 400)
    prompt.draw(painter, pygame.Rect(0, 0, 640, 400))
    assert num_other_pixels(painter, pygame.Rect(0, 0, 60, 400)) == 0


def test_messages_go_after_a_while_and_faults_later() -> None:
    messages, painter = Messages(), painter_of(640, 400)
    messages.tell("written", 0)
    messages.tell("no such file", 0, is_fault=True)
    messages.tell("written", 1)
    messages.draw(painter, painter.surface.get_rect(), 2)
    assert messages.texts == ["no such file", "written"]
    messages.draw(painter, painter.surface.get_rect(), 6)
    assert messages.texts == ["no such file"]
    messages.draw(painter, painter.surface.get_rect(), 60)
    assert messages.texts == []
