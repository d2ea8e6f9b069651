"""`Pattern`: live cells with a rule and a place, and the RLE files that hold them.

RLE as Golly reads and writes it (Golly Help, "File Formats"): comment lines from #, a header
`x = m, y = n, rule = R`, then runs: `b` or `.` dead, `o` or `A` live, `$` end of row, `!` end.
"""

import difflib
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np
from jaxtyping import Int64

from ca_logic.errors import BoardError, PatternError
from ca_logic.resources import resource_folder
from ca_logic.runtime.board import Board, Topology, cells_of_runs

_HEADER = re.compile(
    r"x\s*=\s*([0-9]+)\s*,\s*y\s*=\s*([0-9]+)\s*(?:,\s*rule\s*=\s*(?P<rule>\S+?),?(\s.*)?)?$", re.IGNORECASE
)
_POSITION = re.compile(r"Pos\s*=\s*(-?[0-9]+)\s*,\s*(-?[0-9]+)")
_GENERATION = re.compile(r"Gen\s*=\s*([0-9]+)")
_GRID = re.compile(r"(?P<topology>[TP])(?P<width>[1-9][0-9]{0,11})(?:,(?P<height>[1-9][0-9]{0,11}))?$", re.IGNORECASE)
_ITEM = re.compile(r"(?P<count>[0-9]*)(?P<tag>\S?)")
_LINE_WIDTH = 70
_MAX_DIGITS = 18
_MAX_COUNT_DIGITS = 12
_MAX_SIDE = 1 << 40
_MAX_POPULATION = 1 << 32
_CELLS_PER_BLOCK = 1 << 22
_RUNS_PER_BLOCK = 1 << 16


class Grid(NamedTuple):
    """The bounded grid that a rulestring may name after a colon, such as `T64,48`."""

    topology: Topology
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Pattern:
    """Live cells in a rectangle.

    Attributes:
        runs: (y, x, length) of each run of live cells, from the top left corner of the rectangle.
        width: of the rectangle; at least what the cells need.
        height: of the rectangle.
        name: for people.
        rule: the rule that the file names, without the grid, or "".
        grid: the bounded grid that the file names, if it is a torus or a plane.
        position: (x, y) of the top left corner from the centre of the board, or None for centred.
        generation: how old the pattern is.
    """

    runs: Int64[np.ndarray, "runs 3"]
    width: int
    height: int
    name: str = ""
    rule: str = ""
    grid: Grid | None = None
    position: tuple[int, int] | None = None
    generation: int = 0

    @cached_property
    def live(self) -> Int64[np.ndarray, "cells 2"]:
        """(y, x) of each live cell, from the top left corner of the rectangle."""
        return cells_of_runs(self.runs)


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
    """Returns the live cells of a board as RLE, cropped to their bounding box, with their place and age."""
    runs = np.concatenate(list(board.live_runs()))
    top, left = runs[:, :2].min(axis=0) if len(runs) else (0, 0)
    runs -= [top, left, 0]
    height, width = _extent_of(runs)
    grid = f"{'T' if board.topology == 'torus' else 'P'}{board.width},{board.height}"
    lines = [f"#N {name}"] if name else []
    lines.append(f"#CXRLE Pos={left - board.width // 2},{top - board.height // 2} Gen={board.generation}")
    lines.append(f"x = {width}, y = {height}, rule = {rule}:{grid}")
    line = ""
    for item in _items(runs):
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


def _extent_of(runs: Int64[np.ndarray, "runs 3"]) -> tuple[int, int]:
    """Returns the height and width that the runs need."""
    if not len(runs):
        return 0, 0
    return int(runs[:, 0].max()) + 1, int((runs[:, 1] + runs[:, 2]).max())


def _grid_of(text: str) -> Grid | None:
    match = _GRID.match(text)
    if match is None:
        return None
    width = int(match["width"])
    return Grid("torus" if match["topology"] in "Tt" else "plane", width, int(match["height"] or width))


def _number(text: str, where: str) -> int:
    if len(text.lstrip("-")) > _MAX_DIGITS:
        raise PatternError(f"{where}: {text[:20]}... is too large a number.")
    return int(text)


def _read_runs(lines: list[str], start: int, source: str) -> Int64[np.ndarray, "runs 3"]:
    """Returns (y, x, length) of each run of live cells."""
    runs = array("q")
    x = y = population = 0
    for count, tag, where in _read_items(lines, start, source):
        repeats = _parse_item(count, tag, where)
        if tag == "!":
            break
        if tag == "$":
            x, y = 0, y + repeats
        else:
            if tag in "oA":
                runs.extend((y, x, repeats))
                population += repeats
            x += repeats
        if max(x, y) > _MAX_SIDE or population > _MAX_POPULATION:
            raise PatternError(f"{where}: the pattern is too large to hold.")
    return np.array(runs, dtype=np.int64).reshape(-1, 3)


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
    if tag not in "b.oA$!":
        _reject_tag(tag, where)
    if count.startswith("0"):
        raise PatternError(f"{where}: a count must not begin with 0, but here is {count[:20]!r}.")
    if len(count) > _MAX_COUNT_DIGITS:
        raise PatternError(f"{where}: a run of {count[:20]}... is too long.")
    return int(count or 1)


def _reject_tag(tag: str, where: str) -> NoReturn:
    if tag.isalpha() and tag.isascii():
        raise PatternError(f"{where}: {tag!r} is no state of a two-state rule; cells are b or o.")
    raise PatternError(f"{where}: {tag!r} has no meaning in RLE; expected b, o, $ or !.")


def _items(runs: Int64[np.ndarray, "runs 3"]) -> Iterator[str]:
    """Yields the items of an RLE body, such as `2b`, `3o`, `$` and `!`."""
    x = y = 0
    for start in range(0, len(runs), _RUNS_PER_BLOCK):
        for row, column, length in runs[start : start + _RUNS_PER_BLOCK].tolist():
            if row > y:
                yield _item(row - y, "$")
                x, y = 0, row
            if column > x:
                yield _item(column - x, "b")
            yield _item(length, "o")
            x = column + length
    yield "!"


def _item(count: int, tag: str) -> str:
    return tag if count == 1 else f"{count}{tag}"
