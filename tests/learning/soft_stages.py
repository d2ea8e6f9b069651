"""Stages of JAX made of the textbook's networks, and the comparison of both; modules taken apart."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array

from ca_logic.learning.parametrization import Softmax
from ca_logic.learning.stages import Gates, Selections, Stage, readers_of
from tests.learning import textbook
from tests.learning.textbook import Network

Evaluate = Callable[[list[Stage], Array], Array]


def split_module(module: nnx.Module) -> tuple[Any, Any, Any]:
    """Returns the graph, the parameters, and all else; `nnx.merge` makes a module of them again."""
    graph, *states = nnx.split(module, nnx.Param, ...)
    return graph, states[0], states[1]


def stages_of_textbook(network: Network, logits: list[Array], num_inputs: int) -> list[Stage]:
    """Returns the stages of a network with other logits."""
    stages: list[Stage] = []
    width = num_inputs
    for layer, values in zip(network, logits, strict=True):
        reads = layer.reads.astype(np.int32)
        if layer.is_gates:
            readers = jnp.asarray(readers_of(reads, width))
            stages.append(Gates(Softmax().coefficients(values), jnp.asarray(reads), readers))
        else:
            stages.append(Selections(jax.nn.softmax(values), jnp.asarray(reads)))
        width = len(reads)
    return stages


def assert_equals_textbook(
    num_inputs: int, network: Network, batch: int, *, has_input_gradient: bool, evaluate: Evaluate
) -> None:
    """Compares outputs and all gradients on random inputs."""
    rng = np.random.default_rng(batch)
    x = rng.random((num_inputs, batch))
    pull = rng.normal(size=(len(network[-1].reads), batch))

    def pulled(logits: list[Array], x: Array) -> tuple[Array, Array]:
        x = x if has_input_gradient else jax.lax.stop_gradient(x)
        outputs = evaluate(stages_of_textbook(network, logits, num_inputs), x)
        return jnp.sum(outputs * pull), outputs

    logits = [jnp.asarray(layer.logits, jnp.float32) for layer in network]
    differentiated = jax.jit(jax.value_and_grad(pulled, (0, 1), has_aux=True))
    (_, outputs), (of_logits, of_x) = differentiated(logits, jnp.asarray(x, jnp.float32))
    assert outputs.dtype == jnp.float32
    np.testing.assert_allclose(outputs, textbook.evaluate(network, x), atol=1e-5)
    expected, expected_of_x = textbook.gradients(network, x, pull)
    for one, other in zip(of_logits, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4 * max(1, batch) ** 0.5)
    np.testing.assert_allclose(of_x, expected_of_x if has_input_gradient else 0 * x, atol=1e-4)
