import functools
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.errors import BoardError, PatternError
from ca_logic.resources import resource_folder
from ca_logic.runtime import TOPOLOGIES, Board, Topology
from ca_logic.runtime.pattern import Pattern, load_pattern, place_pattern, read_rle, write_rle
from ca_logic.tasks import load_rule
from ca_logic.tasks.grid import Grid
from tests.command_line import run_script
from tests.oracles import board_sizes, circuit_of_table, circuit_of_transitions, random_cells, random_states, seeds

KERNEL = NumpyKernel(circuit_of_table(load_rule("life").table))
GLIDER = [[0, 1], [1, 2], [2, 0], [2, 1], [2, 2]]
ALIVE = [[y, x, 1] for y, x in GLIDER]
HEADER = "x = 3, y = 3, rule = B3/S23\n"


def make_board(width: int, height: int, *, topology: Topology = "torus") -> Board:
    return Board(width, height, topology=topology, kernel=KERNEL)


def board_of_states(width: int, height: int, num_states: int, *, topology: Topology = "torus") -> Board:
    """Returns a board of cells that never change."""
    return Board(width, height, topology=topology, kernel=frozen(num_states), num_states=num_states)


@functools.cache
def frozen(num_states: int) -> NumpyKernel:
    return NumpyKernel(circuit_of_transitions(np.repeat(np.arange(num_states)[:, None], 256, axis=1)))


def runs_of(text: str) -> list[list[int]]:
    runs: list[list[int]] = read_rle(text).runs.tolist()
    return runs


def live_of(text: str) -> list[list[int]]:
    live: list[list[int]] = read_rle(text).live.tolist()
    return live


@settings(deadline=None)
@given(
    size=board_sizes,
    density=st.sampled_from([0.0, 0.01, 0.2, 0.5, 0.95, 1.0]),
    topology=st.sampled_from(TOPOLOGIES),
    generation=st.integers(0, 2**40),
    seed=seeds,
)
def test_a_board_comes_back_from_rle_as_it_was(
    size: tuple[int, int], density: float, topology: Topology, generation: int, seed: int
) -> None:
    board = make_board(*size, topology=topology)
    board.fill_randomly(density, seed)
    board.generation = generation
    text = write_rle(board, rule="B36/S23", name="soup")
    pattern = read_rle(text)
    assert (pattern.name, pattern.rule, pattern.generation) == ("soup", "B36/S23", generation)
    again = make_board(*size, topology=topology)
    place_pattern(again, pattern)
    np.testing.assert_array_equal(again.states(), board.states())
    assert again.generation == generation
    assert all(len(line) <= 70 for line in text.splitlines())
    assert text.endswith("!\n")


@settings(deadline=None, max_examples=40)
@given(
    size=board_sizes,
    num_states=st.sampled_from([3, 4, 8, 25, 26, 49, 256]),
    topology=st.sampled_from(TOPOLOGIES),
    seed=seeds,
)
def test_a_board_of_several_states_comes_back_from_rle_as_it_was(
    size: tuple[int, int], num_states: int, topology: Topology, seed: int
) -> None:
    board = board_of_states(*size, num_states, topology=topology)
    board.set_states(random_states(*size, num_states, seed))
    text = write_rle(board, rule="12/34/5")
    assert all(len(line) <= 70 for line in text.splitlines())
    assert not set("bo") & set(text.split("\n", 2)[2]), "b and o are for two states only"
    pattern = read_rle(text)
    assert pattern.max_state == board.states().max()
    again = board_of_states(*size, num_states, topology=topology)
    place_pattern(again, pattern)
    np.testing.assert_array_equal(again.states(), board.states())


TAGS = {1: "A", 2: "B", 24: "X", 25: "pA", 48: "pX", 49: "qA", 240: "xX", 241: "yA", 254: "yN", 255: "yO"}


