"""What a model says of its making, as lines: readable, and never a failure whatever a stranger wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.cli.provenance_rows import provenance_rows
from ca_logic.runtime.classifier import SplitChoice

KEYS = st.sampled_from(["accuracies", "split", "recipe", "origins", "is_proved", "proof", "fold", "folds", "seed", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_nothing_that_a_model_holds_fails(provenance: dict[str, object]) -> None:
    assert all(isinstance(part, str) for row in provenance_rows(provenance) for part in row)


def test_accuracies_are_a_table() -> None:
    figures = {"train": {"soft": 0.98, "hard": 0.5}, "test": {"soft": None, "hard": 1.0}}
    assert provenance_rows({"accuracies": figures}) == [
        ("accuracies", "           train        test"),
        ("", "soft     98.00 %           -"),
        ("", "hard     50.00 %    100.00 %"),
    ]


def test_folds_count_from_one_and_nothing_is_told_twice() -> None:
    rows = provenance_rows(
        {
            "seed": 3,
            "split": SplitChoice("folds", seed=3, validation=0.2).to_plain(),
            "recipe": {"layers": [5], "is_residual": False, "steps": 9},
            "steps": 9,
            "proof": "all rows",
            "is_proved": True,
        }
    )
    assert rows == [
        ("seed", "3"),
        ("split", "method folds, validation 0.2, fold 1 of 10"),
        ("recipe", "layers 5, residual no"),
        ("steps", "9"),
        ("proof", "all rows"),
    ]


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (SplitChoice(seed=1), "method shares, seed 1, validation 0.1"),
        (SplitChoice(seed=1, validation=0.0, test=0.3), "method shares, seed 1, validation 0, test 0.3"),
        (SplitChoice("folds", seed=1, folds=5, fold=4), "method folds, seed 1, validation 0.1, fold 5 of 5"),
        (SplitChoice("difflogic", seed=1), "method difflogic"),
    ],
)
def test_of_a_split_only_that_is_told_which_its_method_goes_by(choice: SplitChoice, text: str) -> None:
    assert provenance_rows({"split": choice.to_plain()}) == [("split", text)]
