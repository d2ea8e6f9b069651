"""The study of classifiers: what is trained, what is not trained again, and what the figures say."""

import io
import json
import math
import statistics
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ca_logic import __version__
from ca_logic.classifier_pipeline import LearningWatch
from ca_logic.classifier_study import RESULTS, Outcome, Row, Subject, rows_of, run_study, study_picture
from ca_logic.classifier_task import ClassifierTask
from ca_logic.errors import DataError, OutputError, ToolchainError, UsageError
from ca_logic.learning.baselines import Kind
from ca_logic.result_lines import read_results
from ca_logic.runtime.classifier import SplitChoice
from ca_logic.tasks.datasets import DataSet, Split, load_data_set

Learned = list[tuple[str, int, int]]

RUNNING = "ca_logic.classifier_study.running"
IRIS, MONK = load_data_set("iris"), load_data_set("monk1")
OUTCOME = Outcome(
    data="iris",
    seed=0,
    fold=0,
    folds=0,
    samples=50,
    accuracy=0.9,
    is_compiled=True,
    hard_accuracy=0.9,
    soft_accuracy=0.92,
    validation_accuracy=None,
    compared=60,
    gates_trained=120,
    gates_extracted=100,
    gates=50,
    is_proved=True,
    bits=64,
    steps=1000,
    is_complete=True,
    train_seconds=1.0,
    seconds=2.0,
    device="cpu: made",
    baselines={},
    origins={"iris.data": "checksum"},
    version="made",
)


def subject(data: DataSet = MONK, folds: int = 0, **options: Any) -> Subject:
    """Returns a subject of a network that is built at once."""
    return Subject(data, {"name": data.name, "changes": {"layers": (12, 12)}, **options}, folds=folds)


class Stage:
    """Takes the place of training; says what was asked for, and may be told what to do."""

    def __init__(self) -> None:
        self.learned: Learned = []
        self.baselines: Learned = []
        self.options: list[dict[str, Any]] = []
        self.before: Callable[[], None] = lambda: None
        self.fault: str | None = None

    def learn(self, task: ClassifierTask, **options: Any) -> SimpleNamespace:
        """As `learn_classifier`, with an accuracy that tells the task."""
        self.before()
        choice = task.choice
        self.learned.append((task.data.name, task.seed, choice.fold + 1 if choice.method == "folds" else 0))
        self.options.append(options)
        accuracy = 0.9 + task.seed / 100 + choice.fold / 1000
        tested = {"soft": 0.95, "hard": accuracy, "compiled": None if self.fault else accuracy}
        circuit = SimpleNamespace(num_gates=40 + task.seed)
        return SimpleNamespace(
            task=task,
            accuracies={"test": tested, "validation": {"hard": 0.8}},
            judgement=SimpleNamespace(accuracy=accuracy, num_samples=len(task.split.test_rows)),
            num_compared=len(task.split.test_rows) + len(task.split.validation_rows),
            training=SimpleNamespace(
                model=SimpleNamespace(num_gates=24), state=SimpleNamespace(step=500), is_complete=True
            ),
            extracted=SimpleNamespace(circuit=SimpleNamespace(num_gates=80)),
            optimized=SimpleNamespace(head=SimpleNamespace(circuit=circuit), proof=SimpleNamespace(is_complete=True)),
            compile_fault=self.fault,
            seconds={"training": 1.23456, "synthesis": 1.0},
            device="cpu: made",
        )

    def train_baseline(
        self, split: Split, kind: Kind, *, seed: int, should_stop: Callable[[], bool]
    ) -> SimpleNamespace:
        """As the function of that name, with an accuracy that tells the seed."""
        assert not should_stop()
        self.baselines.append((kind.name, seed, len(split.test_rows)))
        return SimpleNamespace(test_accuracy=0.5 + seed / 100)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage = Stage()
    monkeypatch.setattr(f"{RUNNING}.learn_classifier", stage.learn)
    monkeypatch.setattr(f"{RUNNING}.train_baseline", stage.train_baseline)
    return stage


def test_the_test_part_judges_once_a_seed_and_each_fold_where_there_is_none(tmp_path: Path, stage: Stage) -> None:
    lines: list[int] = []
    outcomes = run_study(
        [subject(), subject(IRIS, folds=3)],
        [0, 5],
        tmp_path,
        on_outcome=lambda _: lines.append(len((tmp_path / RESULTS).read_text().splitlines())),
    )
    iris = [("iris", seed, fold) for seed in (0, 5) for fold in (1, 2, 3)]
    assert stage.learned == [("monk1", 0, 0), ("monk1", 5, 0), *iris]
    assert [(own.data, own.seed, own.fold) for own in outcomes] == stage.learned
    assert [own.folds for own in outcomes] == [0] * 2 + [3] * 6
    assert [own.samples for own in outcomes] == [432] * 2 + [50] * 6
    assert lines == [1, 2, 3, 4, 5, 6, 7, 8]
    assert read_results(tmp_path / RESULTS, Outcome) == outcomes


def test_an_outcome_holds_what_became_of_the_training(tmp_path: Path, stage: Stage) -> None:
    (found,) = run_study([subject()], [5], tmp_path, effort=2, max_seconds=60)
    assert found.version.split()[0] == __version__
    assert replace(found, version="made") == replace(
        OUTCOME,
        data="monk1",
        seed=5,
        samples=432,
        accuracy=0.9 + 0.05,
        hard_accuracy=0.9 + 0.05,
        soft_accuracy=0.95,
        validation_accuracy=0.8,
        compared=432 + 12,
        gates_trained=24,
        gates_extracted=80,
        gates=45,
        bits=17,
        steps=500,
        train_seconds=1.235,
        seconds=2.235,
        origins={origin.name: origin.md5 for origin in MONK.provenance.origins},
    )
    assert stage.options[0] | {"watch": None} == {
        "effort": 2,
        "max_seconds": 60,
        "keep_network": False,
        "watch": None,
    }


def test_each_seed_deals_its_own_folds_and_each_sample_judges_once() -> None:
    tasks = list(subject(IRIS, folds=3).tasks([0, 1]))
    judging = [set(task.split.test_rows.tolist()) for task in tasks]
    for first in (0, 3):
        assert sorted(row for rows in judging[first : first + 3] for row in rows) == list(range(150))
    assert judging[0] != judging[3]


def test_what_else_a_choice_says_is_kept() -> None:
    chosen = Subject(IRIS, {"name": "iris"}, SplitChoice(validation=0.3, seed=4), folds=5).task(2, 1)
    assert chosen.choice == SplitChoice("folds", seed=2, validation=0.3, folds=5, fold=1)
    own_split = Subject(IRIS, {"name": "iris"}, SplitChoice("difflogic")).task(2)
    assert (own_split.choice.method, len(own_split.split.test_rows)) == ("difflogic", 45)


def test_what_is_there_is_not_done_again(tmp_path: Path, stage: Stage) -> None:
    first = run_study([subject()], [0, 1], tmp_path)
    begun: list[ClassifierTask] = []

    def begin(task: ClassifierTask) -> LearningWatch:
        begun.append(task)
        return LearningWatch()

    seen: list[Outcome] = []
    again = run_study([subject(), subject(IRIS)], [0, 1, 2], tmp_path, on_begin=begin, on_outcome=seen.append)
    assert stage.learned[2:] == [("monk1", 2, 0), *(("iris", seed, 0) for seed in (0, 1, 2))]
    assert [(task.data.name, task.seed) for task in begun] == [(name, seed) for name, seed, _ in stage.learned[2:]]
    assert again[:2] == first
    assert seen == again
    assert read_results(tmp_path / RESULTS, Outcome) == again


def test_an_interrupted_study_goes_on_where_it_stopped(tmp_path: Path, stage: Stage) -> None:
    watch = LearningWatch(should_stop=lambda: len(stage.learned) == 2)
    with pytest.raises(KeyboardInterrupt):
        run_study([subject(IRIS, folds=3)], [0], tmp_path, on_begin=lambda _: watch)
    # What was stopped is no result.
    assert len(read_results(tmp_path / RESULTS, Outcome)) == 1
    outcomes = run_study([subject(IRIS, folds=3)], [0], tmp_path)
    assert [fold for _, _, fold in stage.learned] == [1, 2, 2, 3]
    assert read_results(tmp_path / RESULTS, Outcome) == outcomes


def test_a_baseline_that_is_interrupted_does_not_cost_the_training(tmp_path: Path, stage: Stage) -> None:
    watch = LearningWatch(should_stop=lambda: bool(stage.baselines))
    with pytest.raises(KeyboardInterrupt):
        run_study([subject()], [0], tmp_path, baselines=["mlp"], on_begin=lambda _: watch)
    (kept,) = read_results(tmp_path / RESULTS, Outcome)
    assert kept.baselines == {}
    (found,) = run_study([subject()], [0], tmp_path, baselines=["mlp"])
    assert found == replace(kept, baselines={"mlp": 0.5})
    assert len(stage.learned) == 1


