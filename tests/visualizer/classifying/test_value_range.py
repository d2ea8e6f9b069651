import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.tasks.datasets import Samples
from ca_logic.visualizer.classifying.samples_loading import KnownSamples
from ca_logic.visualizer.classifying.value_range import ValueRange, ranges_of, read_features
from tests.runtime.classifier.models import iris_model, weather_data, weather_model

numbers = st.floats(-1e5, 1e5, width=32)


@st.composite
def ranges(draw: st.DrawFn) -> ValueRange:
    low, width = draw(numbers), draw(st.floats(0.01, 1e5))
    edges = sorted(draw(st.sets(st.floats(low - width, low + 2 * width), max_size=8)))
    step = draw(st.sampled_from([0.001, 0.01, 1.0, 10.0]))
    return ValueRange(low, low + width, step, tuple(edges))


@given(ranges(), st.floats(-0.5, 1.5))
def test_values_stay_within_their_range(values: ValueRange, share: float) -> None:
    assert values.low <= values.value_at(share) <= values.high


@given(ranges(), st.floats(0, 1))
def test_a_knob_stays_where_it_was_put_but_for_a_step(values: ValueRange, share: float) -> None:
    place = values.share_of(values.value_at(share))
    assert abs(place - share) <= values.step / (values.high - values.low) + 1e-6


@given(ranges())
def test_steps_meet_all_edges_upwards_and_downwards(values: ValueRange) -> None:
    inside = [edge for edge in values.edges if values.low < edge <= values.high]
    value, upwards = values.low, []
    for _ in inside:
        value = values.stepped(value, 1)
        upwards.append(value)
    assert upwards == inside
    downwards = [value]
    for _ in inside:
        downwards.append(values.stepped(downwards[-1], -1))
    assert downwards == [*reversed(inside), values.low]
    assert values.stepped(values.low, -1) == values.low
    assert values.stepped(values.high, 1) == values.high


@pytest.mark.parametrize(
    ("step", "value", "text"), [(0.01, 6.3, "6.30"), (1, 35356.0, "35,356"), (10.0, 120.0, "120"), (1, 3e12, "3e+12")]
)
def test_values_have_as_many_digits_as_steps(step: float, value: float, text: str) -> None:
    assert ValueRange(0, 1, step).shown(value) == text


def known_of(features: np.ndarray) -> KnownSamples:
    samples = Samples(features, np.zeros(len(features), np.int32))
    is_whole = (features == np.floor(features)).all(axis=0)
    return KnownSamples("flowers", "test", samples, features.min(axis=0), features.max(axis=0), is_whole)


def test_ranges_are_those_of_the_data() -> None:
    features = np.array([[4.3, 2, 1, 0.1], [7.9, 4, 6, 2.5]], np.float32)
    values = ranges_of(iris_model(), known_of(features))
    assert [(one.low, one.high) for one in values] == [tuple(column) for column in features.T.astype(float).tolist()]
    assert [one.step for one in values] == [0.01, 1, 1, 0.01]


def test_without_data_a_range_holds_all_thresholds() -> None:
    for values in ranges_of(iris_model(), None):
        assert values.edges
        assert values.low < values.edges[0]
        assert values.edges[-1] < values.high


def test_a_column_of_one_value_and_one_of_none_have_a_range() -> None:
    features = np.array([[5, np.nan, -200, 0]], np.float32)
    known = known_of(features)
    for values in ranges_of(iris_model(), known):
        assert values.low < values.high
        assert math.isfinite(values.step)


def test_categories_are_places(tmp_path: Path) -> None:
    model = weather_model(weather_data(tmp_path)[0])
    outlook, temperature, windy = ranges_of(model, None)
    assert (outlook.low, outlook.high, outlook.step) == (0, 2, 1)
    assert (windy.low, windy.high) == (0, 1)
    assert temperature.edges == (26.0,)
    assert temperature.low < 26 < temperature.high


def test_features_that_the_circuit_does_not_look_at_are_known(tmp_path: Path) -> None:
    assert read_features(iris_model()).tolist() == [False, False, True, True]
    assert read_features(weather_model(weather_data(tmp_path)[0])).tolist() == [True, True, False]
