"""The user's own data: a CSV or Parquet file with a target column, or a NumPy archive."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from ca_logic.errors import DataError
from ca_logic.tasks.datasets.csv_file import read_csv
from ca_logic.tasks.datasets.data_set import DataSet, Origin, Provenance
from ca_logic.tasks.datasets.file_bytes import md5_of, read_bytes
from ca_logic.tasks.datasets.npz_file import read_npz
from ca_logic.tasks.datasets.parquet_file import read_parquet
from ca_logic.tasks.datasets.table import Table
from ca_logic.tasks.datasets.table_columns import MISSING_REMEDY, KindChoice, Missing, data_set_of_table

_CSV, _PARQUET, _NPZ = (".csv", ".tsv", ".txt", ".data"), (".parquet", ".pq"), (".npz",)
DATA_SUFFIXES = (*_CSV, *_PARQUET, *_NPZ)
"""How the names of files end that can be read."""


def read_data_file(
    path: Path,
    *,
    target: str | None = None,
    delimiter: str | None = None,
    kinds: Mapping[str, KindChoice] | None = None,
    missing: Missing = "refuse",
) -> DataSet:
    """Returns the samples in a file of the user's own.

    Args:
        path: the file; its suffix tells what it is.
        target: the column of classes; a NumPy archive has none.
        delimiter: the character between the fields of a CSV file; by default the first rows tell.
        kinds: by the name of a column what it is, or that it is left out; the others are looked at.
        missing: what becomes of samples that lack a number; see `data_set_of_table`.

    Raises:
        DataError: saying what is wrong, and in which line and column.
    """
    _require_suffix(path, DATA_SUFFIXES)
    if path.suffix.lower() in _NPZ:
        data = read_npz(path, missing=missing, remedy=MISSING_REMEDY)
    elif target is None:
        raise DataError(f"{path} has no target; name the column that holds the classes.")
    else:
        table = read_table(path, delimiter=delimiter)
        data = data_set_of_table(table, target=target, kinds=kinds, missing=missing)
    origin = Origin(path.name, str(path.parent), md5_of(read_bytes(path)))
    return dataclasses.replace(data, provenance=Provenance((origin,)))


def read_table(path: Path, *, delimiter: str | None = None) -> Table:
    """Returns the columns of a CSV or Parquet file, for `features_of_table`.

    Raises:
        DataError: if it cannot be read.
    """
    _require_suffix(path, (*_CSV, *_PARQUET))
    return read_parquet(path) if path.suffix.lower() in _PARQUET else read_csv(path, delimiter=delimiter)


def _require_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    if path.suffix.lower() not in suffixes:
        raise DataError(f"{path} is no data file that can be read; its name must end in {', '.join(suffixes)}.")
