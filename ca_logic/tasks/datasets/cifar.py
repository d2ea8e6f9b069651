"""CIFAR-10: as published, or a copy of it as JPEG files, whose pixels differ and which is named so everywhere."""

import contextlib
import dataclasses
import hashlib
import io
import itertools
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import DataError, OutputError
from ca_logic.files import cache_path, is_private, make_private_folder, write_atomically
from ca_logic.tasks.datasets.data_set import DataSet, Origin, Provenance
from ca_logic.tasks.datasets.digits import pixel_columns
from ca_logic.tasks.datasets.file_bytes import md5_of, read_bytes
from ca_logic.tasks.datasets.source import ReadFile, Source

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
JPEG_COPY = "cifar-10 (JPEG copy)"

_SIDE = 32
_PIXELS = 3 * _SIDE * _SIDE
_NUM_TRAIN, _NUM_TEST = 50_000, 10_000
_BATCHES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
_BATCH_SAMPLES = 10_000
_RECORD = 1 + _PIXELS
_ARCHIVES = {"train.tar.gz": _NUM_TRAIN, "test.tar.gz": _NUM_TEST}
_JPEG_FOLDER = "cifar-10-jpeg"
_JPEG_NAME = re.compile(r"(?:\./)?(?:train|test)/([a-z]+)/[^/]+\.jpe?g")
_MAX_JPEG_BYTES = 1 << 16
_MAX_MEMBERS = 1 << 17

Records = UInt8[np.ndarray, "samples 3073"]
"""One label, then the pixels: red, green and blue, each row by row."""


def read_cifar(name: str, files: Sequence[ReadFile]) -> DataSet:
    """Returns the images of the published archive.

    Its single files are not taken: nobody has published their checksums, so they might have been made of anything.

    Raises:
        DataError: if it is no such archive.
    """
    (archive,) = files
    return _data_set(name, _read_archive(archive.content, archive.name))


def read_jpeg_copy(source: Source) -> DataSet | None:
    """Returns the images of the JPEG copy, whose name says so, or None if the source has none.

    Raises:
        DataError: if it has one that is damaged.
    """
    archives = [path for archive in _ARCHIVES if (path := next(source.paths(archive, (_JPEG_FOLDER,)), None))]
    if len(archives) < len(_ARCHIVES):
        return None
    records, origins = _read_jpegs(archives)
    return dataclasses.replace(_data_set(JPEG_COPY, records), provenance=Provenance(origins))


def _data_set(name: str, records: Records) -> DataSet:
    return DataSet(
        name=name,
        columns=pixel_columns(3, _SIDE, _SIDE),
        features=records[:, 1:],
        labels=records[:, 0].astype(np.int32),
        classes=CLASSES,
        num_test=_NUM_TEST,
        image_shape=(3, _SIDE, _SIDE),
    )


def _read_archive(content: bytes, name: str) -> Records:
    parts: dict[str, Records] = {}
    for path, data in _members(content, name, max_bytes=_BATCH_SAMPLES * _RECORD):
        batch = Path(path).name
        if batch in _BATCHES:
            if len(data) != _BATCH_SAMPLES * _RECORD:
                raise DataError(f"{name}: {batch} has {len(data)} bytes instead of {_BATCH_SAMPLES * _RECORD}.")
            parts[batch] = np.frombuffer(data, dtype=np.uint8).reshape(_BATCH_SAMPLES, _RECORD)
    if missing := [batch for batch in _BATCHES if batch not in parts]:
        raise DataError(f"{name} holds no {missing[0]}.")
    records = np.concatenate([parts[batch] for batch in _BATCHES])
    if records[:, 0].max() >= len(CLASSES):
        raise DataError(f"{name} has labels from 0 to {len(CLASSES) - 1}, but a label {records[:, 0].max()} was read.")
    return records


def _read_jpegs(archives: list[Path]) -> tuple[Records, tuple[Origin, ...]]:
    """Returns the images of both archives, decoded only once for each of their contents, and decoder."""
    from PIL import features

    contents = [read_bytes(path) for path in archives]
    origins = tuple(
        Origin(path.name, str(path.parent), md5_of(data)) for path, data in zip(archives, contents, strict=True)
    )
    # Decoders may differ in the last bit of a pixel.
    decoder = features.version("jpg") or ""
    digest = hashlib.sha256("\n".join([decoder, *(origin.md5 for origin in origins)]).encode()).hexdigest()[:32]
    cached = _read_cached(digest)
    if cached is not None:
        return cached, origins
    records = np.concatenate(
        [
            _decode_archive(data, path, num_samples)
            for data, path, num_samples in zip(contents, archives, _ARCHIVES.values(), strict=True)
        ]
    )
    # What is not written is decoded again.
    with contextlib.suppress(OutputError):
        data = records.tobytes()
        write_atomically(make_private_folder(_cache_folder()) / f"{digest}-{md5_of(data)}.bin", data)
    return records, origins


def _read_cached(digest: str) -> Records | None:
    """Returns the images that were decoded before, if their file still is what its name says."""
    folder = _cache_folder()
    if not is_private(folder):
        return None
    for path in folder.glob(f"{digest}-*.bin"):
        with contextlib.suppress(DataError):
            data = read_bytes(path)
            if len(data) == (_NUM_TRAIN + _NUM_TEST) * _RECORD and path.stem == f"{digest}-{md5_of(data)}":
                return np.frombuffer(data, dtype=np.uint8).reshape(-1, _RECORD)
    return None


def _cache_folder() -> Path:
    return cache_path("data") / _JPEG_FOLDER


def _decode_archive(content: bytes, path: Path, num_samples: int) -> Records:
    """Returns the images of one archive in a fixed shuffle, since the copy does not keep the published order."""
    members = {}
    for name, data in _members(content, str(path), max_bytes=_MAX_JPEG_BYTES):
        match = _JPEG_NAME.fullmatch(name)
        if match and match[1] in CLASSES:
            members[name] = (CLASSES.index(match[1]), data)
    counts = np.bincount([label for label, _ in members.values()], minlength=len(CLASSES))
    if (counts != num_samples // len(CLASSES)).any():
        raise DataError(
            f"{path} holds {len(members)} images of CIFAR-10, {counts.min()} to {counts.max()} a class; there are "
            f"{num_samples // len(CLASSES)} a class, as train/<class>/NNNN.jpg or test/<class>/NNNN.jpg."
        )
    records = np.empty((num_samples, _RECORD), dtype=np.uint8)
    for record, (name, (label, data)) in zip(records, sorted(members.items()), strict=True):
        record[0], record[1:] = label, _decode(data, f"{path}: {name}")
    return np.random.default_rng(0).permutation(records)


def _decode(data: bytes, name: str) -> UInt8[np.ndarray, "3072"]:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            if image.size != (_SIDE, _SIDE):
                raise DataError(f"{name} has {image.width}x{image.height} pixels instead of {_SIDE}x{_SIDE}.")
            return np.asarray(image.convert("RGB")).transpose(2, 0, 1).ravel()
    except (OSError, ValueError, SyntaxError):
        raise DataError(f"{name} is damaged: it is no JPEG that can be read.") from None


def _members(content: bytes, name: str, *, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Yields name and content of the files in an archive; those too large, or behind too many, are passed over."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r|*") as archive:
            for member in itertools.islice(archive, _MAX_MEMBERS):
                if member.isfile() and member.size <= max_bytes:
                    file = archive.extractfile(member)
                    yield member.name, file.read() if file else b""
    except (tarfile.TarError, EOFError, OSError, zlib.error):
        raise DataError(f"{name} is damaged: it is no archive that can be read.") from None
