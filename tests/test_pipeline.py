"""The spine with real training: rules, hard tables and frames become exact, proved circuits."""

import dataclasses
import functools
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ca_logic.circuit import Circuit, truth_tables
from ca_logic.errors import EquivalenceError, FramesError, LearningError, RuleError
from ca_logic.learning import Progress, Recipe
from ca_logic.pipeline import LearnedFrames, LearnedRule, learn_frames, learn_rule, learn_small, optimize_for_rule
from ca_logic.study import select_rules
from ca_logic.synthesis import Optimized, PassResult, find_differences, optimize
from ca_logic.synthesis.functional_hashing import functional_hashing
from ca_logic.synthesis.resubstitution import resubstitution
from ca_logic.synthesis.row_sharing import fold_rows
from ca_logic.synthesis.structural_hashing import strash, sweep
from ca_logic.tasks import Rule, list_rules, load_rule, neighbourhood_sample
from ca_logic.tasks.neighbourhood import bit_planes, input_names, output_names
from ca_logic.tasks.observation import UNKNOWN, observe
from tests.oracles import circuit_of_transitions, next_generation, random_cells, random_table
from tests.plain_evaluation import evaluate_row

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed"
)

HOPELESS = Recipe(hidden=(4,), max_steps=1)


def wireworld() -> Rule:
    """Returns WireWorld: empty, electron head, its tail, wire."""
    heads = np.array([bin(ring).count("1") for ring in range(256)])
    wire = np.where((heads == 1) | (heads == 2), 1, 3)
    transitions = np.stack([np.full(256, 0), np.full(256, 2), np.full(256, 3), wire])
    return Rule("wires", "wires", transitions.astype(np.uint8))


MANY_STATES = {"brian's brain": load_rule("/2/3"), "star wars": load_rule("345/2/4"), "wireworld": wireworld()}


@functools.cache
def learned_life(seed: int) -> LearnedRule:
    """Returns Life as learned from that seed, once for all tests."""
    return learn_rule(load_rule("life"), seed=seed)


@functools.cache
def progress_of_learning(name: str) -> tuple[LearnedRule, list[Progress], dict[str, Circuit]]:
    """Returns a rule of more than two states as learned, once for all tests, and how that went.

    With it come the hard networks of the whole rule as they were when a part was exact, by its name.
    """
    seen: list[Progress] = []
    networks: dict[str, Circuit] = {}

    def look(progress: Progress, extract: Callable[[], Circuit]) -> None:
        if not progress.wrong_rows:
            networks[progress.part] = extract()

    return learn_rule(MANY_STATES[name], on_progress=seen.append, on_circuit=look), seen, networks


def learned_with_states(name: str) -> LearnedRule:
    """Returns a rule of more than two states as learned."""
    return progress_of_learning(name)[0]


def assert_learned(learned: LearnedRule) -> None:
    table = learned.rule.table[None, :]
    np.testing.assert_array_equal(truth_tables(learned.extracted), table)
    np.testing.assert_array_equal(truth_tables(learned.circuit), table)
    np.testing.assert_array_equal(truth_tables(learned.tables), table)
    np.testing.assert_array_equal(truth_tables(learned.row_circuit), table)
    assert_no_more_gates_a_row(learned)
    assert learned.proof.rows == learned.proof.rows_right == 512
    assert learned.circuit.num_gates <= learned.extracted.num_gates
    assert learned.circuit.name == learned.row_circuit.name == learned.rule.folder_name


def assert_no_more_gates_a_row(learned: LearnedRule) -> None:
    """Asserts that the circuit for kernels is no worse there than the smallest one."""
    gates_a_row = fold_rows(learned.row_circuit).num_gates
    assert gates_a_row <= fold_rows(learned.circuit).num_gates
    assert all(done.proof is not None and done.unit in ("gates", "tables") for done in learned.row_passes)
    if learned.row_circuit is not learned.circuit:
        assert gates_a_row == min(done.size for done in learned.row_passes if done.unit == "gates")


def next_of(circuit: Circuit, states: list[int]) -> int:
    """Returns the state that follows according to a circuit, one row in plain Python."""
    bits = len(circuit.outputs)
    outputs = evaluate_row(circuit, tuple(state >> bit & 1 for bit in range(bits) for state in states))
    return sum(value << bit for bit, value in enumerate(outputs))


