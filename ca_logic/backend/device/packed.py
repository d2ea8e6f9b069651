"""What classifies samples within JAX: features to words, words to digits by a schedule, digits to scores.

Sample s is bit s % 32 of word s // 32. All that depends on the circuit or the encoder is data, not code, but for
the number of rows; so what is compiled is small, and soon.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int32, Integer, UInt8, UInt32

from ca_logic.backend.classifier.inputs import InputPlan
from ca_logic.backend.device.schedule import Schedule
from ca_logic.tasks.encoding import Encoder

WORD_BITS = 32

_LANES = np.arange(WORD_BITS, dtype=np.uint32)

_BLOCK_SAMPLES = 512
"""So many are packed at a time on a CPU, so that what is transposed stays in its cache."""

Comparable = UInt8[Array, "samples features"] | Int32[Array, "samples features"]
"""Features as integers: bytes, or the bits of float32."""


class Steps(NamedTuple):
    """The arrays of a `Schedule`."""

    fanins: Int32[Array, "steps width 3"]
    masks: UInt32[Array, "steps width 8"]
    blocks: Int32[Array, " steps"]
    outputs: Int32[Array, " outputs"]


class Bounds(NamedTuple):
    """For each input of a circuit the feature that it looks at, and from which integer to which it is 1."""

    features: Int32[Array, " inputs"]
    lows: Integer[Array, " inputs"]
    highs: Integer[Array, " inputs"]


def steps_of(schedule: Schedule) -> Steps:
    """Returns the arrays of a schedule for JAX."""
    return Steps(*map(jnp.asarray, (schedule.fanins, schedule.masks, schedule.blocks, schedule.outputs)))


def bounds_of(plan: InputPlan, encoder: Encoder) -> dict[str, Bounds]:
    """Returns what `pack_features` compares with, by the name of the type of features."""
    features = jnp.asarray(np.where(plan.bits < 0, 0, encoder.features[plan.bits]), jnp.int32)
    lows, highs = plan.limits(np.dtype(np.float32))
    # Both zeros are the same number, and one is before the other.
    lows, highs = np.where(lows == 0, np.float32(-0.0), lows), np.where(highs == 0, np.float32(0), highs)
    least, most = map(jnp.asarray, plan.limits(np.dtype(np.uint8)))
    return {
        "uint8": Bounds(features, least, most),
        "int32": Bounds(features, *(_ordered(jnp.asarray(limits.view(np.int32))) for limits in (lows, highs))),
    }


def pack_features(features: Comparable, bounds: Bounds) -> UInt32[Array, "inputs words"]:
    """Returns the inputs of a circuit for samples, a multiple of 32; the bounds must be of the same type.

    Floats are compared as integers, since devices may take the smallest ones for 0.
    """
    if len(features) % _BLOCK_SAMPLES:
        return _pack_block(features, bounds)

    def pack_blocks(features: Comparable, bounds: Bounds) -> UInt32[Array, "inputs words"]:
        blocks = features.reshape(-1, _BLOCK_SAMPLES, features.shape[1])
        words = jax.lax.map(lambda block: _pack_block(block, bounds), blocks)
        return jnp.swapaxes(words, 0, 1).reshape(len(bounds.features), len(features) // WORD_BITS)

    packed: Array = jax.lax.platform_dependent(features, bounds, cpu=pack_blocks, default=_pack_block)
    return packed


def compute(words: UInt32[Array, "inputs words"], steps: Steps, num_rows: int) -> UInt32[Array, "outputs words"]:
    """Returns the outputs of a circuit."""
    rows = jnp.pad(words, ((1, num_rows - 1 - len(words)), (0, 0)))

    def take(rows: UInt32[Array, "rows words"], places: Int32[Array, " places"]) -> UInt32[Array, "places words"]:
        return rows.at[places].get(mode="promise_in_bounds")

    def step(
        rows: UInt32[Array, "rows words"], own: tuple[Array, Array, Array]
    ) -> tuple[UInt32[Array, "rows words"], None]:
        fanins, masks, start = own
        s, a, b = (take(rows, fanins[:, position]) for position in range(3))
        one, of_a, of_b, of_ab = (masks[:, term, None] ^ masks[:, 4 + term, None] & s for term in range(4))
        block = one ^ of_a & a ^ of_b & b ^ of_ab & a & b
        return jax.lax.dynamic_update_slice_in_dim(rows, block, start, axis=0), None

    rows, _ = jax.lax.scan(step, rows, (steps.fanins, steps.masks, steps.blocks))
    return take(rows, steps.outputs)


def scores_of_digits(
    digits: UInt32[Array, "digits words"], num_classes: int, *, is_signed: bool
) -> Int32[Array, "samples classes"]:
    """Returns scores whose digits these are, class after class, least significant first.

    Args:
        digits: as many for each class.
        num_classes: the number of classes.
        is_signed: whether scores are in two's complement.
    """
    of_classes = digits.reshape(num_classes, -1, digits.shape[1], 1)
    num_digits = of_classes.shape[1]
    scores = jnp.uint32(0)
    for position in range(num_digits):
        values = (of_classes[:, position] >> _LANES & 1) << position
        scores = scores - values if is_signed and position == num_digits - 1 else scores + values
    return jax.lax.bitcast_convert_type(scores, jnp.int32).reshape(num_classes, -1).T


def _pack_block(features: Comparable, bounds: Bounds) -> UInt32[Array, "inputs words"]:
    values = features if features.dtype == jnp.uint8 else _ordered(features)
    columns = values.T.at[bounds.features].get(mode="promise_in_bounds")
    bits = (columns >= bounds.lows[:, None]) & (columns <= bounds.highs[:, None])
    lanes = bits.reshape(len(bits), len(features) // WORD_BITS, WORD_BITS).astype(jnp.uint32) << _LANES
    return jnp.sum(lanes, axis=2, dtype=jnp.uint32)


def _ordered(bits: Integer[Array, "*shape"]) -> Integer[Array, "*shape"]:
    """Returns for the bits of float32 integers in the order of the numbers, -0 before 0.

    What is no number is below minus infinity or above infinity.
    """
    return bits ^ bits >> 31 & 0x7FFF_FFFF
