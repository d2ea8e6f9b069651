"""Joins what was learned in three parts into the network of a rule with more than two states.

Such a rule is a function of the bits of nine cells, up to 27. But a cell sees of a neighbour only whether it is
live, and of the ring of its neighbours only which of few classes it is in. So one network learns from the bits
of a single cell whether it is live, one from the eight lives the code of the ring, and one from the code and
the bits of the centre the next state. Here they become one network that reads all the bits: eight copies of
the first, below the second, below the third, beside gates that pass the centre on.
"""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from flax import nnx

from ca_logic.gates import Gate
from ca_logic.learning.network import LogicLayer, LogicNetwork
from ca_logic.tasks.neighbourhood import CELLS, CENTRE


def join_networks(live: LogicNetwork, ring: LogicNetwork, centre: LogicNetwork, *, bits_per_cell: int) -> LogicNetwork:
    """Returns the network that reads bit 0 of all nine cells, then bit 1, and so on, and computes what `centre` does.

    Args:
        live: from the bits of one cell to whether it is live.
        ring: from the lives of the eight neighbours to the bits of a code.
        centre: from the code and the bits of the centre to the bits of the next state.
        bits_per_cell: how many bits a cell has, at least 2.
    """
    bits = np.arange(bits_per_cell)
    neighbours = [cell for cell in range(len(CELLS)) if cell != CENTRE]
    num_lives, num_codes = len(neighbours), ring.layers[-1].out_features
    joined = [
        *_beside(live.layers, [bits * len(CELLS) + cell for cell in neighbours], bits * len(CELLS) + CENTRE),
        *_beside(ring.layers, [np.arange(num_lives)], num_lives + bits),
        *_beside(centre.layers, [np.arange(num_codes + bits_per_cell)], np.array([], dtype=np.int64)),
    ]
    network = LogicNetwork(
        (len(CELLS) * bits_per_cell, *(len(gates) for _, gates in joined)),
        wiring="random",
        parametrization=live.layers[0].parametrization.name,
        rngs=nnx.Rngs(0),
    )
    for layer, (pairs, gates) in zip(network.layers, joined, strict=True):
        layer.wiring[...] = jnp.asarray(pairs, dtype=jnp.int32)
        layer.gates[...] = jnp.asarray(gates)
    return network


def _beside(
    layers: Sequence[LogicLayer], sources: list[np.ndarray], passing: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns wiring and gates of copies of some layers side by side, and of gates that pass signals on.

    Args:
        layers: what to copy.
        sources: for each copy the signals that it reads.
        passing: the signals to be passed on; behind the outputs of the copies, they come last.
    """
    joined = []
    for layer in layers:
        pairs, gates = np.asarray(layer.wiring[...]), np.asarray(layer.gates[...])
        # The second fan-in of a gate that passes the first one on is of no importance, but a different one.
        through = np.stack([passing, np.where(passing == 0, 1, 0)], axis=1)
        passing_gates = layer.parametrization.certain(np.full(len(passing), Gate.A, dtype=np.uint8))
        wiring = np.concatenate([*(signals[pairs] for signals in sources), through])
        joined.append((wiring, np.concatenate([*[gates] * len(sources), passing_gates])))
        num_outputs = layer.out_features
        sources = [np.arange(num_outputs) + copy * num_outputs for copy in range(len(sources))]
        passing = len(sources) * num_outputs + np.arange(len(passing))
    return joined
