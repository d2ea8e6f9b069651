"""Parquet files, written by pyarrow itself."""

import datetime
import decimal
import sys
from pathlib import Path

import numpy as np
import pytest

from ca_logic.errors import DataError
from ca_logic.tasks.datasets import file_bytes, read_data_file, read_table
from ca_logic.tasks.datasets.parquet_file import read_parquet
from ca_logic.tasks.datasets.table import Unreadable

pyarrow = pytest.importorskip("pyarrow", reason="needs pyarrow, of the extra 'parquet'")


def written(tmp_path: Path, **columns: object) -> Path:
    from pyarrow import parquet

    path = tmp_path / "people.parquet"
    parquet.write_table(pyarrow.table(columns), path)
    return path


def test_numbers_and_texts_are_read_by_their_types(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        whole=pyarrow.array([1, None, 3], pyarrow.int64()),
        small=pyarrow.array([1, 2, 255], pyarrow.uint8()),
        real=[0.5, float("nan"), None],
        exact=[decimal.Decimal("1.25"), None, decimal.Decimal(2)],
        text=[" a ", None, "b"],
        coded=pyarrow.array(["x", "y", None]).dictionary_encode(),
        truth=[True, None, False],
        nothing=[None, None, None],
        when=[datetime.datetime(2026, 1, 1)] * 3,
        lists=[[1], [2], [3]],
    )
    table = read_parquet(path)
    assert (table.name, table.num_rows) == ("people.parquet", 3)
    np.testing.assert_array_equal(table.numbers("whole"), [1, np.nan, 3])
    np.testing.assert_array_equal(table.numbers("small"), [1, 2, 255])
    np.testing.assert_array_equal(table.numbers("real"), [0.5, np.nan, np.nan])
    np.testing.assert_array_equal(table.numbers("exact"), [1.25, np.nan, 2])
    assert table.texts("whole") == ["1", "", "3"]
    assert table.texts("real") == ["0.5", "", ""]
    assert table.texts("text") == ["a", "", "b"]
    assert table.texts("coded") == ["x", "y", ""]
    assert table.texts("truth") == ["True", "", "False"]
    assert table.texts("nothing") == ["", "", ""]
    assert isinstance(table.columns["when"], Unreadable)
    assert isinstance(table.columns["lists"], Unreadable)


def test_a_parquet_file_is_the_data_set_that_its_csv_is(tmp_path: Path) -> None:
    path = written(tmp_path, age=[30, 41, 25], job=["a", "b", None], y=[1, 0, 1])
    (tmp_path / "people.csv").write_text("age,job,y\n30,a,1\n41,b,0\n25,,1\n", encoding="utf-8")
    first, second = (read_data_file(file, target="y") for file in (path, tmp_path / "people.csv"))
    assert first.columns == second.columns
    assert first.classes == second.classes == ("0", "1")
    np.testing.assert_array_equal(first.features, second.features)
    np.testing.assert_array_equal(first.labels, second.labels)


def test_a_cell_is_named_by_its_row(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"people\.parquet row 2, column 'age': a number is missing"):
        read_data_file(written(tmp_path, age=[30, None], y=[1, 0]), target="y")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"a,b\n1,2\n"])
def test_damaged_files_are_told_in_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "people.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"people\.parquet is damaged: it is no Parquet file") as caught:
        read_table(tmp_path / "people.parquet")
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(DataError, match=r"cannot read .*missing\.parquet: No such file"):
        read_table(tmp_path / "missing.parquet")


def test_a_cut_file_is_told_in_one_line(tmp_path: Path) -> None:
    path = written(tmp_path, age=list(range(1000)), y=[0, 1] * 500)
    whole = path.read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 20)):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match="is damaged"):
            read_parquet(path)


def test_two_columns_of_a_name_and_too_many_cells_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyarrow import parquet

    twice = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["a", "a"])
    parquet.write_table(twice, tmp_path / "twice.parquet")
    with pytest.raises(DataError, match="has two columns of the same name; rename one"):
        read_parquet(tmp_path / "twice.parquet")
    monkeypatch.setattr(file_bytes, "available_memory", lambda: 100)
    with pytest.raises(DataError, match="GiB of memory to read"):
        read_parquet(written(tmp_path, a=[1, 2], b=[1, 2]))


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, a=[1], y=[1])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"needs pyarrow; install it with: pip install 'ca-logic\[parquet\]'"):
        read_parquet(path)
