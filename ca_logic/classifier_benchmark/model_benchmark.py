"""`bench MODEL`: the network, its circuit on the device, interpreted and compiled; beside a perceptron."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32

from ca_logic.backend.classifier import NumpyClassifier, compile_classifier, interpret_classifier
from ca_logic.backend.device.classifier import DeviceClassifier
from ca_logic.classifier_benchmark.classifying import Timing, measure, require_batches, require_same_classes
from ca_logic.classifier_benchmark.contenders import (
    Contender,
    circuit_contender,
    classes_of,
    network_contender,
    perceptron_contender,
)
from ca_logic.classifier_benchmark.cores import require_cores
from ca_logic.classifier_benchmark.first_answer import first_answer_of_file
from ca_logic.classifier_benchmark.model_samples import ModelSamples
from ca_logic.classifier_pipeline import network_of_model
from ca_logic.errors import LearningError
from ca_logic.learning.baselines import mlp, train_baseline
from ca_logic.learning.classification import LogicClassifier
from ca_logic.learning.device import default_device, describe_device
from ca_logic.runtime.classifier import StoredModel
from ca_logic.runtime.classifier.model_file import model_to_bytes

BATCHES = (1, 64, 1000, 65536)

NOTE = """\
Ratios refer to the MLP, a perceptron of two hidden layers in float32 in JAX on the same device and cores, given the
same batch in the same form. Ready are the numbers that it weighs, on the device; for networks the encoder's bits as
numbers, there as well; for circuits its bits packed into words of 64, in NumPy, whatever computes them. Rows are
features in NumPy, as people have them. The MLP and the networks are given up to 4,096 samples at a time on a CPU, which
is fastest. Every call is made from Python, and has ended when all classes are there; those of circuits, and of rows,
include the way to the device. First answers are counted from reading the file on, in a process of its own with an empty
cache (the interpreter itself is compiled only then), and again in the next process; of what JAX does, from compiling
on."""

_MAX_TRAINING_SECONDS = 60.0
_NO_TRAINING_SECONDS = 1e-3


@dataclass(frozen=True)
class Judgement:
    """What a contender made of all samples that judge.

    Attributes:
        accuracy: the share that it is right about; None if nobody knows, as of random samples.
        agreement: the share for which it says what the circuit says.
    """

    accuracy: float | None
    agreement: float


@dataclass(frozen=True)
class ModelBenchmark:
    """What was compared, and how well and how fast it was.

    Attributes:
        contenders: in the order of the table.
        judgements: of each, by its name.
        timings: for each number of cores and size of batches, in that order.
        samples: their name, and which part of the data they are.
        num_samples: how many judge.
        baseline: the contender that ratios refer to, if there is one.
        lacks_network: why there is no soft network, or "".
        device: JAX's.
    """

    contenders: tuple[Contender, ...]
    judgements: dict[str, Judgement]
    timings: tuple[Timing, ...]
    samples: str
    num_samples: int
    baseline: str | None
    lacks_network: str
    device: str


def benchmark_model(
    stored: StoredModel,
    samples: ModelSamples,
    *,
    batches: Sequence[int] = BATCHES,
    cores: Sequence[int],
    seconds: float,
    with_mlp: bool = True,
    on_progress: Callable[[str], None] = lambda _: None,
) -> ModelBenchmark:
    """Returns accuracies and speeds of a model.

    Args:
        stored: the model, and its file.
        samples: what to compare on.
        batches: how many samples are classified in a call.
        cores: on how many cores to measure, one number after the other.
        seconds: for each contender, form and size of batches, about.
        with_mlp: whether to train the baseline; it takes a minute at most.
        on_progress: told what is being done; may raise to stop.

    Raises:
        UsageError: if a batch does not fit into memory, or there are fewer cores.
        NoCompilerError: if there is no C compiler.
        EquivalenceError: if a circuit, or the hard network, finds another class than the circuit does in NumPy.
    """
    model, rows = stored.model, samples.judging.features
    for num_cores in cores:
        require_cores(num_cores)
    require_batches(batches, rows, model.encoder.num_bits)
    network, lacks_network = _network(stored)
    on_progress("the circuit in NumPy")
    expected = NumpyClassifier(model.encoder, model.head).classes(rows)
    contenders = []
    judgements = {}
    for contender in _contenders(stored, samples, network, with_mlp, on_progress):
        on_progress(f"{contender.name}: comparing classes")
        judgements[contender.name] = _judge(contender, samples, expected)
        contenders.append(contender)
    baseline = contenders[0].name if with_mlp else None
    timings = measure(
        contenders,
        rows,
        expected,
        batches=batches,
        cores=cores,
        seconds=seconds,
        baseline=baseline,
        on_progress=on_progress,
    )
    return ModelBenchmark(
        contenders=tuple(contenders),
        judgements=judgements,
        timings=tuple(timings),
        samples=samples.name,
        num_samples=len(samples.judging),
        baseline=baseline,
        lacks_network=lacks_network,
        device=describe_device(),
    )


def _network(stored: StoredModel) -> tuple[LogicClassifier | None, str]:
    try:
        network = network_of_model(stored.model)
    except LearningError as error:
        return None, str(error)
    return network, "" if network else "the model does not hold the network that was trained."


def _contenders(
    stored: StoredModel,
    samples: ModelSamples,
    network: LogicClassifier | None,
    with_mlp: bool,
    on_progress: Callable[[str], None],
) -> Iterator[Contender]:
    model, first_rows = stored.model, samples.judging.features[:1]
    num_bytes = len(model_to_bytes(dataclasses.replace(model, network=None)))
    if with_mlp:
        on_progress("training the MLP")
        max_seconds = _MAX_TRAINING_SECONDS if samples.are_known else _NO_TRAINING_SECONDS
        baseline = train_baseline(
            samples.split, mlp(), max_seconds=max_seconds, on_progress=lambda *_: on_progress("training the MLP")
        )
        yield perceptron_contender(baseline, first_rows)
    if network:
        for forward in ("soft", "hard"):
            on_progress(f"{forward} network: compiling")
            yield network_contender(network, forward, stored.num_bytes - num_bytes, first_rows)
    on_progress("circuit on the device: compiling")
    yield circuit_contender(
        "packed on the device",
        model,
        lambda: DeviceClassifier(model.encoder, model.head, devices=[default_device()]),
        num_bytes,
        first_rows=first_rows,
    )
    on_progress("interpreter: its first answer")
    yield circuit_contender(
        "interpreted circuit",
        model,
        lambda: interpret_classifier(model.encoder, model.head),
        num_bytes,
        first_rows=first_rows,
        first_answer=first_answer_of_file(stored.path, "interpreted"),
    )
    on_progress("compiled circuit: compiling")
    yield circuit_contender(
        "compiled circuit",
        model,
        lambda: compile_classifier(model.encoder, model.head),
        num_bytes,
        first_rows=first_rows,
        first_answer=first_answer_of_file(stored.path, "compiled"),
    )


def _judge(contender: Contender, samples: ModelSamples, expected: Int32[np.ndarray, " samples"]) -> Judgement:
    judging = samples.judging
    found = classes_of(contender.prepare(judging.features, "rows", 1)())
    if contender.is_circuit:
        require_same_classes(contender.name, found, expected)
    accuracy = float(np.mean(found == judging.labels)) if samples.are_known else None
    return Judgement(accuracy, float(np.mean(found == expected)))
