"""Both ways to write a relaxed gate: where they start, what they compute, what they stand for."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ca_logic.errors import UsageError
from ca_logic.gates import COEFFICIENTS, MOEBIUS, NUM_GATES, TRUTH_TABLES, Gate
from ca_logic.learning.parametrization import (
    PARAMETRIZATIONS,
    Parametrization,
    ParametrizationName,
    make_parametrization,
)
from tests.learning.textbook import softmax

BOTH = pytest.mark.parametrize("name", PARAMETRIZATIONS)


def certain_parameters(name: ParametrizationName) -> np.ndarray:
    """Returns parameters of the sixteen gates, each fully made up its mind."""
    if name == "softmax":
        return np.where(np.eye(NUM_GATES) == 1, 200.0, 0.0).astype(np.float32)
    return ((TRUTH_TABLES.astype(np.float32) - 0.5) * np.pi).astype(np.float32)


def random_parameters(kind: Parametrization, *leading: int) -> np.ndarray:
    """Returns parameters far from anything special."""
    return np.random.default_rng(0).normal(0, 2, (*leading, kind.size)).astype(np.float32)


@BOTH
def test_gates_start_as_pass_through_of_their_first_fanin(name: ParametrizationName) -> None:
    kind = make_parametrization(name)
    parameters = kind.initial(500, np.random.default_rng(0))
    assert parameters.shape == (500, kind.size)
    assert parameters.dtype == np.float32
    hardened = np.asarray(kind.harden(jnp.asarray(parameters)))
    assert (hardened == Gate.A).mean() > 0.98


@BOTH
def test_gates_do_not_start_alike(name: ParametrizationName) -> None:
    parameters = make_parametrization(name).initial(500, np.random.default_rng(0))
    assert len(np.unique(parameters, axis=0)) == 500


@BOTH
def test_certain_parameters_have_the_coefficients_of_their_gate(name: ParametrizationName) -> None:
    coefficients = make_parametrization(name).coefficients(jnp.asarray(certain_parameters(name)))
    np.testing.assert_allclose(np.asarray(coefficients), COEFFICIENTS, atol=1e-6)


@BOTH
def test_certain_parameters_harden_to_their_gate(name: ParametrizationName) -> None:
    kind, parameters = make_parametrization(name), jnp.asarray(certain_parameters(name))
    assert np.asarray(kind.harden(parameters)).tolist() == list(range(NUM_GATES))
    np.testing.assert_allclose(np.asarray(kind.certainty(parameters)), 1, atol=1e-6)


def test_softmax_coefficients_are_the_mixture_of_the_sixteen_gates() -> None:
    kind = make_parametrization("softmax")
    logits = random_parameters(kind, 7).astype(np.float64)
    weights = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    c0, c1, c2, c3 = np.asarray(kind.coefficients(jnp.asarray(logits, dtype=jnp.float32))).T
    for a, b in np.random.default_rng(1).random((20, 2)):
        # Each gate on real inputs: the probability that it is 1 if a and b are.
        minterms = np.array([(1 - a) * (1 - b), (1 - a) * b, a * (1 - b), a * b])
        expected = weights @ (TRUTH_TABLES @ minterms)
        np.testing.assert_allclose(c0 + c1 * a + c2 * b + c3 * a * b, expected, atol=1e-5)


def test_truth_table_coefficients_interpolate_the_squashed_entries() -> None:
    kind = make_parametrization("truth-table")
    parameters = random_parameters(kind, 7)
    c0, c1, c2, c3 = np.asarray(kind.coefficients(jnp.asarray(parameters))).T
    entries = (1 + np.sin(parameters)) / 2
    for row, (a, b) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        np.testing.assert_allclose(c0 + c1 * a + c2 * b + c3 * a * b, entries[:, row], atol=1e-5)


def test_softmax_hardens_to_the_most_probable_gate() -> None:
    kind = make_parametrization("softmax")
    logits = random_parameters(kind, 50)
    assert np.asarray(kind.harden(jnp.asarray(logits))).tolist() == logits.argmax(axis=1).tolist()


def test_truth_tables_harden_entry_by_entry() -> None:
    kind = make_parametrization("truth-table")
    parameters = random_parameters(kind, 50)
    expected = [int("".join("1" if np.sin(entry) > 0 else "0" for entry in row), 2) for row in parameters]
    assert np.asarray(kind.harden(jnp.asarray(parameters))).tolist() == expected


@BOTH
def test_certainty_lies_between_zero_and_one(name: ParametrizationName) -> None:
    kind = make_parametrization(name)
    certainty = np.asarray(kind.certainty(jnp.asarray(10 * random_parameters(kind, 200))))
    assert certainty.min() >= 0
    assert certainty.max() <= 1 + 1e-6
    undecided = float(kind.certainty(jnp.zeros((1, kind.size)))[0])
    assert undecided < 0.1


@BOTH
def test_parameters_may_have_any_leading_axes(name: ParametrizationName) -> None:
    kind = make_parametrization(name)
    parameters = jnp.asarray(random_parameters(kind, 3, 5))
    assert kind.coefficients(parameters).shape == (3, 5, 4)
    assert kind.harden(parameters).shape == kind.certainty(parameters).shape == (3, 5)
    np.testing.assert_allclose(kind.coefficients(parameters)[1], kind.coefficients(parameters[1]), atol=1e-6)


@BOTH
def test_gradients_reach_every_parameter(name: ParametrizationName) -> None:
    kind = make_parametrization(name)
    parameters = jnp.asarray(kind.initial(10, np.random.default_rng(0)))
    gradient = jax.grad(lambda values: jnp.sum(kind.coefficients(values) * jnp.array([1.0, 2.0, 3.0, 5.0])))(parameters)
    assert np.isfinite(gradient).all()
    assert (np.asarray(gradient) != 0).all()


@partial(jax.jit, static_argnums=0)
def disturb(
    kind: Parametrization, parameters: jax.Array, key: jax.Array, temperature: float = 1.0
) -> tuple[jax.Array, jax.Array]:
    return kind.disturbed(parameters, key, temperature)


def probabilities(name: ParametrizationName, parameters: np.ndarray) -> np.ndarray:
    """Returns how probable each of the sixteen gates is."""
    if name == "softmax":
        return softmax(parameters)
    entries = (1 + np.sin(parameters)) / 2
    found: np.ndarray = np.prod(np.where(TRUTH_TABLES == 1, entries, 1 - entries), axis=1)
    return found


@BOTH
def test_noise_draws_each_gate_as_often_as_it_is_probable(name: ParametrizationName) -> None:
    kind = make_parametrization(name)
    parameters = random_parameters(kind) / 2
    many = jnp.broadcast_to(jnp.asarray(parameters), (20_000, kind.size))
    drawn = np.asarray(disturb(kind, many, jax.random.key(0))[1])
    shares = np.bincount(drawn, minlength=NUM_GATES) / len(drawn)
    np.testing.assert_allclose(shares, probabilities(name, parameters), atol=0.015)


@BOTH
def test_disturbed_gates_round_to_what_was_drawn_the_closer_the_colder(name: ParametrizationName) -> None:
    kind, key = make_parametrization(name), jax.random.key(0)
    parameters = jnp.asarray(random_parameters(kind, 20_000))
    soft, drawn = disturb(kind, parameters, key)
    cold, same = disturb(kind, parameters, key, 1e-4)
    assert np.array_equal(drawn, same)
    # Now and then two logits are as good as equal, however cold it is.
    near = np.isclose(cold, COEFFICIENTS[np.asarray(drawn)], atol=1e-3).all(axis=1)
    assert near.mean() > 0.98
    entries = np.asarray(soft) @ np.linalg.inv(MOEBIUS.T)
    assert entries.min() >= -1e-5
    assert entries.max() <= 1 + 1e-5
    if name == "truth-table":
        assert np.array_equal(entries > 0.5, TRUTH_TABLES[np.asarray(drawn)] == 1)


@BOTH
def test_noise_comes_from_the_key(name: ParametrizationName) -> None:
    kind = make_parametrization(name)
    parameters = jnp.asarray(random_parameters(kind, 20_000))
    first, again, other = (np.asarray(disturb(kind, parameters, jax.random.key(seed))[0]) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert np.isclose(first, other).all(axis=1).mean() < 0.001


@BOTH
def test_noise_leaves_gradients_finite_even_of_certain_gates(name: ParametrizationName) -> None:
    kind = make_parametrization(name)
    parameters = jnp.concatenate([jnp.asarray(certain_parameters(name)), jnp.asarray(random_parameters(kind, 16))])

    def total(values: jax.Array) -> jax.Array:
        soft = disturb(kind, values, jax.random.key(0))[0]
        return jnp.sum(soft * jnp.array([1.0, 2.0, 3.0, 5.0]))

    gradient = np.asarray(jax.jit(jax.grad(total))(parameters))
    assert np.isfinite(gradient).all()
    assert (gradient[16:] != 0).all()


def test_an_unknown_parametrization_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="unknown parametrization 'sigmoid'; known are softmax, truth-table"):
        make_parametrization("sigmoid")  # type: ignore[arg-type]
