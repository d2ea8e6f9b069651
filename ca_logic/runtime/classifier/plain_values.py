"""Plain values: what JSON can hold, and what a model may tell strangers about where it was made."""

import math
import re
from collections.abc import Mapping

import numpy as np

from ca_logic.errors import DataError
from ca_logic.formats.names import shown

_MAX_DEPTH = 32

_FOLDERS = re.compile(
    r"(?:(?<![^\s='\"(,;<>|\[])|(?<=:)(?!//))(?:file://|~\w*|[A-Za-z]:)?[/\\]+(?:[^\s/\\'\"]+[/\\]+)*(?=[^\s/\\'\"])"
)
"""The folders of an absolute path, which begins where a word does; an address has a colon and two slashes there."""


def plain_value(value: object, *, depth: int = 0) -> object:
    """Returns a copy of texts, numbers, lists and tables as JSON gives them back.

    What is no number becomes None. An absolute path loses its folders, so that nobody learns of them.

    Raises:
        DataError: if it is something else, or too deep.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return _plain_text(value)
    if depth < _MAX_DEPTH and isinstance(value, list | tuple):
        return [plain_value(item, depth=depth + 1) for item in value]
    if depth < _MAX_DEPTH and isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {_plain_text(key): plain_value(item, depth=depth + 1) for key, item in value.items()}
    raise DataError(f"{shown(repr(value))} cannot be kept in a model; give texts, numbers, lists and tables of those.")


def plain_table(values: Mapping[str, object]) -> dict[str, object]:
    """Returns a copy of a table of plain values; see `plain_value`."""
    return {_plain_text(key): plain_value(value, depth=1) for key, value in values.items()}


def _plain_text(text: str) -> str:
    # Names of files may hold bytes that are no text, which Python keeps as halves of characters.
    return _FOLDERS.sub("", text.encode(errors="replace").decode())
