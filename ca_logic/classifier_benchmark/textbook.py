"""The textbook's way to compute a network of logic: the baseline of all ratios.

As difflogic's code in plain PyTorch does it (F. Petersen, `bin_op_s` in `functional.py`), and ports of it to JAX: data
lie as [batch, features], each gate is all sixteen gates, evaluated and mixed, and gradients are found automatically, by
scattering what was gathered.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int


def relaxed_gates(library: Any, a: Any, b: Any) -> Iterator[Any]:
    """Yields the sixteen gates of signals between 0 and 1, in order of their numbers.

    Args:
        library: `jax.numpy` or `torch`.
        a: the first fan-ins, an array of that library.
        b: the second ones.
    """
    yield library.zeros_like(a)
    yield a * b
    yield a - a * b
    yield a
    yield b - a * b
    yield b
    yield a + b - 2 * a * b
    yield a + b - a * b
    yield 1 - (a + b - a * b)
    yield 1 - (a + b - 2 * a * b)
    yield 1 - b
    yield 1 - b + a * b
    yield 1 - a
    yield 1 - a + a * b
    yield 1 - a * b
    yield library.ones_like(a)


def mix_all_gates(library: Any, shares: Any, wiring: Any, x: Any) -> Any:
    """Returns the outputs of a layer, [batch, gates].

    Args:
        library: `jax.numpy` or `torch`, of which the arrays are.
        shares: of the sixteen gates in each gate, [gates, 16], 1 in all.
        wiring: the two signals that each gate reads, [gates, 2].
        x: the signals, [batch, signals].
    """
    a, b = x[..., wiring[:, 0]], x[..., wiring[:, 1]]
    mixed = library.zeros_like(a)
    for number, gate in enumerate(relaxed_gates(library, a, b)):
        mixed = mixed + shares[..., number] * gate
    return mixed


def textbook_loss(
    logits: Sequence[Float[Array, "gates 16"]],
    wiring: Sequence[Int[Array, "gates 2"]],
    x: Float[Array, "batch inputs"],
    labels: Int[Array, " batch"],
    *,
    num_classes: int,
    tau: float,
) -> Float[Array, ""]:
    """Returns the mean cross-entropy of a batch; a class has the sum of its share of the last layer, divided by tau."""
    for layer, pairs in zip(logits, wiring, strict=True):
        x = mix_all_gates(jnp, jax.nn.softmax(layer), pairs, x)
    scores = x.reshape(len(x), num_classes, -1).sum(axis=-1) / tau
    loss: Array = optax.softmax_cross_entropy_with_integer_labels(scores, labels).mean()
    return loss
