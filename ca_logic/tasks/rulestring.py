"""Rulestrings, complete and as Golly 3.3 reads them.

Written by counts: `B3/S23`, `b3s23`, `S23/B3`, `23/3` (survival first), `B3`; by counts with Hensel letters:
`B2-a/S12`; on the hexagonal neighbourhood, counts up to 6: `B2/S34H`; on the von Neumann neighbourhood, up to 4:
`B13/S13V`; as a table: `MAP` and 86, 22 or 6 characters of base64; elementary: `W30`; Generations: `345/2/4`,
survival, birth, states. Any of them may end in a bounded grid, `:T64,48`.

Grammar and canonical form are those of gollybase/liferules.cpp and generationsalgo.cpp, oddities included:
blanks mean nothing, repeated digits collapse, what stands before the first of two letters is not read.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import RulestringError
from ca_logic.tasks.grid import Grid, parse_grid, shown
from ca_logic.tasks.isotropy import hensel_classes, letters_of
from ca_logic.tasks.neighbourhood import (
    HEXAGONAL,
    MOORE,
    NUM_RINGS,
    VON_NEUMANN,
    all_rings,
    bits_of,
    live_neighbours,
    transitions_of,
)

MAX_STATES = 256
_MAX_LENGTH = 500
_NEIGHBOURHOODS = {"": MOORE, "H": HEXAGONAL, "V": VON_NEUMANN}
_KINDS = {"": "Moore", "H": "hexagonal", "V": "von Neumann"}
_LETTERS = "aceijknqrtwyz"
_COUNT = re.compile(r"(?P<digit>[0-8])(?P<minus>-?)(?P<letters>[a-z]*)")
_LOOKS_LIKE_RULESTRING = re.compile(r"MAP[A-Z0-9+/=]*(:|$)|W\d|[BS]{0,2}[/_:\d]", re.IGNORECASE)
_LOWER = str.maketrans({chr(upper): chr(upper + 32) for upper in range(ord("A"), ord("Z") + 1)})
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

# Which cell each binary digit of an index into a MAP table stands for, most significant first. Golly turns
# the table of two-state hexagonal rules upside down, and only that one.
_MAP_ORDERS = {
    86: ("nw", "n", "ne", "w", "c", "e", "sw", "s", "se"),
    22: ("s", "se", "w", "c", "e", "nw", "n"),
    6: ("n", "w", "c", "e", "s"),
}
_HEXAGONAL_GENERATIONS_ORDER = ("nw", "n", "w", "c", "e", "s", "se")

Counts = Mapping[int, frozenset[str]]
"""For each number of live neighbours the Hensel letters that count; {""} where there are no letters."""


@dataclass(frozen=True, eq=False)
class Rulestring:
    """What a rulestring means.

    Attributes:
        canonical: the rule as Golly writes it, without the grid.
        transitions: the next state by the cell's own state and by the ring of its neighbours in state 1.
        grid: the bounded grid, if it names one.
    """

    canonical: str
    transitions: UInt8[np.ndarray, "states 256"]
    grid: Grid | None = None


def looks_like_rulestring(text: str) -> bool:
    """Tells whether a text that names no rule was probably meant as a rulestring."""
    return bool(_LOOKS_LIKE_RULESTRING.match(text.replace(" ", ""))) or len(text) > _MAX_LENGTH


def parse_rulestring(text: str) -> Rulestring:
    """Returns what a rulestring means.

    Raises:
        RulestringError: if Golly would not take it, saying which character is wrong and why.
    """
    if len(text) > _MAX_LENGTH:
        raise RulestringError(f"a rulestring of {len(text)} characters; the limit is {_MAX_LENGTH}.")
    base, _, suffix = text.partition(":")
    spelled = _Spelled.of(base)
    if spelled.characters.startswith("w"):
        canonical, transitions = _parse_elementary(spelled)
    elif base.lstrip(" ")[:3].lower() == "map":
        canonical, transitions = _parse_map(base.lstrip(" ")[3:], text)
    else:
        canonical, transitions = _parse_counts(spelled)
    try:
        grid = parse_grid(suffix)
    except RulestringError as error:
        raise RulestringError(f"{shown(text)}: {error}") from None
    return Rulestring(canonical, transitions, grid)


def counted_table(counts: Counts, neighbours: tuple[str, ...] = MOORE) -> UInt8[np.ndarray, "256"]:
    """Returns for each ring whether its count, or on the Moore neighbourhood its class, is among those given."""
    if neighbours == MOORE:
        listed = [letter in counts.get(count, frozenset()) for count, letter in hensel_classes()]
    else:
        listed = [count in counts for count in live_neighbours(neighbours).tolist()]
    return np.array(listed, dtype=np.uint8)


def canonical_counts(counts: Counts) -> str:
    """Returns counts as Golly writes them, such as `2-a3`: letters only where needed, inverted where shorter."""
    text = ""
    for count, letters in sorted(counts.items()):
        every = letters_of(count) or "\0"
        chosen = "".join(sorted(letters))
        others = "".join(letter for letter in every if letter not in letters)
        if not others or letters == {""}:
            text += str(count)
        elif letters:
            text += str(count) + (f"-{others}" if len(others) + 1 < len(chosen) else chosen)
    return text


def encode_map(table: np.ndarray) -> str:
    """Returns the MAP rulestring of a table of 512, 128 or 32 entries, in Golly's order."""
    packed = base64.b64encode(np.packbits(table.astype(bool)).tobytes()).decode()
    return "MAP" + packed.rstrip("=")


