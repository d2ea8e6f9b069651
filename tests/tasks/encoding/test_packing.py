"""Packing: bit s % 64 of word s // 64 is sample s."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.circuit import Circuit
from ca_logic.circuit.simulation import simulate
from ca_logic.tasks.encoding import LANES, pack_bits, pack_lanes, packing, unpack_lanes
from tests.strategies import circuits

NUMBERS_OF_SAMPLES = [0, 1, 63, 64, 65, 1000]


def random_bits(num_samples: int, num_bits: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((num_samples, num_bits)) < 0.5


def words_by_hand(bits: np.ndarray) -> list[list[int]]:
    num_samples, num_bits = bits.shape
    words = [[0] * -(-num_samples // 64) for _ in range(num_bits)]
    for sample, row in enumerate(bits.tolist()):
        for bit, value in enumerate(row):
            words[bit][sample // 64] |= int(value) << sample % 64
    return words


@given(st.integers(0, 200), st.integers(0, 20), st.integers(0, 2**32))
def test_each_sample_has_its_lane(num_samples: int, num_bits: int, seed: int) -> None:
    bits = random_bits(num_samples, num_bits, seed)
    words = pack_bits(bits)
    assert words.dtype == np.uint64
    assert words.shape == (num_bits, -(-num_samples // LANES))
    assert words.tolist() == words_by_hand(bits)
    np.testing.assert_array_equal(pack_lanes(bits.T), words)
    np.testing.assert_array_equal(unpack_lanes(words, num_samples), bits.T)


@pytest.mark.parametrize("num_samples", [*NUMBERS_OF_SAMPLES, 4095, 4096, 4097, 9001])
def test_blocks_fit_together(num_samples: int) -> None:
    bits = random_bits(num_samples, 9)
    words = pack_bits(bits)
    np.testing.assert_array_equal(words, pack_lanes(bits.T))
    np.testing.assert_array_equal(unpack_lanes(words, num_samples), bits.T)
    assert packing._BLOCK_SAMPLES % LANES == 0


def test_bits_may_lie_in_any_way() -> None:
    bits = random_bits(300, 40)
    for variant in (bits.astype(np.uint8) * 7, np.asfortranarray(bits), np.repeat(bits, 2, axis=0)[::2], bits.tolist()):
        np.testing.assert_array_equal(pack_bits(variant), pack_bits(bits))


@given(circuits(), st.sampled_from(NUMBERS_OF_SAMPLES))
def test_packed_bits_are_what_circuits_read(circuit: Circuit, num_samples: int) -> None:
    bits = random_bits(num_samples, len(circuit.inputs))
    outputs = unpack_lanes(simulate(circuit, pack_bits(bits)), num_samples)
    for sample in range(0, num_samples, 37):
        alone = unpack_lanes(simulate(circuit, pack_bits(bits[sample : sample + 1])), 1)
        np.testing.assert_array_equal(outputs[:, sample], alone[:, 0])
