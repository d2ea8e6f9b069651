"""Which two signals each gate of a layer reads: fixed before training, or chosen by it among a few candidates.

Schemes:
    random: both fan-ins at random (the two differ).
    unique: each pair of signals at most once, every signal at least once where there is room, as in
        difflogic (Petersen et al., NeurIPS 2022).
    balanced: every signal used equally often, within one, and pairs not repeated where that is easy, which
        is where a layer reads many signals. The most dependable, by measurement.
    tree: gate k reads signals 2k and 2k + 1, so that layers of halving width merge neighbours.

Wiring may also be *learnable*: each fan-in is then a wire that training chooses among candidates, every signal being a
candidate equally often, as in LILogicNet (arXiv 2511.12340).
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from jaxtyping import Int32

from ca_logic.errors import UsageError

WiringScheme = Literal["random", "unique", "balanced", "tree"]
LayerWiring = WiringScheme | Literal["learnable"]
Pairs = Int32[np.ndarray, "gates 2"]

WIRING_SCHEMES: tuple[WiringScheme, ...] = get_args(WiringScheme)

NUM_CANDIDATES = 16
"""Among so many signals a learnable wire chooses."""


def wire(scheme: WiringScheme, num_signals: int, num_gates: int, rng: np.random.Generator) -> Pairs:
    """Returns for each gate the two different signals that it reads.

    Raises:
        UsageError: if the scheme is not known, or there are too few signals for it.
    """
    if scheme not in _WIRERS:
        raise UsageError(f"unknown wiring {scheme!r}; known are {', '.join(WIRING_SCHEMES)}.")
    if num_signals < 2 or num_gates < 1:
        raise UsageError(f"cannot wire {num_gates} gates to {num_signals} signals; a gate reads two different ones.")
    return _WIRERS[scheme](num_signals, num_gates, rng).astype(np.int32)


def deal_candidates(
    num_signals: int, num_wires: int, num_candidates: int, rng: np.random.Generator
) -> Int32[np.ndarray, "wires candidates"]:
    """Returns for each wire the signals that it may come from: each at most once, all signals equally often.

    There are fewer candidates where there are fewer signals.

    Raises:
        UsageError: if there is nothing to choose from.
    """
    if num_signals < 1 or num_candidates < 1:
        raise UsageError(f"a wire cannot choose from {num_candidates} of {num_signals} signals.")
    count = min(num_signals, num_candidates)
    cards = np.empty(num_wires * count, dtype=np.int32)
    for start in range(0, len(cards), num_signals):
        deck = rng.permutation(num_signals)
        # A wire that the deck before has begun to serve does not get what it holds once more.
        held = cards[start - start % count : start]
        first = deck[~np.isin(deck, held)][: count - len(held)]
        deck = np.concatenate([first, deck[~np.isin(deck, first)]])
        cards[start : start + num_signals] = deck[: len(cards) - start]
    return cards.reshape(num_wires, count)


def _wire_randomly(num_signals: int, num_gates: int, rng: np.random.Generator) -> Pairs:
    a = rng.integers(num_signals, size=num_gates)
    distance = rng.integers(1, num_signals, size=num_gates)
    return np.stack([a, (a + distance) % num_signals], axis=1)


def _wire_uniquely(num_signals: int, num_gates: int, rng: np.random.Generator) -> Pairs:
    """Every signal once in a chain of disjoint pairs, then other pairs at random without repetition."""
    num_pairs = num_signals * (num_signals - 1) // 2
    if num_gates > num_pairs:
        raise UsageError(
            f"unique wiring of {num_gates} gates needs as many pairs, but {num_signals} signals have only "
            f"{num_pairs}; make the layer narrower or use balanced wiring."
        )
    order = rng.permutation(num_signals)
    # Neighbours in the order, taken two by two; an odd one out is paired with the first.
    chain = np.concatenate([order, order[:1]])[: num_signals + num_signals % 2].reshape(-1, 2)[:num_gates]
    taken = _pair_numbers(chain, num_signals)
    if num_pairs <= 4 * num_gates:
        others = np.setdiff1d(np.arange(num_pairs), taken)
        chosen = rng.permutation(others)[: num_gates - len(chain)]
    else:
        fresh: dict[int, None] = {}
        known = set(taken.tolist())
        while len(fresh) < num_gates - len(chain):
            for number in rng.integers(num_pairs, size=num_gates).tolist():
                if number not in known:
                    fresh[number] = None
        chosen = np.array(list(fresh)[: num_gates - len(chain)], dtype=np.int64)
    pairs = np.concatenate([chain, _pairs_of_numbers(chosen)])
    return rng.permuted(rng.permutation(pairs), axis=1)


def _wire_evenly(num_signals: int, num_gates: int, rng: np.random.Generator) -> Pairs:
    """Deals the signals out in rounds, then exchanges second fan-ins until no gate is faulty."""
    rounds = -(-2 * num_gates // num_signals)
    deck = np.concatenate([rng.permutation(num_signals) for _ in range(rounds)])[: 2 * num_gates]
    a, b = deck[:num_gates].copy(), rng.permutation(deck[num_gates:])
    distinct_enough = 2 * num_gates <= num_signals * (num_signals - 1) // 2
    for attempt in range(2000):
        faulty = a == b
        # Repeated pairs are mended while that is easy; where nearly all pairs are needed a few may stay.
        if distinct_enough or attempt < 200:
            numbers = _pair_numbers(np.stack([a, b], axis=1), num_signals)
            first = np.zeros(num_gates, dtype=bool)
            first[np.unique(numbers, return_index=True)[1]] = True
            faulty = faulty | ~first
        if not faulty.any():
            break
        for gate in np.flatnonzero(faulty):
            other = rng.integers(num_gates)
            b[gate], b[other] = b[other], b[gate]
    a, b = np.where(a == b, (a + 1) % num_signals, a), b
    return np.stack([a, b], axis=1)


def _wire_as_tree(num_signals: int, num_gates: int, rng: np.random.Generator) -> Pairs:
    del rng
    first = 2 * np.arange(num_gates) % num_signals
    return np.stack([first, (first + 1) % num_signals], axis=1)


def _pair_numbers(pairs: np.ndarray, num_signals: int) -> np.ndarray:
    """Numbers unordered pairs: {i, j} with i < j is j(j - 1)/2 + i; a pair of equals gets a number past all."""
    low, high = pairs.min(axis=1).astype(np.int64), pairs.max(axis=1).astype(np.int64)
    numbers = high * (high - 1) // 2 + low
    return np.where(low == high, num_signals * (num_signals - 1) // 2, numbers)


def _pairs_of_numbers(numbers: np.ndarray) -> np.ndarray:
    high = ((1 + np.sqrt(1 + 8.0 * numbers)) / 2).astype(np.int64)
    # The square root may be off by one for large numbers.
    high -= high * (high - 1) // 2 > numbers
    high += (high + 1) * high // 2 <= numbers
    return np.stack([numbers - high * (high - 1) // 2, high], axis=1)


_WIRERS: dict[str, Callable[[int, int, np.random.Generator], np.ndarray]] = {
    "random": _wire_randomly,
    "unique": _wire_uniquely,
    "balanced": _wire_evenly,
    "tree": _wire_as_tree,
}
