"""`ClassifierTask`: what is to be learned of which samples, and how; all that is settled before training."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ca_logic.learning.classification import ClassifierRecipe
from ca_logic.learning.classification.defaults import changed_recipe, default_recipe
from ca_logic.runtime.classifier import SplitChoice
from ca_logic.tasks.datasets import DataSet, Missing, Samples, Split
from ca_logic.tasks.encoding import Encoder, fit_encoder

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True, eq=False)
class ClassifierTask:
    """What is to be learned, and how: all that is settled before training.

    Attributes:
        name: of the model.
        choice: how the data are cut into parts.
        split: the parts.
        encoder: fitted to the training part.
        encoding: in words, where it was chosen; by the names of columns, and of all others by `""`.
        recipe: of network and training.
        seed: decides wiring, start and order of samples.
        target: the column of classes, if the data had one.
        missing: what was done with samples that lack a number.
    """

    name: str
    choice: SplitChoice
    split: Split
    encoder: Encoder
    encoding: Mapping[str, str]
    recipe: ClassifierRecipe
    seed: int = 0
    target: str = ""
    missing: Missing = "keep"

    @property
    def data(self) -> DataSet:
        """The data set."""
        return self.split.data

    @property
    def parts(self) -> dict[Part, Samples]:
        """Copies of the parts, by name."""
        return {"train": self.split.training, "validation": self.split.validation, "test": self.split.test}

    def settings(self) -> dict[str, object]:
        """Returns by name all that training depends on, as plain values."""
        encoder = hashlib.sha256(json.dumps(self.encoder.to_plain()).encode()).hexdigest()
        return {
            "data set": self.data.name,
            "data checksums": [origin.md5 for origin in self.data.provenance.origins],
            "missing numbers": self.missing,
            **{f"split {name}": value for name, value in self.choice.to_plain().items()},
            "encoding": dict(self.encoding),
            "seed": self.seed,
            **self.recipe.to_plain(),
            "encoder checksum": encoder,
        }


def classifier_task(
    data: DataSet,
    *,
    name: str,
    choice: SplitChoice | None = None,
    encoding: str | None = None,
    column_encodings: Mapping[str, str] | None = None,
    recipe: ClassifierRecipe | None = None,
    changes: Mapping[str, Any] | None = None,
    seed: int = 0,
    target: str = "",
    missing: Missing = "keep",
) -> ClassifierTask:
    """Cuts data into parts, fits an encoder and chooses a recipe.

    Args:
        data: the samples.
        name: of the model; of a known data set its name, which decides the default recipe.
        choice: how to cut; by default with `seed`.
        encoding: of all columns; see `fit_encoder`.
        column_encodings: of single columns.
        recipe: by default that of `default_recipe`.
        changes: other values for some fields of the recipe; see `changed_recipe`.
        seed: decides wiring, start and order of samples.
        target: the column of classes, if there was one.
        missing: what was done with samples that lack a number.

    Raises:
        DataError: if the data cannot be cut, or a column is not there.
        UsageError: if there is no such encoding or recipe.
    """
    choice = choice or SplitChoice(seed=seed)
    split = choice.split(data)
    encoder = fit_encoder(split, encoding, columns=column_encodings)
    num_classes = len(data.classes)
    recipe = recipe or default_recipe(
        name, num_samples=len(split.train_rows), num_classes=num_classes, is_image=data.image_shape is not None
    )
    return ClassifierTask(
        name=name,
        choice=choice,
        split=split,
        encoder=encoder,
        encoding={"": data.encoding if encoding is None else encoding, **(column_encodings or {})},
        recipe=changed_recipe(recipe, changes or {}, num_classes=num_classes),
        seed=seed,
        target=target,
        missing=missing,
    )
