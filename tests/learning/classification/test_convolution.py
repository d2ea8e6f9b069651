"""Convolutions by trees against loops of plain NumPy, which share nothing with them but what each leaf reads."""

import itertools
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from ca_logic.circuit import Circuit
from ca_logic.circuit.simulation import simulate
from ca_logic.errors import UsageError
from ca_logic.learning.classification.convolution import ImageShape, LogicTreeConvolution, TreeKernels
from ca_logic.learning.classification.extraction import extract_stages
from ca_logic.learning.network import Forward, LogicLayer, stages_of
from ca_logic.learning.stages import evaluate, evaluate_with_xla
from ca_logic.tasks.encoding import pack_lanes, unpack_lanes
from tests.learning.soft_stages import Evaluate, split_module

CASES = {
    "plain": ((1, 6, 5), TreeKernels(3, depth=1, pool=1)),
    "pooled": ((3, 7, 8), TreeKernels(4, depth=2, pool=2)),
    "padded": ((2, 4, 5), TreeKernels(2, depth=3, padding=1, pool=2)),
    "strides of wide patches": ((2, 11, 9), TreeKernels(5, depth=3, receptive_field=5, stride=2, padding=2, pool=1)),
    "windows of nine": ((4, 8, 8), TreeKernels(3, depth=2, receptive_field=2, channels_of_kernel=3, pool=3)),
    "a perceptron": ((5, 1, 1), TreeKernels(7, depth=1, receptive_field=1, pool=1)),
}
ALL = pytest.mark.parametrize(("shape", "kernels"), CASES.values(), ids=CASES)
SOME = pytest.mark.parametrize("case", ["padded", "windows of nine"])


def random_convolution(shape: ImageShape, kernels: TreeKernels, seed: int = 0) -> LogicTreeConvolution:
    """Returns a convolution whose gates are all over the place."""
    convolution = LogicTreeConvolution(shape, kernels, rngs=nnx.Rngs(seed))
    parameters = 2 * np.random.default_rng(seed).normal(size=convolution.gates[...].shape)
    convolution.gates[...] = jnp.asarray(parameters, jnp.float32)
    return convolution


@partial(jax.jit, static_argnums=2)
def compute(convolution: LogicTreeConvolution, x: jax.Array, forward: Forward = "soft") -> jax.Array:
    """Returns what a convolution makes of signals or of bits."""
    return convolution(x.astype(jnp.float32), forward=forward)


