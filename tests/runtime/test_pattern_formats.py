"""The formats of patterns: what each file says, where its faults are, and that nothing is lost on the way."""

import gzip
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ca_logic.errors import OutputError, PatternError, UsageError
from ca_logic.runtime.pattern import (
    WRITERS,
    Pattern,
    library,
    load_pattern,
    pattern_of_states,
    read_pattern,
    read_rle,
    render_rle,
    run_length,
    save_pattern,
)
from ca_logic.runtime.pattern.cells import render_cells
from ca_logic.runtime.pattern.life_105 import render_life_105
from ca_logic.runtime.pattern.life_106 import render_life_106
from ca_logic.runtime.pattern.macrocell import read_macrocell
from ca_logic.runtime.pattern.pattern import runs_of_cells, runs_of_states
from ca_logic.tasks.grid import Grid
from tests.oracles import random_states, seeds

needs_bgolly = pytest.mark.skipif(
    shutil.which("bgolly") is None, reason="bgolly is not installed; on Debian: apt install golly"
)

GLIDER = [[0, 1], [1, 2], [2, 0], [2, 1], [2, 2]]

GLIDERS = {
    "rle": "x = 3, y = 3, rule = B3/S23\nbo$2bo$3o!",
    "rle after comments": "#N Glider\n#C x\n\nx = 3, y = 3\nbo$2bo$3o!",
    "rle without header": "bo$2bo$3o!",
    "rle without header, in lines": "bo$\n2bo$\n3o!\n",
    "rle without header or end": "bo$2bo$3o",
    "cells": "!Name: Glider\n!\n.O\n..O\nOOO\n",
    "cells with stars": "!\n.*.\n..*\n***\n",
    "cells with blanks": "\n\n!\n O\n  O\nOOO\n\n\n",
    "cells of dblife": "!\n.O\n2.O\n3O",
    "life 1.05": "#Life 1.05\n#D Glider\n#N\n#P -1 -1\n.*.\n..*\n***\n",
    "life 1.05 in blocks": "#Life 1.05\n#P 0 0\n.*\n..*\n#P 0 2\n***\n",
    "life 1.05 in blocks that overlap": "#Life 1.05\n#P 1 1\n.*\n**\n#P 0 0\n.*\n..*\n***\n",
    "life 1.05 without first line": "#P -1 -1\n.*.\n..*\n***\n",
    "life 1.06": "#Life 1.06\n1 0\n2 1\n0 2\n1 2\n2 2\n",
    "life 1.06, mixed up": "#Life 1.06\n 0 -3\n-1\t-3\n+0 -4\n-2 -3\n-1 -5\n0 -3\n",
    "macrocell": "[M2] (golly 3.3)\n#R B3/S23\n.*$..*$***$\n4 0 0 0 1\n",
    "macrocell of a leaf": "[M2]\n.*$..*$***$\n",
    "macrocell of states": "[M2] (golly 3.3)\n#R WireWorld\n1 0 1 0 0\n1 0 0 1 0\n1 1 1 0 0\n1 1 0 0 0\n2 1 2 3 4\n",
    "mcell": "#MCell 4.00\n#GAME Life\n#RULE 23/3\n#L .A$2.A$\n#L 3A\n",
    "plain text": ".O.\n..O\nOOO\n",
    "plain text of stars": "\n\n *\n  *\n***",
    "plain text of hashes": ".#.\n..#\n###\n",
    "plain text of commas": ",x\n,,x\nxxx",
}


@pytest.mark.parametrize("text", GLIDERS.values(), ids=GLIDERS.keys())
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_a_glider_is_read_from_every_format(text: str, line_end: str) -> None:
    pattern = read_pattern(text.replace("\n", line_end), name="x")
    assert pattern.live.tolist() == GLIDER
    assert (pattern.width, pattern.height) == (3, 3)
    assert read_pattern("\ufeff" + text).live.tolist() == GLIDER


