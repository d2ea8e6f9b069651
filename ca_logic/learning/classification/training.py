"""Training a classifier: minibatches, many steps in one call, the batch shared by all devices.

The one idea: samples lie on the devices from the beginning, and one compiled call does a hundred steps, of which Python
names only the samples. Each device takes its share of every batch and computes its gradient; the mean is what all of
them apply, so parameters are everywhere the same. After a restart the next step is the one that would have come.
"""

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Int, Int32

from ca_logic.errors import LearningError
from ca_logic.interrupts import deferred_interrupts
from ca_logic.learning.classification.batches import BatchOrder, shift_images
from ca_logic.learning.classification.network import LogicClassifier
from ca_logic.learning.classification.recipe import ClassifierRecipe
from ca_logic.learning.classification.rewiring import gradients_of_wires, replace_candidates
from ca_logic.learning.network import Candidates, Forward, stages_of
from ca_logic.tasks.datasets import Samples, Split

_AXIS = "batch"
_FIRST_STEPS, _MOST_STEPS = 10, 100
_SECONDS_OF_CALL = 0.5
"""As many steps are done in one call, and so long Ctrl-C may have to wait."""

_SAMPLES_OF_EVALUATION = 2048
_SAMPLES_OF_REWIRING = 1024
_REWIRING = 1 << 16
"""Keeps what is drawn for rewiring apart from what is drawn for the step."""


@dataclass(frozen=True)
class Evaluation:
    """What was seen at some step.

    Attributes:
        step: the number of steps done.
        loss: mean cross-entropy of the batches since the evaluation before, in nats.
        soft_accuracy: of the network as it is trained, on what chooses.
        hard_accuracy: of the rounded network.
        samples_per_second: trained on, this process's evaluations included.
    """

    step: int
    loss: float
    soft_accuracy: float
    hard_accuracy: float
    samples_per_second: float


class TrainState(NamedTuple):
    """All that training changes; what a checkpoint holds.

    Attributes:
        step: the number of steps done.
        parameters: of the network.
        candidates: of its learnable wires.
        optimizer: what Adam remembers.
        best: the parameters and candidates that were best on what chooses, the latest of equals; where nothing
            chooses, the latest of the start that ended best on what is trained on, the earliest of equals.
        best_accuracy: their hard accuracy; -1 before the first evaluation.
        best_step: how many steps had been done then.
    """

    step: int
    parameters: Any
    candidates: Any
    optimizer: Any
    best: tuple[Any, Any]
    best_accuracy: float
    best_step: int = 0


@dataclass
class TrainedClassifier:
    """A network after training.

    Attributes:
        model: with the best parameters; of a training that was stopped, those at that moment if they are better.
        step: how many steps had been done when the model was that.
        state: at the end.
        evaluations: in order; after a restart those since then.
        seconds: of this process.
        is_complete: whether all steps were done, or somebody stopped it.
    """

    model: LogicClassifier
    step: int
    state: TrainState
    evaluations: list[Evaluation] = field(default_factory=list)
    seconds: float = 0.0
    is_complete: bool = True


