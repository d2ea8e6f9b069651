"""The order of the inputs: each bit that is used once, side by side where features are, within the right limits."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.backend.classifier.inputs import InputPlan, plan_inputs, used_inputs
from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.gates import Gate
from ca_logic.tasks.encoding import Encoder
from tests.backend.classifier.classifiers import pixel_encoder, random_encoder, random_features
from tests.plain_evaluation import evaluate_row

encoders = st.builds(random_encoder, st.integers(0, 60), st.integers(1, 40), seed=st.integers(0, 100))


def compare_by_plan(plan: InputPlan, features: np.ndarray) -> np.ndarray:
    """Returns the inputs of samples, range by range, as C computes them."""
    lowest, highest = plan.limits(features.dtype)
    inputs = np.zeros((len(features), len(plan.bits)), bool)
    for feature, first, count in plan.ranges.tolist():
        read = features[:, feature : feature + count]
        assert read.shape[1] == count
        some = slice(first, first + count)
        inputs[:, some] = (read >= lowest[some]) & (read <= highest[some])
    return inputs


@given(encoders, st.integers(0, 100), st.sampled_from([np.uint8, np.float32]))
def test_each_used_bit_is_an_input_and_what_the_encoder_says(encoder: Encoder, seed: int, dtype: type) -> None:
    used = np.random.default_rng(seed).random(encoder.num_bits) < 0.7
    plan = plan_inputs(encoder, used)
    is_bit = plan.bits >= 0
    assert sorted(plan.bits[is_bit].tolist()) == np.flatnonzero(used).tolist()
    assert plan.ranges[:, 2].sum() == len(plan.bits)
    features = random_features(50, encoder.num_features, dtype, seed=seed)
    inputs = compare_by_plan(plan, features)
    assert np.array_equal(inputs[:, is_bit], encoder.encode(features)[:, plan.bits[is_bit]])
    assert not inputs[:, ~is_bit].any()


def test_pixels_are_one_range() -> None:
    plan = plan_inputs(pixel_encoder(784), np.ones(784, bool))
    assert plan.ranges.tolist() == [[0, 0, 784]]
    assert plan.bits.tolist() == list(range(784))


def test_a_few_unused_pixels_do_not_end_a_range_but_many_do() -> None:
    used = np.zeros(100, bool)
    used[[2, 3, 10, 60, 61]] = True
    plan = plan_inputs(pixel_encoder(100), used)
    assert plan.ranges.tolist() == [[2, 0, 9], [60, 9, 2]]


def test_further_thresholds_are_ranges_of_their_own() -> None:
    three = pixel_encoder(300)
    encoder = replace(three, num_features=100, features=np.repeat(np.arange(100, dtype=np.int32), 3))
    assert plan_inputs(encoder, np.ones(300, bool)).ranges.tolist() == [[0, 0, 100], [0, 100, 100], [0, 200, 100]]


def selecting_circuit() -> Circuit:
    """Reads the last three of four inputs."""
    builder = CircuitBuilder(("unused", "select", "zero", "one"))
    _, select, zero, one = builder.inputs
    return builder.build({"y": builder.select(select, zero, one), "x": builder.add(Gate.NOR, zero, one)})


def test_a_placed_circuit_reads_the_same_bits() -> None:
    circuit = selecting_circuit()
    assert used_inputs(circuit).tolist() == [False, True, True, True]
    plan = plan_inputs(random_encoder(4, 3, seed=5), used_inputs(circuit))
    placed = plan.place(circuit)
    for row in np.ndindex(2, 2, 2, 2):
        inputs = tuple(row[bit] if bit >= 0 else 0 for bit in plan.bits.tolist())
        assert evaluate_row(placed, inputs) == evaluate_row(circuit, row)
