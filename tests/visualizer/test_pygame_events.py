from collections.abc import Iterator
from typing import Any

import pygame
import pytest

from ca_logic.visualizer.actions import Action
from ca_logic.visualizer.bindings import action_of
from ca_logic.visualizer.events import (
    ButtonPress,
    ButtonRelease,
    CloseRequest,
    FileDrop,
    InputEvent,
    KeyPress,
    Modifiers,
    PointerMove,
    Resize,
    WheelTurn,
)
from ca_logic.visualizer.pygame_events import EventReader, modifiers_of, translate

SHIFT, CTRL, ALT = Modifiers(shift=True), Modifiers(ctrl=True), Modifiers(alt=True)
NOTHING = Modifiers()


def key_down(key: int, scancode: int = 0, text: str = "", mod: int = 0) -> pygame.event.Event:
    return pygame.event.Event(pygame.KEYDOWN, key=key, scancode=scancode, unicode=text, mod=mod)


def translated(kind: int, **attributes: Any) -> InputEvent | None:
    return translate(pygame.event.Event(kind, **attributes), pointer=(7, 9), modifiers=CTRL)


def pressed(event: pygame.event.Event) -> KeyPress:
    press = translate(event, pointer=(0, 0), modifiers=NOTHING)
    assert isinstance(press, KeyPress)
    return press


@pytest.mark.parametrize(
    ("event", "press"),
    [
        (key_down(pygame.K_a, pygame.KSCAN_A, "a"), KeyPress("a", "a")),
        (key_down(pygame.K_a, pygame.KSCAN_A, "A", pygame.KMOD_LSHIFT), KeyPress("a", "A", SHIFT)),
        (key_down(pygame.K_v, pygame.KSCAN_V, "\x16", pygame.KMOD_LCTRL), KeyPress("v", "", CTRL)),
        (key_down(pygame.K_v, pygame.KSCAN_V, "v", pygame.KMOD_LMETA), KeyPress("v", "", CTRL)),
        (key_down(pygame.K_x, pygame.KSCAN_X, "x", pygame.KMOD_LALT), KeyPress("x", "", ALT)),
        (key_down(pygame.K_RETURN, pygame.KSCAN_RETURN, "\r"), KeyPress("return")),
        (key_down(pygame.K_SPACE, pygame.KSCAN_SPACE, " "), KeyPress("space", " ")),
        (key_down(pygame.K_TAB, pygame.KSCAN_TAB, "\t", pygame.KMOD_RSHIFT), KeyPress("tab", "", SHIFT)),
        (key_down(pygame.K_BACKSPACE, pygame.KSCAN_BACKSPACE, "\b"), KeyPress("backspace")),
        (key_down(pygame.K_DELETE, 76, "\x7f"), KeyPress("delete")),
        (key_down(pygame.K_F11, 68), KeyPress("f11")),
        (key_down(pygame.K_PAGEUP, 75), KeyPress("page up")),
        (key_down(pygame.K_LEFT, 80, "", pygame.KMOD_NUM | pygame.KMOD_CAPS), KeyPress("left")),
    ],
)
def test_a_key_has_name_text_and_modifiers(event: pygame.event.Event, press: KeyPress) -> None:
    assert pressed(event) == press


@pytest.mark.parametrize(
    ("event", "press"),
    [
        (key_down(pygame.K_KP_PLUS, 87, "+"), KeyPress("+", "+")),
        (key_down(pygame.K_KP_ENTER, 88, "\r"), KeyPress("return")),
        (key_down(pygame.K_KP4, 92, "4"), KeyPress("4", "4")),
        (key_down(pygame.K_KP4, 92), KeyPress("left")),
        (key_down(pygame.K_KP_PERIOD, 99), KeyPress("delete")),
    ],
)
def test_the_keypad_is_like_the_other_keys(event: pygame.event.Event, press: KeyPress) -> None:
    assert pressed(event) == press


@pytest.mark.parametrize(
    "mod",
    [pygame.KMOD_MODE, pygame.KMOD_RALT, pygame.KMOD_LCTRL | pygame.KMOD_RALT, pygame.KMOD_LCTRL | pygame.KMOD_LALT],
)
def test_signs_typed_by_alt_gr_are_signs(mod: int) -> None:
    press = pressed(key_down(pygame.K_9, pygame.KSCAN_9, "]", mod))
    assert press == KeyPress("9", "]")
    assert action_of(press) is Action.ZOOM_IN


def test_a_right_alt_that_types_nothing_else_is_an_alt() -> None:
    assert pressed(key_down(pygame.K_x, pygame.KSCAN_X, "x", pygame.KMOD_RALT)) == KeyPress("x", "", ALT)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (key_down(ord("&"), pygame.KSCAN_1, "&"), "1"),
        (key_down(ord("é"), pygame.KSCAN_2, "é"), "2"),
        (key_down(ord("а"), pygame.KSCAN_F, "а"), "f"),
        (key_down(ord("ü"), pygame.KSCAN_LEFTBRACKET, "ü"), "["),
        (key_down(ord("z"), pygame.KSCAN_Y, "z"), "z"),
        (key_down(ord("2"), pygame.KSCAN_2, "2"), "2"),
        (key_down(ord("q"), pygame.KSCAN_A, "q"), "q"),
    ],
)
def test_other_alphabets_are_named_by_their_place(event: pygame.event.Event, name: str) -> None:
    assert pressed(event).key == name


