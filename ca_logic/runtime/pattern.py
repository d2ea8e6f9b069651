"""`Pattern`: cells with a rule and a place, and the RLE files that hold them.

RLE as Golly reads and writes it (Golly Help, "File Formats"): comment lines from #, a header
`x = m, y = n, rule = R`, then runs: `b` or `.` dead, `o` or `A` live, `$` end of row, `!` end. States from 2
on are `B` to `X` (24), then with a prefix `pA` (25) to `yO` (255).
"""

import difflib
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import numpy as np
from jaxtyping import Int64

from ca_logic.errors import BoardError, PatternError, RulestringError
from ca_logic.resources import resource_folder
from ca_logic.runtime.board import Board, cells_of_runs
from ca_logic.tasks.grid import Grid, parse_grid

_HEADER = re.compile(
    r"x\s*=\s*([0-9]+)\s*,\s*y\s*=\s*([0-9]+)\s*(?:,\s*rule\s*=\s*(?P<rule>\S+?),?(\s.*)?)?$", re.IGNORECASE
)
_POSITION = re.compile(r"Pos\s*=\s*(-?[0-9]+)\s*,\s*(-?[0-9]+)")
_GENERATION = re.compile(r"Gen\s*=\s*([0-9]+)")
_ITEM = re.compile(r"(?P<count>[0-9]*)(?P<tag>[p-y][A-X]|\S?)")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWX"
_LINE_WIDTH = 70
_MAX_DIGITS = 18
_MAX_COUNT_DIGITS = 12
_MAX_SIDE = 1 << 40
_MAX_STATE = 255
_MAX_POPULATION = 1 << 32
_CELLS_PER_BLOCK = 1 << 22
_RUNS_PER_BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class Pattern:
    """Cells in a rectangle.

    Attributes:
        runs: (y, x, length, state) of each run of cells that are not dead, from the top left corner.
        width: of the rectangle; at least what the cells need.
        height: of the rectangle.
        name: for people.
        rule: the rule that the file names, without the grid, or "".
        grid: the bounded grid that the file names.
        position: (x, y) of the top left corner from the centre of the board, or None for centred.
        generation: how old the pattern is.
    """

    runs: Int64[np.ndarray, "runs 4"]
    width: int
    height: int
    name: str = ""
    rule: str = ""
    grid: Grid | None = None
    position: tuple[int, int] | None = None
    generation: int = 0

    @cached_property
    def live(self) -> Int64[np.ndarray, "cells 2"]:
        """(y, x) of each cell that is not dead, from the top left corner of the rectangle."""
        return cells_of_runs(self.runs)[:, :2]

    @property
    def max_state(self) -> int:
        """The largest state of a cell, 0 if all are dead."""
        return int(self.runs[:, 3].max(initial=0))


