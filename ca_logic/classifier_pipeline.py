"""The spine for classifiers: from samples to a model whose circuit does with every sample what the network does."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jax
import numpy as np
from jaxtyping import Num

from ca_logic import __version__
from ca_logic.backend.classifier import NumpyClassifier, Runner, compile_classifier
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.classifier_task import ClassifierTask, Part
from ca_logic.errors import EquivalenceError, ToolchainError
from ca_logic.learning.baselines import LOGISTIC_REGRESSION, Baseline, mlp, train_baseline
from ca_logic.learning.classification import (
    ClassifierTraining,
    Evaluation,
    LogicClassifier,
    TrainedClassifier,
    TrainState,
    build_classifier,
    extract_classifier,
)
from ca_logic.learning.classification.checkpoints import Checkpoints
from ca_logic.learning.classification.prediction import predict_classes
from ca_logic.learning.classification.stored_network import arrays_of_network, network_of_arrays, recipe_from_plain
from ca_logic.learning.device import describe_device
from ca_logic.runtime.classifier import ClassifierModel, TrainedArrays
from ca_logic.runtime.classifier import Evaluation as Judgement
from ca_logic.runtime.classifier import evaluate as judge
from ca_logic.runtime.classifier.known_samples import ORIGINS, origins_of
from ca_logic.runtime.classifier.split_choice import SPLIT
from ca_logic.runtime.speed import generations_for, seconds_of
from ca_logic.synthesis.classifier_flow import OptimizedHead, optimize_head
from ca_logic.synthesis.code_search import Watch
from ca_logic.synthesis.flow import require_effort
from ca_logic.tasks.datasets import DataSet, Samples
from ca_logic.tasks.encoding import Encoder
from ca_logic.toolchain.compiler import NoCompilerError

BASELINES = {"mlp": mlp(), "logistic": LOGISTIC_REGRESSION}
"""What else can be trained on the same split, by name."""

Engine = Literal["soft", "hard", "compiled"]
Accuracies = Mapping[Part, Mapping[Engine, float | None]]

_JUDGES: tuple[Part, ...] = ("test", "validation")
_RECIPE = "recipe"
_EXAMPLES = 1 << 12
_SPEED_SAMPLES, _SPEED_BYTES = 1 << 16, 1 << 26


@dataclass(frozen=True)
class LearningWatch(Watch):
    """Who looks on while a classifier is learned.

    Attributes:
        on_stage: told what begins.
        on_evaluation: told of each look at the validation samples, after a restart of those before as well.
        on_progress: told of the steps that are done, and of how many.
        on_warning: told of what went wrong and is not the end: no compiler, a disk that is full.
        should_stop: asked several times a second; if so, training stops at a safe point, and what was best by then is
            extracted, without a search, and compared.
    """

    on_stage: Callable[[str], None] = lambda _: None
    on_evaluation: Callable[[Evaluation], None] = lambda _: None
    on_progress: Callable[[int, int], None] = lambda *_: None


@dataclass(frozen=True, eq=False)
class LearnedClassifier:
    """A classifier that was learned, and how it came about.

    Attributes:
        task: what was to be learned.
        training: the network, and its training in this process.
        evaluations: all of its training, those before a restart included.
        extracted: its hard gates, one for each neuron, and the sums.
        optimized: the same scores by fewer gates.
        model: what is kept: encoder, optimized circuit, classes, provenance and network.
        runner: what runs it: compiled C, or NumPy where there is no compiler.
        compile_fault: what the compiler said, if it failed.
        accuracies: of the network as it is trained, of the hard one, and of the compiled circuit, in each part; None
            where there are no samples, or is no compiled circuit.
        judgement: class by class what the circuit makes of the samples that judge.
        judged: which part these are: `test`, or another if that is empty.
        num_compared: with how many samples hard network, NumPy and compiled circuit did the same.
        baselines: what else was trained.
        seconds: wall time of each stage.
        samples_per_second: of training, and of the compiled circuit on one core, if there were any.
        device: what trained.
    """

    task: ClassifierTask
    training: TrainedClassifier
    evaluations: tuple[Evaluation, ...]
    extracted: GroupSum
    optimized: OptimizedHead
    model: ClassifierModel
    runner: Runner
    compile_fault: str | None
    accuracies: Mapping[Part, Mapping[Engine, float | None]]
    judgement: Judgement
    judged: Part
    num_compared: int
    baselines: tuple[Baseline, ...]
    seconds: Mapping[str, float]
    samples_per_second: Mapping[str, float | None]
    device: str


def learn_classifier(
    task: ClassifierTask,
    *,
    effort: int = 1,
    max_seconds: float | None = None,
    baselines: Collection[str] = (),
    checkpoints: Path | None = None,
    resume: bool = False,
    keep_network: bool = True,
    provenance: Mapping[str, object] | None = None,
    devices: Sequence[jax.Device] | None = None,
    watch: LearningWatch | None = None,
) -> LearnedClassifier:
    """Trains a network, and turns it into a small circuit that does the same, which is looked at sample by sample.

    Args:
        task: what to learn.
        effort: how long to search for a small circuit, 0 to 3.
        max_seconds: when training stops, the best so far being kept.
        baselines: names of `BASELINES` to train as well.
        checkpoints: a folder for them; without one there are none.
        resume: go on from the newest that is there.
        keep_network: whether the network goes into the model.
        provenance: what else the model should tell, such as the command.
        devices: that share each batch; by default JAX's.
        watch: who looks on.

    Raises:
        UsageError: if there is no such effort, a layer cannot be wired or dealt out, or a checkpoint is of another
            training.
        LearningError: if the batch cannot be shared, or all checkpoints are damaged.
        EquivalenceError: if the circuit differs from the network, which would be a bug.
    """
    require_effort(effort)
    watch = watch or LearningWatch()
    clock = _Clock(watch.on_stage)
    device = describe_device() if devices is None else f"{len(devices)} x {devices[0].device_kind}"
    parts = task.parts
    with clock.stage("training"):
        network = build_classifier(task.recipe, task.encoder, len(task.data.classes), seed=task.seed)
        training = ClassifierTraining(network, task.split, task.recipe, seed=task.seed, devices=devices)
        kept = Checkpoints(checkpoints, task.settings(), on_warning=watch.on_warning) if checkpoints else None
        trained, evaluations = _train(training, kept, resume=resume, max_seconds=max_seconds, watch=watch)
    with clock.stage("synthesis"):
        extracted, optimized = _synthesize(task, trained.model, parts["train"], effort=effort, watch=watch)
    with clock.stage("compiling"):
        runner, compile_fault = _runner(task.encoder, optimized.head, watch.on_warning)
    with clock.stage("comparison"):
        num_compared = _compare(trained.model, NumpyClassifier(task.encoder, optimized.head), runner, parts)
        judgements = {
            part: judge(samples.labels, runner.classes(samples.features), task.data.classes)
            for part, samples in parts.items()
        }
        accuracies = {part: _accuracies(training, parts[part], judgements[part], runner) for part in parts}
        speed = None if isinstance(runner, NumpyClassifier) else samples_per_second(runner, task.data)
    others = _train_baselines(task, baselines, clock, watch)
    judged = next(part for part in (*_JUDGES, "train") if len(parts[part]))
    about = _provenance(task, trained, extracted, optimized, accuracies) | {"device": device} | dict(provenance or {})
    return LearnedClassifier(
        task=task,
        training=trained,
        evaluations=evaluations,
        extracted=extracted,
        optimized=optimized,
        model=_model(task, trained.model, optimized.head, about, keep_network=keep_network),
        runner=runner,
        compile_fault=compile_fault,
        accuracies=accuracies,
        judgement=judgements[judged],
        judged=judged,
        num_compared=num_compared,
        baselines=others,
        seconds=clock.seconds,
        samples_per_second={"training": _training_speed(trained, evaluations), "compiled": speed},
        device=device,
    )


def network_of_model(model: ClassifierModel) -> LogicClassifier | None:
    """Returns the network that a model was extracted from, or None if it was not kept.

    Raises:
        LearningError: if what was kept is no network.
    """
    if model.network is None:
        return None
    recipe = recipe_from_plain(model.network.architecture.get(_RECIPE))
    return network_of_arrays(recipe, model.encoder, len(model.classes), model.network.arrays)


def require_same_classes(
    network: LogicClassifier, circuit: Runner, compiled: Runner, features: Num[np.ndarray, "samples features"]
) -> None:
    """Makes sure that the hard network, the circuit in NumPy and the compiled one do the same with each sample.

    Raises:
        EquivalenceError: naming how many differ, and the first.
    """
    expected = predict_classes(network, features)
    for runner in (circuit, compiled):
        found = runner.classes(features)
        wrong = np.flatnonzero(found != expected)
        if len(wrong):
            raise EquivalenceError(
                f"{runner.description} and the hard network differ on {len(wrong)} of {len(features)} samples, first "
                f"on sample {wrong[0]}: class {found[wrong[0]]} and {expected[wrong[0]]}."
            )


def samples_per_second(runner: Runner, data: DataSet, *, seconds: float = 0.2) -> float:
    """Returns how many samples, as many as there are or some ten thousand, one core classifies in a second."""
    rows_at_once = max(1, min(_SPEED_SAMPLES, _SPEED_BYTES // max(1, data.features[:1].nbytes)))
    features = data.features[np.arange(rows_at_once) % data.num_samples]

    def classify(times: int) -> None:
        for _ in range(times):
            runner.classes(features)

    times = generations_for(classify, seconds)
    return rows_at_once * times / seconds_of(classify, times)


class _Clock:
    """Takes the time of stages."""

    def __init__(self, on_stage: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._on_stage = on_stage

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._on_stage(name)
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


def _train(
    training: ClassifierTraining,
    checkpoints: Checkpoints | None,
    *,
    resume: bool,
    max_seconds: float | None,
    watch: LearningWatch,
) -> tuple[TrainedClassifier, tuple[Evaluation, ...]]:
    """Does the steps that are left; returns the evaluations before a restart as well."""
    evaluations: list[Evaluation] = []
    began, before, is_stopped = time.perf_counter(), 0.0, False
    if resume and checkpoints:
        restored = checkpoints.restore(training.state)
        training.state, before = restored.state, restored.seconds
        evaluations += restored.evaluations
        for evaluation in restored.evaluations:
            watch.on_evaluation(evaluation)

    def note(evaluation: Evaluation) -> None:
        evaluations.append(evaluation)
        watch.on_evaluation(evaluation)

    def keep(state: TrainState) -> None:
        if checkpoints:
            seconds = before + time.perf_counter() - began
            is_last = is_stopped or state.step >= training.recipe.steps
            checkpoints.save(state, evaluations, seconds, is_last=is_last)

    def should_stop() -> bool:
        nonlocal is_stopped
        is_late = max_seconds is not None and time.perf_counter() - began > max_seconds
        is_stopped = is_stopped or is_late or watch.should_stop()
        return is_stopped

    trained = training.run(
        on_evaluation=note, on_progress=watch.on_progress, on_checkpoint=keep, should_stop=should_stop
    )
    return trained, tuple(evaluations)


def _synthesize(
    task: ClassifierTask, network: LogicClassifier, training: Samples, *, effort: int, watch: Watch
) -> tuple[GroupSum, OptimizedHead]:
    """Returns the hard gates of a network, and the same scores by fewer."""
    extracted = extract_classifier(network, name=task.name, input_names=task.encoder.names)
    examples = task.encoder.encode(training.features[:_EXAMPLES]).T.astype(np.uint8)
    optimized = optimize_head(extracted, task.encoder, examples=examples, effort=effort, seed=task.seed, watch=watch)
    return extracted, optimized


def _compare(network: LogicClassifier, circuit: Runner, compiled: Runner, parts: Mapping[Part, Samples]) -> int:
    """Returns with how many samples all do the same: those that were not trained on, if there are any."""
    unseen = np.concatenate([parts["validation"].features, parts["test"].features])
    compared = unseen if len(unseen) else parts["train"].features
    require_same_classes(network, circuit, compiled, compared)
    return len(compared)


def _train_baselines(
    task: ClassifierTask, names: Collection[str], clock: _Clock, watch: LearningWatch
) -> tuple[Baseline, ...]:
    """Returns those that are trained before somebody stops it."""
    trained = []
    for name in names:
        with clock.stage(f"baseline {name}"):
            if not watch.should_stop():
                kind = BASELINES[name]
                trained.append(train_baseline(task.split, kind, seed=task.seed, should_stop=watch.should_stop))
    return tuple(trained)


def _runner(encoder: Encoder, head: GroupSum, on_warning: Callable[[str], None]) -> tuple[Runner, str | None]:
    """Returns the compiled classifier, or that in NumPy and what the compiler said."""
    try:
        return compile_classifier(encoder, head), None
    except NoCompilerError as error:
        on_warning(f"{error} The classifier runs with NumPy meanwhile.")
        return NumpyClassifier(encoder, head), None
    except ToolchainError as error:
        # After long training nothing should be lost.
        return NumpyClassifier(encoder, head), str(error)


def _accuracies(
    training: ClassifierTraining, samples: Samples, judgement: Judgement, runner: Runner
) -> dict[Engine, float | None]:
    if not len(samples):
        return {"soft": None, "hard": None, "compiled": None}
    return {
        "soft": training.accuracy(samples, forward="soft"),
        "hard": training.accuracy(samples),
        "compiled": None if isinstance(runner, NumpyClassifier) else judgement.accuracy,
    }


def _training_speed(trained: TrainedClassifier, evaluations: Sequence[Evaluation]) -> float | None:
    """Returns the samples a second of this process, or, if nothing was left to do, of the one before."""
    found = trained.evaluations or list(evaluations)
    return found[-1].samples_per_second if found else None


def _provenance(
    task: ClassifierTask,
    trained: TrainedClassifier,
    extracted: GroupSum,
    optimized: OptimizedHead,
    accuracies: Accuracies,
) -> dict[str, object]:
    return {
        "ca_logic": __version__,
        "seed": task.seed,
        SPLIT: task.choice.to_plain(),
        ORIGINS: origins_of(task.data),
        "reference": task.data.provenance.reference,
        "license": task.data.provenance.license,
        "encoding": dict(task.encoding),
        _RECIPE: task.recipe.to_plain(),
        "steps": trained.state.step,
        "gates_trained": trained.model.num_gates,
        "gates_extracted": extracted.circuit.num_gates,
        "proof": str(optimized.proof),
        "is_proved": optimized.proof.is_complete,
        "accuracies": {part: dict(found) for part, found in accuracies.items()},
    }


def _model(
    task: ClassifierTask,
    network: LogicClassifier,
    head: GroupSum,
    provenance: Mapping[str, object],
    *,
    keep_network: bool,
) -> ClassifierModel:
    data = task.data
    return ClassifierModel(
        name=task.name,
        columns=data.columns,
        classes=data.classes,
        encoder=task.encoder,
        head=head,
        tau=task.recipe.tau,
        target=task.target,
        image_shape=data.image_shape,
        data_set=data.name,
        missing=task.missing,
        provenance=provenance,
        network=TrainedArrays({_RECIPE: task.recipe.to_plain()}, arrays_of_network(network)) if keep_network else None,
    )