def map_order(neighbours: tuple[str, ...], num_states: int = 2) -> tuple[str, ...]:
    """Returns the cells in the order of MAP tables of that neighbourhood, most significant first."""
    if neighbours == HEXAGONAL and num_states > 2:
        return _HEXAGONAL_GENERATIONS_ORDER
    return next(order for order in _MAP_ORDERS.values() if {*order} == {*neighbours, "c"})


class _Spelled(NamedTuple):
    """A rulestring without its blanks, in lower case, and where each character stood.

    Attributes:
        text: as it was typed, without the grid.
        characters: what is left.
        positions: the index of each in `text`.
    """

    text: str
    characters: str
    positions: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "_Spelled":
        positions = tuple(position for position, character in enumerate(text) if character != " ")
        return cls(text, "".join(text[position] for position in positions).translate(_LOWER), positions)

    def reject(self, index: int, why: str) -> NoReturn:
        """Raises the error for one character."""
        position = self.positions[index]
        where = f"character {position + 1}, {self.text[position]!r},"
        raise RulestringError(f"{shown(self.text)}: {where} {why}")


def _parse_elementary(spelled: _Spelled) -> tuple[str, np.ndarray]:
    digits = spelled.characters[1:]
    for index, character in enumerate(digits, 1):
        if character not in "0123456789":
            spelled.reject(index, "does not belong to the number of an elementary rule, such as W30.")
    # Cut short, or Python may refuse to read a number of hundreds of digits.
    number = int(digits[-20:] or 1)
    if len(digits.lstrip("0")) > 3 or number > 254:
        raise RulestringError(f"{shown(spelled.text)}: the number of an elementary rule is even and at most 254.")
    if number % 2:
        raise RulestringError(
            f"{shown(spelled.text)}: the number of an elementary rule is even and at most 254; "
            "with odd ones life would arise from nothing."
        )
    rings = all_rings()
    parents = rings[MOORE.index("nw")] * 4 + rings[MOORE.index("n")] * 2 + rings[MOORE.index("ne")]
    return f"W{number}", np.stack([number >> parents & 1, np.ones(NUM_RINGS)]).astype(np.uint8)


