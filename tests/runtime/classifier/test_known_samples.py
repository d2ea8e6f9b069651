"""Samples that judge a model: its own data and the part that training never saw, or all of a file that it never saw."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ca_logic.errors import DataError, UsageError
from ca_logic.runtime.classifier import ClassifierModel, SplitChoice
from ca_logic.runtime.classifier.known_samples import (
    is_training_data,
    load_known_data,
    origins_of,
    part_of,
    read_known_file,
)
from ca_logic.runtime.classifier.split_choice import split_of_provenance
from ca_logic.tasks.datasets import DataSet, Split, k_folds, load_data_set, split_as_difflogic, split_data
from tests.runtime.classifier.models import CHOICE, WEATHER, image_model, iris_model, weather_data, weather_model

IRIS = load_data_set("iris")


def assert_same_split(first: Split, second: Split) -> None:
    for part in ("train_rows", "validation_rows", "test_rows"):
        np.testing.assert_array_equal(getattr(first, part), getattr(second, part))


def test_a_choice_is_kept_and_cuts_the_same_way() -> None:
    for choice, expected in [
        (SplitChoice(seed=5, validation=0.2, test=0.3), split_data(IRIS, seed=5, validation=0.2, test=0.3)),
        (SplitChoice("folds", seed=1, folds=5, fold=4), k_folds(IRIS, 5, seed=1)[4]),
        (SplitChoice("difflogic"), split_as_difflogic(IRIS)),
        (SplitChoice(), split_data(IRIS)),
    ]:
        kept = split_of_provenance({"split": choice.to_plain()})
        assert kept == choice
        assert kept is not None
        assert_same_split(kept.split(IRIS), expected)
    assert split_of_provenance({}) is None
    with pytest.raises(DataError, match="fold 10 of 10 cannot be; choose from 0 to 9"):
        SplitChoice("folds", fold=10).split(IRIS)


@pytest.mark.parametrize(
    "plain", [3, {}, {"method": "shares"}, CHOICE.to_plain() | {"method": "magic"}, CHOICE.to_plain() | {"seed": -1}]
)
def test_what_is_no_choice_is_refused(plain: Any) -> None:
    with pytest.raises(DataError, match="the split of a model"):
        split_of_provenance({"split": plain})


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_parts_are_those_of_the_training(part: Any) -> None:
    data = load_known_data(iris_model(), "iris")
    expected = {"train": CHOICE.split(IRIS).training, "validation": CHOICE.split(IRIS).validation}
    found, samples = part_of(iris_model(), data, part)
    assert found == part
    np.testing.assert_array_equal(samples.features, expected.get(part, CHOICE.split(IRIS).test).features)
    assert part_of(iris_model(), data)[0] == "test"
    assert len(part_of(iris_model(), data, "all")[1]) == 150


def test_a_split_that_nobody_knows_is_not_guessed() -> None:
    forgetful = dataclasses.replace(iris_model(), provenance={})
    with pytest.raises(DataError, match="model flowers does not say how it cut iris, so which samples are test is not"):
        part_of(forgetful, load_known_data(forgetful, "iris"))


def test_a_published_test_part_needs_no_split() -> None:
    data = dataclasses.replace(load_known_data(iris_model(), "iris"), num_test=20)
    forgetful = dataclasses.replace(iris_model(), provenance={})
    part, samples = part_of(forgetful, data)
    assert (part, len(samples)) == ("test", 20)
    np.testing.assert_array_equal(samples.features, data.features[-20:])


def test_another_data_set_is_refused(tmp_path: Path) -> None:
    weather = weather_model(weather_data(tmp_path)[0])
    with pytest.raises(DataError, match="iris has other columns than model weather reads; choose another --dataset"):
        load_known_data(weather, "iris")
    with pytest.raises(UsageError, match="unknown data set"):
        load_known_data(weather, "irish")


def test_its_own_file_is_cut_as_in_training(tmp_path: Path) -> None:
    data, path = weather_data(tmp_path)
    model = weather_model(data)
    read = read_known_file(model, path)
    assert is_training_data(model, read)
    part, samples = part_of(model, read)
    assert (part, len(samples)) == ("test", 2)
    np.testing.assert_array_equal(samples.features, SplitChoice(validation=0, test=0.25).split(data).test.features)
    np.testing.assert_array_equal(samples.labels, SplitChoice(validation=0, test=0.25).split(data).test.labels)


def other_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "other.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def weather(tmp_path: Path) -> ClassifierModel:
    return weather_model(weather_data(tmp_path)[0])


def test_of_another_file_all_samples_judge(weather: ClassifierModel, tmp_path: Path) -> None:
    # Other rows and another order of columns: what they mean is the model's, not the file's.
    path = other_file(tmp_path, "play,windy,temperature,outlook,more\nyes,yes,3,rain,1\nno,no,40,fog,2\n")
    data = read_known_file(weather, path)
    part, samples = part_of(weather, data)
    assert (part, samples.labels.tolist()) == ("all", [1, 0])
    assert samples.features[0].tolist() == [weather.columns[0].categories.index("rain"), 3, 1]
    assert np.isnan(samples.features[1, 0])
    with pytest.raises(DataError, match=r"was not trained on other\.csv, so which samples are test is not known"):
        part_of(weather, data, "test")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WEATHER.replace("play", "game"), "has no column 'play'"),
        (WEATHER + "rain,3,no,perhaps\n", "line 10, column 'play': 'perhaps' is none of the classes"),
        (WEATHER + "rain,3,no,\n", "line 10, column 'play': the class is missing"),
        (WEATHER + "rain,,no,yes\n", "line 10, column 'temperature': a number is missing"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(text: str, message: str, weather: ClassifierModel, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_known_file(weather, other_file(tmp_path, text))


def test_the_target_may_have_another_name(weather: ClassifierModel, tmp_path: Path) -> None:
    path = other_file(tmp_path, WEATHER.replace("play", "game"))
    assert read_known_file(weather, path, target="game").num_samples == 8
    nameless = dataclasses.replace(weather, target="")
    with pytest.raises(UsageError, match="does not say which column has the classes; name it with --target"):
        read_known_file(nameless, path)


def test_samples_that_lack_something_are_treated_as_in_training(weather: ClassifierModel, tmp_path: Path) -> None:
    path = other_file(tmp_path, WEATHER + "rain,,no,yes\n")
    kept = read_known_file(dataclasses.replace(weather, missing="keep"), path)
    assert np.isnan(kept.features[-1, 1])
    assert read_known_file(dataclasses.replace(weather, missing="drop"), path).num_samples == 8


def archive(tmp_path: Path, **arrays: Any) -> Path:
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)
    return path


def test_an_archive_has_its_classes_by_name(tmp_path: Path) -> None:
    path = archive(tmp_path, x=np.zeros((3, 4, 4), np.uint8), y=np.array(["right", "left", "right"]))
    data: DataSet = read_known_file(image_model(), path)
    assert (data.classes, data.labels.tolist()) == (("left", "right"), [1, 0, 1])
    assert part_of(image_model(), data)[0] == "all"
    path = archive(tmp_path, x=np.zeros((2, 4, 4), np.uint8), y=np.array(["left", "up"]))
    with pytest.raises(DataError, match="a class 'up', which model images does not know; its classes are 'left', 'ri"):
        read_known_file(image_model(), path)


def test_origins_are_names_and_checksums() -> None:
    assert origins_of(IRIS) == [{"name": "iris.data", "md5": "42615765a885ddf54427f12c34a0a070"}]
