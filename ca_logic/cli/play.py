"""`play`: watch a rule in a window, edit its board, teach it other rules; or see what a classifier does."""

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser, parse_positive_count, parse_size, print_json, warn
from ca_logic.cli.boards import add_start, start_board
from ca_logic.cli.circuit_files import names_model
from ca_logic.errors import CircuitNotFoundError, UsageError
from ca_logic.runtime.pattern import Pattern, load_pattern
from ca_logic.tasks import Rule, load_rule

if TYPE_CHECKING:
    from ca_logic.circuit import Circuit
    from ca_logic.visualizer.app import FrameTimes, Window, WindowOptions
    from ca_logic.visualizer.classifier_screen import ClassifierScreen
    from ca_logic.visualizer.session.session import Session
    from ca_logic.visualizer.settings import Settings

_EXAMPLES = """\
examples:
  ca-logic play                            the Game of Life, a soup on a torus
  ca-logic play --pattern gosper-gun       a pattern of the library, or a file of any format
  ca-logic play B36/S23 --size 1000x600 --topology plane
  ca-logic play brians-brain --theme embers --speed 1 --run
  ca-logic play mnist                      draw digits, and see what a classifier makes of them
  ca-logic play --benchmark --json         how long frames take at 1920x1080 on 4096x4096 cells
  SDL_VIDEODRIVER=dummy ca-logic play --pattern acorn --run --frames 200 --screenshot acorn.png

In the window ? shows all keys. Enter starts and stops, Space takes one generation, the wheel zooms, drawing is with
the left button. Files may be dropped onto the window. e shows the rule to be changed, l learns it.
"""

_BENCHMARK_WINDOW, _BENCHMARK_SECONDS = (1920, 1080), 10.0
_CLASSIFIER = "mnist"
_ROOM = 4
"""A board is so many times as wide and high as a pattern that would not fit the usual one."""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "play", execute, documentation=__doc__, examples=_EXAMPLES)
    parser.add_argument(
        "rule",
        nargs="?",
        metavar="RULE|MODEL",
        help="a rule, or a classifier, by name, rulestring or file (default: the pattern's rule, else life)",
    )
    add_start(parser, default_size="1024x640")
    parser.add_argument(
        "--speed", type=_parse_speed, metavar="E", help="2^E generations a frame, -8 to 12 (default: -2)"
    )
    parser.add_argument("--run", action="store_true", help="start running")
    parser.add_argument("--theme", help="colours of cells, by name")
    parser.add_argument("--light", action=argparse.BooleanOptionalAction, help="a light window")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where the files of a classifier's data set are")
    window = parser.add_argument_group("window")
    window.add_argument("--window", type=parse_size, metavar="WxH", help="in pixels (default: as it was last)")
    window.add_argument("--full-screen", action="store_true", help="take the whole display")
    window.add_argument("--frames", type=parse_positive_count, metavar="N", help="close after so many frames")
    window.add_argument("--screenshot", type=Path, metavar="FILE.png", help="write the last frame")
    window.add_argument("--script", type=Path, metavar="FILE", help="do what is written there; see --script-help")
    window.add_argument("--script-help", action="store_true", help="print what a script may say, and all keys")
    window.add_argument("--benchmark", action="store_true", help="measure frames for ten seconds, on 4096x4096 cells")
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    if args.script_help:
        return _print_help()
    if args.json and not args.benchmark:
        raise UsageError("--json is about --benchmark; leave it out.")
    from ca_logic.visualizer.settings import load_settings, save_settings, settings_path

    kept = load_settings(settings_path(), on_warning=warn)
    settings = _changed(args, kept)
    options = _window_options(args, settings)
    if args.rule is not None and names_model(args.rule):
        _play_classifier(args, settings, options)
        return 0
    chosen = _play_board(args, settings, options)
    # What was asked for this time only is not kept.
    opened = dataclasses.replace(settings, width=options.width, height=options.height)
    changes = {name: value for name, value in vars(chosen).items() if value != getattr(opened, name)}
    if options.is_for_people and changes:
        save_settings(settings_path(), dataclasses.replace(kept, **changes), on_warning=warn)
    return 0


def _play_board(args: argparse.Namespace, settings: "Settings", options: "WindowOptions") -> "Settings":
    """Shows a board until the window is closed; returns what is to be kept."""
    from ca_logic.visualizer.app import Window, run
    from ca_logic.visualizer.board_screen import BoardScreen
    from ca_logic.visualizer.switching_screen import SwitchingScreen

    # What is wrong with rule or pattern is said without a window.
    session, unlearned, pattern = _start_session(args)
    window = None
    try:
        window = Window(options)
        board = BoardScreen(session, settings, on_full_screen=window.toggle_full_screen)
        if unlearned is not None:
            board.tell_fault(f"{unlearned.full_name} has not been learned yet; it is being learned now.")
            board.wanted_pattern = pattern
            board.learn(unlearned)

        def open_classifier() -> "ClassifierScreen":
            screen = _classifier_screen(args, _CLASSIFIER, window, is_light=board.is_light)
            screen.on_leave = screens.show_board
            return screen

        screens = SwitchingScreen(board, open_classifier)
        first = session.board.generation
        times = run(window, screens, options, on_screenshot=_tell_written)
        if args.benchmark:
            _print_report(args, times, session.board.generation - first, session)
        return board.settings(*window.size)
    finally:
        session.close()
        if window is not None:
            window.close()


