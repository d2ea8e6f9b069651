import collections

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.visualizer.actions import Action
from ca_logic.visualizer.bindings import BINDINGS, Binding, action_of, chords_of
from ca_logic.visualizer.chords import parse_chord
from ca_logic.visualizer.events import KeyPress, Modifiers

SHIFT, CTRL, ALT = Modifiers(shift=True), Modifiers(ctrl=True), Modifiers(alt=True)

AGREED = {
    "Enter": Action.TOGGLE_RUNNING,
    "Space": Action.NEXT_GENERATION,
    "+": Action.FASTER,
    "-": Action.SLOWER,
    "[": Action.ZOOM_OUT,
    "]": Action.ZOOM_IN,
    "1": Action.SCALE_1,
    "2": Action.SCALE_2,
    "4": Action.SCALE_4,
    "8": Action.SCALE_8,
    "6": Action.SCALE_16,
    "3": Action.SCALE_32,
    "Left": Action.PAN_LEFT,
    "Right": Action.PAN_RIGHT,
    "Up": Action.PAN_UP,
    "Down": Action.PAN_DOWN,
    "f": Action.FIT,
    "Delete": Action.CLEAR,
    "Shift+Delete": Action.CLEAR_OUTSIDE,
    ">": Action.ROTATE_CLOCKWISE,
    "<": Action.ROTATE_COUNTERCLOCKWISE,
    "Shift+L": Action.PASTE_LOCATION,
    "Shift+M": Action.PASTE_MODE,
    "Ctrl+Space": Action.ADVANCE_SELECTION,
    "Shift+Space": Action.ADVANCE_OUTSIDE,
    "F2": Action.DRAW_MODE,
    "F3": Action.PICK_MODE,
    "F4": Action.SELECT_MODE,
    "F5": Action.MOVE_MODE,
    "Ctrl+X": Action.CUT,
    "Ctrl+C": Action.COPY,
    "Ctrl+V": Action.PASTE,
    "Ctrl+A": Action.SELECT_ALL,
    "Ctrl+K": Action.SELECT_NONE,
    "Ctrl+Z": Action.UNDO,
    "Ctrl+Shift+Z": Action.REDO,
    "Ctrl+O": Action.OPEN,
    "Ctrl+S": Action.SAVE,
    "Ctrl+Shift+O": Action.OPEN_CLIPBOARD,
    "h": Action.HELP,
    "i": Action.TOGGLE_INFO,
}
"""What Golly and LifeViewer agree on."""

GOLLY = {
    "=": Action.FASTER,
    "_": Action.SLOWER,
    "Tab": Action.NEXT_STEP,
    "z": Action.UNDO,
    "Shift+Z": Action.REDO,
    "v": Action.PASTE,
    "a": Action.SELECT_ALL,
    "k": Action.SELECT_NONE,
    "s": Action.SHRINK_SELECTION,
    "y": Action.FLIP_VERTICALLY,
    "x": Action.FLIP_HORIZONTALLY,
    "c": Action.NEXT_MODE,
    "t": Action.TOGGLE_AUTOFIT,
    "m": Action.CENTRE,
    "Shift+F": Action.FIT_SELECTION,
    "Ctrl+L": Action.TOGGLE_GRID,
    "Ctrl+5": Action.RANDOM_FILL,
    "Ctrl+R": Action.RESET,
    "Ctrl+N": Action.NEW,
    "Ctrl+Q": Action.QUIT,
    "F6": Action.ZOOM_IN_MODE,
    "F7": Action.ZOOM_OUT_MODE,
    "F11": Action.FULL_SCREEN,
    "F1": Action.HELP,
    "?": Action.HELP,
}


@pytest.mark.parametrize(("chord", "action"), AGREED.items())
def test_what_golly_and_lifeviewer_agree_on_is_followed(chord: str, action: Action) -> None:
    assert action_of(parse_chord(chord).press()) is action


@pytest.mark.parametrize(("chord", "action"), GOLLY.items())
def test_hands_that_know_golly_find_its_keys(chord: str, action: Action) -> None:
    assert action_of(parse_chord(chord).press()) is action


