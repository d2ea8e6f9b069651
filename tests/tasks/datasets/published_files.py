"""Small files in the formats of published data sets, and a server on this machine that hands them out."""

import contextlib
import gzip
import hashlib
import http.server
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from ca_logic.tasks.datasets.published_file import PublishedFile

NOWHERE = "http://127.0.0.1:9/"
"""Nothing listens at the port of the discard service."""


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def published(name: str, data: bytes, *homes: str) -> PublishedFile:
    """Returns a file that is known by its bytes."""
    return PublishedFile(name, md5(data), homes or (NOWHERE,))


def published_zipped(name: str, content: bytes, *homes: str) -> tuple[PublishedFile, bytes]:
    """Returns a file that is known by its content as well, and its bytes."""
    data = gzip.compress(content, mtime=1)
    return PublishedFile(name, md5(data), homes or (NOWHERE,), md5(content), len(content)), data


def idx(array: np.ndarray) -> bytes:
    """Returns the content of an IDX file of bytes."""
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


@dataclass
class Server:
    """Files by their paths; what is asked for is noted."""

    home: str
    files: dict[str, bytes]
    requests: list[str] = field(default_factory=list)
    cut_short: set[str] = field(default_factory=set)


@contextlib.contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[Server]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/")
            server.requests.append(name)
            if name not in server.files:
                self.send_error(404)
                return
            data = server.files[name]
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if name in server.cut_short else data)

        def log_message(self, *_: object) -> None:
            pass

    listener = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{listener.server_port}/", dict(files))
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()
