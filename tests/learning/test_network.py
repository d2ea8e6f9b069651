"""Layers and networks: the soft, the hard and the extracted network agree where they must."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.circuit import truth_tables
from ca_logic.errors import UsageError
from ca_logic.gates import COEFFICIENTS, NUM_GATES, TRUTH_TABLES, Gate
from ca_logic.learning.extraction import extract_circuit
from ca_logic.learning.network import Forward, LogicLayer, LogicNetwork, Wiring, mix_hard, pack_rows, stages_of
from ca_logic.learning.parametrization import PARAMETRIZATIONS, ParametrizationName
from ca_logic.learning.stages import Selections, evaluate, mix_softly
from ca_logic.learning.wiring import LayerWiring
from tests.learning.soft_stages import split_module

WIDTHS = (5, 9, 9, 3)
BOTH = pytest.mark.parametrize("name", PARAMETRIZATIONS)
FIXED_AND_LEARNED = pytest.mark.parametrize("wiring", ["balanced", "learnable"])
NOISY: tuple[Forward, ...] = ("gumbel", "gumbel-straight-through")


def certain_network(name: ParametrizationName, *, seed: int = 0, widths: tuple[int, ...] = WIDTHS) -> LogicNetwork:
    """Returns a network of random gates that have all made up their minds."""
    network = LogicNetwork(widths, parametrization=name, rngs=nnx.Rngs(seed))
    rng = np.random.default_rng(seed)
    for layer in network.layers:
        numbers = rng.integers(0, NUM_GATES, layer.out_features)
        if name == "softmax":
            parameters = 200.0 * np.eye(NUM_GATES)[numbers]
        else:
            parameters = (TRUTH_TABLES[numbers].astype(float) - 0.5) * np.pi
        layer.gates[...] = jnp.asarray(parameters, dtype=jnp.float32)
    return network


def all_rows(num_inputs: int) -> np.ndarray:
    """Returns all input combinations, one a column, first input most significant."""
    bits: np.ndarray = (np.arange(1 << num_inputs) >> np.arange(num_inputs)[::-1, None]) & 1
    return bits.astype(np.uint8)


def unpack(words: np.ndarray, num_rows: int) -> np.ndarray:
    """Returns the first bits of packed words [features, words] as [features, rows]."""
    bits: np.ndarray = (np.asarray(words)[:, :, None] >> np.arange(32, dtype=np.uint32)) & 1
    return bits.reshape(len(words), -1)[:, :num_rows]


@BOTH
@pytest.mark.parametrize("seed", range(3))
def test_certain_gates_compute_softly_what_they_compute_hard(name: ParametrizationName, seed: int) -> None:
    network, rows = certain_network(name, seed=seed), all_rows(5)
    soft = np.asarray(network(jnp.asarray(rows, dtype=jnp.float32)))
    hard = unpack(np.asarray(network.evaluate_hard(jnp.asarray(pack_rows(rows)))), 32)
    assert soft.shape == hard.shape == (3, 32)
    np.testing.assert_allclose(soft, hard, atol=1e-5)


@BOTH
@pytest.mark.parametrize("seed", range(3))
def test_the_hard_network_is_the_extracted_circuit(name: ParametrizationName, seed: int) -> None:
    # Undecided gates on purpose: rounding is what is compared.
    network, rows = LogicNetwork(WIDTHS, parametrization=name, rngs=nnx.Rngs(seed)), all_rows(5)
    for layer in network.layers:
        layer.gates[...] = jnp.asarray(3 * np.random.default_rng(seed).normal(size=layer.gates[...].shape), jnp.float32)
    circuit = extract_circuit(network, name="c", input_names="abcde", output_names="xyz")
    hard = unpack(np.asarray(network.evaluate_hard(jnp.asarray(pack_rows(rows)))), 32)
    assert np.array_equal(hard, truth_tables(circuit))


@BOTH
def test_a_new_network_passes_first_fanins_through(name: ParametrizationName) -> None:
    layer = LogicLayer(6, 20, parametrization=name, rngs=nnx.Rngs(0))
    assert (np.asarray(layer.hard_gates()) == Gate.A).sum() >= 18
    words = np.random.default_rng(0).integers(0, 1 << 32, (6, 2), dtype=np.uint32)
    passed = np.asarray(layer.evaluate_hard(jnp.asarray(words))) == words[np.asarray(layer.wiring[...])[:, 0]]
    assert passed.all(axis=1).sum() >= 18


@BOTH
def test_soft_outputs_stay_between_zero_and_one(name: ParametrizationName) -> None:
    network = LogicNetwork(WIDTHS, parametrization=name, rngs=nnx.Rngs(1))
    outputs = np.asarray(network(jnp.asarray(np.random.default_rng(0).random((5, 32)), jnp.float32)))
    assert outputs.shape == (3, 32)
    assert outputs.min() >= -1e-6
    assert outputs.max() <= 1 + 1e-6


def test_layers_join_the_widths() -> None:
    network = LogicNetwork(WIDTHS, rngs=nnx.Rngs(0))
    assert [(layer.in_features, layer.out_features) for layer in network.layers] == [(5, 9), (9, 9), (9, 3)]
    assert network.num_gates == 21


@BOTH
def test_nnx_param_selects_the_gates_and_not_the_wiring(name: ParametrizationName) -> None:
    network = LogicNetwork(WIDTHS, parametrization=name, rngs=nnx.Rngs(0))
    size = network.layers[0].parametrization.size
    parameters = [leaf.shape for leaf in jax.tree.leaves(nnx.state(network, nnx.Param))]
    wiring = [leaf.shape for leaf in jax.tree.leaves(nnx.state(network, Wiring))]
    assert parameters == [(9, size), (9, size), (3, size)]
    assert wiring == [(9, 2), (9, 2), (3, 2)]


def test_a_network_can_be_split_and_merged() -> None:
    network = certain_network("truth-table")
    definition, *states = nnx.split(network, nnx.Param, ...)
    merged = nnx.merge(definition, *states)
    x = jnp.asarray(all_rows(5), dtype=jnp.float32)
    assert np.array_equal(merged(x), network(x))


def test_the_same_seed_makes_the_same_network_and_layers_differ() -> None:
    one, same, other = (LogicNetwork((8, 8, 8), rngs=nnx.Rngs(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.layers[0].wiring[...], same.layers[0].wiring[...])
    assert np.array_equal(one.layers[0].gates[...], same.layers[0].gates[...])
    assert not np.array_equal(one.layers[0].gates[...], other.layers[0].gates[...])
    assert not np.array_equal(one.layers[0].gates[...], one.layers[1].gates[...])


def test_an_unknown_parametrization_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown parametrization"):
        LogicLayer(2, 2, parametrization="linear", rngs=nnx.Rngs(0))  # type: ignore[arg-type]


def test_mix_softly_is_the_polynomial_and_mix_hard_its_residue() -> None:
    wiring = jnp.tile(jnp.array([[0, 1]]), (NUM_GATES, 1))
    soft = mix_softly(jnp.asarray(COEFFICIENTS, dtype=jnp.float32), wiring, jnp.asarray(all_rows(2), dtype=jnp.float32))
    assert np.array_equal(soft, TRUTH_TABLES)
    hard = mix_hard(jnp.arange(NUM_GATES), wiring, jnp.asarray(pack_rows(all_rows(2))))
    assert np.array_equal(unpack(np.asarray(hard), 4), TRUTH_TABLES)


@given(st.integers(1, 3), st.integers(0, 100), st.integers(0, 1000))
def test_pack_rows_puts_sample_i_at_bit_i_of_its_word(num_features: int, num_rows: int, seed: int) -> None:
    bits = np.random.default_rng(seed).integers(0, 2, (num_features, num_rows))
    words = pack_rows(bits)
    assert words.dtype == np.uint32
    assert words.shape == (num_features, -(-num_rows // 32))
    for row, packed in zip(bits.tolist(), words.tolist(), strict=True):
        expected = sum(bit << sample for sample, bit in enumerate(row))
        assert sum(word << 32 * index for index, word in enumerate(packed)) == expected


def undecided_layer(
    name: ParametrizationName = "truth-table", *, wiring: LayerWiring = "learnable", grad_factor: float = 1.0
) -> LogicLayer:
    """Returns a layer from 7 to 20 signals whose gates, and wires, are all over the place."""
    layer = LogicLayer(
        7, 20, wiring=wiring, num_candidates=4, parametrization=name, grad_factor=grad_factor, rngs=nnx.Rngs(0)
    )
    rng = np.random.default_rng(0)
    for parameters in (layer.gates, layer.wires):
        if parameters is not None:
            parameters[...] = jnp.asarray(2 * rng.normal(size=parameters[...].shape), jnp.float32)
    return layer


def test_learned_wires_are_parameters_and_choose_among_their_candidates() -> None:
    layer = undecided_layer()
    assert {leaf.shape for leaf in jax.tree.leaves(nnx.state(layer, nnx.Param))} == {(20, 4), (40, 4)}
    assert layer.wires is not None
    assert layer.candidates is not None
    chosen = np.asarray(layer.hard_wiring())
    assert chosen.shape == (20, 2)
    logits, candidates = np.asarray(layer.wires[...]), np.asarray(layer.candidates[...])
    for wire, signal in enumerate(chosen.ravel().tolist()):
        place = candidates[wire].tolist().index(signal)
        assert logits[wire, place] == logits[wire].max()
    selections = layer.stages("hard")[0]
    assert isinstance(selections, Selections)
    assert np.array_equal(np.asarray(selections.weights).sum(axis=1), np.ones(40))
    assert np.array_equal(np.unique(selections.weights), [0, 1])


def test_soft_wires_are_means_of_their_candidates() -> None:
    layer, x = undecided_layer(), np.random.default_rng(1).random((7, 5))
    selections, _ = layer.stages()
    assert isinstance(selections, Selections)
    np.testing.assert_allclose(np.asarray(selections.weights).sum(axis=1), 1, atol=1e-6)
    expected = np.einsum("wk,wkn->wn", selections.weights, x[np.asarray(selections.candidates)])
    np.testing.assert_allclose(evaluate([selections], jnp.asarray(x, jnp.float32)), expected, atol=1e-6)


@FIXED_AND_LEARNED
@BOTH
def test_hard_stages_compute_what_packed_words_do(name: ParametrizationName, wiring: LayerWiring) -> None:
    layer, rows = undecided_layer(name, wiring=wiring), all_rows(7)
    hard = layer(jnp.asarray(rows, jnp.float32), forward="hard")
    assert np.array_equal(hard, unpack(np.asarray(layer.evaluate_hard(jnp.asarray(pack_rows(rows)))), 128))


def pulled_gradients(layer: LogicLayer, x: jax.Array, forward: Forward) -> tuple[np.ndarray, Any]:
    """Returns the outputs, and the gradients of the parameters when each output is pulled by another force."""
    graph, parameters, fixed = split_module(layer)
    pull = jnp.asarray(np.random.default_rng(3).normal(size=(layer.out_features, x.shape[1])))

    def pulled(given: Any) -> tuple[jax.Array, jax.Array]:
        outputs = nnx.merge(graph, given, fixed)(x, forward=forward, key=jax.random.key(0))
        return jnp.sum(pull * outputs), outputs

    gradients, outputs = jax.jit(jax.grad(pulled, has_aux=True))(parameters)
    return np.asarray(outputs), gradients


@BOTH
def test_straight_through_has_hard_values_and_soft_gradients(name: ParametrizationName) -> None:
    layer, x = undecided_layer(name, wiring="balanced"), jnp.asarray(all_rows(7), jnp.float32)
    values, gradients = pulled_gradients(layer, x, "straight-through")
    hard, nothing = pulled_gradients(layer, x, "hard")
    # The gradient of a gate depends on what it reads, not on what it is: that of soft gates is the same.
    _, of_soft = pulled_gradients(layer, x, "soft")
    assert np.array_equal(values, hard)
    np.testing.assert_allclose(gradients["gates"][...], of_soft["gates"][...], rtol=1e-4, atol=1e-4)
    assert not np.any(nothing["gates"][...])


def test_straight_through_moves_learned_wires() -> None:
    layer, x = undecided_layer(), jnp.asarray(all_rows(7), jnp.float32)
    values, gradients = pulled_gradients(layer, x, "straight-through")
    assert np.array_equal(values, layer(x, forward="hard"))
    assert np.count_nonzero(gradients["wires"][...]) > 100
    noisy, _ = pulled_gradients(layer, x, "gumbel-straight-through")
    assert set(np.unique(noisy)) == {0.0, 1.0}
    assert not np.array_equal(noisy, values)


@pytest.mark.parametrize("forward", NOISY)
def test_noise_comes_from_the_key_and_without_one_there_is_none(forward: Forward) -> None:
    layer = undecided_layer()
    first, again, other = (layer.stages(forward, key=jax.random.key(seed)) for seed in (0, 0, 1))
    for stage in range(2):
        assert np.array_equal(first[stage][0], again[stage][0])
        assert not np.array_equal(first[stage][0], other[stage][0])
    plain = layer.stages("straight-through" if forward.endswith("through") else "soft")
    for found, expected in zip(layer.stages(forward), plain, strict=True):
        np.testing.assert_array_equal(found[0], expected[0])


def test_layers_of_one_key_have_noise_of_their_own() -> None:
    layer = undecided_layer(wiring="balanced")
    one, other = stages_of([layer, layer], "gumbel", key=jax.random.key(0))
    assert not np.isclose(one[0], other[0]).all(axis=1).any()


@pytest.mark.parametrize("forward", ["soft", "hard", "straight-through"])
def test_a_factor_leaves_the_outputs_as_they_are_to_the_last_bit(forward: Forward) -> None:
    x = jnp.asarray(all_rows(7), jnp.float32)
    plain, scaled = ([undecided_layer(grad_factor=factor), last_layer(factor)] for factor in (1.0, 1.3))
    expected, outputs = (np.asarray(evaluate(stages_of(layers, forward), x)) for layers in (plain, scaled))
    np.testing.assert_array_equal(outputs, expected)
    if forward != "soft":
        assert set(np.unique(outputs)) <= {0.0, 1.0}


def last_layer(factor: float) -> LogicLayer:
    """Returns a layer from 20 to 9 signals."""
    return LogicLayer(20, 9, grad_factor=factor, rngs=nnx.Rngs(5))


def test_factors_multiply_the_gradients_of_all_that_lies_below() -> None:
    x = jnp.asarray(np.random.default_rng(0).random((7, 6)), jnp.float32)

    def gradients(first: float, last: float, *, one_by_one: bool) -> list[np.ndarray]:
        layers = nnx.List([undecided_layer(grad_factor=first), last_layer(last)])
        graph, parameters, fixed = split_module(layers)

        def total(given: Any, x: jax.Array) -> jax.Array:
            below, above = nnx.merge(graph, given, fixed)
            return jnp.sum(above(below(x)) if one_by_one else evaluate(stages_of([below, above]), x))

        of_layers, of_x = jax.jit(jax.grad(total, (0, 1)))(parameters, x)
        found = [of_layers[0]["gates"], of_layers[0]["wires"], of_layers[1]["gates"], of_x]
        return [np.asarray(gradient[...]) for gradient in found]

    plain = gradients(1, 1, one_by_one=False)
    scaled = gradients(3, 2, one_by_one=False)
    for factor, one, other in zip((2, 2, 1), plain, scaled, strict=False):
        np.testing.assert_allclose(factor * one, other, rtol=1e-4, atol=1e-6)
    for factor, one, other in zip((2, 2, 1, 6), plain, gradients(3, 2, one_by_one=True), strict=True):
        np.testing.assert_allclose(factor * one, other, rtol=1e-4, atol=1e-6)
