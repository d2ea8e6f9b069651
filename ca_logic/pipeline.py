"""The spine: from a rule, or from frames of an unknown one, to a circuit that is proved equal to it."""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int64

from ca_logic.circuit import Circuit, LookupCircuit, truth_tables
from ca_logic.errors import EquivalenceError, LearningError
from ca_logic.learning import (
    LogicNetwork,
    Progress,
    Recipe,
    Training,
    default_recipe,
    extract_circuit,
    join_networks,
    train_until_exact,
)
from ca_logic.learning.training import STEPS_PER_CALL, untrained_network
from ca_logic.synthesis import Optimized, PassResult, Proof, exhaustive_proof, find_differences, optimize, prove_rule
from ca_logic.synthesis.flow import FUNCTIONAL_HASHING, Unit
from ca_logic.synthesis.row_sharing import num_gates_a_row
from ca_logic.tasks import (
    Rule,
    TrainingSet,
    centre_training_set,
    list_rules,
    live_training_set,
    neighbourhood_sample,
    require_learnable,
    ring_training_set,
    rule_of_transitions,
    rule_training_set,
    table_training_set,
)
from ca_logic.tasks.neighbourhood import bit_planes, input_names, output_names, transitions_of
from ca_logic.tasks.observation import UNKNOWN, Completion, Observation, complete

_SMALL_EFFORT = 2
_MAX_COUNTEREXAMPLES = 512

OnCircuit = Callable[[Progress, Callable[[], Circuit]], None]
"""Told of progress, and what returns the hard network as it is then."""


@dataclass(frozen=True, eq=False)
class LearnedRule:
    """A rule with the circuit that was learned for it.

    Attributes:
        rule: what was learned.
        training: the exact network, and how it came about.
        extracted: its hard gates, one for each neuron.
        circuit: the same function in few two-input gates.
        tables: the same function in few three-input tables.
        row_circuit: the same function in two-input gates few of which a kernel evaluates for each row; this one is run.
        passes: what each synthesis pass left.
        row_passes: the same of `row_circuit`, after `circuit` was done; sizes are gates for each row.
        proof: that all three compute the rule; against the rule's own table, not the network's.
        synthesis_seconds: wall time of extraction, synthesis and proof.
    """

    rule: Rule
    training: Training
    extracted: Circuit
    circuit: Circuit
    tables: LookupCircuit
    row_circuit: Circuit
    passes: tuple[PassResult, ...]
    row_passes: tuple[PassResult, ...]
    proof: Proof
    synthesis_seconds: float


def learn_rule(
    rule: Rule,
    *,
    seed: int = 0,
    effort: int = 1,
    recipe: Callable[[TrainingSet, int], Recipe] = default_recipe,
    max_attempts: int = 10,
    steps_per_call: int = STEPS_PER_CALL,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_circuit: OnCircuit = lambda _, __: None,
    on_pass: Callable[[PassResult], None] = lambda _: None,
    on_row_pass: Callable[[PassResult], None] | None = None,
) -> LearnedRule:
    """Trains a network until it is exactly the rule, and turns it into a small proved circuit.

    Args:
        rule: what to learn.
        seed: decides wiring, start, and the walks of synthesis.
        effort: of synthesis, 0 to 3.
        recipe: what to try at each attempt.
        max_attempts: how often to start anew.
        steps_per_call: how many training steps to take between two calls of `on_progress`.
        on_progress: called every few training steps.
        on_circuit: called after it, with what returns the hard network as it is now, as a circuit of the whole rule;
            parts whose training has not begun are in it untrained.
        on_pass: called after each synthesis pass.
        on_row_pass: called instead after those that look for few gates a row; by default it is `on_pass`.

    Raises:
        RuleError: if the rule has more states than can be proved.
        LearningError: if no attempt became exact.
        EquivalenceError: if the circuit is not the rule, which would be a bug.
    """
    require_learnable(rule)
    training = _train(
        rule,
        seed=seed,
        recipe=recipe,
        on_circuit=on_circuit,
        max_attempts=max_attempts,
        steps_per_call=steps_per_call,
        on_progress=on_progress,
    )
    started = time.perf_counter()
    extracted = _extract(training.network, rule)
    optimized = optimize_for_rule(extracted, rule, effort=effort, seed=seed, on_pass=on_pass, on_row_pass=on_row_pass)
    return _learned(rule, training, extracted, optimized, time.perf_counter() - started)


