"""MCell's .mcl files: a key a line, such as `#GAME Generations`, `#RULE 345/2/4`, and the cells as RLE after `#L`."""

import dataclasses
import re

from ca_logic.errors import PatternError
from ca_logic.runtime.pattern.fields import parse_number
from ca_logic.runtime.pattern.pattern import Pattern, extent
from ca_logic.runtime.pattern.run_length import read_runs
from ca_logic.tasks.grid import Grid

_BOARD = re.compile(r"([0-9]+)x([0-9]+)")
_PREFIXES = str.maketrans("abcdefghij", "pqrstuvwxy")
"""Of states from 25 on, in MCell and in RLE."""


def read_mcell(text: str, *, name: str = "", source: str = "MCell") -> Pattern:
    """Returns the pattern that the text of a .mcl file describes, in the middle of its board, as Golly puts it.

    Args:
        text: the file's content.
        name: of the pattern; the format has none.
        source: what to call the text in errors.

    Raises:
        PatternError: saying line and column of the first fault.
    """
    lines = text.splitlines()
    items = [""] * len(lines)
    comments, rule, wraps, size = list[str](), "", False, (0, 0)
    for number, line in enumerate(lines):
        key, _, value = line.partition(" ")
        value = value.strip()
        if key == "#L":
            # What is before the items is blank, so that columns of faults are right.
            items[number] = line.replace("#L", "  ", 1).translate(_PREFIXES)
        elif key in ("#GOLLY", "#RULE"):
            # A table of a rule is many lines, and Golly's name of it comes before them.
            rule = rule or value
        elif key == "#BOARD" and (match := _BOARD.match(value)):
            where = f"{source} line {number + 1}"
            size = (parse_number(match[1], where), parse_number(match[2], where))
        elif key == "#WRAP":
            wraps = value.startswith("1")
        elif key == "#D":
            comments.append(value)
    runs = read_runs(items, 0, source)
    if not len(runs):
        raise PatternError(f"{source} holds no pattern; an MCell file has lines like '#L .A$2.A$3A'.")
    height, width = extent(runs)
    pattern = Pattern(runs, width, height, name, rule, comments=tuple(comments))
    return _on_board(pattern, *size, wraps=wraps) if all(size) else pattern


def _on_board(pattern: Pattern, width: int, height: int, *, wraps: bool) -> Pattern:
    """Returns the pattern in the middle of its board; blank columns and rows before it count twice, as in Golly."""
    y, x = pattern.runs[:, :2].min(axis=0).tolist()
    left = -(width // 2) + max(0, (width + 1 - pattern.width + x) // 2)
    top = -(height // 2) + max(0, (height + 1 - pattern.height + y) // 2)
    return dataclasses.replace(pattern, grid=Grid("torus" if wraps else "plane", width, height), position=(left, top))
