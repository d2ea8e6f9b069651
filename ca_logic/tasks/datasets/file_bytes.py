"""The bytes of a file, their checksum, and whether what is made of them fits into memory."""

import hashlib
from pathlib import Path

from ca_logic.errors import DataError
from ca_logic.machine import available_memory


def read_bytes(path: Path) -> bytes:
    """Returns the bytes of a file.

    Raises:
        DataError: if it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}.") from None
    except MemoryError:
        raise DataError(f"{path} does not fit into memory.") from None


def md5_of(data: bytes) -> str:
    """Returns the checksum in hexadecimal digits; it tells damage, and files apart, and guards no secrets."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def require_memory(needed: int, path: Path) -> None:
    """Makes sure that so many bytes are to be had before a file is read.

    Raises:
        DataError: if not.
    """
    available = available_memory()
    if needed > available:
        raise DataError(
            f"{path} may take {needed / 2**30:.3g} GiB of memory to read, but {available / 2**30:.3g} GiB are "
            "available; make it smaller."
        )
