"""Scripts: what a person does in the window, written down a line each, for tests and recordings.

    # open a pattern, look, and run
    drop demos/patterns/acorn.rle
    key f
    key Enter
    wait 120 frames
    screenshot acorn.png

`HELP` lists all that can be written. A script is read as a whole before anything of it happens, and only ever sends
events, waits and takes pictures.
"""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ca_logic.errors import UsageError
from ca_logic.formats.names import shown
from ca_logic.visualizer.chords import Chord, parse_chord
from ca_logic.visualizer.events import CloseRequest, FileDrop, InputEvent, KeyPress, Modifiers, Resize
from ca_logic.visualizer.scripted_mouse import VERBS, ScriptedMouse

HELP = """\
key CHORD            press a key, such as a, >, F2, Enter or Ctrl+Shift+Z
type TEXT            type the rest of the line
click X Y            also right-click, middle-click, and Shift+click, Ctrl+right-click and so on
press X Y            also right-press and so on; with move and release, a drag by hand
move X Y
release X Y
drag X Y X Y         also right-drag and so on
wheel X Y NOTCHES    away from you if positive
drop FILE            onto the window
resize WIDTH HEIGHT
wait N frames        also wait N seconds, and wait learned
screenshot FILE.png
quit
# a comment"""
"""How each line is written."""

_MAX_BYTES = 1 << 16
_MAX_FRAMES = 1_000_000
_MAX_SECONDS = 3600
_MAX_PIXELS = 16384


@dataclass(frozen=True)
class Send:
    """Lets an event happen."""

    event: InputEvent


@dataclass(frozen=True)
class WaitFrames:
    """Waits until so many more frames are shown."""

    num_frames: int


@dataclass(frozen=True)
class WaitSeconds:
    """Waits so long."""

    seconds: float


@dataclass(frozen=True)
class WaitLearned:
    """Waits until nothing is being learned any more."""


@dataclass(frozen=True)
class TakeScreenshot:
    """Saves a picture of the window."""

    path: Path


Step = Send | WaitFrames | WaitSeconds | WaitLearned | TakeScreenshot


def read_script(path: Path) -> list[Step]:
    """Returns the steps of a script.

    Raises:
        UsageError: if it cannot be read, or names line and fault.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        fault = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"cannot read script {path}: {fault}; give --script a text file.") from None
    if len(data) > _MAX_BYTES:
        raise UsageError(f"script {path} is longer than {_MAX_BYTES} bytes; leave something out.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"script {path} is no UTF-8 text; give --script a text file.") from None
    return parse_script(text, source=str(path))


def parse_script(text: str, *, source: str = "the script") -> list[Step]:
    """Returns the steps of a script's text.

    Args:
        text: of the script.
        source: how messages name it.

    Raises:
        UsageError: naming the first line that cannot be understood, and how it is written.
    """
    steps: list[Step] = []
    mouse = ScriptedMouse()
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip().split(maxsplit=1)
        if not words or words[0].startswith("#"):
            continue
        try:
            steps += _parse_line(words[0], words[1] if len(words) > 1 else "", mouse)
        except UsageError as error:
            raise UsageError(f"{source}, line {number}: {error}") from None
    return steps


def _parse_line(command: str, rest: str, mouse: ScriptedMouse) -> list[Step]:
    if command in _COMMANDS:
        return _COMMANDS[command](rest)
    events = mouse.parse_line(command, rest)
    if events is None:
        known = [*_COMMANDS, *VERBS]
        close = difflib.get_close_matches(command, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"lines begin with {', '.join(known)}."
        raise UsageError(f"there is no {shown(command)}; {hint}")
    return [Send(event) for event in events]


def _key(rest: str) -> list[Step]:
    return [Send(parse_chord(rest).press())]


def _type(rest: str) -> list[Step]:
    if not rest.isprintable() or not rest:
        raise UsageError(f"{shown(rest)} cannot be typed; write type B3/S23, and key Enter for what is no text.")
    return [Send(_typed(sign)) for sign in rest]


def _typed(sign: str) -> KeyPress:
    key = "space" if sign == " " else sign.lower()
    press = Chord(key, Modifiers(shift=sign != sign.lower())).press()
    return KeyPress(press.key, sign, press.modifiers)


def _drop(rest: str) -> list[Step]:
    if not rest:
        raise UsageError("'drop' names no file; write drop FILE.")
    return [Send(FileDrop(rest))]


def _resize(rest: str) -> list[Step]:
    sizes = re.fullmatch(r"(\d{1,9})\s+(\d{1,9})", rest)
    width, height = (int(sizes[1]), int(sizes[2])) if sizes else (0, 0)
    if not (1 <= width <= _MAX_PIXELS and 1 <= height <= _MAX_PIXELS):
        raise UsageError(f"{shown(rest)} is no size of a window; write resize 1280 720, each from 1 to {_MAX_PIXELS}.")
    return [Send(Resize(width, height))]


def _wait(rest: str) -> list[Step]:
    if rest == "learned":
        return [WaitLearned()]
    waited = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s+(frames?|seconds?)", rest)
    if waited is None:
        raise UsageError(f"{shown(rest)} cannot be waited for; write wait 30 frames, wait 1.5 seconds or wait learned.")
    amount = float(waited[1])
    if waited[2].startswith("second"):
        if amount > _MAX_SECONDS:
            raise UsageError(f"{shown(rest)} is too long; wait at most {_MAX_SECONDS} seconds.")
        return [WaitSeconds(amount)]
    if not amount.is_integer() or amount > _MAX_FRAMES:
        raise UsageError(f"{shown(rest)} cannot be waited for; write a whole number of frames, at most {_MAX_FRAMES}.")
    return [WaitFrames(int(amount))]


def _screenshot(rest: str) -> list[Step]:
    path = Path(rest)
    if path.suffix.lower() != ".png":
        raise UsageError(f"{shown(rest)} is no name of a picture; write screenshot FILE.png.")
    return [TakeScreenshot(path)]


def _quit(rest: str) -> list[Step]:
    if rest:
        raise UsageError(f"nothing may follow 'quit', but {shown(rest)} does; remove it.")
    return [Send(CloseRequest())]


_COMMANDS: dict[str, Callable[[str], list[Step]]] = {
    "key": _key,
    "type": _type,
    "drop": _drop,
    "resize": _resize,
    "wait": _wait,
    "screenshot": _screenshot,
    "quit": _quit,
}