def _parse_map(data: str, text: str) -> tuple[str, np.ndarray]:
    data, slash, states = data.rpartition("/") if _states_follow(data) else (data, "", "")
    data = data.removesuffix("==") if len(data) > 2 else data
    if len(data) not in _MAP_ORDERS:
        raise RulestringError(
            f"{shown(text)}: MAP is followed by {len(data)} characters of base64; "
            "it needs 86 (Moore), 22 (hexagonal) or 6 (von Neumann)."
        )
    for character in data:
        if character not in _BASE64:
            raise RulestringError(f"{shown(text)}: {character!r} is no character of base64.")
    order = _MAP_ORDERS[len(data)]
    num_entries = 1 << len(order)
    packed = np.frombuffer(base64.b64decode(data + "=" * (-len(data) % 4)), dtype=np.uint8)
    entries = np.unpackbits(packed)[:num_entries]
    canonical = encode_map(entries)
    if slash and len(data) == 22:
        order = _HEXAGONAL_GENERATIONS_ORDER
    cells = dict(zip(("nw", "n", "ne", "w", "c", "e", "sw", "s", "se"), bits_of(np.arange(512), 9), strict=True))
    index = sum(cells[cell].astype(int) << (len(order) - 1 - place) for place, cell in enumerate(order))
    transitions = transitions_of(entries[index])
    if not slash:
        return canonical, transitions
    return f"{canonical}/{int(states)}", _generations(transitions, states, text)


def _states_follow(data: str) -> bool:
    """Tells whether the data of a MAP rule end in a slash and a number of states; a slash is base64, too."""
    before, slash, states = data.rpartition("/")
    return bool(slash) and states.isdecimal() and states.isascii() and len(before.removesuffix("==")) in _MAP_ORDERS


def _parse_counts(spelled: _Spelled) -> tuple[str, np.ndarray]:
    """Reads what names counts of neighbours, with two states or, after a second slash, more."""
    characters = spelled.characters
    if not characters:
        raise RulestringError("an empty rulestring; write births and survivals, like B3/S23 or 23/3.")
    slashes = [index for index, character in enumerate(characters) if character in "/_"]
    is_generations = len(slashes) > 1
    end = slashes[1] if len(slashes) > 1 else len(characters)
    kind = _check_characters(spelled, slashes)
    if not slashes and not set("bs") & set(characters):
        raise RulestringError(
            f"{shown(spelled.text)} is no rulestring: write births and survivals, like B3/S23 or 23/3."
        )
    body = characters[:end].rstrip("hv")
    has_letters = bool(set(_LETTERS + "-") & set(body))
    if "_" in characters and not has_letters:
        spelled.reject(characters.index("_"), "is no slash; an underscore may stand only in rules with letters.")
    if has_letters and kind:
        raise RulestringError(
            f"{shown(spelled.text)}: letters and minus are for the Moore neighbourhood, not for {kind}, "
            f"the {_KINDS[kind]} one."
        )
    birth, survival = _split(spelled, body, slashes[0] if slashes else None, has_letters)
    counts = [_read_counts(spelled, part, kind) for part in (birth, survival)]
    neighbours = _NEIGHBOURHOODS[kind]
    transitions = np.stack([counted_table(part, neighbours) for part in counts])
    births, survivals = (canonical_counts(part) for part in counts)
    if not is_generations:
        return f"B{births}/S{survivals}{kind}", transitions
    states = "".join(character for character in characters[end + 1 :] if character.isdecimal())
    transitions = _generations(transitions, states, spelled.text)
    return f"{survivals}/{births}/{int(states)}{kind}", transitions


def _check_characters(spelled: _Spelled, slashes: list[int]) -> str:
    """Makes sure that each character may stand where it stands; returns H, V or "" for the neighbourhood."""
    characters = spelled.characters
    in_states = slashes[1] if len(slashes) > 1 else len(characters)
    kind = ""
    for index, character in enumerate(characters):
        if character == "9" and index < in_states:
            raise RulestringError(f"{shown(spelled.text)} names 9 neighbours, but a Moore neighbourhood has 8.")
        if character in "hv":
            if kind:
                spelled.reject(index, "names a second neighbourhood; one is enough.")
            if index < len(characters) - 1 and (index < in_states or set("bs/_") & set(characters[index:])):
                spelled.reject(index, "names a neighbourhood and must come last, as in B2/S34H.")
            kind = character.upper()
        elif index > in_states and character not in "0123456789/_":
            spelled.reject(index, "follows a second slash, where only a number of states may stand, as in 345/2/4.")
        elif character in "bs" and character in characters[:index]:
            spelled.reject(index, f"is a second {character.upper()}; write births and survivals once.")
        elif character in "/_" and index in slashes[2:]:
            spelled.reject(index, "is one slash too many; two-state rules have one, Generations rules two.")
        elif character == "-" and characters[index - 1 : index] not in set("012345678"):
            spelled.reject(index, "is out of place; a minus stands between a count and the letters that it excludes.")
        elif character not in f"bs/_-0123456789{_LETTERS}":
            spelled.reject(index, "has no meaning in a rulestring; expected B, S, digits 0 to 8, letters, slash.")
    limit = len(_NEIGHBOURHOODS[kind])
    for index, character in enumerate(characters[:in_states]):
        if character.isdecimal() and int(character) > limit:
            spelled.reject(index, f"is more than the {limit} neighbours of the {_KINDS[kind]} neighbourhood ({kind}).")
    return kind


