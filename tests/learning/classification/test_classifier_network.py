"""Classifiers as modules: the encoder on the device is the encoder, sums are sums, and optax trains what nnx finds."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ca_logic.errors import UsageError
from ca_logic.learning.classification import BitEncoder, GroupSum, LogicClassifier
from ca_logic.learning.network import Forward, LogicLayer, Wiring
from ca_logic.tasks.encoding import Encoder
from tests.learning.classification.classifiers import random_classifier, random_encoder, random_features

THREE_BITS = random_encoder(0, 3, 30)


@settings(deadline=None, max_examples=40)
@given(arrays.arrays(np.float32, (9, 3), elements=st.floats(width=32, allow_subnormal=False)))
def test_bits_are_those_of_the_encoder_whatever_the_features(features: np.ndarray) -> None:
    assert np.array_equal(BitEncoder(THREE_BITS)(jnp.asarray(features)), THREE_BITS.encode(features).T)


@pytest.mark.parametrize("has_highs", [True, False])
def test_bits_of_bytes_are_those_of_the_encoder(has_highs: bool) -> None:
    encoder = random_encoder(1, 5, 40)
    if not has_highs:
        highs = np.full_like(encoder.highs, np.inf)
        encoder = Encoder(5, encoder.features, encoder.lows, highs, encoder.names)
    features = np.random.default_rng(0).integers(0, 12, (70, 5), dtype=np.uint8)
    bits = BitEncoder(encoder)(jnp.asarray(features))
    assert bits.dtype == bool
    assert np.array_equal(bits, encoder.encode(features).T)


def test_sums_are_of_consecutive_groups() -> None:
    x = np.random.default_rng(0).random((12, 5)).astype(np.float32)
    logits = GroupSum(3, tau=2.5)(jnp.asarray(x))
    expected = np.stack([x[4 * k : 4 * k + 4].sum(axis=0) / 2.5 for k in range(3)], axis=1)
    np.testing.assert_allclose(logits, expected, rtol=1e-6)


@pytest.mark.parametrize("forward", ["soft", "hard"])
def test_logits_are_sums_of_layers_of_bits(forward: Forward) -> None:
    encoder, features = random_encoder(2, 4, 25), random_features(0, 33, 4)
    model = random_classifier(1, encoder, (50, 21), 7, wirings=("learnable", "random"), tau=2.0)

    @jax.jit
    def both(model: LogicClassifier, bits: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = bits.astype(jnp.float32)
        for layer in model.layers:
            x = layer(x, forward=forward)
        return model(jnp.asarray(features), forward=forward), model.head(x)

    logits, expected = both(model, jnp.asarray(encoder.encode(features).T))
    assert logits.shape == (33, 7)
    np.testing.assert_allclose(logits, expected, atol=1e-5)
    assert model.num_gates == 71


def test_no_samples_have_no_logits() -> None:
    model = random_classifier(1, THREE_BITS, (8, 6), 3, wirings=("learnable", "balanced"))
    assert jax.jit(lambda model: model(jnp.zeros((0, 3))))(model).shape == (0, 3)


def test_nnx_param_selects_gates_and_wires_only() -> None:
    model = random_classifier(1, THREE_BITS, (8, 6), 3, wirings=("learnable", "balanced"))
    paths = {path for path, _ in nnx.to_flat_state(nnx.state(model, nnx.Param))}
    assert paths == {("layers", 0, "gates"), ("layers", 0, "wires"), ("layers", 1, "gates")}
    assert len(jax.tree.leaves(nnx.state(model.encoder, Wiring))) == 3


def test_a_classifier_is_trained_by_optax_as_any_module() -> None:
    encoder = random_encoder(3, 2, 20)
    rngs = nnx.Rngs(0)
    layers = [LogicLayer(20, 60, wiring="learnable", rngs=rngs), LogicLayer(60, 30, rngs=rngs)]
    model = LogicClassifier(BitEncoder(encoder), layers, GroupSum(2, 3.0))
    features = np.random.default_rng(0).uniform(-2, 10, (64, 2)).astype(np.float32)
    labels = jnp.asarray((features[:, 0] > features[:, 1]).astype(np.int32))
    optimizer = nnx.Optimizer(model, optax.adam(0.05), wrt=nnx.Param)

    @nnx.jit
    def step(model: LogicClassifier, optimizer: Any) -> Any:
        def loss(model: LogicClassifier) -> jax.Array:
            logits = model(jnp.asarray(features))
            return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, labels))

        value, gradients = nnx.value_and_grad(loss)(model)
        optimizer.update(model, gradients)
        return value

    losses = [float(step(model, optimizer)) for _ in range(60)]
    assert losses[-1] < losses[0] / 2


def test_layers_that_do_not_fit_are_refused_when_built() -> None:
    encoder, rngs = BitEncoder(THREE_BITS), nnx.Rngs(0)
    with pytest.raises(UsageError, match="layer 0 reads 9 signals, but there are 30"):
        LogicClassifier(encoder, [LogicLayer(9, 9, rngs=rngs)], GroupSum(3, tau=1))
    layers = [LogicLayer(encoder.num_bits, 9, rngs=rngs), LogicLayer(8, 9, rngs=rngs)]
    with pytest.raises(UsageError, match="layer 1 reads 8 signals, but there are 9"):
        LogicClassifier(encoder, layers, GroupSum(3, tau=1))
    with pytest.raises(UsageError, match="3 classes cannot share 10 outputs"):
        LogicClassifier(encoder, [LogicLayer(encoder.num_bits, 10, rngs=rngs)], GroupSum(3, tau=1))
