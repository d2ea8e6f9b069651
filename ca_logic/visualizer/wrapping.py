"""Texts in several lines."""

from ca_logic.visualizer.painter import SMALL_SIZE, font


def wrapped(text: str, width: int, *, num_lines: int) -> list[str]:
    """Returns a text of small letters in lines of so many pixels; the last may be longer, and a long word is."""
    letters = font(SMALL_SIZE)
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and letters.size(longer)[0] > width and len(lines) < num_lines:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
