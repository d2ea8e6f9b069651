"""Writing files so that a reader never sees half of one, and folders that only the user can read."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from ca_logic.errors import OutputError

_APP = "ca_logic"


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes `content` under a temporary name in the same folder, then renames it to `path`.

    Raises:
        OutputError: if the folder or the file cannot be written; nothing is left behind.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose another place.") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def writable_folder(folder: Path) -> Iterator[Path]:
    """Makes sure, before any work is done, that files can be created in `folder`, creating it if missing.

    A folder that was created and is still empty at the end, because the work failed, is removed again.

    Raises:
        OutputError: if it is no folder or cannot be written to.
    """
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _try_to_write(folder)
    except OSError as error:
        raise OutputError(f"cannot write to folder {folder}: {error.strerror}; choose another with --out.") from None
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            for path in created:
                path.rmdir()


def require_writable_file(path: Path) -> None:
    """Makes sure, before any work is done, that `path` can be written.

    Raises:
        OutputError: if it cannot.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        _try_to_write(path.parent)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose another place.") from None


def _try_to_write(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


def cache_folder(name: str) -> Path:
    """Returns the user's private folder for things that can be made again, such as compiled circuits.

    Raises:
        OutputError: if it cannot be made, or belongs to somebody else, who could plant code in it.
    """
    return _private_folder(platformdirs.user_cache_path(_APP) / name)


def library_folder() -> Path:
    """Returns the user's private folder of learned circuits.

    Raises:
        OutputError: as for `cache_folder`.
    """
    return _private_folder(platformdirs.user_data_path(_APP) / "circuits")


def _private_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if hasattr(os, "getuid"):
            if folder.stat().st_uid != os.getuid():
                raise OutputError(f"{folder} belongs to another user; remove it or set XDG_CACHE_HOME.")
            folder.chmod(0o700)
        _try_to_write(folder)
    except OSError as error:
        raise OutputError(f"cannot use folder {folder}: {error.strerror}.") from None
    return folder
