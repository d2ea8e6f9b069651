"""`DataSet`: samples with typed columns and labels, the same for images, published tables and the user's own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float32, Int32, Int64, UInt8

from ca_logic.errors import DataError

ColumnKind = Literal["number", "category", "pixel"]

MISSING = "?"
"""The category of cells that are empty."""


@dataclass(frozen=True)
class Column:
    """What the numbers in one column of the features mean.

    Attributes:
        name: as in the header of a table.
        kind: a `number`; a `category`, whose numbers are places in `categories`; or a `pixel` from 0 to 255.
        categories: the texts of a category. A number that is no place in it, NaN first of all, is one that is unknown.
        is_ordered: whether the categories are in an order that means something, as ranges of ages are.
    """

    name: str
    kind: ColumnKind
    categories: tuple[str, ...] = ()
    is_ordered: bool = False

    def to_plain(self) -> dict[str, object]:
        """Returns texts and lists that JSON can hold."""
        return {
            "name": self.name,
            "kind": self.kind,
            "categories": list(self.categories),
            "is_ordered": self.is_ordered,
        }


@dataclass(frozen=True)
class Origin:
    """A file that samples were read from.

    Attributes:
        name: of the file.
        place: where it was: an address, a folder, or the package.
        md5: the checksum of its bytes, in hexadecimal digits.
    """

    name: str
    place: str
    md5: str


@dataclass(frozen=True)
class Provenance:
    """Where samples come from.

    Attributes:
        origins: the files.
        reference: who is to be cited; empty if nobody knows.
        license: under what terms they are published; empty if nobody knows.
    """

    origins: tuple[Origin, ...] = ()
    reference: str = ""
    license: str = ""


@dataclass(frozen=True, eq=False)
class Samples:
    """Some rows of a data set, in an order of their own."""

    features: Float32[np.ndarray, "samples features"] | UInt8[np.ndarray, "samples features"]
    labels: Int32[np.ndarray, " samples"]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class DataSet:
    """Samples and what is known about them.

    Attributes:
        name: for people, and in every figure.
        columns: one for each feature.
        features: uint8 if there are only pixels, else float32; those of the published test part come last.
        labels: for each sample the place of its class in `classes`.
        classes: their names, at least two.
        num_test: how many samples the published test part has; 0 if the test part is to be chosen.
        image_shape: channels, height and width if a row of features is an image, channel by channel, row by row.
        encoding: what `ca_logic.tasks.encoding.fit_encoder` makes of it if nothing else is asked for.
        provenance: where the samples come from.
    """

    name: str
    columns: tuple[Column, ...]
    features: Float32[np.ndarray, "samples features"] | UInt8[np.ndarray, "samples features"]
    labels: Int32[np.ndarray, " samples"]
    classes: tuple[str, ...]
    num_test: int = 0
    image_shape: tuple[int, int, int] | None = None
    encoding: str = "auto"
    provenance: Provenance = Provenance()

    @property
    def num_samples(self) -> int:
        """The number of samples, those of the test part included."""
        return len(self.labels)

    @property
    def num_train(self) -> int:
        """How many samples are not in the published test part."""
        return self.num_samples - self.num_test

    def samples(self, rows: Int64[np.ndarray, " rows"]) -> Samples:
        """Returns a copy of these rows."""
        return Samples(self.features[rows], self.labels[rows])


def require_two_classes(data: DataSet) -> DataSet:
    """Returns the data set, in which there is something to tell apart.

    Raises:
        DataError: if it has no samples, no features or one class only.
    """
    if data.num_train == 0:
        raise DataError(f"{data.name} has no samples to learn from.")
    if not data.columns:
        raise DataError(f"{data.name} has no column besides its target; there is nothing to learn from.")
    present = np.unique(data.labels[: data.num_train])
    if len(present) < 2:
        raise DataError(
            f"all {data.num_train} samples of {data.name} are in one class, {data.classes[present[0]]!r}; a classifier "
            "needs at least two."
        )
    return data


def drop_incomplete(data: DataSet) -> DataSet:
    """Returns the samples of which nothing is missing: neither a number nor, as `?`, a category."""
    is_missing = np.isnan(data.features)
    for number, column in enumerate(data.columns):
        if MISSING in column.categories:
            is_missing[:, number] |= data.features[:, number] == column.categories.index(MISSING)
    kept = ~is_missing.any(axis=1)
    rows = np.flatnonzero(kept)
    return replace(
        data,
        features=data.features[rows],
        labels=data.labels[rows],
        num_test=int(np.count_nonzero(kept[data.num_train :])),
    )


def columns_from_plain(plain: object) -> tuple[Column, ...]:
    """Returns the columns that `Column.to_plain` made this list of.

    Raises:
        DataError: if they are no columns.
    """
    if not isinstance(plain, list):
        raise DataError("no columns: they must be a list.")
    return tuple(_column_from_plain(column) for column in plain)


def _column_from_plain(plain: object) -> Column:
    if not isinstance(plain, dict) or set(plain) != {"name", "kind", "categories", "is_ordered"}:
        raise DataError("no column: it must have exactly name, kind, categories and is_ordered.")
    name, kind, categories, is_ordered = (plain[key] for key in ("name", "kind", "categories", "is_ordered"))
    if not isinstance(name, str) or kind not in get_args(ColumnKind) or not _is_texts(categories):
        raise DataError(f"no column: {name!r} must be a text, and a kind of it, {', '.join(get_args(ColumnKind))}.")
    if not isinstance(is_ordered, bool):
        raise DataError(f"no column: is_ordered of {name!r} must be true or false.")
    return Column(name, kind, tuple(categories), is_ordered)


def _is_texts(texts: object) -> bool:
    return isinstance(texts, Sequence) and not isinstance(texts, str) and all(isinstance(text, str) for text in texts)