def test_names_origins_and_comments_are_kept() -> None:
    rle = read_pattern("#N Glider\n#O Richard Guy\n#C Flies.\n#c small\n#D more\n#CXRLE Gen=1\nx = 1, y = 1\no!")
    assert (rle.name, rle.origin, rle.comments) == ("Glider", "Richard Guy", ("Flies.", "small", "more"))
    cells = read_pattern("!Name: Glider\n!Author: Richard Guy\n!Flies.\nO")
    assert (cells.name, cells.origin, cells.comments) == ("Glider", "Richard Guy", ("Flies.",))
    assert read_pattern("#Life 1.05\n#D Flies.\n#P 0 0\n*", name="glider").comments == ("Flies.",)
    assert read_pattern("#Life 1.06\n#C Flies.\n0 0", name="glider").name == "glider"
    assert read_pattern("#MCell 4.00\n#D Flies.\n#L A").comments == ("Flies.",)
    assert read_pattern("[M2]\n#C Flies.\n*$").comments == ("Flies.",)


def test_rules_come_with_the_pattern() -> None:
    assert read_pattern("#Life 1.05\n#R 23/36\n#P 0 0\n*").rule == "23/36"
    assert read_pattern("#Life 1.05\n#N\n#P 0 0\n*").rule == "B3/S23"
    assert read_pattern("#Life 1.05\n#P 0 0\n*").rule == ""
    assert read_pattern("#MCell 4.00\n#RULE 345/2/4\n#L A").rule == "345/2/4"
    assert read_pattern("#MCell 4.00\n#GAME Rules table\n#GOLLY WireWorld\n#RULE 1,0,0\n#L A").rule == "WireWorld"
    torus = read_pattern("[M2]\n#R B36/S23:T30,20\n#G 77\n*$")
    assert (torus.rule, torus.grid, torus.generation) == ("B36/S23", Grid("torus", 30, 20), 77)


def test_places_are_counted_from_the_centre() -> None:
    assert read_pattern("#Life 1.05\n#P -7 3\n..\n.*").position == (-6, 4)
    assert read_pattern("#Life 1.06\n5 -9\n-7 3").position == (-7, -9)
    # The upper left cell of the south-eastern child of the root is (0, 1).
    assert read_pattern("[M2]\n*$\n4 0 0 0 1").position == (0, 1)
    assert read_pattern("[M2]\n*$\n4 1 0 0 0").position == (-8, -7)
    assert read_pattern("[M2]\n1 1 0 0 0\n2 0 0 0 1").position == (0, 1)
    for name in ("rle", "cells", "plain text", "mcell"):
        assert read_pattern(GLIDERS[name]).position is None


def test_a_board_of_mcell_is_a_grid_with_the_pattern_in_its_middle() -> None:
    pattern = read_pattern("#MCell 4.00\n#BOARD 20x30\n#WRAP 1\n#L 3A")
    assert (pattern.grid, pattern.position) == (Grid("torus", 20, 30), (-1, 0))
    assert read_pattern("#MCell 4.00\n#BOARD 20x30\n#L 3A").grid == Grid("plane", 20, 30)


def test_states_of_mcell_have_prefixes_from_a_on() -> None:
    assert read_pattern("#MCell 4.00\n#L AXaAaX$jO").runs[:, 3].tolist() == [1, 24, 25, 48, 255]


def test_ten_dead_cells_may_be_a_dollar_in_plain_text() -> None:
    assert read_pattern("*$*").runs.tolist() == [[0, 0, 1, 1], [0, 11, 1, 1]]


