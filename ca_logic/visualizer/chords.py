"""`Chord`: a key and the modifiers held with it, and how people write that: `Ctrl+Shift+Z`, `>`, `F2`, `Page Up`."""

import difflib
import re
from dataclasses import dataclass

from ca_logic.errors import UsageError
from ca_logic.formats.names import shown
from ca_logic.visualizer.events import KeyPress, Modifiers

_LABELS = {
    "return": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "backspace": "Backspace",
    "delete": "Delete",
    "insert": "Insert",
    "home": "Home",
    "end": "End",
    "page up": "Page Up",
    "page down": "Page Down",
    "left": "Left",
    "right": "Right",
    "up": "Up",
    "down": "Down",
} | {f"f{number}": f"F{number}" for number in range(1, 13)}
_KEYS = {label.replace(" ", "").lower(): key for key, label in _LABELS.items()}

NOTHING_HELD = Modifiers()


@dataclass(frozen=True)
class Chord:
    """A key, as events name it, and modifiers."""

    key: str
    modifiers: Modifiers = NOTHING_HELD

    def __str__(self) -> str:
        """Returns it as people write it, and as it stands on keys."""
        held = [name.capitalize() for name in ("ctrl", "alt", "shift") if getattr(self.modifiers, name)]
        label = self.key.upper() if self.key.isascii() else self.key
        return "+".join([*held, _LABELS.get(self.key, label)])

    def press(self) -> KeyPress:
        """Returns the event of pressing it, on a keyboard that has a key of its own for every sign.

        With Shift only letters and the space bar type something.
        """
        text = " " if self.key == "space" else self.key
        if self.modifiers.shift:
            text = text.upper() if text.isalpha() or text == " " else ""
        if len(text) != 1 or self.modifiers.ctrl or self.modifiers.alt:
            text = ""
        return KeyPress(self.key, text, self.modifiers)


def parse_chord(text: str) -> Chord:
    """Returns the chord that a text names; capitals or not makes no difference, nor do blanks.

    Raises:
        UsageError: if it names none.
    """
    parts = re.fullmatch(r"((?:(?:ctrl|shift|alt)\+)*)(\S+)", "".join(text.split()).lower())
    held = parts[1].split("+")[:-1] if parts else []
    if parts is None or len(held) != len(set(held)):
        raise UsageError(f"{shown(text)} is no key; write it like a, >, F2, Enter or Ctrl+Shift+Z.")
    name = parts[2]
    if len(name) == 1 and name.isprintable():
        return Chord(name, modifiers_named(held))
    if name not in _KEYS:
        close = difflib.get_close_matches(name, _KEYS, n=1)
        named = ", ".join(label for label in _LABELS.values() if label[1:].isalpha())
        hint = f"did you mean {_LABELS[_KEYS[close[0]]]}?" if close else f"there are F1 to F12, {named} and all signs."
        raise UsageError(f"there is no key {shown(name)}; {hint}")
    return Chord(_KEYS[name], modifiers_named(held))


def modifiers_named(names: list[str]) -> Modifiers:
    """Returns the modifiers of such names as `ctrl`."""
    return Modifiers(shift="shift" in names, ctrl="ctrl" in names, alt="alt" in names)