@pytest.mark.parametrize("seed", range(3))
def test_life_is_exact_at_the_first_attempt_with_at_most_150_gates(seed: int) -> None:
    learned = learned_life(seed)
    assert_learned(learned)
    assert learned.training.attempts == 1
    assert learned.circuit.num_gates <= 150


@needs_compiler
@pytest.mark.parametrize("seed", range(3))
def test_rows_of_life_share_much(seed: int) -> None:
    learned = learned_life(seed)
    assert fold_rows(learned.row_circuit).num_gates <= 20 < fold_rows(learned.circuit).num_gates


def test_rewiring_frees_what_replacing_signals_alone_cannot() -> None:
    learned = learned_life(0)
    hashed = functional_hashing(strash(sweep(learned.extracted)))
    alone = min(resubstitution(hashed, seed=seed).num_gates for seed in range(4))
    walked = resubstitution(hashed, seed=0, rounds=10)
    np.testing.assert_array_equal(truth_tables(walked), learned.rule.table[None, :])
    assert walked.num_gates < 0.9 * alone


@pytest.mark.parametrize("name", ["B36/S23"])
def test_other_rules_are_learned_by_the_same_recipe(name: str) -> None:
    assert_learned(learn_rule(load_rule(name)))


@pytest.mark.parametrize(
    ("name", "rule"), select_rules(["constants", "minterms:1", "parity", "random:1"]) + select_rules(["sparse:3"])[1:2]
)
def test_hard_tables_are_learned_by_the_same_recipe(name: str, rule: Rule) -> None:
    learned = learn_rule(rule, max_attempts=3)
    assert_learned(learned)
    if name.startswith("constant"):
        # An inverter of nothing, at most.
        assert learned.circuit.num_gates <= 1
    if name in ("parity", "minterm"):
        assert learned.circuit.num_gates == 8


@pytest.mark.parametrize("name", MANY_STATES)
def test_rules_of_more_states_are_learned_exactly_and_proved(name: str) -> None:
    learned = learned_with_states(name)
    rule = MANY_STATES[name]
    assert learned.proof.rows == learned.proof.rows_right == rule.num_states**9
    assert (learned.circuit.inputs, learned.circuit.outputs) == (input_names(2), output_names(2))
    assert learned.circuit.num_gates < learned.extracted.num_gates == learned.training.network.num_gates
    rng = np.random.default_rng(0)
    for states in rng.integers(0, rule.num_states, (200, 9)).tolist():
        ring = "".join("1" if state == 1 else "0" for state in (*states[:4], *states[5:]))
        expected = rule.transitions[states[4], int(ring, 2)]
        assert next_of(learned.circuit, states) == next_of(learned.extracted, states) == expected
        assert next_of(learned.row_circuit, states) == expected
    assert learned.row_circuit.outputs == learned.circuit.outputs
    assert_no_more_gates_a_row(learned)


def test_brians_brain_is_born_of_two_fires_once_and_rests() -> None:
    circuit = learned_with_states("brian's brain").circuit
    assert [next_of(circuit, [1] * live + [2] * (4 - live) + [0] * 5) for live in range(4)] == [0, 0, 1, 0]
    assert next_of(circuit, [1, 1, 0, 0, 1, 0, 0, 0, 0]) == 2
    assert next_of(circuit, [1, 1, 0, 0, 2, 0, 0, 0, 0]) == 0


def test_all_parts_of_a_rule_of_more_states_are_reported_and_counted() -> None:
    learned, seen, _ = progress_of_learning("brian's brain")
    # Three states; 256 rings; three states with each of the two classes of rings.
    assert list(dict.fromkeys(progress.num_rows for progress in seen)) == [3, 256, 6]
    training = learned.training
    assert list(dict.fromkeys(history.part for history in training.histories)) == ["live", "ring", "centre"]
    assert [history.wrong_rows[-1] for history in training.histories].count(0) == 3
    assert training.attempts == 1 + len(training.histories) - 3
    assert training.steps == sum(len(history.loss) for history in training.histories)


