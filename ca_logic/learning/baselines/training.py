"""Training of baselines.

The one idea is that nothing is tuned for a data set: Adam with a learning rate that falls to 0 along a cosine, as many
steps as a person would wait for, and of all models on the way the one that does best on the validation part.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Float32

from ca_logic.errors import UsageError
from ca_logic.learning.baselines.baseline import Baseline
from ca_logic.learning.baselines.inputs import encoded_inputs, standardized_inputs
from ca_logic.learning.baselines.perceptron import Perceptron, State
from ca_logic.learning.baselines.steps import Fixed, Judgement, Steps, judge, start_optimizer, take_steps
from ca_logic.learning.classification.batches import BatchOrder
from ca_logic.tasks.datasets import Split
from ca_logic.tasks.encoding import Encoder

OnProgress = Callable[[int, int, float | None], None]
"""Told how many steps were taken, of how many, and the validation accuracy, if there is a validation part."""

_BATCH_SIZE = 256
_LEAST_STEPS = 2000
_STEPS_PER_CALL = 50
"""Between two looks at the validation part, the clock and Ctrl-C."""

_MOST_EPOCHS = 10_000
_LARGEST_WIDTH = 1 << 14


@dataclass(frozen=True)
class Kind:
    """What can be trained.

    Attributes:
        name: for people.
        hidden_widths: neurons of each layer but the last, which has a weighted sum for each class.
        learning_rate: of the first step.
    """

    name: str
    hidden_widths: tuple[int, ...]
    learning_rate: float


LOGISTIC_REGRESSION = Kind("logistic regression", (), 0.01)


def mlp(width: int = 256) -> Kind:
    """Returns a perceptron of two hidden layers of that width.

    Raises:
        UsageError: if there cannot be such layers.
    """
    if not 1 <= width <= _LARGEST_WIDTH:
        raise UsageError(f"a layer of {width} neurons cannot be; choose a width from 1 to {_LARGEST_WIDTH}.")
    return Kind(f"MLP {width}-{width}", (width, width), 0.001)


def train_baseline(
    split: Split,
    kind: Kind,
    *,
    encoder: Encoder | None = None,
    epochs: int = 10,
    seed: int = 0,
    max_seconds: float = 300,
    on_progress: OnProgress = lambda *_: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Baseline:
    """Returns a model that was trained.

    Args:
        split: what to train on, to choose by and to judge by.
        kind: `LOGISTIC_REGRESSION`, or an `mlp`.
        encoder: makes the bits that the model reads; by default it reads the standardized features.
        epochs: how often each sample is seen; where that makes few steps, 2,000 are taken.
        seed: decides everything: on a CPU the same seed trains the same model.
        max_seconds: when training ends, finished or not.
        on_progress: called every 50 steps.
        should_stop: asked as often whether to end with the best there is.

    Raises:
        DataError: if no column has two different values in the training part.
        UsageError: if a number makes no sense.
    """
    if not 1 <= epochs <= _MOST_EPOCHS:
        raise UsageError(f"{epochs} epochs cannot be; choose from 1 to {_MOST_EPOCHS}.")
    if not max_seconds > 0:
        raise UsageError(f"{max_seconds:g} seconds are no time to train in; give more than 0.")
    started = time.perf_counter()
    training, validation = split.training, split.validation
    inputs = encoded_inputs(encoder) if encoder else standardized_inputs(split)
    model = Perceptron(inputs, kind.hidden_widths, len(split.data.classes), rngs=nnx.Rngs(params=seed))
    graph, *states = nnx.split(model, nnx.Param, ...)
    parameters: State = states[0]
    fixed = Fixed(states[1], jnp.asarray(training.features), jnp.asarray(training.labels))
    order = BatchOrder(len(training), min(_BATCH_SIZE, len(training)), seed)
    learning_rates = _learning_rates(kind, order, epochs)
    optimizer_state = start_optimizer(parameters)
    best: tuple[Judgement | None, State] = (None, parameters)
    done = 0
    is_over = False
    while done < len(learning_rates) and not is_over:
        rows, rates = order.rows(done, _STEPS_PER_CALL), learning_rates[done : done + _STEPS_PER_CALL]
        steps = Steps(jnp.asarray(rows), jnp.asarray(rates))
        parameters, optimizer_state = take_steps(graph, parameters, optimizer_state, fixed, steps)
        done += _STEPS_PER_CALL
        judgement = judge(graph, (parameters, fixed.fitted), validation)
        if judgement is None or best[0] is None or judgement > best[0]:
            best = (judgement, parameters)
        on_progress(done, len(learning_rates), judgement and judgement.accuracy)
        is_over = should_stop() or time.perf_counter() - started > max_seconds
    nnx.update(model, best[1])
    test = judge(graph, (best[1], fixed.fitted), split.test)
    return Baseline(
        name=kind.name,
        inputs=inputs.description,
        num_features=len(split.data.columns),
        num_parameters=model.num_parameters,
        validation_accuracy=best[0] and best[0].accuracy,
        test_accuracy=test and test.accuracy,
        steps=done,
        seconds=time.perf_counter() - started,
        model=model,
    )


def _learning_rates(kind: Kind, order: BatchOrder, epochs: int) -> Float32[np.ndarray, " steps"]:
    """Returns that of each step, of which there are as many as some calls take."""
    wanted = max(_LEAST_STEPS, -(-order.num_samples * epochs // order.batch_size))
    num_steps = -(-wanted // _STEPS_PER_CALL) * _STEPS_PER_CALL
    rates = kind.learning_rate * (1 + np.cos(np.pi * np.arange(num_steps) / num_steps)) / 2
    return rates.astype(np.float32)
