"""Steps a torus with a network on JAX's device: what the compiled circuit is compared with."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, UInt32

from ca_logic.learning.device import default_device
from ca_logic.learning.network import LogicNetwork
from ca_logic.learning.stack import evaluate_hard, evaluate_softly, stack_layers

Step = Callable[[ArrayLike, int], Array]
"""Takes a board and a number of generations to the board after them."""

_BLOCK = 1 << 14


def soft_step(network: LogicNetwork) -> Step:
    """Returns a function that steps a board bool[height, width] with the network as it was trained.

    Every cell is a sample of its nine neighbours; the real-valued output is rounded after each generation.
    """
    stacks = stack_layers(network)
    kind = network.layers[0].parametrization

    def next_cells(columns: Float[Array, "9 cells"]) -> Bool[Array, " cells"]:
        return evaluate_softly(stacks, kind, columns)[0] > 0.5

    def generation(_: int, board: Bool[Array, "height width"]) -> Bool[Array, "height width"]:
        columns = _neighbours(board.astype(jnp.float32), lambda cells, dx: jnp.roll(cells, dx, axis=1))
        # On a CPU blocks that stay in its cache are faster than all cells at once.
        if default_device().platform == "cpu" and board.size % _BLOCK == 0:
            blocks = columns.reshape(9, -1, _BLOCK).swapaxes(0, 1)
            cells: Bool[Array, ...] = jax.lax.map(next_cells, blocks)
        else:
            cells = next_cells(columns)
        return cells.reshape(board.shape)

    return jax.jit(lambda board, generations: jax.lax.fori_loop(0, generations, generation, board))


def hard_step(network: LogicNetwork) -> Step:
    """Returns a function that steps a packed board uint32[height, words] with the hard network.

    Cell x of a row is bit x % 32 of word x // 32; the width is a multiple of 32.
    """
    stacks = stack_layers(network)
    kind = network.layers[0].parametrization

    def shift(words: UInt32[Array, "height words"], dx: int) -> UInt32[Array, "height words"]:
        if dx == 1:
            return words << 1 | jnp.roll(words, 1, axis=1) >> 31
        return words >> 1 | jnp.roll(words, -1, axis=1) << 31

    def generation(_: int, board: UInt32[Array, "height words"]) -> UInt32[Array, "height words"]:
        return evaluate_hard(stacks, kind, _neighbours(board, shift))[0].reshape(board.shape)

    return jax.jit(lambda board, generations: jax.lax.fori_loop(0, generations, generation, board))


def _neighbours(board: Array, shift: Callable[[Array, int], Array]) -> Array:
    """Returns the nine planes NW N NE W C E SW S SE, flattened; `shift` moves cells east by dx."""
    rows = (jnp.roll(board, 1, axis=0), board, jnp.roll(board, -1, axis=0))
    planes = [plane for row in rows for plane in (shift(row, 1), row, shift(row, -1))]
    return jnp.stack([plane.ravel() for plane in planes])
