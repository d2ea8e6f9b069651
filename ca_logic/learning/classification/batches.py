"""Batches: which samples a step sees, and images moved at random."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int32, Num

_GROUPS = 8


@dataclass(frozen=True)
class BatchOrder:
    """Every sample once an epoch, each epoch in an order of its own; any step can be asked for, as after a restart.

    Attributes:
        num_samples: samples are numbered from 0.
        batch_size: samples of a step; more than there are come from the next epoch.
        seed: decides the orders.
    """

    num_samples: int
    batch_size: int
    seed: int

    def rows(self, first_step: int, num_steps: int) -> Int32[np.ndarray, "steps batch"]:
        """Returns the samples of consecutive steps."""
        start, count = first_step * self.batch_size, num_steps * self.batch_size
        epochs = range(start // self.num_samples, (start + count - 1) // self.num_samples + 1)
        order = np.concatenate([self._epoch(epoch) for epoch in epochs])
        offset = start - epochs[0] * self.num_samples
        return order[offset : offset + count].reshape(num_steps, self.batch_size).astype(np.int32)

    def _epoch(self, epoch: int) -> np.ndarray:
        return np.random.default_rng([self.seed, epoch]).permutation(self.num_samples)


def shift_images(
    features: Num[Array, "batch features"], image_shape: tuple[int, int, int], max_shift: int, key: Array
) -> Num[Array, "batch features"]:
    """Returns images moved by up to `max_shift` pixels in both directions; what comes into view is 0.

    A few groups of the batch are moved alike: a group is one copy, where each image by itself is many.

    Args:
        features: the images, channel by channel, row by row.
        image_shape: channels, height and width.
        max_shift: 0 leaves them as they are.
        key: decides how far each group is moved.
    """
    if max_shift == 0:
        return features
    channels, height, width = image_shape
    border = (max_shift, max_shift)
    images = jnp.pad(features.reshape(-1, channels, height, width), ((0, 0), (0, 0), border, border))
    groups = jnp.array_split(images, _GROUPS)
    offsets = jax.random.randint(key, (len(groups), 2), 0, 2 * max_shift + 1)
    moved = [
        jax.lax.dynamic_slice(group, (0, 0, *offset), (len(group), *image_shape))
        for group, offset in zip(groups, offsets, strict=True)
    ]
    return jnp.concatenate(moved).reshape(features.shape)