def test_no_chord_asks_for_two_things() -> None:
    counts = collections.Counter(binding.chord for binding in BINDINGS)
    assert [str(chord) for chord, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("action", Action)
def test_every_action_has_a_key(action: Action) -> None:
    assert chords_of(action)


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: str(binding.chord))
def test_every_binding_is_found_by_pressing_it(binding: Binding) -> None:
    assert action_of(binding.chord.press()) is binding.action


@pytest.mark.parametrize(
    ("press", "action"),
    [
        # American: Shift and the key of the full stop.
        (KeyPress(".", ">", SHIFT), Action.ROTATE_CLOCKWISE),
        (KeyPress("=", "+", SHIFT), Action.FASTER),
        (KeyPress("-", "_", SHIFT), Action.SLOWER),
        (KeyPress("/", "?", SHIFT), Action.HELP),
        (KeyPress("5", "%", SHIFT), Action.RANDOM_FILL),
        (KeyPress("=", "", ALT), Action.FASTEST),
        (KeyPress("=", "", Modifiers(alt=True, shift=True)), Action.FASTEST),
        # German: a key of its own, and the third sign of 9 by AltGr.
        (KeyPress("<", ">", SHIFT), Action.ROTATE_CLOCKWISE),
        (KeyPress("+", "+"), Action.FASTER),
        (KeyPress("9", "]"), Action.ZOOM_IN),
        (KeyPress("ß", "?", SHIFT), Action.HELP),
        # French: digits with Shift, named by their place without.
        (KeyPress("2", "2", SHIFT), Action.SCALE_2),
        (KeyPress("2", "é"), Action.SCALE_2),
        (KeyPress("6", "-"), Action.SLOWER),
        (KeyPress("5", "5", SHIFT), None),
        (KeyPress("5", "", CTRL), Action.RANDOM_FILL),
        # Russian: letters by their place.
        (KeyPress("f", "а"), Action.FIT),
        # With Caps Lock.
        (KeyPress("l", "L"), Action.LEARN),
        (KeyPress("l", "l", SHIFT), Action.PASTE_LOCATION),
    ],
)
def test_signs_count_as_typed_on_any_keyboard(press: KeyPress, action: Action | None) -> None:
    assert action_of(press) is action


@pytest.mark.parametrize("chord", ["Ctrl+Alt+Delete", "q", "Ctrl+F4", "Alt+F", "!", "Ctrl+Shift+Delete", "5", "w"])
def test_other_keys_ask_for_nothing(chord: str) -> None:
    assert action_of(parse_chord(chord).press()) is None


@pytest.mark.parametrize("action", [Action.TOGGLE_RUNNING, Action.SCREENSHOT, Action.LEARN, Action.HELP, Action.PASTE])
def test_a_held_key_does_not_flicker(action: Action) -> None:
    press = chords_of(action)[0].press()
    assert action_of(KeyPress(press.key, press.text, press.modifiers, repeated=True)) is None


@pytest.mark.parametrize("action", [Action.NEXT_GENERATION, Action.UNDO, Action.PAN_LEFT, Action.FASTER])
def test_a_held_key_goes_on_where_that_is_of_use(action: Action) -> None:
    press = chords_of(action)[0].press()
    assert action_of(KeyPress(press.key, press.text, press.modifiers, repeated=True)) is action


@given(
    key=st.text(max_size=3),
    text=st.text(max_size=2),
    held=st.builds(Modifiers, st.booleans(), st.booleans(), st.booleans()),
    repeated=st.booleans(),
)
def test_any_press_is_looked_up(key: str, text: str, held: Modifiers, repeated: bool) -> None:
    assert action_of(KeyPress(key, text, held, repeated)) in (None, *Action)


def test_descriptions_tell_actions_apart() -> None:
    assert len({(action.section, action.description) for action in Action}) == len(Action)
    assert all(action.description and "\n" not in action.description for action in Action)
