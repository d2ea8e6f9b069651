"""`TextLine`: a line of text being typed, with its caret; what each key makes of it, without drawing anything."""

import dataclasses
from dataclasses import dataclass

from ca_logic.visualizer.events import KeyPress


@dataclass(frozen=True)
class TextLine:
    """A text, and where the next letter goes.

    Attributes:
        text: what is there.
        caret: how many letters stand before the caret.
        is_selected: whether all of it is, so that what is typed replaces it.
    """

    text: str = ""
    caret: int = 0
    is_selected: bool = False

    @classmethod
    def selecting(cls, text: str) -> "TextLine":
        """Returns a text, all of it selected."""
        return cls(text, len(text), is_selected=bool(text))

    def inserted(self, text: str) -> "TextLine":
        """Returns the line with a text at the caret, or instead of the selection; control characters are left out."""
        before, after = ("", "") if self.is_selected else (self.text[: self.caret], self.text[self.caret :])
        kept = before + "".join(letter for letter in text if letter.isprintable())
        return TextLine(kept + after, len(kept))

    def moved(self, caret: int) -> "TextLine":
        """Returns the line with its caret there, or as near as can be, and nothing selected."""
        return dataclasses.replace(self, caret=max(0, min(caret, len(self.text))), is_selected=False)

    def after(self, event: KeyPress) -> "TextLine":
        """Returns the line after a key: one that moves the caret, deletes, or types; other keys change nothing."""
        modifiers = event.modifiers
        if event.key == "a" and modifiers.ctrl and not modifiers.alt:
            return TextLine.selecting(self.text)
        match event.key:
            case "left":
                return self.moved(0 if self.is_selected or modifiers.ctrl else self.caret - 1)
            case "right":
                return self.moved(len(self.text) if self.is_selected or modifiers.ctrl else self.caret + 1)
            case "home":
                return self.moved(0)
            case "end":
                return self.moved(len(self.text))
            case "backspace":
                return TextLine() if self.is_selected else self._without(self.caret - 1)
            case "delete":
                return TextLine() if self.is_selected else self._without(self.caret)
        # Many keyboards type with Control and Alt together what others have a key for.
        types = event.text and event.text.isprintable() and modifiers.ctrl == modifiers.alt
        return self.inserted(event.text) if types else self

    def _without(self, index: int) -> "TextLine":
        """Returns the line without a letter, or unchanged if there is none."""
        if not 0 <= index < len(self.text):
            return self
        return TextLine(self.text[:index] + self.text[index + 1 :], index)
