"""Rows as people have them, arrays, images or columns by name, as the features that a model reads.

What cannot be is refused, and never guessed: texts among numbers, rows of another width, pixels that are no bytes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Num
from numpy.typing import ArrayLike

from ca_logic.errors import DataError
from ca_logic.formats.names import shown
from ca_logic.runtime.classifier.model import ClassifierModel
from ca_logic.tasks.datasets import Table, features_of_table
from ca_logic.tasks.datasets.table import is_missing

Columns = Mapping[str, Sequence[object] | np.ndarray]

_WHITE = 255


def rows_of_array(model: ClassifierModel, values: ArrayLike) -> Num[np.ndarray, "samples features"]:
    """Returns numbers as features, without a copy where they are.

    Args:
        model: what is to read them.
        values: a row a sample, in the order of the model's columns; categories as their places in
            `Column.categories`. Or images: with the channels first, last, or none. Pixels are from 0 to 255, truth
            values are black and white.

    Raises:
        DataError: if they are something else, or NaN stands where the model needs a number.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError("rows of different lengths are no samples; give each as many features.") from None
    if array.size == 0 and array.ndim < 2:
        array = np.empty((0, len(model.columns)), np.float32)
    if array.dtype.kind not in "biuf":
        what = "texts" if array.dtype.kind in "US" else f"values of type {array.dtype}"
        raise DataError(f"rows hold {what}, not numbers; give columns with texts by name, as to predict_table.")
    rows = _flat(model, array)
    if rows.ndim != 2 or rows.shape[1] != len(model.columns):
        images = f", or images of {model.image_shape}" if model.image_shape else ""
        raise DataError(
            f"rows of shape {array.shape} are no samples of {len(model.columns)} features; give one row a sample"
            f"{images}."
        )
    if rows.dtype.kind == "f":
        _require_numbers(model, rows)
    if rows.dtype == np.bool_ and model.has_only_pixels:
        rows = rows.view(np.uint8) * np.uint8(_WHITE)
    return rows


def rows_of_table(model: ClassifierModel, table: Table) -> Num[np.ndarray, "samples features"]:
    """Returns the features of a table, whose columns are found by name; further ones are passed over.

    Texts that are none of a column's categories set no bit, and neither do empty cells of it. A number that is missing
    sets none if the model was trained on such samples, and is refused otherwise.

    Raises:
        DataError: if a column is not there, or a text or nothing stands where a number belongs.
    """
    features = features_of_table(table, model.columns, keep_missing=model.missing == "keep")
    return rows_of_array(model, features)


def table_of_columns(columns: Columns) -> Table:
    """Returns columns of numbers or texts as a table; a data frame of pandas will do.

    None and NaN are what is missing; truth values are the texts `True` and `False`.

    Raises:
        DataError: if the columns have not the same length.
    """
    cells = {str(name): _cells(str(name), values) for name, values in dict(columns).items()}
    lengths = {name: len(values) for name, values in cells.items()}
    num_rows = next(iter(lengths.values()), 0)
    for name, length in lengths.items():
        if length != num_rows:
            raise DataError(
                f"column {shown(name)} has {length} rows and {shown(next(iter(cells)))} {num_rows}; give each as many."
            )
    return Table("the table", dict(cells), num_rows)


def unseen_categories(model: ClassifierModel, table: Table) -> dict[str, Counter[str]]:
    """Returns for each column how often it has a text that no sample had in training; columns without are left out.

    Empty cells are none of them.
    """
    unseen = {}
    for place, column in enumerate(model.columns):
        if column.kind != "category":
            continue
        codes = model.encoder.lows[model.encoder.features == place]
        seen = {text for code, text in enumerate(column.categories) if code in codes}
        counts = Counter(text for text in table.texts(column.name) if text not in seen and not is_missing(text))
        # A column that has no bits at all tells nothing, whatever is in it.
        if counts and len(codes):
            unseen[column.name] = counts
    return unseen


def _flat(model: ClassifierModel, array: np.ndarray) -> np.ndarray:
    """Returns images as rows, channel by channel; what is no image as it is."""
    if model.image_shape is None or array.ndim < 3:
        return array
    channels, height, width = model.image_shape
    shape = array.shape[1:]
    if shape == (height, width, channels) and shape != model.image_shape:
        array = np.moveaxis(array, -1, 1)
    elif shape != model.image_shape and (channels, *shape) != (1, height, width):
        return array
    return array.reshape(len(array), len(model.columns))


def _require_numbers(model: ClassifierModel, rows: np.ndarray) -> None:
    if model.has_only_pixels:
        highest = rows.max(initial=0)
        if 0 < highest <= 1:
            raise DataError(f"pixels are from 0 to 255, but none of these is above {highest:g}; multiply them by 255.")
    elif model.missing != "keep":
        numbers = np.array([column.kind == "number" for column in model.columns])
        missing = np.argwhere(np.isnan(rows) & numbers)
        if len(missing):
            row, place = missing[0].tolist()
            raise DataError(
                f"row {row + 1}, column {shown(model.columns[place].name)}: a number is missing (NaN), as in "
                f"{len(np.unique(missing[:, 0]))} rows; fill it in, or leave the row out."
            )


def _cells(name: str, values: Sequence[object] | np.ndarray) -> list[str] | np.ndarray:
    array = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)
    if array.ndim != 1:
        raise DataError(f"column {shown(name)} is no list of numbers or texts.")
    if array.dtype.kind in "iuf":
        return array.astype(np.float64)
    items = array.tolist()
    if all(item is None or _is_number(item) for item in items):
        try:
            return np.array([np.nan if item is None else item for item in items], dtype=np.float64)
        except OverflowError:
            raise DataError(f"column {shown(name)} has a number that is too large.") from None
    return ["" if item is None or (isinstance(item, float) and np.isnan(item)) else str(item).strip() for item in items]


def _is_number(item: object) -> bool:
    return isinstance(item, int | float | np.number) and not isinstance(item, bool)