def test_results_of_another_version_are_made_anew(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_study([subject()], [0], tmp_path)
    monkeypatch.setattr(f"{RUNNING}.__version__", "0.0.0")
    (found,) = run_study([subject()], [0], tmp_path)
    assert found.version.startswith("0.0.0 ")
    assert len(stage.learned) == 2


def test_a_changed_default_recipe_makes_results_anew(
    tmp_path: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ca_logic.learning.classification.defaults import RECIPES

    run_study([subject()], [0], tmp_path)
    monkeypatch.setitem(RECIPES, "monk1", replace(RECIPES["monk1"], learning_rate=0.03))
    run_study([subject()], [0], tmp_path)
    assert len(stage.learned) == 2


CHANGED: dict[str, tuple[Subject, dict[str, Any]]] = {
    "steps": (subject(IRIS, 3, changes={"layers": (12, 12), "steps": 10}), {}),
    "layers": (subject(IRIS, 3, changes={"layers": (12, 15)}), {}),
    "encoding": (subject(IRIS, 3, encoding="uniform:2"), {}),
    "missing": (subject(IRIS, 3, missing="drop"), {}),
    "target": (subject(IRIS, 3, target="species"), {}),
    "folds": (subject(IRIS, 4), {}),
    "validation": (replace(subject(IRIS, 3), choice=SplitChoice(validation=0.2)), {}),
    "data": (subject(replace(IRIS, provenance=MONK.provenance), 3), {}),
    "effort": (subject(IRIS, 3), {"effort": 2}),
    "minutes": (subject(IRIS, 3), {"max_seconds": 60}),
}


@pytest.mark.parametrize("name", CHANGED)
def test_whatever_training_depends_on_makes_results_anew(tmp_path: Path, stage: Stage, name: str) -> None:
    changed, options = CHANGED[name]
    before = run_study([subject(IRIS, 3)], [0], tmp_path)
    after = run_study([changed], [0], tmp_path, **options)
    assert len(stage.learned) == len(before) + len(after)
    # Nothing is lost: the first ones are known as long as they are asked for.
    assert run_study([subject(IRIS, 3)], [0], tmp_path) == before
    assert len(stage.learned) == len(before) + len(after)


def test_a_baseline_that_is_missing_is_trained_alone(tmp_path: Path, stage: Stage) -> None:
    run_study([subject()], [0, 1], tmp_path, baselines=["logistic"])
    assert stage.baselines == [("logistic regression", 0, 432), ("logistic regression", 1, 432)]
    outcomes = run_study([subject()], [0, 1], tmp_path, baselines=["mlp", "logistic"])
    assert stage.baselines[2:] == [("MLP 256-256", 0, 432), ("MLP 256-256", 1, 432)]
    assert len(stage.learned) == 2
    assert [own.baselines for own in outcomes] == [{"logistic": 0.5, "mlp": 0.5}, {"logistic": 0.51, "mlp": 0.51}]
    # Those that nobody asks for are kept.
    assert run_study([subject()], [0, 1], tmp_path) == outcomes
    assert len(stage.baselines) == 4


def test_a_compiler_that_fails_is_an_error_and_the_result_is_kept(tmp_path: Path, stage: Stage) -> None:
    stage.fault = "the compiler says no"
    with pytest.raises(ToolchainError, match="the compiler says no"):
        run_study([subject()], [0, 1], tmp_path)
    (found,) = read_results(tmp_path / RESULTS, Outcome)
    assert (found.is_compiled, found.accuracy) == (False, 0.9)
    assert rows_of([found])[0].num_equal == 0


@pytest.mark.parametrize(
    ("subjects", "error", "message"),
    [
        ([subject(), subject()], UsageError, "two of the data sets are called monk1"),
        ([subject(), subject(IRIS, 151)], DataError, "151 folds of 150 samples cannot be"),
        ([subject(), subject(IRIS, encoding="magic")], UsageError, "unknown encoding 'magic'"),
        ([subject(), subject(IRIS, changes={"layers": (20,)})], UsageError, "choose a multiple of 3"),
    ],
)
def test_what_cannot_be_learned_is_found_before_anything_is_trained(
    tmp_path: Path, stage: Stage, subjects: list[Subject], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        run_study(subjects, [0], tmp_path)
    assert stage.learned == []
    assert list(tmp_path.iterdir()) == []


def test_results_that_cannot_be_read_stop_the_study(tmp_path: Path, stage: Stage) -> None:
    (tmp_path / RESULTS).write_bytes(b"\xff\xfe")
    with pytest.raises(OutputError, match=r"^cannot read .*results\.jsonl: "):
        run_study([subject()], [0], tmp_path)
    assert stage.learned == []


ACCURACIES = np.array([[0.90, 0.96, 0.93], [0.97, 0.91, 1.00]])
"""Of two seeds and three folds."""


def outcomes_of(accuracies: np.ndarray, **changes: Any) -> list[Outcome]:
    """Returns outcomes of these accuracies, seed by seed and fold by fold."""
    num_folds = accuracies.shape[1]
    return [
        replace(
            OUTCOME,
            seed=seed,
            fold=fold + 1 if num_folds > 1 else 0,
            folds=num_folds if num_folds > 1 else 0,
            accuracy=float(accuracies[seed, fold]),
            hard_accuracy=float(accuracies[seed, fold]),
            **changes,
        )
        for seed, fold in np.ndindex(*accuracies.shape)
    ]


def test_a_row_of_folds_is_the_mean_of_their_means_and_tells_both_deviations() -> None:
    (row,) = rows_of(outcomes_of(ACCURACIES))
    of_seeds = ACCURACIES.mean(axis=1)
    assert (row.data, row.seeds, row.folds, row.trainings, row.num_equal) == ("iris", 2, 3, 6, 6)
    assert row.mean == pytest.approx(of_seeds.mean())
    assert row.deviation_over_seeds == pytest.approx(of_seeds.std(ddof=1))
    assert row.deviation_over_folds == pytest.approx(math.sqrt(ACCURACIES.var(axis=1, ddof=1).mean()))
    assert [row.smallest, row.largest] == pytest.approx([0.93, 0.96])


def test_a_row_of_a_test_part_has_no_deviation_over_folds() -> None:
    (row,) = rows_of(outcomes_of(np.array([[0.9], [0.95], [0.97]])))
    assert (row.seeds, row.folds, row.trainings, row.deviation_over_folds) == (3, 0, 3, None)
    assert row.deviation_over_seeds == pytest.approx(statistics.stdev([0.9, 0.95, 0.97]))
    assert (row.smallest, row.largest) == (0.9, 0.97)


def test_of_one_seed_there_is_no_deviation() -> None:
    (row,) = rows_of(outcomes_of(np.array([[0.9]])))
    assert (row.mean, row.deviation_over_seeds) == (0.9, None)


def test_gates_bits_and_seconds_are_medians_and_the_most_gates_are_told() -> None:
    outcomes = [
        replace(OUTCOME, seed=seed, gates=gates, gates_trained=100 + seed, bits=60 + seed, seconds=float(seed))
        for seed, gates in enumerate([50, 10, 90])
    ]
    (row,) = rows_of(outcomes)
    assert (row.gates, row.most_gates, row.gates_trained, row.bits, row.seconds) == (50, 90, 101, 61, 1.0)


def test_equal_is_what_was_compiled_and_is_right_as_often_as_the_hard_network() -> None:
    outcomes = [
        OUTCOME,
        replace(OUTCOME, seed=1, hard_accuracy=0.91),
        replace(OUTCOME, seed=2, is_compiled=False),
    ]
    assert rows_of(outcomes)[0].num_equal == 1


def test_a_baseline_counts_if_it_was_trained_each_time() -> None:
    outcomes = [
        replace(OUTCOME, baselines={"mlp": 0.8, "logistic": 0.7}),
        replace(OUTCOME, seed=1, baselines={"mlp": 0.9}),
    ]
    assert rows_of(outcomes)[0].baselines == {"mlp": pytest.approx(0.85)}


def test_data_sets_have_rows_in_the_order_in_which_they_come() -> None:
    rows = rows_of([replace(OUTCOME, data="monk1"), OUTCOME, replace(OUTCOME, data="monk1", seed=1)])
    assert [(row.data, row.seeds) for row in rows] == [("monk1", 2), ("iris", 1)]
    assert all(isinstance(row, Row) for row in rows)
    json.dumps([asdict(row) for row in rows])


@pytest.mark.parametrize(
    "outcomes",
    [
        [OUTCOME],
        outcomes_of(ACCURACIES, baselines={"mlp": 0.9}),
        [*outcomes_of(ACCURACIES), replace(OUTCOME, data="data of $a very long name$", gates=0)],
        [replace(OUTCOME, data=f"data {number}", gates=number**3) for number in range(20)],
    ],
)
def test_the_picture_is_a_png(outcomes: list[Outcome]) -> None:
    with Image.open(io.BytesIO(study_picture(outcomes))) as image:
        assert image.format == "PNG"
        assert min(image.size) > 300
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 10
