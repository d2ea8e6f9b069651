"""Blocks of vectors: none missing, none too large, the telling ones among them, and the same ones for the same seed."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.circuit import InputVectors
from ca_logic.synthesis.sampling import block_size, blocks_of_rows, complete_blocks, sample_blocks, sample_vectors
from tests.plain_evaluation import rows_of


def columns(vectors: InputVectors) -> list[tuple[int, ...]]:
    """Returns the vectors one by one."""
    lanes = range(vectors.ones.bit_length())
    return [tuple(function >> lane & 1 for function in vectors.functions) for lane in lanes]


@given(st.integers(0, 8), st.integers(0, 9))
def test_complete_blocks_are_all_rows_in_order(num_inputs: int, log_block: int) -> None:
    blocks = list(complete_blocks(num_inputs, 1 << log_block))
    assert [column for block in blocks for column in columns(block)] == rows_of(num_inputs)
    assert {block.ones.bit_length() for block in blocks} == {min(1 << log_block, 1 << num_inputs)}


@given(st.integers(0, 4), st.integers(0, 30), st.integers(1, 9))
def test_blocks_of_rows_are_these_rows_in_order(num_inputs: int, num_rows: int, block: int) -> None:
    rows = np.random.default_rng(num_rows).integers(0, 2, (num_inputs, num_rows), dtype=np.uint8)
    found = [column for vectors in blocks_of_rows(rows, block) for column in columns(vectors)]
    assert found == [tuple(column) for column in rows.T.tolist()]


@given(st.integers(0, 12), st.integers(1, 200), st.integers(1, 64), st.integers(0, 5))
def test_samples_are_as_many_as_asked_for_and_depend_on_the_seed_alone(
    num_inputs: int, num_vectors: int, block: int, seed: int
) -> None:
    blocks = list(sample_blocks(num_inputs, num_vectors, block, seed=seed))
    sizes = [vectors.ones.bit_length() for vectors in blocks]
    assert sum(sizes) == num_vectors
    assert max(sizes) <= block
    assert blocks == list(sample_blocks(num_inputs, num_vectors, block, seed=seed))
    assert columns(blocks[0])[0] == (0,) * num_inputs


def test_constant_one_hot_and_one_cold_vectors_are_among_the_samples() -> None:
    found = set(columns(sample_vectors(30, 256)))
    unit = np.eye(30, dtype=int)
    wanted = [np.zeros(30, int), np.ones(30, int), *unit, *(1 - unit)]
    assert {tuple(column.tolist()) for column in wanted} <= found
    # Where ones or zeros are rare, some vectors come twice.
    assert len(found) > 190


def test_another_seed_gives_other_samples() -> None:
    assert sample_vectors(30, 256, seed=1) != sample_vectors(30, 256, seed=2)


@pytest.mark.parametrize("num_signals", [1, 1000, 100_000, 10_000_000])
def test_a_block_is_a_power_of_two_that_fits_into_memory(num_signals: int) -> None:
    size = block_size(num_signals)
    assert size.bit_count() == 1
    assert size == 64 or size * num_signals / 8 <= 1 << 27


def test_wide_vectors_take_hardly_more_memory_than_their_bits() -> None:
    block, num_inputs = 1 << 12, 1 << 12
    tracemalloc.start()
    sample_vectors(num_inputs, block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Twice, as the special vectors are put in.
    assert peak < 2.5 * block * num_inputs / 8
