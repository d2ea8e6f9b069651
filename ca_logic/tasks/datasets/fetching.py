"""Fetching published files into the user's cache; what is there already is checked and used."""

import contextlib
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from ca_logic.errors import DataError, OutputError
from ca_logic.files import cache_path, make_private_folder
from ca_logic.tasks.datasets.data_set import Origin
from ca_logic.tasks.datasets.file_bytes import md5_of, read_bytes
from ca_logic.tasks.datasets.published_file import PublishedFile

OnProgress = Callable[[str, int, int], None]
"""Called with the name of a file, how many bytes of it have come, and how many there are, 0 if nobody knows."""

OnWarning = Callable[[str], None]
"""Called with one line for people."""


def say_nothing(*_: object) -> None:
    """Takes the place of either."""


_TIMEOUT_SECONDS = 30
_CHUNK_BYTES = 1 << 16
_MAX_BYTES = 1 << 30
_WRONG = ".wrong"


def fetch(file: PublishedFile, folder: str, *, on_progress: OnProgress, on_warning: OnWarning) -> tuple[bytes, Origin]:
    """Returns the content of the file, from the cache or from one of its homes, and where it came from.

    A file that is not what was published is kept beside it, with `.wrong` behind its name, and fetched again.

    Args:
        file: what to fetch.
        folder: the folder inside the cache.
        on_progress: told of each part that has come.
        on_warning: told of files that were wrong.

    Raises:
        DataError: if no home gives it.
        OutputError: if the cache cannot be written.
    """
    path = cache_path("data") / folder / file.name
    if path.is_file():
        data = read_bytes(path)
        try:
            return file.content(data), Origin(file.name, file.homes[0], md5_of(data))
        except DataError as error:
            _set_aside(path, path, f"{path} {error}", on_warning)
    make_private_folder(path.parent)
    failures = []
    homes = list(file.homes)
    tried_again = set()
    while homes:
        home = homes.pop(0)
        try:
            return _fetch_from(home, file, path, on_progress)
        except _WrongContentError as error:
            _set_aside(error.path, path, f"{home}{file.name} {error}", on_warning)
            failures.append(f"{_host(home)} gives another file")
            if home not in tried_again:
                tried_again.add(home)
                homes.append(home)
        except _NoAnswerError as error:
            failures.append(f"{_host(home)} {error}")
    reasons = "; ".join(dict.fromkeys(failures))
    remedy = "connect to a network, or name a folder that holds it with --data"
    raise DataError(f"cannot fetch {file.name}: {reasons}; {remedy}.")


class _NoAnswerError(Exception):
    """A home that does not give the file; the message goes on from its name."""


class _WrongContentError(Exception):
    """Something else came; it is in the file `path`."""

    def __init__(self, message: str, path: Path) -> None:
        super().__init__(message)
        self.path = path


class _Progress:
    """What pooch takes for a progress bar."""

    def __init__(self, part: Path, name: str, on_progress: OnProgress) -> None:
        self.total = 0
        self._part, self._name, self._on_progress = part, name, on_progress

    def update(self, _: int) -> None:
        # pooch tells how much it asked for, which is more than what came.
        done = self._part.stat().st_size
        if done > _MAX_BYTES:
            raise _NoAnswerError(f"sends more than {_MAX_BYTES >> 30} GiB")
        self._on_progress(self._name, min(done, self.total or done), self.total)

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def _fetch_from(home: str, file: PublishedFile, path: Path, on_progress: OnProgress) -> tuple[bytes, Origin]:
    """Downloads to another name in the same folder, looks at it, then renames it."""
    # It imports requests, which takes a while, and most runs fetch nothing.
    import pooch
    import requests

    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    progress = _Progress(part, file.name, on_progress)
    download = pooch.HTTPDownloader(progressbar=progress, chunk_size=_CHUNK_BYTES, timeout=_TIMEOUT_SECONDS)
    try:
        download(f"{home}{file.name}", str(part), None)
        data = read_bytes(part)
        try:
            content = file.content(data)
        except DataError as error:
            wrong = path.with_name(path.name + _WRONG)
            part.replace(wrong)
            raise _WrongContentError(str(error), wrong) from None
        part.replace(path)
        return content, Origin(file.name, home, md5_of(data))
    except requests.HTTPError as error:
        answer = error.response
        raise _NoAnswerError(
            f"answers {answer.status_code} {answer.reason}" if answer is not None else "fails"
        ) from None
    except requests.Timeout:
        raise _NoAnswerError(f"does not answer within {_TIMEOUT_SECONDS} s") from None
    except requests.RequestException as error:
        started = isinstance(error, requests.exceptions.ChunkedEncodingError)
        raise _NoAnswerError("breaks off" if started else "cannot be reached") from None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; set XDG_CACHE_HOME to another place.") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _set_aside(found: Path, path: Path, complaint: str, on_warning: OnWarning) -> None:
    wrong = path.with_name(path.name + _WRONG)
    try:
        found.replace(wrong)
    except OSError as error:
        raise OutputError(f"cannot rename {found}: {error.strerror}; remove it.") from None
    on_warning(f"{complaint}; it is kept as {wrong}, and the file is fetched again.")


def _host(home: str) -> str:
    return urlsplit(home).netloc
