"""A model as members of an archive, and back: `model.json` with all that is text, and an `.npy` for each array.

What comes back is checked as if a stranger had written it.
"""

import io
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from ca_logic.circuit import Circuit
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.errors import DataError
from ca_logic.formats.names import shown
from ca_logic.runtime.classifier.model import ClassifierModel, TrainedArrays
from ca_logic.tasks.datasets import columns_from_plain
from ca_logic.tasks.encoding import encoder_from_plain

FORMAT, VERSION = "ca_logic classifier", 1
"""What `model.json` says it is. A reader refuses larger versions."""

TEXT = "model.json"
"""The first member."""

ReadMember = Callable[[str], bytes]

_CIRCUIT = {"gates": np.uint8, "fanins": np.int32, "drivers": np.int32}
_SUMS = {"biases": np.int64, "classes": np.int64, "outputs": np.int64, "weights": np.int64}
_KEYS = (
    "format",
    "version",
    "name",
    "data_set",
    "target",
    "classes",
    "columns",
    "image_shape",
    "missing",
    "tau",
    "encoder",
    "outputs",
    "provenance",
    "network",
)
_NETWORK_KEYS = ("architecture", "arrays")

_NPY_PREFIX = 10
_NPY_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00(..)"
    rb"\{'descr': '([<|][biuf]\d{1,2})', 'fortran_order': False, 'shape': \(([\d, ]{0,400})\), \} *\n",
    re.DOTALL,
)
"""Format 1.0, little-endian, row by row; https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html"""


def members_of_model(model: ClassifierModel) -> dict[str, bytes]:
    """Returns the members by name, in their order."""
    circuit, head, network = model.head.circuit, model.head, model.network
    plain = {
        "format": FORMAT,
        "version": VERSION,
        "name": model.name,
        "data_set": model.data_set,
        "target": model.target,
        "classes": list(model.classes),
        "columns": [column.to_plain() for column in model.columns],
        "image_shape": model.image_shape,
        "missing": model.missing,
        "tau": model.tau,
        "encoder": model.encoder.to_plain(),
        "outputs": list(circuit.outputs),
        "provenance": model.provenance,
        "network": network and {"architecture": network.architecture, "arrays": list(network.arrays)},
    }
    arrays = [np.asarray(getattr(circuit, name), dtype) for name, dtype in _CIRCUIT.items()]
    arrays += [np.asarray(getattr(head, name), dtype) for name, dtype in _SUMS.items()]
    arrays += network.arrays.values() if network else []
    texts = {TEXT: json.dumps(plain, allow_nan=False).encode("ascii")}
    names = member_names(len(network.arrays) if network else 0)
    return texts | {name: _npy_of(array) for name, array in zip(names[1:], arrays, strict=True)}


def member_names(num_network_arrays: int) -> list[str]:
    """Returns the names of all members, in their order."""
    circuit = [f"circuit/{name}.npy" for name in _CIRCUIT]
    sums = [f"sums/{name}.npy" for name in _SUMS]
    return [TEXT, *circuit, *sums, *(f"network/{number}.npy" for number in range(num_network_arrays))]


