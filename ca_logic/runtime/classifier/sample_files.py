"""Files of samples whose classes are to be told: tables, NumPy archives and pictures, as features of a model."""

import dataclasses
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ca_logic.errors import DataError
from ca_logic.runtime.classifier.image_files import IMAGE_SUFFIXES, is_image_name, read_images
from ca_logic.runtime.classifier.model import ClassifierModel
from ca_logic.runtime.classifier.rows import rows_of_array, rows_of_table, unseen_categories
from ca_logic.tasks.datasets import DATA_SUFFIXES, read_table
from ca_logic.tasks.datasets.npz_file import features_of_array, read_arrays

_NPZ = ".npz"
_ROWS, _TEST_ROWS = "x", "x_test"


@dataclass(frozen=True, eq=False)
class GivenSamples:
    """Samples from a file.

    Attributes:
        rows: for `Classifier.predict`.
        names: of the pictures that they are; empty if they are none.
        unseen: for each column, texts that no sample had in training, and how often; they set no bit.
    """

    rows: np.ndarray
    names: tuple[str, ...] = ()
    unseen: dict[str, Counter[str]] = field(default_factory=dict)


def read_given_samples(model: ClassifierModel, path: Path) -> GivenSamples:
    """Returns the samples in a file; a column of classes is not needed, and passed over.

    Args:
        model: says what is read of it.
        path: a CSV or Parquet file, a NumPy archive with `x` or `x_test`, a picture or a folder of pictures.

    Raises:
        DataError: if it cannot be read, or does not fit the model.
    """
    if path.is_dir() or is_image_name(path):
        rows, names = read_images(model, path)
        return GivenSamples(rows, names)
    if path.suffix.lower() not in DATA_SUFFIXES:
        suffixes = ", ".join((*DATA_SUFFIXES, *IMAGE_SUFFIXES))
        raise DataError(f"{path} is no file of samples that can be read; its name must end in {suffixes}.")
    if path.suffix.lower() == _NPZ:
        return GivenSamples(_rows_of_archive(model, path))
    # Unlike a data set, which is known by its name, what people gave is called as they gave it.
    table = dataclasses.replace(read_table(path), name=str(path))
    rows = rows_of_table(model, table)
    return GivenSamples(rows, unseen=unseen_categories(model, table))


def _rows_of_archive(model: ClassifierModel, path: Path) -> np.ndarray:
    arrays = read_arrays(path)
    array = next((arrays[name] for name in (_ROWS, _TEST_ROWS) if name in arrays), None)
    if array is None:
        raise DataError(
            f"{path} has no array {_ROWS} or {_TEST_ROWS}; write the samples with numpy.savez(file, x=...)."
        )
    if array.ndim < 2:
        raise DataError(f"{path}: array {_ROWS} has {array.ndim} dimension(s); it must have a row for each sample.")
    features, _ = features_of_array(array, path)
    try:
        return rows_of_array(model, features)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
