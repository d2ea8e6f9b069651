"""The stacks of padded layers compute what the layers compute one by one, gradients included."""

from functools import partial
from itertools import chain

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from ca_logic.learning.network import LogicNetwork, pack_rows
from ca_logic.learning.parametrization import PARAMETRIZATIONS, Parametrization, ParametrizationName
from ca_logic.learning.recipe import DEEP
from ca_logic.learning.stack import LayerStacks, evaluate_hard, evaluate_softly, stack_layers, unstack_layers
from ca_logic.learning.stages import mix_softly
from ca_logic.learning.wiring import WIRING_SCHEMES, WiringScheme

# Unique wiring has room for as many gates as there are pairs.
ONE_STACK = (9, 6, 12, 1)
THREE_STACKS = (9, 36, 200, 20, 16, 2, 1)
CASES = pytest.mark.parametrize("widths", [ONE_STACK, THREE_STACKS])
BOTH = pytest.mark.parametrize("name", PARAMETRIZATIONS)
SCHEMES = pytest.mark.parametrize("scheme", WIRING_SCHEMES)


def random_network(
    widths: tuple[int, ...], name: ParametrizationName = "truth-table", wiring: WiringScheme = "balanced"
) -> LogicNetwork:
    """Returns a network whose gates are all over the place."""
    network = LogicNetwork(widths, wiring=wiring, parametrization=name, rngs=nnx.Rngs(3))
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
    outputs = jax.jit(lambda stacks: evaluate_softly(stacks, kind, x))(stack_layers(network))
    np.testing.assert_allclose(outputs[: widths[-1]], jax.jit(network)(x), atol=1e-5)


@BOTH
@CASES
def test_the_stack_computes_hard_what_the_layers_compute(widths: tuple[int, ...], name: ParametrizationName) -> None:
    network = random_network(widths, name)
    words = jnp.asarray(pack_rows(np.random.default_rng(0).integers(0, 2, (widths[0], 100))))
    kind = network.layers[0].parametrization
    outputs = jax.jit(lambda stacks: evaluate_hard(stacks, kind, words))(stack_layers(network))
    assert np.array_equal(outputs[: widths[-1]], jax.jit(network.evaluate_hard)(words))


@pytest.mark.parametrize(
    ("widths", "groups"),
    [
        (ONE_STACK, [(3, 12)]),
        (THREE_STACKS, [(3, 200), (2, 20), (1, 2)]),
        # Narrower by less than eight times, and wider, is no reason to begin anew.
        ((9, 64, 9, 1), [(3, 64)]),
        ((2, 2, 40, 1), [(3, 40)]),
        ((64, 64, 8, 8, 1), [(2, 64), (2, 8)]),
        (DEEP.widths(9, 1), [(11, 256), (3, 32), (2, 4)]),
    ],
)
def test_a_new_stack_begins_where_a_layer_is_eight_times_narrower(
    widths: tuple[int, ...], groups: list[tuple[int, int]]
) -> None:
    stacks = stack_layers(random_network(widths))
    assert [stack.gates.shape for stack in stacks] == [(*group, 4) for group in groups]
    assert [stack.wiring.shape for stack in stacks] == [(*group, 2) for group in groups]


@CASES
def test_only_the_networks_own_gates_are_present(widths: tuple[int, ...]) -> None:
    stacks = stack_layers(random_network(widths))
    present = chain.from_iterable(np.asarray(stack.present) for stack in stacks)
    for own, width in zip(present, widths[1:], strict=True):
        assert own.tolist() == [True] * width + [False] * (len(own) - width)


@SCHEMES
@CASES
def test_readers_are_who_reads_a_signal(widths: tuple[int, ...], scheme: WiringScheme) -> None:
    network = random_network(widths, wiring=scheme)
    stacks = stack_layers(network)
    tables = [(table, stack.gates.shape[1]) for stack in stacks for table in np.asarray(stack.readers)]
    first, *later = zip(network.layers, tables, strict=True)
    # Nobody asks for the gradient of the network's inputs.
    assert (first[1][0] == 2 * first[1][1]).all()
    for layer, (readers, width) in later:
        wiring = np.asarray(layer.wiring[...])
        assert len(readers) == width
        for signal, listed in enumerate(readers.tolist()):
            expected = [2 * gate + fanin for gate, fanin in np.argwhere(wiring == signal).tolist()]
            assert sorted(reader for reader in listed if reader != 2 * width) == expected


# The wiring is data, so that networks of the same widths are compiled once for all tests.
@partial(jax.jit, static_argnames=("kind", "num_outputs"))
def squared_outputs(
    gates: tuple[jax.Array, ...], stacks: LayerStacks, x: jax.Array, *, kind: Parametrization, num_outputs: int
) -> jax.Array:
    """Returns a sum over all outputs of the stacks with these gates."""
    stacks = tuple(stack._replace(gates=own) for stack, own in zip(stacks, gates, strict=True))
    return jnp.sum(evaluate_softly(stacks, kind, x)[:num_outputs] ** 2)


@partial(jax.jit, static_argnames="kind")
def plainly_squared_outputs(
    gates: list[jax.Array], wirings: list[jax.Array], x: jax.Array, *, kind: Parametrization
) -> jax.Array:
    """Returns the same for layers one by one, which JAX can differentiate by itself."""
    for own, wiring in zip(gates, wirings, strict=True):
        x = mix_softly(kind.coefficients(own), wiring, x)
    return jnp.sum(x**2)