def _learned(
    rule: Rule, training: Training, extracted: Circuit, optimized: "OptimizedRule", synthesis_seconds: float
) -> LearnedRule:
    return LearnedRule(
        rule=rule,
        training=training,
        extracted=extracted,
        circuit=optimized.gates,
        tables=optimized.tables,
        row_circuit=optimized.row_gates,
        passes=optimized.passes,
        row_passes=optimized.row_passes,
        proof=optimized.proof,
        synthesis_seconds=synthesis_seconds,
    )


def _train(
    rule: Rule, *, seed: int, recipe: Callable[[TrainingSet, int], Recipe], on_circuit: OnCircuit, **options: Any
) -> Training:
    """Trains a network that is exactly the rule; one of more than two states in three parts, which are joined."""
    if rule.num_states == 2:
        return train_until_exact(
            rule_training_set(rule),
            seed=seed,
            recipe=recipe,
            on_network=lambda progress, network: on_circuit(progress, lambda: _extract(network(), rule)),
            **options,
        )
    tasks = (live_training_set(rule), ring_training_set(rule), centre_training_set(rule))
    networks = [untrained_network(task, recipe(task, 0), seed=seed) for task in tasks]

    def joined() -> LogicNetwork:
        return join_networks(*networks, bits_per_cell=rule.bits_per_cell)

    def train_part(place: int, task: TrainingSet) -> Training:
        def show(progress: Progress, network: Callable[[], LogicNetwork]) -> None:
            def extract() -> Circuit:
                networks[place] = network()
                return _extract(joined(), rule)

            on_circuit(progress, extract)

        part = train_until_exact(task, seed=seed, recipe=recipe, on_network=show, **options)
        networks[place] = part.network
        return part

    parts = [train_part(place, task) for place, task in enumerate(tasks)]
    return dataclasses.replace(
        parts[0],
        network=joined(),
        attempts=1 + sum(part.attempts - 1 for part in parts),
        histories=tuple(history for part in parts for history in part.histories),
        seconds=sum(part.seconds for part in parts),
    )


def _extract(network: LogicNetwork, rule: Rule) -> Circuit:
    bits = rule.bits_per_cell
    return extract_circuit(
        network, name=rule.folder_name, input_names=input_names(bits), output_names=output_names(bits)
    )


def learn_small(
    rule: Rule,
    seeds: range,
    *,
    on_seed: Callable[[LearnedRule], None] = lambda _: None,
    on_pass: Callable[[PassResult], None] = lambda _: None,
    **options: Any,
) -> LearnedRule:
    """Learns the rule from each seed, works longer on the smallest circuit, and returns it.

    Args:
        rule: what to learn.
        seeds: of the networks; a circuit depends much on the network that it came from.
        on_seed: called with what each seed gave.
        on_pass: as for `learn_rule`.
        options: the others of `learn_rule`.

    Raises:
        LearningError: if no seed led to an exact network.
    """
    smallest: LearnedRule | None = None
    failure: LearningError | None = None
    for seed in seeds:
        try:
            learned = learn_rule(rule, seed=seed, on_pass=on_pass, **options)
        except LearningError as error:
            failure = error
            continue
        on_seed(learned)
        if smallest is None or learned.circuit.num_gates < smallest.circuit.num_gates:
            smallest = learned
    if smallest is None:
        raise failure or LearningError("no seed was given to learn from.")
    started = time.perf_counter()
    again = optimize_for_rule(
        smallest.circuit, rule, effort=_SMALL_EFFORT, seed=smallest.training.seed, on_pass=on_pass
    )
    longer, rows_longer = (
        [dataclasses.replace(done, name=f"{done.name}, longer") for done in passes]
        for passes in (_searches(again.passes), again.row_passes)
    )
    return dataclasses.replace(
        smallest,
        circuit=min(again.gates, smallest.circuit, key=lambda circuit: circuit.num_gates),
        tables=min(again.tables, smallest.tables, key=lambda tables: tables.num_gates),
        row_circuit=min(again.row_gates, smallest.row_circuit, key=num_gates_a_row),
        passes=(*smallest.passes, *longer),
        row_passes=(*smallest.row_passes, *rows_longer),
        synthesis_seconds=smallest.synthesis_seconds + time.perf_counter() - started,
    )


