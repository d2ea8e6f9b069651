"""Fitting an encoder to the training part of a split, and to nothing else."""

import difflib
from collections.abc import Mapping

import numpy as np
from jaxtyping import Num

from ca_logic.errors import DataError, UsageError
from ca_logic.formats.names import shown
from ca_logic.tasks.datasets import Column, Split
from ca_logic.tasks.encoding.comparisons import Comparisons
from ca_logic.tasks.encoding.difflogic import difflogic_encoder
from ca_logic.tasks.encoding.encoder import Encoder
from ca_logic.tasks.encoding.encoding_choice import EncodingChoice, parse_encoding
from ca_logic.tasks.encoding.thermometer import distributive_thresholds, pixel_thresholds, uniform_thresholds

_ONE_HOT = EncodingChoice("one-hot")
_ORDINAL = EncodingChoice("ordinal")
_AUTO = {"number": EncodingChoice("distributive", 16), "pixel": EncodingChoice("uniform", 1)}

ColumnValues = Num[np.ndarray, " samples"]


def fit_encoder(split: Split, encoding: str | None = None, *, columns: Mapping[str, str] | None = None) -> Encoder:
    """Returns an encoder that is made for the training part of a split.

    Its bits are in the order of the columns, except for `difflogic`. A category has a one-hot code of the values that
    were seen in training, or, if they are ordered, a thermometer; an unknown value sets no bit of it, at prediction as
    well. A number that is missing sets no bit either, and where some were missing in training, a bit more tells whether
    the number is given. A column that is constant in the training part has no bits of a fitted thermometer.

    Args:
        split: its training part is looked at, and nothing else.
        encoding: what `parse_encoding` reads; by default what the data set is known by. Categories are encoded
            by their kind whatever is asked for all columns, unless that is `one-hot`.
        columns: other encodings by the names of columns.

    Raises:
        UsageError: if an encoding is unknown, or none for a column that it is asked for.
        DataError: if there is no such column, or no bit remains.
    """
    data = split.data
    choice = parse_encoding(data.encoding if encoding is None else encoding)
    if choice.method == "difflogic":
        if columns:
            raise UsageError("difflogic encodes all columns in its own way; leave the encodings of columns out.")
        return difflogic_encoder(data, choice.count)
    choices = _choices(split, columns or {})
    values = np.ascontiguousarray(split.training.features.T)
    bits = Comparisons(data.columns)
    for place, column in enumerate(data.columns):
        of_all = EncodingChoice("auto") if column.kind == "category" and choice.method != "one-hot" else choice
        _add_column(bits, place, column, values[place], choices.get(column.name, of_all))
    return bits.encoder()


def _choices(split: Split, columns: Mapping[str, str]) -> dict[str, EncodingChoice]:
    """Returns the encodings of single columns, all of which can be."""
    by_name = {column.name: column for column in split.data.columns}
    choices = {}
    for name, text in columns.items():
        if name not in by_name:
            close = difflib.get_close_matches(name, by_name, n=1)
            hint = f"did you mean {shown(close[0])}?" if close else f"it has {shown(next(iter(by_name)))}, for example."
            raise DataError(f"{split.data.name} has no column {shown(name)}; {hint}")
        choice = parse_encoding(text)
        if choice.method == "difflogic":
            raise UsageError(f"difflogic encodes all columns or none; choose another encoding for {shown(name)}.")
        column = by_name[name]
        fitting = ("auto", "one-hot", "ordinal") if column.is_ordered else ("auto", "one-hot")
        if column.kind == "category" and choice.method not in fitting:
            order = "" if column.is_ordered else ", which has no order"
            raise UsageError(f"{shown(name)} is a category{order}; its encoding is {' or '.join(fitting[1:])}.")
        if column.kind != "category" and choice.method == "ordinal":
            raise UsageError(f"{shown(name)} is no category; choose another encoding than ordinal.")
        choices[name] = choice
    return choices


def _add_column(bits: Comparisons, place: int, column: Column, values: ColumnValues, choice: EncodingChoice) -> None:
    if choice.method == "auto":
        choice = (_ORDINAL if column.is_ordered else _ONE_HOT) if column.kind == "category" else _AUTO[column.kind]
    if choice.method == "intervals":
        bits.add_intervals(place, choice.values)
    elif choice.method == "thresholds":
        bits.add_thresholds(place, np.unique(np.array(choice.values, dtype=np.float32)).tolist())
    elif choice.method == "uniform" and column.kind == "pixel":
        bits.add_thresholds(place, pixel_thresholds(choice.count or 1).tolist())
    else:
        _add_fitted(bits, place, values, choice)
    if column.kind == "number" and np.isnan(values).any():
        bits.add_given(place)


def _add_fitted(bits: Comparisons, place: int, values: ColumnValues, choice: EncodingChoice) -> None:
    """Adds bits that depend on which values there are."""
    if values.dtype == np.uint8:
        counts = np.bincount(values)
        distinct = np.flatnonzero(counts)
        counts = counts[distinct]
    else:
        distinct, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    integral = bool((distinct == np.floor(distinct)).all())
    if choice.method == "one-hot":
        bits.add_one_hot(place, distinct.tolist())
    elif choice.method == "ordinal":
        bits.add_ordinal(place, distinct.tolist())
    elif choice.method == "distributive":
        thresholds = distributive_thresholds(distinct, counts, choice.count or 1, integral=integral)
        bits.add_thresholds(place, thresholds.tolist())
    elif len(distinct):
        least, most = float(distinct[0]), float(distinct[-1])
        bits.add_thresholds(place, uniform_thresholds(least, most, choice.count or 1, integral=integral).tolist())
