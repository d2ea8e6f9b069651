"""Stages against the textbook's networks, by XLA alone; the same in C is in `test_native_network`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.learning import native_network, stages
from ca_logic.learning.stages import Gates, Selections, evaluate, evaluate_with_xla, readers_of
from tests.learning.soft_stages import assert_equals_textbook
from tests.learning.textbook import Network, networks


@settings(deadline=None, max_examples=6)
@given(networks(max_layers=2), st.sampled_from([0, 1, 17]), st.booleans())
def test_xla_equals_the_textbook(network: tuple[int, Network], batch: int, has_input_gradient: bool) -> None:
    assert_equals_textbook(*network, batch, has_input_gradient=has_input_gradient, evaluate=evaluate_with_xla)


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(0, 40), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_readers_are_all_fanins_of_a_signal_and_else_nobody(
    num_signals: int, num_gates: int, num_padding: int, seed: int
) -> None:
    wiring = np.random.default_rng(seed).integers(0, num_signals, (num_gates, 2), dtype=np.int32)
    readers = readers_of(wiring, num_signals, num_gates=num_gates + num_padding)
    assert readers.dtype == np.int32
    assert readers.shape == (num_signals, np.bincount(wiring.ravel(), minlength=num_signals).max())
    nobody = 2 * (num_gates + num_padding)
    for signal, row in enumerate(readers.tolist()):
        there = [fanin for fanin in row if fanin != nobody]
        assert there == np.flatnonzero(wiring.ravel() == signal).tolist()
        assert row == there + [nobody] * (len(row) - len(there))


def a_wire_and_a_gate() -> list[stages.Stage]:
    wiring = np.array([[0, 0]], np.int32)
    return [
        Selections(jnp.array([[0.25, 0.75]]), jnp.array([[0, 1]])),
        Gates(jnp.array([[1.0, 0, 0, -1]]), jnp.asarray(wiring), jnp.asarray(readers_of(wiring, 1))),
    ]


def test_without_a_compiler_xla_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    x = jnp.array([[0.0, 1.0], [1.0, 0.0]])
    expected = [[1 - 0.75**2, 1 - 0.25**2]]
    with monkeypatch.context() as patch:
        patch.setattr(native_network, "is_available", lambda: False)
        patch.setattr(stages, "_evaluate_natively", None)
        np.testing.assert_allclose(evaluate(a_wire_and_a_gate(), x), expected)
    np.testing.assert_allclose(evaluate(a_wire_and_a_gate(), x), expected)


@pytest.mark.parametrize("is_native", [True, False], ids=["native", "XLA"])
def test_what_needs_no_gradient_has_none(is_native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_network, "is_available", lambda: is_native)
    for wanted in (True, False):
        gradient = jax.grad(lambda x, wanted=wanted: evaluate(a_wire_and_a_gate(), x, has_input_gradient=wanted)[0, 0])
        assert bool(jnp.any(gradient(jnp.ones((2, 1))))) == wanted