class ClassifierTraining:
    """A classifier in training; the one place where its state changes."""

    def __init__(
        self,
        model: LogicClassifier,
        split: Split,
        recipe: ClassifierRecipe,
        *,
        seed: int = 0,
        devices: Sequence[jax.Device] | None = None,
    ) -> None:
        """Brings samples and parameters to the devices.

        Args:
            model: fresh; see `build_classifier`.
            split: what is trained on, and what chooses; where nothing is to choose, the end of training is the best.
            recipe: how to train.
            seed: decides the order of samples and whatever is random in a step.
            devices: that share each batch, one process's or those of all; by default JAX's.

        Raises:
            LearningError: if the batch cannot be shared evenly.
        """
        self.recipe, self.seed = recipe, seed
        self._image_shape = split.data.image_shape
        mesh = Mesh(np.array(jax.devices() if devices is None else devices), (_AXIS,))
        batch_size = min(recipe.batch_size, len(split.train_rows))
        if batch_size % mesh.size:
            raise LearningError(
                f"a batch of {batch_size} samples cannot be shared by {mesh.size} devices; choose a multiple."
            )
        self._order = BatchOrder(len(split.train_rows), batch_size, seed)
        self._everywhere = NamedSharding(mesh, PartitionSpec())
        self._shared = NamedSharding(mesh, PartitionSpec(None, _AXIS))
        self._training = self._on_devices(split.training)
        self._choosing = self._on_devices(split.validation) if len(split.validation_rows) else self._training
        self._graph, *states = nnx.split(model, nnx.Param, Candidates, ...)
        parameters, candidates, fixed = (jax.tree.map(self._own_copy, state) for state in states)
        self._fixed = fixed
        self._optimizer = _optimizer(recipe)
        optimizer = jax.tree.map(self._own_copy, self._optimizer.init(parameters))
        self.state = TrainState(0, parameters, candidates, optimizer, self._copy((parameters, candidates)), -1.0)
        self._found = self.state.best
        self._steps_at_once = _FIRST_STEPS
        self._advance = self._shared_call(self._steps, num_replicated=8, donate=(0, 2))
        self._rewire = self._shared_call(self._rewired, num_replicated=6)
        self._count_correct = {
            forward: self._shared_call(functools.partial(self._correct_of_rows, forward), num_replicated=5)
            for forward in ("hard", "soft")
        }

    def run(
        self,
        *,
        on_evaluation: Callable[[Evaluation], None] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        on_checkpoint: Callable[[TrainState], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> TrainedClassifier:
        """Does the steps that are left.

        A Ctrl-C ends it after the call that is under way, half a second or so, as `should_stop` does. Where several
        processes train together, stop all or none.

        Args:
            on_evaluation: told of each look at what chooses.
            on_progress: told after each call of the steps that are done, and of how many.
            on_checkpoint: given the state after each evaluation, and at the end.
            should_stop: asked after each call.
        """
        recipe, start, first_step = self.recipe, time.perf_counter(), self.state.step
        evaluations: list[Evaluation] = []
        losses: list[float] = []
        stopped = False
        with deferred_interrupts() as check:
            while self.state.step < recipe.steps and not stopped:
                is_scheduled = self._do_some_steps(losses)
                if on_progress:
                    on_progress(self.state.step, recipe.steps)
                try:
                    check()
                except KeyboardInterrupt:
                    stopped = True
                stopped = stopped or bool(should_stop and should_stop())
                if is_scheduled or stopped:
                    seen = (self.state.step - first_step) * self._order.batch_size
                    evaluations.append(self._evaluate(losses, seen, start, is_scheduled=is_scheduled))
                    if on_evaluation:
                        on_evaluation(evaluations[-1])
                    if on_checkpoint:
                        on_checkpoint(self.state)
        state = self.state
        self._found, step = state.best, state.best_step
        if stopped and self._is_best(evaluations[-1].hard_accuracy):
            # Not the best of the training, which goes on as if it had not been stopped, but what there is.
            self._found, step = (state.parameters, state.candidates), state.step
        model = nnx.merge(self._graph, *jax.device_get((*self._found, self._fixed)))
        seconds = time.perf_counter() - start
        return TrainedClassifier(model, step, state, evaluations, seconds, state.step >= recipe.steps)

    def accuracy(self, samples: Samples, *, forward: Literal["hard", "soft"] = "hard") -> float:
        """Returns the share of samples that the network which `run` returned classifies correctly."""
        return self._accuracy(*self._found, self._on_devices(samples), forward)

    def _do_some_steps(self, losses: list[float]) -> bool:
        """Does at most as many steps as one call does, and notes their losses; returns whether an evaluation is due."""
        recipe, first_step = self.recipe, self.state.step
        self._start_anew_if_due()
        self._rewire_if_due()
        end_of_start = min(_next_multiple(first_step, recipe.steps_of_start), recipe.steps)
        evaluation = min(_next_multiple(first_step, recipe.evaluate_every), end_of_start)
        end = min(first_step + self._steps_at_once, evaluation, _next_multiple(first_step, recipe.rewire_every))
        count = end - first_step
        state, began = self.state, time.perf_counter()
        # Always as many rows, so that one program does any number of steps.
        rows = np.zeros((_MOST_STEPS, self._order.batch_size), np.int32)
        rows[:count] = self._order.rows(first_step, count)
        before = (state.parameters, state.candidates, state.optimizer, self._fixed)
        numbers = (np.int32(first_step), np.int32(count))
        parameters, optimizer, found = self._advance(*before, *self._training, *numbers, self._shared_rows(rows))
        self.state = state._replace(step=end, parameters=parameters, optimizer=optimizer)
        losses += np.asarray(found)[:count].tolist()
        fitting = int(_SECONDS_OF_CALL * count / (time.perf_counter() - began))
        self._steps_at_once = max(1, min(_MOST_STEPS, max(fitting, self._steps_at_once // 2)))
        return end == evaluation

    def _start_anew_if_due(self) -> None:
        start, passed = divmod(self.state.step, self.recipe.steps_of_start)
        if passed or not start:
            return
        model = nnx.merge(self._graph, self.state.parameters, self.state.candidates, self._fixed)
        rng = np.random.default_rng((self.seed, start))
        for layer in model.layers:
            layer.start(rng)
        _, *states = nnx.split(model, nnx.Param, Candidates, ...)
        parameters, candidates, _ = (jax.tree.map(self._own_copy, state) for state in states)
        optimizer = jax.tree.map(self._own_copy, self._optimizer.init(parameters))
        self.state = self.state._replace(parameters=parameters, candidates=candidates, optimizer=optimizer)

    def _rewire_if_due(self) -> None:
        recipe, state = self.recipe, self.state
        passed = state.step % recipe.steps_of_start
        is_due = state.step % recipe.rewire_every == 0 and 0 < passed < recipe.rewire_until * recipe.steps_of_start
        if not is_due or not jax.tree.leaves(state.candidates) or not recipe.num_rewired:
            return
        batches = self._order.rows(state.step, -(-_SAMPLES_OF_REWIRING // self._order.batch_size))
        parameters, candidates = self._rewire(
            state.parameters,
            state.candidates,
            self._fixed,
            *self._training,
            np.int32(state.step),
            self._shared_rows(batches.reshape(1, -1)),
        )
        self.state = state._replace(parameters=parameters, candidates=candidates)

    @property
    def _is_hard(self) -> bool:
        return self.recipe.forward.endswith("straight-through")

    def _is_best(self, accuracy: float) -> bool:
        if self._choosing is not self._training:
            return accuracy >= self.state.best_accuracy
        # Training samples do not choose among steps, where what was learned by heart would win, but among starts.
        step, length = self.state.step, self.recipe.steps_of_start
        start, start_of_best = (max(0, steps - 1) // length for steps in (step, self.state.best_step))
        if start == start_of_best:
            return True
        return (step % length == 0 or step == self.recipe.steps) and accuracy > self.state.best_accuracy

    def _evaluate(self, losses: list[float], num_seen: int, start: float, *, is_scheduled: bool) -> Evaluation:
        """Looks at what chooses; only what training would have looked at anyway may become the best."""
        state = self.state
        hard = self._accuracy(state.parameters, state.candidates, self._choosing, "hard")
        # What is trained straight through is hard at all times; between gates it means nothing.
        soft = hard if self._is_hard else self._accuracy(state.parameters, state.candidates, self._choosing, "soft")
        if is_scheduled and self._is_best(hard):
            best = self._copy((state.parameters, state.candidates))
            self.state = state._replace(best=best, best_accuracy=hard, best_step=state.step)
        loss = float(np.mean(losses))
        losses.clear()
        return Evaluation(state.step, loss, soft, hard, num_seen / (time.perf_counter() - start))

    def _accuracy(self, parameters: Any, candidates: Any, samples: tuple[Array, Array], forward: str) -> float:
        num_samples = samples[0].shape[0]
        if not num_samples:
            return float("nan")
        size = min(_SAMPLES_OF_EVALUATION, num_samples)
        size += -size % self._everywhere.mesh.size
        rows = np.full((-(-num_samples // size), size), -1, np.int32)
        rows.ravel()[:num_samples] = np.arange(num_samples)
        count = self._count_correct[forward](parameters, candidates, self._fixed, *samples, self._shared_rows(rows))
        return int(count) / num_samples

    def _shared_rows(self, rows: Int32[np.ndarray, "calls batch"]) -> Array:
        return jax.make_array_from_callback(rows.shape, self._shared, lambda index: rows[index])

    def _own_copy(self, array: Array) -> Array:
        """Returns a copy on all devices, since what is donated must not be anybody else's."""
        copy: Array = jax.device_put(jnp.array(array), self._everywhere)
        return copy

    def _copy(self, tree: Any) -> Any:
        return jax.tree.map(jnp.copy, tree)

    def _on_devices(self, samples: Samples) -> tuple[Array, Array]:
        return (
            jax.device_put(samples.features, self._everywhere),
            jax.device_put(samples.labels.astype(np.int32), self._everywhere),
        )

    def _shared_call(self, function: Callable[..., Any], *, num_replicated: int, donate: tuple[int, ...] = ()) -> Any:
        """Returns a function compiled for all devices, of which each gets its share of the last argument's columns."""
        everywhere, shared = self._everywhere, self._shared
        specs = (*[everywhere.spec] * num_replicated, shared.spec)
        mapped = jax.shard_map(
            function, mesh=everywhere.mesh, in_specs=specs, out_specs=everywhere.spec, check_vma=False
        )
        compiled = jax.jit(mapped, donate_argnums=donate)
        device = everywhere.mesh.devices.flat[0]

        def call(*arrays: Any) -> Any:
            # What is compiled depends on the platform.
            with jax.default_device(device):
                return compiled(*arrays)

        return call

    def _steps(
        self,
        parameters: Any,
        candidates: Any,
        optimizer: Any,
        fixed: Any,
        features: Array,
        labels: Array,
        first_step: Int[Array, ""],
        count: Int[Array, ""],
        rows: Int32[Array, "steps share"],
    ) -> tuple[Any, Any, Array]:
        """Does one step for each of the first rows, on one device's share of the batches; returns their losses, too."""

        def step(place: Array, carried: tuple[Any, Any, Array]) -> tuple[Any, Any, Array]:
            parameters, optimizer, losses = carried
            batch = rows[place]
            key = jax.random.fold_in(jax.random.key(self.seed), first_step + place)
            noise_key, shift_key = jax.random.split(key)
            seen = features[batch]
            if self._image_shape is not None:
                key = jax.random.fold_in(shift_key, jax.lax.axis_index(_AXIS))
                seen = shift_images(seen, self._image_shape, self.recipe.max_shift, key)
            loss, gradient = jax.value_and_grad(self._loss)(
                parameters, candidates, fixed, seen, labels[batch], noise_key
            )
            loss, gradient = jax.lax.pmean((loss, gradient), _AXIS)
            updates, optimizer = self._optimizer.update(gradient, optimizer, parameters)
            return optax.apply_updates(parameters, updates), optimizer, losses.at[place].set(loss)

        start: tuple[Any, Any, Array] = (parameters, optimizer, jnp.zeros(len(rows)))
        found: tuple[Any, Any, Array] = jax.lax.fori_loop(0, count, step, start)
        return found

    def _loss(self, parameters: Any, candidates: Any, fixed: Any, features: Array, labels: Array, key: Array) -> Array:
        model = nnx.merge(self._graph, parameters, candidates, fixed)
        logits = model(features, forward=self.recipe.forward, key=key)
        loss: Array = optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
        return loss

    def _rewired(
        self,
        parameters: Any,
        candidates: Any,
        fixed: Any,
        features: Array,
        labels: Array,
        step: Int[Array, ""],
        rows: Int32[Array, "1 share"],
    ) -> tuple[Any, Any]:
        """Returns parameters and candidates after rewiring, by what some samples say."""
        model = nnx.merge(self._graph, parameters, candidates, fixed)
        bits = model.encoder(features[rows[0]]).astype(jnp.float32)

        def loss(outputs: Array) -> Array:
            mean: Array = optax.softmax_cross_entropy_with_integer_labels(model.head(outputs), labels[rows[0]]).mean()
            return mean

        key = jax.random.fold_in(jax.random.key(self.seed), step)
        stages = stages_of(model.layers, "straight-through" if self._is_hard else "soft")
        found = gradients_of_wires(stages, bits, loss, jax.random.fold_in(key, _REWIRING))
        learned: list[Any] = [layer for layer in model.layers if layer.candidates is not None]
        for layer, of_wires in zip(learned, found, strict=True):
            layer.wires[...], layer.candidates[...] = replace_candidates(
                layer.wires[...],
                layer.candidates[...],
                of_wires,
                self.recipe.num_rewired,
                mean=lambda gains: jax.lax.pmean(gains, _AXIS),
            )
        _, *states = nnx.split(model, nnx.Param, Candidates, ...)
        return states[0], states[1]

    def _correct_of_rows(
        self,
        forward: Forward,
        parameters: Any,
        candidates: Any,
        fixed: Any,
        features: Array,
        labels: Array,
        rows: Int32[Array, "calls share"],
    ) -> Array:
        """Returns how many of the rows are classified correctly; -1 is none. Of equal scores the first class wins."""
        model = nnx.merge(self._graph, parameters, candidates, fixed)

        def count(total: Array, batch: Array) -> tuple[Array, None]:
            classes = jnp.argmax(model(features[batch], forward=forward), axis=1)
            return total + jnp.sum((classes == labels[batch]) & (batch >= 0)), None

        total: Array = jax.lax.psum(jax.lax.scan(count, jnp.zeros((), jnp.int32), rows)[0], _AXIS)
        return total


def _next_multiple(number: int, factor: int) -> int:
    return (number // factor + 1) * factor


def _optimizer(recipe: ClassifierRecipe) -> optax.GradientTransformation:
    """Returns AdamW with one rate for gates and another for wires."""

    def adam(rate: float) -> optax.GradientTransformation:
        schedule = optax.cosine_decay_schedule(rate, recipe.steps_of_start, recipe.final_rate)
        return optax.adamw(schedule, b1=recipe.b1, b2=recipe.b2, weight_decay=recipe.weight_decay)

    def kinds(parameters: Any) -> Any:
        return jax.tree_util.tree_map_with_path(
            lambda path, _: "wires" if any("wires" in str(key) for key in path) else "gates", parameters
        )

    rates = {"gates": adam(recipe.learning_rate), "wires": adam(recipe.learning_rate * recipe.wire_rate)}
    return optax.multi_transform(rates, kinds)
