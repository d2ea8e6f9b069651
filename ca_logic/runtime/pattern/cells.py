"""`.cells` files, a picture of letters: `.` dead, `O` live, and comments from ! (conwaylife.com/wiki/Plaintext).

A count before a letter repeats it, as in files of dblife, which Golly reads as the same format.
"""

import re
from array import array

import numpy as np

from ca_logic.errors import PatternError
from ca_logic.runtime.pattern.fields import as_line, parse_number
from ca_logic.runtime.pattern.pattern import MAX_POPULATION, MAX_SIDE, Pattern, require_two_states

_ITEM = re.compile(r"([0-9]*)(([.Oo* ])\3*)")
_LETTERS = bytes.maketrans(b"\0\1", b".O")


def read_cells(text: str, *, name: str = "", source: str = "cells") -> Pattern:
    """Returns the pattern that the text of a .cells file describes.

    Args:
        text: the file's content.
        name: used if the text names none.
        source: what to call the text in errors.

    Raises:
        PatternError: saying line and column of the first fault.
    """
    runs, rows = array("q"), list[int]()
    comments, origin = list[str](), ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("!"):
            rows.append(_read_row(line, len(rows), runs, f"{source} line {number}"))
            continue
        if not any(rows):
            # Blank lines above comments are no rows.
            rows.clear()
        key, _, value = line[1:].partition(":")
        if key.strip().lower() == "name":
            name = value.strip() or name
        elif key.strip().lower() == "author":
            origin = value.strip()
        else:
            comments.append(line[1:].strip())
    if sum(runs[2::4]) > MAX_POPULATION:
        raise PatternError(f"{source}: the pattern is too large to hold.")
    if not any(rows):
        raise PatternError(
            f"{source} holds no pattern; a .cells file has rows like '.O.' of . for dead and O for live."
        )
    while not rows[-1]:
        rows.pop()
    cells = np.array(runs, dtype=np.int64).reshape(-1, 4)
    return Pattern(cells, max(rows), len(rows), name, origin=origin, comments=tuple(comments))


def render_cells(pattern: Pattern) -> str:
    """Returns the text of a .cells file of a pattern; rule, place and age are lost.

    Raises:
        PatternError: if it has more than two states, or is too large for a letter a cell.
    """
    require_two_states(pattern, ".cells")
    # Golly knows the format by the first letter.
    lines = [f"!Name: {as_line(pattern.name)}"]
    lines += [f"!Author: {as_line(pattern.origin)}"] * bool(as_line(pattern.origin))
    lines += [f"!{as_line(comment)}" for comment in pattern.comments]
    lines += [row.tobytes().translate(_LETTERS).decode() for row in pattern.states()]
    return "\n".join([*lines, ""])


def _read_row(line: str, y: int, runs: "array[int]", where: str) -> int:
    """Appends (y, x, length, 1) of each run of live cells; returns how many cells the row has."""
    x = end = 0
    for match in _ITEM.finditer(line):
        if match.start() > end:
            break
        length = parse_number(match[1] or "1", where) + len(match[2]) - 1
        if match[3] in "Oo*":
            runs.extend((y, x, length, 1))
        x, end = x + length, match.end()
        if x > MAX_SIDE:
            raise PatternError(f"{where}: the pattern is too large to hold.")
    if end < len(line.rstrip()):
        raise PatternError(f"{where}, column {end + 1}: {line[end]!r} is no cell; expected . for dead and O for live.")
    return x