@pytest.mark.parametrize("name", ["12/34/9", "/2/256"])
def test_rules_of_more_than_eight_states_are_refused(name: str) -> None:
    states = name.split("/")[-1]
    message = (
        rf"^{name} has {states} states; rules of up to 8 are learned, because a proof over more would take too long\.$"
    )
    with pytest.raises(RuleError, match=message):
        learn_rule(load_rule(name))


def test_the_attempts_and_the_recipe_are_the_callers() -> None:
    with pytest.raises(LearningError, match=r"^life: not exact after 2 attempts with seed 3"):
        learn_rule(load_rule("life"), seed=3, recipe=lambda _, __: HOPELESS, max_attempts=2)


def test_progress_and_passes_are_reported_as_they_happen() -> None:
    steps: list[int] = []
    passes: list[str] = []
    learned = learn_rule(
        load_rule("daynight"),
        on_progress=lambda progress: steps.append(progress.step),
        on_pass=lambda result: passes.append(result.name),
    )
    assert_learned(learned)
    assert steps == sorted(steps)
    assert steps[-1] == learned.training.steps
    done = [result.name for result in (*learned.passes, *learned.row_passes)]
    assert list(dict.fromkeys(passes)) == list(dict.fromkeys(done))
    assert passes[-1] == "annealing of two-input gates"


def test_the_hard_network_is_shown_as_a_circuit_of_the_whole_rule() -> None:
    rule = MANY_STATES["brian's brain"]
    learned, _, networks = progress_of_learning("brian's brain")
    assert list(networks) == ["live", "ring", "centre"]
    for part, circuit in networks.items():
        assert (circuit.name, circuit.inputs, circuit.outputs) == (rule.folder_name, input_names(2), output_names(2))
        assert bool(find_differences(circuit, rule, limit=1).size) is (part != "centre")
    assert networks["centre"] == learned.extracted


def test_passes_for_rows_are_reported_apart_if_asked() -> None:
    passes: list[PassResult] = []
    row_passes: list[PassResult] = []
    learned = learn_rule(load_rule("B1/S"), effort=0, on_pass=passes.append, on_row_pass=row_passes.append)
    assert tuple(done for done in passes if done.proof) == learned.passes
    assert tuple(done for done in row_passes if done.proof)[-len(learned.row_passes) :] == learned.row_passes


def test_differences_outside_the_sample_join_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = MANY_STATES["brian's brain"]
    circuit = circuit_of_transitions(rule.transitions)
    scant = neighbourhood_sample(rule)[:, ::40]
    alone = optimize(circuit, care=bit_planes(scant, 2), effort=0).gates
    assert find_differences(alone, rule, limit=1).shape == (9, 1)
    monkeypatch.setattr("ca_logic.pipeline.neighbourhood_sample", lambda _: scant)
    optimized = optimize_for_rule(circuit, rule, effort=0)
    assert find_differences(optimized.gates, rule, limit=1).shape == (9, 0)
    assert find_differences(optimized.tables, rule, limit=1).shape == (9, 0)
    assert find_differences(optimized.row_gates, rule, limit=1).shape == (9, 0)
    assert optimized.proof.rows == optimized.proof.rows_right == 3**9
    assert alone.num_gates < optimized.gates.num_gates == optimized.passes[-1].size < circuit.num_gates
    assert optimized.tables.num_gates < optimized.gates.num_gates


@needs_compiler
def test_the_seed_decides_where_the_searches_end() -> None:
    rule = load_rule("B2/S")
    first, again, other = (
        optimize_for_rule(circuit_of_transitions(rule.transitions), rule, effort=0, seed=seed) for seed in (0, 0, 1)
    )
    assert (first.gates, first.row_gates) == (again.gates, again.row_gates)
    assert first.gates != other.gates
    assert first.row_gates != other.row_gates


