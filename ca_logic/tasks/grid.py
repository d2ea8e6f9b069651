"""`Grid`: the bounded grid that a rulestring may name after a colon, such as `T64,48`, as in Golly.

T torus, P plane with dead borders, K Klein bottle, C cross-surface, S sphere. A width or height of 0 is
unbounded. The canonical form is Golly's (gollybase/lifealgo.cpp, setgridsize and canonicalsuffix).
"""

import re
from dataclasses import dataclass

from ca_logic.errors import RulestringError

_TOPOLOGIES = {"T": "torus", "P": "plane", "K": "Klein bottle", "C": "cross-surface", "S": "sphere"}
_SIZE = re.compile(r"(?P<size>[0-9]*)(?P<twist>\*?)(?P<shift>[+-][0-9]*)?")
_MAX_SIZE = 2_000_000_000
_SHOWN_LENGTH = 60


@dataclass(frozen=True)
class Grid:
    """A bounded grid.

    Attributes:
        topology: `torus`, `plane`, `Klein bottle`, `cross-surface` or `sphere`.
        width: in cells, 0 for unbounded.
        height: in cells, 0 for unbounded.
        horizontal_shift: by how much a torus is shifted where its top and bottom meet, sign kept; 1 on a Klein
            bottle that is shifted there.
        vertical_shift: the same where its sides meet.
        twist: which edges of a Klein bottle are joined reversed, `horizontal` or `vertical`.
    """

    topology: str
    width: int
    height: int
    horizontal_shift: int = 0
    vertical_shift: int = 0
    twist: str = ""

    @property
    def canonical(self) -> str:
        """The suffix as Golly writes it, such as `T64,48`; "" if unbounded."""
        if not self.width and not self.height:
            return ""
        letter = next(letter for letter, topology in _TOPOLOGIES.items() if topology == self.topology)
        if letter == "S":
            return f"S{self.width}"
        stars = ("*" if self.twist == "horizontal" else "", "*" if self.twist == "vertical" else "")
        shifts = (self.horizontal_shift, self.vertical_shift)
        width, height = (
            f"{size}{star}{f'{shift:+d}' if shift else ''}"
            for size, star, shift in zip((self.width, self.height), stars, shifts, strict=True)
        )
        return f"{letter}{width},{height}"

    @property
    def is_plain(self) -> bool:
        """Whether it is a torus or plane without shift and bounded both ways."""
        shifted = self.horizontal_shift or self.vertical_shift
        return self.topology in ("torus", "plane") and bool(self.width and self.height) and not shifted


def parse_grid(text: str) -> Grid | None:
    """Returns the grid that the suffix after the colon names, or None for an unbounded one.

    Raises:
        RulestringError: if Golly would not take it, saying why.
    """
    if not text:
        return None
    # Only of ASCII, or a long s would become an S.
    letter = text[0].upper() if text.isascii() else text[0]
    if letter not in _TOPOLOGIES:
        known = ", ".join(f"{letter} ({topology})" for letter, topology in _TOPOLOGIES.items())
        raise RulestringError(f"{shown(text)} begins with no topology; known are {known}.")
    if len(text) == 1:
        return None
    topology = _TOPOLOGIES[letter]
    width, twisted, shift, rest = _size(text, 1)
    _check_side(text, topology, letter, twisted, width, shift)
    twist = "horizontal" if twisted else ""
    horizontal = _reduced(shift, width)
    if letter in "KCS" and not width:
        raise RulestringError(f"{shown(text)}: a {topology} needs a width.")
    height, vertical = width, 0
    if rest and (text[rest] != "," or letter == "S"):
        raise RulestringError(f"{shown(text)}: character {rest + 1}, {text[rest]!r}, is unexpected after the width.")
    if rest and rest + 1 < len(text):
        height, twisted, shift, rest = _size(text, rest + 1)
        if twisted and twist:
            raise RulestringError(f"{shown(text)}: a Klein bottle has one twist, horizontal or vertical.")
        _check_side(text, topology, letter, twisted, height, shift)
        if shift is not None and horizontal:
            raise RulestringError(f"{shown(text)} is shifted both ways; only one shift is possible.")
        vertical = _reduced(shift, height)
        twist = twist or ("vertical" if twisted else "")
        if rest:
            raise RulestringError(
                f"{shown(text)}: character {rest + 1}, {text[rest]!r}, is unexpected after the height."
            )
    if letter in "KC" and not height:
        raise RulestringError(f"{shown(text)}: a {topology} needs a height.")
    if letter == "K":
        twist = twist or "vertical"
        # A twisted edge of odd length has no other shift, and all shifts of an even one are the same.
        horizontal = int(twist == "horizontal" and horizontal != 0 and width % 2 == 0)
        vertical = int(twist == "vertical" and vertical != 0 and height % 2 == 0)
    if (horizontal or vertical) and not (width and height):
        raise RulestringError(f"{shown(text)}: an unbounded grid cannot be shifted.")
    return Grid(topology, width, height, horizontal, vertical, twist) if width or height else None


def shown(text: str) -> str:
    """Returns a text as messages quote it, cut short."""
    quoted = repr(text)
    return quoted if len(quoted) <= _SHOWN_LENGTH else f"{quoted[: _SHOWN_LENGTH - 4]}...{quoted[0]}"


def _size(text: str, start: int) -> tuple[int, bool, str | None, int]:
    """Returns size, whether a star follows, the shift as written, and where the text goes on, 0 for nowhere."""
    match = _SIZE.match(text, start)
    assert match is not None, "every part of a size is optional"
    digits = match["size"]
    size = min(int(digits[:12] or 0), _MAX_SIZE) if len(digits.lstrip("0")) <= 12 else _MAX_SIZE
    return size, bool(match["twist"]), match["shift"], match.end() if match.end() < len(text) else 0


def _check_side(text: str, topology: str, letter: str, twisted: bool, size: int, shift: str | None) -> None:
    if twisted and letter != "K":
        raise RulestringError(f"{shown(text)}: only a Klein bottle (K) has a twist, not a {topology}.")
    if shift is None:
        return
    if letter in "PCS":
        raise RulestringError(f"{shown(text)}: a {topology} cannot be shifted.")
    if letter == "K" and not twisted:
        raise RulestringError(
            f"{shown(text)}: a Klein bottle is shifted on its twisted edges only; write the shift after *."
        )
    if not size:
        raise RulestringError(f"{shown(text)}: an unbounded side cannot be shifted.")


def _reduced(shift: str | None, size: int) -> int:
    """Returns the shift modulo the size, its sign kept."""
    if shift is None or not shift[1:]:
        return 0
    amount = int(shift[1:][-18:]) % size
    return -amount if shift[0] == "-" else amount
