"""Results of long work, a line of JSON each, appended as they come, so that what is done need not be done again.

A line that is cut short, by a crash or a full disk, costs that result only.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from ca_logic.errors import OutputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_Result = TypeVar("_Result", bound="DataclassInstance")


def append_result(path: Path, result: "DataclassInstance") -> None:
    """Writes a result as the last line of a file.

    Raises:
        OutputError: if it cannot be written.
    """
    try:
        with path.open("a+b") as file:
            # A line that was cut short must not swallow this one.
            file.seek(0, 2)
            if file.tell():
                file.seek(-1, 2)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.write(json.dumps(asdict(result)).encode() + b"\n")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose another --out.") from None


def read_results(path: Path, kind: type[_Result]) -> list[_Result]:
    """Returns the results of a kind in a file, of which there may be none; other lines are passed over.

    Args:
        path: the file.
        kind: a dataclass of texts, numbers and truths, dictionaries of such by text, and None.

    Raises:
        OutputError: if the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"cannot read {path}: {error}.") from None
    hints = get_type_hints(kind)
    types = {field.name: hints[field.name] for field in fields(kind)}
    return [kind(**values) for values in map(_parse, lines) if values is not None and _fit(values, types)]


def _parse(line: str) -> dict[str, Any] | None:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _fit(values: Mapping[str, Any], types: Mapping[str, Any]) -> bool:
    return values.keys() == types.keys() and all(_is_of_type(values[name], types[name]) for name in types)


def _is_of_type(value: Any, wanted: Any) -> bool:
    """Tells whether a value that JSON has is of a type; a whole number does for any number, and NaN for none."""
    if get_origin(wanted) is dict:
        return isinstance(value, dict) and all(_is_of_type(item, get_args(wanted)[1]) for item in value.values())
    if options := get_args(wanted):
        return any(_is_of_type(value, option) for option in options)
    if wanted is float:
        return type(value) in (int, float) and abs(value) <= sys.float_info.max
    return type(value) is wanted
