"""The codes of an encoder: those that it makes are among them, and circuits behind a decoder compute what they did."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, InputVectors, output_functions, truth_tables
from ca_logic.circuit.simulation import unpack_bits
from ca_logic.synthesis.encoder_codes import (
    all_codes,
    behind_decoder,
    code_of_inputs,
    digits_of,
    num_codes,
    num_decoder_entries,
    random_codes,
)
from ca_logic.tasks.datasets import load_data_set, split_data
from ca_logic.tasks.encoding import Encoder, fit_encoder
from tests.backend.classifier.classifiers import random_encoder, random_features
from tests.strategies import circuits

SEEDS = st.integers(0, 1000)


def values_of(circuit: Circuit, codes: np.ndarray) -> np.ndarray:
    functions = output_functions(circuit, InputVectors.of_rows(codes))
    return np.stack([unpack_bits(function, codes.shape[1]) for function in functions])


@given(st.integers(1, 30), st.integers(1, 9), SEEDS)
def test_every_code_that_an_encoder_makes_is_counted(num_bits: int, num_features: int, seed: int) -> None:
    encoder = random_encoder(num_bits, num_features, seed=seed)
    bits = encoder.encode(random_features(200, num_features, np.float64, seed=seed))
    digits = digits_of(encoder)
    assert sorted(np.concatenate([digit.bits for digit in digits]).tolist()) == list(range(num_bits))
    for digit in digits:
        known = {code.tobytes() for code in digit.codes}
        assert {code.tobytes() for code in bits[:, digit.bits]} <= known
        assert len(known) == len(digit.codes)


@given(st.integers(1, 8), st.integers(1, 3), SEEDS)
def test_all_codes_are_different_and_as_many_as_there_are(num_bits: int, num_features: int, seed: int) -> None:
    digits = digits_of(random_encoder(num_bits, num_features, seed=seed))
    codes = all_codes(digits)
    assert codes.shape == (num_bits, num_codes(digits))
    known = {code.tobytes() for code in codes.T.copy()}
    assert len(known) == num_codes(digits)
    drawn = random_codes(digits, 50, np.random.default_rng(seed))
    assert {code.tobytes() for code in drawn.T.copy()} <= known


def test_a_thermometer_takes_one_value_more_than_it_has_bits() -> None:
    encoder = fit_encoder(split_data(load_data_set("iris")))
    digits = digits_of(encoder)
    assert [(len(digit.bits), len(digit.codes)) for digit in digits] == [(16, 17)] * 4
    assert num_codes(digits) == 17**4
    assert num_decoder_entries(digits) == 4 * 16 * 32


def test_of_a_one_hot_code_at_most_one_bit_is_1() -> None:
    lows = np.array([0, 1, 2, 5], np.float32)
    (digit,) = digits_of(Encoder(1, np.zeros(4, np.int32), lows, lows, ("a", "b", "c", "d")))
    assert sorted(digit.codes.sum(axis=1).tolist()) == [0, 1, 1, 1, 1]


@given(circuits(max_gates=12), st.integers(1, 3), SEEDS)
def test_behind_a_decoder_a_circuit_computes_with_codes(circuit: Circuit, num_features: int, seed: int) -> None:
    encoder = random_encoder(len(circuit.inputs), num_features, seed=seed)
    digits = digits_of(encoder)
    decoded = behind_decoder(circuit, digits)
    assert decoded.outputs == circuit.outputs
    assert len(decoded.inputs) == sum(digit.num_binary_digits for digit in digits)
    tables = truth_tables(decoded)
    for row in range(0, tables.shape[1], max(1, tables.shape[1] // 16)):
        inputs = [row >> place & 1 for place in reversed(range(len(decoded.inputs)))]
        code = code_of_inputs(digits, inputs)
        np.testing.assert_array_equal(values_of(circuit, code)[:, 0], tables[:, row])
