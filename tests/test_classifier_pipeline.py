"""The spine for classifiers: what comes out does with every sample what the network does, and tells how it was made."""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from ca_logic import classifier_pipeline
from ca_logic.backend.classifier import NumpyClassifier
from ca_logic.classifier_pipeline import (
    LearnedClassifier,
    LearningWatch,
    learn_classifier,
    network_of_model,
    require_same_classes,
    samples_per_second,
)
from ca_logic.classifier_reporting import build_classifier_report, write_classifier_pictures
from ca_logic.classifier_task import ClassifierTask, classifier_task
from ca_logic.errors import DataError, EquivalenceError, LearningError, ToolchainError, UsageError
from ca_logic.learning.baselines import Baseline, Kind
from ca_logic.learning.classification import ClassifierRecipe, Evaluation
from ca_logic.learning.classification.prediction import predict_classes
from ca_logic.learning.device import compiled_programs_kept
from ca_logic.runtime.classifier import SplitChoice, read_model, save_model
from ca_logic.runtime.classifier.known_samples import part_of
from ca_logic.synthesis import PassResult
from ca_logic.tasks.datasets import load_data_set

RECIPE = ClassifierRecipe(layers=(30, 30), tau=3, steps=60, evaluate_every=20, learning_rate=0.2)


def iris(**options: Any) -> ClassifierTask:
    return classifier_task(load_data_set("iris"), name="iris", recipe=RECIPE, **options)


def learn(task: ClassifierTask, **options: Any) -> LearnedClassifier:
    """Without a search, which has its own tests."""
    return learn_classifier(task, effort=0, **options)


@dataclass
class Seen:
    """What was told while a classifier was learned."""

    stages: list[str] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    passes: list[PassResult] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def watch(self, **options: Any) -> LearningWatch:
        return LearningWatch(
            on_stage=self.stages.append,
            on_evaluation=self.evaluations.append,
            on_progress=lambda step, _: self.steps.append(step),
            on_pass=self.passes.append,
            on_warning=self.warnings.append,
            **options,
        )


@pytest.fixture(scope="module", autouse=True)
def programs_kept() -> Iterator[None]:
    with compiled_programs_kept():
        yield


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen()


@pytest.fixture(scope="module")
def learned(seen: Seen) -> LearnedClassifier:
    return learn(iris(seed=3), provenance={"command": "learn iris"}, watch=seen.watch())


def test_hard_network_and_compiled_circuit_are_right_equally_often(learned: LearnedClassifier) -> None:
    for part in ("train", "validation", "test"):
        accuracies = learned.accuracies[part]
        assert accuracies["hard"] == accuracies["compiled"]
        assert accuracies["soft"] is not None
    assert learned.num_compared == 12 + 30
    assert learned.judged == "test"
    assert learned.judgement.num_samples == 30
    assert learned.judgement.accuracy == learned.accuracies["test"]["compiled"]


def test_gates_never_increase_and_the_result_is_proved(learned: LearnedClassifier) -> None:
    sizes = [learned.training.model.num_gates, learned.extracted.circuit.num_gates]
    sizes += [done.size for done in learned.optimized.passes]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == learned.model.head.circuit.num_gates > 0
    assert learned.optimized.proof.is_complete


def test_who_looks_on_is_told_of_everything(learned: LearnedClassifier, seen: Seen) -> None:
    assert seen.stages == ["training", "synthesis", "compiling", "comparison"]
    assert list(learned.seconds) == seen.stages
    assert tuple(seen.evaluations) == learned.evaluations
    assert [evaluation.step for evaluation in seen.evaluations] == [20, 40, 60]
    assert {20, 40, 60} <= set(seen.steps)
    assert set(learned.optimized.passes) <= set(seen.passes)
    assert seen.warnings == []


def test_the_model_tells_how_it_was_made_and_is_judged_by_the_same_samples(
    learned: LearnedClassifier, tmp_path: Path
) -> None:
    path = tmp_path / "iris.logic"
    save_model(learned.model, path)
    model = read_model(path)
    assert (model.name, model.data_set, model.tau) == ("iris", "iris", learned.task.recipe.tau)
    assert model.provenance["command"] == "learn iris"
    assert model.provenance["recipe"] == learned.task.recipe.to_plain()
    assert model.provenance["gates_extracted"] == learned.extracted.circuit.num_gates
    _, samples = part_of(model, load_data_set("iris"))
    np.testing.assert_array_equal(samples.features, learned.task.split.test.features)


