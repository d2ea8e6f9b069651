"""CSV files: a line of names, then a line a row; fields may stand in quotes (RFC 4180)."""

import csv
import io
from pathlib import Path

from ca_logic.errors import DataError
from ca_logic.formats.names import shown
from ca_logic.tasks.datasets.file_bytes import read_bytes, require_memory
from ca_logic.tasks.datasets.table import Cells, Table

DELIMITERS = (",", ";", "\t", "|")
"""What separates fields if nothing else is said; which one, the first rows tell."""

_SNIFFED_ROWS = 20
_BYTES_A_BYTE, _BYTES_A_CELL, _BYTES_A_ROW = 6, 100, 200
"""What reading takes at most for each byte of the file, besides what each text and each list of them takes."""

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_csv(path: Path, *, delimiter: str | None = None) -> Table:
    """Returns the columns of a CSV file as texts; blanks around fields and empty lines are passed over.

    Args:
        path: the file, in UTF-8.
        delimiter: the character between fields; by default one of `DELIMITERS`.

    Raises:
        DataError: naming the line of what cannot be read.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise DataError(f"{shown(delimiter)} cannot separate fields; name one character, such as ',' or ';'.")
    text = _text(path)
    delimiter = delimiter or _sniff(text)
    num_rows = text.count("\n") + text.count("\r") + 1
    num_cells = text.count(delimiter) + num_rows
    require_memory(len(text) * _BYTES_A_BYTE + num_cells * _BYTES_A_CELL + num_rows * _BYTES_A_ROW, path)
    rows, lines = _rows(text, delimiter, path)
    if not rows:
        raise DataError(f"{path} is empty; its first line must name its columns.")
    header, rows, lines = rows[0], rows[1:], lines[1:]
    _require_names(header, path)
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            raise DataError(f"{path} line {line} has {len(row)} fields, but the header has {len(header)}.")
    cells = zip(*rows, strict=True) if rows else [()] * len(header)
    columns: dict[str, Cells] = {
        name: [cell.strip() for cell in column] for name, column in zip(header, cells, strict=True)
    }
    return Table(path.name, columns, len(rows), lines)


def _text(path: Path) -> str:
    try:
        require_memory(path.stat().st_size * _BYTES_A_BYTE, path)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}.") from None
    data = read_bytes(path)
    if data.startswith(_UTF16_MARKS):
        raise DataError(f"{path} is in UTF-16; save it as UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path} line {line} is not in UTF-8: byte {error.object[error.start]:#04x}; save it as UTF-8."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(f"{path} line {line} holds a character that is none (NUL); it is no text.")
    return text


def _rows(text: str, delimiter: str, path: Path) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    rows, lines = [], []
    before = 0
    try:
        for row in reader:
            if not _is_blank(row):
                rows.append(row)
                lines.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        raise DataError(f"{path} line {before + 1}: {error}; a quote within quotes is written twice.") from None
    return rows, lines


def _sniff(text: str) -> str:
    """Returns the delimiter that cuts the first rows into the most fields, alike in all if there is one."""
    best, most = DELIMITERS[0], (False, 1)
    for delimiter in DELIMITERS:
        widths = []
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
        try:
            for row in reader:
                if not _is_blank(row):
                    widths.append(len(row))
                if len(widths) == _SNIFFED_ROWS:
                    break
        except csv.Error:
            continue
        if widths and widths[0] > 1 and (rank := (len(set(widths)) == 1, widths[0])) > most:
            best, most = delimiter, rank
    return best


def _is_blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _require_names(header: list[str], path: Path) -> None:
    header[:] = [name.strip() for name in header]
    for place, name in enumerate(header):
        if not name:
            raise DataError(f"{path}: column {place + 1} has no name; write one into the first line.")
        if name in header[:place]:
            raise DataError(f"{path}: two columns are named {shown(name)}; rename one.")
