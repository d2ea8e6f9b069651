import dataclasses
import threading
from pathlib import Path

import numpy as np
import pytest

from ca_logic.errors import DataError
from ca_logic.runtime.classifier import ClassifierModel
from ca_logic.tasks.datasets.fetching import OnProgress
from ca_logic.visualizer.classifying.samples_loading import (
    KnownSamples,
    SamplesLoading,
    load_file_samples,
    load_test_samples,
)
from tests.runtime.classifier.models import WEATHER, image_model, iris_model, weather_data, weather_model


def say_nothing(*_: object) -> None:
    pass


def iris_samples(on_progress: OnProgress = say_nothing) -> KnownSamples:
    return load_test_samples(iris_model(), None, on_progress)


@pytest.fixture
def weather(tmp_path: Path) -> ClassifierModel:
    return weather_model(weather_data(tmp_path)[0])


def test_samples_are_those_that_training_never_saw() -> None:
    known = iris_samples()
    assert (known.name, known.part, len(known.samples)) == ("iris", "test", 30)
    assert known.lowest.tolist() == pytest.approx([4.3, 2.0, 1.0, 0.1])
    assert known.highest.tolist() == pytest.approx([7.9, 4.4, 6.9, 2.5])
    assert not known.is_whole.any()


def test_where_nobody_knows_which_these_are_it_is_all() -> None:
    model = dataclasses.replace(iris_model(), provenance={})
    known = load_test_samples(model, None, say_nothing)
    assert (known.part, len(known.samples)) == ("all", 150)


def test_a_model_of_a_file_says_what_can_be_done(weather: ClassifierModel) -> None:
    with pytest.raises(DataError, match=r"^model weather was trained on weather\.csv; drop a file with"):
        load_test_samples(weather, None, say_nothing)


def test_a_file_is_read_with_the_column_of_classes(weather: ClassifierModel, tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text(WEATHER)
    known = load_file_samples(weather, path)
    assert known.samples.labels.tolist() == [0, 1, 1, 0, 1, 1, 0, 1]
    assert known.is_whole.tolist() == [True, True, True]
    assert (known.lowest[1], known.highest[1]) == (12, 30)


def test_of_the_file_that_a_model_learned_it_is_what_training_never_saw(
    weather: ClassifierModel, tmp_path: Path
) -> None:
    known = load_file_samples(weather, tmp_path / "weather.csv")
    assert (known.part, len(known.samples)) == ("test", 2)


def test_the_column_of_classes_is_found_if_the_model_does_not_name_it(weather: ClassifierModel, tmp_path: Path) -> None:
    model = dataclasses.replace(weather, target="")
    path = tmp_path / "days.csv"
    path.write_text(WEATHER)
    assert load_file_samples(model, path).samples.labels.tolist() == [0, 1, 1, 0, 1, 1, 0, 1]
    path.write_text(WEATHER.replace("play", "windy2").replace("yes\n", "perhaps\n"))
    with pytest.raises(
        DataError, match=r"days\.csv must have one column that holds the classes 'no', 'yes', but has 0"
    ):
        load_file_samples(model, path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"outlook,play\nsunny,no\n", "has no column 'temperature'"),
        ("a.png", b"\x89PNG", "is no data file that can be read"),
        ("a.npz", b"PK", r"a\.npz"),
        ("a.csv", b"outlook,temperature,windy,play\n", "has no samples"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(
    weather: ClassifierModel, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        load_file_samples(weather, path)
    assert "\n" not in str(caught.value)


def test_archives_of_another_width_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros((4, 3, 3), np.uint8), y=np.array(["left", "right", "left", "right"]))
    with pytest.raises(DataError, match="are no samples of 16 features"):
        load_file_samples(image_model(), path)


def test_images_have_the_range_of_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros((4, 4, 4), np.uint8), y=np.array(["left", "right", "left", "right"]))
    known = load_file_samples(image_model(), path)
    assert set(known.highest.tolist()) == {255}
    assert known.is_whole.all()


def test_pixels_that_are_no_bytes_become_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    pixels = np.linspace(0, 255, 64, dtype=np.float32).reshape(4, 4, 4)
    np.savez(path, x=pixels, y=np.array(["left", "right", "left", "right"]))
    features = load_file_samples(image_model(), path).samples.features
    assert features.dtype == np.uint8
    assert (features == np.rint(pixels.reshape(4, 16))).all()


def test_reading_goes_on_beside_the_window() -> None:
    may_go_on = threading.Event()

    def read(on_progress: OnProgress) -> KnownSamples:
        on_progress("images.gz", 25, 100)
        may_go_on.wait(10)
        return iris_samples()

    loading = SamplesLoading("iris", read)
    assert loading.message == "reading iris …"
    loading.start()
    assert loading.samples is None
    may_go_on.set()
    loading.wait()
    assert loading.samples
    assert loading.message == "fetching images.gz: 25%"


def test_what_goes_wrong_is_said_in_a_line() -> None:
    def read(_: OnProgress) -> KnownSamples:
        raise DataError("there is no network.")

    loading = SamplesLoading("iris", read)
    loading.wait()
    assert (loading.has_failed, loading.message) == (True, "No samples: there is no network.")


def test_too_little_memory_is_no_traceback() -> None:
    def read(_: OnProgress) -> KnownSamples:
        raise MemoryError

    loading = SamplesLoading("iris", read)
    loading.wait()
    assert loading.message == "No samples: there is not enough memory for them."


def test_fetching_breaks_off_when_nobody_looks_any_more() -> None:
    has_gone_on = []

    def read(on_progress: OnProgress) -> KnownSamples:
        on_progress("images.gz", 1_500_000, 0)
        has_gone_on.append(True)
        return iris_samples()

    loading = SamplesLoading("iris", read)
    loading.stop()
    loading.wait()
    assert not has_gone_on
    assert loading.samples is None
