"""`Pattern`: live cells with a rule and a place, and the RLE files that hold them.

RLE as Golly reads and writes it (Golly Help, "File Formats"): comment lines from #, a header
`x = m, y = n, rule = R`, then runs: `b` or `.` dead, `o` or `A` live, `$` end of row, `!` end.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from jaxtyping import Int64

from ca_logic.errors import BoardError, PatternError
from ca_logic.resources import resource_folder
from ca_logic.runtime.board import Board

_HEADER = re.compile(r"x\s*=\s*(\d+)\s*,\s*y\s*=\s*(\d+)\s*(?:,\s*rule\s*=\s*(?P<rule>\S+?),?\s*)?$", re.IGNORECASE)
_POSITION = re.compile(r"Pos\s*=\s*(-?\d+)\s*,\s*(-?\d+)")
_GENERATION = re.compile(r"Gen\s*=\s*(\d+)")
_ITEM = re.compile(r"(?P<count>\d*)(?P<tag>\S?)")
_LINE_WIDTH = 70
_MAX_SIDE = 1 << 40
_MAX_POPULATION = 1 << 28


@dataclass(frozen=True, eq=False)
class Pattern:
    """Live cells in a rectangle.

    Attributes:
        live: (y, x) of each live cell, from the top left corner of the rectangle.
        width: of the rectangle; at least what the cells need.
        height: of the rectangle.
        name: for people.
        rule: the rulestring that the file names, without topology, or "".
        position: (x, y) of the top left corner from the centre of the board, or None for centred.
        generation: how old the pattern is.
    """

    live: Int64[np.ndarray, "cells 2"]
    width: int
    height: int
    name: str = ""
    rule: str = ""
    position: tuple[int, int] | None = None
    generation: int = 0


def load_pattern(text: str) -> Pattern:
    """Returns the pattern of that name from the pattern library, or the one in that RLE file.

    Raises:
        PatternError: if there is none, naming the nearest; or saying where the file is malformed.
    """
    shipped = {path.stem: path for path in sorted(resource_folder("patterns").glob("*.rle"))}
    path = shipped.get(text.lower(), Path(text))
    try:
        return read_rle(path.read_text(encoding="utf-8"), name=path.stem, source=str(path))
    except FileNotFoundError:
        nearest = difflib.get_close_matches(text.lower(), shipped, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"known names are {', '.join(shipped)}."
        raise PatternError(f"no pattern {text!r}, neither as a name nor as a file; {hint}") from None
    except UnicodeDecodeError:
        raise PatternError(f"{path} is no RLE file: it is not even text.") from None
    except OSError as error:
        raise PatternError(f"cannot read pattern {path}: {error.strerror}.") from None


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
    start, header = 0, None
    position, generation = None, 0
    for start, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith("#"):
            if stripped.startswith("#N") and stripped[2:].strip():
                name = stripped[2:].strip()
            if stripped.startswith("#CXRLE"):
                if match := _POSITION.search(stripped):
                    position = (int(match[1]), int(match[2]))
                if match := _GENERATION.search(stripped):
                    generation = int(match[1])
        elif stripped:
            header = _HEADER.match(stripped)
            if stripped[0] in "xX" and header is None:
                raise PatternError(f"{source} line {start + 1}: {stripped[:60]!r} is no header like 'x = 3, y = 3'.")
            break
    else:
        raise PatternError(
            f"{source} holds no pattern; an RLE file has a line like 'x = 3, y = 3' and runs like 'bob$2bo$3o!'."
        )
    live, width, height = _read_runs(lines, start + (header is not None), source)
    if header:
        width, height = max(width, int(header[1])), max(height, int(header[2]))
    rule = (header["rule"] or "").split(":", 1)[0] if header else ""
    return Pattern(live, width, height, name=name, rule=rule, position=position, generation=generation)


def write_rle(board: Board, *, rule: str, name: str = "") -> str:
    """Returns the live cells of a board as RLE, cropped to their bounding box, with their place and age."""
    live = board.live_cells()
    top, left = live.min(axis=0) if len(live) else (0, 0)
    bottom, right = live.max(axis=0) if len(live) else (-1, -1)
    grid = f"{'T' if board.topology == 'torus' else 'P'}{board.width},{board.height}"
    lines = [f"#N {name}"] if name else []
    lines.append(f"#CXRLE Pos={left - board.width // 2},{top - board.height // 2} Gen={board.generation}")
    lines.append(f"x = {right - left + 1}, y = {bottom - top + 1}, rule = {rule}:{grid}")
    line = ""
    for item in _items(live - [top, left]):
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
    height, width = pattern.live.max(axis=0) + 1 if len(pattern.live) else (0, 0)
    if width > board.width or height > board.height:
        raise BoardError(
            f"pattern {pattern.name!r} is {width}x{height}, larger than the board of {board.width}x{board.height}; "
            "choose a larger --size."
        )
    x, y = pattern.position or (-(pattern.width // 2), -(pattern.height // 2))
    board.place(pattern.live, x + board.width // 2, y + board.height // 2)
    board.generation = pattern.generation


def _read_runs(lines: list[str], start: int, source: str) -> tuple[Int64[np.ndarray, "cells 2"], int, int]:
    """Returns the live cells, and the width and height that they need."""
    runs: list[tuple[int, int, int]] = []
    x = y = population = 0
    for number in range(start, len(lines)):
        line = lines[number].rstrip()
        column = len(line) - len(line.lstrip())
        if line.lstrip().startswith("#"):
            continue
        while column < len(line):
            match = _ITEM.match(line, column)
            assert match is not None, "both parts of an item are optional"
            if not match[0]:  # Blanks between items mean nothing.
                column += 1
                continue
            where = f"{source} line {number + 1}, column {column + 1}"
            count, tag = _parse_item(match, where)
            column = match.end()
            if tag == "!":
                return (
                    _cells_of(runs),
                    max((x + n for _, x, n in runs), default=0),
                    runs[-1][0] + 1 if runs else 0,
                )
            if tag == "$":
                x, y = 0, y + count
            else:
                if tag in "oA":
                    runs.append((y, x, count))
                    population += count
                x += count
            if max(x, y) > _MAX_SIDE or population > _MAX_POPULATION:
                raise PatternError(f"{where}: the pattern is too large to hold.")
    return _cells_of(runs), max((x + n for _, x, n in runs), default=0), runs[-1][0] + 1 if runs else 0


def _parse_item(match: re.Match[str], where: str) -> tuple[int, str]:
    count, tag = match["count"], match["tag"]
    if not tag:
        raise PatternError(f"{where}: the count {count[:20]} has nothing to repeat.")
    if tag not in "b.oA$!":
        _reject_tag(tag, where)
    if count.startswith("0"):
        raise PatternError(f"{where}: a count must not begin with 0, but here is {count[:20]!r}.")
    if len(count) > 12:
        raise PatternError(f"{where}: a run of {count[:20]}... is too long.")
    return int(count or 1), tag


def _reject_tag(tag: str, where: str) -> NoReturn:
    if tag.isalpha() and tag.isascii():
        raise PatternError(f"{where}: {tag!r} is no state of a two-state rule; cells are b or o.")
    raise PatternError(f"{where}: {tag!r} has no meaning in RLE; expected b, o, $ or !.")


def _cells_of(runs: list[tuple[int, int, int]]) -> Int64[np.ndarray, "cells 2"]:
    if not runs:
        return np.empty((0, 2), dtype=np.int64)
    y, x, length = np.array(runs, dtype=np.int64).T
    ends = np.cumsum(length)
    within = np.arange(ends[-1]) - np.repeat(ends - length, length)
    return np.stack([np.repeat(y, length), np.repeat(x, length) + within], axis=1)


def _items(live: Int64[np.ndarray, "cells 2"]) -> Iterator[str]:
    """Yields the runs of an RLE body, such as `2b`, `3o`, `$` and `!`."""
    x = y = 0
    if len(live):
        breaks = np.flatnonzero((np.diff(live[:, 0]) != 0) | (np.diff(live[:, 1]) != 1)) + 1
        starts = np.concatenate([[0], breaks])
        lengths = np.diff(np.concatenate([starts, [len(live)]]))
        for (row, column), length in zip(live[starts].tolist(), lengths.tolist(), strict=True):
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