@dataclass(frozen=True, eq=False)
class OptimizedRule(Optimized):
    """The circuits of a rule: also one that is optimized for the kernel, which computes once what rows share.

    Attributes:
        row_gates: of two-input gates, few of which are evaluated for each row of a board.
        row_passes: what each search for these left.
    """

    row_gates: Circuit
    row_passes: tuple[PassResult, ...]


def optimize_for_rule(
    circuit: Circuit,
    rule: Rule,
    *,
    effort: int = 1,
    seed: int = 0,
    on_pass: Callable[[PassResult], None] = lambda _: None,
    on_row_pass: Callable[[PassResult], None] | None = None,
) -> OptimizedRule:
    """Optimizes a circuit that computes the rule, on neighbourhoods of states that exist, and proves the results.

    With more than two states a sample of them decides; where the result then differs from the rule, which is
    looked for everywhere, the differences join the sample, and all begins anew.

    Args:
        circuit: computes the rule.
        rule: what it computes.
        effort: 0 to 3.
        seed: decides the random walks.
        on_pass: called after each pass, and during the long ones now and then.
        on_row_pass: called instead in the search for few gates a row; by default it is `on_pass`.

    Raises:
        EquivalenceError: if the circuit did not compute the rule to begin with.
    """
    sample = neighbourhood_sample(rule)

    def search(start: Circuit, *results: Unit, effort: int, share_rows: bool = False) -> Optimized:
        nonlocal sample
        report = on_row_pass or on_pass if share_rows else on_pass
        while True:
            care = bit_planes(sample, rule.bits_per_cell)
            optimized = optimize(
                start, care=care, effort=effort, cost="gates", share_rows=share_rows, seed=seed, on_pass=report
            )
            found = [find_differences(getattr(optimized, unit), rule, limit=_MAX_COUNTEREXAMPLES) for unit in results]
            differences = np.concatenate(found, axis=1)
            if not differences.shape[1]:
                return optimized
            if (sample == differences[:, :1]).all(axis=0).any():
                # Synthesis keeps what the sample has, so this is how the circuit came.
                prove_rule(circuit, rule)
            sample = np.concatenate([sample, differences], axis=1)

    if rule.num_states > 2:
        # Most differences show soon: to look for them with little effort first is not to work long on wrong circuits.
        search(circuit, "gates", "tables", effort=0)
    optimized = search(circuit, "gates", "tables", effort=effort)
    rows = search(optimized.gates, "gates", effort=effort, share_rows=True)
    return _with_rows(dataclasses.replace(optimized, proof=exhaustive_proof(rule)), rows)


def _with_rows(optimized: Optimized, rows: Optimized) -> OptimizedRule:
    """Joins what was found without and with rows shared."""
    return OptimizedRule(
        **vars(optimized),
        row_gates=min(rows.gates, optimized.gates, key=num_gates_a_row),
        row_passes=_searches(rows.passes),
    )


def _searches(passes: tuple[PassResult, ...]) -> tuple[PassResult, ...]:
    """Returns the passes that walk at random, which come after all others."""
    return passes[[done.name for done in passes].index(FUNCTIONAL_HASHING) + 1 :]


