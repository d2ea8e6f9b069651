"""Layers and networks: the soft, the hard and the extracted network agree where they must."""

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
from ca_logic.learning.network import LogicLayer, LogicNetwork, Wiring, mix_hard, mix_softly, pack_rows
from ca_logic.learning.parametrization import PARAMETRIZATIONS, ParametrizationName

WIDTHS = (5, 9, 9, 3)
BOTH = pytest.mark.parametrize("name", PARAMETRIZATIONS)


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