def _play_classifier(args: argparse.Namespace, settings: "Settings", options: "WindowOptions") -> None:
    from ca_logic.visualizer.app import Window, run

    about_boards = ("pattern", "soup", "size", "topology", "speed")
    given = [name for name in about_boards if getattr(args, name) is not None]
    given += [name for name in ("run", "benchmark") if getattr(args, name)]
    if given:
        raise UsageError(f"--{given[0]} is about boards, and {args.rule} is a classifier; leave it out.")
    window = Window(options)
    try:
        screen = _classifier_screen(args, args.rule, window, is_light=settings.is_light)
        run(window, screen, options, on_screenshot=_tell_written)
    finally:
        window.close()


def _classifier_screen(
    args: argparse.Namespace, word: str, window: "Window | None", *, is_light: bool
) -> "ClassifierScreen":
    from ca_logic.visualizer.circuit_view.gate_field import GateField
    from ca_logic.visualizer.classifier_screen import ClassifierScreen
    from ca_logic.visualizer.classifying.opening import open_classifier

    def make_gates(circuit: "Circuit") -> GateField:
        gates = GateField()
        gates.show(circuit, "Gates")
        return gates

    assert window is not None, "the window is open"
    panel = open_classifier(word, args.data, make_gates=make_gates)
    return ClassifierScreen(panel, is_light=is_light, on_full_screen=window.toggle_full_screen)


def _start_session(args: argparse.Namespace) -> tuple["Session", Rule | None, Pattern | None]:
    """Returns the session; a rule that has no circuit yet, and is to be learned; and the pattern that waits for it."""
    from ca_logic.visualizer.session.session import Session
    from ca_logic.visualizer.session.speed import NORMAL

    pattern = load_pattern(args.pattern) if args.pattern is not None else None
    if args.rule is None:
        args.rule = (pattern.rule if pattern else "") or "life"
    asked_topology = args.topology
    if pattern is not None:
        # As in Golly, where the plane has no end at all.
        args.topology = args.topology or (None if pattern.grid else "plane")
        width, height = args.default_size
        reach = _ROOM * max(pattern.width, pattern.height)
        if reach > min(width, height) * _ROOM:
            args.default_size = (max(width, reach), max(height, reach))
    elif args.benchmark:
        args.default_size = (4096, 4096)
    unlearned = None
    try:
        automaton, board = start_board(args, pattern=pattern)
    except CircuitNotFoundError:
        unlearned, args.rule, args.pattern = load_rule(args.rule), "life", None
        automaton, board = start_board(args)
    session = Session(automaton, board, topology=asked_topology)
    if args.speed is not None or args.benchmark:
        session.speed = args.speed or NORMAL
    if pattern is not None and unlearned is None:
        session.name_pattern(pattern.name)
    if args.run or args.benchmark:
        session.toggle_running()
    return session, unlearned, pattern if unlearned else None


def _window_options(args: argparse.Namespace, settings: "Settings") -> "WindowOptions":
    from ca_logic.visualizer.app import WindowOptions
    from ca_logic.visualizer.scripting import read_script

    width, height = args.window or (_BENCHMARK_WINDOW if args.benchmark else (settings.width, settings.height))
    return WindowOptions(
        width,
        height,
        is_full_screen=args.full_screen,
        frames=args.frames,
        screenshot=args.screenshot,
        steps=tuple(read_script(args.script)) if args.script else (),
        seconds=_BENCHMARK_SECONDS if args.benchmark else None,
    )


def _changed(args: argparse.Namespace, settings: "Settings") -> "Settings":
    from ca_logic.visualizer.board_view.themes import THEMES

    if args.theme is not None:
        theme = next((theme for theme in THEMES if theme.name == args.theme), None)
        if theme is None:
            raise UsageError(f"unknown theme {args.theme!r}; known are {', '.join(theme.name for theme in THEMES)}.")
        settings = dataclasses.replace(settings, theme=theme.name, is_light=theme.is_light)
    return settings if args.light is None else dataclasses.replace(settings, is_light=args.light)


def _parse_speed(text: str) -> "object":
    from ca_logic.visualizer.session.speed import FASTEST, SLOWEST, Speed

    try:
        exponent = int(text)
    except ValueError:
        exponent = SLOWEST.exponent - 1
    if not SLOWEST.exponent <= exponent <= FASTEST.exponent:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no speed; write a whole number from {SLOWEST.exponent} to {FASTEST.exponent}"
        )
    return Speed(exponent)


def _print_help() -> int:
    from ca_logic.visualizer.help_table import help_text
    from ca_logic.visualizer.scripting import HELP

    print(f"A script has a line for each of these:\n\n{HELP}\n\nKeys:\n\n{help_text()}")
    return 0


def _tell_written(path: Path) -> None:
    print(f"written  {path}")


def _print_report(args: argparse.Namespace, times: "FrameTimes", generations: int, session: "Session") -> None:
    from ca_logic.visualizer.frame_report import report_frames

    board = session.board
    report = report_frames(times, generations=generations, cells=board.width * board.height)
    if args.json:
        print_json({"board": [board.width, board.height], **dataclasses.asdict(report)})
        return
    print(f"board    {board.width}x{board.height}, {session.rule.title}: {session.engine}")
    print(f"frames   {report.frames}, {report.frames_per_second:.1f} a second")
    print(f"work     median {report.median:.2f} ms, 99th percentile {report.percentile_99:.2f} ms a frame")
    print(
        f"shown    median {report.median_distance:.2f} ms, 99th percentile {report.percentile_99_distance:.2f} ms "
        "from frame to frame"
    )
    print(f"stepped  {report.generations:,} generations, {report.cells_per_second / 1e9:.3g} Gcell/s")