def test_the_network_comes_back_from_the_model(learned: LearnedClassifier, tmp_path: Path) -> None:
    path = tmp_path / "iris.logic"
    save_model(learned.model, path)
    network = network_of_model(read_model(path))
    assert network is not None
    features = learned.task.data.features
    for forward in ("hard", "soft"):
        expected = predict_classes(learned.training.model, features, forward=forward)
        np.testing.assert_array_equal(predict_classes(network, features, forward=forward), expected)
    assert network_of_model(dataclasses.replace(learned.model, network=None)) is None


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("0/gates", lambda array: array[:-1], r"must be of shape \(30, 4\), not \(29, 4\)"),
        ("0/gates", lambda _: np.float32(0).reshape(()), r"must be of shape \(30, 4\), not \(\)"),
        ("0/candidates", lambda array: array[:, :7], r"must be of shape \(60, 8\), not \(60, 7\)"),
        ("1/gates", lambda array: array.astype(np.float64), "must be float32, not float64"),
        ("1/wiring", lambda array: array + 30, "names signals that there are not; there are 30"),
        ("0/candidates", lambda array: array - 1, "names signals that there are not; there are 64"),
        ("more", lambda _: np.zeros(3, np.float32), "arrays of other names"),
    ],
)
def test_arrays_of_no_network_are_refused(name: str, change: Any, message: str, learned: LearnedClassifier) -> None:
    kept = learned.model.network
    assert kept is not None
    arrays = dict(kept.arrays) | {name: change(kept.arrays.get(name))}
    with pytest.raises(LearningError, match=message):
        network_of_model(dataclasses.replace(learned.model, network=dataclasses.replace(kept, arrays=arrays)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": [10**8, 30]}, r"must be of shape \(100000000, 4\), not \(100000000, 0\)"),
        ({"num_candidates": 10**9}, r"must be of shape \(60, 64\), not \(60, 8\)"),
        ({"parametrization": "made"}, "cannot be built: .*'made'"),
        ({"layers": [30.0, 30]}, "no recipe of a network"),
    ],
)
def test_nothing_larger_than_what_is_stored_is_built(
    change: dict[str, Any], message: str, learned: LearnedClassifier
) -> None:
    kept = learned.model.network
    assert kept is not None
    recipe = learned.task.recipe.to_plain() | change
    gates = kept.arrays["0/gates"] if recipe["layers"][0] == 30 else np.empty((10**8, 0), np.float32)
    network = dataclasses.replace(kept, architecture={"recipe": recipe}, arrays=dict(kept.arrays) | {"0/gates": gates})
    with pytest.raises(LearningError, match=message):
        network_of_model(dataclasses.replace(learned.model, network=network))


@pytest.mark.parametrize("recipe", [None, {}, {"layers": 3}, {"layers": [30, 30], "tau": 0}, {"layers": [], "x": 1}])
def test_what_is_no_recipe_is_refused(recipe: Any, learned: LearnedClassifier) -> None:
    kept = learned.model.network
    assert kept is not None
    model = dataclasses.replace(learned.model, network=dataclasses.replace(kept, architecture={"recipe": recipe}))
    with pytest.raises(LearningError, match="no recipe of a network"):
        network_of_model(model)


@pytest.mark.parametrize("count", [0, 1, 5, 150])
def test_networks_take_any_number_of_samples(count: int, learned: LearnedClassifier) -> None:
    features = learned.task.data.features[:count]
    logits = learned.training.model(jnp.asarray(learned.task.data.features), forward="hard")
    expected = np.asarray(logits).argmax(axis=1)[:count]
    np.testing.assert_array_equal(predict_classes(learned.training.model, features), expected)


def test_a_circuit_that_differs_from_the_network_is_an_error(learned: LearnedClassifier) -> None:
    head = learned.model.head
    wrong = dataclasses.replace(head, biases=head.biases + np.array([99, 0, 0]))
    right = NumpyClassifier(learned.model.encoder, head)
    features = learned.task.data.features
    require_same_classes(learned.training.model, right, learned.runner, features)
    with pytest.raises(EquivalenceError, match=r"NumPy and the hard network differ on .* of 150 samples, first on"):
        require_same_classes(learned.training.model, right, NumpyClassifier(learned.model.encoder, wrong), features)


