"""Where published files are looked for: a folder that the user names, else the package, the cache and the network."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ca_logic.errors import DataError
from ca_logic.tasks.datasets.data_set import Origin
from ca_logic.tasks.datasets.fetching import OnProgress, OnWarning, fetch, say_nothing
from ca_logic.tasks.datasets.file_bytes import md5_of, read_bytes
from ca_logic.tasks.datasets.published_file import PublishedFile

_SHIPPED = Path(__file__).parent / "shipped"


@dataclass(frozen=True)
class ReadFile:
    """The content of a published file, unzipped, and where it was."""

    content: bytes
    origin: Origin

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.origin.name


@dataclass(frozen=True)
class Source:
    """Where to look for files.

    Attributes:
        folder: where they must be, in folders named after the data sets or all in one; if None, they are fetched.
        on_progress: told of each part of a file that has come.
        on_warning: told of files that were wrong and are fetched again.
    """

    folder: Path | None = None
    on_progress: OnProgress = say_nothing
    on_warning: OnWarning = say_nothing

    def read(self, file: PublishedFile, folders: tuple[str, ...]) -> ReadFile:
        """Returns the content of a file and where it was.

        Args:
            file: what to read.
            folders: in which folders it may be; the first names that in the cache.

        Raises:
            DataError: if it is not there, or not what was published.
            OutputError: if the cache cannot be written.
        """
        complaints = []
        for path in self.paths(file.name, folders):
            data = read_bytes(path)
            try:
                return ReadFile(file.content(data), Origin(file.name, str(path.parent), md5_of(data)))
            except DataError as error:
                complaints.append(f"{path} {error}; get it again from {file.homes[0]}{file.name}")
        if complaints:
            raise DataError(complaints[0])
        shipped = _SHIPPED / file.name
        if shipped.is_file():
            data = read_bytes(shipped)
            return ReadFile(file.content(data), Origin(file.name, file.homes[0], md5_of(data)))
        if self.folder is None:
            content, origin = fetch(file, folders[0], on_progress=self.on_progress, on_warning=self.on_warning)
            return ReadFile(content, origin)
        raise DataError(
            f"{self.folder} holds no {file.name}, neither itself nor in a folder {folders[0]}; get it from "
            f"{file.homes[0]}{file.name}"
        )

    def paths(self, name: str, folders: tuple[str, ...]) -> Iterator[Path]:
        """Yields the files of this name in the folder, and those that have been unzipped; raises if it is none."""
        if self.folder is None:
            return
        if not self.folder.is_dir():
            raise DataError(f"{self.folder} is no folder that holds data sets; name another.")
        # MNIST and Fashion-MNIST call their files the same; where all are in one folder, checksums tell.
        for place in (*(self.folder / folder for folder in folders), self.folder):
            for path in (place / name, place / name.removesuffix(".gz")):
                if path.is_file():
                    yield path
                    break
