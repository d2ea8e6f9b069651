"""`Formulation`: a way to compute a training step; `bench training` compares ours with the textbook's."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ca_logic.classifier_benchmark import jax_steps, our_steps, torch_steps
from ca_logic.classifier_benchmark.training_step import Trainer, TrainingStep
from ca_logic.learning import native_network
from ca_logic.learning.device import default_device

BASELINE = "textbook in JAX"


@dataclass(frozen=True)
class Formulation:
    """A way to compute a training step.

    Attributes:
        name: of it, for people.
        where: what computes it.
        differentiate: returns the loss of a step, and its gradient by the logits of each layer.
        prepare: returns what does a step again and again.
        bytes_a_signal: memory that it takes for each gate and sample, about.
        reason: why it cannot be measured here, or "".
    """

    name: str
    where: str
    differentiate: Callable[[TrainingStep], tuple[float, list[np.ndarray]]]
    prepare: Callable[[TrainingStep], Trainer]
    bytes_a_signal: int
    reason: str = ""


def formulations() -> tuple[Formulation, ...]:
    """Returns all of them, the baseline first."""
    platform = default_device().platform
    is_native = platform == "cpu" and native_network.is_available()
    ours = "XLA and native C" if is_native else "XLA"
    return (
        Formulation(
            BASELINE,
            "XLA; [batch, gates], sixteen gates evaluated and mixed, gradients scatter",
            jax_steps.differentiate_textbook,
            jax_steps.TextbookTrainer,
            bytes_a_signal=100,
        ),
        Formulation(
            "textbook in PyTorch",
            f"{torch_steps.describe()}; computed the same way",
            torch_steps.differentiate,
            torch_steps.TorchTrainer,
            bytes_a_signal=400,
            reason=torch_steps.reason_to_skip(platform),
        ),
        Formulation(
            "ours with XLA alone",
            "XLA; [gates, batch], four coefficients, gradients gather",
            jax_steps.differentiate_with_xla,
            jax_steps.XlaTrainer,
            bytes_a_signal=100,
        ),
        Formulation(
            "ours",
            f"{ours}; as `learn` trains, samples chosen and encoded",
            our_steps.differentiate,
            our_steps.OurTrainer,
            bytes_a_signal=100,
        ),
        Formulation(
            "ours, four parameters",
            f"{ours}; the same with four parameters a gate, not 16 logits: the default of `learn`",
            our_steps.differentiate_entries,
            our_steps.EntriesTrainer,
            bytes_a_signal=100,
        ),
    )
