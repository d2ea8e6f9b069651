import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import UsageError
from ca_logic.visualizer.bindings import BINDINGS, Binding, action_of
from ca_logic.visualizer.events import (
    Button,
    ButtonPress,
    ButtonRelease,
    CloseRequest,
    FileDrop,
    InputEvent,
    KeyPress,
    Modifiers,
    PointerMove,
    Resize,
    WheelTurn,
)
from ca_logic.visualizer.scripting import (
    HELP,
    Send,
    TakeScreenshot,
    WaitFrames,
    WaitLearned,
    WaitSeconds,
    parse_script,
    read_script,
)

SHIFT, CTRL = Modifiers(shift=True), Modifiers(ctrl=True)
LEFT: frozenset[Button] = frozenset({"left"})
pixels = st.integers(-99_999, 99_999)


def events_of(text: str) -> list[InputEvent]:
    steps = parse_script(text)
    assert all(isinstance(step, Send) for step in steps)
    return [step.event for step in steps if isinstance(step, Send)]


def test_a_script_is_read_line_by_line() -> None:
    script = """
        # open, look, run
        drop some patterns/acorn.rle
        key Ctrl+V

        wait 30 frames
        wait 1 frame
        wait 1.5 seconds
        wait learned
        screenshot out/a b.png
        resize 640 400
        quit
    """
    assert parse_script(script) == [
        Send(FileDrop("some patterns/acorn.rle")),
        Send(KeyPress("v", "", CTRL)),
        WaitFrames(30),
        WaitFrames(1),
        WaitSeconds(1.5),
        WaitLearned(),
        TakeScreenshot(Path("out/a b.png")),
        Send(Resize(640, 400)),
        Send(CloseRequest()),
    ]


def test_typing_presses_a_key_for_each_sign() -> None:
    assert events_of("type B3/s 2") == [
        KeyPress("b", "B", SHIFT),
        KeyPress("3", "3"),
        KeyPress("/", "/"),
        KeyPress("s", "s"),
        KeyPress("space", " "),
        KeyPress("2", "2"),
    ]


def test_a_click_moves_presses_and_releases() -> None:
    assert events_of("click 100 200") == [PointerMove(100, 200), ButtonPress(100, 200), ButtonRelease(100, 200)]


@pytest.mark.parametrize("button", ["left", "middle", "right"])
def test_any_button_clicks_while_keys_are_held(button: str) -> None:
    _, press, release = events_of(f"Ctrl+shift+{button}-click 1 2")
    assert isinstance(press, ButtonPress)
    assert isinstance(release, ButtonRelease)
    assert press.button == release.button == button
    assert press.modifiers == release.modifiers == Modifiers(shift=True, ctrl=True)


@given(left=pixels, top=pixels, right=pixels, bottom=pixels)
def test_a_drag_goes_from_place_to_place(left: int, top: int, right: int, bottom: int) -> None:
    move, press, *moves, release = events_of(f"drag {left} {top} {right} {bottom}")
    assert move == PointerMove(left, top)
    assert press == ButtonPress(left, top)
    assert release == ButtonRelease(right, bottom)
    assert moves[-1] == PointerMove(right, bottom, LEFT)
    for step in moves:
        assert isinstance(step, PointerMove)
        assert min(left, right) <= step.x <= max(left, right)
        assert min(top, bottom) <= step.y <= max(top, bottom)
        assert step.held == LEFT


def test_a_button_stays_down_until_it_is_released() -> None:
    script = "press 1 2\nmove 3 4\nright-click 3 4\nrelease 5 6\nmove 7 8"
    held: list[frozenset[Button]] = [event.held for event in events_of(script) if isinstance(event, PointerMove)]
    assert held == [LEFT, LEFT, frozenset()]


def test_the_wheel_turns_either_way() -> None:
    assert events_of("wheel 1 2 3\nShift+wheel 1 2 -0.5") == [WheelTurn(1, 2, 3.0), WheelTurn(1, 2, -0.5, SHIFT)]


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: str(binding.chord))
def test_scripts_reach_every_action_by_its_key(binding: Binding) -> None:
    (press,) = events_of(f"key {binding.chord}")
    assert isinstance(press, KeyPress)
    assert action_of(press) is binding.action


