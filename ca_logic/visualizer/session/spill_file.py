"""`SpillFile`: a temporary file for what memory is too dear for; the system deletes it when the process ends."""

import os
import tempfile
from array import array
from typing import IO, TypeAlias

_PAGE_BYTES = 1 << 14

_DISK_FOLDER = "/var/tmp"
"""A folder that is on a disk even where `/tmp` is in memory."""

Pages: TypeAlias = "array[int]"


class SpillFile:
    """Holds pieces of data of any size, in pages; room that was given back is used again."""

    def __init__(self, max_bytes: int) -> None:
        """Makes a file that never has more bytes than that; where there can be none, there is no room."""
        self._max_pages = max_bytes // _PAGE_BYTES
        self._num_pages = 0
        self._free = array("Q")
        self._file: IO[bytes] | None = None

    @property
    def num_bytes(self) -> int:
        """How many bytes are in use, those wasted at the ends of pages included."""
        return (self._num_pages - len(self._free)) * _PAGE_BYTES

    def write(self, data: bytes) -> "Pages | None":
        """Returns where the data are now, or None if there is no room for them."""
        needed = -(-len(data) // _PAGE_BYTES)
        if needed > len(self._free) + self._max_pages - self._num_pages:
            return None
        while len(self._free) < needed:
            self._free.append(self._num_pages)
            self._num_pages += 1
        pages = array("Q", [self._free.pop() for _ in range(needed)])
        try:
            self._write_pages(data, pages)
        except OSError:
            # No file, or the disk is full: what it holds can be read, but nothing more goes there.
            self._max_pages = 0
            self.free(pages)
            return None
        return pages

    def read(self, pages: "Pages", num_bytes: int) -> bytes:
        """Returns the data, so many bytes, that were written there."""
        assert self._file is not None, "pages come from a file"
        pieces = []
        for page in pages:
            self._file.seek(page * _PAGE_BYTES)
            pieces.append(self._file.read(_PAGE_BYTES))
        return b"".join(pieces)[:num_bytes]

    def free(self, pages: "Pages") -> None:
        """Gives the room back."""
        self._free.extend(pages)

    def close(self) -> None:
        """Deletes the file."""
        if self._file is not None:
            self._file.close()

    def _write_pages(self, data: bytes, pages: "Pages") -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="ca_logic-", dir=_folder(), buffering=0)  # noqa: SIM115
        for number, page in enumerate(pages):
            piece = data[number * _PAGE_BYTES : (number + 1) * _PAGE_BYTES]
            self._file.seek(page * _PAGE_BYTES)
            if self._file.write(piece) < len(piece):
                raise OSError


def _folder() -> str | None:
    chosen = "TMPDIR" in os.environ or not os.access(_DISK_FOLDER, os.W_OK)
    return None if chosen else _DISK_FOLDER
