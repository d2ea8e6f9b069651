"""Files that others publish, known by their checksums, whether they come from a folder, the cache or the network.

Some have been compressed anew on their way here. So a compressed file is what was published if its bytes are, or if
its content is; what is read is the content.
"""

import gzip
import io
import zlib
from dataclasses import dataclass

from ca_logic.errors import DataError
from ca_logic.tasks.datasets.file_bytes import md5_of

_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class PublishedFile:
    """A file and what it must hold.

    Attributes:
        name: what it is called at its homes; ends in .gz if it is compressed.
        md5: the checksum of its bytes.
        homes: addresses of the folders that it can be fetched from, the preferred one first, each with a slash at its
            end.
        content_md5: the checksum of the content, if the file is compressed.
        content_size: the number of bytes of the content, if the file is compressed.
    """

    name: str
    md5: str
    homes: tuple[str, ...]
    content_md5: str = ""
    content_size: int = 0

    def content(self, data: bytes) -> bytes:
        """Returns the content of a file with these bytes.

        Raises:
            DataError: if it is not what was published; the message goes on from the name of the file.
        """
        md5 = md5_of(data)
        if not self.content_md5:
            if md5 != self.md5:
                raise DataError(f"is not what was published: its MD5 is {md5}, not {self.md5}")
            return data
        content = _unzip(data, self.content_size) if data.startswith(_GZIP_MAGIC) else data
        if md5 != self.md5 and (content_md5 := md5_of(content)) != self.content_md5:
            raise DataError(
                f"is not what was published: the MD5 of its content is {content_md5}, not {self.content_md5}"
            )
        return content


def _unzip(data: bytes, size: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            # One more than there may be: no bomb is unpacked, and the end is reached, where gzip keeps its checksum.
            content = file.read(size + 1)
    except EOFError:
        raise DataError("is truncated") from None
    except (OSError, zlib.error):
        raise DataError("is damaged: it cannot be unzipped") from None
    return content
