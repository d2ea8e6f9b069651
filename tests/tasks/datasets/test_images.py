"""IDX files and images: digits, their borders, and CIFAR-10 in both editions."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from PIL import Image

from ca_logic.errors import DataError
from ca_logic.files import cache_path
from ca_logic.tasks.datasets import cifar
from ca_logic.tasks.datasets.cifar import CLASSES, JPEG_COPY, read_cifar, read_jpeg_copy
from ca_logic.tasks.datasets.data_set import Origin
from ca_logic.tasks.datasets.digits import crop_borders, pixel_columns, read_cropped_digits, read_digits
from ca_logic.tasks.datasets.idx import idx_size, read_idx
from ca_logic.tasks.datasets.source import ReadFile, Source
from tests.tasks.datasets.published_files import idx


def given_file(content: bytes, name: str = "file") -> ReadFile:
    return ReadFile(content, Origin(name, "nowhere", ""))


# IDX.


@given(st_numpy.arrays(np.uint8, st_numpy.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5)))
def test_idx_gives_back_what_was_written(array: np.ndarray) -> None:
    content = idx(array)
    assert len(content) == idx_size(array.shape)
    np.testing.assert_array_equal(read_idx(content, num_dimensions=array.ndim, name="file"), array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "labels is truncated: it has 0 bytes, but its header alone takes 8"),
        (b"\0\0\x08", "labels is truncated: it has 3 bytes"),
        (idx(np.zeros(5))[:-1], "labels is truncated: its header tells of 5 bytes, but 4 follow"),
        (idx(np.zeros(5)) + b"\0", "labels is too long: its header tells of 5 bytes, but 6 follow"),
        (idx(np.zeros((5, 2))), "labels begins with 00000802, but IDX of bytes in 1 dimensions with 00000801"),
        (b"\0\0\x0d\x01" + bytes(8), "labels begins with 00000d01"),
        (b"\x1f\x8b", "labels begins with 1f8b"),
        (b"\0\0\x08\x01" + b"\xff" * 4, "its header tells of 4294967295 bytes, but 0 follow"),
    ],
)
def test_damaged_idx_is_told_in_one_line(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_idx(content, num_dimensions=1, name="labels")
    assert len(str(caught.value).splitlines()) == 1


# Digits.


def images(seed: int, number: int) -> np.ndarray:
    """Returns digits of all sizes in all places: black but for a rectangle of noise of at most 20x20."""
    rng = np.random.default_rng(seed)
    pictures = np.zeros((number, 28, 28), dtype=np.uint8)
    for picture in pictures:
        height, width = rng.integers(0, 21, 2)
        top, left = rng.integers(0, 29 - height), rng.integers(0, 29 - width)
        picture[top : top + height, left : left + width] = rng.integers(0, 3, (height, width))
    return pictures


def first_kept_as_difflogic_counts(is_black: list[bool]) -> int:
    """Follows the loops of difflogic's `MNISTRemoveBorderTransform`, line by line."""
    first = last = 0
    while is_black[first] and first < 14:
        first += 1
    while is_black[-last - 1] and last < 14:
        last += 1
    assert first + last >= 8
    while first + last >= 10:
        if first > 0:
            first -= 1
        if last > 0:
            last -= 1
    if first + last == 9 and first > 0:
        first -= 1
    return first


@given(st.integers(0, 2**32))
def test_borders_are_cropped_as_difflogic_does(seed: int) -> None:
    pictures = images(seed, 5)
    for picture, cropped in zip(pictures, crop_borders(pictures), strict=True):
        top = first_kept_as_difflogic_counts([not row.any() for row in picture])
        left = first_kept_as_difflogic_counts([not column.any() for column in picture.T])
        np.testing.assert_array_equal(cropped, picture[top : top + 20, left : left + 20])


@given(st.integers(0, 2**32))
def test_cropping_loses_no_ink(seed: int) -> None:
    pictures = images(seed, 5)
    np.testing.assert_array_equal(crop_borders(pictures).sum(axis=(1, 2)), pictures.sum(axis=(1, 2)))


def test_a_digit_that_is_too_large_is_refused() -> None:
    with pytest.raises(DataError, match="does not fit into 20x20 pixels"):
        crop_borders(np.ones((1, 28, 28), dtype=np.uint8))


