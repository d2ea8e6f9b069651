"""Wiring schemes: which pairs of signals they promise."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ca_logic.errors import UsageError
from ca_logic.learning.wiring import WIRING_SCHEMES, WiringScheme, deal_candidates, wire

SIGNALS = st.integers(2, 40)
GATES = st.integers(1, 80)
SEEDS = st.integers(0, 2**32 - 1)


def wires(scheme: WiringScheme, num_signals: int, num_gates: int, seed: int = 0) -> np.ndarray:
    """Returns the pairs that the scheme makes with a new generator."""
    pairs: np.ndarray = wire(scheme, num_signals, num_gates, np.random.default_rng(seed))
    return pairs


def has_room(scheme: WiringScheme, num_signals: int, num_gates: int) -> bool:
    """Tells whether the scheme can make so many pairs of so many signals."""
    return scheme != "unique" or num_gates <= num_signals * (num_signals - 1) // 2


def unordered(pairs: np.ndarray) -> set[tuple[int, ...]]:
    """Returns the different pairs, whichever signal comes first."""
    return {tuple(sorted(pair)) for pair in pairs.tolist()}


@settings(deadline=None)
@given(st.sampled_from(WIRING_SCHEMES), SIGNALS, GATES, SEEDS)
def test_every_gate_reads_two_different_signals(
    scheme: WiringScheme, num_signals: int, num_gates: int, seed: int
) -> None:
    assume(has_room(scheme, num_signals, num_gates))
    pairs = wires(scheme, num_signals, num_gates, seed)
    assert pairs.shape == (num_gates, 2)
    assert pairs.dtype == np.int32
    assert pairs.min() >= 0
    assert pairs.max() < num_signals
    assert (pairs[:, 0] != pairs[:, 1]).all()


@settings(deadline=None)
@given(st.sampled_from(WIRING_SCHEMES), SIGNALS, GATES, SEEDS)
def test_the_same_seed_wires_alike(scheme: WiringScheme, num_signals: int, num_gates: int, seed: int) -> None:
    assume(has_room(scheme, num_signals, num_gates))
    once, again = (wires(scheme, num_signals, num_gates, seed) for _ in range(2))
    assert np.array_equal(once, again)


@pytest.mark.parametrize("scheme", ["random", "unique", "balanced"])
def test_another_seed_wires_otherwise(scheme: WiringScheme) -> None:
    assert not np.array_equal(wires(scheme, 16, 32, seed=1), wires(scheme, 16, 32, seed=2))


@settings(deadline=None)
@given(SIGNALS, GATES, SEEDS)
def test_unique_wiring_uses_no_pair_twice(num_signals: int, num_gates: int, seed: int) -> None:
    assume(has_room("unique", num_signals, num_gates))
    assert len(unordered(wires("unique", num_signals, num_gates, seed))) == num_gates


@settings(deadline=None)
@given(SIGNALS, GATES, SEEDS)
def test_unique_wiring_uses_every_signal_where_there_is_room(num_signals: int, num_gates: int, seed: int) -> None:
    assume(has_room("unique", num_signals, num_gates))
    used = len(np.unique(wires("unique", num_signals, num_gates, seed)))
    assert used == min(num_signals, 2 * num_gates)


@pytest.mark.parametrize("num_signals", [2, 3, 7, 20])
def test_unique_wiring_can_use_all_pairs(num_signals: int) -> None:
    num_pairs = num_signals * (num_signals - 1) // 2
    assert len(unordered(wires("unique", num_signals, num_pairs))) == num_pairs


@pytest.mark.parametrize(("num_signals", "num_gates", "num_pairs"), [(2, 2, 1), (3, 4, 3), (16, 128, 120)])
def test_unique_wiring_refuses_more_gates_than_pairs(num_signals: int, num_gates: int, num_pairs: int) -> None:
    message = rf"unique wiring of {num_gates} gates .* {num_signals} signals have only {num_pairs}"
    with pytest.raises(UsageError, match=message):
        wires("unique", num_signals, num_gates)


@settings(deadline=None)
@given(SIGNALS, GATES, SEEDS)
def test_balanced_wiring_uses_every_signal_equally_often(num_signals: int, num_gates: int, seed: int) -> None:
    counts = np.bincount(wires("balanced", num_signals, num_gates, seed).ravel(), minlength=num_signals)
    assert counts.max() - counts.min() <= 1


@settings(deadline=None)
@given(SIGNALS, GATES, SEEDS)
def test_balanced_wiring_uses_no_pair_twice_where_there_are_enough(num_signals: int, num_gates: int, seed: int) -> None:
    assume(4 * num_gates <= num_signals * (num_signals - 1))
    assert len(unordered(wires("balanced", num_signals, num_gates, seed))) == num_gates


@pytest.mark.parametrize(("num_signals", "num_gates"), [(9, 128), (128, 128), (512, 512), (2, 64)])
def test_balanced_wiring_holds_at_the_sizes_of_the_recipes(num_signals: int, num_gates: int) -> None:
    for seed in range(5):
        pairs = wires("balanced", num_signals, num_gates, seed)
        counts = np.bincount(pairs.ravel(), minlength=num_signals)
        assert counts.max() - counts.min() <= 1
        assert (pairs[:, 0] != pairs[:, 1]).all()


def test_random_wiring_reaches_every_pair_in_both_orders() -> None:
    pairs = {tuple(pair) for pair in wires("random", 4, 1000).tolist()}
    assert len(pairs) == 12


def test_tree_wiring_merges_neighbours() -> None:
    assert wires("tree", 8, 4).tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]


def test_tree_wiring_starts_over_when_it_runs_out_of_signals() -> None:
    assert wires("tree", 4, 4).tolist() == [[0, 1], [2, 3], [0, 1], [2, 3]]
    assert wires("tree", 5, 4).tolist() == [[0, 1], [2, 3], [4, 0], [1, 2]]


def test_an_unknown_scheme_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="unknown wiring 'star'; known are random, unique, balanced, tree"):
        wires("star", 4, 4)  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", WIRING_SCHEMES)
@pytest.mark.parametrize(("num_signals", "num_gates"), [(1, 3), (0, 1), (4, 0)])
def test_too_few_signals_or_gates_are_refused(scheme: WiringScheme, num_signals: int, num_gates: int) -> None:
    with pytest.raises(UsageError, match=f"cannot wire {num_gates} gates to {num_signals} signals"):
        wires(scheme, num_signals, num_gates)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 80), st.integers(1, 50), SEEDS)
def test_candidates_of_a_wire_differ_and_signals_are_candidates_equally_often(
    num_signals: int, num_wires: int, num_candidates: int, seed: int
) -> None:
    candidates = deal_candidates(num_signals, num_wires, num_candidates, np.random.default_rng(seed))
    assert candidates.shape == (num_wires, min(num_signals, num_candidates))
    assert candidates.dtype == np.int32
    assert all(len(set(row)) == len(row) for row in candidates.tolist())
    counts = np.bincount(candidates.ravel(), minlength=num_signals)
    assert len(counts) == num_signals
    assert counts.max() - counts.min() <= 1


def test_candidates_are_dealt_by_chance_and_the_same_to_the_same_seed() -> None:
    first, again, other = (deal_candidates(20, 30, 16, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    # Any place may hold any signal, those behind the end of a deck included.
    assert all(len(np.unique(column)) > 10 for column in deal_candidates(20, 200, 16, np.random.default_rng(0)).T)


@pytest.mark.parametrize(("num_signals", "num_candidates"), [(0, 4), (4, 0), (3, -1)])
def test_nothing_to_choose_from_is_refused(num_signals: int, num_candidates: int) -> None:
    with pytest.raises(UsageError, match=f"^a wire cannot choose from {num_candidates} of {num_signals} signals.$"):
        deal_candidates(num_signals, 2, num_candidates, np.random.default_rng(0))
