"""`run`: step a board with the circuit that was learned for a rule, without a window and without JAX."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser, format_speed, parse_count, print_json
from ca_logic.cli.boards import add_board, start_board
from ca_logic.files import require_writable_file, write_atomically
from ca_logic.runtime import Automaton, Board
from ca_logic.runtime.pattern import write_rle
from ca_logic.tasks import Rule

_EXAMPLES = """\
examples:
  ca-logic run life --pattern gosper-gun --size 200x100 --generations 300 --out gun.rle
  ca-logic run life --soup 0.37 --seed 7 --size 4096x4096
  ca-logic run life --pattern acorn --size 4096x4096 --topology plane --generations 5206 --json
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "run", execute, documentation=__doc__, examples=_EXAMPLES)
    add_board(parser, default_size="512x512")
    parser.add_argument("--generations", type=parse_count, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--out", type=Path, metavar="FILE.rle", help="write the board after the last generation")
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    if args.out:
        require_writable_file(args.out)
    automaton, board = start_board(args)
    rule = automaton.rule
    first = board.generation
    started = time.perf_counter()
    try:
        _advance(board, args.generations, quiet=args.json)
    except KeyboardInterrupt:
        done = board.generation - first
        saved = f"; the board is in {args.out}" if _save(board, rule, args.out) else ""
        print(f"ca-logic: interrupted after {done} of {args.generations} generations{saved}", file=sys.stderr)
        return 130
    seconds = time.perf_counter() - started
    _save(board, rule, args.out)
    result = _result_of(automaton, board, args.generations, seconds)
    if args.json:
        print_json(result)
    else:
        _print_summary(result, automaton, board, args.out)
    return 0


def _advance(board: Board, generations: int, *, quiet: bool) -> None:
    """Advances the board with a progress bar, which rich keeps to itself where nobody looks."""
    if quiet or not sys.stderr.isatty():
        board.advance(generations)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as display:
        bar = display.add_task("generations", total=generations)
        board.advance(generations, on_progress=lambda done: display.update(bar, completed=done))


def _save(board: Board, rule: Rule, path: Path | None) -> bool:
    if path is None:
        return False
    write_atomically(path, write_rle(board, rule=rule.rulestring, name=rule.name))
    return True


def _result_of(automaton: Automaton, board: Board, generations: int, seconds: float) -> dict[str, Any]:
    steps = generations * board.width * board.height
    return {
        "rule": automaton.rule.name,
        "rulestring": automaton.rule.rulestring,
        "circuit": automaton.stored.description,
        "kernel": automaton.kernel.description,
        "topology": board.topology,
        "width": board.width,
        "height": board.height,
        "generations": generations,
        "states": board.num_states,
        "population": board.population,
        "seconds": round(seconds, 6),
        "cells_per_second": round(steps / seconds) if steps else None,
    }


def _print_summary(result: dict[str, Any], automaton: Automaton, board: Board, out: Path | None) -> None:
    print(f"rule        {automaton.rule.title} ({automaton.rule.rulestring})")
    print(f"circuit     {result['circuit']}")
    print(f"kernel      {result['kernel']}")
    print(f"board       {board.width}x{board.height} {board.topology}, generation {board.generation}")
    print(f"population  {result['population']}")
    print(f"time        {result['seconds']:.3f} s, {format_speed(result['cells_per_second'])}")
    if out:
        print(f"written     {out}")
