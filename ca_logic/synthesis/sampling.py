"""Input vectors for circuits with too many inputs to try all: random ones, and those that random ones miss."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import UInt8

from ca_logic.circuit import InputVectors

_MEMORY_BITS = 1 << 30
_LARGEST_BLOCK = 1 << 16
_SMALLEST_BLOCK = 1 << 6

_DENSITIES = np.array([128, 128, 128, 128, 64, 192, 16, 240, 3, 253], np.uint8)
"""Of 256 how often an input is 1, one vector after the other: wide conjunctions are almost never 1 on even odds."""


def block_size(num_signals: int) -> int:
    """Returns how many vectors to simulate at once so that 128 MiB hold the values of all signals: a power of two.

    At least 64, of which more than 16 million signals take more. To make the vectors takes up hardly anything besides.
    """
    fitting = _MEMORY_BITS // max(1, num_signals)
    return min(_LARGEST_BLOCK, max(_SMALLEST_BLOCK, 1 << max(0, fitting.bit_length() - 1)))


def sample_vectors(num_inputs: int, num_vectors: int, *, seed: int = 0) -> InputVectors:
    """Returns all 0, all 1, one-hot and one-cold vectors, as many as fill half, and then random ones.

    The first is always all 0. Of the random ones two in five are even odds; in the others ones or zeros are rare.
    """
    rng = np.random.default_rng([seed, num_inputs, num_vectors])
    random = _random_vectors(rng, num_inputs, num_vectors)
    num_hot = min(num_inputs, max(0, num_vectors // 2 - 2) // 2)
    num_special = 2 + 2 * num_hot
    cold = (1 << num_special) - (1 << (2 + num_hot))
    functions = []
    for function, place in zip(random.functions, rng.permutation(num_inputs).tolist(), strict=True):
        special = 0b10 | cold
        if place < num_hot:
            special ^= 1 << (2 + place) | 1 << (2 + num_hot + place)
        functions.append((function >> num_special << num_special | special) & random.ones)
    return InputVectors(tuple(functions), random.ones)


def sample_blocks(num_inputs: int, num_vectors: int, block: int, *, seed: int = 0) -> Iterator[InputVectors]:
    """Yields `num_vectors` vectors, at most `block` at a time; the first block has the special ones."""
    if num_vectors:
        yield sample_vectors(num_inputs, min(block, num_vectors), seed=seed)
    for number, start in enumerate(range(block, num_vectors, block), 1):
        rng = np.random.default_rng([seed, num_inputs, num_vectors, number])
        yield _random_vectors(rng, num_inputs, min(block, num_vectors - start))


def _random_vectors(rng: np.random.Generator, num_inputs: int, num_vectors: int) -> InputVectors:
    densities = np.resize(_DENSITIES, num_vectors)
    functions: list[int] = []
    # One input at a time: a byte for each value of all would be eight times what they take as bits.
    for _ in range(num_inputs):
        values = rng.integers(0, 256, (1, num_vectors), dtype=np.uint8) < densities
        functions += InputVectors.of_rows(values.astype(np.uint8)).functions
    return InputVectors(tuple(functions), (1 << num_vectors) - 1)


def complete_blocks(num_inputs: int, block: int) -> Iterator[InputVectors]:
    """Yields all vectors in row order, `block` at a time, a power of two."""
    low = min(num_inputs, block.bit_length() - 1)
    rest = InputVectors.complete(low)
    for number in range(1 << (num_inputs - low)):
        fixed = (rest.ones if number >> place & 1 else 0 for place in reversed(range(num_inputs - low)))
        yield InputVectors((*fixed, *rest.functions), rest.ones)


def blocks_of_rows(inputs: UInt8[np.ndarray, "inputs rows"], block: int) -> Iterator[InputVectors]:
    """Yields the columns of an array of 0 and 1 in order, at most `block` at a time."""
    for start in range(0, inputs.shape[1], block):
        yield InputVectors.of_rows(inputs[:, start : start + block])
