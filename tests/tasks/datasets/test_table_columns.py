"""What columns mean, and what is refused, with line and column."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import DataError
from ca_logic.tasks.datasets.data_set import Column, DataSet
from ca_logic.tasks.datasets.table import Table, Unreadable, is_number
from ca_logic.tasks.datasets.table_columns import (
    MAX_CATEGORIES,
    KindChoice,
    Missing,
    data_set_of_table,
    features_of_table,
    labels_of_table,
)
from tests.tasks.datasets.float_arrays import float32s


def table_of(**columns: list[str]) -> Table:
    num_rows = len(next(iter(columns.values())))
    return Table("people.csv", dict(columns), num_rows, range(2, 2 + num_rows))


def learned(table: Table, *, missing: Missing = "refuse", **kinds: KindChoice) -> DataSet:
    return data_set_of_table(table, target="y", missing=missing, kinds=kinds)


def test_numbers_are_numbers_and_everything_else_are_categories() -> None:
    data = learned(table_of(a=["1", "-2.5e1", "+.5"], b=["x", "", "y"], c=["1", "2", "3+"], y=["no", "yes", "no"]))
    assert data.columns == (
        Column("a", "number"),
        Column("b", "category", ("x", "y", "?")),
        Column("c", "category", ("1", "2", "3+")),
    )
    np.testing.assert_array_equal(data.features, float32s([[1, 0, 0], [-25, 2, 1], [0.5, 1, 2]]))
    assert data.classes == ("no", "yes")
    assert data.labels.tolist() == [0, 1, 0]
    assert data.name == "people.csv"


def test_kinds_can_be_said() -> None:
    table = table_of(a=["1", "2", "10"], b=["x", "y", "z"], y=["0", "1", "0"])
    data = learned(table, a="category", b="ignore")
    assert data.columns == (Column("a", "category", ("1", "2", "10")),)
    with pytest.raises(DataError, match=r"people\.csv line 2, column 'b': 'x' is no number"):
        learned(table, b="number")
    with pytest.raises(DataError, match=r"people\.csv has no column 'bb'; did you mean 'b'\?"):
        learned(table, bb="ignore")


def test_classes_are_in_the_order_of_numbers_or_of_the_alphabet() -> None:
    a = ["1", "2", "3"]
    assert learned(table_of(a=a, y=["10", "9", "10"])).classes == ("9", "10")
    assert learned(table_of(a=a, y=["10", "9", "b"])).classes == ("10", "9", "b")


@given(st.text("0123456789+-.eE_ infa", max_size=6))
def test_what_is_a_number_python_reads_and_it_is_finite(text: str) -> None:
    if is_number(text):
        assert np.isfinite(np.float64(text)) or "e" in text.lower()
    elif text.strip() == text and not set(text) & set("_infa"):
        with pytest.raises(ValueError, match="could not convert"):
            float(text)


@pytest.mark.parametrize("lacking", ["", "?", "NA", "n/a", "NaN", "null", "None"])
def test_a_missing_number_is_refused_kept_or_its_row_dropped(lacking: str) -> None:
    table = table_of(a=["1", lacking, "3"], b=["x", "y", "x"], y=["0", "0", "1"])
    message = r"people\.csv line 3, column 'a': a number is missing, as in 1 rows; fill it in, leave the row out"
    with pytest.raises(DataError, match=message):
        learned(table)
    kept = learned(table, missing="keep")
    np.testing.assert_array_equal(kept.features[:, 0], float32s([1, np.nan, 3]))
    dropped = learned(table, missing="drop")
    np.testing.assert_array_equal(dropped.features, float32s([[1, 0], [3, 0]]))
    assert dropped.labels.tolist() == [0, 1]


def test_dropping_leaves_rows_without_a_category_out_as_well() -> None:
    table = table_of(a=["1", "2", "3"], b=["x", "", "x"], y=["0", "0", "1"])
    assert learned(table, missing="drop").labels.tolist() == [0, 1]
    assert learned(table).columns[1].categories == ("x", "?")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": ["1", "2"], "y": ["1", "1"]}, "all 2 samples of people.csv are in one class, '1'; a classifier needs"),
        ({"a": ["1", "2"], "y": ["1", ""]}, "people.csv line 3, column 'y': the class is missing; leave the row out"),
        ({"a": ["1", "2"], "z": ["1", "2"]}, "people.csv has no column 'y'; it has 'a', 'z'."),
        ({"a": [], "y": []}, "people.csv has columns but no rows; there is nothing to learn from"),
        ({"y": ["0", "1"]}, "people.csv has no column besides its target; there is nothing to learn from"),
        ({"a": ["", "?"], "y": ["0", "1"]}, r"people.csv: column 'a' is empty; leave it out \(--column a=ignore\)"),
        ({"a": ["1e39", "2"], "y": ["0", "1"]}, "people.csv line 2, column 'a': 1e[+]39 is too large a number"),
        ({"a": ["1", "1e999"], "y": ["0", "1"]}, "people.csv line 3, column 'a': inf is too large a number"),
    ],
)
def test_what_cannot_be_learned_from_is_told(columns: dict[str, list[str]], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        learned(table_of(**columns))
    assert len(str(caught.value).splitlines()) == 1


def test_a_text_among_numbers_is_refused_unless_the_column_is_said_to_be_a_category() -> None:
    numbers = [str(number) for number in range(40)]
    table = table_of(a=[*numbers, "4O"], y=["0", "1"] * 20 + ["0"])
    message = r"people\.csv line 42, column 'a': '4O' is no number, but most of the column are; correct it, or say"
    with pytest.raises(DataError, match=message):
        learned(table)
    assert len(learned(table, a="category").columns[0].categories) == 41
    # Few numbers, or few among texts, are names.
    assert learned(table_of(a=[*("0123" * 10), "4+"], y=table.texts("y"))).columns[0].kind == "category"
    assert learned(table_of(a=[*numbers, *"abcdefgh"], y=["0", "1"] * 24)).columns[0].kind == "category"


def test_quantities_and_names_of_rows_are_refused() -> None:
    number = 4 * MAX_CATEGORIES
    rows = [f"r{row}" for row in range(number)]
    with pytest.raises(DataError, match=f"column 'y' has {number} different values in {number} rows, more than"):
        learned(table_of(a=["1"] * number, y=rows))
    with pytest.raises(DataError, match=rf"column 'a' has {number} different texts, more than 1024; leave it out"):
        learned(table_of(a=rows, y=["0", "1"] * (number // 2)))


# Rows for a classifier that was trained.

COLUMNS = (Column("a", "number"), Column("b", "category", ("x", "y", "?")))


def test_columns_are_found_by_name_and_unknown_categories_are_no_numbers() -> None:
    table = table_of(extra=["1", "2", "3", "4"], b=["y", "new", "", "x"], a=["4", "5", "6", "7"])
    expected = float32s([[4, 1], [5, np.nan], [6, 2], [7, 0]])
    np.testing.assert_array_equal(features_of_table(table, COLUMNS), expected)
    without = (Column("b", "category", ("x", "y")),)
    np.testing.assert_array_equal(features_of_table(table, without)[:, 0], float32s([1, np.nan, np.nan, 0]))


def test_no_rows_are_no_features() -> None:
    assert features_of_table(table_of(a=[], b=[]), COLUMNS).shape == (0, 2)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"b": ["x"]}, r"people\.csv has no column 'a'; it has 'b'\."),
        ({"c": ["x"]}, r"people\.csv has no column 'a' and 1 others; it has 'c'\."),
        ({"a": ["x"], "b": ["x"]}, r"people\.csv line 2, column 'a': 'x' is no number"),
        ({"a": [""], "b": ["x"]}, r"people\.csv line 2, column 'a': a number is missing, as in 1 rows"),
    ],
)
def test_rows_that_do_not_fit_are_told(columns: dict[str, list[str]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        features_of_table(table_of(**columns), COLUMNS)


def test_a_missing_number_can_be_kept_at_prediction() -> None:
    features = features_of_table(table_of(a=["", "nan"], b=["x", "y"]), COLUMNS, keep_missing=True)
    assert np.isnan(features[:, 0]).all()


def test_labels_must_be_classes_that_are_known() -> None:
    table = table_of(y=["b", "a"])
    assert labels_of_table(table, "y", ("a", "b")).tolist() == [1, 0]
    with pytest.raises(DataError, match=r"people\.csv line 3, column 'y': 'a' is none of the classes"):
        labels_of_table(table, "y", ("b", "c"))


def test_columns_of_other_types_may_only_be_left_out(tmp_path: Path) -> None:
    table = Table("t.parquet", {"a": np.array([1.0, 2.0]), "when": Unreadable("timestamp"), "y": ["0", "1"]}, 2)
    assert [column.name for column in learned(table, when="ignore").columns] == ["a"]
    with pytest.raises(DataError, match=r"t\.parquet: column 'when' is of type timestamp, neither numbers nor texts"):
        learned(table)
    assert list(tmp_path.iterdir()) == []
