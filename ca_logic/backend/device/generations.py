"""Runs the circuit on all words of some rows at once, several generations from one buffer to another and back.

The one idea: rows lie one behind the other without a gap, so that the neighbours of every word are at fixed distances
and a generation is one loop over a plane, whatever the width. At the ends of a row, too: what comes from the row
before is wrong, but it lands in the margins, and reaches one cell further with each generation.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int32, UInt32

from ca_logic.backend.device.partition import WORD_BITS
from ca_logic.circuit import Netlist
from ca_logic.gates import evaluate_table

Plane = UInt32[Array, " words"]

_ONES = np.uint32(0xFFFF_FFFF)


def advance_rows(
    words: UInt32[Array, "planes rows words"],
    circuit: Netlist,
    generations: int | Int32[Array, ""],
    alive: UInt32[Array, "rows words"] | None,
) -> UInt32[Array, "planes rows words"]:
    """Returns the rows so many generations later; of the outermost cells and rows as many are wrong.

    Args:
        words: the rows, all joined to their margins.
        circuit: its inputs are for each plane the nine cells NW N NE W C E SW S SE, its outputs the planes.
        generations: how many, at most 32 or what the margins allow.
        alive: the bits that are cells of the board; others stay in state 0. If left out, all are.
    """
    pitch = words.shape[2]
    begin = pitch + 1
    masks = None if alive is None else alive.ravel()[begin:-begin]

    def advanced(planes: tuple[Plane, ...], spare: tuple[Plane, ...]) -> tuple[Plane, ...]:
        following = _next_words(planes, circuit, pitch)
        if masks is not None:
            following = [plane & masks for plane in following]
        return tuple(
            jax.lax.dynamic_update_slice_in_dim(old, new, begin, axis=0)
            for old, new in zip(spare, following, strict=True)
        )

    def two(_: int, planes_and_spare: tuple[tuple[Plane, ...], ...]) -> tuple[tuple[Plane, ...], ...]:
        planes, spare = planes_and_spare
        spare = advanced(planes, spare)
        return advanced(spare, planes), spare

    planes = tuple(plane.ravel() for plane in words)
    # By twos, since to swap the buffers within a loop would be to copy them.
    planes, spare = jax.lax.fori_loop(0, generations // 2, two, (planes, planes))
    planes = jax.lax.cond(generations % 2 == 1, advanced, lambda planes, _: planes, planes, spare)
    return jnp.stack(planes).reshape(words.shape)


def _next_words(planes: tuple[Plane, ...], circuit: Netlist, pitch: int) -> list[Plane]:
    """Returns the next generation of all words but the first `pitch + 1` and as many last ones."""
    num_words = planes[0].size - 2 * (pitch + 1)
    # JAX's arrays do what words have to do, but are no subtype of what `evaluate_table` names.
    signals: list[Any] = [np.uint32(0)]
    for plane in planes:
        for begin in (1, 1 + pitch, 1 + 2 * pitch):
            west, own, east = (plane[begin + dx : begin + dx + num_words] for dx in (-1, 0, 1))
            signals += [own << 1 | west >> (WORD_BITS - 1), own, own >> 1 | east << (WORD_BITS - 1)]
    for _, gate, fanins in circuit.nodes():
        signals.append(evaluate_table(gate, [signals[fanin] for fanin in fanins], _ONES))
    return [jnp.broadcast_to(signals[driver], num_words) for driver in circuit.drivers.tolist()]
