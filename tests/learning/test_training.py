"""Training until exact: it stops at once when it is, starts again when it is not, and never pretends."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from ca_logic.circuit import Circuit, simulate, truth_tables
from ca_logic.errors import LearningError, UsageError
from ca_logic.learning.extraction import extract_circuit
from ca_logic.learning.network import LogicNetwork
from ca_logic.learning.parametrization import ParametrizationName
from ca_logic.learning.recipe import Recipe
from ca_logic.learning.training import Progress, Training, train_until_exact
from ca_logic.learning.wiring import WiringScheme
from ca_logic.tasks import TrainingSet

QUICK = Recipe(hidden=(24, 24), max_steps=400)
HOPELESS = replace(QUICK, max_steps=1)


def always(recipe: Recipe) -> Callable[[TrainingSet, int], Recipe]:
    """Returns the same recipe for each attempt."""
    return lambda _, __: recipe


def full_adder() -> TrainingSet:
    """Returns sum and carry of three bits: 8 rows, two outputs."""
    inputs = (np.arange(8) >> np.array([[2], [1], [0]])) & 1
    total = inputs.sum(axis=0)
    targets = np.stack([total & 1, total >> 1])
    return TrainingSet(
        "full_adder", ("a", "b", "c"), ("sum", "carry"), inputs.astype(np.uint8), targets.astype(np.uint8)
    )


def incomplete(num_rows: int) -> TrainingSet:
    """Returns that many of the 64 rows of (a and b) xor c among six inputs."""
    rows = np.random.default_rng(num_rows).permutation(64)[:num_rows]
    inputs = ((rows >> np.arange(6)[::-1, None]) & 1).astype(np.uint8)
    targets = (inputs[0] & inputs[1]) ^ inputs[2]
    return TrainingSet("incomplete", tuple("abcdef"), ("y",), inputs, targets[None, :])


def lopsided() -> TrainingSet:
    """Returns AND and OR of three bits: one row of eight is 1, and one is 0."""
    task = full_adder()
    targets = np.stack([task.inputs.min(axis=0), task.inputs.max(axis=0)])
    return replace(task, name="lopsided", output_names=("and", "or"), targets=targets)


def circuit_of(network: LogicNetwork, task: TrainingSet) -> Circuit:
    """Returns what was learned as a circuit."""
    return extract_circuit(network, name=task.name, input_names=task.input_names, output_names=task.output_names)


@pytest.fixture(scope="module")
def trained() -> Training:
    """Returns a training of the full adder from seed 5."""
    return train_until_exact(full_adder(), seed=5, recipe=always(QUICK))


def test_the_network_becomes_exact(trained: Training) -> None:
    assert np.array_equal(truth_tables(circuit_of(trained.network, full_adder())), full_adder().targets)


def test_training_stops_at_the_first_exact_step(trained: Training) -> None:
    wrong_rows = trained.histories[-1].wrong_rows
    assert wrong_rows[-1] == 0
    assert (wrong_rows[:-1] > 0).all()


def test_histories_have_an_entry_for_each_step(trained: Training) -> None:
    (history,) = trained.histories
    assert (trained.attempts, trained.seed, history.attempt) == (1, 5, 1)
    assert trained.steps == len(history.loss) == len(history.wrong_rows) == len(history.certainty)
    assert history.gate_counts.shape == (trained.steps, 16)
    assert (history.gate_counts.sum(axis=1) == trained.network.num_gates).all()
    assert ((history.certainty >= 0) & (history.certainty <= 1)).all()
    assert history.wrong_rows.max() <= 8
    assert trained.seconds > 0
    assert trained.device.startswith("cpu: ")


def test_the_last_gate_counts_are_those_of_the_network(trained: Training) -> None:
    gates = circuit_of(trained.network, full_adder()).gates
    assert trained.histories[-1].gate_counts[-1].tolist() == np.bincount(gates, minlength=16).tolist()


def test_the_same_seed_trains_the_same_network(trained: Training) -> None:
    again = train_until_exact(full_adder(), seed=5, recipe=always(QUICK))
    assert np.array_equal(again.histories[0].loss, trained.histories[0].loss)
    assert np.array_equal(again.histories[0].gate_counts, trained.histories[0].gate_counts)
    assert circuit_of(again.network, full_adder()) == circuit_of(trained.network, full_adder())


def test_another_seed_trains_another_network(trained: Training) -> None:
    other = train_until_exact(full_adder(), seed=6, recipe=always(QUICK))
    assert other.histories[0].loss[0] != trained.histories[0].loss[0]


def test_progress_is_reported_up_to_the_last_step(trained: Training) -> None:
    seen: list[Progress] = []
    training = train_until_exact(full_adder(), seed=5, recipe=always(QUICK), on_progress=seen.append)
    steps = [progress.step for progress in seen]
    assert steps == sorted(set(steps))
    assert steps[-1] == training.steps == trained.steps
    for progress in seen:
        assert (progress.attempt, progress.max_steps, progress.num_rows) == (1, 400, 8)
        assert progress.wrong_rows == training.histories[0].wrong_rows[progress.step - 1]
        assert progress.loss == training.histories[0].loss[progress.step - 1]


def test_looking_more_often_changes_nothing(trained: Training) -> None:
    seen: list[Progress] = []
    training = train_until_exact(full_adder(), seed=5, recipe=always(QUICK), steps_per_call=3, on_progress=seen.append)
    steps = [progress.step for progress in seen]
    assert steps == [*range(3, training.steps, 3), training.steps]
    assert np.array_equal(training.histories[0].loss, trained.histories[0].loss)
    assert circuit_of(training.network, full_adder()) == circuit_of(trained.network, full_adder())
    with pytest.raises(ValueError, match="21 steps a call; it must be 1 to 20"):
        train_until_exact(full_adder(), recipe=always(QUICK), steps_per_call=21)


def test_the_network_can_be_had_as_it_is_at_every_look() -> None:
    task, wrong = full_adder(), []

    def look(progress: Progress, network: Callable[[], LogicNetwork]) -> None:
        differences = truth_tables(circuit_of(network(), task)) != task.targets
        assert int(differences.any(axis=0).sum()) == progress.wrong_rows
        wrong.append(progress.wrong_rows)

    training = train_until_exact(task, seed=5, recipe=always(QUICK), steps_per_call=5, on_network=look)
    assert wrong == [*training.histories[0].wrong_rows[4:-1:5], 0]


def test_a_failed_attempt_is_counted_and_another_made() -> None:
    asked: list[tuple[str, int]] = []

    def recipe(task: TrainingSet, attempt: int) -> Recipe:
        asked.append((task.name, attempt))
        return HOPELESS if attempt == 0 else QUICK

    seen: list[Progress] = []
    training = train_until_exact(full_adder(), seed=5, recipe=recipe, on_progress=seen.append)
    assert asked == [("full_adder", 0), ("full_adder", 1)]
    assert (training.attempts, [history.attempt for history in training.histories]) == (2, [1, 2])
    assert len(training.histories[0].loss) == 1
    assert training.histories[0].wrong_rows.min() > 0
    assert training.steps == 1 + len(training.histories[1].loss)
    assert {progress.attempt for progress in seen} == {1, 2}
    assert training.histories[0].loss[0] != training.histories[1].loss[0]


def test_too_small_a_budget_is_an_error_with_the_numbers() -> None:
    seen: list[Progress] = []
    with pytest.raises(LearningError) as caught:
        train_until_exact(full_adder(), seed=7, recipe=always(HOPELESS), max_attempts=3, on_progress=seen.append)
    assert [progress.attempt for progress in seen] == [1, 2, 3]
    fewest = min(progress.wrong_rows for progress in seen)
    assert str(caught.value).startswith(
        f"full_adder: not exact after 3 attempts with seed 7 (fewest wrong rows: {fewest} of 8); allow more with"
    )


@pytest.mark.parametrize(
    ("wiring", "parametrization"),
    [("random", "truth-table"), ("tree", "truth-table"), ("balanced", "softmax"), ("tree", "softmax")],
)
def test_every_wiring_and_parametrization_can_learn(wiring: WiringScheme, parametrization: ParametrizationName) -> None:
    recipe = replace(QUICK, wiring=wiring, parametrization=parametrization, max_steps=500)
    training = train_until_exact(full_adder(), recipe=always(recipe))
    assert np.array_equal(truth_tables(circuit_of(training.network, full_adder())), full_adder().targets)


def test_rows_need_not_fill_words_nor_be_complete() -> None:
    num_rows = 33
    # Unique wiring needs widths that have enough pairs.
    task = incomplete(num_rows)
    recipe = Recipe(hidden=(15, 16), wiring="unique", max_steps=500)
    training = train_until_exact(task, recipe=always(recipe))
    circuit = circuit_of(training.network, task)
    lanes = np.zeros((6, 1), dtype=np.uint64)
    for row in range(num_rows):
        lanes[:, 0] |= task.inputs[:, row].astype(np.uint64) << np.uint64(row)
    outputs = int(simulate(circuit, lanes)[0, 0])
    assert [outputs >> row & 1 for row in range(num_rows)] == task.targets[0].tolist()


def test_classes_are_weighted_by_their_share_to_the_power_of_class_balance() -> None:
    def first_loss(class_balance: float) -> float:
        seen: list[Progress] = []
        recipe = replace(HOPELESS, class_balance=class_balance)
        with pytest.raises(LearningError):
            train_until_exact(lopsided(), recipe=always(recipe), max_attempts=1, on_progress=seen.append)
        return seen[0].loss

    # The shares of the classes are 1/8 and 7/8, so their weights at full balance 4 and 4/7.
    unweighted, balanced, between = first_loss(0.0), first_loss(1.0), first_loss(0.5)
    of_rare = (balanced - 4 / 7 * unweighted) / (4 - 4 / 7)
    of_common = unweighted - of_rare
    assert of_rare > 0
    assert of_common > 0
    assert between == pytest.approx(2 * of_rare + np.sqrt(4 / 7) * of_common, rel=1e-4)


@pytest.mark.parametrize("value", [0, 1])
def test_a_constant_can_be_learned(value: int) -> None:
    task = replace(lopsided(), targets=np.full((2, 8), value, dtype=np.uint8))
    training = train_until_exact(task, recipe=always(QUICK))
    assert truth_tables(circuit_of(training.network, task)).tolist() == 2 * [8 * [value]]


def test_wiring_that_does_not_suit_the_widths_is_refused() -> None:
    with pytest.raises(UsageError, match="unique wiring of 24 gates needs as many pairs"):
        train_until_exact(full_adder(), recipe=always(replace(QUICK, wiring="unique")))
