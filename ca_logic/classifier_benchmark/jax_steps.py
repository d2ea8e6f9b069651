"""Steps in JAX: the textbook's, and ours computed by operations of XLA alone; Adam by optax."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from ca_logic.classifier_benchmark.textbook import textbook_loss
from ca_logic.classifier_benchmark.training_step import LEARNING_RATE, NUM_CLASSES, TrainingStep
from ca_logic.learning.classification import GroupSum
from ca_logic.learning.parametrization import Softmax
from ca_logic.learning.stages import Gates, Stage, evaluate_with_xla, readers_of

Logits = Sequence[Float[Array, "gates 16"]]


class Given(NamedTuple):
    """What a loss depends on besides the parameters.

    Attributes:
        wiring: of each layer, [gates, 2].
        readers: of each layer; see `readers_of`.
        x: the bits of the samples, [batch, inputs].
        labels: their classes.
    """

    wiring: list[Array]
    readers: list[Array]
    x: Array
    labels: Array


_SOFTMAX = Softmax()

Loss = Callable[[Logits, Given], Float[Array, ""]]
Evaluate = Callable[[Sequence[Stage], Array], Array]


def textbook_loss_of(step: TrainingStep) -> Loss:
    """Returns the loss as the textbook computes it."""
    tau = step.recipe.tau

    def loss(logits: Logits, given: Given) -> Array:
        return textbook_loss(logits, given.wiring, given.x, given.labels, num_classes=NUM_CLASSES, tau=tau)

    return loss


def staged_loss_of(
    step: TrainingStep,
    evaluate: Evaluate = evaluate_with_xla,
    coefficients: Callable[[Array], Array] = _SOFTMAX.coefficients,
) -> Loss:
    """Returns the loss as our stages compute it.

    Args:
        step: what is done.
        evaluate: computes the stages.
        coefficients: makes those of gates of their logits.
    """
    head = GroupSum(NUM_CLASSES, step.recipe.tau)

    def loss(logits: Logits, given: Given) -> Array:
        stages = [
            Gates(coefficients(layer), wiring, readers)
            for layer, wiring, readers in zip(logits, given.wiring, given.readers, strict=True)
        ]
        scores = head(evaluate(stages, given.x.T))
        mean: Array = optax.softmax_cross_entropy_with_integer_labels(scores, given.labels).mean()
        return mean

    return loss


def differentiate(loss: Loss, step: TrainingStep) -> tuple[float, list[np.ndarray]]:
    """Returns the loss, and its gradient by the logits of each layer."""
    logits, given = _arrays_of(step)
    value, gradients = jax.jit(jax.value_and_grad(loss))(logits, given)
    return float(value), [np.asarray(gradient) for gradient in gradients]


def differentiate_textbook(step: TrainingStep) -> tuple[float, list[np.ndarray]]:
    """Does what `differentiate` does, as the textbook does it."""
    return differentiate(textbook_loss_of(step), step)


def differentiate_with_xla(step: TrainingStep) -> tuple[float, list[np.ndarray]]:
    """Does what `differentiate` does, as our stages do it."""
    return differentiate(staged_loss_of(step), step)


class JaxTrainer:
    """A `Trainer` in JAX, a call for each step."""

    def __init__(self, loss: Loss, step: TrainingStep) -> None:
        """Compiles nothing yet."""
        optimizer = optax.adam(LEARNING_RATE)
        self._logits, self._given = _arrays_of(step)
        self._memory = optimizer.init(self._logits)

        def advance(logits: Logits, memory: Any, given: Given) -> tuple[Logits, Any, Array]:
            value, gradients = jax.value_and_grad(loss)(logits, given)
            updates, memory = optimizer.update(gradients, memory, logits)
            return optax.apply_updates(logits, updates), memory, value

        self._advance = jax.jit(advance, donate_argnums=(0, 1))

    def use_cores(self, num_cores: int) -> None:
        """XLA has its threads already."""

    def advance(self, times: int) -> tuple[float, float]:
        """See `Trainer`."""
        started = time.perf_counter()
        for _ in range(times):
            self._logits, self._memory, loss = self._advance(self._logits, self._memory, self._given)
        # What a step returns is there all at once.
        loss.block_until_ready()
        return (time.perf_counter() - started) / times, float(loss)


class TextbookTrainer(JaxTrainer):
    """The textbook's."""

    def __init__(self, step: TrainingStep) -> None:
        """Compiles nothing yet."""
        super().__init__(textbook_loss_of(step), step)


class XlaTrainer(JaxTrainer):
    """Ours."""

    def __init__(self, step: TrainingStep) -> None:
        """Compiles nothing yet."""
        super().__init__(staged_loss_of(step), step)


def _arrays_of(step: TrainingStep) -> tuple[list[Array], Given]:
    readers, num_signals = [], step.bits.shape[1]
    for pairs in step.wiring:
        readers.append(jnp.asarray(readers_of(pairs, num_signals)))
        num_signals = len(pairs)
    given = Given(
        wiring=[jnp.asarray(pairs) for pairs in step.wiring],
        readers=readers,
        x=jnp.asarray(step.bits, jnp.float32),
        labels=jnp.asarray(step.labels),
    )
    # Copies, since what a step is given is gone afterwards.
    return [jnp.array(layer) for layer in step.logits], given