def digit_files(train: np.ndarray, test: np.ndarray, *, num_labels: int | None = None) -> list[ReadFile]:
    files = []
    for part, pictures in (("train", train), ("test", test)):
        files.append(given_file(idx(pictures), f"{part}-images"))
        files.append(given_file(idx(np.arange(num_labels or len(pictures)) % 10), f"{part}-labels"))
    return files


def test_digits_are_rows_of_pixels_the_test_part_last() -> None:
    train, test = images(1, 7), images(2, 4)
    data = read_digits("mnist", digit_files(train, test))
    assert (data.num_train, data.num_test, data.image_shape) == (7, 4, (1, 28, 28))
    np.testing.assert_array_equal(data.features.reshape(-1, 28, 28), np.concatenate([train, test]))
    assert data.labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3]
    assert data.columns[3 * 28 + 17].name == "y3x17"
    cropped = read_cropped_digits("mnist20x20", digit_files(train, test))
    assert cropped.image_shape == (1, 20, 20)
    assert len(cropped.columns) == cropped.features.shape[1] == 400
    np.testing.assert_array_equal(cropped.features[:7].reshape(-1, 20, 20), crop_borders(train))


def test_images_without_their_labels_are_refused() -> None:
    with pytest.raises(
        DataError, match="train-images holds 3x28x28 pixels and train-labels 2 labels; mnist has images"
    ):
        read_digits("mnist", digit_files(images(1, 3), images(1, 3), num_labels=2))
    with pytest.raises(DataError, match="train-images holds 3x27x28 pixels"):
        read_digits("mnist", digit_files(images(1, 3)[:, 1:], images(1, 3)))
    with pytest.raises(DataError, match="mnist has labels from 0 to 1, but a label 2 was read"):
        read_digits("mnist", digit_files(images(1, 3), images(1, 3)), classes=("0", "1"))


def test_pixels_are_named_by_channel_row_and_column() -> None:
    names = [column.name for column in pixel_columns(3, 2, 2)]
    assert names[:5] == ["red_y0x0", "red_y0x1", "red_y1x0", "red_y1x1", "green_y0x0"]
    assert len(set(names)) == 12


# CIFAR-10, a hundred images instead of 60,000.


@pytest.fixture
def small_cifar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(cifar, "_BATCH_SAMPLES", 10)
    monkeypatch.setattr(cifar, "_NUM_TRAIN", 50)
    monkeypatch.setattr(cifar, "_NUM_TEST", 10)
    monkeypatch.setattr(cifar, "_ARCHIVES", {"train.tar.gz": 50, "test.tar.gz": 10})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def batches(seed: int = 0) -> dict[str, bytes]:
    rng = np.random.default_rng(seed)
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    files = {}
    for name in reversed(names):
        records = rng.integers(0, 256, (10, 3073), dtype=np.uint8)
        records[:, 0] = rng.permutation(10)
        files[f"cifar-10-batches-bin/{name}"] = records.tobytes()
    return {"cifar-10-batches-bin/readme.html": b"<html>", **files}


@pytest.mark.usefixtures("small_cifar")
def test_the_published_archive_is_read_in_order() -> None:
    files = batches()
    data = read_cifar("cifar-10", [given_file(archive(files))])
    assert (data.name, data.num_train, data.num_test, data.image_shape) == ("cifar-10", 50, 10, (3, 32, 32))
    records = np.frombuffer(files["cifar-10-batches-bin/data_batch_2.bin"], dtype=np.uint8).reshape(10, 3073)
    np.testing.assert_array_equal(data.features[10:20], records[:, 1:])
    np.testing.assert_array_equal(data.labels[10:20], records[:, 0])


