"""Encoders are fitted to the training part alone, column by column."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import DataError, UsageError
from ca_logic.formats import bench, blif
from ca_logic.tasks.datasets import Column, DataSet, Split, split_data
from ca_logic.tasks.encoding import Encoder, fit_encoder
from ca_logic.tasks.encoding.comparisons import MAX_VALUES

AGE, SEX, JOB = (
    Column("age", "number"),
    Column("sex", "category", ("f", "m")),
    Column("job", "category", ("a b", "c", "?")),
)


def data_of(columns: Mapping[Column, list[float]], **changes: object) -> DataSet:
    """Returns samples of two classes by their columns."""
    features = np.array(list(columns.values()), dtype=np.float32).T
    labels = np.arange(len(features), dtype=np.int32) % 2
    return dataclasses.replace(DataSet("some", tuple(columns), features, labels, ("0", "1")), **changes)  # type: ignore[arg-type]


def trained_on(data: DataSet, *rows: int) -> Split:
    others = np.setdiff1d(np.arange(data.num_samples), rows)
    return Split(data, np.array(rows or range(data.num_samples)), np.arange(0), others if rows else np.arange(0))


def levels(encoder: Encoder, column: str) -> list[float]:
    return [
        low for low, name in zip(encoder.lows.tolist(), encoder.names, strict=True) if name.startswith(f"{column}≥")
    ]


def test_columns_choose_their_encoding() -> None:
    data = data_of({AGE: [30, 41, 25, 60], SEX: [0, 1, 0, 1], JOB: [0, 1, 2, 0]})
    encoder = fit_encoder(trained_on(data))
    assert encoder.names == ("age≥28", "age≥36", "age≥51", "sex:f", "sex:m", "job:a_b", "job:c", "job:?")
    assert encoder.encode(data.features)[0].tolist() == [True, False, False, True, False, True, False, False]


def test_ordered_categories_have_a_thermometer_unless_one_hot_is_asked_for() -> None:
    size = Column("size", "category", ("s", "m", "l", "xl"), is_ordered=True)
    split = trained_on(data_of({size: [0, 1, 3, 3, np.nan]}))
    encoder = fit_encoder(split)
    assert encoder.names == ("size≥m", "size≥xl")
    # The one between is at least the first; an unknown one sets no bit.
    assert encoder.encode(np.array([[0], [1], [2], [3], [np.nan]])).tolist() == [
        [False, False],
        [True, False],
        [True, False],
        [True, True],
        [False, False],
    ]
    assert fit_encoder(split, "one-hot").names == ("size:s", "size:m", "size:xl")
    assert fit_encoder(split, columns={"size": "one-hot"}).names == ("size:s", "size:m", "size:xl")
    assert fit_encoder(split, "uniform:3").names == encoder.names
    with pytest.raises(UsageError, match="'size' is a category; its encoding is one-hot or ordinal"):
        fit_encoder(split, columns={"size": "uniform:3"})


def test_nothing_but_the_training_part_is_looked_at() -> None:
    data = data_of({AGE: [30, 41, 25, 60, 99, np.nan], JOB: [0, 0, 0, 0, 1, 2]})
    encoder = fit_encoder(trained_on(data, 0, 1, 2, 3))
    assert encoder.names == ("age≥28", "age≥36", "age≥51", "job:a_b")
    other = data_of({AGE: [30, 41, 25, 60, -7, 3], JOB: [0, 0, 0, 0, 0, 1]})
    assert fit_encoder(trained_on(other, 0, 1, 2, 3)).to_plain() == encoder.to_plain()


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=8, max_size=40), st.integers(0, 2**32), st.integers(0, 99))
def test_test_samples_change_no_encoder(values: list[float], seed: int, split_seed: int) -> None:
    data = data_of({AGE: values})
    split = split_data(data, seed=split_seed, test=0.4)
    changed = data.features.copy()
    hidden = np.concatenate([split.test_rows, split.validation_rows])
    changed[hidden] = np.random.default_rng(seed).normal(size=(len(hidden), 1)) * 1e6
    other = dataclasses.replace(split, data=dataclasses.replace(data, features=changed))
    for encoding in ("auto", "uniform:4", "distributive:3", "one-hot"):
        try:
            expected = fit_encoder(split, encoding).to_plain()
        except DataError:
            continue
        assert fit_encoder(other, encoding).to_plain() == expected


def test_unseen_categories_and_missing_numbers_set_no_bit() -> None:
    data = data_of({AGE: [30, 41, 25, np.nan], JOB: [0, 1, 0, np.nan]})
    encoder = fit_encoder(trained_on(data, 0, 1, 2))
    assert encoder.names == ("age≥28", "age≥36", "job:a_b", "job:c")
    assert not encoder.encode(data.features[3:]).any()


def test_numbers_that_were_missing_in_training_have_a_bit_that_tells() -> None:
    data = data_of({AGE: [30, 41, np.nan, 25]})
    encoder = fit_encoder(trained_on(data))
    assert encoder.names == ("age≥28", "age≥36", "age:given")
    assert encoder.encode(data.features)[:, 2].tolist() == [True, True, False, True]
    assert not encoder.encode(data.features)[2].any()
    assert "age:given" in fit_encoder(trained_on(data), "thresholds:30").names


@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=3, max_size=40).filter(lambda values: len(set(values)) > 1),
    st.sampled_from(["uniform", "distributive"]),
    st.integers(1, 9),
)
def test_thermometers_rise_with_their_feature(values: list[float], method: str, count: int) -> None:
    data = data_of({AGE: values})
    encoder = fit_encoder(trained_on(data), f"{method}:{count}")
    assert levels(encoder, "age") == sorted(levels(encoder, "age"))
    assert len(encoder.names) <= count
    order = np.argsort(data.features[:, 0], kind="stable")
    bits = encoder.encode(data.features)[order].astype(int)
    assert (np.diff(bits, axis=0) >= 0).all()
    assert (np.diff(bits, axis=1) <= 0).all()


def test_intervals_and_one_hot_codes_set_one_bit() -> None:
    data = data_of({AGE: [20, 21, 29.5, 30, 59, 60, -5, 1e6]})
    encoder = fit_encoder(trained_on(data), "intervals:30,21,60")
    assert encoder.names == ("age<21", "age≥21<30", "age≥30<60", "age≥60")
    assert encoder.encode(data.features).argmax(axis=1).tolist() == [0, 1, 1, 2, 2, 3, 0, 3]
    assert (encoder.encode(data.features).sum(axis=1) == 1).all()
    codes = fit_encoder(trained_on(data), "one-hot")
    assert codes.names[:3] == ("age:-5", "age:20", "age:21")
    assert (codes.encode(data.features).sum(axis=1) == 1).all()
    fractions = data_of({AGE: [0.1, 0.2, 0.3]})
    assert (fit_encoder(trained_on(fractions), "one-hot").encode(np.array([[0.1], [0.3]])).sum(axis=1) == 1).all()


def test_single_columns_can_be_encoded_otherwise() -> None:
    data = data_of({AGE: [30, 41, 25, 60], Column("height", "number"): [1.5, 1.75, 2, 1.25], SEX: [0, 1, 0, 1]})
    encoder = fit_encoder(trained_on(data), "uniform:1", columns={"age": "thresholds:50,40", "sex": "auto"})
    assert encoder.names == ("age≥40", "age≥50", "height≥1.625", "sex:f", "sex:m")


def test_a_data_set_brings_its_own_encoding() -> None:
    data = data_of({AGE: [30, 41, 25, 60]}, encoding="thresholds:50")
    assert fit_encoder(trained_on(data)).names == ("age≥50",)
    assert fit_encoder(trained_on(data), "thresholds:40").names == ("age≥40",)


def test_pixels_have_thresholds_of_their_own() -> None:
    columns = tuple(Column(f"y0x{place}", "pixel") for place in range(2))
    features = np.array([[0, 9], [0, 10], [0, 11], [0, 200]], dtype=np.uint8)
    data = DataSet("grey", columns, features, np.array([0, 1, 0, 1], np.int32), ("0", "1"), image_shape=(1, 1, 2))
    split = trained_on(data)
    assert fit_encoder(split).names == ("y0x0≥128", "y0x1≥128")
    assert fit_encoder(split, "uniform:3").lows.tolist() == [64, 128, 192] * 2
    # What is black in all of the training part has no levels.
    assert fit_encoder(split, "distributive:3").names == ("y0x1≥10", "y0x1≥11", "y0x1≥106")
    assert fit_encoder(split, "one-hot").names == ("y0x0:0", "y0x1:9", "y0x1:10", "y0x1:11", "y0x1:200")


def test_names_are_different_and_fit_into_files_of_circuits() -> None:
    odd = Column("a=b (cm), #1", "category", ("x y", "x_y", "\n", "é\\"))
    data = data_of({odd: [0, 1, 2, 3], Column(".age", "number"): [1, 2, 3, 4]})
    names = fit_encoder(trained_on(data)).names
    assert len(set(names)) == len(names) == 7
    assert all(blif.NAMES.allows(name) for name in names)
    # BENCH holds ASCII only.
    renamed = [bench.NAMES.nearest(name) for name in names]
    assert all(bench.NAMES.allows(name) for name in renamed)


def test_fitting_again_gives_the_same() -> None:
    data = data_of({AGE: np.random.default_rng(0).normal(size=100).tolist(), SEX: [0, 1] * 50})
    split = split_data(data, seed=3)
    assert fit_encoder(split).to_plain() == fit_encoder(split_data(data, seed=3)).to_plain()


@pytest.mark.parametrize(
    ("encoding", "columns", "error", "message"),
    [
        ("nonsense", {}, UsageError, "unknown encoding 'nonsense'; choose auto, one-hot, ordinal, uniform:N"),
        ("auto", {"agee": "auto"}, DataError, r"some has no column 'agee'; did you mean 'age'\?"),
        ("auto", {"zzz": "auto"}, DataError, "some has no column 'zzz'; it has 'age', for example"),
        ("auto", {"sex": "uniform:3"}, UsageError, "'sex' is a category, which has no order; its encoding is one-hot"),
        (
            "auto",
            {"age": "difflogic"},
            UsageError,
            "difflogic encodes all columns or none; choose another .* for 'age'",
        ),
        ("auto", {"age": "ordinal"}, UsageError, "'age' is no category; choose another encoding than ordinal"),
        ("auto", {"sex": "ordinal"}, UsageError, "'sex' is a category, which has no order; its encoding is one-hot"),
        ("difflogic", {"age": "auto"}, UsageError, "difflogic encodes all columns in its own way; leave"),
        ("difflogic", {}, UsageError, "difflogic has no such encoding of some; choose auto, or another"),
    ],
)
def test_impossible_encodings_are_refused(
    encoding: str, columns: dict[str, str], error: type[Exception], message: str
) -> None:
    data = data_of({AGE: [30, 41, 25, 60], SEX: [0, 1, 0, 1]})
    with pytest.raises(error, match=message):
        fit_encoder(trained_on(data), encoding, columns=columns)


def test_too_many_codes_and_no_bits_at_all_are_refused() -> None:
    many = data_of({AGE: list(range(MAX_VALUES + 1))})
    with pytest.raises(UsageError, match=r"'age' has 1025 different values, more than 1024; give it a thermometer"):
        fit_encoder(trained_on(many), "one-hot")
    with pytest.raises(DataError, match="no column has two different values in the training part"):
        fit_encoder(trained_on(data_of({AGE: [1, 1, 1, 2]}), 0, 1, 2))