@pytest.mark.parametrize(("state", "tag"), TAGS.items())
def test_a_state_is_written_and_read_with_gollys_letters(state: int, tag: str) -> None:
    board = board_of_states(9, 1, 256)
    board.place(np.array([[0, 2, state], [0, 3, state], [0, 5, state]]), 0, 0)
    assert write_rle(board, rule="/2/256").splitlines()[-1] == f"2{tag}.{tag}!"
    assert runs_of(f"x = 6, y = 1\n2.2{tag}.{tag}!") == [[0, 2, 2, state], [0, 5, 1, state]]


def test_a_file_of_several_states_is_what_golly_writes() -> None:
    board = board_of_states(10, 4, 4)
    board.place(np.array([[0, 0, 1], [0, 1, 2], [0, 2, 2], [2, 0, 3], [2, 3, 1]]), 1, 1)
    expected = "#CXRLE Pos=-4,-1 Gen=0\nx = 4, y = 3, rule = 345/2/4:T10,4\nA2B2$C2.A!\n"
    assert write_rle(board, rule="345/2/4") == expected


def test_states_of_a_pattern_that_the_rule_does_not_have_are_refused() -> None:
    board = board_of_states(9, 9, 3)
    with pytest.raises(BoardError, match="there is a cell in state 3, but the rule has 3 states, from 0 on"):
        place_pattern(board, read_rle("x = 3, y = 1\nABC!"))
    assert board.population == 0


def test_o_and_a_b_and_a_point_mean_the_same() -> None:
    assert runs_of("x = 6, y = 1\nboB.Ao!") == [[0, 1, 1, 1], [0, 2, 1, 2], [0, 4, 1, 1], [0, 5, 1, 1]]


def test_what_is_written_is_what_golly_writes() -> None:
    board = make_board(20, 21, topology="plane")
    board.place(np.array(ALIVE), 12, 13)
    board.generation = 10
    expected = "#N glider\n#CXRLE Pos=2,3 Gen=10\nx = 3, y = 3, rule = B3/S23:P20,21\nbo$2bo$3o!\n"
    assert write_rle(board, rule="B3/S23", name="glider") == expected
    assert ":T64,1\n" in write_rle(make_board(64, 1), rule="B3/S23")


def test_an_empty_board_is_written_and_read() -> None:
    text = write_rle(make_board(5, 5), rule="B3/S23")
    assert "x = 0, y = 0" in text
    pattern = read_rle(text)
    assert len(pattern.live) == 0
    place_pattern(make_board(1, 1), Pattern(pattern.runs, 0, 0))


def test_a_count_may_be_parted_from_its_tag_by_a_line_end() -> None:
    # As bgolly reads it; a blank between them is an error.
    assert live_of("x = 3, y = 3\nbo$2bo$3\no!") == GLIDER
    assert live_of("x = 3, y = 3\nbo$2bo$\n\n3\n\n  o!") == GLIDER


def test_a_grid_in_the_file_is_kept() -> None:
    def grid(rule: str) -> Grid | None:
        return read_rle(f"x = 1, y = 1, rule = {rule}\no!").grid

    assert grid("B3/S23:T64,48") == Grid("torus", 64, 48)
    assert grid("b3s23:p30") == Grid("plane", 30, 30)
    assert grid("B3/S23:T0,5") == Grid("torus", 0, 5)
    assert grid("345/2/4:T30+2,20") == Grid("torus", 30, 20, horizontal_shift=2)
    for rule in ("B3/S23", "B3/S23:", "B3/S23:T", "B3/S23:T0,0", "B3/S23:nonsense", "B3/S23:C5*,5"):
        assert grid(rule) is None


def test_a_long_run_is_placed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ca_logic.runtime.pattern.pattern._CELLS_PER_BLOCK", 7)
    text = "x = 9, y = 4\n9o$b3o2b2o$$o!"
    board = make_board(9, 4)
    place_pattern(board, read_rle(text))
    assert board.live_cells().tolist() == live_of(text)