def _split(spelled: _Spelled, body: str, slash: int | None, has_letters: bool) -> tuple[str, str]:
    """Returns births and survivals as they are written, without B and S."""
    births_at, survivals_at = (spelled.characters.find(letter) for letter in "bs")
    both = births_at >= 0 and survivals_at >= 0
    if slash is not None:
        if both and (births_at < slash) == (survivals_at < slash):
            raise RulestringError(f"{shown(spelled.text)}: B and S must stand on either side of the slash.")
        left, right = body[:slash], body[slash + 1 :]
        births, survivals = (left, right) if 0 <= births_at < slash or survivals_at > slash else (right, left)
    elif both:
        first, last = sorted((births_at, survivals_at))
        # What stands before the first letter is not read.
        parts = (body[first + 1 : last], body[last + 1 :])
        births, survivals = parts if births_at < survivals_at else parts[::-1]
    else:
        births, survivals = (body, "") if births_at >= 0 else ("", body)
    births, survivals = births.replace("b", ""), survivals.replace("s", "")
    for part in (births, survivals):
        if has_letters and part and not part[0].isdecimal():
            raise RulestringError(f"{shown(spelled.text)}: a count must stand before the letters {part[:8]!r}.")
    return births, survivals


def _read_counts(spelled: _Spelled, part: str, kind: str) -> Counts:
    """Reads counts such as `2-a3ijk`; what a repeated count says is added, but a bare repetition says nothing."""
    counts: dict[int, frozenset[str]] = {}
    for match in _COUNT.finditer(part):
        count, minus, letters = int(match["digit"]), bool(match["minus"]), match["letters"]
        every = frozenset(letters_of(count)) or frozenset({""})
        if kind:
            every = frozenset({""})
        for letter in letters:
            if letter not in letters_of(count):
                known = f"known are {letters_of(count)}" if letters_of(count) else "there are none"
                raise RulestringError(f"{shown(spelled.text)}: {letter!r} is no letter of {count} neighbours; {known}.")
        if not letters or minus:
            counts.setdefault(count, every)
        if letters:
            known_letters = counts.get(count, frozenset())
            counts[count] = known_letters - set(letters) if minus else known_letters | set(letters)
    return counts


def _generations(transitions: np.ndarray, states: str, text: str) -> UInt8[np.ndarray, "states 256"]:
    number = int(states[-20:] or 0)
    if not 2 <= number <= MAX_STATES or len(states.lstrip("0")) > 3:
        raise RulestringError(
            f"{shown(text)}: a Generations rule has 2 to {MAX_STATES} states, not {states[:20] or 'none'}."
        )
    if transitions[0, 0]:
        raise RulestringError(f"{shown(text)}: births from nothing (B0) are not possible in a Generations rule.")
    return grow_states(transitions, number)


def grow_states(transitions: UInt8[np.ndarray, "2 256"], num_states: int) -> UInt8[np.ndarray, "states 256"]:
    """Returns the Generations rule of a two-state rule: who does not survive ages through the states to 0."""
    grown = np.zeros((num_states, NUM_RINGS), dtype=np.uint8)
    grown[0] = transitions[0]
    for state in range(1, num_states):
        grown[state] = (state + 1) % num_states
    grown[1] = np.where(transitions[1], 1, grown[1])
    return grown
