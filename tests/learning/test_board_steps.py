"""Steps of a torus by a trained network, soft and hard, against sums of rolled boards."""

import jax.numpy as jnp
import numpy as np
import pytest

from ca_logic.learning.board_steps import Step, hard_step, soft_step
from ca_logic.learning.network import LogicNetwork
from ca_logic.learning.training import train_until_exact
from ca_logic.tasks import load_rule, rule_training_set


@pytest.fixture(scope="module")
def life_network() -> LogicNetwork:
    """Returns a network that has learned Life."""
    return train_until_exact(rule_training_set(load_rule("life")), seed=0).network


@pytest.fixture(scope="module")
def soft(life_network: LogicNetwork) -> Step:
    """Returns the step of the soft network; JAX compiles it once for each size."""
    return soft_step(life_network)


@pytest.fixture(scope="module")
def hard(life_network: LogicNetwork) -> Step:
    """Returns the step of the hard network."""
    return hard_step(life_network)


def random_board(height: int, width: int) -> np.ndarray:
    """Returns a soup of 40 per cent live cells."""
    return np.random.default_rng(height * width).random((height, width)) < 0.4


def roll_life(board: np.ndarray, generations: int) -> np.ndarray:
    """Returns a torus of Life after so many generations, by counting neighbours."""
    for _ in range(generations):
        shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)]
        neighbours = sum(np.roll(board, shift, axis=(0, 1)).astype(int) for shift in shifts)
        board = (neighbours == 3) | (board & (neighbours == 2))
    return board


def pack(board: np.ndarray) -> np.ndarray:
    """Returns a board whose width is a multiple of 32 as words, cell x at bit x % 32 of word x // 32."""
    words: np.ndarray = np.packbits(board, axis=1, bitorder="little").view(np.uint32)
    return words


@pytest.mark.parametrize("generations", [0, 1, 5])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (13, 17), (128, 256)])
def test_the_soft_network_steps_as_life(soft: Step, height: int, width: int, generations: int) -> None:
    board = random_board(height, width)
    stepped = np.asarray(soft(jnp.asarray(board), generations))
    assert stepped.dtype == bool
    assert np.array_equal(stepped, roll_life(board, generations))


@pytest.mark.parametrize("generations", [0, 1, 20])
@pytest.mark.parametrize(("height", "width"), [(1, 32), (17, 96), (64, 64)])
def test_the_hard_network_steps_as_life(hard: Step, height: int, width: int, generations: int) -> None:
    board = random_board(height, width)
    stepped = np.asarray(hard(jnp.asarray(pack(board)), generations))
    assert np.array_equal(stepped, pack(roll_life(board, generations)))


def test_a_glider_crosses_every_edge(hard: Step) -> None:
    board = np.zeros((32, 32), dtype=bool)
    board[[0, 1, 2, 2, 2], [1, 2, 0, 1, 2]] = True
    # A glider moves by one cell diagonally in four generations, so it is home after 4 times 32.
    assert np.array_equal(hard(jnp.asarray(pack(board)), 128), pack(board))
    assert not np.array_equal(hard(jnp.asarray(pack(board)), 64), pack(board))
    assert int(np.bitwise_count(np.asarray(hard(jnp.asarray(pack(board)), 124))).sum()) == 5