def test_a_stated_size_larger_than_the_board_counts_for_nothing() -> None:
    board = make_board(5, 5)
    place_pattern(board, read_rle("x = 1000, y = 3\nbo$2bo$3o!"))
    assert board.live_cells().tolist() == [[y + 1, x] for y, x in GLIDER]


def test_long_lines_are_broken_between_items_only() -> None:
    board = make_board(400, 50)
    board.fill_randomly(0.5, seed=0)
    body = write_rle(board, rule="B3/S23").splitlines()[2:]
    assert len(body) > 10
    assert all(60 < len(line) <= 70 for line in body[:-1])
    assert all(re.fullmatch(r"(\d*[bo$])+!?", line) for line in body)
    assert not any(re.search(r"(?<!\d)1[bo$]", line) for line in body), "a count of 1 is left out"


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "bo$2bo$3o!",
        HEADER + "bo$2bo$3o!\n",
        "bo$2bo$3o!",
        "x=3,y=3\nbo$2bo$3o!",
        "X = 3 , Y = 3 , RULE = b3/s23\nbo$2bo$3o!",
        "  x = 3, y = 3\n   bo$  2bo$\t3o!",
        "x = 3, y = 3, rule = B3/S23,\nbo$2bo$3o!",
        "x = 3, y = 3, rule = B3/S23:T20,30\nbo$2bo$3o!",
        "x = 3, y = 3, rule = B3/S23 History\nbo$2bo$3o!",
        HEADER + "bo$2bo$3o",
        HEADER + "bo$2bo$3o$",
        HEADER + "bob$2bo$3o3$!",
        HEADER + "bo$2bo$3o!\nthe rest is a comment: 99z",
        HEADER + "bo$2bo$3o! 0q",
        HEADER + ".A$2.A$3A!",
        HEADER + ".o$2.A$2oA!",
        HEADER + "bo$\n2b\no$3\x20\x20\n".replace("3\x20\x20\n", "\n2o\no!"),
        HEADER + "\n\nbo$\n\n2bo$\n3o!\n",
        "\n\n" + HEADER + "bo$2bo$3o!",
        "#N Glider\n#C a comment\n#O somebody\n#c another\n#D more\n" + HEADER + "bo$2bo$3o!",
        HEADER + "bo$\n#C in the middle\n2bo$3o!",
        (HEADER + "bo$\n2bo$\n3o!\n").replace("\n", "\r\n"),
        (HEADER + "bo$\n2bo$\n3o!\n").replace("\n", "\r"),
        "x = 1, y = 1\nbo$2bo$3o!",
        "x = 100, y = 100\nbo$2bo$3o!",
        HEADER + "1b1o1$2b1o1$3o!",
    ],
)
def test_every_way_to_write_a_glider_is_read(text: str) -> None:
    assert live_of(text) == GLIDER


def test_rows_may_be_skipped() -> None:
    assert live_of("x = 1, y = 7\no5$o$$o!") == [[0, 0], [5, 0], [7, 0]]
    assert live_of("x = 1, y = 3\n2$o!") == [[2, 0]]


def test_a_rule_is_read_without_its_topology() -> None:
    assert read_rle("x = 1, y = 1, rule = B36/S23:T30,40\no!").rule == "B36/S23"
    assert read_rle("x = 1, y = 1, rule = 23/36\no!").rule == "23/36"
    assert read_rle("x = 1, y = 1, rule = B36/S23 and more\no!").rule == "B36/S23"
    assert read_rle("x = 1, y = 1\no!").rule == ""
    assert read_rle("o!").rule == ""


def test_a_rule_in_a_comment_line_counts_if_the_header_names_none() -> None:
    # As bgolly 3.3 does.
    assert read_rle("#r B36/S23\nx = 1, y = 1\no!").rule == "B36/S23"
    assert read_rle("#r 23/36\no!").rule == "23/36"
    assert read_rle("#r B36/S23\nx = 1, y = 1, rule = B2/S\no!").rule == "B2/S"