@pytest.mark.parametrize("name", ["/2/3", "B2/S"])
def test_where_a_search_with_rows_shared_finds_nothing_better_the_smallest_circuit_is_for_kernels_too(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = load_rule(name)
    large = circuit_of_transitions(rule.transitions)

    def fruitless(circuit: Circuit, *, share_rows: bool, **options: Any) -> Optimized:
        optimized = optimize(circuit, **options)
        return dataclasses.replace(optimized, gates=large) if share_rows else optimized

    monkeypatch.setattr("ca_logic.pipeline.optimize", fruitless)
    optimized = optimize_for_rule(large, rule, effort=0)
    assert optimized.row_gates is optimized.gates
    assert optimized.gates.num_gates < large.num_gates


def test_differences_of_the_circuit_for_kernels_join_the_sample_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = MANY_STATES["brian's brain"]
    wrong = rule.transitions.copy()
    wrong[0, [3, 5, 6]] ^= 1
    searched: list[int] = []

    def careless(circuit: Circuit, *, care: np.ndarray, share_rows: bool, **options: Any) -> Optimized:
        optimized = optimize(circuit, care=care, share_rows=share_rows, **options)
        if share_rows:
            searched.append(care.shape[1])
            if len(searched) == 1:
                return dataclasses.replace(optimized, gates=circuit_of_transitions(wrong))
        return optimized

    monkeypatch.setattr("ca_logic.pipeline.optimize", careless)
    monkeypatch.setattr("ca_logic.pipeline.neighbourhood_sample", lambda rule: neighbourhood_sample(rule)[:, ::3])
    optimized = optimize_for_rule(circuit_of_transitions(rule.transitions), rule, effort=0)
    assert searched == sorted(set(searched))
    assert len(searched) >= 2
    assert find_differences(optimized.row_gates, rule, limit=1).shape == (9, 0)


@pytest.mark.parametrize("name", ["/2/3", "B2/S"])
def test_a_circuit_that_is_not_the_rule_is_refused_and_not_mended(name: str) -> None:
    rule = load_rule(name)
    other = rule.transitions.copy()
    other[0, [3, 5, 6]] ^= 1
    with pytest.raises(EquivalenceError, match="differ"):
        optimize_for_rule(circuit_of_transitions(other), rule, effort=0)


def test_of_several_seeds_the_smallest_circuit_is_kept_and_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    def learn_life(_: Rule, *, seed: int, **_options: Any) -> LearnedRule:
        if seed == 3:
            raise LearningError("not exact")
        return learned_life(seed)

    monkeypatch.setattr("ca_logic.pipeline.learn_rule", learn_life)
    seen: list[LearnedRule] = []
    # A seed that fails is passed over.
    learned = learn_small(load_rule("life"), range(3, -1, -1), on_seed=seen.append)
    assert seen == [learned_life(seed) for seed in (2, 1, 0)]
    smallest = min(seen, key=lambda one: one.circuit.num_gates)
    assert_learned(learned)
    assert learned.training is smallest.training
    assert learned.extracted is smallest.extracted
    assert learned.circuit.num_gates <= smallest.circuit.num_gates
    assert learned.tables.num_gates <= smallest.tables.num_gates
    assert fold_rows(learned.row_circuit).num_gates <= fold_rows(smallest.row_circuit).num_gates
    for passes, earlier in ((learned.passes, smallest.passes), (learned.row_passes, smallest.row_passes)):
        assert passes[:-2] == earlier
        assert [done.name for done in passes[-2:]] == [
            "annealing of three-input tables, longer",
            "annealing of two-input gates, longer",
        ]
    assert learned.synthesis_seconds > smallest.synthesis_seconds


def test_if_no_seed_becomes_exact_that_is_an_error() -> None:
    tried: list[Progress] = []
    with pytest.raises(LearningError, match=r"^life: not exact after 1 attempts with seed 2 "):
        learn_small(
            load_rule("life"), range(1, 3), recipe=lambda _, __: HOPELESS, max_attempts=1, on_progress=tried.append
        )
    assert len(tried) == 2


def frames_of(table: np.ndarray, cells: np.ndarray, num_frames: int) -> np.ndarray:
    """Returns that many generations of a torus."""
    frames = [cells]
    while len(frames) < num_frames:
        frames.append(next_generation(frames[-1], table, torus=True))
    return np.stack(frames).astype(np.uint8)


def assert_agrees(learned: LearnedFrames) -> None:
    """Asserts that the circuit is right on all that was seen or assumed, and the numbers add up."""
    completed, seen = learned.completion.table, learned.observation.seen
    table = truth_tables(learned.learned.circuit)[0]
    assert np.array_equal(table[seen], learned.observation.table[seen])
    assert np.array_equal(table[completed != UNKNOWN], completed[completed != UNKNOWN])
    assert np.array_equal(table, learned.learned.rule.table)
    assert np.array_equal(table, truth_tables(learned.learned.row_circuit)[0])
    assert_no_more_gates_a_row(learned.learned)
    assert learned.learned.circuit.name == learned.learned.row_circuit.name == learned.learned.rule.folder_name
    assert learned.num_seen + learned.num_assumed + len(learned.free) == 512
    assert learned.num_seen == seen.sum()
    assert (completed[learned.free] == UNKNOWN).all()
    assert not seen[learned.free].any()
    assert learned.learned.proof.rows == learned.learned.proof.rows_right == learned.num_seen


def expected_agreement(learned: LearnedFrames) -> set[str]:
    """Returns the shipped two-state rules that have each transition that was seen."""
    table = learned.observation.table.tolist()
    return {
        rule.name
        for rule in list_rules()
        if rule.num_states == 2
        and all(wanted in (UNKNOWN, value) for wanted, value in zip(table, rule.table.tolist(), strict=True))
    }


def test_frames_that_show_everything_teach_the_rule_and_its_name() -> None:
    learned = learn_frames(observe(frames_of(load_rule("life").table, random_cells(128, 128, 0), 2)))
    assert_agrees(learned)
    assert (learned.num_seen, learned.num_assumed, len(learned.free)) == (512, 0, 0)
    assert learned.completion.hypothesis == ""
    assert np.array_equal(learned.learned.rule.table, load_rule("life").table)
    assert (learned.learned.rule.name, learned.learned.circuit.name) == ("life", "life")
    assert [rule.name for rule in learned.agreeing] == ["life"]
    assert str(learned.learned.proof) == "512 of 512 rows right (exhaustive)"


@pytest.fixture(scope="module")
def few_frames() -> np.ndarray:
    """Returns Life on a board that shows only some neighbourhoods."""
    return frames_of(load_rule("life").table, random_cells(16, 16, 1), 4)


def test_what_was_not_seen_is_filled_from_the_strongest_hypothesis(few_frames: np.ndarray) -> None:
    learned = learn_frames(observe(few_frames))
    assert_agrees(learned)
    assert 0 < learned.num_seen < 400
    assert learned.completion.hypothesis == "outer-totalistic"
    known = np.setdiff1d(np.arange(512), learned.free)
    assert np.array_equal(learned.learned.rule.table[known], load_rule("life").table[known])
    parts = [f"{learned.num_assumed} assumed outer-totalistic"]
    parts += [f"{len(learned.free)} free"] if len(learned.free) else []
    assert learned.learned.proof.method == f"all that were seen; {', '.join(parts)}"
    assert {rule.name for rule in learned.agreeing} == expected_agreement(learned)
    assert "life" in {rule.name for rule in learned.agreeing}


def test_without_a_hypothesis_the_rest_is_free_and_the_circuit_smaller(few_frames: np.ndarray) -> None:
    seen: list[Progress] = []
    learned = learn_frames(observe(few_frames), hypothesis="", on_progress=seen.append)
    assert_agrees(learned)
    assert learned.num_assumed == 0
    assert len(learned.free) == 512 - learned.num_seen > 0
    assert learned.learned.proof.method == f"all that were seen; {len(learned.free)} free"
    assert {progress.num_rows for progress in seen} == {learned.num_seen}
    assert learned.learned.circuit.num_gates < optimize(learned.learned.extracted).gates.num_gates


def test_a_hypothesis_that_was_seen_to_be_wrong_is_refused() -> None:
    observation = observe(frames_of(random_table(5), random_cells(32, 32, 0), 2))
    message = r"^the rule is not isotropic: equal neighbourhoods were followed by different states\.$"
    with pytest.raises(FramesError, match=message):
        learn_frames(observation, hypothesis="isotropic")


def test_the_name_is_used_while_the_rule_has_none(few_frames: np.ndarray) -> None:
    with pytest.raises(LearningError, match=r"^seen: not exact after 1 attempts"):
        learn_frames(observe(few_frames), name="seen", recipe=lambda _, __: HOPELESS, max_attempts=1)
