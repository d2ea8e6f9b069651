"""From pygame's events to the program's own."""

from collections.abc import Callable

import pygame

from ca_logic.visualizer.events import (
    Button,
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

_BUTTONS: dict[int, Button] = {1: "left", 2: "middle", 3: "right"}

_KEYPAD = {
    pygame.K_KP_ENTER: ("return", "return"),
    pygame.K_KP_PLUS: ("+", "+"),
    pygame.K_KP_MINUS: ("-", "-"),
    pygame.K_KP_MULTIPLY: ("*", "*"),
    pygame.K_KP_DIVIDE: ("/", "/"),
    pygame.K_KP_EQUALS: ("=", "="),
    pygame.K_KP_PERIOD: (".", "delete"),
    pygame.K_KP0: ("0", "insert"),
    pygame.K_KP1: ("1", "end"),
    pygame.K_KP2: ("2", "down"),
    pygame.K_KP3: ("3", "page down"),
    pygame.K_KP4: ("4", "left"),
    pygame.K_KP5: ("5", "5"),
    pygame.K_KP6: ("6", "right"),
    pygame.K_KP7: ("7", "home"),
    pygame.K_KP8: ("8", "up"),
    pygame.K_KP9: ("9", "page up"),
}
"""Names of the keypad's keys, when they type something and when they do not."""

_MODIFIER_KEYS = frozenset(
    {
        pygame.K_LSHIFT,
        pygame.K_RSHIFT,
        pygame.K_LCTRL,
        pygame.K_RCTRL,
        pygame.K_LALT,
        pygame.K_RALT,
        pygame.K_LMETA,
        pygame.K_RMETA,
        pygame.K_MODE,
        pygame.K_CAPSLOCK,
        pygame.K_NUMLOCKCLEAR,
    }
)

_PLACES = dict(enumerate("abcdefghijklmnopqrstuvwxyz1234567890", pygame.KSCAN_A)) | {
    pygame.KSCAN_MINUS: "-",
    pygame.KSCAN_EQUALS: "=",
    pygame.KSCAN_LEFTBRACKET: "[",
    pygame.KSCAN_RIGHTBRACKET: "]",
    pygame.KSCAN_BACKSLASH: "\\",
    pygame.KSCAN_SEMICOLON: ";",
    pygame.KSCAN_APOSTROPHE: "'",
    pygame.KSCAN_GRAVE: "`",
    pygame.KSCAN_COMMA: ",",
    pygame.KSCAN_PERIOD: ".",
    pygame.KSCAN_SLASH: "/",
}
"""What an American keyboard has at the places of pygame's scan codes."""

_FIRST_NAMED = 1 << 30
"""Codes from here on are of keys that type nothing; others are of the signs that they type."""


class EventReader:
    """Reads pygame's queue; knows which keys are held, which pygame does not tell of a key that repeats.

    That keys repeat at all is up to `pygame.key.set_repeat`.
    """

    def __init__(self, take: Callable[[], list[pygame.event.Event]] = pygame.event.get) -> None:
        """Reads from the queue of the window, or from elsewhere."""
        self._take = take
        self._down: set[int] = set()

    def read(self) -> list[InputEvent]:
        """Returns what has happened since the last time; does not wait."""
        pointer, modifiers = pygame.mouse.get_pos(), modifiers_of(pygame.key.get_mods())
        happened: list[InputEvent] = []
        for event in self._take():
            repeated = event.type == pygame.KEYDOWN and event.scancode in self._down
            if event.type == pygame.KEYDOWN:
                self._down.add(event.scancode)
            elif event.type == pygame.KEYUP:
                self._down.discard(event.scancode)
            elif event.type == pygame.WINDOWFOCUSLOST:
                self._down.clear()
            elif event.type == pygame.MOUSEMOTION:
                pointer = event.pos
            translated = translate(event, pointer=pointer, modifiers=modifiers, repeated=repeated)
            if translated is not None:
                happened.append(translated)
        return happened


def translate(
    event: pygame.event.Event,
    *,
    pointer: tuple[int, int],
    modifiers: Modifiers,
    repeated: bool = False,
) -> InputEvent | None:
    """Returns the event in the program's words, or None for what it has no use for.

    Args:
        event: of pygame.
        pointer: where the mouse is; events of the wheel do not say.
        modifiers: held keys; events of the mouse do not say.
        repeated: whether a key goes down that is down already; events of keys do not say.
    """
    if event.type == pygame.KEYDOWN:
        return _key_press(event, repeated)
    if event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
        button = _BUTTONS.get(event.button)
        if button is None:
            return None
        x, y = event.pos
        kind = ButtonPress if event.type == pygame.MOUSEBUTTONDOWN else ButtonRelease
        return kind(x, y, button, modifiers)
    if event.type == pygame.MOUSEMOTION:
        x, y = event.pos
        held = frozenset(_BUTTONS[number] for number, down in enumerate(event.buttons, 1) if down)
        return PointerMove(x, y, held, modifiers)
    if event.type == pygame.MOUSEWHEEL:
        # What is not precise may lack the attribute, or have it at 0.
        notches = float(getattr(event, "precise_y", 0) or event.y)
        return WheelTurn(*pointer, notches, modifiers) if notches else None
    if event.type == pygame.DROPFILE:
        return FileDrop(event.file)
    if event.type == pygame.VIDEORESIZE:
        return Resize(event.w, event.h)
    if event.type == pygame.WINDOWSIZECHANGED:
        return Resize(event.x, event.y)
    return CloseRequest() if event.type == pygame.QUIT else None


def modifiers_of(mask: int) -> Modifiers:
    """Returns the modifiers of pygame's bits; the Command key of a Mac is its Ctrl."""
    return Modifiers(
        shift=bool(mask & pygame.KMOD_SHIFT),
        ctrl=bool(mask & (pygame.KMOD_CTRL | pygame.KMOD_META)),
        alt=bool(mask & pygame.KMOD_ALT),
    )


def _key_press(event: pygame.event.Event, repeated: bool) -> KeyPress | None:
    if event.key in _MODIFIER_KEYS:
        return None
    text = event.unicode if event.unicode.isprintable() else ""
    key = _key_name(event.key, event.scancode, types=bool(text))
    modifiers = modifiers_of(event.mod)
    if text and _is_alt_gr(event.mod) and text.lower() != key:
        modifiers = Modifiers(shift=modifiers.shift)
    if modifiers.ctrl or modifiers.alt:
        text = ""
    return KeyPress(key, text, modifiers, repeated) if key or text else None


def _key_name(code: int, scan_code: int, *, types: bool) -> str:
    """Returns pygame's name of a key.

    Letters of other alphabets, and digits on keyboards that need Shift for them, are named by their place.
    """
    if code in _KEYPAD:
        typing, moving = _KEYPAD[code]
        return typing if types else moving
    place = _PLACES.get(scan_code, "")
    needs_shift = place.isdigit() and not ord("0") <= code <= ord("9")
    if place and (needs_shift or 128 <= code < _FIRST_NAMED):
        return place
    return chr(code) if ord(" ") < code < 127 else pygame.key.name(code)


def _is_alt_gr(mask: int) -> bool:
    """Tells whether the key that types third signs is held, which systems report as one of these."""
    both = mask & pygame.KMOD_CTRL and mask & pygame.KMOD_ALT
    return bool(both or mask & (pygame.KMOD_MODE | pygame.KMOD_RALT))
