"""Classifiers: rows and tables in, classes and scores out; what does not fit is refused in one line."""

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend.classifier import NumpyClassifier
from ca_logic.errors import DataError, UsageError
from ca_logic.runtime.classifier import (
    ClassifierModel,
    Engine,
    find_model,
    is_model,
    list_models,
    load_classifier,
    save_model,
    start_classifier,
    store_model,
)
from ca_logic.runtime.classifier.engine import TieredRunner
from ca_logic.runtime.classifier.evaluation import evaluate
from ca_logic.runtime.classifier.rows import unseen_categories
from ca_logic.tasks.datasets import Samples, load_data_set, read_table
from ca_logic.tasks.encoding import pack_bits
from ca_logic.toolchain.compiler import NoCompilerError
from tests.backend.classifier.classifiers import BATCHES, layered_head, pixel_encoder, random_features
from tests.runtime.classifier.models import CHOICE, image_model, iris_model, model_of, weather_data, weather_model

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="cc is not installed")

IRIS = load_data_set("iris")


def test_iris_is_told_by_a_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "flowers.logic"
    save_model(iris_model(), path)
    classifier = load_classifier(path)
    assert (classifier.name, classifier.classes) == ("flowers", IRIS.classes)
    assert [column.name for column in classifier.columns] == [column.name for column in IRIS.columns]
    assert classifier.accuracy(CHOICE.split(IRIS).test) > 0.9
    flower = [[6.0, 3.0, 5.5, 2.1]]
    assert classifier.names_of(classifier.predict(flower)).tolist() == ["Iris-virginica"]
    assert classifier.scores(flower).tolist() == [[0, 0, 1]]


@pytest.mark.parametrize("engine", ["auto", "compiled", "interpreted", "numpy"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.int16])
def test_all_engines_say_the_same(engine: Engine, dtype: type) -> None:
    model = model_of(pixel_encoder(20), layered_head(20, [40, 40, 12], 3))
    oracle = NumpyClassifier(model.encoder, model.head)
    classifier = start_classifier(model, engine=engine, threads=2)
    for count in BATCHES:
        rows: np.ndarray = np.nan_to_num(random_features(count, 20, np.uint8, seed=count).astype(dtype))
        np.testing.assert_array_equal(classifier.predict(rows), oracle.classes(rows))
        np.testing.assert_array_equal(classifier.scores(rows), oracle.scores(rows))
        packed = pack_bits(model.encoder.encode(rows))
        np.testing.assert_array_equal(classifier.predict_packed(packed, count), oracle.classes(rows))
        np.testing.assert_array_equal(classifier.scores_packed(packed, count), oracle.scores(rows))


@needs_compiler
def test_what_is_used_much_is_compiled_meanwhile() -> None:
    model = model_of(pixel_encoder(20), layered_head(20, [30, 12], 3))
    runner = TieredRunner(model.encoder, model.head, samples_before_compiling=2000)
    rows = random_features(700, 20, np.uint8)
    before = runner.classes(rows)
    assert "interpreter" in runner.description
    for _ in range(3):
        np.testing.assert_array_equal(runner.classes(rows), before)
    runner.wait()
    assert "compiled C" in runner.description
    np.testing.assert_array_equal(runner.classes(rows), before)


@needs_compiler
def test_single_samples_count_as_what_they_cost() -> None:
    model = iris_model()
    runner = TieredRunner(model.encoder, model.head, samples_before_compiling=2000)
    for _ in range(4):
        runner.scores(IRIS.features[:1])
    runner.wait()
    assert "compiled C" in runner.description


@needs_compiler
def test_the_interpreter_goes_on_if_the_compiler_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise NoCompilerError("gone")

    complaints: list[str] = []
    model = iris_model()
    runner = TieredRunner(model.encoder, model.head, samples_before_compiling=1, on_warning=complaints.append)
    monkeypatch.setattr("ca_logic.runtime.classifier.engine.compile_classifier", fail)
    expected = runner.classes(IRIS.features)
    runner.wait()
    np.testing.assert_array_equal(runner.classes(IRIS.features), expected)
    assert complaints == ["the classifier is interpreted and not compiled: gone"]


