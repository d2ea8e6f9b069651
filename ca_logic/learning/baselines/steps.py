"""Steps of training a perceptron, many in one call of a compiled function, and how well it does in between."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float, Int32, Num

from ca_logic.learning.baselines.perceptron import Perceptron, State, apply
from ca_logic.tasks.datasets import Samples

_OPTIMIZER = optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(1e-4))


class Fixed(NamedTuple):
    """What no step changes.

    Attributes:
        fitted: the variables of the model that are not trained.
        features: those of all samples, on the device.
        labels: those of all samples.
    """

    fitted: State
    features: Num[Array, "samples features"]
    labels: Int32[Array, " samples"]


class Judgement(NamedTuple):
    """How well a model does; of equal accuracies that is greater which is more certain of what is right."""

    accuracy: float
    certainty: float


class Steps(NamedTuple):
    """What each step does: the samples that it looks at, and how far it goes."""

    rows: Int32[Array, "steps batch"]
    learning_rates: Float[Array, " steps"]


def start_optimizer(parameters: State) -> optax.OptState:
    """Returns what the optimizer, Adam with decoupled weight decay, is before the first step."""
    return _OPTIMIZER.init(parameters)


@functools.partial(jax.jit, static_argnames="graph")
def take_steps(
    graph: nnx.GraphDef[Perceptron], parameters: State, optimizer_state: optax.OptState, fixed: Fixed, steps: Steps
) -> tuple[State, optax.OptState]:
    """Returns what parameters and optimizer are after some steps.

    Models of one shape are trained by one program, whatever the seed, the fold or the learning rate.
    """

    def loss_of(parameters: State, batch: Int32[Array, " batch"]) -> Float[Array, ""]:
        logits = nnx.merge(graph, parameters, fixed.fitted)(fixed.features[batch])
        loss: Array = optax.softmax_cross_entropy_with_integer_labels(logits, fixed.labels[batch]).mean()
        return loss

    def take_step(before: tuple[State, optax.OptState], step: Steps) -> tuple[tuple[State, optax.OptState], None]:
        parameters, optimizer_state = before
        batch, rate = step
        updates, optimizer_state = _OPTIMIZER.update(jax.grad(loss_of)(parameters, batch), optimizer_state, parameters)
        updates = jax.tree.map(lambda update: -rate * update, updates)
        return (optax.apply_updates(parameters, updates), optimizer_state), None

    return jax.lax.scan(take_step, (parameters, optimizer_state), steps)[0]


def judge(graph: nnx.GraphDef[Perceptron], states: tuple[State, ...], samples: Samples) -> Judgement | None:
    """Returns how well a model does on samples, or None if there are none."""
    if not len(samples):
        return None
    batches = [
        (np.asarray(classes)[:count], np.asarray(logits)[:count])
        for classes, logits, count in apply(graph, states, samples.features)
    ]
    classes, logits = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    losses = optax.softmax_cross_entropy_with_integer_labels(jnp.asarray(logits), jnp.asarray(samples.labels))
    return Judgement(float(np.mean(classes == samples.labels)), -float(jnp.mean(losses)))