def test_name_place_and_age_are_read() -> None:
    pattern = read_rle("#N  R-pentomino \n#CXRLE Pos=-7,12 Gen=1103\nx = 4, y = 5, rule = B3/S23\nb2o$2o$bo!", name="x")
    assert (pattern.name, pattern.position, pattern.generation) == ("R-pentomino", (-7, 12), 1103)
    assert (pattern.width, pattern.height) == (4, 5)
    plain = read_rle("b2o$2o$bo!", name="file")
    assert (plain.name, plain.position, plain.generation) == ("file", None, 0)
    assert (plain.width, plain.height) == (3, 3)


def test_place_and_age_are_independent() -> None:
    assert read_rle("#CXRLE Gen=5\no!").position is None
    assert read_rle("#CXRLE Gen=5\no!").generation == 5
    assert read_rle("#CXRLE Pos = 1 , -2\no!").position == (1, -2)


def test_a_pattern_without_a_place_is_centred_as_golly_does() -> None:
    for width, height in ((20, 21), (3, 3), (7, 4)):
        board = make_board(width, height)
        place_pattern(board, read_rle(HEADER + "bo$2bo$3o!"))
        # bgolly puts the top left corner at -(3 // 2), and the middle of the board at width // 2.
        assert (board.live_cells() - GLIDER == [height // 2 - 1, width // 2 - 1]).all()


def test_a_pattern_with_a_place_is_put_there_and_ages_the_board() -> None:
    board = make_board(20, 20)
    place_pattern(board, read_rle("#CXRLE Pos=-10,9 Gen=42\nx = 1, y = 1\no!"))
    assert board.live_cells().tolist() == [[19, 0]]
    assert board.generation == 42


@pytest.mark.parametrize(
    "text",
    [
        "x = 5, y = 1\n5o!",
        "#CXRLE Pos=5,0\nx = 1, y = 1\no!",
        "#CXRLE Pos=-3,0\nx = 1, y = 1\no!",
        "#CXRLE Pos=0,99999999999999999999999\nx = 1, y = 1\no!",
        "#CXRLE Pos=-9223372036854775808,0\nx = 1, y = 1\no!",
        "x = 99999999999999999999999, y = 1\no!",
        "x = 1, y = 1\n100000000000bo!",
    ],
)
def test_a_pattern_beyond_the_board_is_refused(text: str) -> None:
    board = make_board(4, 4)
    with pytest.raises((BoardError, PatternError)) as caught:
        place_pattern(board, read_rle(text))
    assert len(str(caught.value).splitlines()) == 1
    assert board.population == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEADER + "bo$2bq$3o!",
            r"line 2, column 6: 'q' has no meaning in RLE; expected b, o, \$ or !, or A to X for more states",
        ),
        (HEADER + "bo$\n2bo$\n 3Y!", r"line 4, column 2: 'Y' has no meaning"),
        (HEADER + "bo$2?!", r"line 2, column 4: '\?' has no meaning in RLE; expected b, o, \$ or !"),
        (HEADER + "bo$é!", r"line 2, column 4: 'é' has no meaning"),
        (HEADER + "b0o!", r"line 2, column 2: a count must not begin with 0, but here is '0'"),
        (HEADER + "b03o!", r"line 2, column 2: a count must not begin with 0, but here is '03'"),
        (HEADER + "b\u0660o!", r"line 2, column 2"),
        (HEADER + "bo$3", r"line 2, column 4: the count 3 has nothing to repeat"),
        (HEADER + "bo$3\n", r"line 2, column 4: the count 3 has nothing"),
        (HEADER + "bo$3 o!", r"line 2, column 4: the count 3 has nothing"),
        (HEADER + "bo$3\to!", r"line 2, column 4: the count 3 has nothing"),
        (HEADER + "9999999999999o!", r"line 2, column 1: a run of 9999999999999\.\.\. is too long"),
        (HEADER + "9" * 100_000 + "o!", r"line 2, column 1: a run of 99999999999999999999\.\.\. is too long"),
        (HEADER + "999999999999o!", r"line 2, column 1: the pattern is too large to hold"),
        (HEADER + "b" + "999999999999$" * 3 + "!", r"line 2, column \d+: the pattern is too large to hold"),
        (HEADER + "p!", r"line 2, column 1: 'p' has no meaning"),
        (HEADER + "3p A!", r"line 2, column 1: 'p' has no meaning"),
        (HEADER + "bpY!", r"line 2, column 2: 'p' has no meaning"),
        (HEADER + "pp!", r"line 2, column 1: 'p' has no meaning"),
        (HEADER + "zA!", r"line 2, column 1: 'z' has no meaning"),
        (HEADER + "oA2yP!", r"line 2, column 3: 'yP' has no meaning"),
        (HEADER + "yX!", r"line 2, column 1: 'yX' has no meaning"),
        (HEADER + "-3o!", r"line 2, column 1: '-' has no meaning"),
        ("x = 3\nbo$2bo$3o!", r"line 1: 'x = 3' is no header like 'x = 3, y = 3'"),
        ("#C\n\nx = a, y = 3\no!", r"line 3: 'x = a, y = 3' is no header"),
        ("x = -3, y = 3\no!", r"line 1: .* is no header"),
        ("hello world", r"line 1, column 1: 'h' has no meaning"),
        ("", r"holds no pattern; an RLE file has a line like"),
        ("\n \n\t\n", r"holds no pattern"),
        ("#N only comments\n#C here", r"holds no pattern"),
        ("\x00\x01\x02", r"line 1, column 1: '\\x00' has no meaning"),
    ],
)
def test_the_first_fault_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PatternError, match=r"^fault\.rle " + message) as caught:
        read_rle(text, source="fault.rle")
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "text",
    [
        f"x = {'9' * 5000}, y = 1\no!",
        f"x = 1, y = {'9' * 5000}\no!",
        f"#CXRLE Pos={'9' * 5000},0\no!",
        f"#CXRLE Pos=0,-{'9' * 5000}\no!",
        f"#CXRLE Gen={'9' * 5000}\no!",
    ],
    ids=["width", "height", "x", "y", "generation"],
)
def test_numbers_of_thousands_of_digits_are_refused(text: str) -> None:
    with pytest.raises(PatternError, match=r"line 1"):
        read_rle(text)


