"""The items of RLE, such as `2b`, `3o`, `$` and `!`, to runs of cells and back.

An item is a count, left out if it is 1, and a tag: `b` or `.` dead, `o` or `A` live, `$` end of row, `!` end. States
from 2 on are `B` to `X` (24), then with a prefix `pA` (25) to `yO` (255).

Text that is as writers leave it is read by array operations, a block at a time; what is not is read item by item,
which takes ten times as long and finds the fault, if it is one.
"""

import re
from array import array
from collections.abc import Iterator
from typing import NoReturn

import numpy as np
from jaxtyping import Int64, UInt8

from ca_logic.errors import PatternError
from ca_logic.runtime.pattern.pattern import MAX_POPULATION, MAX_SIDE, MAX_STATE

LINE_WIDTH = 70

_ITEM = re.compile(r"(?P<count>[0-9]*)(?P<tag>[p-y][A-X]|\S?)")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWX"
_PREFIXES = "pqrstuvwxy"
_MAX_COUNT_DIGITS = 12
_BYTES_PER_BLOCK = 1 << 20
_RUNS_PER_BLOCK = 1 << 18

_OTHER, _DIGIT, _PREFIX, _TAG = range(4)
_KINDS = np.full(256, _OTHER, dtype=np.uint8)
_KINDS[list(b"0123456789")] = _DIGIT
_KINDS[list(_PREFIXES.encode())] = _PREFIX
_KINDS[list(f"b.$o{_LETTERS}".encode())] = _TAG
_STATES = np.zeros(256, dtype=np.int64)
_STATES[ord("o")] = 1
_STATES[list(_LETTERS.encode())] = np.arange(1, 1 + len(_LETTERS))
_STATES[list(_PREFIXES.encode())] = np.arange(1, 1 + len(_PREFIXES)) * len(_LETTERS)


def read_runs(lines: list[str], start: int, source: str) -> Int64[np.ndarray, "runs 4"]:
    """Returns (y, x, length, state) of each run of cells that are not dead.

    Args:
        lines: of the file.
        start: the first line of items; those with # are comments.
        source: what to call the file in errors.

    Raises:
        PatternError: saying line and column of the first fault.
    """
    parts = [line for line in map(str.strip, lines[start:]) if not line.startswith("#")]
    # A count may be parted from its tag by the end of a line, but a prefix not from its letter.
    is_regular = not any(part.endswith(tuple(_PREFIXES)) for part in parts)
    items = "".join(parts).partition("!")[0]
    runs = _read_regular(items.encode("ascii", errors="replace")) if is_regular else None
    return _read_item_by_item(lines, start, source) if runs is None else runs


def render_runs(runs: Int64[np.ndarray, "runs 4"], num_states: int) -> Iterator[str]:
    """Yields lines of at most `LINE_WIDTH` characters, between items of the runs, which are sorted, and `!`."""
    begun = b""
    for block in range(0, len(runs), _RUNS_PER_BLOCK):
        before = runs[block - 1] if block else np.zeros(4, dtype=np.int64)
        items, ends = _render_block(runs[block : block + _RUNS_PER_BLOCK], before, num_states)
        text = begun + items
        line_begins = last_end = 0
        for end in (len(begun), *(ends + len(begun)).tolist()):
            if end - line_begins > LINE_WIDTH:
                yield text[line_begins:last_end].decode()
                line_begins = last_end
            last_end = end
        begun = text[line_begins:]
    if len(begun) == LINE_WIDTH:
        yield begun.decode()
        begun = b""
    yield f"{begun.decode()}!"


def _read_regular(items: bytes) -> Int64[np.ndarray, "runs 4"] | None:
    """Returns the runs of items without any blanks or faults; None for others."""
    octets = np.frombuffer(items, dtype=np.uint8)
    runs: list[np.ndarray] = [np.zeros((0, 4), dtype=np.int64)]
    begin = x = y = population = 0
    while begin < len(octets):
        block = octets[begin : begin + _BYTES_PER_BLOCK]
        tags = np.flatnonzero(_KINDS[block] == _TAG)
        if not len(tags):
            return None
        block = block[: tags[-1] + 1]
        counted = _counts_and_states(block, tags)
        if counted is None:
            return None
        counts, states = counted
        ends_row = block[tags] == ord("$")
        rows, columns = np.where(ends_row, counts, 0), np.where(ends_row, 0, counts)
        row = y + np.cumsum(rows)
        passed = x + np.cumsum(columns)
        column = passed - np.maximum.accumulate(np.where(ends_row, passed, 0))
        is_live = states > 0
        population += int(counts[is_live].sum())
        if max(int(row[-1]), int(column.max())) > MAX_SIDE or population > MAX_POPULATION:
            return None
        # Between two ends of a row all items are in the same row.
        runs.append(np.column_stack([row, column - counts, counts, states])[is_live])
        begin, x, y = begin + len(block), int(column[-1]), int(row[-1])
    return np.concatenate(runs)


