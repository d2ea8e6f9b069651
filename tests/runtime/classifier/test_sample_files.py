"""Files whose classes are to be told: tables, archives, pictures; what cannot be read is one line."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ca_logic.errors import DataError
from ca_logic.runtime.classifier.image_files import read_images
from ca_logic.runtime.classifier.sample_files import read_given_samples
from tests.runtime.classifier.models import image_model, iris_model, weather_data, weather_model

GREY = np.arange(16, dtype=np.uint8).reshape(4, 4) * 16
COLOUR = np.stack([GREY, GREY[::-1], GREY.T], axis=-1)


def picture(path: Path, pixels: np.ndarray, **options: Any) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def test_a_table_needs_no_classes(tmp_path: Path) -> None:
    model = weather_model(weather_data(tmp_path)[0])
    path = tmp_path / "new.csv"
    path.write_text("windy,outlook,temperature\nno,fog,3\n", encoding="utf-8")
    given_samples = read_given_samples(model, path)
    np.testing.assert_array_equal(given_samples.rows, [[np.nan, 3, 0]])
    assert (given_samples.names, given_samples.unseen) == ((), {"outlook": Counter(fog=1)})


def test_a_parquet_file_is_a_table_too(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    from pyarrow import parquet

    model = weather_model(weather_data(tmp_path)[0])
    columns = {"temperature": [30.0, 3.0], "outlook": ["sunny", None], "windy": ["no", "no"]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "new.parquet")
    rows = read_given_samples(model, tmp_path / "new.parquet").rows
    np.testing.assert_array_equal(rows[:, 1:], [[30, 0], [3, 0]])


@pytest.mark.parametrize("name", ["x", "X", "x_test"])
def test_an_archive_needs_no_classes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "new.npz"
    arrays: dict[str, Any] = {name: np.stack([GREY, GREY.T])}
    np.savez_compressed(path, **arrays)
    np.testing.assert_array_equal(
        read_given_samples(image_model(), path).rows, [GREY.ravel(), GREY.T.ravel()], strict=True
    )


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"z": GREY}, "has no array x or x_test"),
        ({"x": np.zeros(3)}, r"array x has 1 dimension\(s\); it must have a row for each sample"),
        ({"x": np.array([["a"]])}, "samples are rows of numbers, or images"),
        ({"x": np.array([[None]])}, "holds what is no array of numbers or texts"),
    ],
)
def test_an_archive_without_samples_is_refused(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "new.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError, match=message):
        read_given_samples(image_model(), path)


def test_a_folder_of_pictures_is_read_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    picture(folder / "b.png", GREY)
    picture(folder / "a.PNG", GREY.T)
    picture(folder / ".hidden.png", GREY)
    (folder / "readme.txt").write_text("no picture")
    samples = read_given_samples(image_model(), folder)
    assert samples.names == ("a.PNG", "b.png")
    np.testing.assert_array_equal(samples.rows, [GREY.T.ravel(), GREY.ravel()], strict=True)
    assert read_given_samples(image_model(), folder / "b.png").names == ("b.png",)


def test_colours_go_channel_by_channel_and_become_grey_where_there_are_none(tmp_path: Path) -> None:
    path = picture(tmp_path / "colour.png", COLOUR)
    rows, _ = read_images(image_model((3, 4, 4)), path)
    np.testing.assert_array_equal(rows[0], np.moveaxis(COLOUR, -1, 0).ravel())
    rows, _ = read_images(image_model(), path)
    np.testing.assert_array_equal(rows[0], np.asarray(Image.open(path).convert("L")).ravel())
    rows, _ = read_images(image_model((3, 4, 4)), picture(tmp_path / "grey.png", GREY))
    np.testing.assert_array_equal(rows[0], np.tile(GREY.ravel(), 3))


def test_pictures_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for path, message in [
        (picture(tmp_path / "large.png", np.zeros((5, 4), np.uint8)), "has 4x5 pixels; the model reads 4x4"),
        (picture(tmp_path / "deep.png", GREY.astype(np.uint16)), "has pixels of mode I;16; save it with 8 bits"),
        (tmp_path / "none.png", r"cannot read .*none\.png: No such file"),
    ]:
        with pytest.raises(DataError, match=message):
            read_images(image_model(), path)
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(DataError, match="it is no picture, or damaged"):
        read_images(image_model(), tmp_path / "text.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"has no pictures; their names end in \.png"):
        read_images(image_model(), tmp_path / "empty")
    with pytest.raises(DataError, match="model flowers reads tables, no images; give it a CSV file"):
        read_images(iris_model(), tmp_path / "large.png")
    with pytest.raises(DataError, match="reads images of 2 channels; give it a NumPy archive"):
        read_images(image_model((2, 2, 4)), tmp_path / "large.png")
    with pytest.raises(DataError, match=r"is no file of samples that can be read; its name must end in \.csv, .*\.png"):
        read_given_samples(image_model(), tmp_path / "some.doc")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 80), value=st.integers(0, 255), length=st.integers(0, 200))
def test_a_damaged_picture_is_one_line(place: int, value: int, length: int, tmp_path: Path) -> None:
    for suffix in ("png", "jpg"):
        path = picture(tmp_path / f"picture.{suffix}", GREY)
        data = bytearray(path.read_bytes())
        data[place % len(data)] = value
        path.write_bytes(data[: max(0, len(data) - length)] if length < 100 else data)
        try:
            rows, _ = read_images(image_model(), path)
        except DataError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            assert rows.shape == (1, 16)
