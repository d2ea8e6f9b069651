"""What is extracted computes what the hard network computes, score for score."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import truth_tables
from ca_logic.circuit.group_sum import scores
from ca_logic.errors import CircuitError
from ca_logic.gates import COEFFICIENTS, TRUTH_TABLES
from ca_logic.learning.classification import LogicClassifier, extract_classifier
from ca_logic.learning.classification.extraction import extract_stages
from ca_logic.learning.parametrization import PARAMETRIZATIONS, ParametrizationName
from ca_logic.learning.stages import Gates, Selections
from ca_logic.learning.wiring import LayerWiring
from tests.learning.classification.classifiers import random_classifier, random_encoder, random_features

WIRINGS: tuple[LayerWiring, ...] = ("learnable", "random", "balanced")


def hard_logits(model: LogicClassifier, features: np.ndarray) -> np.ndarray:
    """Returns what the hard network makes of samples."""
    graph, state = nnx.split(model)
    return np.asarray(jax.jit(lambda state, x: nnx.merge(graph, state)(x, forward="hard"))(state, features))


@settings(deadline=None, max_examples=5)
@given(
    st.integers(0, 2**32 - 1),
    # Few sizes, since JAX compiles each one anew.
    st.sampled_from([2, 30]),
    st.lists(st.sampled_from([2, 17]), max_size=2),
    st.sampled_from([1, 5]),
    st.sampled_from([1, 7]),
    st.lists(st.sampled_from(WIRINGS), min_size=3, max_size=3),
    st.sampled_from(PARAMETRIZATIONS),
)
def test_scores_of_the_circuit_are_those_of_the_hard_network(
    seed: int,
    num_bits: int,
    widths: list[int],
    group: int,
    num_classes: int,
    wirings: list[LayerWiring],
    parametrization: ParametrizationName,
) -> None:
    encoder, features = random_encoder(seed, 3, num_bits), random_features(seed, 65, 3)
    widths = [*widths, group * num_classes]
    model = random_classifier(seed, encoder, widths, num_classes, wirings=wirings, parametrization=parametrization)
    head = extract_classifier(model, name="random", input_names=encoder.names)
    assert head.circuit.name == "random"
    assert head.num_classes == num_classes
    logits = hard_logits(model, features)
    assert np.array_equal(scores(head, encoder.encode_packed(features))[:, :65].T, logits)


@pytest.mark.parametrize("num_samples", [0, 1, 63, 64, 1000])
def test_scores_are_the_same_for_any_number_of_samples(num_samples: int) -> None:
    encoder, features = random_encoder(7, 6, 77), random_features(7, num_samples, 6)
    model = random_classifier(7, encoder, (301, 129, 70), 10, wirings=("learnable", "learnable", "balanced"))
    head = extract_classifier(model, name="random", input_names=encoder.names)
    logits = hard_logits(model, features)
    assert np.array_equal(scores(head, encoder.encode_packed(features))[:, :num_samples].T, logits)


def test_all_sixteen_gates_are_found_by_their_coefficients() -> None:
    wiring = np.tile(np.array([[0, 1]], np.int32), (16, 1))
    stage = Gates(jnp.asarray(COEFFICIENTS, jnp.float32), jnp.asarray(wiring), jnp.zeros((2, 16), jnp.int32))
    circuit = extract_stages([stage], name="all", input_names=("a", "b"))
    assert circuit.gates.tolist() == list(range(16))
    assert circuit.fanins.tolist() == [[1, 2]] * 16
    assert np.array_equal(truth_tables(circuit), TRUTH_TABLES)


def test_wires_are_no_gates() -> None:
    weights = jnp.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    wires = Selections(weights, jnp.array([[0, 1], [2, 0], [1, 2]]))
    circuit = extract_stages([wires, wires], name="wires", input_names=("a", "b", "c"))
    assert circuit.num_gates == 0
    # The second wires choose 1, 2 and 2 of the first, which are 1, 2 and 2 of the inputs.
    assert circuit.drivers.tolist() == [3, 3, 3]
    assert circuit.outputs == ("y0", "y1", "y2")


@pytest.mark.parametrize("num_names", [0, 4, 6])
def test_names_that_are_not_one_for_each_bit_are_refused(num_names: int) -> None:
    model = random_classifier(0, random_encoder(0, 2, 5), (6,), 2, wirings=("balanced",))
    with pytest.raises(CircuitError):
        extract_classifier(model, name="random", input_names=[f"x{number}" for number in range(num_names)])
