"""The mouse in scripts: lines such as `click 100 200`, `Shift+drag 100 200 300 200` or `wheel 100 200 -1`."""

import math
import re
from dataclasses import dataclass, field

from ca_logic.errors import UsageError
from ca_logic.formats.names import shown
from ca_logic.visualizer.chords import modifiers_named
from ca_logic.visualizer.events import (
    Button,
    ButtonPress,
    ButtonRelease,
    InputEvent,
    Modifiers,
    PointerMove,
    WheelTurn,
)

VERBS = ("click", "press", "move", "release", "drag", "wheel")
"""What a line may begin with, after held keys and the button if it is not the left one."""

_MAX_NOTCHES = 1000
_MOVES_OF_A_DRAG = 8
_BUTTONS: dict[str, Button] = {"": "left", "left-": "left", "middle-": "middle", "right-": "right"}


@dataclass
class ScriptedMouse:
    """A mouse whose buttons may be held from line to line."""

    held: set[Button] = field(default_factory=set)

    def parse_line(self, command: str, rest: str) -> list[InputEvent] | None:
        """Returns what a line does, given its first word and the others, or None if it is not about the mouse.

        Raises:
            UsageError: if it is, but makes no sense.
        """
        *names, gesture = command.split("+")
        named = re.fullmatch(r"(left-|middle-|right-|)(click|press|release|drag)|(move|wheel)", gesture)
        if named is None:
            return None
        names = [name.lower() for name in names]
        if not set(names) <= {"shift", "ctrl", "alt"}:
            raise UsageError(f"{shown(command)} holds a key that there is not; write Shift, Ctrl or Alt.")
        modifiers = modifiers_named(names)
        if named[3] == "wheel":
            return [_wheel_turn(rest, modifiers)]
        if named[3] == "move":
            return [self._move(_position(rest, "move 100 200"), modifiers)]
        button = _BUTTONS[named[1]]
        if named[2] == "press":
            return [self._press(_position(rest, "press 100 200"), button, modifiers)]
        if named[2] == "release":
            return [self._release(_position(rest, "release 100 200"), button, modifiers)]
        if named[2] == "click":
            return self._drag([_position(rest, "click 100 200")], button, modifiers)
        left, top, right, bottom = _numbers(rest, 4, "drag 100 200 300 200")
        return self._drag(_way(left, top, right, bottom), button, modifiers)

    def _drag(self, places: list[tuple[int, int]], button: Button, modifiers: Modifiers) -> list[InputEvent]:
        return [
            self._move(places[0], modifiers),
            self._press(places[0], button, modifiers),
            *(self._move(place, modifiers) for place in places[1:]),
            self._release(places[-1], button, modifiers),
        ]

    def _move(self, place: tuple[int, int], modifiers: Modifiers) -> PointerMove:
        return PointerMove(*place, frozenset(self.held), modifiers)

    def _press(self, place: tuple[int, int], button: Button, modifiers: Modifiers) -> ButtonPress:
        if button in self.held:
            raise UsageError(f"the {button} button is down already; release it first.")
        self.held.add(button)
        return ButtonPress(*place, button, modifiers)

    def _release(self, place: tuple[int, int], button: Button, modifiers: Modifiers) -> ButtonRelease:
        if button not in self.held:
            raise UsageError(f"the {button} button is not down; press it first.")
        self.held.remove(button)
        return ButtonRelease(*place, button, modifiers)


def _wheel_turn(text: str, modifiers: Modifiers) -> WheelTurn:
    turned = re.fullmatch(r"(\S+\s+\S+)\s+(-?\d{1,4}(?:\.\d{1,4})?)", text)
    notches = float(turned[2]) if turned else math.nan
    if turned is None or not 0 < abs(notches) <= _MAX_NOTCHES:
        raise UsageError(
            f"{shown(text)} is no turn of the wheel; write wheel 100 200 -1, at most {_MAX_NOTCHES} notches."
        )
    return WheelTurn(*_position(turned[1], "wheel 100 200 -1"), notches, modifiers)


def _way(left: int, top: int, right: int, bottom: int) -> list[tuple[int, int]]:
    return [
        (left + (right - left) * step // _MOVES_OF_A_DRAG, top + (bottom - top) * step // _MOVES_OF_A_DRAG)
        for step in range(_MOVES_OF_A_DRAG + 1)
    ]


def _position(text: str, example: str) -> tuple[int, int]:
    x, y = _numbers(text, 2, example)
    return x, y


def _numbers(text: str, how_many: int, example: str) -> list[int]:
    words = text.split()
    if len(words) != how_many or not all(re.fullmatch(r"-?\d{1,5}", word) for word in words):
        raise UsageError(f"{shown(text)} are not {how_many} whole numbers of pixels; write it like {example}.")
    return [int(word) for word in words]
