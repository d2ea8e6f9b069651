"""The user's own files, whatever they are."""

from pathlib import Path

import numpy as np
import pytest

from ca_logic.errors import DataError
from ca_logic.tasks.datasets import columns_from_plain, read_data_file, read_table
from ca_logic.tasks.datasets.data_set import Column, Origin
from tests.tasks.datasets.published_files import md5


@pytest.mark.parametrize("name", ["people.csv", "people.TSV", "people.txt", "people.data"])
def test_the_suffix_tells_what_a_file_is(name: str, tmp_path: Path) -> None:
    content = b"age\tsex\ty\n30\tf\tno\n41\tm\tyes\n"
    (tmp_path / name).write_bytes(content)
    data = read_data_file(tmp_path / name, target="y")
    assert data.name == name
    assert [column.kind for column in data.columns] == ["number", "category"]
    assert data.provenance.origins == (Origin(name, str(tmp_path), md5(content)),)


def test_archives_need_no_target(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.eye(3), y=np.arange(3))
    data = read_data_file(tmp_path / "data.npz")
    assert data.num_samples == 3
    assert data.provenance.origins[0].name == "data.npz"


def test_what_to_learn_from_may_be_told_to_drop_or_keep_rows_that_lack_a_number(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.array([[1, 2], [np.nan, 3]]), y=np.arange(2))
    with pytest.raises(DataError, match=r"leave the row out \(--missing drop\) or keep it .* \(--missing keep\)\.$"):
        read_data_file(tmp_path / "data.npz")
    assert read_data_file(tmp_path / "data.npz", missing="keep").num_samples == 2


def test_a_table_without_a_target_and_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"people\.csv has no target; name the column that holds the classes"):
        read_data_file(tmp_path / "people.csv")
    with pytest.raises(DataError, match=r"people\.xlsx is no data file that can be read; its name must end in \.csv, "):
        read_data_file(tmp_path / "people.xlsx")
    with pytest.raises(DataError, match=r"data\.npz is no data file that can be read; .* in .*\.pq\."):
        read_table(tmp_path / "data.npz")


def test_columns_survive_json() -> None:
    columns = (Column("a", "number"), Column("b", "category", ("x", "?")), Column("c", "pixel"))
    assert columns_from_plain([column.to_plain() for column in columns]) == columns


@pytest.mark.parametrize(
    "plain",
    [
        None,
        {},
        "ab",
        [1],
        [{"name": "a", "kind": "number"}],
        [{"name": "a", "kind": "text", "categories": []}],
        [{"name": 1, "kind": "number", "categories": []}],
        [{"name": "a", "kind": [], "categories": []}],
        [{"name": "a", "kind": "category", "categories": "xy"}],
        [{"name": "a", "kind": "category", "categories": [1]}],
        [{"name": "a", "kind": "number", "categories": [], "more": 1}],
    ],
)
def test_what_are_no_columns_is_told(plain: object) -> None:
    with pytest.raises(DataError, match="no column"):
        columns_from_plain(plain)
