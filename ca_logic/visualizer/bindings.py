"""Bindings: the one table of which keys ask for which action. The help screen shows it, `action_of` looks keys up.

Where Golly and LifeViewer agree it follows both; elsewhere Golly, with LifeViewer's key as a second one where Golly
leaves it free. It differs from Golly where the letter was needed for what Golly does not have:

- `l` learns the rule. Grid lines are Ctrl+L, which is Golly's own second key for them, and `g`.
- `b`, which inverts Golly's colours, changes between light and dark.
- `0` is LifeViewer's normal speed, not Golly's origin; `r` and Backspace are LifeViewer's too.
- Shift with + and - is LifeViewer's limit of speed; since many keyboards need Shift to type a +, it is Alt here.
- `e`, `d`, `p`, `n` and F8 mean nothing in Golly, or what is not here: they edit the rule, dye cells in other colours,
  plot the population, show the netlist and classify. `o` takes a picture, as in LifeViewer.
"""

import dataclasses
from dataclasses import dataclass

from ca_logic.visualizer.actions import Action
from ca_logic.visualizer.chords import Chord, parse_chord
from ca_logic.visualizer.events import KeyPress

_TABLE = {
    Action.TOGGLE_RUNNING: "Enter",
    Action.NEXT_GENERATION: "Space",
    Action.NEXT_STEP: "Tab",
    Action.PREVIOUS_GENERATION: "Backspace",
    Action.PREVIOUS_STEP: "Shift+Tab",
    Action.RESET: "Ctrl+R r",
    Action.GO_TO_GENERATION: "Shift+N",
    Action.FASTER: "+ =",
    Action.SLOWER: "- _",
    Action.FASTEST: "Alt++ Alt+=",
    Action.SLOWEST: "Alt+-",
    Action.NORMAL_SPEED: "0",
    Action.FIT: "f Home",
    Action.FIT_SELECTION: "Shift+F",
    Action.TOGGLE_AUTOFIT: "t",
    Action.ZOOM_IN: "] PageUp",
    Action.ZOOM_OUT: "[ PageDown",
    Action.SCALE_1: "1",
    Action.SCALE_2: "2",
    Action.SCALE_4: "4",
    Action.SCALE_8: "8",
    Action.SCALE_16: "6",
    Action.SCALE_32: "3",
    Action.CENTRE: "m Ctrl+M",
    Action.PAN_LEFT: "Left",
    Action.PAN_RIGHT: "Right",
    Action.PAN_UP: "Up",
    Action.PAN_DOWN: "Down",
    Action.TOGGLE_GRID: "g Ctrl+L",
    Action.TOGGLE_LIGHT: "b",
    Action.NEXT_THEME: "d",
    Action.PREVIOUS_THEME: "Shift+D Shift+C",
    Action.TOGGLE_GRAPH: "p",
    Action.TOGGLE_CIRCUIT: "n",
    Action.TOGGLE_INFO: "i",
    Action.DRAW_MODE: "F2",
    Action.PICK_MODE: "F3",
    Action.SELECT_MODE: "F4",
    Action.MOVE_MODE: "F5",
    Action.ZOOM_IN_MODE: "F6",
    Action.ZOOM_OUT_MODE: "F7",
    Action.NEXT_MODE: "c",
    Action.UNDO: "Ctrl+Z z",
    Action.REDO: "Ctrl+Shift+Z Shift+Z Ctrl+Y",
    Action.CUT: "Ctrl+X",
    Action.COPY: "Ctrl+C",
    Action.PASTE: "Ctrl+V v",
    Action.PASTE_MODE: "Shift+M",
    Action.PASTE_LOCATION: "Shift+L",
    Action.SELECT_ALL: "Ctrl+A a",
    Action.SELECT_NONE: "Ctrl+K k",
    Action.SHRINK_SELECTION: "s Shift+A",
    Action.CLEAR: "Delete",
    Action.CLEAR_OUTSIDE: "Shift+Delete",
    Action.RANDOM_FILL: "Ctrl+5 Shift+5",
    Action.FLIP_VERTICALLY: "y Alt+Y",
    Action.FLIP_HORIZONTALLY: "x Alt+X",
    Action.ROTATE_CLOCKWISE: ">",
    Action.ROTATE_COUNTERCLOCKWISE: "<",
    Action.ADVANCE_SELECTION: "Ctrl+Space",
    Action.ADVANCE_OUTSIDE: "Shift+Space",
    Action.NEW: "Ctrl+N Alt+N",
    Action.OPEN: "Ctrl+O",
    Action.SAVE: "Ctrl+S",
    Action.OPEN_CLIPBOARD: "Ctrl+Shift+O",
    Action.SCREENSHOT: "o",
    Action.TOGGLE_RECORDING: "Shift+O",
    Action.CHANGE_RULE: "e Alt+R",
    Action.LEARN: "l",
    Action.CLASSIFY: "F8",
    Action.FULL_SCREEN: "F11 F9",
    Action.HELP: "? h F1",
    Action.CANCEL: "Esc",
    Action.QUIT: "Ctrl+Q",
}

GESTURES = (
    ("Wheel", "zoom about the mouse"),
    ("Drag", "draw, select or move"),
    ("Right drag", "move the board"),
    ("Shift+click", "extend the selection"),
    ("Drop a file", "open it"),
)
"""What the mouse does, for the help screen."""


@dataclass(frozen=True)
class Binding:
    """A chord, and what it asks for."""

    chord: Chord
    action: Action


BINDINGS = tuple(Binding(parse_chord(text), action) for action, texts in _TABLE.items() for text in texts.split())
"""All there are, the one to show first of each action first."""

_ACTIONS = {binding.chord: binding.action for binding in BINDINGS}


def chords_of(action: Action) -> tuple[Chord, ...]:
    """Returns the chords that ask for an action."""
    return tuple(binding.chord for binding in BINDINGS if binding.action is action)


def action_of(press: KeyPress) -> Action | None:
    """Returns what a key asks for, if anything.

    Signs count as typed, wherever they are on the keyboard and whatever is held to type them; letters and all other
    keys count as keys, so that Caps Lock makes no difference. A key that is held asks again only where that is of use.
    """
    held, is_typed = press.modifiers, _is_sign(press.text)
    chords = [Chord(press.text)] if is_typed else []
    # A digit on a French keyboard needs Shift, which then means nothing else.
    shift = held.shift and not (is_typed and press.text == press.key)
    chords.append(Chord(press.key, dataclasses.replace(held, shift=shift)))
    if _is_sign(press.key) and (held.ctrl or held.alt):
        # What would be typed is not known, so Shift may belong to the sign.
        chords.append(Chord(press.key, dataclasses.replace(held, shift=False)))
    action = next((_ACTIONS[chord] for chord in chords if chord in _ACTIONS), None)
    return None if action and press.repeated and not action.repeats else action


def _is_sign(text: str) -> bool:
    return len(text) == 1 and not text.isalpha() and not text.isspace()
