"""`PayloadStore`: the bytes of a history, which take no more memory and room on disk than they are allowed to.

What is put in is kept as it is for a while, since much of it is taken out soon; then a thread packs it, and what memory
has no room for goes to a file.
"""

import itertools
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ca_logic.visualizer.session.packing import Octets, pack, unpack
from ca_logic.visualizer.session.spill_file import Pages, SpillFile

_SMALL_BYTES = 1 << 16
"""Fewer bytes are packed at once."""


@dataclass(eq=False)
class Payload:
    """Bytes in a store, in one of three forms.

    Attributes:
        num_bytes: how many there are.
        raw: the bytes as they are, or None.
        blocks: the bytes as `packing` packs them, or None.
        pages: where the blocks are in the file.
        lengths: of the blocks there.
    """

    num_bytes: int
    raw: Octets | None = None
    blocks: tuple[bytes, ...] | None = None
    pages: "Pages | None" = None
    lengths: tuple[int, ...] = ()


class PayloadStore:
    """Holds payloads.

    A third of the memory is for bytes as they are, a third for those being packed, and a third for packed ones.
    A payload that is larger takes its memory until it is packed; then the next one has to wait.
    """

    def __init__(self, *, memory: int, disk: int) -> None:
        """Makes an empty store.

        Args:
            memory: bytes that the payloads may take there.
            disk: bytes that they may take in a temporary file.
        """
        self._share = memory // 3
        self._file = SpillFile(disk)
        self._lock = threading.RLock()
        self._raw: OrderedDict[Payload, None] = OrderedDict()
        self._packed: OrderedDict[Payload, int] = OrderedDict()
        self._waiting: dict[Payload, Future[None]] = {}
        self._raw_bytes = self._packed_bytes = self._waiting_bytes = 0
        self._packer = ThreadPoolExecutor(1, thread_name_prefix="ca_logic packer")

    @property
    def memory_bytes(self) -> int:
        """Bytes in memory."""
        with self._lock:
            return self._raw_bytes + self._waiting_bytes + self._packed_bytes

    @property
    def disk_bytes(self) -> int:
        """Bytes on disk."""
        with self._lock:
            return self._file.num_bytes

    @property
    def is_full(self) -> bool:
        """Whether there is more than is allowed, so that something has to be dropped."""
        with self._lock:
            return self._packed_bytes > self._share

    @property
    def is_busy(self) -> bool:
        """Whether payloads wait for being packed; who can put more later should."""
        return bool(self._waiting)

    def put(self, octets: Octets) -> Payload:
        """Keeps bytes, which nobody may change any more; waits if too many are still to be packed."""
        payload = Payload(len(octets), raw=octets)
        if len(octets) < _SMALL_BYTES:
            self._keep_packed(payload, pack(octets))
            return payload
        while self._waiting_bytes > self._share:
            self._wait_for_one()
        with self._lock:
            self._raw[payload] = None
            self._raw_bytes += payload.num_bytes
            while self._raw_bytes > self._share:
                oldest, _ = self._raw.popitem(last=False)
                self._raw_bytes -= oldest.num_bytes
                self._waiting_bytes += oldest.num_bytes
                self._waiting[oldest] = self._packer.submit(self._pack, oldest)
        return payload

    def get(self, payload: Payload) -> Octets:
        """Returns the bytes, which must not be changed."""
        with self._lock:
            if payload.raw is not None:
                return payload.raw
            blocks = payload.blocks
            if blocks is None:
                assert payload.pages is not None, "what is dropped is gone"
                data = self._file.read(payload.pages, sum(payload.lengths))
                ends = itertools.accumulate(payload.lengths, initial=0)
                blocks = tuple(data[start:end] for start, end in itertools.pairwise(ends))
        return unpack(blocks, payload.num_bytes)

    def drop(self, payload: Payload) -> None:
        """Forgets the bytes."""
        with self._lock:
            if payload in self._raw:
                del self._raw[payload]
                self._raw_bytes -= payload.num_bytes
            elif payload in self._waiting:
                self._waiting.pop(payload).cancel()
                self._waiting_bytes -= payload.num_bytes
            elif payload in self._packed:
                self._packed_bytes -= self._packed.pop(payload)
            elif payload.pages is not None:
                self._file.free(payload.pages)
            payload.raw = payload.blocks = payload.pages = None
            self._spill()

    def settle(self) -> None:
        """Waits until all that waits for being packed is."""
        while self._waiting:
            self._wait_for_one()

    def close(self) -> None:
        """Forgets everything, and deletes the file."""
        with self._lock:
            for payload in [*self._raw, *self._waiting, *self._packed]:
                self.drop(payload)
        self._packer.shutdown(cancel_futures=True)
        self._file.close()

    def _wait_for_one(self) -> None:
        with self._lock:
            future = next(iter(self._waiting.values()), None)
        if future is not None:
            future.result()

    def _pack(self, payload: Payload) -> None:
        raw = payload.raw
        if raw is None:
            return
        blocks = pack(raw)
        with self._lock:
            if self._waiting.pop(payload, None) is not None:
                self._waiting_bytes -= payload.num_bytes
                self._keep_packed(payload, blocks)

    def _keep_packed(self, payload: Payload, blocks: tuple[bytes, ...]) -> None:
        with self._lock:
            payload.raw, payload.blocks = None, blocks
            size = sum(map(len, blocks))
            self._packed[payload] = size
            self._packed_bytes += size
            self._spill()

    def _spill(self) -> None:
        """Moves what was packed first to the file, until memory has room for the rest."""
        while self._packed_bytes > self._share:
            payload = next(iter(self._packed))
            assert payload.blocks is not None, "it is packed"
            pages = self._file.write(b"".join(payload.blocks))
            if pages is None:
                return
            self._packed_bytes -= self._packed.pop(payload)
            payload.pages, payload.lengths, payload.blocks = pages, tuple(map(len, payload.blocks)), None
