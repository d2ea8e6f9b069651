"""`Outcome`: what became of one training, as plain values for a line of results."""

from dataclasses import dataclass

from ca_logic.classifier_pipeline import LearnedClassifier


@dataclass(frozen=True)
class Outcome:
    """What became of one training.

    Attributes:
        data: the name of the data set.
        seed: of split and network.
        fold: which one judges, from 1 on; 0 where the test part does.
        folds: how many there are, or 0.
        samples: how many judge.
        accuracy: of the circuit on these, by compiled C, or where there is no compiler by NumPy.
        is_compiled: by which of them.
        hard_accuracy: of the hard network on the same samples.
        soft_accuracy: of the network as it was trained.
        validation_accuracy: of the hard network on what chose, None where nothing did.
        compared: with how many samples hard network, NumPy and compiled circuit did the same.
        gates_trained: of the network.
        gates_extracted: of its circuit.
        gates: of the circuit after optimization.
        is_proved: whether optimization was proved to keep the function.
        bits: that the encoder makes of a sample.
        steps: of training.
        is_complete: whether these are all, or the time was over.
        train_seconds: wall time of training, what is compiled for it included.
        seconds: wall time of training, synthesis, compiling and comparison.
        device: what trained.
        baselines: by name the accuracy on the same samples of what else was trained.
        origins: by the name of each file that the data are of its MD5 checksum.
        version: of this program, and a checksum of all that the training depends on.
    """

    data: str
    seed: int
    fold: int
    folds: int
    samples: int
    accuracy: float
    is_compiled: bool
    hard_accuracy: float
    soft_accuracy: float
    validation_accuracy: float | None
    compared: int
    gates_trained: int
    gates_extracted: int
    gates: int
    is_proved: bool
    bits: int
    steps: int
    is_complete: bool
    train_seconds: float
    seconds: float
    device: str
    baselines: dict[str, float]
    origins: dict[str, str]
    version: str


def outcome_of(learned: LearnedClassifier, version: str) -> Outcome:
    """Returns the outcome of a training, so far without baselines."""
    task, tested = learned.task, learned.accuracies["test"]
    assert tested["hard"] is not None, "a test part or a fold is never empty"
    assert tested["soft"] is not None, "nor is it for the soft network"
    has_folds = task.choice.method == "folds"
    return Outcome(
        data=task.data.name,
        seed=task.seed,
        fold=task.choice.fold + 1 if has_folds else 0,
        folds=task.choice.folds if has_folds else 0,
        samples=learned.judgement.num_samples,
        accuracy=learned.judgement.accuracy,
        is_compiled=tested["compiled"] is not None,
        hard_accuracy=tested["hard"],
        soft_accuracy=tested["soft"],
        validation_accuracy=learned.accuracies["validation"]["hard"],
        compared=learned.num_compared,
        gates_trained=learned.training.model.num_gates,
        gates_extracted=learned.extracted.circuit.num_gates,
        gates=learned.optimized.head.circuit.num_gates,
        is_proved=learned.optimized.proof.is_complete,
        bits=task.encoder.num_bits,
        steps=learned.training.state.step,
        is_complete=learned.training.is_complete,
        train_seconds=round(learned.seconds["training"], 3),
        seconds=round(sum(learned.seconds.values()), 3),
        device=learned.device,
        baselines={},
        origins={origin.name: origin.md5 for origin in task.data.provenance.origins},
        version=version,
    )
