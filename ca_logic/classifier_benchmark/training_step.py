"""`TrainingStep`: one step on one batch, the same for all that are compared, and `Trainer`, which does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float32, Int32, UInt8

from ca_logic.learning.classification import ClassifierRecipe, LogicClassifier, build_classifier
from ca_logic.learning.network import LogicLayer
from ca_logic.tasks.datasets import Column, DataSet, Split
from ca_logic.tasks.encoding import Encoder

NUM_CLASSES = 10

LEARNING_RATE = 1e-30
"""So small that parameters stay what they are: each step is the same one, and its loss can be compared."""

_MANY_STEPS = 1 << 30


@dataclass(frozen=True, eq=False)
class TrainingStep:
    """A network of softmax gates, and samples: random bits, each a feature that is 0 or 1.

    Attributes:
        model: our network.
        recipe: that it was built by.
        encoder: makes bits of the features.
        split: the samples, all of them in its training part.
    """

    model: LogicClassifier
    recipe: ClassifierRecipe
    encoder: Encoder
    split: Split

    @property
    def bits(self) -> UInt8[np.ndarray, "batch inputs"]:
        """What the first layer reads."""
        bits: np.ndarray = self.split.data.features
        return bits

    @property
    def labels(self) -> Int32[np.ndarray, " batch"]:
        """The classes of the samples."""
        return self.split.data.labels

    @property
    def layers(self) -> list[LogicLayer]:
        """The layers of our network."""
        return dense_layers(self.model)

    @property
    def logits(self) -> list[Float32[np.ndarray, "gates 16"]]:
        """The parameters of each layer."""
        return [np.asarray(layer.gates[...]) for layer in self.layers]

    @property
    def wiring(self) -> list[Int32[np.ndarray, "gates 2"]]:
        """Which signals the gates of each layer read."""
        return [np.asarray(layer.wiring[...]) for layer in self.layers]


class Trainer(Protocol):
    """Does the step again and again."""

    def use_cores(self, num_cores: int) -> None:
        """Uses no more cores than that, if it is not held to them anyway."""

    def advance(self, times: int) -> tuple[float, float]:
        """Does as many steps as are usual in a call, so many times; returns the seconds of one step, and the loss."""


def dense_layers(model: LogicClassifier) -> list[LogicLayer]:
    """Returns the layers of a network that has no others than dense ones."""
    return [layer for layer in model.layers if isinstance(layer, LogicLayer)]


def make_training_step(layers: Sequence[int], *, batch_size: int, num_inputs: int, seed: int = 0) -> TrainingStep:
    """Returns a step of a fresh network, its wiring balanced and its gates nearly pass-throughs.

    Raises:
        UsageError: if the last layer cannot be dealt out among ten classes, or a layer cannot be wired.
    """
    recipe = ClassifierRecipe(
        layers=tuple(layers),
        tau=max(1.0, (layers[-1] / NUM_CLASSES) ** 0.5),
        first_wiring="balanced",
        wiring="balanced",
        parametrization="softmax",
        steps=_MANY_STEPS,
        batch_size=batch_size,
        learning_rate=LEARNING_RATE,
        final_rate=1.0,
        evaluate_every=_MANY_STEPS,
    )
    names = tuple(f"x{place}" for place in range(num_inputs))
    features = np.arange(num_inputs, dtype=np.int32)
    ones = np.ones(num_inputs, np.float32)
    encoder = Encoder(num_inputs, features, ones, np.full_like(ones, np.inf), names)
    rng = np.random.default_rng(seed)
    data = DataSet(
        name="random bits",
        columns=tuple(Column(name, "pixel") for name in names),
        features=rng.integers(0, 2, (batch_size, num_inputs), dtype=np.uint8),
        labels=rng.integers(0, NUM_CLASSES, batch_size, dtype=np.int32),
        classes=tuple(map(str, range(NUM_CLASSES))),
    )
    none = np.arange(0)
    split = Split(data, np.arange(batch_size), none, none)
    return TrainingStep(build_classifier(recipe, encoder, NUM_CLASSES, seed=seed), recipe, encoder, split)