def test_huge_counts_of_dead_cells_cost_nothing() -> None:
    started = time.perf_counter()
    pattern = read_rle("x = 1, y = 1\n999999999999b999999999999$o!")
    assert pattern.live.tolist() == [[999999999999, 0]]
    assert time.perf_counter() - started < 1


def test_huge_counts_of_live_cells_do_not_exhaust_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.rle"
    path.write_text("x = 1, y = 1\n268435456o!\n", encoding="utf-8")
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "from ca_logic.__main__ import main\n"
        "sys.exit(main())\n"
    )
    pytest.importorskip("resource", reason="limits of memory are a matter of POSIX")
    outcome = run_script(script, "run", "life", "--pattern", path, "--size", "512x512")
    outcome.assert_one_complaint()


_risky = re.compile(r"\d{6}")
_fragments = st.sampled_from(
    [
        *(
            "x = 3, y = 3",
            ", rule = B3/S23",
            ":T5,5",
            "#CXRLE ",
            "Pos=1,2",
            "Gen=",
            "#N",
            "#r 23/3",
            "\n",
            "\r\n",
            "\r",
        ),
        *(
            "b",
            "o",
            "A",
            "X",
            "pA",
            "yO",
            "q",
            ".",
            "$",
            "!",
            "0",
            "7",
            "12",
            " ",
            "\t",
            "x",
            "=",
            ",",
            "-",
            "99999999999999",
            "٣",
            "²",
            "\x0b",
        ),
        *("999999999999$", "999999999999b", "1000000000o"),
    ]
)