FAULTS = {
    "nonsense": ("hello world", r"text holds no pattern that is known, but begins with 'hello world'; known are RLE"),
    "a line of nonsense": ("\n\n  Dear all,\nhow are you?", r"text holds .* begins with 'Dear all,'"),
    "long nonsense": ("nonsense " * 10_000, r"text holds .* begins with 'nonsense .*\.\.\.'; known"),
    "zeros and ones": ("010\n001\n111", r"text holds .* begins with '010'; known"),
    "nothing": ("", "text holds no pattern; it is empty"),
    "blanks": (" \n\t\n", "text holds no pattern; it is empty"),
    "comments": ("#C only\n#N comments", "text holds no pattern; an RLE file has"),
    "markup": ("<html><body>x = 3</body></html>", "text holds no pattern that is known"),
    "rle": ("x = 3, y = 3\nbo$2bq!", "text line 2, column 6: 'q' has no meaning in RLE"),
    "a letter of cells": ("!\n.O\n.xO", r"text line 3, column 2: 'x' is no cell; expected \. for dead and O for live"),
    "a count of cells": ("!\n.3", "text line 2, column 2: '3' is no cell"),
    "no cells": ("!Name: nothing\n", r"text holds no pattern; a \.cells file has rows"),
    "a long row of cells": ("!\n9999999999999999O", "text line 2: the pattern is too large to hold"),
    "many cells": ("!\n" + "999999999999O\n" * 3, "text: the pattern is too large to hold"),
    "a huge count of cells": ("!\n" + "9" * 5000 + "O", "text line 2: 9+... is too large a number"),
    "a letter of life 1.05": ("#Life 1.05\n#P 0 0\n .*O", "text line 3, column 4: 'O' is no cell; expected"),
    "a place of life 1.05": (f"#Life 1.05\n#P 0 {'9' * 50}\n*", "text line 2: 9+... is too large a number"),
    "distant blocks": (f"#Life 1.05\n#P 0 0\n*\n#P {'9' * 18} 0\n*", "text: the pattern is too large to hold"),
    "a line of life 1.06": ("#Life 1.06\n1 2\n3\n", "text line 3: '3' is no cell like '-1 2'"),
    "a third number": ("#Life 1.06\n1 2 3", "text line 2: '1 2 3' is no cell"),
    "an arabic digit": ("#Life 1.06\n1 \u0662", "text line 2: '1 \u0662' is no cell"),
    "distant cells": (f"#Life 1.06\n0 0\n{'9' * 18} 0", "text: the pattern is too large to hold"),
    "a huge coordinate": (f"#Life 1.06\n0 {'9' * 19}", "text line 2: 9+... is too large a number"),
    "no nodes": ("[M2]\n#R B3/S23", "text holds no pattern; a macrocell file has lines"),
    "a node before its children": ("[M2]\n4 0 0 0 1", "text line 2 names node 1, which does not come before it"),
    "a node of itself": ("[M2]\n*$\n4 0 0 0 2", "text line 3 names node 2"),
    "a wrong level": ("[M2]\n*$\n5 0 0 0 1", "text line 3: the children of a node of level 5 must be of level 4"),
    "no level": ("[M2]\n0 0 0 0 1", "text line 2: there is no level 0; levels are 1 to 60"),
    "too high a level": ("[M2]\n61 0 0 0 0", "text line 2: there is no level 61"),
    "too high a state": ("[M2]\n1 0 0 0 256", "text line 2: there is no state 256; states are 0 to 255"),
    "a large leaf": ("[M2]\n.........*$", "text line 2: a leaf has at most 8 rows of 8 cells"),
    "a high leaf": ("[M2]\n$$$$$$$$*$", "text line 2: a leaf has at most 8 rows of 8 cells"),
    "no node": ("[M2]\n4 0 0 1", r"text line 2: '4 0 0 1' is no node like"),
    "no mcell": ("#MCell 4.00\n#D nothing", r"text holds no pattern; an MCell file has lines like '#L"),
    "items of mcell": ("#MCell 4.00\n#D x\n#L .A$2?A", r"text line 3, column 7: '\?' has no meaning"),
}


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PatternError, match=f"^{message}") as caught:
        read_pattern(text, source="text")
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 220


def test_a_header_that_claims_a_billion_cells_costs_nothing() -> None:
    started = time.process_time()
    pattern = read_pattern("x = 1000000000, y = 1000000000\n3o!")
    assert (pattern.width, pattern.population) == (10**9, 3)
    for render in (render_cells, render_life_105):
        with pytest.raises(
            PatternError, match="of 1000000000x1000000000 is too large to be laid out cell by cell; RLE"
        ):
            render(pattern)
    assert render_life_106(pattern).count("\n") == 4
    assert time.process_time() - started < 1


def test_a_macrocell_file_of_too_many_cells_is_refused_before_they_are_made() -> None:
    full = (
        "[M2]\n"
        + "********$" * 8
        + "\n"
        + "".join(f"{level} {n} {n} {n} {n}\n" for n, level in enumerate(range(4, 61), 1))
    )
    with pytest.raises(PatternError, match=r"^macrocell: \d+ cells are too many to be held one by one"):
        read_macrocell(full)
    started = time.process_time()
    sparse = "[M2]\n*$\n" + "".join(f"{level} {n} 0 0 {n}\n" for n, level in enumerate(range(4, 20), 1))
    assert read_macrocell(sparse).population == 1 << 16
    assert time.process_time() - started < 2


