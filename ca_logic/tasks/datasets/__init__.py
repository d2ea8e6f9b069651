"""Data sets: the published ones by name, and the user's own files, as samples with typed columns and labels."""

from ca_logic.tasks.datasets.data_file import DATA_SUFFIXES, read_data_file, read_table
from ca_logic.tasks.datasets.data_set import (
    Column,
    ColumnKind,
    DataSet,
    Origin,
    Provenance,
    Samples,
    columns_from_plain,
)
from ca_logic.tasks.datasets.registry import DATA_SETS, KnownDataSet, find_data_set, load_data_set
from ca_logic.tasks.datasets.split import Split, k_folds, split_as_difflogic, split_data
from ca_logic.tasks.datasets.table import Table
from ca_logic.tasks.datasets.table_columns import (
    KindChoice,
    Missing,
    data_set_of_table,
    features_of_table,
    labels_of_table,
)

__all__ = [
    "DATA_SETS",
    "DATA_SUFFIXES",
    "Column",
    "ColumnKind",
    "DataSet",
    "KindChoice",
    "KnownDataSet",
    "Missing",
    "Origin",
    "Provenance",
    "Samples",
    "Split",
    "Table",
    "columns_from_plain",
    "data_set_of_table",
    "features_of_table",
    "find_data_set",
    "k_folds",
    "labels_of_table",
    "load_data_set",
    "read_data_file",
    "read_table",
    "split_as_difflogic",
    "split_data",
]
