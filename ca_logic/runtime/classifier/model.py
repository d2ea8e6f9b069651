"""`ClassifierModel`: all that is needed to classify, to explain and to train on, in one value."""

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import numpy as np

from ca_logic.backend.classifier import NumpyClassifier
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.errors import DataError
from ca_logic.formats.names import shown
from ca_logic.runtime.classifier.plain_values import plain_table
from ca_logic.tasks.datasets import Column, Missing
from ca_logic.tasks.encoding import Encoder

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}")
_ARRAY_KINDS = "biuf"


@dataclass(frozen=True, eq=False)
class TrainedArrays:
    """The network that a circuit was extracted from, as its library wants it back; nothing here looks into it.

    Attributes:
        architecture: plain values that say what the arrays belong to.
        arrays: truth values, integers or floats by name.

    Raises:
        DataError: if JSON and NumPy's format cannot hold them.
    """

    architecture: Mapping[str, object]
    arrays: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        """Checks and copies."""
        for name, array in self.arrays.items():
            if array.dtype.kind not in _ARRAY_KINDS:
                raise DataError(
                    f"array {shown(name)} of type {array.dtype} cannot be kept in a model; convert it to float32."
                )
        object.__setattr__(self, "architecture", plain_table(self.architecture))
        object.__setattr__(self, "arrays", dict(self.arrays))


@dataclass(frozen=True, eq=False)
class ClassifierModel:
    """A classifier and what is known about it.

    Attributes:
        name: what it is found by: letters, digits, dots and dashes.
        columns: what the features of a sample mean, one for each.
        classes: the names of the classes.
        encoder: makes bits of features.
        head: the circuit over these bits, and the sums of its outputs that are the scores of the classes. The circuit
            gets the name of the model, and its inputs the names of the encoder's bits.
        tau: what training divided the scores by.
        target: the name of the column of classes; empty if it had none.
        image_shape: channels, height and width if the features are an image.
        data_set: the name of what it was trained on; empty if nobody knows.
        missing: what was done with samples that lack a number; `keep` if they were kept.
        provenance: plain values that tell how it was made, such as the command, the seed, versions, the data's
            checksums, figures. Absolute paths lose their folders.
        network: the network that was trained, if it is to be kept.

    Raises:
        DataError: if these do not fit each other.
        CircuitError: if the circuit does not fit the encoder, or scores may not fit into int32.
    """

    name: str
    columns: tuple[Column, ...]
    classes: tuple[str, ...]
    encoder: Encoder
    head: GroupSum
    tau: float
    target: str = ""
    image_shape: tuple[int, int, int] | None = None
    data_set: str = ""
    missing: Missing = "keep"
    provenance: Mapping[str, object] = field(default_factory=dict)
    network: TrainedArrays | None = None

    def __post_init__(self) -> None:
        """Checks that all fit."""
        require_model_name(self.name)
        _require_texts([column.name for column in self.columns], "columns", self.encoder.num_features)
        _require_texts(self.encoder.names, "bits", len(self.head.circuit.inputs))
        _require_texts(self.classes, "classes", self.head.num_classes)
        if not (math.isfinite(self.tau) and self.tau > 0):
            raise DataError(f"tau {self.tau} of a model must be a number above 0.")
        if self.image_shape is not None and math.prod(self.image_shape) != self.encoder.num_features:
            raise DataError(
                f"images of shape {self.image_shape} have not the {self.encoder.num_features} pixels that the model "
                "reads."
            )
        if self.missing not in get_args(Missing):
            raise DataError(f"missing {self.missing!r} of a model must be one of {', '.join(get_args(Missing))}.")
        _require_unicode([self.target, self.data_set, *self.classes, *self.encoder.names, *self.head.circuit.outputs])
        _require_bounds(self.encoder)
        for column in self.columns:
            _require_unicode([column.name, *column.categories])
            if len(set(column.categories)) != len(column.categories):
                raise DataError(f"column {shown(column.name)} of a model has a category twice.")
        # What checks that encoder, circuit and sums fit.
        NumpyClassifier(self.encoder, self.head)
        circuit = dataclasses.replace(self.head.circuit, name=self.name, inputs=self.encoder.names)
        object.__setattr__(self, "head", dataclasses.replace(self.head, circuit=circuit))
        object.__setattr__(self, "provenance", plain_table(self.provenance))

    def __repr__(self) -> str:
        """Returns one short line, without the arrays."""
        return f"<ClassifierModel {self.summary}>"

    @property
    def summary(self) -> str:
        """The name and the size, in a few words."""
        return f"{self.name}: {len(self.classes)} classes, {self.head.circuit.num_gates} gates"

    @property
    def has_only_pixels(self) -> bool:
        """Whether features are bytes."""
        return all(column.kind == "pixel" for column in self.columns)


def is_model_name(text: str) -> bool:
    """Tells whether a model can be called so; no path of a file in another folder is such a name."""
    return _NAME.fullmatch(text) is not None


def require_model_name(name: str) -> str:
    """Returns the name.

    Raises:
        DataError: if a model cannot be called so.
    """
    if not is_model_name(name):
        raise DataError(f"{shown(name)} is no name of a model; use up to 100 letters, digits, '.', '_', '+' and '-'.")
    return name


def _require_texts(texts: Sequence[str], what: str, count: int) -> None:
    if len(texts) != count:
        raise DataError(f"a model with {len(texts)} {what} has {count} in its circuit; both must be the same.")
    if not all(texts) or len(set(texts)) != len(texts):
        raise DataError(f"the {what} of a model must have different names, none of them empty.")


def _require_unicode(texts: Sequence[str]) -> None:
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        raise DataError("a model has a name that cannot be written: it holds half a character.") from None


def _require_bounds(encoder: Encoder) -> None:
    lows, highs = encoder.lows, encoder.highs
    if not encoder.num_bits:
        raise DataError("the encoder of a model must make a bit at least.")
    if not ((lows <= highs) & (lows < np.inf) & (highs > -np.inf)).all():
        raise DataError("the encoder of a model has a bit that no number sets; leave it out.")