def laid_out(width: int, height: int, seed: int, num_states: int = 2) -> np.ndarray:
    """Returns random cells, about half of the rows and columns of which are dead."""
    rng = np.random.default_rng(seed)
    states = random_states(width, height, num_states, seed)
    states[rng.random(height) < 0.5] = 0
    states[:, rng.random(width) < 0.3] = 0
    return states


selections = st.builds(laid_out, st.integers(1, 200), st.integers(1, 12), seeds)
places = st.one_of(st.none(), st.tuples(st.integers(-(2**40), 2**40), st.integers(-(2**40), 2**40)))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(deadline=None)
@given(
    cells=st.builds(laid_out, st.integers(1, 100), st.integers(1, 12), seeds, st.sampled_from([2, 3, 26, 256])),
    position=places,
    generation=st.integers(0, 2**50),
    name=texts,
    comment=texts,
)
def test_a_selection_comes_back_from_rle_as_it_was(
    cells: np.ndarray, position: tuple[int, int] | None, generation: int, name: str, comment: str
) -> None:
    pattern = pattern_of_states(cells, name=name, rule="B36/S23", position=position, generation=generation)
    text = render_rle(Pattern(**{**vars(pattern), "comments": (comment,), "origin": name}))
    assert max(map(len, text.splitlines()[-3:])) < 200
    again = read_pattern(text)
    np.testing.assert_array_equal(again.states(), cells)
    assert (again.rule, again.position, again.generation) == ("B36/S23", position, generation)
    named = " ".join(name.splitlines()).strip()
    assert (again.name, again.origin) == (named, named)
    assert again.comments == (" ".join(comment.splitlines()).strip(),)


@settings(deadline=None)
@given(cells=selections, position=places)
def test_live_cells_come_back_from_other_formats_as_they_were(
    cells: np.ndarray, position: tuple[int, int] | None
) -> None:
    pattern = pattern_of_states(cells, name="soup", rule="B36/S23", position=position)
    np.testing.assert_array_equal(read_pattern(render_cells(pattern)).states(), cells)
    left, top = pattern.corner
    expected = [[y + top, x + left] for y, x in pattern.live.tolist()]
    for text in (render_life_105(pattern), render_life_106(pattern)):
        again = read_pattern(text)
        x, y = again.position or (0, 0)
        assert np.add(again.live, [y, x]).tolist() == expected
    assert all(len(line) <= 80 for line in render_life_105(pattern).splitlines())


@pytest.mark.parametrize(
    ("rule", "line"), [("", "#N"), ("B3/S23", "#N"), ("B36/S23", "#R 23/36"), ("B2-a/S12", "#R B2-a/S12")]
)
def test_life_105_says_the_rule_as_its_readers_expect(rule: str, line: str) -> None:
    text = render_life_105(pattern_of_states(np.ones((1, 1), dtype=np.uint8), rule=rule))
    assert line in text.splitlines()


@pytest.mark.parametrize("render", [render_cells, render_life_105, render_life_106])
def test_formats_of_live_and_dead_refuse_other_states(render: Callable[[Pattern], str]) -> None:
    with pytest.raises(PatternError, match=r"pattern 'x' has cells in state 3, and .* save it as RLE"):
        render(pattern_of_states(np.array([[1, 3]], dtype=np.uint8), name="x"))