def load_pattern(text: str) -> Pattern:
    """Returns the pattern of that name from the pattern library, or the one in that RLE file.

    Raises:
        PatternError: if there is none, naming the nearest; or saying where the file is malformed.
    """
    shipped = {path.stem: path for path in sorted(resource_folder("patterns").glob("*.rle"))}
    path = shipped.get(text.lower(), Path(text))
    try:
        # Comments in old files may be in any encoding; cells are ASCII.
        return read_rle(path.read_text(encoding="utf-8-sig", errors="replace"), name=path.stem, source=str(path))
    except FileNotFoundError:
        nearest = difflib.get_close_matches(text.lower(), shipped, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"known names are {', '.join(shipped)}."
        raise PatternError(f"no pattern {text!r}, neither as a name nor as a file; {hint}") from None
    except OSError as error:
        raise PatternError(f"cannot read pattern {path}: {error.strerror}.") from None
    except ValueError:
        raise PatternError(f"{text!r} cannot be the name of a file.") from None


def read_rle(text: str, *, name: str = "", source: str = "RLE") -> Pattern:
    """Returns the pattern that an RLE text describes.

    Args:
        text: the file's content.
        name: used if the text names none.
        source: what to call the text in errors.

    Raises:
        PatternError: saying line and column of the first fault.
    """
    lines = text.splitlines()
    position, generation, rule = None, 0, ""
    for start, line in enumerate(lines):
        stripped, where = line.strip(), f"{source} line {start + 1}"
        if stripped.startswith("#N"):
            name = stripped[2:].strip() or name
        elif stripped.startswith("#r"):
            rule = stripped[2:].strip()
        elif stripped.startswith("#CXRLE"):
            if match := _POSITION.search(stripped):
                position = (_number(match[1], where), _number(match[2], where))
            if match := _GENERATION.search(stripped):
                generation = _number(match[1], where)
        elif stripped and not stripped.startswith("#"):
            break
    else:
        raise PatternError(
            f"{source} holds no pattern; an RLE file has a line like 'x = 3, y = 3' and runs like 'bob$2bo$3o!'."
        )
    header = _HEADER.match(stripped)
    if stripped[0] in "xX" and header is None:
        raise PatternError(f"{where}: {stripped[:60]!r} is no header like 'x = 3, y = 3'.")
    runs = _read_runs(lines, start + (header is not None), source)
    height, width = _extent_of(runs)
    if header:
        width, height = max(width, _number(header[1], where)), max(height, _number(header[2], where))
        rule = header["rule"] or rule
    rule, _, grid = rule.partition(":")
    return Pattern(runs, width, height, name, rule, _grid_of(grid), position, generation)


def write_rle(board: Board, *, rule: str, name: str = "") -> str:
    """Returns the cells of a board as RLE, cropped to their bounding box, with their place and age."""
    runs = np.concatenate(list(board.runs()))
    top, left = runs[:, :2].min(axis=0) if len(runs) else (0, 0)
    runs -= [top, left, 0, 0]
    height, width = _extent_of(runs)
    grid = Grid(board.topology, board.width, board.height).canonical
    lines = [f"#N {name}"] if name else []
    lines.append(f"#CXRLE Pos={left - board.width // 2},{top - board.height // 2} Gen={board.generation}")
    lines.append(f"x = {width}, y = {height}, rule = {rule}:{grid}")
    line = ""
    for item in _items(runs, board.num_states):
        if len(line) + len(item) > _LINE_WIDTH:
            lines.append(line)
            line = ""
        line += item
    return "\n".join([*lines, line, ""])


def place_pattern(board: Board, pattern: Pattern) -> None:
    """Places the pattern on the board: where it says, else in the middle, as Golly does.

    Raises:
        BoardError: if it does not fit.
    """
    height, width = _extent_of(pattern.runs)
    if width > board.width or height > board.height:
        raise BoardError(
            f"pattern {pattern.name!r} is {width}x{height}, larger than the board of {board.width}x{board.height}; "
            "choose a larger --size."
        )
    if pattern.position:
        x, y = board.width // 2 + pattern.position[0], board.height // 2 + pattern.position[1]
    else:
        # A stated size that is larger than the board counts for nothing.
        x = max(0, board.width // 2 - pattern.width // 2)
        y = max(0, board.height // 2 - pattern.height // 2)
    ends = np.cumsum(pattern.runs[:, 2])
    blocks = np.searchsorted(ends, np.arange(_CELLS_PER_BLOCK, ends[-1] if len(ends) else 0, _CELLS_PER_BLOCK))
    for runs in np.split(pattern.runs, blocks):
        board.place(cells_of_runs(runs), x, y)
    board.generation = pattern.generation


def _extent_of(runs: Int64[np.ndarray, "runs 4"]) -> tuple[int, int]:
    """Returns the height and width that the runs need."""
    if not len(runs):
        return 0, 0
    return int(runs[:, 0].max()) + 1, int((runs[:, 1] + runs[:, 2]).max())


def _grid_of(text: str) -> Grid | None:
    try:
        return parse_grid(text)
    except RulestringError:
        return None


def _number(text: str, where: str) -> int:
    if len(text.lstrip("-")) > _MAX_DIGITS:
        raise PatternError(f"{where}: {text[:20]}... is too large a number.")
    return int(text)


def _read_runs(lines: list[str], start: int, source: str) -> Int64[np.ndarray, "runs 4"]:
    """Returns (y, x, length, state) of each run of cells that are not dead."""
    runs = array("q")
    x = y = population = 0
    for count, tag, where in _read_items(lines, start, source):
        repeats = _parse_item(count, tag, where)
        if tag == "!":
            break
        if tag == "$":
            x, y = 0, y + repeats
        else:
            if tag not in "b.":
                runs.extend((y, x, repeats, _state_of(tag)))
                population += repeats
            x += repeats
        if max(x, y) > _MAX_SIDE or population > _MAX_POPULATION:
            raise PatternError(f"{where}: the pattern is too large to hold.")
    return np.array(runs, dtype=np.int64).reshape(-1, 4)


def _read_items(lines: list[str], start: int, source: str) -> Iterator[tuple[str, str, str]]:
    """Yields count and tag of each item as they are written, and where; a tag that is missing is empty."""
    pending, where = "", source  # A count may stand at the end of a line and its tag on the next.
    for number in range(start, len(lines)):
        line = lines[number].rstrip()
        column = len(line) - len(line.lstrip())
        if line.startswith("#", column):
            continue
        while column < len(line):
            match = _ITEM.match(line, column)
            assert match is not None, "both parts of an item are optional"
            if not match[0]:  # Blanks between items mean nothing.
                column += 1
                continue
            if not pending:
                where = f"{source} line {number + 1}, column {column + 1}"
            count, tag = pending + match["count"], match["tag"]
            column = match.end()
            pending = count if not tag and column == len(line) else ""
            if not pending:
                yield count, tag, where
    if pending:
        yield pending, "", where


def _parse_item(count: str, tag: str, where: str) -> int:
    """Returns how often the tag is repeated."""
    if not tag:
        raise PatternError(f"{where}: the count {count[:20]} has nothing to repeat.")
    if tag not in "b.o$!" and not 1 <= _state_of(tag) <= _MAX_STATE:
        _reject_tag(tag, where)
    if count.startswith("0"):
        raise PatternError(f"{where}: a count must not begin with 0, but here is {count[:20]!r}.")
    if len(count) > _MAX_COUNT_DIGITS:
        raise PatternError(f"{where}: a run of {count[:20]}... is too long.")
    return int(count or 1)


def _state_of(tag: str) -> int:
    """Returns the state that a tag such as `o`, `B` or `pA` stands for, 0 if there is none."""
    prefix, letter = tag[:-1], tag[-1]
    if tag == "o":
        return 1
    return _LETTERS.find(letter) + 1 + len(_LETTERS) * (ord(prefix) - ord("o") if prefix else 0)


def _reject_tag(tag: str, where: str) -> NoReturn:
    raise PatternError(f"{where}: {tag!r} has no meaning in RLE; expected b, o, $ or !, or A to X for more states.")


def _items(runs: Int64[np.ndarray, "runs 4"], num_states: int) -> Iterator[str]:
    """Yields the items of an RLE body, such as `2b`, `3o`, `$` and `!`."""
    tags = [_tag_of(state, num_states) for state in range(num_states)]
    x = y = 0
    for start in range(0, len(runs), _RUNS_PER_BLOCK):
        for row, column, length, state in runs[start : start + _RUNS_PER_BLOCK].tolist():
            if row > y:
                yield _item(row - y, "$")
                x, y = 0, row
            if column > x:
                yield _item(column - x, tags[0])
            yield _item(length, tags[state])
            x = column + length
    yield "!"


def _tag_of(state: int, num_states: int) -> str:
    """Returns how a state is written: b and o where there are two, else a point and letters."""
    if num_states == 2:
        return "bo"[state]
    if state == 0:
        return "."
    prefix, letter = divmod(state - 1, len(_LETTERS))
    return (chr(ord("o") + prefix) if prefix else "") + _LETTERS[letter]


def _item(count: int, tag: str) -> str:
    return tag if count == 1 else f"{count}{tag}"
