"""Trains a network until the *hard* network is exact on every row, and not a step longer.

The one idea: the whole table is one batch, and the whole loop (gradient step, then the hard network on
packed words) is one compiled function that stops by itself. The hard network is exact long before the soft
loss is small.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float, Int, UInt32

from ca_logic.errors import LearningError
from ca_logic.gates import NUM_GATES
from ca_logic.learning.device import describe_device
from ca_logic.learning.network import LogicNetwork, pack_rows
from ca_logic.learning.parametrization import ParametrizationName, make_parametrization
from ca_logic.learning.recipe import Recipe, default_recipe
from ca_logic.learning.stack import LayerStacks, evaluate_hard, evaluate_softly, stack_layers, unstack_layers
from ca_logic.tasks import TrainingSet

_FEW_ROWS = 64
_MANY_ROWS = 256

STEPS_PER_CALL = 20
"""Steps between two looks at the clock, the progress display and Ctrl-C."""


@dataclass(frozen=True)
class Progress:
    """Where training stands: the part that is trained, attempts and steps from 1, wrong rows of the hard network."""

    part: str
    attempt: int
    step: int
    max_steps: int
    loss: float
    wrong_rows: int
    num_rows: int


@dataclass(frozen=True, eq=False)
class History:
    """What happened at each step of one attempt; step i is entry i - 1.

    Attributes:
        part: the name of what was trained.
        attempt: which attempt, from 1.
        loss: weighted sum of squared errors of the soft network.
        wrong_rows: rows on which the hard network is wrong.
        certainty: how far the gates have made up their minds, on average, from 0 to 1.
        gate_counts: how many neurons stand for each of the sixteen gates.
    """

    part: str
    attempt: int
    loss: Float[np.ndarray, " steps"]
    wrong_rows: Int[np.ndarray, " steps"]
    certainty: Float[np.ndarray, " steps"]
    gate_counts: Int[np.ndarray, "steps 16"]


@dataclass(frozen=True, eq=False)
class Training:
    """A network that is exact on every row, and how it became so.

    Attributes:
        network: its hard gates compute every target.
        seed: the one that was asked for.
        attempts: how many it took, the successful one included; where parts were trained, 1 and all restarts.
        histories: one for each attempt.
        device: what trained it, such as `cpu: AMD EPYC`.
        seconds: wall time, compilation by JAX included.
    """

    network: LogicNetwork
    seed: int
    attempts: int
    histories: tuple[History, ...]
    device: str
    seconds: float

    @property
    def steps(self) -> int:
        """Training steps over all attempts."""
        return sum(len(history.loss) for history in self.histories)


def train_until_exact(
    task: TrainingSet,
    *,
    seed: int = 0,
    recipe: Callable[[TrainingSet, int], Recipe] = default_recipe,
    max_attempts: int = 10,
    steps_per_call: int = STEPS_PER_CALL,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_network: Callable[[Progress, Callable[[], LogicNetwork]], None] = lambda _, __: None,
) -> Training:
    """Trains networks from new seeds until one is exact on every row of the task.

    Args:
        task: the rows.
        seed: decides everything: on a CPU the same seed trains the same network.
        recipe: what to try for the task at each attempt, counted from 0.
        max_attempts: how often to start anew.
        steps_per_call: how many steps to take between two calls of what follows, 1 to `STEPS_PER_CALL`.
        on_progress: called every few steps.
        on_network: called after it, with what returns the network as it is now; until the next step only.

    Raises:
        LearningError: if no attempt became exact; an inexact network is never returned.
    """
    if not 1 <= steps_per_call <= STEPS_PER_CALL:
        raise ValueError(f"{steps_per_call} steps a call; it must be 1 to {STEPS_PER_CALL}.")
    started = time.perf_counter()
    device = describe_device()
    histories: list[History] = []
    for attempt in range(max_attempts):
        own_recipe = recipe(task, attempt)
        network = untrained_network(task, own_recipe, seed=seed, attempt=attempt)
        history = _train_once(task, own_recipe, network, attempt + 1, steps_per_call, on_progress, on_network)
        histories.append(history)
        if history.wrong_rows[-1] == 0:
            return Training(
                network=network,
                seed=seed,
                attempts=attempt + 1,
                histories=tuple(histories),
                device=device,
                seconds=time.perf_counter() - started,
            )
    fewest = min(int(history.wrong_rows.min()) for history in histories)
    raise LearningError(
        f"{task.name}: not exact after {max_attempts} attempts with seed {seed} (fewest wrong rows: {fewest} of "
        f"{task.num_rows}); allow more with --attempts or --steps, or try another --seed."
    )


def untrained_network(task: TrainingSet, recipe: Recipe, *, seed: int = 0, attempt: int = 0) -> LogicNetwork:
    """Returns the network that an attempt, counted from 0, starts with."""
    return LogicNetwork(
        recipe.widths(len(task.inputs), len(task.targets)),
        wiring=recipe.wiring,
        parametrization=recipe.parametrization,
        rngs=nnx.Rngs(params=int(np.random.SeedSequence([seed, attempt]).generate_state(1)[0])),
    )


class _Data(NamedTuple):
    """The task as arrays on the device."""

    inputs: Float[Array, "inputs rows"]
    targets: Float[Array, "outputs rows"]
    weights: Float[Array, "outputs rows"]
    packed_inputs: UInt32[Array, "inputs words"]
    packed_targets: UInt32[Array, "outputs words"]
    packed_rows: UInt32[Array, "1 words"]


class _AdamConstants(NamedTuple):
    learning_rate: float
    b1: float
    b2: float
    epsilon: float


class _Log(NamedTuple):
    """What is written down at each step; the columns of a `History`."""

    loss: Float[Array, " steps"]
    wrong_rows: Int[Array, " steps"]
    certainty: Float[Array, " steps"]
    gate_counts: Int[Array, "steps 16"]


class _State(NamedTuple):
    step: Int[Array, ""]
    gates: tuple[Float[Array, "layers width size"], ...]
    optimizer: optax.OptState
    wrong_rows: Int[Array, ""]
    log: _Log


def _train_once(
    task: TrainingSet,
    recipe: Recipe,
    network: LogicNetwork,
    attempt: int,
    steps_per_call: int,
    on_progress: Callable[[Progress], None],
    on_network: Callable[[Progress, Callable[[], LogicNetwork]], None],
) -> History:
    """Trains the network until it is exact or its steps are used up; returns its history."""
    stacks = stack_layers(network)

    def current_network() -> LogicNetwork:
        unstack_layers(stacks, network)
        return network

    data = _data_of(task, recipe.class_balance)
    constants = _AdamConstants(recipe.learning_rate, recipe.b1, recipe.b2, recipe.epsilon)
    optimizer_state = _adam(constants).init(tuple(stack.gates for stack in stacks))
    pieces: list[list[np.ndarray]] = []
    done, wrong_rows = 0, task.num_rows
    while done < recipe.max_steps and wrong_rows:
        steps = min(steps_per_call, recipe.max_steps - done)
        state = _advance(stacks, optimizer_state, data, constants, steps, parametrization=recipe.parametrization)
        stacks, optimizer_state = _with_gates(stacks, state.gates), state.optimizer
        taken, wrong_rows = int(state.step), int(state.wrong_rows)
        pieces.append([np.asarray(column)[:taken] for column in state.log])
        done += taken
        progress = Progress(
            part=task.name,
            attempt=attempt,
            step=done,
            max_steps=recipe.max_steps,
            loss=float(pieces[-1][0][-1]),
            wrong_rows=wrong_rows,
            num_rows=task.num_rows,
        )
        on_progress(progress)
        on_network(progress, current_network)
    unstack_layers(stacks, network)
    loss, wrong, certainty, gate_counts = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return History(task.name, attempt, loss, wrong, certainty, gate_counts)


def _data_of(task: TrainingSet, class_balance: float) -> _Data:
    """Returns the task with each class of each output weighted by (half the rows / its rows)^class_balance.

    Rows of no weight fill it up to a round number, so that tasks of about as many rows share a compiled step.
    """
    ones = task.targets.mean(axis=1, keepdims=True)
    share = np.where(task.targets == 1, ones, 1 - ones)
    round_number = _FEW_ROWS if task.num_rows <= _FEW_ROWS else _MANY_ROWS
    padding = ((0, 0), (0, -task.num_rows % round_number))
    inputs, targets = np.pad(task.inputs, padding), np.pad(task.targets, padding)
    return _Data(
        inputs=jnp.asarray(inputs, dtype=jnp.float32),
        targets=jnp.asarray(targets, dtype=jnp.float32),
        weights=jnp.asarray(np.pad((0.5 / share) ** class_balance, padding), dtype=jnp.float32),
        packed_inputs=jnp.asarray(pack_rows(inputs)),
        packed_targets=jnp.asarray(pack_rows(targets)),
        packed_rows=jnp.asarray(pack_rows(np.pad(np.ones((1, task.num_rows)), padding))),
    )


def _adam(constants: _AdamConstants) -> optax.GradientTransformation:
    return optax.adam(constants.learning_rate, b1=constants.b1, b2=constants.b2, eps=constants.epsilon)


def _with_gates(stacks: LayerStacks, gates: tuple[Array, ...]) -> LayerStacks:
    return tuple(stack._replace(gates=own) for stack, own in zip(stacks, gates, strict=True))


@partial(jax.jit, static_argnames="parametrization")
def _advance(
    stacks: LayerStacks,
    optimizer_state: optax.OptState,
    data: _Data,
    constants: _AdamConstants,
    num_steps: int,
    *,
    parametrization: ParametrizationName,
) -> _State:
    """Takes up to `num_steps` steps, fewer if the hard network becomes exact.

    The task, the wiring and the optimizer's constants are data, so that another rule, seed or constant needs
    no new compilation.
    """
    kind = make_parametrization(parametrization)
    optimizer = _adam(constants)
    num_outputs = data.targets.shape[0]
    present = [stack.present for stack in stacks]
    num_present = sum(jnp.sum(mask) for mask in present)

    def loss_of(gates: tuple[Array, ...]) -> Array:
        outputs = evaluate_softly(_with_gates(stacks, gates), kind, data.inputs)[:num_outputs]
        return jnp.sum(data.weights * (outputs - data.targets) ** 2)

    def count_wrong_rows(gates: tuple[Array, ...]) -> Array:
        outputs = evaluate_hard(_with_gates(stacks, gates), kind, data.packed_inputs)[:num_outputs]
        wrong = jax.lax.reduce_or(outputs ^ data.packed_targets, axes=(0,)) & data.packed_rows[0]
        return jnp.sum(jax.lax.population_count(wrong)).astype(jnp.int32)

    def unfinished(state: _State) -> Array:
        return (state.step < num_steps) & (state.wrong_rows > 0)

    def take_step(state: _State) -> _State:
        loss, gradient = jax.value_and_grad(loss_of)(state.gates)
        updates, optimizer_state = optimizer.update(gradient, state.optimizer, state.gates)
        gates = optax.apply_updates(state.gates, updates)
        wrong_rows = count_wrong_rows(gates)
        certainties = [jnp.sum(kind.certainty(own) * mask) for own, mask in zip(gates, present, strict=True)]
        gate_counts = [
            jnp.sum((kind.harden(own)[..., None] == jnp.arange(NUM_GATES)) & mask[..., None], axis=(0, 1))
            for own, mask in zip(gates, present, strict=True)
        ]
        certainty = jnp.sum(jnp.stack(certainties)) / num_present
        entry = _Log(loss, wrong_rows, certainty, jnp.sum(jnp.stack(gate_counts), axis=0))
        log = jax.tree.map(lambda column, value: column.at[state.step].set(value), state.log, entry)
        return _State(state.step + 1, gates, optimizer_state, wrong_rows, log)

    start = _State(
        step=jnp.int32(0),
        gates=tuple(stack.gates for stack in stacks),
        optimizer=optimizer_state,
        wrong_rows=jnp.int32(1),
        log=_Log(
            loss=jnp.zeros(STEPS_PER_CALL),
            wrong_rows=jnp.zeros(STEPS_PER_CALL, jnp.int32),
            certainty=jnp.zeros(STEPS_PER_CALL),
            gate_counts=jnp.zeros((STEPS_PER_CALL, NUM_GATES), jnp.int32),
        ),
    )
    return jax.lax.while_loop(unfinished, take_step, start)