@pytest.mark.parametrize("suffix", [*WRITERS, ".RLE"])
def test_a_pattern_is_saved_as_its_suffix_says(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"glider{suffix}"
    glider = load_pattern("glider")
    save_pattern(path, glider)
    again = load_pattern(str(path))
    assert again.live.tolist() == GLIDER
    beginnings = {".rle": "#N Glider", ".cells": "!Name: Glider", ".lif": "#Life 1.05", ".life": "#Life 1.06"}
    assert path.read_text(encoding="utf-8").startswith(beginnings[suffix.lower()])


def test_a_suffix_of_no_format_and_a_place_that_is_none_are_refused(tmp_path: Path) -> None:
    glider = load_pattern("glider")
    with pytest.raises(UsageError, match=r"glider\.png ends in none of \.rle, \.cells, \.lif, \.life; rename it"):
        save_pattern(tmp_path / "glider.png", glider)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        save_pattern(tmp_path / "file" / "glider.rle", glider)


def test_compressed_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "my.rle.gz"
    path.write_bytes(gzip.compress(GLIDERS["rle"].encode()))
    pattern = load_pattern(str(path))
    assert (pattern.name, pattern.live.tolist()) == ("my", GLIDER)
    for damaged in (path.read_bytes()[:-9], b"\x1f\x8bnonsense", path.read_bytes()[:20] + b"\xff" * 30):
        path.write_bytes(damaged)
        with pytest.raises(PatternError, match=r"my\.rle\.gz is a damaged gzip file"):
            load_pattern(str(path))


def test_files_that_are_too_large_are_refused_packed_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "MAX_BYTES", 1 << 20)
    large = tmp_path / "large.rle"
    for content in (b"o" * (1 << 21), gzip.compress(bytes(1 << 24))):
        large.write_bytes(content)
        with pytest.raises(PatternError, match=r"large\.rle has more than 1 MiB"):
            load_pattern(str(large))
    if Path("/dev/zero").exists():
        with pytest.raises(PatternError, match="has more than 1 MiB"):
            load_pattern("/dev/zero")


_pieces = st.sampled_from(
    [
        *("#Life 1.05", "#Life 1.06", "#P 0 0", "#P", "#R 23/3", "#N", "#D", "#MCell", "#L ", "#BOARD 9x9", "#RULE "),
        *("[M2]", "#G 5", "4 0 1 0 2", "1 0 1 0 2", "2 1 1 0 3", "!", "!Name: x", "x = 3, y = 3", "#CXRLE Pos=1,2"),
        *("\n", "\n", "\n", "\r\n", "\x0b", " ", ".", "*", "O", "o", "b", "$", "A", "aA", "pA", "3", "12", "-1 5"),
        *("99999999999", "9" * 30, "\u0662", "\ufeff", "é", "\x00"),
    ]
)


@settings(deadline=1000, max_examples=300)
@given(text=st.one_of(st.text(max_size=60), st.lists(_pieces, max_size=20).map("".join)))
@example("$" * 50_000)
@example(" " * 50_000 + "O")
@example("9" * 50_000)
@example("!" * 50_000)
@example("!" + "\n" * 50_000)
@example("[M2]\n" + "*" * 50_000)
@example("#P 1" + " " * 50_000)
@example("#Life 1.06\n" + "1 " * 50_000)
@example("[M2]\n60 0 0 0 0")
def test_any_text_is_a_pattern_or_a_pattern_error(text: str) -> None:
    message = "one line"
    try:
        pattern = read_pattern(text)
    except PatternError as error:
        message = str(error)
    else:
        y, x, length, state = pattern.runs.T
        assert ((y >= 0) & (y < pattern.height) & (x >= 0) & (length >= 1) & (x + length <= pattern.width)).all()
        assert ((state >= 1) & (state <= 255)).all()
    assert len(message.splitlines()) == 1


_items = st.sampled_from(
    ["b", "o", "A", "X", "pA", "yO", "yP", "q", ".", "$", "0", "7", "12", " ", "\n", "#c\n", "!", "999999999999$"]
)


@settings(deadline=None, max_examples=300)
@given(text=st.lists(_items, max_size=30).map("".join), block=st.integers(2, 40))
@example("p\nA!", 10)
@example("3\npA!", 10)
def test_reading_by_blocks_is_reading_item_by_item(text: str, block: int) -> None:
    text = f"x = 1, y = 1\n{text}"

    def outcome() -> str | list[list[int]]:
        try:
            runs: list[list[int]] = read_rle(text).runs.tolist()
        except PatternError as error:
            return str(error)
        return runs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_length, "_BYTES_PER_BLOCK", block)
        by_blocks = outcome()
        patch.setattr(run_length, "_read_regular", lambda _: None)
        assert by_blocks == outcome()


@settings(deadline=None)
@given(cells=selections, num_runs=st.integers(1, 20))
def test_writing_by_blocks_changes_nothing(cells: np.ndarray, num_runs: int) -> None:
    pattern = pattern_of_states(cells)
    expected = render_rle(pattern)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_length, "_RUNS_PER_BLOCK", num_runs)
        assert render_rle(pattern) == expected
    assert all(len(line) <= 70 for line in expected.splitlines())
    assert not re.search(r"(?<!\d)1[bo$]", expected.split("\n", 1)[1])


