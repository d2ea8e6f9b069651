"""What each action does to a board's screen: one function each, in one table."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ca_logic.errors import CaLogicError, UsageError
from ca_logic.formats.names import shown
from ca_logic.runtime.pattern import Pattern, load_pattern, read_pattern, save_pattern
from ca_logic.runtime.pattern.rle import render_rle
from ca_logic.tasks import load_rule
from ca_logic.visualizer.actions import Action
from ca_logic.visualizer.board_mouse import Mode
from ca_logic.visualizer.board_view.themes import THEMES
from ca_logic.visualizer.prompt import Prompt
from ca_logic.visualizer.session.speed import FASTEST, NORMAL, SLOWEST
from ca_logic.visualizer.side import Side

if TYPE_CHECKING:
    from ca_logic.visualizer.board_screen import BoardScreen

_PAN_PIXELS, _SCALE_OF_NEW, _SOUP = 60, 8, 0.5
_LARGEST_SIDE = 1 << 16
_SECONDS_TO_CONFIRM = 6.0


def perform(screen: "BoardScreen", action: Action) -> None:
    """Does what is asked for.

    Raises:
        CaLogicError: if it cannot be done; nothing has changed then.
    """
    _ACTIONS[action](screen)


def open_file(screen: "BoardScreen", path: Path) -> None:
    """Opens a pattern by its file, or by its name in the library.

    Raises:
        PatternError: if there is none.
    """
    open_pattern(screen, load_pattern(str(path)))


def open_pattern(screen: "BoardScreen", pattern: Pattern) -> None:
    """Puts a pattern on an empty board, with its rule if it names one; larger than the board, it asks first."""
    session = screen.session
    width, height = session.size_for(pattern)
    if (width, height) == (session.board.width, session.board.height):
        _place(screen, pattern, (width, height))
        return
    if max(width, height) > _LARGEST_SIDE:
        raise UsageError(f"{pattern.name or 'the pattern'} needs a board of {width}x{height}; that is too large.")
    _ask(
        screen,
        f"{pattern.name or 'The pattern'} is larger than the board; make the board this large?",
        f"{width}x{height}",
        lambda size: _place(screen, pattern, parse_size(size)),
    )


def _take_rule(screen: "BoardScreen", pattern: Pattern) -> None:
    """Lets the board run by the pattern's rule; where that has no circuit yet, it says how to get one."""
    try:
        rule = load_rule(pattern.rule)
    except CaLogicError as error:
        screen.tell_fault(f"the pattern's rule is not known here: {error}")
        return
    if rule.slug != screen.session.rule.slug:
        screen.use_rule(rule)


def _place(screen: "BoardScreen", pattern: Pattern, size: tuple[int, int]) -> None:
    if pattern.rule:
        _take_rule(screen, pattern)
    if screen.wanted_rule is not None and pattern.max_state >= screen.session.board.num_states:
        screen.wanted_pattern = pattern
        return
    screen.session.load(pattern, size)
    screen.graph.clear()
    cells = screen.session.live_cells()
    screen.fit(cells.with_margin() if cells else None)
    rule = f", {pattern.rule}" if pattern.rule else ""
    screen.tell(f"{pattern.name or 'pattern'}: {pattern.width}x{pattern.height}, {pattern.population:,} cells{rule}")


def parse_size(text: str) -> tuple[int, int]:
    """Returns (width, height) of a text like 640x480.

    Raises:
        UsageError: if it is none.
    """
    width, _, height = text.lower().partition("x")
    if not (width.strip().isdecimal() and height.strip().isdecimal() and len(text) < 20):
        raise UsageError(f"{text!r} is no size; write it like 640x480.")
    return int(width), int(height)


def _ask(screen: "BoardScreen", question: str, answer: str, on_answer: Callable[[str], None]) -> None:
    def answered(text: str) -> None:
        try:
            on_answer(text.strip())
        except (CaLogicError, MemoryError) as error:
            screen.tell_fault(str(error) or "there is not enough memory for that.")
            # Nobody should have to write it all again.
            _ask(screen, question, text, on_answer)

    screen.open_overlay(
        Prompt(question, answer, on_answer=answered, on_close=screen.close_overlay, paste=screen.clipboard.paste)
    )


