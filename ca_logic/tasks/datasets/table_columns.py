"""What the columns of a table mean: which are numbers, which categories, and which one is to be told."""

import difflib
from collections.abc import Collection, Mapping
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int32

from ca_logic.errors import DataError
from ca_logic.formats.names import shown
from ca_logic.tasks.datasets.data_set import (
    MISSING,
    Column,
    DataSet,
    drop_incomplete,
    require_two_classes,
)
from ca_logic.tasks.datasets.table import Table, is_missing, is_number

KindChoice = Literal["number", "category", "ignore"]
Missing = Literal["refuse", "keep", "drop"]

MAX_CATEGORIES = 1024
"""A column of more different texts names its rows more than it says about them."""

MAX_CLASSES = 1000
"""A target of more different values is a quantity; so is one of few rows a value."""

_FEW_CLASSES, _ROWS_A_CLASS = 20, 4
_MOSTLY, _MANY_NUMBERS = 0.9, 10

FILL_IN = "fill it in, or leave the row out"
"""What to do about a number that is missing, whatever the file is for."""

MISSING_REMEDY = "fill it in, leave the row out (--missing drop) or keep it as not given (--missing keep)"
"""What to do about one in a file to learn from."""


def data_set_of_table(
    table: Table,
    *,
    target: str,
    kinds: Mapping[str, KindChoice] | None = None,
    missing: Missing = "refuse",
) -> DataSet:
    """Returns the rows of a table as samples.

    A column is one of numbers if all its cells are, else one of categories; an empty cell of it is the category `?`.

    Args:
        table: what was read.
        target: the column whose values are the classes.
        kinds: by the name of a column what it is, or that it is left out; the others are looked at.
        missing: what becomes of a sample that lacks a number: none is taken; it is kept, and the number sets no bit;
            or samples that lack anything are dropped, an unknown category included.

    Raises:
        DataError: naming line and column of what cannot be learned from.
    """
    kinds = kinds or {}
    require_columns(table, [target, *kinds])
    if not table.num_rows:
        raise DataError(f"{table.name} has columns but no rows; there is nothing to learn from.")
    classes = _classes(table, target)
    labels = labels_of_table(table, target, classes)
    names = [name for name in table.columns if name != target and kinds.get(name) != "ignore"]
    columns = tuple(_column(table, name, kinds.get(name)) for name in names)
    features = features_of_table(table, columns, keep_missing=missing != "refuse", remedy=MISSING_REMEDY)
    data = DataSet(table.name, columns, features, labels, classes)
    return require_two_classes(drop_incomplete(data) if missing == "drop" else data)


def features_of_table(
    table: Table,
    columns: tuple[Column, ...],
    *,
    keep_missing: bool = False,
    remedy: str = FILL_IN,
) -> Float32[np.ndarray, "samples features"]:
    """Returns the features of the rows of a table whose columns are known, such as those of a classifier.

    A category that is not known becomes NaN, which sets no bit. Further columns of the table are passed over.

    Args:
        table: what was read.
        columns: what to read of it.
        keep_missing: make NaN of numbers that are missing as well, instead of refusing them.
        remedy: what to do about one that is refused.

    Raises:
        DataError: if a column is not there, or holds a text or nothing where a number belongs.
    """
    require_columns(table, [column.name for column in columns])
    features = np.empty((table.num_rows, len(columns)), dtype=np.float32)
    for place, column in enumerate(columns):
        if column.kind == "category":
            codes = {text: float(code) for code, text in enumerate(column.categories)}
            features[:, place] = [codes.get(text or MISSING, np.nan) for text in table.texts(column.name)]
            continue
        features[:, place] = table.numbers(column.name)
        lacking = np.flatnonzero(np.isnan(features[:, place]))
        if len(lacking) and not keep_missing:
            table.refuse(int(lacking[0]), column.name, f"a number is missing, as in {len(lacking)} rows; {remedy}.")
    return features


def labels_of_table(table: Table, target: str, classes: tuple[str, ...]) -> Int32[np.ndarray, " samples"]:
    """Returns for each row the place of its class in `classes`.

    Raises:
        DataError: if there is no such column, or a row has no class or another one.
    """
    require_columns(table, [target])
    places = {text: place for place, text in enumerate(classes)}
    texts = table.texts(target)
    for row, text in enumerate(texts):
        if text not in places:
            fault = f"{shown(text)} is none of the classes" if text else "the class is missing"
            table.refuse(row, target, f"{fault}; leave the row out.")
    return np.array([places[text] for text in texts], dtype=np.int32)


def require_columns(table: Table, names: Collection[str]) -> None:
    """Makes sure that a table has columns of these names.

    Raises:
        DataError: naming the first that it lacks, and one that may have been meant.
    """
    missing = [name for name in names if name not in table.columns]
    if missing:
        close = difflib.get_close_matches(missing[0], table.columns, n=1)
        known = ", ".join(map(shown, list(table.columns)[:8])) + (", ..." if len(table.columns) > 8 else ".")
        hint = f"did you mean {shown(close[0])}?" if close else f"it has {known}"
        others = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
        raise DataError(f"{table.name} has no column {shown(missing[0])}{others}; {hint}")


def _classes(table: Table, target: str) -> tuple[str, ...]:
    classes = _sorted(set(table.texts(target)) - {""})
    limit = min(MAX_CLASSES, max(_FEW_CLASSES, table.num_rows // _ROWS_A_CLASS))
    if len(classes) > limit:
        raise DataError(
            f"{table.name}: column {shown(target)} has {len(classes)} different values in {table.num_rows} rows, more "
            f"than a classifier tells apart ({limit}); choose another target, or make a few classes of it."
        )
    return classes


def _column(table: Table, name: str, kind: KindChoice | None) -> Column:
    kind = kind or _kind(table, name)
    if kind == "number":
        return Column(name, "number")
    categories = _sorted({text or MISSING for text in table.texts(name)})
    if len(categories) > MAX_CATEGORIES:
        raise DataError(
            f"{table.name}: column {shown(name)} has {len(categories)} different texts, more than {MAX_CATEGORIES}; "
            f"leave it out (--column {name}=ignore), or make fewer of them."
        )
    return Column(name, "category", categories)


def _kind(table: Table, name: str) -> KindChoice:
    """Tells what a column is, and refuses one of numbers among which a text has got by mistake."""
    if table.is_numeric(name):
        return "number"
    texts = table.texts(name)
    given = [text for text in texts if not is_missing(text)]
    if not given:
        raise DataError(f"{table.name}: column {shown(name)} is empty; leave it out (--column {name}=ignore).")
    numbers = [text for text in given if is_number(text)]
    if len(numbers) == len(given):
        return "number"
    if len(numbers) >= _MOSTLY * len(given) and len(set(numbers)) >= _MANY_NUMBERS:
        row = next(row for row, text in enumerate(texts) if not is_missing(text) and not is_number(text))
        remedy = f"correct it, or say that the column is none of numbers (--column {name}=category)"
        table.refuse(row, name, f"{shown(texts[row])} is no number, but most of the column are; {remedy}.")
    return "category"


def _sorted(texts: Collection[str]) -> tuple[str, ...]:
    """Returns texts in the order of their numbers if all are, else in that of the alphabet; what is missing last."""
    known = sorted(set(texts) - {MISSING})
    if all(map(is_number, known)):
        known.sort(key=float)
    return (*known, MISSING) if MISSING in texts else tuple(known)
