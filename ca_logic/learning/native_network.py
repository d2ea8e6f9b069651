"""`native/soft_network.c` as a function of JAX, for its CPU backend.

XLA calls the compiled C directly, on its own threads; Python takes no part in a step.
"""

import ctypes
import functools
import warnings
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Int64

from ca_logic.errors import ToolchainError
from ca_logic.toolchain.compiler import NoCompilerError
from ca_logic.toolchain.library import load_library

GATES, SELECTIONS = 0, 1
"""The kinds of stages, as C numbers them."""

CANDIDATES_MULTIPLE = 4
"""The number of candidates has to be a multiple; further ones may have the weight 0."""

_FORWARD, _BACKWARD = "ca_logic_soft_network_forward", "ca_logic_soft_network_backward"


class Shape(NamedTuple):
    """What is known of a network before there are any numbers.

    Attributes:
        stages: for each its kind, its size, and whether what it reads needs a gradient.
        num_outputs: so many of the last signals are outputs.
    """

    stages: tuple[tuple[int, int, bool], ...]
    num_outputs: int


@functools.cache
def is_available() -> bool:
    """Returns whether there is a C compiler that can do it; what it compiles is then known to JAX."""
    # The interface may change with JAX, so what was compiled for one release is not taken for another.
    flags = (f"-isystem{jax.ffi.include_dir()}", f"-DJAX_VERSION={jax.__version__}")
    try:
        library = load_library("soft_network", flags=flags)
    except NoCompilerError:
        return False
    except ToolchainError as error:
        # As with GCC 11 and older, which lack an operation on vectors.
        warnings.warn(f"networks are trained by slower code: {error}", stacklevel=2)
        return False
    for name, function in (
        (_FORWARD, library.functions.soft_network_forward),
        (_BACKWARD, library.functions.soft_network_backward),
    ):
        address = int(library.ffi.cast("uintptr_t", function))
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(ctypes.CFUNCTYPE(ctypes.c_void_p)(address)), platform="cpu")
    return True


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def evaluate(
    shape: Shape,
    x: Float[Array, "inputs batch"],
    coefficients: Float[Array, "gates 4"],
    wiring: Int[Array, "gates 2"],
    weights: Float[Array, "selections candidates"],
    candidates: Int[Array, "selections candidates"],
) -> Float[Array, "outputs batch"]:
    """Returns the outputs; fan-ins and candidates are numbers of signals, the inputs being the first."""
    call = jax.ffi.ffi_call(
        _FORWARD, jax.ShapeDtypeStruct((shape.num_outputs, x.shape[1]), jnp.float32), vmap_method="sequential"
    )
    outputs: Array = call(x, coefficients, wiring, weights, candidates, stages=_stages(shape))
    return outputs


def _forward(shape: Shape, *arrays: Array) -> tuple[Array, tuple[Array, ...]]:
    return evaluate(shape, *arrays), arrays


def _backward(shape: Shape, saved: tuple[Array, ...], gradient: Array) -> tuple[Array | None, ...]:
    x, coefficients, wiring, weights, candidates = saved
    has_input_gradient = shape.stages[0][2]
    shapes = (coefficients.shape, weights.shape, x.shape if has_input_gradient else (0, 0))
    call = jax.ffi.ffi_call(
        _BACKWARD, [jax.ShapeDtypeStruct(result, jnp.float32) for result in shapes], vmap_method="sequential"
    )
    of_coefficients, of_weights, of_x = call(
        x, coefficients, wiring, weights, candidates, gradient, stages=_stages(shape)
    )
    return of_x if has_input_gradient else jnp.zeros_like(x), of_coefficients, None, of_weights, None


evaluate.defvjp(_forward, _backward)


def _stages(shape: Shape) -> Int64[np.ndarray, " numbers"]:
    return np.array(shape.stages, dtype=np.int64).ravel()
