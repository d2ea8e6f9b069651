"""Rulestrings of outer-totalistic rules, as Golly reads them: B3/S23, b3s23, S23/B3, 23/3, B3.

Without letters the digits before the slash are survival, those after it birth. Blanks and case mean
nothing, repeated digits collapse. Golly's grammar is in gollybase/liferules.cpp.
"""

import re
from typing import NamedTuple, NoReturn

from ca_logic.errors import RulestringError

MAX_NEIGHBOURS = 8
_MAX_LENGTH = 500
_GRAMMAR = re.compile(r"(?P<letter>[BS]?)(?P<digits>[0-8]*)(?P<slash>/?)(?P<letter2>[BS]?)(?P<digits2>[0-8]*)")
_LOOKS_LIKE_RULESTRING = re.compile(r"[BS]?\d*/|[BS]\d|\d", re.IGNORECASE)
_UPPER = str.maketrans("bs", "BS")
_OTHER = {"B": "S", "S": "B"}


class LifeLike(NamedTuple):
    """An outer-totalistic rule: the neighbour counts of birth and of survival."""

    birth: frozenset[int]
    survival: frozenset[int]

    @property
    def canonical(self) -> str:
        """The rulestring as Golly writes it: B and S, digits ascending."""
        return f"B{_digits(self.birth)}/S{_digits(self.survival)}"


def looks_like_rulestring(text: str) -> bool:
    """Tells whether a text that names no rule was probably meant as a rulestring."""
    return bool(_LOOKS_LIKE_RULESTRING.match("".join(text.split())))


def parse_rulestring(text: str) -> LifeLike:
    """Returns the rule that a rulestring names.

    Raises:
        RulestringError: saying which character is wrong and why.
    """
    if len(text) > _MAX_LENGTH:
        raise RulestringError(f"a rulestring of {len(text)} characters; the limit is {_MAX_LENGTH}.")
    positions = [position for position, character in enumerate(text) if not character.isspace()]
    # Not upper(): it makes two letters of some characters, and an S of one that is none.
    compact = "".join(text[position] for position in positions).translate(_UPPER)
    # Golly takes a colon without a topology for nothing.
    compact = compact.removesuffix(":")
    match = _GRAMMAR.match(compact)
    assert match is not None, "every part of the grammar is optional"
    if match.end() < len(compact):
        _reject(text, positions[match.end()], match)
    first, second = match["letter"], match["letter2"]
    if first and first == second:
        raise RulestringError(f"{text!r} has {first} twice, at character {positions[match.start('letter2')] + 1}.")
    if not match["slash"] and not first:
        raise RulestringError(f"{text!r} is no rulestring: write births and survivals, like B3/S23 or 23/3.")
    # Without letters survival comes first; with one letter the other part is the other kind.
    first = first or _OTHER.get(second, "S")
    digits = {first: match["digits"], _OTHER[first]: match["digits2"]}
    return LifeLike(birth=frozenset(map(int, digits["B"])), survival=frozenset(map(int, digits["S"])))


def _digits(counts: frozenset[int]) -> str:
    return "".join(str(count) for count in sorted(counts))


def _reject(text: str, position: int, match: re.Match[str]) -> NoReturn:
    """Raises the error for the first character that the grammar does not accept."""
    character = text[position]
    where = f"{text!r}: character {position + 1}, {character!r},"
    if character == "9":
        raise RulestringError(f"{text!r} names 9 neighbours, but a Moore neighbourhood has {MAX_NEIGHBOURS}.")
    if character == "/" and match["slash"]:
        raise RulestringError(f"{where} is a second slash; two-state rules have one, like B3/S23.")
    if character in "bBsS/":
        raise RulestringError(f"{where} begins a third part; write births and survivals only, like B3/S23.")
    if character == ":":
        raise RulestringError(f"{where} begins a topology; give it by --topology and --size instead.")
    raise RulestringError(
        f"{where} is no digit 0 to 8, B, S or slash; only rules that count neighbours are understood."
    )