@settings(deadline=1000, max_examples=400)
@given(text=st.one_of(st.text(max_size=60), st.lists(_fragments, max_size=25).map("".join)))
@example("x = 3, y = 3, rule = " + "B " * 5000)
@example("x" + " " * 20000 + "!")
@example("#CXRLE " + "Pos=" * 20000)
@example("#CXRLE Pos=" + " " * 20000)
@example("$" * 50000)
def test_any_text_is_a_pattern_or_a_pattern_error(text: str) -> None:
    message = "one line"
    try:
        pattern = read_rle(text)
    except PatternError as error:
        message = str(error)
    else:
        y, x, length, state = pattern.runs.T
        assert (y >= 0).all()
        assert (y < pattern.height).all()
        assert (x >= 0).all()
        assert (length >= 1).all()
        assert (x + length <= pattern.width).all()
        assert ((state >= 1) & (state <= 255)).all()
    assert len(message.splitlines()) == 1


@settings(deadline=None)
@given(seed=seeds, width=st.integers(1, 80), height=st.integers(1, 10))
def test_cutting_a_file_short_never_invents_cells(seed: int, width: int, height: int) -> None:
    board = make_board(width, height)
    board.set_cells(random_cells(width, height, seed))
    text = write_rle(board, rule="B3/S23")
    whole = {tuple(cell) for cell in live_of(text)}
    for end in range(text.rindex("\n", 0, -1) + 1, len(text)):
        try:
            cut = {tuple(cell) for cell in live_of(text[:end])}
        except PatternError:
            continue
        assert cut <= whole


def test_shipped_patterns_are_found_by_name() -> None:
    expected = {"glider": 5, "r-pentomino": 5, "acorn": 7, "gosper-gun": 36}
    for name, population in expected.items():
        pattern = load_pattern(name)
        assert len(pattern.live) == population
        assert pattern.rule == "B3/S23"
        assert len(load_pattern(name.upper()).live) == population


def test_every_shipped_pattern_is_well_formed() -> None:
    paths = sorted(resource_folder("patterns").glob("*.rle"))
    assert len(paths) >= 30
    for path in paths:
        pattern = load_pattern(str(path))
        assert len(pattern.live) > 0
        assert pattern.name
        assert pattern.live.max(axis=0).tolist() == [pattern.height - 1, pattern.width - 1]


def test_a_file_is_loaded_and_named_after_itself(tmp_path: Path) -> None:
    path = tmp_path / "my glider.rle"
    path.write_bytes(b"x = 3, y = 3\r\nbo$2bo$3o!\r\n")
    pattern = load_pattern(str(path))
    assert pattern.live.tolist() == GLIDER
    assert pattern.name == "my glider"


def test_a_fault_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "broken.rle"
    path.write_text("x = 3, y = 3\nbo$2bq!", encoding="utf-8")
    with pytest.raises(PatternError, match=r"broken\.rle line 2, column 6"):
        load_pattern(str(path))


def test_a_missing_pattern_suggests_the_nearest() -> None:
    with pytest.raises(PatternError, match="no pattern 'acron', neither as a name nor as a file; did you mean 'acorn'"):
        load_pattern("acron")
    with pytest.raises(PatternError, match=r"the library has \d+, such as acorn, glider, gosper-gun, pulsar\."):
        load_pattern("zzzzzzzz")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00x", bytes(range(256)), b"\x89PNG\r\n\x1a\n\x00\xf0"])
def test_a_binary_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "binary.rle"
    path.write_bytes(content)
    with pytest.raises(PatternError, match=r"binary\.rle"):
        load_pattern(str(path))


def test_an_empty_file_a_folder_and_an_endless_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.rle").touch()
    with pytest.raises(PatternError, match=r"empty\.rle holds no pattern"):
        load_pattern(str(tmp_path / "empty.rle"))
    with pytest.raises(PatternError, match=r"cannot read pattern .*directory"):
        load_pattern(str(tmp_path))
    with pytest.raises(PatternError, match=r"cannot read pattern .*too long"):
        load_pattern("x" * 5000)
    with pytest.raises(PatternError, match="pattern"):
        load_pattern("")
