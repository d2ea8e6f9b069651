"""Stages of a soft network: what layers of every kind are made of, and computing them one after the other.

The one idea: a layer is one or more stages, each of which reads nothing but the outputs of the one before. A stage has
gates, or *selections*, which are the wires that are learned: weighted means of a few candidates. So one function
computes dense layers, learned wiring and convolutions alike, soft or hard, and one function extracts them.

Data lie as [signals, batch], so that reading a fan-in moves whole contiguous rows. On a CPU with a C compiler all
stages are one call of `native/soft_network.c`; elsewhere each is a few operations of XLA.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ca_logic.learning import native_network
from ca_logic.learning.device import default_device


class Gates(NamedTuple):
    """Relaxed gates: c0 + c1·a + c2·b + c3·ab.

    Attributes:
        coefficients: c0 to c3; those of hard gates are whole numbers.
        wiring: a and b.
        readers: who reads each signal, see `readers_of`.
    """

    coefficients: Float[Array, "gates 4"]
    wiring: Int[Array, "gates 2"]
    readers: Int[Array, "signals fanout"]


class Selections(NamedTuple):
    """Wires that are learned.

    Attributes:
        weights: of the candidates, in each row 1 in all; hard ones are 1 for one of them.
        candidates: the signals that a wire may come from.
    """

    weights: Float[Array, "wires candidates"]
    candidates: Int[Array, "wires candidates"]


Stage = Gates | Selections


def evaluate(
    stages: Sequence[Stage], x: Float[Array, "inputs batch"], *, has_input_gradient: bool = True
) -> Float[Array, "outputs batch"]:
    """Returns the outputs of the last stage.

    Args:
        stages: at least one.
        x: the inputs, between 0 and 1.
        has_input_gradient: whether the gradient of `x` is wanted; that of data is not, and takes time.
    """
    if not has_input_gradient:
        x = jax.lax.stop_gradient(x)
    if default_device().platform == "cpu" and native_network.is_available():
        return _evaluate_natively(stages, x, has_input_gradient=has_input_gradient)
    return evaluate_with_xla(stages, x)


def evaluate_with_xla(stages: Sequence[Stage], x: Float[Array, "inputs batch"]) -> Float[Array, "outputs batch"]:
    """Does what `evaluate` does with operations of XLA only."""
    for stage in stages:
        x = mix(*stage, x) if isinstance(stage, Gates) else _select(stage, x)
    return x


def readers_of(
    wiring: Int[np.ndarray, "gates 2"], num_signals: int, *, num_gates: int | None = None
) -> Int[np.ndarray, "signals fanout"]:
    """Returns who reads each signal: 2 g + p is fan-in p of gate g.

    As wide as the largest fan-out is, which balanced wiring keeps small; the places behind the readers of a signal are
    2 `num_gates`, nobody, the number of gates with padding ones if there are any.
    """
    read = wiring.ravel()
    order = np.argsort(read, kind="stable")
    fanouts = np.bincount(read, minlength=num_signals)
    nobody = 2 * (len(wiring) if num_gates is None else num_gates)
    readers = np.full((num_signals, fanouts.max(initial=0)), nobody, dtype=np.int32)
    within = np.arange(len(read)) - np.repeat(np.cumsum(fanouts) - fanouts, fanouts)
    readers[read[order], within] = order
    return readers


def _evaluate_natively(stages: Sequence[Stage], x: Array, *, has_input_gradient: bool) -> Array:
    """Numbers the signals of all stages in one row: first the inputs, then stage after stage."""
    shape: list[tuple[int, int, bool]] = []
    values: dict[type, list[Array]] = {Gates: [], Selections: []}
    fanins: dict[type, list[Array]] = {Gates: [], Selections: []}
    first, num_signals = 0, x.shape[0]
    for stage in stages:
        kind = native_network.GATES if isinstance(stage, Gates) else native_network.SELECTIONS
        shape.append((kind, len(stage[0]), bool(shape) or has_input_gradient))
        values[type(stage)].append(stage[0])
        fanins[type(stage)].append(stage[1] + first)
        first, num_signals = num_signals, num_signals + len(stage[0])
    multiple = native_network.CANDIDATES_MULTIPLE
    num_candidates = max((array.shape[1] for array in values[Selections]), default=multiple)
    num_candidates += -num_candidates % multiple
    return native_network.evaluate(
        native_network.Shape(tuple(shape), len(stages[-1][0])),
        x.astype(jnp.float32),
        _joined(values[Gates], 4, jnp.float32),
        _joined(fanins[Gates], 2, jnp.int32),
        _joined(values[Selections], num_candidates, jnp.float32),
        _joined(fanins[Selections], num_candidates, jnp.int32),
    )


def _joined(arrays: Sequence[Array], width: int, dtype: jnp.dtype) -> Array:
    """Returns the rows of all arrays, filled up with 0 to one width."""
    padded = [jnp.pad(array.astype(dtype), ((0, 0), (0, width - array.shape[1]))) for array in arrays]
    return jnp.concatenate(padded) if padded else jnp.zeros((0, width), dtype)


def _select(stage: Selections, x: Array) -> Array:
    # One candidate after the other: all at once would be an array as many times as large.
    terms = (stage.weights[:, k, None] * x[stage.candidates[:, k]] for k in range(stage.weights.shape[1]))
    return sum(terms, start=jnp.zeros((), x.dtype))


def mix_softly(
    coefficients: Float[Array, "gates 4"], wiring: Int[Array, "gates 2"], x: Float[Array, "signals batch"]
) -> Float[Array, "gates batch"]:
    """Returns c0 + c1·a + c2·b + c3·ab for each gate, a and b being the signals that it reads."""
    a, b = x[wiring[:, 0]], x[wiring[:, 1]]
    c0, c1, c2, c3 = (coefficients[:, term, None] for term in range(4))
    return c0 + c1 * a + c2 * b + c3 * (a * b)


@jax.custom_vjp
def mix(coefficients: Array, wiring: Array, readers: Array, x: Array) -> Array:
    """Does what `mix_softly` does; its gradient gathers.

    The gradient of a gather is a scatter, which is slow. But who reads a signal is known beforehand, so the gradient of
    a signal is gathered from its readers.
    """
    del readers
    return mix_softly(coefficients, wiring, x)


def _mix_forward(coefficients: Array, wiring: Array, readers: Array, x: Array) -> tuple[Array, tuple[Array, ...]]:
    return mix_softly(coefficients, wiring, x), (coefficients, wiring, readers, x)


def _mix_backward(saved: tuple[Array, ...], gradient: Array) -> tuple[Array, None, None, Array]:
    coefficients, wiring, readers, x = saved
    a, b = x[wiring[:, 0]], x[wiring[:, 1]]
    _, c1, c2, c3 = (coefficients[:, term, None] for term in range(4))
    of_fanins = jnp.stack([gradient * (c1 + c3 * b), gradient * (c2 + c3 * a)], axis=1).reshape(wiring.size, x.shape[1])
    of_x = sum(
        of_fanins.at[readers[:, k]].get(mode="fill", fill_value=0) for k in range(readers.shape[1])
    ) + jnp.zeros_like(x)
    terms = (gradient, gradient * a, gradient * b, gradient * a * b)
    return jnp.stack([jnp.sum(term, axis=1) for term in terms], axis=1), None, None, of_x


mix.defvjp(_mix_forward, _mix_backward)