@pytest.mark.usefixtures("small_cifar")
def test_a_damaged_archive_is_told_in_one_line() -> None:
    files = batches()
    whole = archive(files)
    short = {**files, "cifar-10-batches-bin/test_batch.bin": bytes(3073)}
    foreign = {**files, "cifar-10-batches-bin/test_batch.bin": b"\x0a" * 30730}
    missing = {name: data for name, data in files.items() if "batch_3" not in name}
    for content, message in (
        (whole[: len(whole) // 2], "file is damaged: it is no archive that can be read"),
        (b"no archive", "file is damaged: it is no archive that can be read"),
        (archive(short), r"file: test_batch\.bin has 3073 bytes instead of 30730"),
        (archive(foreign), "labels from 0 to 9, but a label 10 was read"),
        (archive(missing), r"file holds no data_batch_3\.bin"),
    ):
        with pytest.raises(DataError, match=message):
            read_cifar("cifar-10", [given_file(content)])


def jpegs(part: str, number: int, *, side: int = 32) -> dict[str, bytes]:
    """Returns images of one colour each, which JPEG keeps nearly as it is."""
    files = {}
    for label, name in enumerate(CLASSES):
        for index in range(number):
            buffer = io.BytesIO()
            Image.new("RGB", (side, side), (20 * label, 255 - 20 * label, 40 * index)).save(buffer, "JPEG", quality=95)
            files[f"{part}/{name}/{index:04d}.jpg"] = buffer.getvalue()
    return files


def write_copy(folder: Path, train: dict[str, bytes], test: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "train.tar.gz").write_bytes(archive(train))
    (folder / "test.tar.gz").write_bytes(archive(test))


@pytest.mark.parametrize("place", ["", "cifar-10-jpeg"])
def test_the_jpeg_copy_says_that_it_is_one(place: str, small_cifar: Path) -> None:
    assert read_jpeg_copy(Source(small_cifar)) is None
    assert read_jpeg_copy(Source()) is None
    write_copy(small_cifar / place, jpegs("train", 5), jpegs("test", 1))
    data = read_jpeg_copy(Source(small_cifar))
    assert data is not None
    assert data.name == JPEG_COPY == "cifar-10 (JPEG copy)"
    assert (data.num_train, data.num_test) == (50, 10)
    assert [origin.name for origin in data.provenance.origins] == ["train.tar.gz", "test.tar.gz"]
    assert np.bincount(data.labels[:50]).tolist() == [5] * 10
    assert data.labels[:50].tolist() != sorted(data.labels[:50])
    red, green, _ = data.features.reshape(60, 3, 32, 32).mean(axis=(2, 3)).T
    np.testing.assert_allclose(red, 20 * data.labels, atol=2)
    np.testing.assert_allclose(green, 255 - 20 * data.labels, atol=2)


def test_jpegs_are_decoded_once_and_a_damaged_cache_is_passed_over(
    small_cifar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_copy(small_cifar, jpegs("train", 5), jpegs("test", 1))
    first = read_jpeg_copy(Source(small_cifar))
    assert first is not None
    decode = cifar._decode
    decoded: list[str] = []

    def count(data: bytes, name: str) -> np.ndarray:
        decoded.append(name)
        return decode(data, name)

    monkeypatch.setattr(cifar, "_decode", count)
    (cached,) = (cache_path("data") / "cifar-10-jpeg").iterdir()
    for damage in (False, True):
        if damage:
            cached.write_bytes(bytes(cached.stat().st_size))
        data = read_jpeg_copy(Source(small_cifar))
        assert data is not None
        np.testing.assert_array_equal(data.features, first.features)
        np.testing.assert_array_equal(data.labels, first.labels)
        assert len(decoded) == 60 * damage


def test_a_copy_that_is_not_whole_is_refused(small_cifar: Path) -> None:
    train, test = jpegs("train", 5), jpegs("test", 1)
    some = next(iter(train))
    for wrong, message in (
        ({name: data for name, data in train.items() if name != some}, "holds 49 images of CIFAR-10, 4 to 5 a class"),
        ({**train, some: train[some][:50]}, f"{some} is damaged: it is no JPEG that can be read"),
        ({**train, some: b"GIF89a"}, f"{some} is damaged"),
        ({**train, some: jpegs("train", 1, side=16)[some]}, f"{some} has 16x16 pixels instead of 32x32"),
        ({}, "holds 0 images of CIFAR-10"),
    ):
        write_copy(small_cifar, wrong, test)
        with pytest.raises(DataError, match=message) as caught:
            read_jpeg_copy(Source(small_cifar))
        assert str(small_cifar / "train.tar.gz") in str(caught.value)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_damage_to_an_archive_is_an_error_for_people(data: st.DataObject) -> None:
    content = bytearray(archive({"a/data_batch_1.bin": b"1" * 100}))
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    with pytest.raises(DataError):
        read_cifar("cifar-10", [given_file(bytes(content))])
