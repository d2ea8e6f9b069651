import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import UsageError
from ca_logic.visualizer.chords import Chord, parse_chord
from ca_logic.visualizer.events import KeyPress, Modifiers

modifiers = st.builds(Modifiers, st.booleans(), st.booleans(), st.booleans())
keys = st.one_of(
    st.sampled_from(string.ascii_lowercase + string.digits + string.punctuation),
    st.sampled_from(["return", "escape", "space", "page up", "left", "f1", "f12", "delete", "insert"]),
)


@given(chord=st.builds(Chord, keys, modifiers))
def test_what_is_written_is_read_back(chord: Chord) -> None:
    assert parse_chord(str(chord)) == chord
    assert parse_chord(str(chord).lower()) == chord
    assert parse_chord(f"  {str(chord).upper().replace('+', ' + ')} ") == chord


@pytest.mark.parametrize(
    ("text", "key", "held"),
    [
        ("Ctrl+Shift+Z", "z", Modifiers(shift=True, ctrl=True)),
        ("shift + ctrl + z", "z", Modifiers(shift=True, ctrl=True)),
        (">", ">", Modifiers()),
        ("F2", "f2", Modifiers()),
        ("Enter", "return", Modifiers()),
        ("Ctrl++", "+", Modifiers(ctrl=True)),
        ("+", "+", Modifiers()),
        ("PageDown", "page down", Modifiers()),
    ],
)
def test_a_chord_is_a_key_and_modifiers(text: str, key: str, held: Modifiers) -> None:
    assert parse_chord(text) == Chord(key, held)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no key; write it like a, >, F2, Enter or Ctrl"),
        ("Shift+Shift+A", "'Shift.Shift.A' is no key"),
        ("Entr", "there is no key 'entr'; did you mean Enter?"),
        ("F13", "there is no key 'f13'"),
        ("Ctrl+", "there is no key 'ctrl.'"),
        ("Hyper+A", "there is no key 'hyper.a'; there are F1 to F12, Enter, Esc"),
        ("qqqqqqq", "Down and all signs"),
        ("\x00", "there is no key"),
    ],
)
def test_what_is_no_chord_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_chord(text)


@given(text=st.text(max_size=40))
def test_any_text_is_a_chord_or_refused_in_one_line(text: str) -> None:
    with contextlib.suppress(UsageError):
        chord = parse_chord(text)
        assert parse_chord(str(chord)) == chord
        return
    with pytest.raises(UsageError, match=r"^.{1,300}$"):
        parse_chord(text)


@pytest.mark.parametrize(
    ("text", "press"),
    [
        ("a", KeyPress("a", "a")),
        ("Shift+A", KeyPress("a", "A", Modifiers(shift=True))),
        ("Ctrl+A", KeyPress("a", "", Modifiers(ctrl=True))),
        ("Space", KeyPress("space", " ")),
        ("Enter", KeyPress("return")),
        ("?", KeyPress("?", "?")),
        ("Shift+5", KeyPress("5", "", Modifiers(shift=True))),
    ],
)
def test_pressing_a_chord_types_what_it_says(text: str, press: KeyPress) -> None:
    assert parse_chord(text).press() == press