@dataclass(frozen=True, eq=False)
class LearnedFrames:
    """A rule that was learned from frames.

    Attributes:
        observation: what was seen.
        completion: what was assumed about the rest.
        learned: the circuit and the rule that it is; where nothing was seen or assumed the circuit decided.
        agreeing: the shipped rules that agree with all that was seen.
    """

    observation: Observation
    completion: Completion
    learned: LearnedRule
    agreeing: tuple[Rule, ...]

    @property
    def num_seen(self) -> int:
        """Neighbourhoods of which the frames said what follows; the circuit is proved right on these."""
        return int(self.observation.seen.sum())

    @property
    def num_assumed(self) -> int:
        """Neighbourhoods that were filled from the hypothesis."""
        return int(self.completion.assumed.sum())

    @property
    def free(self) -> Int64[np.ndarray, " rows"]:
        """The neighbourhoods about which nothing was seen or assumed."""
        return np.flatnonzero(self.completion.table == UNKNOWN)


def learn_frames(
    observation: Observation,
    *,
    hypothesis: str | None = None,
    name: str = "observed",
    seed: int = 0,
    effort: int = 1,
    recipe: Callable[[TrainingSet, int], Recipe] = default_recipe,
    max_attempts: int = 10,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_pass: Callable[[PassResult], None] = lambda _: None,
) -> LearnedFrames:
    """Learns a circuit that is exact on every neighbourhood that was seen, or is assumed to be known.

    Args:
        observation: what was seen.
        hypothesis: as for `complete`.
        name: of the circuit, while the rule has none.
        seed: decides wiring, start, and the walks of synthesis.
        effort: of synthesis, 0 to 3.
        recipe: what to try at each attempt.
        max_attempts: how often to start anew.
        on_progress: called every few training steps.
        on_pass: called after each synthesis pass.

    Raises:
        FramesError: if the hypothesis is contradicted.
        LearningError: if no attempt became exact.
        EquivalenceError: if the circuit contradicts what was seen, which would be a bug.
    """
    completion = complete(observation.table, hypothesis)
    known = np.flatnonzero(completion.table != UNKNOWN)
    task = table_training_set(name, completion.table, known)
    training = train_until_exact(task, seed=seed, recipe=recipe, max_attempts=max_attempts, on_progress=on_progress)
    started = time.perf_counter()
    extracted = extract_circuit(
        training.network, name=name, input_names=task.input_names, output_names=task.output_names
    )
    optimized = optimize(extracted, care=task.inputs, effort=effort, cost="gates", seed=seed, on_pass=on_pass)
    table = truth_tables(optimized.gates)[0]
    if (table[known] != completion.table[known]).any():
        raise EquivalenceError("the circuit contradicts what was seen, which is a bug.")
    rule = rule_of_transitions(transitions_of(table))
    circuit = dataclasses.replace(optimized.gates, name=rule.folder_name)
    # What nobody saw, the circuit of gates decides for the others, too.
    tables = optimized.tables
    if len(known) < len(table):
        tables = optimize(circuit, effort=effort, cost="tables", seed=seed, on_pass=on_pass).tables
    tables = dataclasses.replace(tables, name=circuit.name)
    rows = optimize(circuit, effort=effort, cost="gates", share_rows=True, seed=seed, on_pass=on_pass)
    seen = observation.seen
    num_seen, num_free = int(seen.sum()), len(table) - len(known)
    method = "exhaustive"
    if num_seen < len(table):
        assumed = f"{completion.assumed.sum()} assumed {completion.hypothesis}" if completion.hypothesis else ""
        free = f"{num_free} free" if num_free else ""
        method = f"all that were seen; {', '.join(filter(None, (assumed, free)))}"
    if observation.contradictions:
        method += "; by the majority of noisy frames"
    proof = Proof(method, rows=num_seen, rows_right=num_seen)
    optimized = _with_rows(dataclasses.replace(optimized, gates=circuit, tables=tables, proof=proof), rows)
    learned = _learned(rule, training, extracted, optimized, time.perf_counter() - started)
    agreeing = tuple(
        shipped
        for shipped in list_rules()
        if shipped.num_states == 2 and (shipped.table[seen] == observation.table[seen]).all()
    )
    return LearnedFrames(observation, completion, learned, agreeing)
