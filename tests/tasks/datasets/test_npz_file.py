"""NumPy archives: samples and images, without pickles."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.errors import DataError
from ca_logic.tasks.datasets import file_bytes
from ca_logic.tasks.datasets.npz_file import read_npz

ROWS = np.arange(6, dtype=np.float64).reshape(3, 2)
Y = np.array([0, 1, 0])


def written(tmp_path: Path, **arrays: object) -> Path:
    path = tmp_path / "data.npz"
    kept: dict[str, Any] = {name: np.asarray(array) for name, array in arrays.items()}
    np.savez(path, **kept)
    return path


def test_rows_and_classes_are_read(tmp_path: Path) -> None:
    data = read_npz(written(tmp_path, X=ROWS, Y=["b", "a", "b"]))
    np.testing.assert_array_equal(data.features, ROWS.astype(np.float32))
    assert [(column.name, column.kind) for column in data.columns] == [("x0", "number"), ("x1", "number")]
    assert (data.classes, data.labels.tolist(), data.num_test) == (("a", "b"), [1, 0, 1], 0)


@pytest.mark.parametrize("y", [[5, 7, 5], [5.0, 7.0, 5.0], np.array([5, 7, 5], np.uint8)])
def test_classes_are_named_by_their_numbers(y: object, tmp_path: Path) -> None:
    data = read_npz(written(tmp_path, x=ROWS, y=y))
    assert [int(float(text)) for text in data.classes] == [5, 7]
    assert data.labels.tolist() == [0, 1, 0]


def test_names_and_classes_may_be_given(tmp_path: Path) -> None:
    data = read_npz(written(tmp_path, x=ROWS, y=Y, names=["height", "width"], classes=["no", "yes", "never"]))
    assert [column.name for column in data.columns] == ["height", "width"]
    assert data.classes == ("no", "yes", "never")


def test_a_test_part_stays_one(tmp_path: Path) -> None:
    images = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    data = read_npz(written(tmp_path, x_train=images[:3], y_train=Y, x_test=images[3:], y_test=[1, 1]))
    assert (data.num_train, data.num_test, data.image_shape) == (3, 2, (1, 4, 3))
    assert {column.kind for column in data.columns} == {"pixel"}
    assert data.features.dtype == np.uint8
    np.testing.assert_array_equal(data.features, images.reshape(5, 12))


@pytest.mark.parametrize("channels_last", [False, True])
def test_images_lie_channel_by_channel(channels_last: bool, tmp_path: Path) -> None:
    images = np.arange(3 * 3 * 5 * 4, dtype=np.uint8).reshape(3, 3, 5, 4)
    given = images.transpose(0, 2, 3, 1) if channels_last else images
    data = read_npz(written(tmp_path, x=given, y=Y))
    assert data.image_shape == (3, 5, 4)
    np.testing.assert_array_equal(data.features, images.reshape(3, 60))
    assert data.columns[21].name == "green_y0x1"


def test_missing_numbers_are_refused_kept_or_dropped(tmp_path: Path) -> None:
    x = np.array([[1, np.nan], [2, 3], [4, 5]])
    path = written(tmp_path, x=x, y=Y)
    fault = r"data\.npz row 1, column 'x1': a number is missing \(NaN\), as in 1 rows; "
    with pytest.raises(DataError, match=rf"{fault}fill it in, or leave the row out\.$"):
        read_npz(path)
    with pytest.raises(DataError, match=rf"{fault}look for it\.$"):
        read_npz(path, remedy="look for it")
    np.testing.assert_array_equal(read_npz(path, missing="keep").features, x.astype(np.float32))
    assert read_npz(path, missing="drop").num_samples == 2


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": ROWS}, r"data\.npz has no array y; it must hold x and y, or x_train.*, but holds 'x'"),
        ({}, "has no array x; .* but holds nothing"),
        ({"x_train": ROWS, "y_train": Y}, "has no array x_test"),
        ({"x": ROWS, "y": Y[:2]}, r"x has the shape \(3, 2\) and y \(2,\); they must have a row and a class for each"),
        ({"x": Y, "y": Y}, r"x has the shape \(3,\) and y \(3,\)"),
        ({"x": ROWS, "y": ROWS}, r"y \(3, 2\)"),
        ({"x": [["a", "b"]] * 3, "y": Y}, "x is an array of 2 dimensions and type <U1; samples are rows of numbers"),
        ({"x": ROWS + 0j, "y": Y}, "type complex128"),
        ({"x": np.zeros((3, 1, 1, 1, 1)), "y": Y}, "x is an array of 5 dimensions"),
        ({"x": np.zeros((3, 2, 2, 2)), "y": Y}, "must have one channel or three"),
        ({"x": ROWS, "y": [0.5, 1, 0]}, "y is an array of type float64; classes are integers or texts"),
        ({"x": ROWS, "y": [0, np.nan, 0]}, "y is an array of type float64"),
        ({"x": ROWS, "y": [1, 1, 1]}, "all 3 samples of data.npz are in one class, '1'"),
        ({"x": ROWS[:0], "y": Y[:0]}, r"data\.npz has no samples to learn from"),
        ({"x": ROWS[:, :0], "y": Y}, "has no column besides its target"),
        ({"x": ROWS * 1e300, "y": Y}, "row 1: x holds a number that is infinite or too large for 32 bits"),
        ({"x": ROWS + np.inf, "y": Y}, "x holds a number that is infinite"),
        ({"x": ROWS, "y": Y, "names": ["a"]}, "names must be 2 different texts, one for each feature"),
        ({"x": ROWS, "y": Y, "names": ["a", "a"]}, "names must be 2 different texts"),
        ({"x": ROWS, "y": Y, "names": [1, 2]}, "names must be 2 different texts"),
        ({"x": ROWS, "y": Y, "classes": ["a"]}, "y must hold integers from 0 to 0, the places of classes"),
        ({"x": ROWS, "y": Y - 1, "classes": ["a", "b"]}, "y must hold integers from 0 to 1"),
        ({"x": ROWS, "y": Y, "classes": ["a", "a"]}, "classes must be different texts"),
        ({"x": np.zeros((2000, 1)), "y": np.arange(2000)}, "y has 2000 different values; a classifier tells at most"),
        ({"x": np.array([[{}]]), "y": [1]}, "holds what is no array of numbers or texts; write it with numpy.savez"),
    ],
)
def test_what_are_no_samples_is_told(arrays: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_npz(written(tmp_path, **arrays))
    assert len(str(caught.value).splitlines()) == 1


def test_an_array_cannot_claim_more_than_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 40, 1)})
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue())
    with pytest.raises(DataError, match="holds what is no array of numbers or texts"):
        read_npz(tmp_path / "data.npz")
    monkeypatch.setattr(file_bytes, "available_memory", lambda: 100)
    with pytest.raises(DataError, match="GiB of memory to read"):
        read_npz(written(tmp_path, x=ROWS, y=Y))


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2",
        "{'descr': '<f8', 'fortran_order': " + 4000 * "-" + "1, 'shape': (3, 2), }",
        "{'descr': ('<f8',), 'fortran_order': False, 'shape': (3, 2), }",
        "{'descr': 'i4,,', 'fortran_order': False, 'shape': (3, 2), }",
        "{'descr': '<f8', b'fortran_order': False, 'shape': (3, 2), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2" + 4000 * "-" + ")",
        "{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,), }",
        "__import__('os').getcwd()",
        "",
    ],
)
def test_headers_that_numpy_did_not_write_are_refused(header: str, tmp_path: Path) -> None:
    text = header.encode() + b"\n"
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text)
    with pytest.raises(DataError, match="holds what is no array of numbers or texts") as caught:
        read_npz(tmp_path / "data.npz")
    assert len(str(caught.value).splitlines()) == 1


def test_archives_of_python_2_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, x=ROWS, y=Y)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert content.count(b"(3, 2), } ") == 1
    with zipfile.ZipFile(path, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member.replace(b"(3, 2), } ", b"(3L, 2), }"))
    np.testing.assert_array_equal(read_npz(path).features, ROWS.astype(np.float32))


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "data.npz").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"data\.npz is damaged: it is no NumPy archive that can be read"):
        read_npz(tmp_path / "data.npz")
    with pytest.raises(DataError, match=r"cannot read .*missing\.npz: No such file"):
        read_npz(tmp_path / "missing.npz")
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(DataError, match="holds what is no array"):
        read_npz(tmp_path / "data.npz")


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_any_damage_is_an_error_for_people(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = written(tmp_path_factory.mktemp("npz"), x=ROWS, y=Y)
    content = bytearray(path.read_bytes())
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[position] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    message = "one line"
    try:
        num_samples = read_npz(path, missing="keep").num_samples
    except DataError as error:
        message = str(error)
    else:
        assert num_samples == 3
    assert len(message.splitlines()) == 1