@given(text=st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1))
def test_what_is_typed_is_the_text(text: str) -> None:
    presses = [event for event in events_of(f"type {text}") if isinstance(event, KeyPress)]
    assert "".join(press.text for press in presses) == text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("klick 1 2", "there is no 'klick'; did you mean 'click'?"),
        ("zzzzz", "there is no 'zzzzz'; lines begin with key, type, drop"),
        ("key Entr", "there is no key 'entr'; did you mean Enter?"),
        ("key", "'' is no key; write it like a, >, F2"),
        ("type", "'' cannot be typed; write type B3/S23"),
        ("type a\tb", "cannot be typed"),
        ("click 100", "'100' are not 2 whole numbers of pixels; write it like click 100 200"),
        ("click 1.5 2", "'1.5 2' are not 2 whole numbers"),
        ("drag 1 2 3", "'1 2 3' are not 4 whole numbers of pixels; write it like drag 100 200 300 200"),
        ("hyper+click 1 2", "'hyper.click' holds a key that there is not; write Shift, Ctrl or Alt"),
        ("right-wheel 1 2 3", "there is no 'right-wheel'"),
        ("wheel 1 2", "'1 2' is no turn of the wheel; write wheel 100 200 -1, at most 1000 notches"),
        ("wheel 1 2 0", "is no turn of the wheel"),
        ("wheel 1 2 9999", "is no turn of the wheel"),
        ("press 1 2\npress 1 2", "the left button is down already; release it first"),
        ("release 1 2", "the left button is not down; press it first"),
        ("drop", "'drop' names no file; write drop FILE"),
        ("resize 0 5", "'0 5' is no size of a window; write resize 1280 720, each from 1 to 16384"),
        ("resize 99999 5", "'99999 5' is no size"),
        ("wait", "'' cannot be waited for; write wait 30 frames, wait 1.5 seconds or wait learned"),
        ("wait 3", "'3' cannot be waited for"),
        ("wait 1.5 frames", "write a whole number of frames, at most 1000000"),
        ("wait 9999999 frames", "write a whole number of frames"),
        ("wait 99999 seconds", "'99999 seconds' is too long; wait at most 3600 seconds"),
        ("screenshot a.gif", "'a.gif' is no name of a picture; write screenshot FILE.png"),
        ("quit now", "nothing may follow 'quit', but 'now' does; remove it"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(line: str, message: str) -> None:
    number = 3 + line.count("\n")
    with pytest.raises(UsageError, match=f"^film.txt, line {number}: .*{message}"):
        parse_script(f"# a comment\n\n{line}\nkey Enter\n", source="film.txt")


words = "key type click drag press release move wheel wait frames 1 -2 0.5 # + Ctrl+ a"
texts = st.one_of(st.text(), st.lists(st.sampled_from([*words.split(), "\n"])).map(" ".join))


@given(text=texts)
def test_any_text_is_a_script_or_refused_in_one_line(text: str) -> None:
    with contextlib.suppress(UsageError):
        parse_script(text)
        return
    with pytest.raises(UsageError, match=r"^the script, line \d+: .{1,300}$"):
        parse_script(text)


def test_the_help_shows_lines_that_can_be_read() -> None:
    filled = {"CHORD": "F2", "TEXT": "B3", "X": "1", "Y": "2", "NOTCHES": "3", "N": "4", "WIDTH": "5", "HEIGHT": "6"}
    for line in HELP.splitlines():
        written = line.split("   ")[0]
        if not written.startswith("release"):
            parse_script(" ".join(filled.get(word, word) for word in written.split()))


def test_a_script_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "film.txt"
    path.write_bytes(b"\xef\xbb\xbfkey Enter\r\nwait 2 frames\r\n")
    assert read_script(path) == [Send(KeyPress("return")), WaitFrames(2)]
    path.write_text("key Enter\noops", encoding="utf-8")
    with pytest.raises(UsageError, match=r"film.txt, line 2: there is no 'oops'"):
        read_script(path)


def test_a_file_that_is_no_script_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read script .*none.txt: No such file or directory; give --script"):
        read_script(tmp_path / "none.txt")
    with pytest.raises(UsageError, match=r"cannot read script .*: Is a directory"):
        read_script(tmp_path)
    with pytest.raises(UsageError, match="cannot read script"):
        read_script(Path("a\0b"))
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is no UTF-8 text"):
        read_script(binary)
    long = tmp_path / "long"
    long.write_bytes(b"#" * 100_000)
    with pytest.raises(UsageError, match="is longer than 65536 bytes"):
        read_script(long)
