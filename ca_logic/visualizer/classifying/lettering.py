"""Texts in places: centred in a line's height, cut into lines, and never with what no font can show."""

import pygame

from ca_logic.visualizer.painter import TEXT_SIZE, Anchor, Colour, Painter, font

_LONGEST = 200


def legible(text: str) -> str:
    """Returns a name from a file without what cannot be drawn: control characters, or thousands of letters."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST])


def write(
    painter: Painter,
    text: str,
    area: pygame.Rect,
    *,
    colour: Colour | None = None,
    size: int = TEXT_SIZE,
    bold: bool = False,
    anchor: Anchor = "left",
) -> None:
    """Writes a line in the middle of the area's height, at one of its sides or in the middle, cut to its width."""
    x = {"left": area.left, "centre": area.centerx, "right": area.right}[anchor]
    top = area.centery - font(size, bold=bold).get_height() // 2
    painter.text(text, x, top, colour=colour, size=size, bold=bold, anchor=anchor, width=area.width)


def lines_of(painter: Painter, text: str, width: int, *, size: int = TEXT_SIZE) -> list[str]:
    """Returns a text cut between words into lines of so many pixels; a word that is wider has a line of its own."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and painter.width_of(longer, size=size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
