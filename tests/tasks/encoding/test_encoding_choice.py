"""The words for encodings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import UsageError
from ca_logic.tasks.encoding import EncodingChoice, parse_encoding


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("auto", EncodingChoice("auto")),
        ("one-hot", EncodingChoice("one-hot")),
        ("uniform:3", EncodingChoice("uniform", 3)),
        ("distributive:1024", EncodingChoice("distributive", 1024)),
        ("thresholds:30,21,21", EncodingChoice("thresholds", None, (21, 30))),
        ("intervals:-0.5", EncodingChoice("intervals", None, (-0.5,))),
        ("difflogic", EncodingChoice("difflogic")),
        ("difflogic:31", EncodingChoice("difflogic", 31)),
    ],
)
def test_encodings_are_named_in_words(text: str, choice: EncodingChoice) -> None:
    assert parse_encoding(text) == choice


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unknown encoding ''; choose auto, one-hot, ordinal, uniform:N"),
        ("uniform", "unknown encoding 'uniform'"),
        ("one-hot:3", "unknown encoding 'one-hot:3'"),
        ("uniform:3:4", "unknown encoding"),
        ("uniform:0", "'uniform:0' must have from 1 to 1024 thresholds, as in uniform:3"),
        ("distributive:1025", "must have from 1 to 1024 thresholds"),
        ("uniform:-1", "must have from 1 to 1024 thresholds"),
        ("uniform:3.5", "must have from 1 to 1024 thresholds"),
        ("thresholds:", "must name numbers between commas, as in thresholds:21,30"),
        ("thresholds:1;2", "must name numbers between commas"),
        ("intervals:1,inf", "must name at most 1024 finite numbers"),
        ("thresholds:nan", "must name at most 1024 finite numbers"),
        ("thresholds:" + ",".join(map(str, range(1025))), "must name at most 1024 finite numbers"),
    ],
)
def test_other_words_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_encoding(text)


@given(st.text("autonehifrmdsblv-:,.0123456789", max_size=20))
def test_any_text_is_an_encoding_or_an_error_for_people(text: str) -> None:
    try:
        choice = parse_encoding(text)
    except UsageError:
        return
    assert choice.method in text
