"""`record`: write the generations of a board as frames, which `learn --frames` can learn from."""

import argparse
import shlex
import sys
from pathlib import Path

from ca_logic.cli.arguments import (
    Verbs,
    add_json,
    add_verb_parser,
    parse_count,
    parse_density,
    parse_positive_count,
    print_json,
)
from ca_logic.cli.boards import add_board, start_board
from ca_logic.errors import UsageError
from ca_logic.files import require_new_folder, require_writable_file
from ca_logic.runtime.frames import FORMATS, record_frames, require_recordable, write_frames

_EXAMPLES = """\
examples:
  ca-logic record life --frames 200 --out life.npy
  ca-logic record highlife --frames 50 --size 96x64 --topology plane --out highlife.gif
  ca-logic record W110 --frames 100 --noise 0.01 --out noisy.npy
  ca-logic record life --pattern glider --frames 40 --out glider-frames --format rle

FILE ends in .npy or .gif; anything else is a folder of PNG files, or with --format rle of RLE files.
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "record", execute, documentation=__doc__, examples=_EXAMPLES)
    add_board(parser, default_size="64x64")
    parser.add_argument(
        "--frames", type=parse_positive_count, default=100, metavar="N", help="the first board included (default: 100)"
    )
    parser.add_argument("--skip", type=parse_count, default=0, metavar="N", help="generations before the first frame")
    parser.add_argument(
        "--noise",
        type=parse_density,
        default=0.0,
        metavar="RATE",
        help="flip each cell of each frame with this probability (default: 0)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", required=True, help="a .npy or .gif file, or a folder")
    parser.add_argument("--format", choices=FORMATS, help="default: by the name of FILE")
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    suffix = args.out.suffix.lower().removeprefix(".")
    file_format = args.format or (suffix if suffix in ("npy", "gif") else "png")
    if suffix in ("npy", "gif") and file_format != suffix:
        raise UsageError(f"{args.out} ends in .{suffix}, but --format says {file_format}; name it otherwise.")
    if file_format in ("npy", "gif") and suffix != file_format:
        raise UsageError(f"--format {file_format} needs a name that ends in .{file_format}, not {args.out}.")
    if file_format in ("npy", "gif"):
        require_writable_file(args.out)
    else:
        require_new_folder(args.out)
    automaton, board = start_board(args)
    require_recordable(board, args.frames, file_format)
    board.advance(args.skip)
    from rich.console import Console
    from rich.progress import Progress

    try:
        with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as display:
            bar = display.add_task("frames", total=args.frames)
            frames = record_frames(
                board,
                args.frames,
                noise=args.noise,
                seed=args.seed,
                on_progress=lambda done: display.update(bar, completed=done),
            )
            write_frames(args.out, frames, file_format, board=board, rule=automaton.rule.rulestring)
    except KeyboardInterrupt:
        print("ca-logic: interrupted; nothing was written", file=sys.stderr)
        return 130
    result = {
        "rule": automaton.rule.name,
        "rulestring": automaton.rule.rulestring,
        "frames": args.frames,
        "width": board.width,
        "height": board.height,
        "topology": board.topology,
        "noise": args.noise,
        "format": file_format,
        "out": str(args.out),
    }
    if args.json:
        print_json(result)
    else:
        print(f"written  {args.out}: {args.frames} frames of {board.width}x{board.height}, {board.topology}")
        if automaton.rule.num_states == 2:
            print(
                f"next     python -m ca_logic learn --frames {shlex.quote(str(args.out))} --topology {board.topology}"
            )
    return 0