def leaves_of(convolution: LogicTreeConvolution) -> np.ndarray:
    """Returns the channel and the place in the patch of each leaf, [kernels, leaves, 3], from one position inside."""
    kernels, (_, height, width) = convolution.kernels, convolution.in_shape
    num_positions = len(convolution.wiring[0][...]) // (kernels.num_kernels << (kernels.depth - 1))
    columns = convolution.out_shape[2] * kernels.pool
    # The first patch that lies within the image from its upper left corner on.
    first = -(-kernels.padding // kernels.stride)
    corner = first * kernels.stride - kernels.padding
    assert max(corner + kernels.receptive_field, corner) <= min(height, width)
    pairs = np.asarray(convolution.wiring[0][...]).reshape(kernels.num_kernels, -1, num_positions, 2)
    signals = pairs[:, :, first * columns + first].reshape(kernels.num_kernels, -1)
    channel, place = np.divmod(signals, height * width)
    row, column = np.divmod(place, width)
    return np.stack([channel, row - corner, column - corner], axis=2)


def tables_of(convolution: LogicTreeConvolution, *, hard: bool) -> np.ndarray:
    """Returns the truth tables of all gates, soft or rounded, [gates, 4]."""
    entries = (1 + np.sin(np.asarray(convolution.gates[...], np.float64))) / 2
    return (entries > 0.5).astype(float) if hard else entries


def convolve(convolution: LogicTreeConvolution, tables: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Returns the image that trees make of one, patch after patch."""
    kernels, leaves = convolution.kernels, leaves_of(convolution)
    image = np.pad(image.astype(float), ((0, 0), (kernels.padding,) * 2, (kernels.padding,) * 2), mode="edge")
    unpooled = np.zeros((kernels.num_kernels, *(side * kernels.pool for side in convolution.out_shape[1:])))
    for kernel, row, column in np.ndindex(unpooled.shape):
        top, left = row * kernels.stride, column * kernels.stride
        values = [image[channel, top + y, left + x] for channel, y, x in leaves[kernel]]
        first = 0
        while len(values) > 1:
            gates = tables[first + kernel * len(values) // 2 :]
            first += kernels.num_kernels * len(values) // 2
            values = [
                (1 - a) * (1 - b) * t00 + (1 - a) * b * t01 + a * (1 - b) * t10 + a * b * t11
                for a, b, (t00, t01, t10, t11) in zip(values[::2], values[1::2], gates, strict=False)
            ]
        unpooled[kernel, row, column] = values[0]
    pooled = np.zeros(convolution.out_shape)
    for kernel, row, column in np.ndindex(pooled.shape):
        y, x = row * kernels.pool, column * kernels.pool
        window = unpooled[kernel, y : y + kernels.pool, x : x + kernels.pool]
        pooled[kernel, row, column] = 1 - np.prod(1 - window)
    return pooled


@ALL
def test_soft_and_hard_equal_plain_loops(shape: ImageShape, kernels: TreeKernels) -> None:
    convolution = random_convolution(shape, kernels)
    images = np.random.default_rng(1).random((3, *shape))
    x = jnp.asarray(images.reshape(3, -1).T, jnp.float32)
    soft = [convolve(convolution, tables_of(convolution, hard=False), image) for image in images]
    np.testing.assert_allclose(compute(convolution, x), np.stack(soft).reshape(3, -1).T, atol=1e-5)
    assert convolution.out_shape == soft[0].shape
    hard = [convolve(convolution, tables_of(convolution, hard=True), image > 0.5) for image in images]
    outputs = compute(convolution, x > 0.5, "hard")
    assert np.array_equal(outputs, np.stack(hard).reshape(3, -1).T)


@SOME
def test_c_and_xla_agree_on_outputs_and_gradients(case: str) -> None:
    convolution = random_convolution(*CASES[case])
    graph, parameters, fixed = split_module(convolution)
    x = jnp.asarray(np.random.default_rng(1).random((convolution.in_features, 20)), jnp.float32)

    def found(how: Evaluate) -> list[jax.Array]:
        def total(parameters: Any, x: jax.Array) -> jax.Array:
            return jnp.sum(jnp.sin(how(nnx.merge(graph, parameters, fixed).stages(), x)))

        leaves: list[jax.Array] = jax.tree.leaves(jax.jit(jax.value_and_grad(total, (0, 1)))(parameters, x))
        return leaves

    for one, other in zip(found(evaluate), found(evaluate_with_xla), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_the_gradient_of_shared_parameters_is_the_slope() -> None:
    shape, kernels = CASES["padded"]
    convolution = random_convolution(shape, kernels)
    image = np.random.default_rng(1).random(shape)
    graph, parameters, fixed = split_module(convolution)
    pull = np.random.default_rng(2).normal(size=convolution.out_shape)
    x = jnp.asarray(image.reshape(-1, 1), jnp.float32)
    pulled = jax.jit(lambda given: jnp.sum(pull.ravel() * nnx.merge(graph, given, fixed)(x)[:, 0]))
    gradient = jax.grad(pulled)(parameters)["gates"][...]
    weights = np.asarray(convolution.gates[...], np.float64)
    for gate, entry in itertools.product(range(0, len(weights), 3), range(4)):
        sides = []
        for step in (1e-4, -1e-4):
            moved = weights.copy()
            moved[gate, entry] += step
            sides.append(np.sum(pull * convolve(convolution, (1 + np.sin(moved)) / 2, image)))
        np.testing.assert_allclose(gradient[gate, entry], (sides[0] - sides[1]) / 2e-4, atol=1e-4)


def extracted(layers: list[Any]) -> Circuit:
    """Returns the circuit of the hard layers."""
    names = [f"x{number}" for number in range(layers[0].in_features)]
    return extract_stages(stages_of(layers, "hard"), name="images", input_names=names)


@SOME
def test_the_extracted_circuit_is_the_hard_network(case: str) -> None:
    convolution = random_convolution(*CASES[case])
    head = LogicLayer(convolution.out_features, 9, wiring="random", rngs=nnx.Rngs(1))
    layers: list[Any] = [convolution, head]
    circuit = extracted(layers)
    assert circuit.num_gates == convolution.num_gates + head.num_gates
    bits = np.random.default_rng(1).integers(0, 2, (convolution.in_features, 70)).astype(bool)
    hard = head(compute(convolution, jnp.asarray(bits), "hard"), forward="hard")
    assert np.array_equal(unpack_lanes(simulate(circuit, pack_lanes(bits)), 70), hard)


def test_convolutions_follow_one_another() -> None:
    first = random_convolution((1, 12, 12), TreeKernels(6, depth=2))
    second = random_convolution(first.out_shape, TreeKernels(4, depth=3))
    assert (first.out_shape, second.out_shape) == ((6, 5, 5), (4, 1, 1))
    x = jnp.asarray(np.random.default_rng(1).random((144, 5)), jnp.float32)
    layers: list[Any] = [first, second]
    together = jax.jit(lambda layers: evaluate(stages_of(layers), x))(layers)
    np.testing.assert_allclose(together, compute(second, compute(first, x)), atol=1e-6)


def test_a_new_kernel_copies_its_first_leaf() -> None:
    convolution = LogicTreeConvolution((2, 9, 9), TreeKernels(8, depth=3, pool=1), rngs=nnx.Rngs(0))
    image = np.random.default_rng(0).integers(0, 2, (2, 9, 9))
    outputs = np.asarray(compute(convolution, jnp.asarray(image.reshape(-1, 1)), "hard"))
    for (channel, top, left), made in zip(leaves_of(convolution)[:, 0], outputs.reshape(8, 7, 7), strict=True):
        assert np.array_equal(made, image[channel, top : top + 7, left : left + 7])


@pytest.mark.parametrize("seed", range(3))
def test_leaves_differ_and_read_few_channels_all_equally_often(seed: int) -> None:
    kernels = TreeKernels(20, depth=3, receptive_field=3, channels_of_kernel=2)
    leaves = leaves_of(LogicTreeConvolution((5, 6, 6), kernels, rngs=nnx.Rngs(seed)))
    assert leaves.shape == (20, 8, 3)
    assert leaves[:, :, 1:].min() == 0
    assert leaves[:, :, 1:].max() == 2
    for leaf in leaves:
        assert len(np.unique(leaf, axis=0)) == 8
        assert len(np.unique(leaf[:, 0])) <= 2
    assert len(np.unique(leaves[:, :, 0])) == 5


def test_counts_tell_gates_of_the_circuit_from_those_that_are_trained() -> None:
    kernels = TreeKernels(3, depth=2, pool=2)
    convolution = LogicTreeConvolution((1, 7, 6), kernels, parametrization="softmax", rngs=nnx.Rngs(0))
    # Of 5 by 4 positions the fifth row fills no window.
    assert convolution.out_shape == (3, 2, 2)
    assert (convolution.in_features, convolution.out_features) == (42, 12)
    assert kernels.num_gates == 3 * 3
    assert convolution.num_gates == 3 * 3 * 16 + 3 * 3 * 4
    assert [leaf.shape for leaf in jax.tree.leaves(nnx.state(convolution, nnx.Param))] == [(9, 16)]


def test_noise_is_the_same_at_all_positions_and_comes_from_the_key() -> None:
    convolution = random_convolution(*CASES["pooled"])
    first, again, other = (convolution.stages("gumbel", key=jax.random.key(seed)) for seed in (0, 0, 1))
    # 4 kernels, each of 2 gates that read the patches, at 4 by 6 positions.
    at_positions = np.asarray(first[0][0]).reshape(8, 24, 4)
    assert np.array_equal(at_positions, np.broadcast_to(at_positions[:, :1], at_positions.shape))
    assert len(np.unique(at_positions[:, 0], axis=0)) == 8
    assert np.array_equal(first[0][0], again[0][0])
    assert not np.array_equal(first[0][0], other[0][0])


@pytest.mark.parametrize("forward", ["straight-through", "gumbel-straight-through"])
def test_straight_through_computes_hard_and_has_a_gradient(forward: Forward) -> None:
    convolution = random_convolution(*CASES["pooled"])
    graph, parameters, fixed = split_module(convolution)
    x = jnp.asarray(np.random.default_rng(1).integers(0, 2, (convolution.in_features, 9)), jnp.float32)

    def total(given: Any) -> tuple[jax.Array, jax.Array]:
        outputs = nnx.merge(graph, given, fixed)(x, forward=forward, key=jax.random.key(0))
        return jnp.sum(outputs), outputs

    gradient, outputs = jax.jit(jax.grad(total, has_aux=True))(parameters)
    assert set(np.unique(outputs).tolist()) <= {0.0, 1.0}
    assert np.count_nonzero(gradient["gates"][...]) > 0
    if forward == "straight-through":
        assert np.array_equal(outputs, compute(convolution, x, "hard"))


def test_the_factor_scales_the_gradient_of_the_inputs_only() -> None:
    shape, kernels = CASES["pooled"]
    plain, scaled = (LogicTreeConvolution(shape, kernels, grad_factor=f, rngs=nnx.Rngs(0)) for f in (1.0, 2.5))
    x = jnp.asarray(np.random.default_rng(1).random((plain.in_features, 4)), jnp.float32)
    np.testing.assert_array_equal(compute(plain, x), compute(scaled, x))
    one, other = (jax.grad(lambda x, layer=layer: jnp.sum(compute(layer, x)))(x) for layer in (plain, scaled))
    np.testing.assert_allclose(2.5 * one, other, rtol=1e-5)


def refused(message: str, **options: int) -> None:
    with pytest.raises(UsageError, match=message):
        LogicTreeConvolution((1, 5, 6), TreeKernels(**{"num_kernels": 2, **options}), rngs=nnx.Rngs(0))


def test_what_cannot_be_is_refused_in_one_line() -> None:
    for name in ("num_kernels", "depth", "receptive_field", "channels_of_kernel", "stride", "pool"):
        refused(rf"^{name} of 0 cannot be; choose 1 or more\.$", **{name: 0})
    refused(r"^padding of -1 cannot be; choose 0 or more\.$", padding=-1)
    refused(r"^padding of 3 would make patches of 3x3 that see nothing of the image; choose less\.$", padding=3)
    nothing = "leave nothing of an image of 5x6; make them smaller, or the padding larger"
    refused(rf"^patches of 6x6, pooled 1x1, {nothing}\.$", receptive_field=6, pool=1)
    refused(rf"^patches of 3x3, pooled 4x4, {nothing}\.$", pool=4)
    deep = r"has more leaves than the 9 signals of a patch of 3x3 in 1 channels; make it less deep, or the patch larger"
    refused(rf"^a tree of depth 4 {deep}\.$", depth=4)
    refused(rf"^a tree of depth 1000000000 {deep}\.$", depth=10**9)