def test_the_report_is_json_and_holds_what_matters(learned: LearnedClassifier, tmp_path: Path) -> None:
    report = build_classifier_report(learned)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["data"]["origins"][0]["md5"] == "42615765a885ddf54427f12c34a0a070"
    assert report["split"] | {"seed": 3, "train_samples": 108, "test_samples": 30} == report["split"]
    assert (report["encoder"]["bits"], report["complete"], report["steps"]) == (64, True, 60)
    assert 0 < report["encoder"]["bits_read"] <= 64
    assert report["gates"] <= report["gates_extracted"] <= report["gates_trained"] == 60
    assert report["accuracies"]["test"]["compiled"] == report["accuracy"]
    assert report["samples_per_second"]["compiled"] > 1000
    assert report["versions"].keys() >= {"ca_logic", "jax", "numpy", "python"}
    assert report["best_step"] in (20, 40, 60)
    write_classifier_pictures(learned, training=tmp_path / "a.png", confusion=tmp_path / "b.png")
    assert all((tmp_path / name).read_bytes()[:4] == b"\x89PNG" for name in ("a.png", "b.png"))


def test_the_same_seed_learns_the_same_model(learned: LearnedClassifier) -> None:
    again = learn(iris(seed=3))
    assert again.model.head.circuit == learned.model.head.circuit


def test_baselines_are_trained_on_the_same_split(monkeypatch: pytest.MonkeyPatch, learned: LearnedClassifier) -> None:
    baseline = Baseline("a guess", "nothing", 4, 0, 0.5, 0.25, 1, 0.1, model=None)  # type: ignore[arg-type]
    given = []

    def train(split: Any, kind: Kind, **_: Any) -> Baseline:
        given.append((split, kind.name))
        return baseline

    monkeypatch.setattr(classifier_pipeline, "train_baseline", train)
    task = iris(seed=3)
    found = learn(task, baselines=["mlp"])
    assert given == [(task.split, "MLP 256-256")]
    assert found.baselines == (baseline,)
    assert build_classifier_report(found)["baselines"][0]["test_accuracy"] == 0.25
    assert found.model.head.circuit == learned.model.head.circuit


def test_who_stops_gets_the_best_so_far_and_may_go_on(learned: LearnedClassifier, tmp_path: Path) -> None:
    seen = Seen()
    options: dict[str, Any] = {"checkpoints": tmp_path / "checkpoints"}
    stopped = learn(iris(seed=3), watch=seen.watch(should_stop=lambda: True), **options)
    assert not stopped.training.is_complete
    assert 0 < stopped.training.state.step < 60
    assert stopped.training.step == stopped.training.state.step
    # What is judged is what is kept, though nothing had been looked at in time.
    assert stopped.accuracies["test"]["hard"] == stopped.accuracies["test"]["compiled"]
    assert stopped.optimized.proof.is_complete
    resumed = learn(iris(seed=3), watch=seen.watch(), resume=True, **options)
    assert resumed.training.is_complete
    assert [evaluation.step for evaluation in resumed.evaluations][-3:] == [20, 40, 60]
    assert resumed.model.head.circuit == learned.model.head.circuit
    with pytest.raises(UsageError, match="is of a training with seed 3, not 4;"):
        learn(iris(seed=4, choice=SplitChoice(seed=3)), resume=True, **options)
    assert learn(iris(seed=3), max_seconds=0.0).training.state.step < 60


def test_a_compiler_that_fails_costs_nothing_that_was_trained(
    monkeypatch: pytest.MonkeyPatch, learned: LearnedClassifier
) -> None:
    def fail(*_: Any) -> None:
        raise ToolchainError("the C compiler failed")

    monkeypatch.setattr(classifier_pipeline, "compile_classifier", fail)
    found = learn(iris(seed=3))
    assert found.compile_fault == "the C compiler failed"
    assert found.accuracies["test"] == dict(learned.accuracies["test"]) | {"compiled": None}
    assert found.samples_per_second["compiled"] is None
    assert found.judgement.num_samples == 30


def test_speed_is_measured_on_any_number_of_samples(learned: LearnedClassifier) -> None:
    assert samples_per_second(learned.runner, learned.task.data, seconds=0.01) > 1000


def test_settings_say_all_that_training_depends_on() -> None:
    settings = iris().settings()
    assert json.loads(json.dumps(settings)) is not None
    others = [
        iris(seed=1),
        iris(encoding="uniform:3"),
        iris(changes={"tau": 9.0}),
        iris(choice=SplitChoice("folds", fold=2)),
        iris(column_encodings={"petal-width": "uniform:2"}),
    ]
    assert all(other.settings() != settings for other in others)
    assert len({other.settings()["encoder checksum"] for other in others}) > 2


def test_what_cannot_be_is_refused_before_training() -> None:
    with pytest.raises(DataError, match="no column 'petals'"):
        iris(column_encodings={"petals": "uniform:2"})
    with pytest.raises(UsageError, match="which 3 classes cannot share; choose a multiple of 3"):
        learn(iris(changes={"layers": (30, 31)}))
