"""What `learn` leaves behind of a classifier besides the model: a report for JSON, and pictures of its training."""

import math
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ca_logic import __version__
from ca_logic.backend.classifier.inputs import used_inputs
from ca_logic.classifier_pipeline import LearnedClassifier
from ca_logic.files import write_atomically
from ca_logic.learning.baselines import Baseline
from ca_logic.reporting import png_of
from ca_logic.runtime.classifier.confusion_picture import draw_confusion

_LIBRARIES = ("jax", "flax", "optax", "orbax-checkpoint", "numpy")


def build_classifier_report(learned: LearnedClassifier) -> dict[str, Any]:
    """Returns all that is known of the run, ready for JSON; what is not known is None."""
    task, circuit = learned.task, learned.model.head.circuit
    data, provenance = task.data, task.data.provenance
    split = task.split
    rows = {"train": split.train_rows, "validation": split.validation_rows, "test": split.test_rows}
    report = {
        "name": task.name,
        "data": {
            "name": data.name,
            "origins": [asdict(origin) for origin in provenance.origins],
            "reference": provenance.reference,
            "license": provenance.license,
            "samples": data.num_samples,
            "features": len(data.columns),
            "classes": list(data.classes),
            "target": task.target,
            "missing": task.missing,
        },
        "split": task.choice.to_plain() | {f"{part}_samples": len(own) for part, own in rows.items()},
        "encoder": {
            "encoding": dict(task.encoding),
            "bits": task.encoder.num_bits,
            "bits_read": int(used_inputs(circuit).sum()),
            "features_read": len(np.unique(task.encoder.features[used_inputs(circuit)])),
        },
        "recipe": task.recipe.to_plain(),
        "seed": task.seed,
        "steps": learned.training.state.step,
        "complete": learned.training.is_complete,
        "best_step": learned.training.step,
        "accuracy": learned.judgement.accuracy,
        "judged": learned.judged,
        "accuracies": {part: dict(found) for part, found in learned.accuracies.items()},
        "confusion": learned.judgement.confusion.tolist(),
        "compared_samples": learned.num_compared,
        "gates_trained": learned.training.model.num_gates,
        "gates_extracted": learned.extracted.circuit.num_gates,
        "gates": circuit.num_gates,
        "depth": circuit.depth,
        "terms": len(learned.model.head.classes),
        "passes": [
            {"pass": done.name, "gates": done.size, "seconds": round(done.seconds, 3)}
            for done in learned.optimized.passes
        ],
        "proof": str(learned.optimized.proof),
        "is_proved": learned.optimized.proof.is_complete,
        "engine": learned.runner.description,
        "compile_fault": learned.compile_fault,
        "samples_per_second": {name: speed and round(speed) for name, speed in learned.samples_per_second.items()},
        "seconds": {stage: round(taken, 3) for stage, taken in learned.seconds.items()},
        "device": learned.device,
        "baselines": [_report_of_baseline(baseline) for baseline in learned.baselines],
        "evaluations": [asdict(evaluation) for evaluation in learned.evaluations],
        "versions": {"ca_logic": __version__, "python": platform.python_version()}
        | {name: version(name) for name in _LIBRARIES},
    }
    plain: dict[str, Any] = _plain(report)
    return plain


def write_classifier_pictures(learned: LearnedClassifier, *, training: Path, confusion: Path) -> None:
    """Writes as PNG how training went, and which classes are taken for which.

    Raises:
        OutputError: if one cannot be written.
    """
    write_atomically(training, _draw_training(learned))
    title = f"{learned.task.data.name}, {learned.judged}: {100 * learned.judgement.accuracy:.2f} % right"
    write_atomically(confusion, draw_confusion(learned.judgement, title))


def _draw_training(learned: LearnedClassifier) -> bytes:
    """Returns a PNG: above the loss, below how often the network, soft and hard, is right on what chooses."""
    # pyplot would look for a window system; a bare figure does not. The import is heavy, so it comes late.
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    evaluations, recipe = learned.evaluations, learned.task.recipe
    steps = [evaluation.step for evaluation in evaluations]
    figure = Figure(figsize=(9, 6), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True)
    layers = ", ".join(map(str, recipe.layers))
    title = f"{learned.task.data.name}: layers {layers}, seed {learned.task.seed}"
    figure.suptitle(title.replace("$", r"\$"))
    # A training that is over at once has one point, which a line does not show.
    style = {"marker": "."}
    losses = [evaluation.loss for evaluation in evaluations]
    top.plot(steps, losses, color="tab:blue", **style)
    # Within a power of ten a linear axis has more numbers.
    if losses and max(losses) > 10 * min(losses):
        top.set_yscale("log")
        top.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        top.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        top.yaxis.set_minor_formatter(NullFormatter())
    top.set_ylabel("training loss")
    # What is trained straight through is hard at all times.
    is_hard = recipe.forward.endswith("straight-through")
    kinds = {"hard": "tab:green"} if is_hard else {"soft": "tab:orange", "hard": "tab:green"}
    for name, colour in kinds.items():
        values = [100 * getattr(evaluation, f"{name}_accuracy") for evaluation in evaluations]
        bottom.plot(steps, values, color=colour, label=f"{name} network", **style)
    label = f"circuit on {learned.judged}: {100 * learned.judgement.accuracy:.2f} %"
    bottom.axhline(100 * learned.judgement.accuracy, color="grey", linestyle="--", linewidth=0.8, label=label)
    step = learned.training.step
    for axes in (top, bottom):
        axes.axvline(step, color="tab:red", linestyle=":", linewidth=0.8, label=f"kept: step {step:,}")
    bottom.set_ylabel("validation samples right, %" if len(learned.task.split.validation_rows) else "samples right, %")
    bottom.set_xlabel("training step")
    bottom.legend(loc="lower right", fontsize="small")
    return png_of(figure)


def _report_of_baseline(baseline: Baseline) -> dict[str, Any]:
    return {
        "name": baseline.name,
        "inputs": baseline.inputs,
        "parameters": baseline.num_parameters,
        "validation_accuracy": baseline.validation_accuracy,
        "test_accuracy": baseline.test_accuracy,
        "steps": baseline.steps,
        "seconds": baseline.seconds,
    }


def _plain(value: Any) -> Any:
    """Returns a value without the numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
