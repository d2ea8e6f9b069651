"""`Table`: named columns as they were read from a file, before anybody knows what they mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from jaxtyping import Float64

from ca_logic.errors import DataError
from ca_logic.formats.names import shown

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NO_NUMBER = frozenset(["", "?", "na", "n/a", "nan", "none", "null"])
"""How files say that a number is missing."""


@dataclass(frozen=True)
class Unreadable:
    """A column of a type that cannot be learned from; it may only be left out."""

    type_name: str


Cells = list[str] | Float64[np.ndarray, " rows"] | Unreadable
"""The cells of a column: texts without blanks around them, or numbers, NaN where one is missing."""


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of the same length.

    Attributes:
        name: the file, for people.
        columns: the cells by the names of the columns.
        num_rows: how many each has.
        lines: in which line of the file each row begins; None if it has no lines.
    """

    name: str
    columns: dict[str, Cells]
    num_rows: int
    lines: Sequence[int] | None = None

    def refuse(self, row: int, column: str, fault: str) -> NoReturn:
        """Raises a DataError that names the cell."""
        place = f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"
        raise DataError(f"{self.name} {place}, column {shown(column)}: {fault}")

    def texts(self, column: str) -> list[str]:
        """Returns the cells of a column as texts; a number that is missing is an empty one.

        Raises:
            DataError: if its type has none.
        """
        cells = self._readable(column)
        if isinstance(cells, list):
            return cells
        return ["" if number != number else _text_of(number) for number in cells.tolist()]

    def numbers(self, column: str) -> Float64[np.ndarray, " rows"]:
        """Returns the cells of a column as numbers; NaN where one is missing.

        Raises:
            DataError: if one is a text, or too large for 32 bits.
        """
        cells = self._readable(column)
        if isinstance(cells, list):
            for row, text in enumerate(cells):
                if not is_number(text) and not is_missing(text):
                    self.refuse(row, column, f"{shown(text)} is no number.")
            cells = np.array([np.nan if is_missing(text) else float(text) for text in cells], dtype=np.float64)
        too_large = np.flatnonzero(np.abs(cells) > np.finfo(np.float32).max)
        if len(too_large):
            self.refuse(int(too_large[0]), column, f"{cells[too_large[0]]} is too large a number.")
        return cells

    def is_numeric(self, column: str) -> bool:
        """Tells whether the column was read as numbers."""
        return isinstance(self.columns[column], np.ndarray)

    def _readable(self, column: str) -> list[str] | Float64[np.ndarray, " rows"]:
        cells = self.columns[column]
        if isinstance(cells, Unreadable):
            raise DataError(
                f"{self.name}: column {shown(column)} is of type {cells.type_name}, neither numbers nor texts; leave "
                f"it out (--column {column}=ignore)."
            )
        return cells


def is_number(text: str) -> bool:
    """Tells whether the text is a number; not so infinity, hexadecimal digits and what else Python takes."""
    return _NUMBER.fullmatch(text) is not None


def is_missing(text: str) -> bool:
    """Tells whether the text says that a number is missing."""
    return text.lower() in _NO_NUMBER


def _text_of(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)
