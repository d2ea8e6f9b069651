"""The models that can be asked for by name: those that the user has learned, then those that the package brings."""

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ca_logic.errors import UsageError
from ca_logic.files import library_path, make_private_folder
from ca_logic.formats.names import shown
from ca_logic.resources import resource_folder
from ca_logic.runtime.classifier.model import ClassifierModel, is_model_name, require_model_name
from ca_logic.runtime.classifier.model_file import (
    SUFFIX,
    checksum_of,
    model_from_bytes,
    read_model_bytes,
    save_model,
)

Origin = Literal["learned", "shipped", "file"]


@dataclass(frozen=True, eq=False)
class StoredModel:
    """A model, and where it was found.

    Attributes:
        model: the model.
        origin: `learned` by this user, `shipped` with the program, or a `file` that was named.
        path: the file.
        checksum: its SHA-256 in hexadecimal digits.
        num_bytes: how large it is.
    """

    model: ClassifierModel
    origin: Origin
    path: Path
    checksum: str
    num_bytes: int

    @property
    def description(self) -> str:
        """What it is, for people."""
        return f"{self.origin if self.origin != 'file' else 'in'} {self.path}"


def models_path() -> Path:
    """Returns where the user keeps learned models; creates nothing."""
    return library_path().with_name("models")


def find_model(name: str | Path) -> StoredModel:
    """Returns a model by its name, or from a file.

    Args:
        name: of a model that the user has learned, or else one that is shipped; or the path of a file, if it is a
            `Path`, ends in `.logic` or has a slash.

    Raises:
        UsageError: if there is no such name.
        DataError: if the file cannot be read or holds no model.
    """
    origin, path = _place(name)
    data = read_model_bytes(path)
    return StoredModel(model_from_bytes(data, str(path)), origin, path, checksum_of(data), len(data))


def is_model(text: str) -> bool:
    """Tells whether a text names a model: a file that ends in `.logic`, or a model that is learned or shipped."""
    return Path(text).suffix == SUFFIX or any(path.is_file() for _, path in _named(text))


def list_models() -> dict[str, Path]:
    """Returns the files of all models by their names, in alphabetical order; what is learned hides what is shipped."""
    paths: dict[str, Path] = {}
    for folder in (resource_folder("models"), models_path()):
        paths |= {path.name.removesuffix(SUFFIX): path for path in folder.glob(f"[!.]*{SUFFIX}")}
    return dict(sorted(paths.items()))


def store_model(model: ClassifierModel) -> Path:
    """Keeps the model as the newest that the user learned under its name; returns its file.

    Raises:
        OutputError: if the user's folder cannot be written to.
    """
    path = make_private_folder(models_path()) / f"{require_model_name(model.name)}{SUFFIX}"
    save_model(model, path)
    return path


def _place(name: str | Path) -> tuple[Origin, Path]:
    text = os.fspath(name)
    if isinstance(name, Path) or Path(text).suffix == SUFFIX or os.sep in text:
        return "file", Path(text)
    for origin, path in _named(text):
        if path.is_file():
            return origin, path
    known = list_models()
    close = difflib.get_close_matches(text, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known) or 'none yet'}."
    raise UsageError(f"no model {shown(text)}, neither learned nor shipped; {hint} A file's name ends in {SUFFIX}.")


def _named(text: str) -> list[tuple[Origin, Path]]:
    """Returns the places where a model of this name would be."""
    if not is_model_name(text):
        return []
    return [
        ("learned", models_path() / f"{text}{SUFFIX}"),
        ("shipped", resource_folder("models") / f"{text}{SUFFIX}"),
    ]
