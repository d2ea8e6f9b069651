"""Life 1.06 files: after the line `#Life 1.06` the coordinates `x y` of each live cell, from the centre."""

import re
from array import array

import numpy as np

from ca_logic.errors import PatternError
from ca_logic.runtime.pattern.fields import parse_number, shown
from ca_logic.runtime.pattern.pattern import Pattern, cell_blocks, pattern_of_cells, require_two_states

_CELL = re.compile(r"([+-]?[0-9]+)[ \t]+([+-]?[0-9]+)$")


def read_life_106(text: str, *, name: str = "", source: str = "Life 1.06") -> Pattern:
    """Returns the pattern that the text of a Life 1.06 file describes.

    Args:
        text: the file's content.
        name: of the pattern; the format has none.
        source: what to call the text in errors.

    Raises:
        PatternError: saying the line of the first fault.
    """
    cells = array("q")
    comments = list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        stripped, where = line.strip(), f"{source} line {number}"
        if stripped.startswith("#"):
            if stripped[1:2] in ("C", "D"):
                comments.append(stripped[2:].strip())
        elif match := _CELL.match(stripped):
            cells.extend((parse_number(match[2], where), parse_number(match[1], where), 1))
        elif stripped:
            raise PatternError(f"{where}: {shown(stripped)} is no cell like '-1 2'.")
    return pattern_of_cells(
        np.array(cells, dtype=np.int64).reshape(-1, 3), name=name, source=source, comments=tuple(comments)
    )


def render_life_106(pattern: Pattern) -> str:
    """Returns the text of a Life 1.06 file of a pattern; rule, name and age are lost.

    Raises:
        PatternError: if it has more than two states, or too many cells for a line each.
    """
    require_two_states(pattern, "Life 1.06")
    left, top = pattern.corner
    lines = ["#Life 1.06"]
    for cells in cell_blocks(pattern.runs):
        lines += [f"{left + x} {top + y}" for y, x, _ in cells.tolist()]
    return "\n".join([*lines, ""])
