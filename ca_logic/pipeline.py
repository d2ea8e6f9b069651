"""The spine: from a rule to a circuit that is proved equal to it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ca_logic.circuit import Circuit
from ca_logic.learning import Progress, Recipe, Training, default_recipe, extract_circuit, train_until_exact
from ca_logic.synthesis import PassResult, Proof, optimize, prove_equivalent
from ca_logic.tasks import Rule, rule_training_set


@dataclass(frozen=True, eq=False)
class LearnedRule:
    """A rule with the circuit that was learned for it.

    Attributes:
        rule: what was learned.
        training: the exact network, and how it came about.
        extracted: its hard gates, one for each neuron.
        circuit: the same function in fewer gates.
        passes: what each synthesis pass left.
        proof: that `circuit` computes the rule; against the rule's own table, not the network's.
        synthesis_seconds: wall time of extraction, synthesis and proof.
    """

    rule: Rule
    training: Training
    extracted: Circuit
    circuit: Circuit
    passes: tuple[PassResult, ...]
    proof: Proof
    synthesis_seconds: float


def learn_rule(
    rule: Rule,
    *,
    seed: int = 0,
    recipe: Callable[[int], Recipe] = default_recipe,
    max_attempts: int = 10,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_pass: Callable[[PassResult], None] = lambda _: None,
) -> LearnedRule:
    """Trains a network until it is exactly the rule, and turns it into a small proved circuit.

    Raises:
        LearningError: if no attempt became exact.
        EquivalenceError: if the circuit is not the rule, which would be a bug.
    """
    task = rule_training_set(rule)
    training = train_until_exact(task, seed=seed, recipe=recipe, max_attempts=max_attempts, on_progress=on_progress)
    started = time.perf_counter()
    extracted = extract_circuit(
        training.network, name=rule.folder_name, input_names=task.input_names, output_names=task.output_names
    )
    circuit, passes = optimize(extracted, on_pass=on_pass)
    proof = prove_equivalent(circuit, task.targets)
    return LearnedRule(rule, training, extracted, circuit, passes, proof, time.perf_counter() - started)
