"""Batches: every sample once an epoch, whatever is asked for first; images moved without anything else happening."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.learning.classification.batches import BatchOrder, shift_images

ORDERS = st.builds(BatchOrder, st.integers(1, 40), st.integers(1, 90), st.integers(0, 2**32 - 1))


@settings(deadline=None)
@given(ORDERS, st.integers(1, 30))
def test_every_epoch_has_every_sample_once(order: BatchOrder, num_steps: int) -> None:
    rows = order.rows(0, num_steps)
    assert rows.shape == (num_steps, order.batch_size)
    assert rows.dtype == np.int32
    seen = rows.ravel()
    for start in range(0, len(seen) - order.num_samples + 1, order.num_samples):
        assert sorted(seen[start : start + order.num_samples]) == list(range(order.num_samples))
    last = seen[len(seen) // order.num_samples * order.num_samples :]
    assert len(set(last.tolist())) == len(last)


@settings(deadline=None)
@given(ORDERS, st.integers(0, 30), st.integers(1, 10))
def test_steps_are_the_same_whenever_they_are_asked_for(order: BatchOrder, first_step: int, num_steps: int) -> None:
    asked = order.rows(first_step, num_steps)
    assert np.array_equal(asked, order.rows(0, first_step + num_steps)[first_step:])
    one_by_one = [order.rows(first_step + step, 1)[0] for step in range(num_steps)]
    assert np.array_equal(asked, one_by_one)


def test_epochs_differ_and_so_do_seeds() -> None:
    first, second = BatchOrder(50, 50, seed=0).rows(0, 2)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, BatchOrder(50, 50, seed=1).rows(0, 1)[0])
    assert np.array_equal(first, BatchOrder(50, 50, seed=0).rows(0, 1)[0])


def shifted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """Returns an image [channels, height, width] moved by up to 3 pixels; what comes into view is 0."""
    framed = np.pad(image, ((0, 0), (3, 3), (3, 3)))
    return np.roll(framed, (down, right), axis=(1, 2))[:, 3:-3, 3:-3]


@pytest.mark.parametrize(
    ("shape", "max_shift", "dtype"), [((1, 6, 5), 1, np.uint8), ((3, 4, 7), 2, np.float32), ((2, 2, 2), 3, np.uint8)]
)
def test_images_are_moved_as_a_whole_by_no_more_than_allowed(
    shape: tuple[int, int, int], max_shift: int, dtype: type
) -> None:
    # No pixel is 0, so that what comes into view is told from what was there.
    images: np.ndarray = np.random.default_rng(0).integers(1, 255, (17, *shape)).astype(dtype)
    move = jax.jit(lambda key: shift_images(jnp.asarray(images.reshape(17, -1)), shape, max_shift, key))
    offsets = range(-max_shift, max_shift + 1)
    seen = set()
    for seed in range(25):
        moved = np.asarray(move(jax.random.key(seed)))
        assert moved.dtype == dtype
        for image, result in zip(images, moved.reshape(images.shape), strict=True):
            ways = [(y, x) for y in offsets for x in offsets if np.array_equal(shifted(image, y, x), result)]
            assert ways
            seen.update(ways)
    assert len(seen) == len(offsets) ** 2


def test_images_stay_where_nothing_is_to_move_them_and_move_by_the_key() -> None:
    images = jnp.asarray(np.random.default_rng(0).random((9, 2 * 5 * 4)), jnp.float32)
    assert shift_images(images, (2, 5, 4), 0, jax.random.key(0)) is images
    move = jax.jit(lambda key: shift_images(images, (2, 5, 4), 2, key))
    first, again, other = (move(jax.random.key(seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
