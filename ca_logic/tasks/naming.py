"""From a table to the rulestring that says it most plainly: by counts, by letters, or as a MAP.

Rules that are equal get equal rulestrings, however they were written.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import RulestringError
from ca_logic.tasks.isotropy import hensel_classes, is_isotropic, is_totalistic
from ca_logic.tasks.neighbourhood import (
    CELLS,
    HEXAGONAL,
    MOORE,
    NUM_NEIGHBOURHOODS,
    VON_NEUMANN,
    bits_of,
    live_neighbours,
    table_of,
)
from ca_logic.tasks.rulestring import Counts, canonical_counts, encode_map, map_order, parse_rulestring

_KINDS = (("", MOORE), ("H", HEXAGONAL), ("V", VON_NEUMANN))


def simplest_rulestring(transitions: UInt8[np.ndarray, "states 256"]) -> str | None:
    """Returns the plainest rulestring of a rule, or None if it has none, as WireWorld.

    Tried in this order: counts of Moore, hexagonal and von Neumann neighbours, an elementary rule, Hensel
    letters, MAP of the smallest neighbourhood that will do; with more than two states as Generations.
    """
    states = len(transitions)
    live = np.stack([transitions[0] == 1, transitions[1] == 1]).astype(np.uint8)
    plain = _by_counts(live, states) or (states == 2 and _elementary(live)) or _by_letters(live, states)
    rulestring = plain or _as_map(live, states)
    try:
        meant = parse_rulestring(rulestring).transitions
    except RulestringError:  # As B0 with more than two states.
        return None
    return rulestring if np.array_equal(meant, transitions) else None


def _by_counts(live: np.ndarray, states: int) -> str | None:
    for kind, neighbours in _KINDS:
        if all(is_totalistic(ring_table, neighbours) for ring_table in live):
            counts = live_neighbours(neighbours)
            parts = [
                {int(count): frozenset({""}) for count in np.unique(counts[ring_table == 1])} for ring_table in live
            ]
            return _spell(parts, kind, states)
    return None


def _by_letters(live: np.ndarray, states: int) -> str | None:
    if not all(is_isotropic(ring_table) for ring_table in live):
        return None
    parts = []
    for ring_table in live:
        counts: dict[int, frozenset[str]] = {}
        for (count, letter), value in zip(hensel_classes(), ring_table.tolist(), strict=True):
            if value:
                counts[count] = counts.get(count, frozenset()) | {letter}
        parts.append(counts)
    return _spell(parts, "", states)


def _spell(parts: Sequence[Counts], kind: str, states: int) -> str:
    births, survivals = (canonical_counts(part) for part in parts)
    return f"B{births}/S{survivals}{kind}" if states == 2 else f"{survivals}/{births}/{states}{kind}"


def _elementary(live: np.ndarray) -> str | None:
    rings = np.arange(256)
    # The rings in which no neighbour but NW, N, NE is live, with these read as a number.
    number = sum(int(live[0, ring << 5]) << ring for ring in range(8))
    is_elementary = live[1].all() and np.array_equal(live[0], live[0, rings >> 5 << 5])
    return f"W{number}" if is_elementary and number % 2 == 0 else None


def _as_map(live: np.ndarray, states: int) -> str:
    table = table_of(live)
    cells = dict(zip(CELLS, bits_of(np.arange(NUM_NEIGHBOURHOODS), len(CELLS)).astype(int), strict=True))
    for neighbours in (VON_NEUMANN, HEXAGONAL, MOORE):
        order = map_order(neighbours, states)
        index = sum(cells[cell] << place for place, cell in enumerate(reversed(order)))
        entries = np.zeros(1 << len(order), dtype=np.uint8)
        entries[index] = table
        if np.array_equal(entries[index], table):
            break
    return encode_map(entries) if states == 2 else f"{encode_map(entries)}/{states}"
