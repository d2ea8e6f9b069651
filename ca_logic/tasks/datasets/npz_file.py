"""NumPy archives: `x` and `y`, or `x_train`, `y_train`, `x_test` and `y_test`; without pickles."""

import math
import tokenize
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from jaxtyping import Float32, Shaped, UInt8

from ca_logic.errors import DataError
from ca_logic.formats.names import shown
from ca_logic.tasks.datasets.data_set import Column, DataSet, drop_incomplete, require_two_classes
from ca_logic.tasks.datasets.digits import pixel_columns
from ca_logic.tasks.datasets.file_bytes import require_memory
from ca_logic.tasks.datasets.table_columns import FILL_IN, MAX_CLASSES, Missing

_WHOLE, _TRAIN, _TEST = ("x", "y"), ("x_train", "y_train"), ("x_test", "y_test")
_NAMES, _CLASSES = "names", "classes"
_COPIES = 4
_COLOURS = (1, 3)

_HEADER_FAULTS = (
    ValueError,
    SyntaxError,
    tokenize.TokenError,
    TypeError,
    IndexError,
    RecursionError,
    MemoryError,
)
"""What NumPy raises of headers that it did not write: it parses them as Python's literals."""


def read_npz(path: Path, *, missing: Missing = "refuse", remedy: str = FILL_IN) -> DataSet:
    """Returns the samples of a NumPy archive.

    `x` has a row, or an image, a sample: bytes are pixels; truth values, integers and floats are numbers. Images are
    (samples, height, width), with a last or second dimension of 1 or 3 for the channels. `y` holds the classes,
    integers or texts. `names` may name the columns, and `classes` the classes that integers from 0 stand for. Capital
    letters will do.

    Args:
        path: the file.
        missing: what becomes of samples with NaN, as in `data_set_of_table`.
        remedy: what to do about one that is refused.

    Raises:
        DataError: saying what is wrong with which array.
    """
    arrays = read_arrays(path)
    has_parts = _TRAIN[0] in arrays or _TRAIN[1] in arrays
    parts = (_TRAIN, _TEST) if has_parts else (_WHOLE,)
    if absent := [name for part in parts for name in part if name not in arrays]:
        raise DataError(
            f"{path} has no array {absent[0]}; it must hold x and y, or x_train, y_train, x_test and y_test, but holds "
            f"{', '.join(sorted(map(shown, arrays))) or 'nothing'}."
        )
    for x, y in parts:
        if arrays[x].ndim < 2 or arrays[y].ndim != 1 or len(arrays[x]) != len(arrays[y]):
            raise DataError(
                f"{path}: {x} has the shape {arrays[x].shape} and {y} {arrays[y].shape}; they must have a row and a "
                "class for each sample."
            )
        if arrays[x].shape[1:] != arrays[parts[0][0]].shape[1:]:
            raise DataError(f"{path}: {x} has rows of {arrays[x].shape[1:]}, but {parts[0][0]} has others.")
    features, image_shape = features_of_array(np.concatenate([arrays[x] for x, _ in parts]), path)
    labels, classes = _labels(np.concatenate([arrays[y] for _, y in parts]), arrays.get(_CLASSES), path)
    data = DataSet(
        name=path.name,
        columns=_columns(features, image_shape, arrays.get(_NAMES), path),
        features=features,
        labels=labels,
        classes=classes,
        num_test=len(arrays[_TEST[1]]) if has_parts else 0,
        image_shape=image_shape,
    )
    if features.dtype == np.float32:
        data = _without_nan(data, missing, remedy)
    return require_two_classes(data)


def _without_nan(data: DataSet, missing: Missing, remedy: str) -> DataSet:
    if missing == "drop":
        return drop_incomplete(data)
    rows, columns = np.nonzero(np.isnan(data.features))
    if len(rows) and missing == "refuse":
        column = data.columns[columns[0]].name
        raise DataError(
            f"{data.name} row {rows[0] + 1}, column {shown(column)}: a number is missing (NaN), as in "
            f"{len(np.unique(rows))} rows; {remedy}."
        )
    return data