def plain_of_text(text: bytes) -> dict[str, Any]:
    """Returns what `model.json` holds, if it is of a version that is known.

    Raises:
        DataError: if it is not.
    """
    try:
        plain = json.loads(text.decode("ascii"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise DataError(f"{TEXT} is no JSON.") from None
    if not isinstance(plain, dict) or plain.get("format") != FORMAT or type(plain.get("version")) is not int:
        raise DataError(f"{TEXT} does not say that it is a {FORMAT}.")
    if plain["version"] > VERSION:
        raise DataError(
            f"it was written by a newer version of ca_logic, in format {plain['version']}, and this one reads up to "
            f"format {VERSION}; upgrade it: pip install --upgrade ca-logic"
        )
    if plain["version"] < 1 or set(plain) != set(_KEYS):
        raise DataError(f"{TEXT} must have exactly {', '.join(_KEYS)}.")
    return plain


def names_of_network(plain: dict[str, Any]) -> list[str]:
    """Returns the names of the arrays of the network that was trained; none if there is no network.

    Raises:
        DataError: if these are no names.
    """
    network = plain["network"]
    if network is None:
        return []
    if not isinstance(network, dict) or set(network) != set(_NETWORK_KEYS):
        raise DataError(f"network must have exactly {', '.join(_NETWORK_KEYS)}.")
    names = _texts(network, "arrays")
    if len(set(names)) != len(names):
        raise DataError("network has two arrays of the same name.")
    return list(names)


def model_of_members(plain: dict[str, Any], read_member: ReadMember) -> ClassifierModel:
    """Returns the model.

    Args:
        plain: what `plain_of_text` returned.
        read_member: returns a member by its name.

    Raises:
        CaLogicError: saying what cannot be.
    """
    names = names_of_network(plain)
    circuit_arrays = {name: _array(read_member(f"circuit/{name}.npy"), name, dtype) for name, dtype in _CIRCUIT.items()}
    sum_arrays = {name: _array(read_member(f"sums/{name}.npy"), name, dtype) for name, dtype in _SUMS.items()}
    encoder = encoder_from_plain(plain["encoder"])
    name = _text(plain, "name")
    if circuit_arrays["fanins"].ndim != 2 or any(array.ndim != 1 for array in sum_arrays.values()):
        raise DataError("its circuit has arrays of another shape.")
    circuit = Circuit(name=name, inputs=encoder.names, outputs=_texts(plain, "outputs"), **circuit_arrays)
    network = None
    if plain["network"] is not None:
        arrays = {name: _array_of_npy(read_member(f"network/{place}.npy"), name) for place, name in enumerate(names)}
        network = TrainedArrays(_table(plain["network"], "architecture"), arrays)
    return ClassifierModel(
        name=name,
        columns=columns_from_plain(plain["columns"]),
        classes=_texts(plain, "classes"),
        encoder=encoder,
        head=GroupSum(circuit=circuit, **sum_arrays),
        tau=_number(plain, "tau"),
        target=_text(plain, "target"),
        image_shape=_image_shape(plain["image_shape"]),
        data_set=_text(plain, "data_set"),
        missing=plain["missing"],
        provenance=_table(plain, "provenance"),
        network=network,
    )


def _npy_of(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    # Little-endian and row by row wherever it is written.
    plain = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
    np.lib.format.write_array(buffer, plain, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _array_of_npy(data: bytes, name: str) -> np.ndarray:
    """Returns the array that lies in the bytes; whatever its header says, no memory is taken for it.

    The header is matched, and not parsed as Python, which is what NumPy does.
    """
    match = _NPY_HEADER.match(data)
    try:
        if match is None or match.end() != _NPY_PREFIX + int.from_bytes(match[1], "little"):
            raise ValueError(name)
        dtype = np.dtype(match[2].decode("ascii"))
        shape = tuple(int(size) for size in match[3].replace(b",", b" ").split())
        values = np.frombuffer(memoryview(data)[match.end() :], dtype).reshape(shape)
        return values.astype(dtype.newbyteorder("="), copy=False)
    except (ValueError, TypeError, OverflowError):
        raise DataError(f"array {shown(name)} is no array of numbers.") from None


def _array(data: bytes, name: str, dtype: type) -> np.ndarray:
    array = _array_of_npy(data, name)
    if array.dtype != dtype:
        raise DataError(f"array {shown(name)} has the type {array.dtype} and must have {np.dtype(dtype)}.")
    return array


def _text(plain: Mapping[str, Any], key: str) -> str:
    value = plain[key]
    return value if isinstance(value, str) else _refuse(key, "a text")


def _texts(plain: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = plain[key]
    is_list = isinstance(values, list) and all(isinstance(value, str) for value in values)
    return tuple(values) if is_list else _refuse(key, "a list of texts")


def _number(plain: Mapping[str, Any], key: str) -> float:
    value = plain[key]
    try:
        return float(value) if type(value) in (int, float) else _refuse(key, "a number")
    except OverflowError:
        return _refuse(key, "a number of usual size")


def _table(plain: Mapping[str, Any], key: str) -> dict[str, object]:
    value = plain[key]
    return value if isinstance(value, dict) else _refuse(key, "a table")


def _image_shape(value: object) -> tuple[int, int, int] | None:
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 3 and all(type(size) is int and 0 < size < 1 << 24 for size in value):
        return (value[0], value[1], value[2])
    return _refuse("image_shape", "channels, height and width")


def _refuse(key: str, wanted: str) -> NoReturn:
    raise DataError(f"{key} must be {wanted}.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
