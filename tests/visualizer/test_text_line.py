"""Typing: what each key makes of a line, judged against a list of letters."""

from hypothesis import given
from hypothesis import strategies as st

from ca_logic.visualizer.events import KeyPress, Modifiers
from ca_logic.visualizer.text_line import TextLine

CTRL = Modifiers(ctrl=True)
keys = st.one_of(
    st.sampled_from(["left", "right", "home", "end", "backspace", "delete", "up", "tab"]).map(KeyPress),
    st.characters(exclude_categories=["C", "Z"]).map(lambda letter: KeyPress("x", letter)),
    st.just(KeyPress("a", "a", CTRL)),
)


def typed(*events: KeyPress, line: TextLine | None = None) -> TextLine:
    line = line or TextLine()
    for event in events:
        line = line.after(event)
    return line


@given(st.text(max_size=20), st.lists(keys, max_size=30))
def test_the_caret_stays_within_the_text(text: str, events: list[KeyPress]) -> None:
    line = typed(*events, line=TextLine().inserted(text))
    assert 0 <= line.caret <= len(line.text)
    assert line.text.isprintable()


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20), st.data())
def test_a_letter_that_is_deleted_again_was_never_there(text: str, data: st.DataObject) -> None:
    line = TextLine(text, data.draw(st.integers(0, len(text))))
    assert typed(KeyPress("3", "3"), KeyPress("backspace"), line=line) == line
    assert typed(KeyPress("3", "3"), KeyPress("left"), KeyPress("delete"), line=line) == line


def test_letters_go_where_the_caret_is() -> None:
    line = typed(KeyPress("left"), KeyPress("6", "6"), line=TextLine("B3/S23", 3))
    assert line == TextLine("B36/S23", 3)


def test_typing_replaces_what_is_selected() -> None:
    line = TextLine.selecting("B3/S23")
    assert typed(KeyPress("b", "B"), line=line) == TextLine("B", 1)
    assert typed(KeyPress("backspace"), line=line) == typed(KeyPress("delete"), line=line) == TextLine()
    assert typed(KeyPress("left"), line=line) == TextLine("B3/S23", 0)
    assert typed(KeyPress("right"), line=line) == TextLine("B3/S23", 6)
    assert line.inserted("23/3").text == "23/3"


def test_control_and_a_letter_types_nothing() -> None:
    line = TextLine("B3", 2)
    assert typed(KeyPress("q", "q", CTRL), KeyPress("y", "y", Modifiers(alt=True)), line=line) == line
    assert typed(KeyPress("a", "a", CTRL), line=line).is_selected


def test_control_and_alt_together_type() -> None:
    assert typed(KeyPress("7", "/", Modifiers(ctrl=True, alt=True))).text == "/"


def test_nothing_that_moves_the_pen_gets_in() -> None:
    assert TextLine().inserted("B3\n/S\t23\x00").text == "B3/S23"
