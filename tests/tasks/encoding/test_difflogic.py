"""difflogic's encodings, against what its code does, written down anew and without its fault."""

import numpy as np
import pytest

from ca_logic.errors import UsageError
from ca_logic.tasks.datasets import Column, DataSet, load_data_set
from ca_logic.tasks.datasets.uci import read_adult, read_breast_cancer, read_monk
from ca_logic.tasks.encoding.difflogic import difflogic_encoder
from tests.tasks.datasets.test_uci import ADULT_TEST, ADULT_TRAIN, given_files

AGES = [("minor", 21), ("very-young", 30), ("young", 45), ("middle-aged", 60), ("senior", 1000)]
MONEY = [("no", 1), ("small", 5000), ("large", 10**9)]
HOURS = [("no", 1), ("mini", 13), ("half", 26), ("full", 41), ("more", 60), ("most", 1000)]


def place(value: float, bins: list[tuple[str, int]]) -> int:
    return next(number for number, (_, end) in enumerate(bins) if value < end)


def test_adult_has_116_bits_and_the_hours_are_among_them() -> None:
    data = read_adult("adult", given_files(ADULT_TRAIN, ADULT_TEST))
    encoder = difflogic_encoder(data)
    assert encoder.num_bits == 116
    assert encoder.names[:3] == ("workclass:Private", "workclass:Self-emp-not-inc", "workclass:Self-emp-inc")
    assert encoder.names[8] == "education:Bachelors"
    assert encoder.names[58:60] == ("native-country:United-States", "native-country:Cambodia")
    bits = encoder.encode(data.features).astype(int)
    columns = {column.name: values for column, values in zip(data.columns, data.features.T, strict=True)}
    start = 99
    for name, bins in (("age", AGES), ("capital-gain", MONEY), ("capital-loss", MONEY), ("hours-per-week", HOURS)):
        expected = np.eye(len(bins), dtype=int)[[place(value, bins) for value in columns[name]]]
        np.testing.assert_array_equal(bits[:, start : start + len(bins)], expected)
        start += len(bins)
    assert start == 116
    # 39 years, Male, 2174 dollars gained, 40 hours.
    assert [encoder.names[bit] for bit in np.flatnonzero(bits[0])] == [
        "workclass:State-gov",
        "education:Bachelors",
        "marital-status:Never-married",
        "occupation:Adm-clerical",
        "relationship:Not-in-family",
        "race:White",
        "sex:Male",
        "native-country:United-States",
        "age≥30<45",
        "capital-gain≥1<5000",
        "capital-loss<1",
        "hours-per-week≥26<41",
    ]


@pytest.mark.parametrize(
    ("value", "number"), [(0, 0), (1, 1), (12, 1), (13, 2), (25, 2), (26, 3), (40, 3), (59, 4), (60, 5)]
)
def test_hours_fall_where_difflogic_means_them_to(value: int, number: int) -> None:
    data = read_adult("adult", given_files(ADULT_TRAIN, ADULT_TEST))
    features = data.features[:1].copy()
    features[0, [column.name for column in data.columns].index("hours-per-week")] = value
    assert np.flatnonzero(difflogic_encoder(data).encode(features)[0, 110:]).tolist() == [number]


def test_breast_cancer_has_a_bit_for_each_category_that_can_be() -> None:
    row = b"no-recurrence-events,30-39,premeno,30-34,0-2,no,3,left,left_low,no\n"
    data = read_breast_cancer("breast-cancer", given_files(row * 2))
    encoder = difflogic_encoder(data)
    assert encoder.num_bits == 51
    assert np.flatnonzero(encoder.encode(data.features)[0]).tolist() == [2, 11, 18, 24, 38, 41, 42, 45, 50]


def test_monks_have_seventeen_bits() -> None:
    data = read_monk(
        "monk1", given_files(b" 1 1 1 1 1 3 1 data_5\n 0 3 2 2 1 4 2 data_6\n", b" 1 1 1 1 1 1 1 data_1\n")
    )
    encoder = difflogic_encoder(data)
    assert encoder.num_bits == 17
    assert np.flatnonzero(encoder.encode(data.features)[1]).tolist() == [2, 4, 7, 8, 14, 16]


def image_set(channels: int) -> DataSet:
    rng = np.random.default_rng(0)
    features = rng.integers(0, 256, (20, 4 * channels), dtype=np.uint8)
    columns = tuple(Column(f"p{place}", "pixel") for place in range(features.shape[1]))
    return DataSet("images", columns, features, np.zeros(20, np.int32), ("0", "1"), image_shape=(channels, 2, 2))


@pytest.mark.parametrize(("channels", "count", "num_thresholds"), [(1, None, 1), (3, None, 3), (3, 31, 31)])
def test_images_have_all_pixels_at_one_threshold_after_the_other(
    channels: int, count: int | None, num_thresholds: int
) -> None:
    data = image_set(channels)
    scaled = data.features.astype(np.float32) / np.float32(255)
    planes = [scaled > (number + 1) / (num_thresholds + 1) for number in range(num_thresholds)]
    np.testing.assert_array_equal(difflogic_encoder(data, count).encode(data.features), np.concatenate(planes, axis=1))


def test_what_difflogic_does_not_do_is_refused() -> None:
    with pytest.raises(UsageError, match="difflogic has no such encoding of iris; choose auto, or another"):
        difflogic_encoder(load_data_set("iris"))
    data = read_adult("adult", given_files(ADULT_TRAIN, ADULT_TEST))
    with pytest.raises(UsageError, match="difflogic has no such encoding of adult"):
        difflogic_encoder(data, 3)
