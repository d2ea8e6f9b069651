"""Life 1.05 files: after the line `#Life 1.05` blocks of rows of `.` and `*`, each headed by `#P x y`, its place."""

import re
from array import array

import numpy as np

from ca_logic.errors import PatternError
from ca_logic.runtime.board import cells_of_runs
from ca_logic.runtime.pattern.fields import as_line, parse_number
from ca_logic.runtime.pattern.pattern import Pattern, pattern_of_cells, require_two_states

_PLACE = re.compile(r"([+-]?[0-9]+)\s+([+-]?[0-9]+)")
_LIVE = re.compile(r"\*+")
_FAULT = re.compile(r"[^.*]")
_TOTALISTIC = re.compile(r"B([0-8]*)/S([0-8]*)")
_LIFE = "B3/S23"
_LETTERS = bytes.maketrans(b"\0\1", b".*")
_BLOCK_WIDTH = 80
"""The format allows no longer lines."""


def read_life_105(text: str, *, name: str = "", source: str = "Life 1.05") -> Pattern:
    """Returns the pattern that the text of a Life 1.05 file describes.

    Args:
        text: the file's content.
        name: of the pattern; the format has none.
        source: what to call the text in errors.

    Raises:
        PatternError: saying line and column of the first fault.
    """
    runs, comments, rule = array("q"), list[str](), ""
    left = y = 0
    for number, line in enumerate(text.splitlines(), 1):
        row, where = line.strip(), f"{source} line {number}"
        key, value = row[:2], row[2:].strip()
        if key == "#P":
            # Without numbers the block follows the one above.
            if place := _PLACE.match(value):
                left, y = parse_number(place[1], where), parse_number(place[2], where)
        elif key == "#N":
            rule = _LIFE
        elif key == "#R":
            rule = value
        elif key in ("#D", "#C"):
            comments.append(value)
        elif row and not row.startswith("#"):
            if fault := _FAULT.search(row):
                raise PatternError(
                    f"{where}, column {line.index(row) + fault.start() + 1}: {fault[0]!r} is no cell; expected . for "
                    "dead and * for live."
                )
            for match in _LIVE.finditer(row):
                runs.extend((y, left + match.start(), len(match[0]), 1))
            y += 1
    # Blocks may overlap.
    cells = cells_of_runs(np.array(runs, dtype=np.int64).reshape(-1, 4))
    return pattern_of_cells(cells, name=name, source=source, rule=rule, comments=tuple(comments))


def render_life_105(pattern: Pattern) -> str:
    """Returns the text of a Life 1.05 file of a pattern; its age is lost.

    Raises:
        PatternError: if it has more than two states, or is too large for a letter a cell.
    """
    require_two_states(pattern, "Life 1.05")
    described = (pattern.name, pattern.origin, *pattern.comments)
    lines = ["#Life 1.05", *(f"#D {as_line(text)}" for text in described if as_line(text))]
    if pattern.rule in ("", _LIFE):
        lines.append("#N")
    elif totalistic := _TOTALISTIC.fullmatch(pattern.rule):
        lines.append(f"#R {totalistic[2]}/{totalistic[1]}")
    else:
        lines.append(f"#R {pattern.rule}")
    left, top = pattern.corner
    states = pattern.states()
    for x in range(0, pattern.width, _BLOCK_WIDTH):
        block = states[:, x : x + _BLOCK_WIDTH]
        rows = np.flatnonzero(block.any(axis=1))
        if len(rows):
            lines.append(f"#P {left + x} {top + rows[0]}")
            lines += [row.tobytes().translate(_LETTERS).decode() for row in block[rows[0] : rows[-1] + 1]]
    return "\n".join([*lines, ""])