def features_of_array(
    x: Shaped[np.ndarray, "samples *dimensions"], path: Path
) -> tuple[
    Float32[np.ndarray, "samples features"] | UInt8[np.ndarray, "samples features"], tuple[int, int, int] | None
]:
    """Returns samples as rows: uint8 if they are bytes, else float32; and the shape of an image if they are such.

    Args:
        x: rows of numbers, or images as `read_npz` takes them.
        path: the file, for messages.

    Raises:
        DataError: if they are something else, or a number is infinite or too large for 32 bits.
    """
    if x.dtype.kind not in "biuf" or x.ndim > 4:
        raise DataError(
            f"{path}: x is an array of {x.ndim} dimensions and type {x.dtype}; samples are rows of numbers, or images."
        )
    shape: tuple[int, ...] | None = None
    if x.ndim == 4 and x.shape[3] in _COLOURS:
        x = x.transpose(0, 3, 1, 2)
    elif x.ndim == 4 and x.shape[1] not in _COLOURS:
        raise DataError(f"{path}: x has images of {x.shape[1:]}; they must have one channel or three.")
    if x.ndim > 2:
        shape = (1, *x.shape[1:])[-3:]
    rows = x.reshape(len(x), math.prod(x.shape[1:]))
    image_shape = (shape[0], shape[1], shape[2]) if shape else None
    if rows.dtype == np.uint8:
        return rows, image_shape
    with np.errstate(over="ignore"):
        numbers = rows.astype(np.float32)
    too_large = np.flatnonzero(np.isinf(numbers).any(axis=1))
    if len(too_large):
        raise DataError(f"{path} row {too_large[0] + 1}: x holds a number that is infinite or too large for 32 bits.")
    return numbers, image_shape


def _columns(
    features: np.ndarray, image_shape: tuple[int, int, int] | None, names: np.ndarray | None, path: Path
) -> tuple[Column, ...]:
    num_features = features.shape[1]
    if names is not None:
        texts = [str(name).strip() for name in names.ravel()]
        if names.dtype.kind != "U" or len(set(texts)) != num_features or len(texts) != num_features or "" in texts:
            raise DataError(f"{path}: names must be {num_features} different texts, one for each feature.")
    elif image_shape:
        texts = [column.name for column in pixel_columns(*image_shape)]
    else:
        texts = [f"x{place}" for place in range(num_features)]
    return tuple(Column(text, "pixel" if features.dtype == np.uint8 else "number") for text in texts)


def _labels(y: np.ndarray, classes: np.ndarray | None, path: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    if y.dtype.kind == "f" and np.array_equal(y, np.floor(y)) and (np.abs(y) < 2**53).all():
        y = y.astype(np.int64)
    if y.dtype.kind not in "biuU":
        raise DataError(f"{path}: y is an array of type {y.dtype}; classes are integers or texts.")
    if classes is not None:
        texts = tuple(str(text).strip() for text in classes.ravel())
        if classes.dtype.kind != "U" or len(set(texts)) != len(texts) or "" in texts:
            raise DataError(f"{path}: classes must be different texts.")
        if y.dtype.kind == "U" or (len(y) and not 0 <= int(y.min()) <= int(y.max()) < len(texts)):
            raise DataError(f"{path}: y must hold integers from 0 to {len(texts) - 1}, the places of classes.")
        return y.astype(np.int32), texts
    distinct, labels = np.unique(y, return_inverse=True)
    if len(distinct) > MAX_CLASSES:
        raise DataError(
            f"{path}: y has {len(distinct)} different values; a classifier tells at most {MAX_CLASSES} apart."
        )
    return labels.astype(np.int32), tuple(str(value) for value in distinct.tolist())


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Returns the arrays of an archive by their names in small letters; none is larger than its file says.

    Raises:
        DataError: if the file cannot be read, does not fit into memory, or holds something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            require_memory(sum(member.file_size for member in archive.infolist()) * _COPIES, path)
            return {
                member.filename.removesuffix(".npy").lower(): _read_array(archive, member)
                for member in archive.infolist()
            }
    except zipfile.BadZipFile:
        raise DataError(f"{path} is damaged: it is no NumPy archive that can be read.") from None
    except (ValueError, EOFError, zlib.error, NotImplementedError, RuntimeError):
        raise DataError(f"{path} holds what is no array of numbers or texts; write it with numpy.savez.") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}.") from None
    except MemoryError:
        raise DataError(f"{path} does not fit into memory.") from None


def _read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    # Headers of Python 2 are read, with a warning.
    with warnings.catch_warnings(action="ignore"):
        with archive.open(member) as file:
            shape, dtype = _read_header(file)
            is_plain = dtype.itemsize and not dtype.hasobject
            if not is_plain or math.prod(shape) * dtype.itemsize != member.file_size - file.tell():
                raise ValueError(member.filename)
        with archive.open(member) as file:
            array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    return array


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    """Returns what NumPy's header says of the array behind it, or raises ValueError."""
    major, _ = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
    try:
        shape, _, dtype = read(file)
    except _HEADER_FAULTS:
        raise ValueError("no header of an array") from None
    return shape, dtype
