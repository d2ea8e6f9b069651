"""Rows of letters without any header, as people paste them: dead are `.`, `,` and blanks, `$` is ten dead cells.

To Golly whatever else there is lives, be it a letter or a poem. Here live cells must all be the same letter, so that
text which is no pattern is not taken for one.
"""

import re
from array import array

import numpy as np

from ca_logic.errors import PatternError
from ca_logic.runtime.pattern.fields import shown
from ca_logic.runtime.pattern.pattern import Pattern

_DEAD = frozenset(".,$ \t\r\n")
_TEN_DEAD = "." * 10
_LIVE = re.compile(r"[^.,\s]+")


def is_plain_text(text: str) -> bool:
    """Returns whether all live cells of a text are the same letter, and there is one."""
    return len(set(text) - _DEAD) == 1


def read_plain_text(text: str, *, name: str = "", source: str = "text") -> Pattern:
    """Returns the pattern that rows of letters show.

    Args:
        text: the rows; blank ones before the first are ignored.
        name: of the pattern.
        source: what to call the text in errors.

    Raises:
        PatternError: if it is no pattern.
    """
    if not is_plain_text(text):
        begin = next((line.strip() for line in text.splitlines() if line.strip()), "")
        raise PatternError(
            f"{source} holds no pattern that is known, but begins with {shown(begin)}; known are RLE, .cells, "
            "Life 1.05 and 1.06, macrocell, MCell, and rows of . and O."
        )
    rows = [line.replace("$", _TEN_DEAD) for line in text.splitlines()]
    while not rows[0].strip():
        rows.pop(0)
    runs = array("q")
    for y, row in enumerate(rows):
        for match in _LIVE.finditer(row):
            runs.extend((y, match.start(), len(match[0]), 1))
    return Pattern(np.array(runs, dtype=np.int64).reshape(-1, 4), max(map(len, rows)), len(rows), name)