gradient_of_squares = jax.jit(jax.grad(squared_outputs), static_argnames=("kind", "num_outputs"))
plain_gradient_of_squares = jax.jit(jax.grad(plainly_squared_outputs), static_argnames="kind")


def gradient_of_stacks(network: LogicNetwork, x: jax.Array) -> tuple[LayerStacks, list[np.ndarray]]:
    """Returns the stacks of the network, and the gradient of each stack's gates."""
    stacks, kind = stack_layers(network), network.layers[0].parametrization
    gates = tuple(stack.gates for stack in stacks)
    gradient = gradient_of_squares(gates, stacks, x, kind=kind, num_outputs=network.layers[-1].out_features)
    return stacks, [np.asarray(own) for own in gradient]


@pytest.mark.parametrize(
    ("widths", "scheme", "name"),
    [(ONE_STACK, "random", "softmax"), *((THREE_STACKS, scheme, "truth-table") for scheme in WIRING_SCHEMES)],
)
def test_the_gradient_is_that_of_the_plain_layers(
    widths: tuple[int, ...], scheme: WiringScheme, name: ParametrizationName
) -> None:
    network = random_network(widths, name, scheme)
    kind = network.layers[0].parametrization
    x = jnp.asarray(np.random.default_rng(0).random((9, 20)), jnp.float32)
    gates, wirings = zip(*((layer.gates[...], layer.wiring[...]) for layer in network.layers), strict=True)
    expected = plain_gradient_of_squares(list(gates), list(wirings), x, kind=kind)
    _, gradient = gradient_of_stacks(network, x)
    for own, wanted in zip(chain.from_iterable(gradient), expected, strict=True):
        np.testing.assert_allclose(own[: len(wanted)], wanted, rtol=1e-3, atol=1e-5)
    # Some gradient arrives at the first layer, or equality would say nothing.
    assert np.abs(expected[0]).max() > 1e-3


def plain_value(gates: list[np.ndarray], wirings: list[np.ndarray], x: np.ndarray) -> float:
    """Returns the sum of squared outputs in float64, each gate interpolating between four entries of its table."""
    for own, wiring in zip(gates, wirings, strict=True):
        a, b = x[wiring[:, 0]], x[wiring[:, 1]]
        t00, t01, t10, t11 = ((1 + np.sin(own)) / 2).T[:, :, None]
        x = (1 - a) * ((1 - b) * t00 + b * t01) + a * ((1 - b) * t10 + b * t11)
    return float((x**2).sum())


@SCHEMES
def test_the_gradient_is_the_slope_of_the_function(scheme: WiringScheme) -> None:
    network = random_network(THREE_STACKS, wiring=scheme)
    x = np.random.default_rng(0).random((9, 20))
    gates = [np.asarray(layer.gates[...], dtype=np.float64) for layer in network.layers]
    wirings = [np.asarray(layer.wiring[...]) for layer in network.layers]
    _, gradient = gradient_of_stacks(network, jnp.asarray(x, jnp.float32))
    rng = np.random.default_rng(1)
    for number, own in enumerate(chain.from_iterable(gradient)):
        direction = rng.normal(size=gates[number].shape)

        def moved(step: float, number: int = number, direction: np.ndarray = direction) -> float:
            changed = [*gates[:number], gates[number] + step * direction, *gates[number + 1 :]]
            return plain_value(changed, wirings, x)

        slope = (moved(1e-5) - moved(-1e-5)) / 2e-5
        assert (own[: len(direction)] * direction).sum() == pytest.approx(slope, rel=1e-3, abs=1e-4)


@CASES
def test_padding_gets_no_gradient(widths: tuple[int, ...]) -> None:
    network = random_network(widths)
    stacks, gradient = gradient_of_stacks(network, jnp.asarray(np.random.default_rng(0).random((9, 20)), jnp.float32))
    for stack, own in zip(stacks, gradient, strict=True):
        present = np.asarray(stack.present)
        assert (own[~present] == 0).all()
        assert (own[present] != 0).any()


@CASES
def test_what_padding_computes_changes_nothing(widths: tuple[int, ...]) -> None:
    network = random_network(widths)
    stacks, kind = stack_layers(network), network.layers[0].parametrization
    x = jnp.asarray(np.random.default_rng(0).random((9, 20)), jnp.float32)
    gates = tuple(stack.gates for stack in stacks)
    disturbed = tuple(jnp.where(stack.present[..., None], stack.gates, 1.5) for stack in stacks)
    assert any((own != other).any() for own, other in zip(gates, disturbed, strict=True))
    value = squared_outputs(gates, stacks, x, kind=kind, num_outputs=1)
    assert squared_outputs(disturbed, stacks, x, kind=kind, num_outputs=1) == value


@BOTH
@CASES
def test_unstacking_writes_parameters_back_and_leaves_wiring(
    widths: tuple[int, ...], name: ParametrizationName
) -> None:
    network = random_network(widths, name)
    before = [(np.asarray(layer.gates[...]), np.asarray(layer.wiring[...])) for layer in network.layers]
    unstack_layers(tuple(stack._replace(gates=stack.gates + 1) for stack in stack_layers(network)), network)
    for layer, (gates, wiring) in zip(network.layers, before, strict=True):
        np.testing.assert_allclose(layer.gates[...], gates + 1, rtol=1e-6)
        assert np.array_equal(layer.wiring[...], wiring)
