"""Rewiring: candidates of learnable wires that are no use make room for signals that would be.

The one idea: the gradient of a wire tells what any signal would be worth as its source, candidate or not. By how much
the loss falls if the wire leans towards a signal is minus the product of the two, summed over samples. So a wire needs
few candidates at a time and still searches among all signals. Sparse training of ordinary networks drops and grows
weights like that (Evci et al., "Rigging the Lottery", ICML 2020).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ca_logic.learning.stages import Selections, Stage, evaluate

_MAX_CONSIDERED = 4096
"""So many signals are weighed for each wire at a time, drawn anew each time."""

_WIRES_AT_ONCE = 1024


class WireGradients(NamedTuple):
    """What the worth of signals to wires is computed of: minus the product of the two, summed over samples.

    Attributes:
        gradients: of the loss by the values of wires.
        considered: the signals that are weighed.
        signals: their values.
    """

    gradients: Float[Array, "wires batch"]
    considered: Int[Array, " considered"]
    signals: Float[Array, "considered batch"]


def gradients_of_wires(
    stages: Sequence[Stage],
    inputs: Float[Array, "inputs batch"],
    loss: Callable[[Float[Array, "outputs batch"]], Float[Array, ""]],
    key: Array,
) -> list[WireGradients]:
    """Returns for each stage of wires what tells which signals they should come from.

    Args:
        stages: all of a network.
        inputs: what the first stage reads, of some samples.
        loss: of the outputs of the last stage.
        key: draws the signals, where there are too many to consider all.
    """
    found = []
    for place, stage in enumerate(stages):
        if not isinstance(stage, Selections):
            continue
        read = evaluate(stages[:place], inputs, has_input_gradient=False) if place else inputs
        selected = evaluate([stage], read, has_input_gradient=False)
        gradients = jax.grad(lambda x, rest=stages[place + 1 :]: loss(evaluate(rest, x)))(selected)
        considered = jax.random.permutation(jax.random.fold_in(key, place), len(read))[:_MAX_CONSIDERED]
        found.append(WireGradients(gradients, considered, read[considered]))
    return found


def replace_candidates(
    logits: Float[Array, "wires candidates"],
    candidates: Int[Array, "wires candidates"],
    found: WireGradients,
    num_replaced: int,
    *,
    mean: Callable[[Array], Array] = lambda gains: gains,
) -> tuple[Float[Array, "wires candidates"], Int[Array, "wires candidates"]]:
    """Returns logits and candidates of which the least likely are replaced by the signals that gain most.

    A new candidate begins between the two most likely ones, so that it has a chance, and the choice is still open.

    Args:
        logits: of the candidates.
        candidates: those now.
        found: see `gradients_of_wires`.
        num_replaced: at most so many of each wire.
        mean: over devices, where each has samples of its own.
    """
    considered = found.considered
    num_replaced = min(num_replaced, candidates.shape[1] - 1, len(considered) - candidates.shape[1])
    if num_replaced < 1:
        return logits, candidates

    def replace(wire: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        logits, candidates, gradient = wire
        gains = mean(-(found.signals @ gradient))
        # In one comparison for all signals: whether each is a candidate already.
        is_candidate = (considered[:, None] == candidates[None, :]).any(axis=1)
        best = jax.lax.top_k(jnp.where(is_candidate, -jnp.inf, gains), num_replaced)[1]
        order = jnp.argsort(logits)
        worst = order[:num_replaced]
        start = jnp.mean(logits[order[-2:]])
        return logits.at[worst].set(start), candidates.at[worst].set(considered[best].astype(candidates.dtype))

    wires = (logits, candidates, found.gradients)
    new_logits, new_candidates = jax.lax.map(replace, wires, batch_size=_WIRES_AT_ONCE)
    return new_logits, new_candidates
