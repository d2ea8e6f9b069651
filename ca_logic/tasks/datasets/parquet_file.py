"""Parquet files, read by pyarrow, which is an optional dependency."""

from pathlib import Path
from typing import Any

import numpy as np

from ca_logic.errors import DataError
from ca_logic.tasks.datasets.file_bytes import read_bytes, require_memory
from ca_logic.tasks.datasets.table import Cells, Table, Unreadable

_BYTES_A_CELL = 100


def read_parquet(path: Path) -> Table:
    """Returns the columns of a Parquet file; truth values become the texts `True` and `False`.

    Raises:
        DataError: if it cannot be read, or pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise DataError(
            f"{path} is a Parquet file, and reading it needs pyarrow; install it with: pip install 'ca-logic[parquet]'"
        ) from None
    data = read_bytes(path)
    try:
        with pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data)) as file:
            require_memory(file.metadata.num_rows * file.metadata.num_columns * _BYTES_A_CELL, path)
            table = file.read()
        names = table.column_names
        columns = {name: _cells(table.column(place), pyarrow) for place, name in enumerate(names)}
    except (pyarrow.ArrowException, OSError, ValueError):
        raise DataError(f"{path} is damaged: it is no Parquet file that can be read.") from None
    except MemoryError:
        raise DataError(f"{path} does not fit into memory.") from None
    if len(columns) != len(names):
        raise DataError(f"{path} has two columns of the same name; rename one.")
    return Table(path.name, columns, table.num_rows)


def _cells(column: Any, pyarrow: Any) -> Cells:
    types, kind = pyarrow.types, column.type
    values = kind.value_type if types.is_dictionary(kind) else kind
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        numbers = column.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False)
        return np.asarray(numbers, dtype=np.float64)
    if types.is_string(values) or types.is_large_string(values) or types.is_boolean(values) or types.is_null(values):
        return ["" if value is None else str(value).strip() for value in column.to_pylist()]
    return Unreadable(str(kind))