def _path_of(text: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise UsageError(f"{shown(text)} names a home that is not known; write the whole path.") from None
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {shown(str(path.parent))}; write the name of one that there is.")
    return path


def _file_name(screen: "BoardScreen", suffix: str) -> str:
    rule = screen.session.rule
    return f"{rule.slug if '/' in rule.name else rule.name}{suffix}"


def _help(screen: "BoardScreen") -> None:
    from ca_logic.visualizer.help_panel import HelpPanel

    screen.open_overlay(HelpPanel(screen.close_overlay))


def _browse(screen: "BoardScreen") -> None:
    from ca_logic.visualizer.pattern_browser import PatternBrowser

    def opened(pattern: Pattern) -> None:
        screen.close_overlay()
        open_pattern(screen, pattern)

    screen.open_overlay(PatternBrowser(on_open=opened, on_close=screen.close_overlay))


def _go_to(screen: "BoardScreen") -> None:
    def go(text: str) -> None:
        if not text.isdecimal() or len(text) > 12:
            raise UsageError(f"{text!r} is no generation; write a whole number.")
        screen.session.go_to(int(text))

    _ask(screen, "Go to which generation?", str(screen.session.board.generation), go)


def _save(screen: "BoardScreen") -> None:
    def save(text: str) -> None:
        save_pattern(_path_of(text), screen.session.pattern())
        screen.tell(f"written {text}")

    _ask(screen, "Save the pattern as (.rle, .cells, .lif, .life)", _file_name(screen, ".rle"), save)


def _new(screen: "BoardScreen") -> None:
    board = screen.session.board
    screen.session.resize(board.width, board.height)
    screen.graph.clear()
    if screen.camera is not None:
        screen.move_camera(screen.camera.at_scale(_SCALE_OF_NEW).centred(board.width // 2, board.height // 2))


def _screenshot(screen: "BoardScreen") -> None:
    def save(text: str) -> None:
        screen.picture = _path_of(text)

    _ask(screen, "Save a picture of the window as", _file_name(screen, ".png"), save)


def _record(screen: "BoardScreen") -> None:
    from ca_logic.visualizer.recorder import Recorder

    if screen.recorder is not None:
        recorder, screen.recorder = screen.recorder, None
        recorder.finish()
        screen.tell(f"written {recorder.path}: {recorder.num_frames} frames")
        return

    def begin(text: str) -> None:
        screen.recorder = Recorder(_path_of(text))

    _ask(screen, "Record the window as", _file_name(screen, ".gif"), begin)


def _open_clipboard(screen: "BoardScreen") -> None:
    open_pattern(screen, read_pattern(screen.clipboard.paste(), name="clipboard", source="the clipboard"))


def _copy(screen: "BoardScreen") -> None:
    screen.clipboard.copy(render_rle(screen.session.copied(), num_states=screen.session.board.num_states))


def _cut(screen: "BoardScreen") -> None:
    _copy(screen)
    screen.session.clear_selection()


def _paste(screen: "BoardScreen") -> None:
    pattern = read_pattern(screen.clipboard.paste(), name="clipboard", source="the clipboard")
    screen.session.begin_pasting(pattern)
    screen.tell("click where to paste; Esc leaves it")


def _learn(screen: "BoardScreen") -> None:
    now = time.monotonic()
    if screen.side is Side.RULE:
        screen.learn(screen.rule_panel.draft.rule)
    elif screen.wanted_rule is not None:
        rule, screen.wanted_rule = screen.wanted_rule, None
        screen.learn(rule)
    elif now - screen.learn_pressed < _SECONDS_TO_CONFIRM:
        screen.learn(screen.session.rule)
    else:
        # Whoever knows Golly may have meant the grid.
        screen.learn_pressed = now
        gates = screen.session.automaton.stored.circuit.num_gates
        screen.tell(
            f"{screen.session.rule.title} has a circuit of {gates} gates; press l once more to learn it anew, "
            "e for another rule, g for grid lines"
        )


def _show_side(name: str) -> Callable[["BoardScreen"], None]:
    def show(screen: "BoardScreen") -> None:
        screen.show_side(Side[name])
        if screen.side is Side.RULE:
            screen.rule_panel.focus()

    return show


def _info(screen: "BoardScreen") -> None:
    session = screen.session
    parts = [session.pattern_name or "no pattern", session.rule.full_name, session.engine, session.rule.description]
    screen.tell(" · ".join(part for part in parts if part))


def _cancel(screen: "BoardScreen") -> None:
    screen.mouse.leave()
    if screen.session.is_pasting:
        screen.session.end_pasting()
    elif screen.side is Side.LESSON and screen.classroom.is_learning:
        screen.classroom.cancel()
        screen.side = Side.NOTHING
        screen.tell("the lesson was given up; nothing of it is kept")
    elif screen.side is not Side.NOTHING:
        screen.side = Side.NOTHING
    elif screen.session.selection is not None:
        screen.session.select_none()
    else:
        screen.side = Side.NOTHING


def _set_theme(step: int) -> Callable[["BoardScreen"], None]:
    def change(screen: "BoardScreen") -> None:
        names = [theme.name for theme in THEMES]
        place = names.index(screen.theme.name) if screen.theme.name in names else 0
        theme = THEMES[(place + step) % len(THEMES)]
        screen.theme = theme if theme.is_light == screen.is_light else theme.inverted()
        screen.tell(f"colours: {screen.theme.name}")

    return change


def _toggle_light(screen: "BoardScreen") -> None:
    screen.is_light = not screen.is_light
    if screen.theme.is_light != screen.is_light:
        screen.theme = screen.theme.inverted()


def _zoom(steps: int) -> Callable[["BoardScreen"], None]:
    def zoom(screen: "BoardScreen") -> None:
        position = screen.mouse.position
        within = (position[0] - screen.mouse.area.x, position[1] - screen.mouse.area.y) if position else (None, None)
        if screen.camera is not None:
            screen.move_camera(screen.camera.zoomed(steps, *within))

    return zoom


def _scale(zoom: int) -> Callable[["BoardScreen"], None]:
    def change(screen: "BoardScreen") -> None:
        if screen.camera is not None:
            screen.move_camera(screen.camera.at_scale(zoom))

    return change


def _pan(columns: int, rows: int) -> Callable[["BoardScreen"], None]:
    def pan(screen: "BoardScreen") -> None:
        if screen.camera is not None:
            screen.move_camera(screen.camera.panned(columns * _PAN_PIXELS, rows * _PAN_PIXELS))

    return pan


def _centre(screen: "BoardScreen") -> None:
    if screen.camera is not None:
        board = screen.session.board
        screen.move_camera(screen.camera.centred(board.width // 2, board.height // 2))


def _fit(screen: "BoardScreen") -> None:
    cells = screen.session.live_cells()
    screen.fit(cells)


def _fit_selection(screen: "BoardScreen") -> None:
    if screen.session.selection is None:
        raise UsageError("there is no selection; press F4 and drag.")
    screen.fit(screen.session.selection)


def _toggle(attribute: str) -> Callable[["BoardScreen"], None]:
    def toggle(screen: "BoardScreen") -> None:
        setattr(screen, attribute, not getattr(screen, attribute))

    return toggle


def _mode(mode: Mode) -> Callable[["BoardScreen"], None]:
    def change(screen: "BoardScreen") -> None:
        screen.mouse.leave()
        screen.mouse.mode = mode

    return change


def _next_mode(screen: "BoardScreen") -> None:
    modes = list(Mode)
    _mode(modes[(modes.index(screen.mouse.mode) + 1) % len(modes)])(screen)


def _speed(change: str) -> Callable[["BoardScreen"], None]:
    def set_speed(screen: "BoardScreen") -> None:
        speed = screen.session.speed
        screen.session.speed = {
            "faster": speed.faster(),
            "slower": speed.slower(),
            "fastest": FASTEST,
            "slowest": SLOWEST,
            "normal": NORMAL,
        }[change]

    return set_speed


def _quit(screen: "BoardScreen") -> None:
    screen.is_closing = True


_ACTIONS: dict[Action, Callable[["BoardScreen"], None]] = {
    Action.TOGGLE_RUNNING: lambda screen: screen.session.toggle_running(),
    Action.NEXT_GENERATION: lambda screen: screen.session.next_generation(),
    Action.NEXT_STEP: lambda screen: screen.session.next_step(),
    Action.PREVIOUS_GENERATION: lambda screen: screen.session.previous_generation(),
    Action.PREVIOUS_STEP: lambda screen: screen.session.previous_step(),
    Action.RESET: lambda screen: screen.session.reset(),
    Action.GO_TO_GENERATION: _go_to,
    **{
        action: _speed(change)
        for action, change in (
            (Action.FASTER, "faster"),
            (Action.SLOWER, "slower"),
            (Action.FASTEST, "fastest"),
            (Action.SLOWEST, "slowest"),
            (Action.NORMAL_SPEED, "normal"),
        )
    },
    Action.FIT: _fit,
    Action.FIT_SELECTION: _fit_selection,
    Action.TOGGLE_AUTOFIT: _toggle("is_autofit"),
    Action.ZOOM_IN: _zoom(1),
    Action.ZOOM_OUT: _zoom(-1),
    Action.SCALE_1: _scale(1),
    Action.SCALE_2: _scale(2),
    Action.SCALE_4: _scale(4),
    Action.SCALE_8: _scale(8),
    Action.SCALE_16: _scale(16),
    Action.SCALE_32: _scale(32),
    Action.CENTRE: _centre,
    Action.PAN_LEFT: _pan(-1, 0),
    Action.PAN_RIGHT: _pan(1, 0),
    Action.PAN_UP: _pan(0, -1),
    Action.PAN_DOWN: _pan(0, 1),
    Action.TOGGLE_GRID: _toggle("shows_grid"),
    Action.TOGGLE_LIGHT: _toggle_light,
    Action.NEXT_THEME: _set_theme(1),
    Action.PREVIOUS_THEME: _set_theme(-1),
    Action.TOGGLE_GRAPH: _toggle("shows_graph"),
    Action.TOGGLE_CIRCUIT: _show_side("CIRCUIT"),
    Action.TOGGLE_INFO: _info,
    Action.DRAW_MODE: _mode(Mode.DRAW),
    Action.PICK_MODE: _mode(Mode.PICK),
    Action.SELECT_MODE: _mode(Mode.SELECT),
    Action.MOVE_MODE: _mode(Mode.MOVE),
    Action.ZOOM_IN_MODE: _mode(Mode.ZOOM_IN),
    Action.ZOOM_OUT_MODE: _mode(Mode.ZOOM_OUT),
    Action.NEXT_MODE: _next_mode,
    Action.UNDO: lambda screen: screen.session.undo(),
    Action.REDO: lambda screen: screen.session.redo(),
    Action.CUT: _cut,
    Action.COPY: _copy,
    Action.PASTE: _paste,
    Action.PASTE_MODE: lambda screen: screen.tell(screen.session.next_paste_mode()),
    Action.PASTE_LOCATION: lambda screen: screen.tell(screen.session.next_paste_location()),
    Action.SELECT_ALL: lambda screen: screen.session.select_all(),
    Action.SELECT_NONE: lambda screen: screen.session.select_none(),
    Action.SHRINK_SELECTION: lambda screen: screen.session.shrink_selection(),
    Action.CLEAR: lambda screen: screen.session.clear_selection(),
    Action.CLEAR_OUTSIDE: lambda screen: screen.session.clear_outside(),
    Action.RANDOM_FILL: lambda screen: screen.session.fill_randomly(_SOUP),
    Action.FLIP_VERTICALLY: lambda screen: screen.session.flip(top_bottom=True),
    Action.FLIP_HORIZONTALLY: lambda screen: screen.session.flip(top_bottom=False),
    Action.ROTATE_CLOCKWISE: lambda screen: screen.session.turn(clockwise=True),
    Action.ROTATE_COUNTERCLOCKWISE: lambda screen: screen.session.turn(clockwise=False),
    Action.ADVANCE_SELECTION: lambda screen: screen.session.advance_selection(),
    Action.ADVANCE_OUTSIDE: lambda screen: screen.session.advance_outside(),
    Action.NEW: _new,
    Action.OPEN: _browse,
    Action.SAVE: _save,
    Action.OPEN_CLIPBOARD: _open_clipboard,
    Action.SCREENSHOT: _screenshot,
    Action.TOGGLE_RECORDING: _record,
    Action.CHANGE_RULE: _show_side("RULE"),
    Action.LEARN: _learn,
    Action.CLASSIFY: lambda screen: screen.on_classify(),
    Action.FULL_SCREEN: lambda screen: screen.on_full_screen(),
    Action.HELP: _help,
    Action.CANCEL: _cancel,
    Action.QUIT: _quit,
}
