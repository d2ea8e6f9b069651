"""Writing files so that a reader never sees half of one, and folders that only the user can write to."""

import contextlib
import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from ca_logic.errors import OutputError

_APP = "ca_logic"


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes `content` under another name in the same folder, then renames it to `path`.

    What a symbolic link points to is replaced, not the link; what is no file, such as /dev/stdout, is
    written to as it is.

    Raises:
        OutputError: if the folder or the file cannot be written; nothing is left behind.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary: Path | None = None
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        with temporary.open("xb") as file:
            file.write(data)
        temporary.replace(target)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose another place.") from None
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def require_new_folder(path: Path) -> None:
    """Makes sure, before any work is done, that a folder of new files can be made here.

    Raises:
        OutputError: if there is something already, or nothing can be written.
    """
    if path.name in ("", ".."):
        raise OutputError(f"{path} cannot be replaced by a new folder; choose another --out.")
    try:
        # A link to an empty folder cannot be replaced by a folder.
        if path.is_symlink() or (path.exists() and (not path.is_dir() or any(path.iterdir()))):
            raise OutputError(f"{path} is there already and no empty folder; choose another --out.")
        # As `new_folder` does, whose name is longer than the path's.
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.", suffix=".part"):
            pass
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose another --out.") from None


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yields an empty folder that becomes `path` if all goes well, and vanishes if not.

    Raises:
        OutputError: if it cannot be made.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose another --out.") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def writable_folder(folder: Path, *, names: tuple[str, ...] = ()) -> Iterator[Path]:
    """Makes sure, before any work is done, that the files `names` can be written in `folder`.

    The folder is created if missing. One that was created and is still empty at the end, because the work
    failed, is removed again.

    Raises:
        OutputError: if one of them cannot be written.
    """
    created: list[Path] = []
    try:
        try:
            created = [path for path in (folder, *folder.parents) if not path.exists()]
            folder.mkdir(parents=True, exist_ok=True)
            _try_to_write(folder)
        except OSError as error:
            raise OutputError(
                f"cannot write to folder {folder}: {error.strerror}; choose another with --out."
            ) from None
        for name in names:
            require_writable_file(folder / name)
        yield folder
    finally:
        for path in created:
            with contextlib.suppress(OSError):
                path.rmdir()


def require_writable_file(path: Path) -> None:
    """Makes sure, before any work is done, that `path` can be written.

    Raises:
        OutputError: if it cannot.
    """
    try:
        target = path.resolve()
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not target.exists() or target.is_file():
            _try_to_write(target.parent)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose another place.") from None


def cache_path(name: str) -> Path:
    """Returns where the user keeps things that can be made again, such as compiled circuits; creates nothing."""
    return platformdirs.user_cache_path(_APP) / name


def library_path() -> Path:
    """Returns where the user keeps learned circuits; creates nothing."""
    return platformdirs.user_data_path(_APP) / "circuits"


def config_path() -> Path:
    """Returns where the user keeps what was chosen, such as colours; creates nothing."""
    return platformdirs.user_config_path(_APP)


def is_private(folder: Path) -> bool:
    """Tells whether the folder exists and nobody but the user can write to it, and so plant code in it."""
    try:
        status = folder.stat()
    except OSError:
        return False
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def make_private_folder(folder: Path) -> Path:
    """Creates the folder for this user alone, makes sure that it can be written to, and returns it.

    Raises:
        OutputError: if it cannot be made or written to, or belongs to somebody else.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if hasattr(os, "getuid") and folder.stat().st_uid == os.getuid():
            folder.chmod(0o700)
        if not is_private(folder):
            raise OutputError(
                f"folder {folder} belongs to another user; remove it, or set XDG_CACHE_HOME and XDG_DATA_HOME."
            )
        _try_to_write(folder)
    except OSError as error:
        raise OutputError(f"cannot use folder {folder}: {error.strerror}.") from None
    return folder


def _try_to_write(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass
