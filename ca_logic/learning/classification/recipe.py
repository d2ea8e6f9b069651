"""`ClassifierRecipe`: every choice of training a classifier that is not the data's."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import jax
from flax import nnx

from ca_logic.errors import UsageError
from ca_logic.learning.classification.network import BitEncoder, GroupSum, LogicClassifier
from ca_logic.learning.network import FORWARDS, Forward, LogicLayer
from ca_logic.learning.parametrization import ParametrizationName
from ca_logic.learning.wiring import LayerWiring
from ca_logic.tasks.encoding import Encoder


@dataclass(frozen=True)
class ClassifierRecipe:
    """How to build and train a classifier.

    Attributes:
        layers: the number of gates of each layer; the last is a multiple of the number of classes.
        tau: what the sums are divided by.
        first_wiring: which bits the gates of the first layer read.
        wiring: which signals those of the other layers read.
        num_candidates: among how many signals a learnable wire chooses at a time.
        num_rewired: how many candidates of each wire are replaced when rewiring.
        rewire_every: steps between two rewirings.
        rewire_until: the share of the steps after which wiring stays as it is.
        parametrization: how a relaxed gate is written.
        is_residual: whether gates start as pass-throughs, which deep networks need, or at random.
        forward: how the network computes while it is trained.
        grad_factor: what gradients are multiplied by from layer to layer.
        steps: training steps, of all starts together.
        starts: from how many initial networks it is trained, one after the other, with the same share of the steps
            each. The best start counts: small networks find different circuits, few of them good.
        batch_size: samples of a step.
        learning_rate: Adam's step size; it falls to `final_rate` of it by a cosine.
        wire_rate: what the learning rate is multiplied by for the logits of wires.
        final_rate: the share of the learning rate that is left in the end; 1 keeps it.
        b1: decay of Adam's first moment.
        b2: decay of Adam's second moment.
        weight_decay: of AdamW.
        max_shift: images are moved at random by at most so many pixels in each direction.
        evaluate_every: steps between two looks at the validation samples.
    """

    layers: tuple[int, ...]
    tau: float
    first_wiring: LayerWiring = "learnable"
    wiring: LayerWiring = "balanced"
    num_candidates: int = 8
    num_rewired: int = 4
    rewire_every: int = 500
    rewire_until: float = 0.7
    parametrization: ParametrizationName = "truth-table"
    is_residual: bool = True
    forward: Forward = "soft"
    grad_factor: float = 1.0
    steps: int = 10_000
    starts: int = 1
    batch_size: int = 128
    learning_rate: float = 0.02
    wire_rate: float = 5.0
    final_rate: float = 0.02
    b1: float = 0.9
    b2: float = 0.999
    weight_decay: float = 0.0
    max_shift: int = 0
    evaluate_every: int = 500

    def __post_init__(self) -> None:
        """Checks what no later code would notice."""
        if not self.layers or min(self.layers) < 1:
            raise UsageError(f"layers of {self.layers} gates cannot be; name at least one, such as 2x4000.")
        for name in ("steps", "starts", "batch_size", "evaluate_every", "num_candidates", "rewire_every"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} of {getattr(self, name)} cannot be; choose 1 or more.")
        for name in ("tau", "learning_rate", "wire_rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise UsageError(f"{name} of {getattr(self, name)} cannot be; choose a number above 0.")
        for name in ("b1", "b2", "final_rate", "rewire_until"):
            if not 0 <= getattr(self, name) <= 1 or (getattr(self, name) == 1 and name in ("b1", "b2")):
                raise UsageError(f"{name} of {getattr(self, name)} cannot be; choose a number from 0 to 1.")
        if self.num_rewired < 0 or not math.isfinite(self.grad_factor) or math.isinf(self.weight_decay):
            raise UsageError("num_rewired must not be negative, grad_factor and weight_decay must be finite.")
        if self.max_shift < 0 or not self.weight_decay >= 0:
            raise UsageError(f"max_shift {self.max_shift} and weight_decay {self.weight_decay} must not be negative.")
        if self.forward not in FORWARDS or self.forward == "hard":
            known = ", ".join(name for name in FORWARDS if name != "hard")
            raise UsageError(f"cannot train with forward {self.forward!r}; known are {known}.")

    @property
    def steps_of_start(self) -> int:
        """The steps from one initial network; the last may have fewer."""
        return -(-self.steps // self.starts)

    def to_plain(self) -> dict[str, Any]:
        """Returns numbers, texts and lists that JSON can hold."""
        return dataclasses.asdict(self) | {"layers": list(self.layers)}


def build_classifier(recipe: ClassifierRecipe, encoder: Encoder, num_classes: int, *, seed: int) -> LogicClassifier:
    """Returns a fresh network.

    Raises:
        UsageError: if the last layer cannot be dealt out among the classes, or a layer cannot be wired.
    """
    if recipe.layers[-1] % num_classes:
        raise UsageError(
            f"the last layer has {recipe.layers[-1]} gates, which {num_classes} classes cannot share; choose a "
            f"multiple of {num_classes}."
        )
    rngs = nnx.Rngs(params=jax.random.key(seed))
    layers = []
    width = encoder.num_bits
    for number, gates in enumerate(recipe.layers):
        layer = LogicLayer(
            width,
            gates,
            wiring=recipe.wiring if number else recipe.first_wiring,
            num_candidates=recipe.num_candidates,
            parametrization=recipe.parametrization,
            is_residual=recipe.is_residual,
            grad_factor=recipe.grad_factor,
            rngs=rngs,
        )
        layers.append(layer)
        width = gates
    return LogicClassifier(BitEncoder(encoder), layers, GroupSum(num_classes, recipe.tau))