@pytest.mark.parametrize("key", [pygame.K_LSHIFT, pygame.K_RCTRL, pygame.K_LALT, pygame.K_CAPSLOCK, 0])
def test_modifiers_alone_are_no_presses(key: int) -> None:
    assert translate(key_down(key), pointer=(0, 0), modifiers=NOTHING) is None


@pytest.mark.parametrize(("number", "button"), [(1, "left"), (2, "middle"), (3, "right")])
def test_buttons_go_down_and_up(number: int, button: Any) -> None:
    assert translated(pygame.MOUSEBUTTONDOWN, pos=(3, 4), button=number) == ButtonPress(3, 4, button, CTRL)
    assert translated(pygame.MOUSEBUTTONUP, pos=(3, 4), button=number) == ButtonRelease(3, 4, button, CTRL)


@pytest.mark.parametrize("number", [4, 5, 6, 7])
def test_the_wheel_is_no_button(number: int) -> None:
    assert translated(pygame.MOUSEBUTTONDOWN, pos=(3, 4), button=number) is None


def test_the_mouse_moves_with_what_it_holds() -> None:
    moved = translated(pygame.MOUSEMOTION, pos=(5, 6), rel=(1, 1), buttons=(1, 0, 1))
    assert moved == PointerMove(5, 6, frozenset({"left", "right"}), CTRL)


@pytest.mark.parametrize(
    ("turned", "notches"),
    [({"y": 1, "precise_y": 0.25}, 0.25), ({"y": -2}, -2.0), ({"y": 3, "precise_y": 0.0}, 3.0)],
)
def test_the_wheel_turns_where_the_mouse_is(turned: dict[str, float], notches: float) -> None:
    assert translated(pygame.MOUSEWHEEL, x=0, flipped=False, **turned) == WheelTurn(7, 9, notches, CTRL)


def test_a_wheel_that_turns_sideways_is_none() -> None:
    assert translated(pygame.MOUSEWHEEL, x=1, y=0, precise_x=1.0, precise_y=0.0, flipped=False) is None


@pytest.mark.parametrize(
    ("kind", "attributes", "event"),
    [
        (pygame.DROPFILE, {"file": "/tmp/a.rle"}, FileDrop("/tmp/a.rle")),
        (pygame.VIDEORESIZE, {"w": 640, "h": 400, "size": (640, 400)}, Resize(640, 400)),
        (pygame.WINDOWSIZECHANGED, {"x": 640, "y": 400}, Resize(640, 400)),
        (pygame.QUIT, {}, CloseRequest()),
        (pygame.USEREVENT, {}, None),
        (pygame.KEYUP, {"key": pygame.K_a, "scancode": 4, "mod": 0}, None),
    ],
)
def test_the_window_has_events_too(kind: int, attributes: dict[str, Any], event: InputEvent | None) -> None:
    assert translated(kind, **attributes) == event


def test_modifiers_are_read_from_bits() -> None:
    assert modifiers_of(pygame.KMOD_LSHIFT | pygame.KMOD_RCTRL | pygame.KMOD_NUM) == Modifiers(shift=True, ctrl=True)
    assert modifiers_of(0) == NOTHING


@pytest.fixture
def display() -> Iterator[None]:
    pygame.display.init()
    yield
    pygame.display.quit()


@pytest.mark.usefixtures("display")
def test_a_key_repeats_until_it_comes_up() -> None:
    down = key_down(pygame.K_a, pygame.KSCAN_A, "a")
    up = pygame.event.Event(pygame.KEYUP, key=pygame.K_a, scancode=pygame.KSCAN_A, mod=0)
    lost = pygame.event.Event(pygame.WINDOWFOCUSLOST)
    waiting = [[down, down], [down, up, down], [lost, down]]
    reader = EventReader(lambda: waiting.pop(0))
    first, again = KeyPress("a", "a"), KeyPress("a", "a", repeated=True)
    assert reader.read() == [first, again]
    assert reader.read() == [again, first]
    assert reader.read() == [first]


@pytest.mark.usefixtures("display")
def test_a_wheel_turns_where_the_mouse_has_just_moved() -> None:
    moved = pygame.event.Event(pygame.MOUSEMOTION, pos=(30, 40), rel=(0, 0), buttons=(0, 0, 0))
    turned = pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=1, flipped=False)
    assert EventReader(lambda: [moved, turned]).read()[1] == WheelTurn(30, 40, 1.0)


@pytest.mark.usefixtures("display")
def test_what_was_posted_is_read() -> None:
    pygame.event.clear()
    pygame.event.post(pygame.event.Event(pygame.DROPFILE, file="a.rle"))
    assert FileDrop("a.rle") in EventReader().read()
