"""The tables of the UCI repository: Adult, breast cancer (Ljubljana), MONK's problems and iris.

What a column can hold is known from the files that describe them, in the order given there; that is the order of
difflogic's one-hot codes too.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float32

from ca_logic.errors import DataError
from ca_logic.tasks.datasets.data_set import Column, DataSet
from ca_logic.tasks.datasets.source import ReadFile

Table = tuple[Column | None, ...]
"""The columns of a file; None for one that is no feature."""


def _category(name: str, categories: str) -> Column:
    return Column(name, "category", tuple(categories.split()))


def _ordered(name: str, categories: str) -> Column:
    return Column(name, "category", tuple(categories.split()), is_ordered=True)


def _number(name: str) -> Column:
    return Column(name, "number")


_TARGET = None

_ADULT: Table = (
    _number("age"),
    _category(
        "workclass",
        "Private Self-emp-not-inc Self-emp-inc Federal-gov Local-gov State-gov Without-pay Never-worked ?",
    ),
    # fnlwgt tells how many people of the population the row stands for, nothing about the person. difflogic leaves it
    # out as well.
    None,
    _category(
        "education",
        "Bachelors Some-college 11th HS-grad Prof-school Assoc-acdm Assoc-voc 9th 7th-8th 12th Masters 1st-4th 10th "
        "Doctorate 5th-6th Preschool",
    ),
    _number("education-num"),
    _category(
        "marital-status",
        "Married-civ-spouse Divorced Never-married Separated Widowed Married-spouse-absent Married-AF-spouse",
    ),
    _category(
        "occupation",
        "Tech-support Craft-repair Other-service Sales Exec-managerial Prof-specialty Handlers-cleaners "
        "Machine-op-inspct Adm-clerical Farming-fishing Transport-moving Priv-house-serv Protective-serv "
        "Armed-Forces ?",
    ),
    _category("relationship", "Wife Own-child Husband Not-in-family Other-relative Unmarried"),
    _category("race", "White Asian-Pac-Islander Amer-Indian-Eskimo Other Black"),
    _category("sex", "Female Male"),
    _number("capital-gain"),
    _number("capital-loss"),
    _number("hours-per-week"),
    _category(
        "native-country",
        "United-States Cambodia England Puerto-Rico Canada Germany Outlying-US(Guam-USVI-etc) India Japan Greece South "
        "China Cuba Iran Honduras Philippines Italy Poland Jamaica Vietnam Mexico Portugal Ireland France "
        "Dominican-Republic Laos Ecuador Taiwan Haiti Columbia Hungary Guatemala Nicaragua Scotland Thailand "
        "Yugoslavia El-Salvador Trinadad&Tobago Peru Hong Holand-Netherlands ?",
    ),
    _TARGET,
)
_BREAST_CANCER: Table = (
    _TARGET,
    _ordered("age", "10-19 20-29 30-39 40-49 50-59 60-69 70-79 80-89 90-99"),
    _category("menopause", "lt40 ge40 premeno"),
    _ordered("tumor-size", "0-4 5-9 10-14 15-19 20-24 25-29 30-34 35-39 40-44 45-49 50-54 55-59"),
    _ordered("inv-nodes", "0-2 3-5 6-8 9-11 12-14 15-17 18-20 21-23 24-26 27-29 30-32 33-35 36-39"),
    _category("node-caps", "yes no ?"),
    _ordered("deg-malig", "1 2 3"),
    _category("breast", "left right"),
    _category("breast-quad", "left_up left_low right_up right_low central ?"),
    _category("irradiat", "yes no"),
)
_MONKS: Table = (
    _TARGET,
    _category("a1", "1 2 3"),
    _category("a2", "1 2 3"),
    _category("a3", "1 2"),
    _category("a4", "1 2 3"),
    _category("a5", "1 2 3 4"),
    _category("a6", "1 2"),
    # The name of the sample.
    None,
)
_IRIS: Table = (
    _number("sepal-length"),
    _number("sepal-width"),
    _number("petal-length"),
    _number("petal-width"),
    _TARGET,
)


def read_adult(name: str, files: Sequence[ReadFile]) -> DataSet:
    """Returns Adult: who earns more than 50,000 dollars a year; a cell that is missing is the category `?`."""
    # The test part has a line of its own at the top, and a full stop behind each class.
    parts = [
        [
            [cell.strip() for cell in line.rstrip(".").split(",")]
            for line in _lines(file.content)
            if not line.startswith("|")
        ]
        for file in files
    ]
    return _data_set(name, parts, _ADULT, target=-1, classes=("<=50K", ">50K"))


def read_breast_cancer(name: str, files: Sequence[ReadFile]) -> DataSet:
    """Returns the Ljubljana breast cancer data: whether it came back; a cell that is missing is the category `?`."""
    parts = [[line.split(",") for line in _lines(file.content)] for file in files]
    classes = ("no-recurrence-events", "recurrence-events")
    return _data_set(name, parts, _BREAST_CANCER, target=0, classes=classes, num_test=0)


def read_monk(name: str, files: Sequence[ReadFile]) -> DataSet:
    """Returns one of MONK's problems; the test part is all 432 robots, those of the training part among them."""
    parts = [[line.split() for line in _lines(file.content)] for file in files]
    return _data_set(name, parts, _MONKS, target=0, classes=("0", "1"))


def read_iris(name: str, files: Sequence[ReadFile]) -> DataSet:
    """Returns iris as UCI publishes it.

    That variant differs from Fisher's article in two samples, the 35th and the 38th (J. C. Bezdek et al., "Will the
    real iris data please stand up?", 1999).
    """
    (file,) = files
    rows = [line.split(",") for line in _lines(file.content)]
    classes = ("Iris-setosa", "Iris-versicolor", "Iris-virginica")
    return _data_set(name, [rows], _IRIS, target=-1, classes=classes, num_test=0)


def _lines(content: bytes) -> Iterator[str]:
    return (line for line in content.decode("ascii", "replace").splitlines() if line.strip())


def _data_set(
    name: str,
    parts: list[list[list[str]]],
    table: Table,
    *,
    target: int,
    classes: tuple[str, ...],
    num_test: int | None = None,
) -> DataSet:
    """Returns the rows of all parts, the last of which is the test part."""
    rows = [row for part in parts for row in part]
    try:
        cells = list(zip(*rows, strict=True))
        kept = [(column, texts) for column, texts in zip(table, cells, strict=True) if column]
        features = np.stack([_codes(column, texts) for column, texts in kept], axis=1)
        labels = np.array([classes.index(text) for text in cells[target]], dtype=np.int32)
    except (ValueError, KeyError):
        raise DataError(f"{name} is not what was published: its columns hold something else.") from None
    return DataSet(
        name=name,
        columns=tuple(column for column, _ in kept),
        features=features,
        labels=labels,
        classes=classes,
        num_test=len(parts[-1]) if num_test is None else num_test,
    )


def _codes(column: Column, texts: tuple[str, ...]) -> Float32[np.ndarray, " samples"]:
    if column.kind == "number":
        return np.array([float(text) for text in texts], dtype=np.float32)
    places = {text: place for place, text in enumerate(column.categories)}
    return np.array([places[text] for text in texts], dtype=np.float32)
