"""Files of models: an archive that `unzip` and NumPy can read, and nothing in it that could be executed.

The archive ends with the SHA-256 of all bytes before, so whatever is cut off or altered is noticed before anything is
read. Members are not compressed: what a file holds is never larger than the file, and the same model always makes the
same bytes.
"""

import hashlib
import io
import re
import struct
import zipfile
from pathlib import Path

from ca_logic.errors import CaLogicError, DataError
from ca_logic.files import write_atomically
from ca_logic.runtime.classifier.model import ClassifierModel
from ca_logic.runtime.classifier.model_members import (
    TEXT,
    member_names,
    members_of_model,
    model_of_members,
    names_of_network,
    plain_of_text,
)
from ca_logic.tasks.datasets.file_bytes import require_memory

SUFFIX = ".logic"
"""How files of models end."""

MAX_BYTES = 1 << 30
"""Larger files are refused."""

_MAX_TEXT_BYTES = 1 << 26
_BYTES_A_BYTE, _BYTES_A_CHARACTER = 3, 25
"""What reading takes at most for each byte of the file, and for each character of its text."""

_TIME = (1980, 1, 1, 0, 0, 0)
_TAIL = b"ca_logic model, sha256 "
_HASH = re.compile(rb"[0-9a-f]{64}")
_HASH_LENGTH = 64
_BEGINNING = b"PK\3\4"

_ARCHIVE_FAULTS = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OSError,
    OverflowError,
    struct.error,
)


def save_model(model: ClassifierModel, path: Path) -> None:
    """Writes a model; whoever reads the file meanwhile sees the one before.

    Raises:
        OutputError: if it cannot be written.
    """
    write_atomically(path, model_to_bytes(model))


def read_model(path: Path) -> ClassifierModel:
    """Returns the model in a file.

    Raises:
        DataError: in one line, if there is no such file, or it is no model, truncated, altered or from a newer version.
    """
    return model_from_bytes(read_model_bytes(path), str(path))


def read_model_bytes(path: Path) -> bytes:
    """Returns the content of a file, not yet checked, unless it is too large.

    Raises:
        DataError: if it cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise DataError(f"{path} is no file; name a model, or a file that ends in {SUFFIX}.")
        with path.open("rb") as file:
            size = path.stat().st_size
            if size > MAX_BYTES:
                raise DataError(f"{path} has {size} bytes, and models have up to {MAX_BYTES}; it is none.")
            require_memory(size * _BYTES_A_BYTE, path)
            return file.read(MAX_BYTES)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise DataError(f"cannot read model {path}: {reason}; choose another file.") from None


def model_to_bytes(model: ClassifierModel) -> bytes:
    """Returns the content of a file of the model, always the same bytes for the same model."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members_of_model(model).items():
            member = zipfile.ZipInfo(name, _TIME)
            member.create_system, member.external_attr = 3, 0o644 << 16
            archive.writestr(member, content)
        # Without these bytes, the archive would be another one.
        archive.comment = _TAIL + b"0" * _HASH_LENGTH
    content = buffer.getvalue()[:-_HASH_LENGTH]
    return content + hashlib.sha256(content).hexdigest().encode("ascii")


def model_from_bytes(data: bytes, name: str) -> ClassifierModel:
    """Returns the model that a file of this content holds.

    Args:
        data: the content.
        name: what to call the file in messages.

    Raises:
        DataError: if it holds none.
    """
    _require_checksum(data, name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if not members or members[0].filename != TEXT or members[0].file_size > _MAX_TEXT_BYTES:
                raise DataError(f"it does not begin with {TEXT}.")
            require_memory(members[0].file_size * _BYTES_A_CHARACTER, Path(name))
            plain = plain_of_text(_content(archive, members[0]))
            if [member.filename for member in members] != member_names(len(names_of_network(plain))):
                raise DataError("it has other members than a model.")
            if sum(member.file_size for member in members) > len(data):
                raise DataError("its members are larger than the file.")
            contents = {member.filename: member for member in members}
            return model_of_members(plain, lambda member: _content(archive, contents[member]))
    except _ARCHIVE_FAULTS:
        raise DataError(f"{name} is no model that can be read: its archive is damaged; get it again.") from None
    except MemoryError:
        raise DataError(f"{name} does not fit into memory.") from None
    except CaLogicError as error:
        raise DataError(f"{name} is no model that can be read: {error}") from None


def checksum_of(data: bytes) -> str:
    """Returns the SHA-256 that the content of a file ends with."""
    return data[-_HASH_LENGTH:].decode("ascii")


def _require_checksum(data: bytes, name: str) -> None:
    """Makes sure that the content is what was written, before anything of it is interpreted."""
    content, digest = data[:-_HASH_LENGTH], data[-_HASH_LENGTH:]
    if content.endswith(_TAIL) and _HASH.fullmatch(digest):
        if hashlib.sha256(content).hexdigest().encode("ascii") != digest:
            raise DataError(f"{name} was altered: its content is not that of its checksum; get it again.")
    elif data.startswith(_BEGINNING) and TEXT.encode("ascii") in data[:_HASH_LENGTH]:
        raise DataError(f"{name} is truncated or altered: it does not end with its checksum; get it again.")
    else:
        raise DataError(f"{name} is no model; name a model, or a file that `learn` wrote, which ends in {SUFFIX}.")


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
        raise DataError(f"{member.filename} is compressed, and in models nothing is.")
    return archive.read(member)
