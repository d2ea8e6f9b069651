import contextlib
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.visualizer.session import packing, payloads, spill_file
from ca_logic.visualizer.session.packing import pack, unpack
from ca_logic.visualizer.session.payloads import PayloadStore
from ca_logic.visualizer.session.spill_file import SpillFile
from tests.oracles import seeds


def random_octets(num_bytes: int, density: float = 1.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    octets = rng.integers(0, 256, num_bytes, dtype=np.uint8)
    octets[rng.random(num_bytes) >= density] = 0
    return octets


@settings(deadline=None)
@given(
    num_bytes=st.one_of(st.integers(0, 300), st.sampled_from([packing._SAMPLE_BYTES + 1, 1 << 17])),
    density=st.sampled_from([0.0, 0.001, 0.1, 1.0]),
    block=st.sampled_from([7, 64, 1 << 20]),
    seed=seeds,
)
def test_what_is_unpacked_is_what_was_packed(num_bytes: int, density: float, block: int, seed: int) -> None:
    octets = random_octets(num_bytes, density, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "_BLOCK_BYTES", block)
        blocks = pack(octets)
        np.testing.assert_array_equal(unpack(blocks, num_bytes), octets)
    assert sum(map(len, blocks)) <= num_bytes + len(blocks)


def test_dead_cells_take_no_bytes() -> None:
    assert pack(np.zeros(5 << 20, dtype=np.uint8)) == (b"",) * 5


def test_few_live_cells_take_few_bytes() -> None:
    assert sum(map(len, pack(random_octets(1 << 20, 0.001)))) < 1 << 14


class TestSpillFile:
    def test_data_come_back(self) -> None:
        file = SpillFile(1 << 20)
        pieces = [random_octets(size, seed=size).tobytes() for size in (1, 16_384, 16_385, 100_000)]
        pages = [file.write(piece) for piece in pieces]
        for piece, where in zip(pieces, pages, strict=True):
            assert where is not None
            assert file.read(where, len(piece)) == piece
        assert file.num_bytes == (1 + 1 + 2 + 7) << 14
        file.close()

    def test_room_is_used_again(self) -> None:
        file = SpillFile(3 << 14)
        first, second = file.write(b"a" * 20_000), file.write(b"b" * 16_384)
        assert first is not None
        assert second is not None
        assert file.write(b"c") is None
        file.free(first)
        third = file.write(b"d" * 32_768)
        assert third is not None
        assert file.read(third, 32_768) == b"d" * 32_768
        assert file.read(second, 16_384) == b"b" * 16_384
        assert file.num_bytes == 3 << 14
        file.close()

    def test_a_full_disk_takes_nothing_more_and_keeps_what_it_has(self) -> None:
        file = SpillFile(1 << 20)
        pages = file.write(b"a" * 20_000)
        assert pages is not None
        internals: Any = file
        real = internals._file

        class FullDisk:
            def __getattr__(self, name: str) -> Any:
                return getattr(real, name)

            def write(self, _: bytes) -> int:
                return 0

        internals._file = FullDisk()
        assert file.write(b"b") is None
        internals._file = real
        assert file.write(b"b") is None
        assert file.read(pages, 20_000) == b"a" * 20_000
        assert file.num_bytes == 2 << 14
        file.close()

    def test_where_there_can_be_no_file_there_is_no_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(**_: object) -> None:
            raise PermissionError

        monkeypatch.setattr("tempfile.TemporaryFile", refuse)
        file = SpillFile(1 << 20)
        assert file.write(b"a") is None
        file.close()

    def test_it_is_where_the_user_wants_temporary_files(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        assert spill_file._folder() is None
        monkeypatch.delenv("TMPDIR")
        monkeypatch.setattr(spill_file, "_DISK_FOLDER", str(tmp_path))
        assert spill_file._folder() == str(tmp_path)
        monkeypatch.setattr(spill_file, "_DISK_FOLDER", str(tmp_path / "none"))
        assert spill_file._folder() is None


class TestPayloadStore:
    @settings(deadline=None, max_examples=40)
    @given(data=st.data(), memory=st.sampled_from([0, 3000, 100_000]), disk=st.sampled_from([0, 1 << 16, 1 << 20]))
    def test_payloads_come_back_until_they_are_dropped(self, data: st.DataObject, memory: int, disk: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(payloads, "_SMALL_BYTES", 500)
            with contextlib.closing(PayloadStore(memory=memory, disk=disk)) as store:
                self.check(data, store, memory=memory, disk=disk)

    def check(self, data: st.DataObject, store: PayloadStore, *, memory: int, disk: int) -> None:
        kept = []
        for number in range(data.draw(st.integers(1, 20))):
            octets = random_octets(data.draw(st.integers(1, 4000)), data.draw(st.sampled_from([0.1, 1.0])), number)
            kept.append((store.put(octets.copy()), octets))
            if data.draw(st.booleans()):
                store.drop(kept.pop(data.draw(st.integers(0, len(kept) - 1)))[0])
            for payload, expected in kept:
                np.testing.assert_array_equal(store.get(payload), expected)
        store.settle()
        for payload, expected in kept:
            np.testing.assert_array_equal(store.get(payload), expected)
        assert store.memory_bytes <= sum(len(expected) + 1 for _, expected in kept)
        assert store.memory_bytes <= memory or store.is_full
        assert store.disk_bytes <= disk
        for payload, _ in kept:
            store.drop(payload)
        assert store.memory_bytes == store.disk_bytes == 0
        assert not store.is_full

    def test_what_is_dropped_soon_is_never_packed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(payloads, "pack", lambda _: pytest.fail("it was packed"))
        store = PayloadStore(memory=3 << 20, disk=0)
        for seed in range(10):
            payload = store.put(random_octets(1 << 19, seed=seed))
            assert not store.is_busy
            store.drop(payload)
        store.close()

    def test_packing_goes_on_beside(self, monkeypatch: pytest.MonkeyPatch) -> None:
        may_pack, packed_by = threading.Event(), []

        def pack_later(octets: np.ndarray) -> tuple[bytes, ...]:
            may_pack.wait()
            packed_by.append(threading.current_thread())
            return pack(octets)

        monkeypatch.setattr(payloads, "pack", pack_later)
        store = PayloadStore(memory=3 << 16, disk=0)
        octets = random_octets(1 << 18, 0.1)
        payload = store.put(octets)
        assert store.is_busy
        np.testing.assert_array_equal(store.get(payload), octets)
        may_pack.set()
        store.settle()
        assert not store.is_busy
        assert packed_by != [threading.current_thread()]
        np.testing.assert_array_equal(store.get(payload), octets)
        store.close()

    def test_what_is_dropped_while_it_is_packed_is_gone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        is_packing, may_pack = threading.Event(), threading.Event()

        def pack_later(octets: np.ndarray) -> tuple[bytes, ...]:
            is_packing.set()
            may_pack.wait()
            return pack(octets)

        monkeypatch.setattr(payloads, "pack", pack_later)
        store = PayloadStore(memory=3 << 16, disk=1 << 20)
        payload = store.put(random_octets(1 << 18))
        is_packing.wait()
        store.drop(payload)
        may_pack.set()
        store.close()
        assert store.memory_bytes == store.disk_bytes == 0

    def test_a_full_store_has_room_again_when_something_is_dropped(self) -> None:
        store = PayloadStore(memory=30_000, disk=1 << 16)
        kept = [store.put(random_octets(9000, seed=seed)) for seed in range(7)]
        assert store.is_full
        store.drop(kept[0])
        store.drop(kept[1])
        assert not store.is_full
        assert store.memory_bytes <= 30_000
        for seed, payload in enumerate(kept[2:], 2):
            np.testing.assert_array_equal(store.get(payload), random_octets(9000, seed=seed))
        store.close()
