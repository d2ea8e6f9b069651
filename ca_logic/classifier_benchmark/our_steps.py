"""Our steps, done by `ClassifierTraining` itself: what `learn` does between two looks at the clock."""

import dataclasses
import functools
import time

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ca_logic import gates
from ca_logic.classifier_benchmark.jax_steps import differentiate as differentiate_loss
from ca_logic.classifier_benchmark.jax_steps import staged_loss_of
from ca_logic.classifier_benchmark.training_step import NUM_CLASSES, TrainingStep, dense_layers
from ca_logic.learning.classification import ClassifierRecipe, ClassifierTraining, LogicClassifier, build_classifier
from ca_logic.learning.device import default_device
from ca_logic.learning.parametrization import TruthTable
from ca_logic.learning.stages import evaluate

_evaluate = functools.partial(evaluate, has_input_gradient=False)


def differentiate(step: TrainingStep) -> tuple[float, list[np.ndarray]]:
    """Returns the loss, and its gradient by the logits of each layer."""
    return differentiate_loss(staged_loss_of(step, _evaluate), step)


def differentiate_entries(step: TrainingStep) -> tuple[float, list[np.ndarray]]:
    """Returns the same by way of the four parameters that make gates do what their logits say."""

    def coefficients(logits: Array) -> Array:
        return TruthTable().coefficients(entries_of_logits(logits))

    return differentiate_loss(staged_loss_of(step, _evaluate, coefficients), step)


def entries_of_logits(logits: Float[Array, "gates 16"]) -> Float[Array, "gates 4"]:
    """Returns the parameters of `TruthTable` for gates that do what the mixture of these logits does."""
    entries = jax.nn.softmax(logits) @ jnp.asarray(gates.TRUTH_TABLES, logits.dtype)
    return jnp.arcsin(2 * entries - 1)


class ClassifierTrainer:
    """A `Trainer` that has `ClassifierTraining` do all steps of a call."""

    def __init__(self, model: LogicClassifier, recipe: ClassifierRecipe, step: TrainingStep) -> None:
        """Takes a network."""
        self._training = ClassifierTraining(model, step.split, recipe, devices=[default_device()])

    def use_cores(self, num_cores: int) -> None:
        """XLA has its threads already."""

    def advance(self, times: int) -> tuple[float, float]:
        """See `Trainer`; the look at accuracies that follows each call is not timed."""
        seconds, first_step = 0.0, self._training.state.step
        for _ in range(times):
            ends: list[float] = []
            started = time.perf_counter()
            trained = self._training.run(
                on_progress=lambda *_, ends=ends: ends.append(time.perf_counter()), should_stop=lambda: True
            )
            seconds += ends[0] - started
        return seconds / (self._training.state.step - first_step), trained.evaluations[-1].loss


class OurTrainer(ClassifierTrainer):
    """Softmax logits, as everybody else has them."""

    def __init__(self, step: TrainingStep) -> None:
        """Takes the network of the step."""
        super().__init__(step.model, step.recipe, step)


class EntriesTrainer(ClassifierTrainer):
    """Four parameters a gate."""

    def __init__(self, step: TrainingStep) -> None:
        """Makes a network that does what that of the step does."""
        recipe = dataclasses.replace(step.recipe, parametrization="truth-table")
        model = build_classifier(recipe, step.encoder, NUM_CLASSES, seed=0)
        for layer, known in zip(dense_layers(model), step.layers, strict=True):
            layer.gates[...] = entries_of_logits(known.gates[...])
            layer.wiring[...], layer.readers[...] = known.wiring[...], known.readers[...]
        super().__init__(model, recipe, step)