@settings(deadline=None)
@given(cells=st.builds(laid_out, st.integers(1, 90), st.integers(1, 12), seeds, st.sampled_from([2, 5])), seed=seeds)
def test_runs_are_the_same_of_a_rectangle_and_of_its_cells_in_any_order(cells: np.ndarray, seed: int) -> None:
    runs = runs_of_states(cells)
    y, x = np.nonzero(cells)
    listed = np.column_stack([y, x, cells[y, x]]).astype(np.int64)
    order = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(listed)), 2))
    np.testing.assert_array_equal(runs_of_cells(listed[order]), runs)
    np.testing.assert_array_equal(Pattern(runs, cells.shape[1], cells.shape[0]).states(), cells)


def absolute(pattern: Pattern) -> list[list[int]]:
    """Returns (y, x, state) of all cells from the centre."""
    x, y = pattern.position or (0, 0)
    return sorted(
        [row + y, column + x + n, state] for row, column, length, state in pattern.runs.tolist() for n in range(length)
    )


def by_golly(text: str, folder: Path, algorithm: str = "HashLife") -> Pattern:
    """Returns what bgolly reads, from the macrocell file that it writes."""
    (folder / "pattern").write_text(text, encoding="utf-8")
    command = ["bgolly", "-q", "-q", "-a", algorithm, "-m", "0", "-o", str(folder / "out.mc"), str(folder / "pattern")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return read_macrocell((folder / "out.mc").read_text(encoding="utf-8"))


MORE_THAN_GOLLY = {
    "rle without header, in lines",
    "cells with stars",
    "cells with blanks",
    "life 1.06, mixed up",
    "macrocell of states",
    "macrocell of a leaf",
    "plain text of hashes",
}
"""What bgolly reads wrongly or not at all, and people write nevertheless; states it reads by another algorithm."""


@needs_bgolly
@pytest.mark.parametrize("name", sorted(GLIDERS.keys() - MORE_THAN_GOLLY))
def test_bgolly_reads_the_same_cells(name: str, tmp_path: Path) -> None:
    expected = by_golly(GLIDERS[name], tmp_path)
    pattern = read_pattern(GLIDERS[name])
    assert expected.live.tolist() == pattern.live.tolist()
    if pattern.position:
        assert absolute(expected) == absolute(pattern)


@needs_bgolly
@pytest.mark.parametrize("seed", range(6))
def test_bgolly_reads_what_we_write_where_we_put_it(seed: int, tmp_path: Path) -> None:
    cells = laid_out(110, 30, seed)
    pattern = pattern_of_states(cells, rule="B3/S23", position=(-50 - seed, 7 * seed - 20))
    expected = absolute(pattern)
    for render in (render_rle, render_life_105, render_life_106):
        assert absolute(by_golly(render(pattern), tmp_path)) == expected
    in_corner = absolute(pattern_of_states(cells, position=(0, 0)))
    assert absolute(by_golly(render_cells(pattern), tmp_path)) == in_corner
    plain_text = render_cells(pattern).partition("\n")[2].replace("O", "@")
    assert absolute(by_golly(plain_text, tmp_path)) == in_corner


@needs_bgolly
@pytest.mark.parametrize("board", ["", "#BOARD 60x47\n#WRAP 1\n", "#BOARD 61x50\n"])
@pytest.mark.parametrize("margin", [0, 3, 4])
def test_bgolly_puts_mcell_files_at_the_same_place(board: str, margin: int, tmp_path: Path) -> None:
    cells = np.pad(laid_out(20, 9, 5, 4), ((margin, 0), (margin + 1, 0)))
    items = render_rle(pattern_of_states(cells), num_states=4).partition("\n")[2].rstrip("!\n").replace("\n", "\n#L ")
    text = f"#MCell 4.00\n#GAME Generations\n#RULE 345/2/4\n{board}#L {items}"
    expected = by_golly(text, tmp_path, "Generations")
    pattern = read_pattern(text)
    if board:
        assert absolute(pattern) == absolute(expected)
        assert (pattern.rule, pattern.grid) == (expected.rule, expected.grid)
    else:
        assert pattern.runs[:, 3].tolist() == expected.runs[:, 3].tolist()
