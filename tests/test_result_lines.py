"""Lines of results: what is written is read again, and whatever else is in a file is passed over."""

import contextlib
import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import OutputError
from ca_logic.result_lines import append_result, read_results


@dataclass(frozen=True)
class Result:
    name: str
    count: int
    is_good: bool
    share: float
    guess: float | None
    shares: dict[str, float]
    texts: dict[str, str]


GOOD = Result("first", 3, True, 0.5, None, {"mlp": 1.0}, {"file": "md5"})

results = st.builds(
    Result,
    name=st.text(),
    count=st.integers(-(1 << 63), 1 << 63),
    is_good=st.booleans(),
    share=st.floats(allow_nan=False, allow_infinity=False),
    guess=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    shares=st.dictionaries(st.text(), st.floats(0, 1)),
    texts=st.dictionaries(st.text(), st.text()),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("results") / "results.jsonl"


@given(st.lists(results, max_size=4))
def test_what_is_written_is_read_again_in_order(path: Path, written: list[Result]) -> None:
    path.unlink(missing_ok=True)
    for result in written:
        append_result(path, result)
    assert read_results(path, Result) == written


@given(results, st.integers(0))
def test_a_line_that_was_cut_short_costs_that_result_only(path: Path, lost: Result, kept: int) -> None:
    path.unlink(missing_ok=True)
    append_result(path, GOOD)
    whole = path.read_bytes()
    append_result(path, lost)
    line = path.read_bytes().removeprefix(whole)
    path.write_bytes(whole + line[: kept % (len(line) - 1)])
    append_result(path, GOOD)
    assert read_results(path, Result) == [GOOD, GOOD]


@given(st.binary(max_size=60))
def test_whatever_is_in_a_file_is_no_result_or_cannot_be_read(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with contextlib.suppress(OutputError):
        assert read_results(path, Result) == []


WRONG: list[dict[str, Any]] = [
    {"name": 1},
    {"name": None},
    {"count": 1.0},
    {"count": True},
    {"is_good": 1},
    {"share": "0.5"},
    {"share": None},
    {"share": True},
    {"share": math.nan},
    {"share": math.inf},
    {"share": 10**400},
    {"guess": "none"},
    {"shares": [1.0]},
    {"shares": {"mlp": None}},
    {"shares": {"mlp": math.nan}},
    {"texts": {"file": 1}},
    {"more": 1},
]


@pytest.mark.parametrize("change", WRONG, ids=str)
def test_a_value_of_another_type_makes_it_no_result(tmp_path: Path, change: dict[str, Any]) -> None:
    lines = [asdict(GOOD) | change, asdict(GOOD)]
    (tmp_path / "file").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert read_results(tmp_path / "file", Result) == [GOOD]


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "3", "null", "{}", "[" * 100_000, "9" * 5000], ids=lambda line: line[:4]
)
def test_what_is_no_object_of_these_fields_is_passed_over(tmp_path: Path, line: str) -> None:
    (tmp_path / "file").write_text(f"{line}\n{json.dumps(asdict(GOOD))}\n", encoding="utf-8")
    assert read_results(tmp_path / "file", Result) == [GOOD]


def test_a_whole_number_does_for_any_number(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(json.dumps(asdict(GOOD) | {"share": 1, "guess": 0}), encoding="utf-8")
    assert read_results(tmp_path / "file", Result) == [replace(GOOD, share=1, guess=0)]


def test_without_a_file_there_are_no_results(tmp_path: Path) -> None:
    assert read_results(tmp_path / "file", Result) == []


def test_what_cannot_be_read_or_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"^cannot read .*: "):
        read_results(tmp_path, Result)
    with pytest.raises(OutputError, match=r"^cannot write .*: Is a directory; choose another --out\.$"):
        append_result(tmp_path, GOOD)
