"""CSV files: what Python's own writer makes comes back, and whatever is wrong is told with its line."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.errors import DataError
from ca_logic.tasks.datasets import csv_file, file_bytes
from ca_logic.tasks.datasets.csv_file import DELIMITERS, read_csv

CELLS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


def written(tmp_path: Path, content: str | bytes, name: str = "people.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@settings(deadline=None)
@given(st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6)))
def test_what_a_writer_quotes_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    header = [f"c{place}" for place in range(len(rows[0]) if rows else 2)]
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([header, *rows])
    table = read_csv(written(tmp_path_factory.mktemp("csv"), buffer.getvalue()), delimiter=",")
    assert table.num_rows == len(rows)
    assert table.columns == {name: [row[place].strip() for row in rows] for place, name in enumerate(header)}


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_delimiters_line_ends_and_the_byte_order_mark_need_no_telling(
    delimiter: str, ending: str, mark: str, tmp_path: Path
) -> None:
    lines = ["full name;x y", '"Li, Wu"; "3"', "Ångström;4"]
    table = read_csv(written(tmp_path, mark + ending.join(lines).replace(";", delimiter)))
    assert list(table.columns.values()) == [["Li, Wu", "Ångström"], ["3", "4"]]


def test_another_delimiter_is_taken_if_named(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, "a b\n1 2\n"), delimiter=" ")
    assert table.columns == {"a": ["1"], "b": ["2"]}
    for wrong in ("", "ab", '"', "\n"):
        with pytest.raises(DataError, match=r"cannot separate fields; name one character, such as ',' or ';'"):
            read_csv(tmp_path / "people.csv", delimiter=wrong)


def test_rows_know_their_lines(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, 'a,b\n\n1,2\n"two\nlines",3\n   \n4,5\n,\n'))
    assert table.columns == {"a": ["1", "two\nlines", "4", ""], "b": ["2", "3", "5", ""]}
    assert list(table.lines or ()) == [3, 4, 7, 8]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"people\.csv is empty; its first line must name its columns"),
        ("\n \n", r"people\.csv is empty"),
        ("a,b,c\n1,2,3\n4,5\n", r"people\.csv line 3 has 2 fields, but the header has 3"),
        ('a,b\n"1\n2",3\n4,5,6\n', r"people\.csv line 4 has 3 fields, but the header has 2"),
        ("a,b\n1,2\n\n3\n", r"people\.csv line 4 has 1 fields, but the header has 2"),
        ("a,b,a\n1,2,3\n", r"people\.csv: two columns are named 'a'; rename one"),
        ("a,,b\n1,2,3\n", r"people\.csv: column 2 has no name; write one into the first line"),
        ('a,b\n1,"2\n3,4\n', r"people\.csv line 2: unexpected end of data; a quote within quotes is written twice"),
        ('a,b\n1,"2"3\n', r"people\.csv line 2: ',' expected after '\"'"),
        ("a,b\n1," + "x" * 200_000, r"people\.csv line 2: field larger than field limit"),
        (b"a,b\n1,\xe9\n", r"people\.csv line 2 is not in UTF-8: byte 0xe9; save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), r"people\.csv is in UTF-16; save it as UTF-8"),
        (b"a,b\n1,2\n3,\0\n", r"people\.csv line 3 holds a character that is none \(NUL\); it is no text"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_csv(written(tmp_path, content))
    assert len(str(caught.value).splitlines()) == 1


def test_files_that_are_not_there_or_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"cannot read .*missing\.csv: No such file or directory"):
        read_csv(tmp_path / "missing.csv")
    with pytest.raises(DataError, match=r"cannot read .*: Is a directory"):
        read_csv(tmp_path)
    monkeypatch.setattr(file_bytes, "available_memory", lambda: 100)
    with pytest.raises(DataError, match=r"may take .* GiB of memory to read, but .* are available; make it smaller"):
        read_csv(written(tmp_path, "a,b\n1,2\n"))


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_table_or_an_error_for_people(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = written(tmp_path_factory.mktemp("csv"), content)
    message = "one line"
    try:
        table = read_csv(path)
    except DataError as error:
        message = str(error)
    else:
        assert all(len(table.texts(name)) == table.num_rows for name in table.columns)
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("row", ["1,2\n", "12,34\n", ",\n", '"1", 2 \r\n', "ä,ö\n", "12345678" * 9 + ",1\n"])
def test_reading_takes_no_more_memory_than_is_asked_for(
    row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "a,b\n" + row * 5_000)
    asked: list[int] = []
    monkeypatch.setattr(csv_file, "require_memory", lambda needed, _: asked.append(needed))
    tracemalloc.start()
    try:
        read_csv(path)
        assert tracemalloc.get_traced_memory()[1] < max(asked)
    finally:
        tracemalloc.stop()
