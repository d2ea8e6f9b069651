"""RLE files as Golly reads and writes them (Golly Help, "File Formats").

Comment lines from #, a header `x = m, y = n, rule = R`, then items as `run_length` has them.
"""

import dataclasses
import re

import numpy as np

from ca_logic.errors import PatternError
from ca_logic.runtime.board import Board
from ca_logic.runtime.pattern.fields import as_line, parse_number
from ca_logic.runtime.pattern.pattern import Pattern, extent, pattern_of_board, split_rule
from ca_logic.runtime.pattern.run_length import read_runs, render_runs

_HEADER = re.compile(
    r"x\s*=\s*([0-9]+)\s*,\s*y\s*=\s*([0-9]+)\s*(?:,\s*rule\s*=\s*(?P<rule>\S+?),?(\s.*)?)?$", re.IGNORECASE
)
_POSITION = re.compile(r"Pos\s*=\s*(-?[0-9]+)\s*,\s*(-?[0-9]+)")
_GENERATION = re.compile(r"Gen\s*=\s*([0-9]+)")


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
    header, start = _read_header(lines, name, source)
    runs = read_runs(lines, start, source)
    height, width = extent(runs)
    return dataclasses.replace(header, runs=runs, width=max(width, header.width), height=max(height, header.height))


def read_rle_header(text: str, *, name: str = "", source: str = "RLE") -> Pattern:
    """Returns what an RLE text tells of its pattern, which is without cells here; the arguments are `read_rle`'s.

    Raises:
        PatternError: if there is no pattern, or the header is malformed.
    """
    return _read_header(text.splitlines(), name, source)[0]


def render_rle(pattern: Pattern, *, num_states: int | None = None) -> str:
    """Returns an RLE text of a pattern.

    Args:
        pattern: what to write.
        num_states: how many the rule has, 2 being written by other letters than more; by default as many as the
            cells show.
    """
    lines = [f"#{key} {text}" for key, text in (("N", as_line(pattern.name)), ("O", as_line(pattern.origin))) if text]
    lines += [f"#C {as_line(comment)}".rstrip() for comment in pattern.comments]
    if pattern.position is not None:
        lines.append("#CXRLE Pos={},{} Gen={}".format(*pattern.position, pattern.generation))
    elif pattern.generation:
        lines.append(f"#CXRLE Gen={pattern.generation}")
    grid = f":{pattern.grid.canonical}" if pattern.grid else ""
    rule = f", rule = {pattern.rule}{grid}" if pattern.rule else ""
    lines.append(f"x = {pattern.width}, y = {pattern.height}{rule}")
    return "\n".join([*lines, *render_runs(pattern.runs, num_states or pattern.max_state + 1), ""])


def write_rle(board: Board, *, rule: str, name: str = "") -> str:
    """Returns the cells of a board as RLE, cropped to their bounding box, with their place and age."""
    return render_rle(pattern_of_board(board, rule=rule, name=name), num_states=board.num_states)


def _read_header(lines: list[str], name: str, source: str) -> tuple[Pattern, int]:
    """Returns what comes before the cells, and the line in which they begin."""
    position, generation, rule, origin = None, 0, "", ""
    comments: list[str] = []
    for start, line in enumerate(lines):
        stripped, where = line.strip(), f"{source} line {start + 1}"
        key, text = stripped[:2], stripped[2:].strip()
        if stripped.startswith("#CXRLE"):
            if match := _POSITION.search(stripped):
                position = (parse_number(match[1], where), parse_number(match[2], where))
            if match := _GENERATION.search(stripped):
                generation = parse_number(match[1], where)
        elif key == "#N":
            name = text or name
        elif key == "#O":
            origin = text
        elif key == "#r":
            rule = text
        elif key in ("#C", "#c", "#D"):
            comments.append(text)
        elif stripped and not stripped.startswith("#"):
            break
    else:
        raise PatternError(
            f"{source} holds no pattern; an RLE file has a line like 'x = 3, y = 3' and runs like 'bob$2bo$3o!'."
        )
    header = _HEADER.match(stripped)
    if stripped[0] in "xX" and header is None:
        raise PatternError(f"{where}: {stripped[:60]!r} is no header like 'x = 3, y = 3'.")
    width = height = 0
    if header:
        width, height = parse_number(header[1], where), parse_number(header[2], where)
    plain_rule, grid = split_rule(header["rule"] or rule if header else rule)
    pattern = Pattern(
        np.zeros((0, 4), dtype=np.int64),
        width,
        height,
        name,
        plain_rule,
        grid,
        position,
        generation,
        origin,
        tuple(comments),
    )
    return pattern, start + (header is not None)
