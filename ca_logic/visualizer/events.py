"""Input events: what a person did with keys and mouse, without a window or pygame's codes.

Positions are pixels from the upper left corner of the window. A key is named as pygame names it: `a`, `5`, `]`,
`return`, `space`, `tab`, `f2`, `delete`, `left`, those of the keypad too; `text` is what it types, such as `>` with
Shift on many keyboards, or nothing, as with Ctrl.
"""

from dataclasses import dataclass
from typing import Literal

Button = Literal["left", "middle", "right"]


@dataclass(frozen=True)
class Modifiers:
    """Which modifier keys are held."""

    shift: bool = False
    ctrl: bool = False
    alt: bool = False


@dataclass(frozen=True)
class KeyPress:
    """A key went down, or repeats since it is held."""

    key: str
    text: str = ""
    modifiers: Modifiers = Modifiers()
    repeated: bool = False


@dataclass(frozen=True)
class ButtonPress:
    """A button of the mouse went down."""

    x: int
    y: int
    button: Button = "left"
    modifiers: Modifiers = Modifiers()


@dataclass(frozen=True)
class ButtonRelease:
    """A button of the mouse came up."""

    x: int
    y: int
    button: Button = "left"
    modifiers: Modifiers = Modifiers()


@dataclass(frozen=True)
class PointerMove:
    """The mouse moved; `held` are the buttons that are down."""

    x: int
    y: int
    held: frozenset[Button] = frozenset()
    modifiers: Modifiers = Modifiers()


@dataclass(frozen=True)
class WheelTurn:
    """The wheel turned by so many notches, away from the person if positive."""

    x: int
    y: int
    notches: float
    modifiers: Modifiers = Modifiers()


@dataclass(frozen=True)
class FileDrop:
    """A file was dropped onto the window."""

    path: str


@dataclass(frozen=True)
class Resize:
    """The window has another size."""

    width: int
    height: int


@dataclass(frozen=True)
class CloseRequest:
    """The window is to be closed."""


InputEvent = KeyPress | ButtonPress | ButtonRelease | PointerMove | WheelTurn | FileDrop | Resize | CloseRequest
