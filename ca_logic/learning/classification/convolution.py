"""`LogicTreeConvolution`: small trees of gates that look at every patch of an image, and or-pooling.

The one idea: a convolution is nothing but gates that share parameters. Each level of the trees is a stage in which a
gate stands at all positions with the same coefficients, and pooling is stages of gates that are OR and stay so. So
what computes, rounds and extracts layers of other kinds does the same with these.

Source: Petersen et al., "Convolutional Differentiable Logic Gate Networks" (NeurIPS 2024). Two things differ: a relaxed
OR is a + b - ab here, as of any other gate, and not the maximum; and an image is padded with copies of its edge.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int

from ca_logic import gates
from ca_logic.errors import UsageError
from ca_logic.learning.network import Forward, Readers, Wiring, gate_coefficients, scale_gradient
from ca_logic.learning.parametrization import ParametrizationName, make_parametrization
from ca_logic.learning.stages import Gates, Stage, evaluate, readers_of
from ca_logic.learning.wiring import Pairs, deal_candidates

ImageShape = tuple[int, int, int]
"""Channels, height and width; signals lie channel by channel, row by row."""


@dataclass(frozen=True)
class TreeKernels:
    """Kernels that are complete binary trees, and how they go over an image.

    Attributes:
        num_kernels: trees at each position, which are the channels of the result.
        depth: levels of gates; a tree has 2 ** depth leaves.
        receptive_field: the side of the patches that leaves read.
        channels_of_kernel: all leaves of a kernel read so many channels, or fewer where there are fewer.
        stride: from one patch to the next.
        padding: by so many pixels the image is extended on all sides; each is a copy of the nearest pixel.
        pool: the side of the windows, side by side, of which or-pooling makes one signal each; 1 is no pooling.

    Raises:
        UsageError: if one of them cannot be, whatever the image.
    """

    num_kernels: int
    depth: int = 3
    receptive_field: int = 3
    channels_of_kernel: int = 2
    stride: int = 1
    padding: int = 0
    pool: int = 2

    def __post_init__(self) -> None:
        """Checks what no image can mend."""
        for field in fields(self):
            number, least = getattr(self, field.name), int(field.name != "padding")
            if number < least:
                raise UsageError(f"{field.name} of {number} cannot be; choose {least} or more.")
        if self.padding >= self.receptive_field:
            raise UsageError(
                f"padding of {self.padding} would make patches of {self.receptive_field}x{self.receptive_field} that "
                "see nothing of the image; choose less."
            )

    @property
    def num_gates(self) -> int:
        """The gates of all trees, each counted once."""
        return self.num_kernels * ((1 << self.depth) - 1)

    def out_shape(self, in_shape: ImageShape) -> ImageShape:
        """Returns kernels, height and width after pooling; positions that fill no window are left out.

        Raises:
            UsageError: if nothing remains.
        """
        _, height, width = in_shape
        rows, columns = (
            max(0, side + 2 * self.padding - self.receptive_field + self.stride) // self.stride // self.pool
            for side in (height, width)
        )
        if not rows * columns:
            raise UsageError(
                f"patches of {self.receptive_field}x{self.receptive_field}, pooled {self.pool}x{self.pool}, leave "
                f"nothing of an image of {height}x{width}; make them smaller, or the padding larger."
            )
        return self.num_kernels, rows, columns


class LogicTreeConvolution(nnx.Module):
    """Trees of relaxed gates applied to all patches of an image, and or-pooled.

    A leaf reads one pixel of the patch in one channel, by chance, no two leaves of a kernel the same; all channels are
    read by equally many kernels.

    Attributes:
        gates: the parameters, [gates of all trees, size of the parametrization]: level by level from the leaves to the
            roots, in each kernel by kernel.
        wiring: for each stage the two signals that its gates read.
        wires: None, and so are `candidates`: what leaves read is not learned.
        in_shape: of the image that it reads.
        out_shape: of the image that it returns.
        grad_factor: what the gradient of the inputs is multiplied by.
    """

    wires = candidates = None

    def __init__(
        self,
        in_shape: ImageShape,
        kernels: TreeKernels,
        *,
        parametrization: ParametrizationName = "truth-table",
        is_residual: bool = True,
        grad_factor: float = 1.0,
        rngs: nnx.Rngs,
    ) -> None:
        """Chooses what leaves read; a gate starts as a pass-through of its first fan-in, or, not residual, as any.

        Raises:
            UsageError: if the parametrization is unknown, or the kernels do not fit the image.
        """
        self.in_shape, self.out_shape = in_shape, kernels.out_shape(in_shape)
        self.kernels = kernels
        self.grad_factor = grad_factor
        self.parametrization = make_parametrization(parametrization, is_residual=is_residual)
        rng = np.random.default_rng(np.asarray(jax.random.key_data(rngs.params())))
        leaves = _patches(in_shape, kernels, _deal_leaves(in_shape[0], kernels, rng))
        wiring = [*_tree_wiring(leaves), *_pooling_wiring(self.out_shape, kernels.pool)]
        num_read = [self.in_features, *map(len, wiring[:-1])]
        readers = [readers_of(pairs, count) for pairs, count in zip(wiring, num_read, strict=True)]
        self.wiring = nnx.List(Wiring(jnp.asarray(pairs)) for pairs in wiring)
        self.readers = nnx.List(Readers(jnp.asarray(table)) for table in readers)
        self.start(rng)

    def start(self, rng: np.random.Generator) -> None:
        """Draws gates anew; what leaves read stays."""
        self.gates = nnx.Param(jnp.asarray(self.parametrization.initial(self.kernels.num_gates, rng)))

    def __call__(
        self, x: Float[Array, "in_features batch"], *, forward: Forward = "soft", key: Array | None = None
    ) -> Float[Array, "out_features batch"]:
        """Returns the outputs for inputs between 0 and 1; see `stages`."""
        return evaluate(self.stages(forward, key=key), scale_gradient(x, self.grad_factor))

    def stages(self, forward: Forward = "soft", *, key: Array | None = None) -> list[Stage]:
        """Returns the levels of the trees, then those of pooling.

        Args:
            forward: how it computes.
            key: for Gumbel noise, where `forward` has some; a gate has the same at all positions.
        """
        depth, pool = self.kernels.depth, self.kernels.pool
        shared = gate_coefficients(self.parametrization, self.gates[...], forward, key=key)
        ends = np.cumsum([self.kernels.num_kernels << level for level in reversed(range(1, depth))])
        num_positions = self.out_features // self.kernels.num_kernels * pool**2
        coefficients = [jnp.repeat(level, num_positions, axis=0) for level in jnp.split(shared, ends)]
        for size in _window_sizes(pool):
            fixed = gates.COEFFICIENTS[[gates.Gate.OR] * (size // 2) + [gates.Gate.A] * (size % 2)]
            coefficients.append(jnp.tile(jnp.asarray(fixed, dtype=shared.dtype), (self.out_features, 1)))
        return [
            Gates(values, pairs[...], readers[...])
            for values, pairs, readers in zip(coefficients, self.wiring, self.readers, strict=True)
        ]

    @property
    def in_features(self) -> int:
        """The number of signals that it reads."""
        return math.prod(self.in_shape)

    @property
    def out_features(self) -> int:
        """The number of signals that it returns."""
        return math.prod(self.out_shape)

    @property
    def num_gates(self) -> int:
        """How many gates the extracted circuit has: those of trees at all positions, and those of pooling."""
        return sum(len(pairs[...]) for pairs in self.wiring)


def _deal_leaves(
    num_channels: int, kernels: TreeKernels, rng: np.random.Generator
) -> tuple[Int[np.ndarray, "kernels leaves"], ...]:
    """Returns the channel, the row and the column in the patch that each leaf reads."""
    seen, side = min(num_channels, kernels.channels_of_kernel), kernels.receptive_field
    num_places = seen * side**2
    if kernels.depth >= num_places.bit_length():
        raise UsageError(
            f"a tree of depth {kernels.depth} has more leaves than the {num_places} signals of a patch of "
            f"{side}x{side} in {seen} channels; make it less deep, or the patch larger."
        )
    channels = deal_candidates(num_channels, kernels.num_kernels, seen, rng)
    places = deal_candidates(num_places, kernels.num_kernels, 1 << kernels.depth, rng)
    channel, place = np.divmod(places, side**2)
    return np.take_along_axis(channels, channel, axis=1), *np.divmod(place, side)


def _patches(
    in_shape: ImageShape, kernels: TreeKernels, leaves: tuple[Int[np.ndarray, "kernels leaves"], ...]
) -> Int[np.ndarray, "kernels leaves positions"]:
    """Returns the signals that leaves read at the positions that pooling needs, row by row."""
    _, height, width = in_shape
    channel, *corners = leaves
    rows, columns = (
        np.clip(kernels.stride * np.arange(count * kernels.pool) + corner[..., None] - kernels.padding, 0, side - 1)
        for count, corner, side in zip(kernels.out_shape(in_shape)[1:], corners, (height, width), strict=True)
    )
    signals: np.ndarray = (channel[..., None, None] * height + rows[..., :, None]) * width + columns[..., None, :]
    return signals.reshape(*channel.shape, -1)


def _tree_wiring(leaves: Int[np.ndarray, "kernels leaves positions"]) -> Iterator[Pairs]:
    """Yields what the gates of each level read: kernel by kernel, gate by gate, position by position."""
    signals = leaves
    while signals.shape[1] > 1:
        num_kernels, count, num_positions = signals.shape
        pairs = signals.reshape(num_kernels, count // 2, 2, num_positions).swapaxes(2, 3).reshape(-1, 2)
        yield pairs.astype(np.int32)
        signals = np.arange(len(pairs)).reshape(num_kernels, count // 2, num_positions)


def _pooling_wiring(out_shape: ImageShape, pool: int) -> Iterator[Pairs]:
    """Yields what the gates of each level read: in each window two by two; one that is left is passed on."""
    num_kernels, rows, columns = out_shape
    image = np.arange(math.prod(out_shape) * pool**2).reshape(num_kernels, rows, pool, columns, pool)
    windows = image.swapaxes(2, 3).reshape(-1, pool**2)
    for size in _window_sizes(pool):
        pairs = np.pad(windows, ((0, 0), (0, size % 2)), mode="edge").reshape(-1, 2)
        yield pairs.astype(np.int32)
        windows = np.arange(len(pairs)).reshape(len(windows), -1)


def _window_sizes(pool: int) -> Iterator[int]:
    """Yields how many signals of a window each level of pooling reads."""
    size = pool**2
    while size > 1:
        yield size
        size = (size + 1) // 2
