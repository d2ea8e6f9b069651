"""The spine with real training: rules become exact, proved circuits."""

import numpy as np
import pytest

from ca_logic.circuit import truth_tables
from ca_logic.learning.recipe import WIDE
from ca_logic.pipeline import LearnedRule, learn_rule
from ca_logic.synthesis.functional_hashing import functional_hashing
from ca_logic.synthesis.resubstitution import resubstitution
from ca_logic.synthesis.structural_hashing import strash, sweep
from ca_logic.tasks import Rule, load_rule


def assert_learned(learned: LearnedRule) -> None:
    table = learned.rule.table[None, :]
    np.testing.assert_array_equal(truth_tables(learned.extracted), table)
    np.testing.assert_array_equal(truth_tables(learned.circuit), table)
    assert learned.proof.rows == learned.proof.rows_right == 512
    assert learned.circuit.num_gates <= learned.extracted.num_gates


@pytest.mark.parametrize("seed", range(5))
def test_life_is_exact_at_the_first_attempt_with_at_most_150_gates(seed: int) -> None:
    learned = learn_rule(load_rule("life"), seed=seed)
    assert_learned(learned)
    assert learned.training.attempts == 1
    assert learned.circuit.num_gates <= 150


def test_rewiring_frees_what_replacing_signals_alone_cannot() -> None:
    learned = learn_rule(load_rule("life"), seed=0)
    hashed = functional_hashing(strash(sweep(learned.extracted)))
    alone = min(resubstitution(hashed, seed=seed).num_gates for seed in range(4))
    walked = resubstitution(hashed, seed=0, rounds=10)
    np.testing.assert_array_equal(truth_tables(walked), learned.rule.table[None, :])
    assert walked.num_gates < 0.9 * alone


@pytest.mark.parametrize("name", ["B36/S23", "seeds", "daynight", "B1357/S1357", "B/S", "B012345678/S012345678"])
def test_other_rules_are_learned_by_the_same_recipe(name: str) -> None:
    assert_learned(learn_rule(load_rule(name)))


def test_a_table_without_any_structure_is_learned_by_the_wide_network() -> None:
    table = np.random.default_rng(0).integers(0, 2, 512).astype(np.uint8)
    rule = Rule(name="noise", rulestring="noise", table=table)
    assert_learned(learn_rule(rule, recipe=lambda _: WIDE))


def test_progress_and_passes_are_reported_as_they_happen() -> None:
    steps: list[int] = []
    passes: list[str] = []
    learned = learn_rule(
        load_rule("life"),
        on_progress=lambda progress: steps.append(progress.step),
        on_pass=lambda result: passes.append(result.name),
    )
    assert steps == sorted(steps)
    assert steps[-1] == learned.training.steps
    assert passes == [result.name for result in learned.passes]
    assert passes[-1] == "0-resubstitution"
