"""The stack of padded layers computes what the layers compute one by one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from ca_logic.learning.network import LogicNetwork, pack_rows
from ca_logic.learning.parametrization import PARAMETRIZATIONS, ParametrizationName
from ca_logic.learning.stack import evaluate_hard, evaluate_softly, stack_layers, unstack_layers

CASES = pytest.mark.parametrize("widths", [(9, 4, 12, 1)])
BOTH = pytest.mark.parametrize("name", PARAMETRIZATIONS)


def random_network(widths: tuple[int, ...], name: ParametrizationName) -> LogicNetwork:
    """Returns a network whose gates are all over the place."""
    network = LogicNetwork(widths, parametrization=name, rngs=nnx.Rngs(3))
    for number, layer in enumerate(network.layers):
        layer.gates[...] = jnp.asarray(
            2 * np.random.default_rng(number).normal(size=layer.gates[...].shape), jnp.float32
        )
    return network


@BOTH
@CASES
def test_the_stack_computes_softly_what_the_layers_compute(widths: tuple[int, ...], name: ParametrizationName) -> None:
    network = random_network(widths, name)
    x = jnp.asarray(np.random.default_rng(9).random((widths[0], 50)), jnp.float32)
    kind = network.layers[0].parametrization
    outputs = jax.jit(lambda stack: evaluate_softly(stack, kind, x))(stack_layers(network))
    np.testing.assert_allclose(outputs[: widths[-1]], network(x), atol=1e-5)


@BOTH
@CASES
def test_the_stack_computes_hard_what_the_layers_compute(widths: tuple[int, ...], name: ParametrizationName) -> None:
    network = random_network(widths, name)
    words = jnp.asarray(pack_rows(np.random.default_rng(0).integers(0, 2, (widths[0], 100))))
    kind = network.layers[0].parametrization
    outputs = jax.jit(lambda stack: evaluate_hard(stack, kind, words))(stack_layers(network))
    assert np.array_equal(outputs[: widths[-1]], network.evaluate_hard(words))


@CASES
def test_only_the_networks_own_gates_are_present(widths: tuple[int, ...]) -> None:
    stack = stack_layers(random_network(widths, "truth-table"))
    assert stack.gates.shape == (len(widths) - 1, max(widths), 4)
    assert np.asarray(stack.present).sum(axis=1).tolist() == list(widths[1:])


def test_padding_gets_no_gradient() -> None:
    network = random_network((9, 4, 12, 1), "truth-table")
    stack = stack_layers(network)
    x = jnp.asarray(np.random.default_rng(0).random((9, 50)), jnp.float32)

    def total(gates: jax.Array) -> jax.Array:
        outputs = evaluate_softly(stack._replace(gates=gates), network.layers[0].parametrization, x)
        return jnp.sum(outputs[:1] ** 2)

    gradient = np.asarray(jax.jit(jax.grad(total))(stack.gates))
    present = np.asarray(stack.present)
    assert (gradient[~present] == 0).all()
    assert (gradient[present] != 0).any()


@BOTH
def test_unstacking_writes_parameters_back_and_leaves_wiring(name: ParametrizationName) -> None:
    network = random_network((9, 4, 12, 1), name)
    before = [(np.asarray(layer.gates[...]), np.asarray(layer.wiring[...])) for layer in network.layers]
    stack = stack_layers(network)
    unstack_layers(stack._replace(gates=stack.gates + 1), network)
    for layer, (gates, wiring) in zip(network.layers, before, strict=True):
        np.testing.assert_allclose(layer.gates[...], gates + 1, rtol=1e-6)
        assert np.array_equal(layer.wiring[...], wiring)