def test_numpy_serves_where_there_is_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    complaints: list[str] = []
    classifier = start_classifier(iris_model(), on_warning=complaints.append)
    assert classifier.runner.description == "NumPy"
    assert len(complaints) == 1
    assert "Running with NumPy meanwhile" in complaints[0]
    assert classifier.predict(IRIS.features[:1]).tolist() == [0]
    with pytest.raises(NoCompilerError):
        start_classifier(iris_model(), engine="compiled")


CLASSIFIER = start_classifier(iris_model(), engine="numpy")

NO_ROWS = [
    ([[1, 2, 3]], r"rows of shape \(1, 3\) are no samples of 4 features; give one row a sample"),
    ([1.0, 2.0, 3.0, 4.0], r"rows of shape \(4,\) are no samples"),
    (np.zeros((2, 2, 2)), r"rows of shape \(2, 2, 2\) are no samples"),
    (5, r"rows of shape \(\)"),
    ([[1, 2, 3, "x"]], "rows hold texts, not numbers; give columns with texts by name, as to predict_table"),
    ([[1, 2, 3, None]], "rows hold values of type object"),
    (np.zeros((1, 4), complex), "rows hold values of type complex128"),
    ([[1, 2, 3, 4], [1, 2]], "rows of different lengths are no samples"),
]


@pytest.mark.parametrize(("rows", "message"), NO_ROWS)
def test_what_is_no_row_is_refused(rows: Any, message: str) -> None:
    for method in (CLASSIFIER.predict, CLASSIFIER.scores):
        with pytest.raises(DataError, match=message):
            method(rows)


@pytest.mark.parametrize("rows", [[], np.empty((0, 4)), np.empty((0, 4), np.uint8)])
def test_no_rows_have_no_classes(rows: Any) -> None:
    assert CLASSIFIER.predict(rows).shape == (0,)
    assert CLASSIFIER.scores(rows).shape == (0, 3)
    assert np.isnan(CLASSIFIER.accuracy(Samples(np.empty((0, 4), np.float32), np.empty(0, np.int32))))


def test_rows_may_lie_anyhow() -> None:
    rows = IRIS.features[:50]
    expected = CLASSIFIER.predict(rows)
    wide = np.repeat(rows, 2, axis=1)
    for given_rows in (np.asfortranarray(rows), wide[:, ::2], rows[::-1][::-1], rows.astype(">f4"), rows.tolist()):
        np.testing.assert_array_equal(CLASSIFIER.predict(given_rows), expected)


@pytest.fixture
def weather(tmp_path: Path) -> ClassifierModel:
    return weather_model(weather_data(tmp_path)[0])


