"""The readers of UCI's tables, on rows like those that are published."""

import numpy as np
import pytest

from ca_logic.errors import DataError
from ca_logic.tasks.datasets import load_data_set
from ca_logic.tasks.datasets.data_set import DataSet, Origin, drop_incomplete
from ca_logic.tasks.datasets.source import ReadFile
from ca_logic.tasks.datasets.uci import read_adult, read_breast_cancer, read_iris, read_monk
from tests.tasks.datasets.float_arrays import float32s

ADULT_TRAIN = b"""\
39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, 2174, 0, 40, \
United-States, <=50K
52, ?, 209642, HS-grad, 9, Married-civ-spouse, ?, Husband, White, Male, 0, 0, 45, United-States, >50K

"""
ADULT_TEST = b"""\
|1x3 Cross validator
25, Private, 226802, 11th, 7, Never-married, Machine-op-inspct, Own-child, Black, Female, 0, 1902, 60, ?, >50K.
17, Private, 1, 11th, 7, Never-married, Sales, Own-child, Black, Female, 0, 0, 0, Cuba, <=50K.
"""


def given_files(*contents: bytes) -> list[ReadFile]:
    return [ReadFile(content, Origin(str(place), "nowhere", "")) for place, content in enumerate(contents)]


def cells(data: DataSet, row: int) -> dict[str, object]:
    """Returns what a sample says, by the names of its columns."""
    values = data.features[row].tolist()
    return {
        column.name: column.categories[int(value)] if column.kind == "category" else value
        for column, value in zip(data.columns, values, strict=True)
    }


def test_adult_keeps_everything_about_people_and_leaves_the_weight_of_the_row_out() -> None:
    data = read_adult("adult", given_files(ADULT_TRAIN, ADULT_TEST))
    assert (data.num_train, data.num_test) == (2, 2)
    assert [data.classes[label] for label in data.labels] == ["<=50K", ">50K", ">50K", "<=50K"]
    assert cells(data, 0) == {
        "age": 39,
        "workclass": "State-gov",
        "education": "Bachelors",
        "education-num": 13,
        "marital-status": "Never-married",
        "occupation": "Adm-clerical",
        "relationship": "Not-in-family",
        "race": "White",
        "sex": "Male",
        "capital-gain": 2174,
        "capital-loss": 0,
        "hours-per-week": 40,
        "native-country": "United-States",
    }
    assert cells(data, 1)["workclass"] == cells(data, 1)["occupation"] == cells(data, 2)["native-country"] == "?"


def test_incomplete_samples_can_be_dropped_from_both_parts() -> None:
    data = drop_incomplete(read_adult("adult", given_files(ADULT_TRAIN, ADULT_TEST)))
    assert (data.num_train, data.num_test) == (1, 1)
    assert data.features[:, 0].tolist() == [39, 17]


def test_breast_cancer_is_read_with_its_class_first() -> None:
    content = b"""\
no-recurrence-events,30-39,premeno,30-34,0-2,no,3,left,left_low,no
recurrence-events,50-59,ge40,10-14,3-5,?,1,right,?,yes
"""
    data = read_breast_cancer("breast-cancer", given_files(content))
    assert (data.num_train, data.num_test) == (2, 0)
    assert data.labels.tolist() == [0, 1]
    assert list(cells(data, 0).values()) == ["30-39", "premeno", "30-34", "0-2", "no", "3", "left", "left_low", "no"]
    assert cells(data, 1)["node-caps"] == cells(data, 1)["breast-quad"] == "?"


def test_monks_are_read_without_the_names_of_the_robots() -> None:
    data = read_monk(
        "monk1", given_files(b" 1 1 1 1 1 3 1 data_5\n 0 3 2 2 1 4 2 data_6\n", b" 1 1 1 1 1 1 1 data_1\n\n")
    )
    assert (data.num_train, data.num_test) == (2, 1)
    assert data.labels.tolist() == [1, 0, 1]
    assert cells(data, 1) == {"a1": "3", "a2": "2", "a3": "2", "a4": "1", "a5": "4", "a6": "2"}


def test_iris_is_read_in_the_order_of_its_file() -> None:
    data = read_iris("iris", given_files(b"5.1,3.5,1.4,0.2,Iris-setosa\n6.3,3.3,6.0,2.5,Iris-virginica\n\n"))
    np.testing.assert_array_equal(data.features, float32s([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]]))
    assert data.labels.tolist() == [0, 2]
    shipped = load_data_set("iris")
    assert cells(shipped, 149) == dict(zip(cells(shipped, 0), float32s([5.9, 3.0, 5.1, 1.8]).tolist(), strict=True))


@pytest.mark.parametrize(
    "content",
    [
        b"no-recurrence-events,30-39\n",
        b"maybe,30-39,premeno,30-34,0-2,no,3,left,left_low,no\n",
        b"no-recurrence-events,30-39,premeno,30-34,0-2,no,3,left,left_low,\xff\n",
        b"",
    ],
)
def test_what_was_not_published_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(DataError, match="breast-cancer is not what was published: its columns hold something else"):
        read_breast_cancer("breast-cancer", given_files(content))