def _counts_and_states(
    block: UInt8[np.ndarray, " octets"], tags: Int64[np.ndarray, " items"]
) -> tuple[Int64[np.ndarray, " items"], Int64[np.ndarray, " items"]] | None:
    """Returns count and state of each item of a block of whole items, given where its tags are; None for a fault."""
    kinds = _KINDS[block]
    has_prefix = np.insert(kinds, 0, _OTHER)[tags] == _PREFIX
    begins = np.insert(tags[:-1] + 1, 0, 0)
    stops = tags - has_prefix
    digits = stops - begins
    letters = block[tags]
    states = _STATES[letters] + np.where(has_prefix, _STATES[block[tags - 1]], 0)
    is_fault = (
        (kinds == _OTHER).any()
        or np.count_nonzero(kinds == _PREFIX) != np.count_nonzero(has_prefix)
        or np.isin(letters[has_prefix], list(b"b.$o")).any()
        or states.max() > MAX_STATE
        or digits.max() > _MAX_COUNT_DIGITS
        or (block[begins[digits > 0]] == ord("0")).any()
    )
    if is_fault:
        return None
    counts = np.where(digits == 0, 1, 0)
    for place in range(digits.max()):
        has = digits > place
        counts[has] += (block[stops[has] - 1 - place] - np.int64(ord("0"))) * 10**place
    return counts, states


def _read_item_by_item(lines: list[str], start: int, source: str) -> Int64[np.ndarray, "runs 4"]:
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
        if max(x, y) > MAX_SIDE or population > MAX_POPULATION:
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
    if tag not in "b.o$!" and not 1 <= _state_of(tag) <= MAX_STATE:
        _reject_tag(tag, where)
    if count.startswith("0"):
        raise PatternError(f"{where}: a count must not begin with 0, but here is {count[:20]!r}.")
    if len(count) > _MAX_COUNT_DIGITS:
        raise PatternError(f"{where}: a run of {count[:20]}... is too long.")
    return int(count or 1)


def _state_of(tag: str) -> int:
    """Returns the state that a tag such as `o`, `B` or `pA` stands for, 0 if there is none."""
    if not tag.isascii() or (tag not in "o" and tag[-1] not in _LETTERS):
        return 0
    return int(sum(_STATES[ord(letter)] for letter in tag))


def _reject_tag(tag: str, where: str) -> NoReturn:
    raise PatternError(f"{where}: {tag!r} has no meaning in RLE; expected b, o, $ or !, or A to X for more states.")


def _render_block(
    runs: Int64[np.ndarray, "runs 4"], before: Int64[np.ndarray, " 4"], num_states: int
) -> tuple[bytes, Int64[np.ndarray, " items"]]:
    """Returns the items of runs that follow another one, and where each of them ends."""
    y, x, length, state = runs.T
    rows = np.diff(y, prepend=before[0])
    ends = np.append(before[1] + before[2], (x + length)[:-1])
    gaps = x - np.where(rows > 0, 0, ends)
    tags = _tags(num_states)
    counts = np.column_stack([rows, gaps, length]).ravel()
    item_tags = tags[np.column_stack([np.full_like(y, -1), np.zeros_like(y), state]).ravel()]
    item_tags, counts = item_tags[counts > 0], counts[counts > 0]
    digits = np.where(counts > 1, 1 + np.searchsorted(10 ** np.arange(1, 18), counts, side="right"), 0)
    has_prefix = item_tags[:, 0] > 0
    item_ends = np.cumsum(digits + has_prefix + 1)
    text = np.empty(item_ends[-1], dtype=np.uint8)
    text[item_ends - 1] = item_tags[:, 1]
    text[item_ends[has_prefix] - 2] = item_tags[has_prefix, 0]
    stops = item_ends - 1 - has_prefix
    for place in range(digits.max()):
        has = digits > place
        text[stops[has] - 1 - place] = ord("0") + counts[has] // 10**place % 10
    return text.tobytes(), item_ends


def _tags(num_states: int) -> UInt8[np.ndarray, "tags 2"]:
    """Returns prefix, or 0, and letter of each state, and at last of the end of a row.

    They are b and o where there are two states, else a point and letters.
    """
    if num_states <= 2:
        tags = ["\0b", "\0o"]
    else:
        prefixes = f"\0{_PREFIXES}"
        letters = [f"{prefix}{letter}" for prefix in prefixes for letter in _LETTERS]
        tags = ["\0.", *letters[: num_states - 1]]
    return np.array([list(tag.encode()) for tag in [*tags, "\0$"]], dtype=np.uint8)