def table(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "given.csv"
    path.write_text(text, encoding="utf-8")
    return read_table(path)


def test_columns_are_found_by_name_in_any_order(weather: ClassifierModel, tmp_path: Path) -> None:
    classifier = start_classifier(weather, engine="numpy")
    given_table = table(tmp_path, "extra,windy,temperature,outlook\n1,no,30,sunny\n2,yes,31,overcast\n3,no,10,rain\n")
    assert classifier.names_of(classifier.predict_table(given_table)).tolist() == ["no", "yes", "yes"]
    columns: dict[str, Any] = {
        "outlook": ["sunny", "overcast", "rain"],
        "temperature": [30, 31.5, 10],
        "windy": ["no", "yes", "no"],
    }
    assert classifier.predict_table(columns).tolist() == [0, 1, 1]
    columns["temperature"] = np.array([30, 31.5, 10])
    assert classifier.predict_table(columns).tolist() == [0, 1, 1]
    assert classifier.predict_table({name: [] for name in columns}).tolist() == []


def test_a_frame_of_columns_will_do(weather: ClassifierModel) -> None:
    class Frame:
        """What a data frame of pandas has of a table."""

        def keys(self) -> list[str]:
            return ["outlook", "temperature", "windy"]

        def __getitem__(self, name: str) -> np.ndarray:
            return np.array({"outlook": ["rain", None], "temperature": [3.0, 40.0], "windy": ["no", "no"]}[name])

    frame: Any = Frame()
    assert start_classifier(weather, engine="numpy").predict_table(frame).tolist() == [1, 0]


NO_TABLES = [
    ("outlook,temperature\nrain,3\n", "given.csv has no column 'windy'; it has 'outlook', 'temperature'"),
    ("outlook,temprature,windy\nrain,3,no\n", "no column 'temperature'; did you mean 'temprature'"),
    ("outlook,temperature,windy\nrain,warm,no\n", "line 2, column 'temperature': 'warm' is no number"),
    ("outlook,temperature,windy\nrain,3,no\nrain,,no\n", "line 3, column 'temperature': a number is missing"),
    ("outlook,temperature,windy\nrain,1e99,no\n", "too large a number"),
]


@pytest.mark.parametrize(("text", "message"), NO_TABLES)
def test_what_a_table_lacks_is_named(text: str, message: str, weather: ClassifierModel, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        start_classifier(weather, engine="numpy").predict_table(table(tmp_path, text))


def test_columns_that_are_none_are_refused(weather: ClassifierModel) -> None:
    classifier = start_classifier(weather, engine="numpy")
    good: dict[str, Any] = {"outlook": ["rain"], "temperature": [3], "windy": ["no"]}
    changes: list[tuple[dict[str, Any], str]] = [
        ({"temperature": [3, 4]}, "column 'temperature' has 2 rows and 'outlook' 1; give each as many"),
        ({"temperature": [[3]]}, "column 'temperature' is no list of numbers or texts"),
        ({"temperature": ["warm"]}, "'warm' is no number"),
        ({"temperature": [10**400]}, "has a number that is too large"),
        ({"temperature": [None]}, "a number is missing"),
    ]
    for change, message in changes:
        with pytest.raises(DataError, match=message):
            classifier.predict_table(good | change)


def test_a_number_that_is_missing_sets_no_bit_if_training_kept_such(weather: ClassifierModel) -> None:
    rows = np.array([[0, np.nan, 0]], np.float32)
    with pytest.raises(DataError, match=r"row 1, column 'temperature': a number is missing \(NaN\), as in 1 rows"):
        start_classifier(weather, engine="numpy").predict(rows)
    kept = start_classifier(iris_model(), engine="numpy")
    assert kept.predict(np.full((1, 4), np.nan)).tolist() == [0]


def test_categories_that_training_did_not_see_set_no_bit_and_are_counted(
    weather: ClassifierModel, tmp_path: Path
) -> None:
    given_table = table(tmp_path, "outlook,temperature,windy\nfog,30,no\nfog,3,\n?,30,maybe\n")
    assert unseen_categories(weather, given_table) == {"outlook": Counter(fog=2), "windy": Counter(maybe=1)}
    classifier = start_classifier(weather, engine="numpy")
    places = classifier.predict_table(given_table)
    assert places.tolist() == classifier.predict(np.array([[np.nan, 30, 0], [99, 3, -1], [0.5, 30, 7]])).tolist()
    bits = weather.encoder.encode(classifier.rows_of_table(given_table))
    assert not bits[0, [place for place, name in enumerate(weather.encoder.names) if "outlook" in name]].any()


def test_images_may_have_their_channels_anywhere() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (9, 3, 2, 5), np.uint8)
    classifier = start_classifier(image_model((3, 2, 5)), engine="numpy")
    expected = classifier.predict(images.reshape(9, 30))
    np.testing.assert_array_equal(classifier.predict(images), expected)
    np.testing.assert_array_equal(classifier.predict(np.moveaxis(images, 1, -1)), expected)
    grey = start_classifier(image_model((1, 4, 4)), engine="numpy")
    images = rng.integers(0, 256, (9, 4, 4), np.uint8)
    for given_images in (images, images[..., None], images[:, None]):
        np.testing.assert_array_equal(grey.predict(given_images), grey.predict(images.reshape(9, 16)))
    with pytest.raises(DataError, match=r"rows of shape \(9, 4, 5\) are no samples of 16 .*or images of \(1, 4, 4\)"):
        grey.predict(np.zeros((9, 4, 5)))


def test_truth_values_are_black_and_white_pixels() -> None:
    classifier = start_classifier(image_model(), engine="numpy")
    images = np.eye(16, dtype=bool)[:3]
    np.testing.assert_array_equal(classifier.predict(images), classifier.predict(images * np.uint8(255)))
    assert classifier.predict(images).tolist() == [0, 1, 0]


def test_pixels_that_were_divided_are_refused() -> None:
    classifier = start_classifier(image_model(), engine="numpy")
    with pytest.raises(DataError, match=r"pixels are from 0 to 255, but none of these is above 0\.5; multiply"):
        classifier.predict(np.full((2, 16), 0.5))
    assert classifier.predict(np.zeros((2, 16))).tolist() == [0, 0]


@pytest.fixture
def home(nothing_learned: Path) -> Path:
    return nothing_learned


def test_models_are_found_by_name_the_learned_before_the_shipped(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = home / "shipped"
    monkeypatch.setattr("ca_logic.runtime.classifier.model_library.resource_folder", lambda _: shipped)
    assert list_models() == {}
    save_model(iris_model(), shipped / "flowers.logic")
    stored = find_model("flowers")
    assert (stored.origin, stored.path) == ("shipped", shipped / "flowers.logic")
    path = store_model(iris_model())
    assert path == home / "ca_logic" / "models" / "flowers.logic"
    assert find_model("flowers").origin == "learned"
    assert list_models() == {"flowers": path}
    assert find_model(str(path)).origin == find_model(path).origin == "file"
    assert find_model(path).num_bytes == path.stat().st_size
    assert load_classifier("flowers", engine="numpy").name == "flowers"


@pytest.mark.usefixtures("home")
def test_a_name_that_is_none_is_told_with_one_that_is() -> None:
    with pytest.raises(UsageError, match="no model 'flower', neither learned nor shipped; known are none yet"):
        _without_shipped("flower")
    store_model(iris_model())
    with pytest.raises(UsageError, match=r"did you mean 'flowers'\?"):
        find_model("flower")
    for text in ("", "a b", "x" * 5000, "..", "\0"):
        with pytest.raises(UsageError, match="no model"):
            find_model(text)
    with pytest.raises(DataError, match=r"cannot read model gone\.logic"):
        find_model("gone.logic")


def _without_shipped(name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ca_logic.runtime.classifier.model_library.resource_folder", lambda _: Path("nowhere"))
        find_model(name)


@pytest.mark.usefixtures("home")
def test_a_word_is_a_model_if_there_is_one_or_it_ends_so() -> None:
    store_model(iris_model())
    for text, expected in {"flowers": True, "x/y.logic": True, "life": False, "x" * 5000: False, "": False}.items():
        assert is_model(text) == expected


def test_a_damaged_learned_model_is_not_passed_over(home: Path) -> None:
    path = store_model(iris_model())
    path.write_bytes(path.read_bytes()[:-1])
    assert home in path.parents
    with pytest.raises(DataError, match="is truncated or altered"):
        load_classifier("flowers")


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40))
def test_figures_are_counted_as_by_hand(pairs: list[tuple[int, int]]) -> None:
    labels = np.array([label for label, _ in pairs], np.int32)
    predicted = np.array([place for _, place in pairs], np.int32)
    evaluation = evaluate(labels, predicted, ("a", "b", "c", "d"))
    assert (evaluation.num_samples, evaluation.num_right) == (len(pairs), sum(a == b for a, b in pairs))
    for place in range(4):
        right = pairs.count((place, place))
        of_class, taken = sum(a == place for a, _ in pairs), sum(b == place for _, b in pairs)
        expected = [right / of_class if of_class else np.nan, right / taken if taken else np.nan]
        np.testing.assert_equal([evaluation.recalls[place], evaluation.precisions[place]], expected)
        assert evaluation.confusion[place].sum() == of_class


def test_it_is_shown_in_one_short_line() -> None:
    classifier = start_classifier(iris_model())
    assert repr(classifier) == "<Classifier flowers: 3 classes, 2 gates>"
    assert repr(classifier.model) == "<ClassifierModel flowers: 3 classes, 2 gates>"
