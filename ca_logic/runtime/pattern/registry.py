"""The formats of patterns: read by what a text looks like, written by the suffix of a file."""

import re
from collections.abc import Callable
from pathlib import Path

from ca_logic.errors import PatternError, UsageError
from ca_logic.files import write_atomically
from ca_logic.runtime.pattern.cells import read_cells, render_cells
from ca_logic.runtime.pattern.life_105 import read_life_105, render_life_105
from ca_logic.runtime.pattern.life_106 import read_life_106, render_life_106
from ca_logic.runtime.pattern.macrocell import read_macrocell
from ca_logic.runtime.pattern.mcell import read_mcell
from ca_logic.runtime.pattern.pattern import Pattern
from ca_logic.runtime.pattern.plain_text import is_plain_text, read_plain_text
from ca_logic.runtime.pattern.rle import read_rle, render_rle

_BEGINNINGS: dict[str, Callable[..., Pattern]] = {
    r"#Life\s*1\.06": read_life_106,
    # WinLifeSearch leaves out the first line of Life 1.05.
    r"#Life\s*1\.05|#P\s*-?[0-9]": read_life_105,
    r"#MCell": read_mcell,
    r"\[M2\]": read_macrocell,
    r"!": read_cells,
    r"#|[xX]\s*=": read_rle,
}
_TAGS = frozenset("bo$")
_ITEM_LETTERS = _TAGS | frozenset("0123456789 \t\r\n")
WRITERS: dict[str, Callable[[Pattern], str]] = {
    ".rle": render_rle,
    ".cells": render_cells,
    ".lif": render_life_105,
    ".life": render_life_106,
}
"""How a pattern is written into files with this suffix."""


def read_pattern(text: str, *, name: str = "", source: str = "pattern") -> Pattern:
    """Returns the pattern that a text describes, in whatever format it is.

    Args:
        text: the content of a file or of the clipboard.
        name: used if the text names none.
        source: what to call the text in errors.

    Raises:
        PatternError: if it is malformed or no pattern at all.
    """
    text = text.removeprefix("\ufeff")
    begin = text.lstrip()
    if not begin:
        raise PatternError(f"{source} holds no pattern; it is empty.")
    if not is_plain_text(text):
        for beginning, read in _BEGINNINGS.items():
            if re.match(beginning, begin):
                return read(text, name=name, source=source)
        if _is_headless_rle(begin):
            return read_rle(text, name=name, source=source)
    return read_plain_text(text, name=name, source=source)


def save_pattern(path: Path, pattern: Pattern) -> None:
    """Writes a pattern in the format that the file's suffix says.

    Raises:
        UsageError: if it says none.
        PatternError: if the format cannot hold the pattern.
        OutputError: if the file cannot be written.
    """
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise UsageError(f"{path} ends in none of {', '.join(WRITERS)}; rename it.")
    write_atomically(path, write(pattern))


def _is_headless_rle(text: str) -> bool:
    """Returns whether a text may be items of RLE; as in Golly digits or an end tell them from rows of letters."""
    items, end, _ = text.partition("!")
    letters = set(items)
    is_counted = bool(end) or any(map(str.isdecimal, letters))
    return is_counted and letters <= _ITEM_LETTERS and not letters.isdisjoint(_TAGS)
