"""`run`: step a board with the circuit that was learned for a rule, without a window."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ca_logic.cli.arguments import (
    Verbs,
    add_json,
    add_verb_parser,
    format_speed,
    parse_count,
    parse_positive_count,
    print_json,
    warn,
)
from ca_logic.cli.boards import add_board, start_board
from ca_logic.errors import UsageError
from ca_logic.files import require_writable_file, write_atomically
from ca_logic.runtime import Automaton, Board
from ca_logic.runtime.pattern import write_rle
from ca_logic.tasks import Rule

if TYPE_CHECKING:
    import jax

_DEFAULT_PERIOD = 60

_EXAMPLES = """\
examples:
  ca-logic run life --pattern gosper-gun --size 200x100 --generations 300 --out gun.rle
  ca-logic run life --soup 0.37 --seed 7 --size 4096x4096
  ca-logic run life --pattern acorn --size 4096x4096 --topology plane --generations 5206 --json
  ca-logic run life --size 64x64 --generations 100000 --until-periodic
  ca-logic run life --size 65536x65536 --threads 2 --generations 100
  ca-logic run life --size 16384x16384 --device gpu
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "run", execute, documentation=__doc__, examples=_EXAMPLES)
    add_board(parser, default_size="512x512")
    parser.add_argument("--generations", type=parse_count, default=1000, metavar="N", help="default: 1000")
    parser.add_argument(
        "--until-periodic",
        nargs="?",
        const=_DEFAULT_PERIOD,
        type=parse_positive_count,
        metavar="PERIOD",
        help=f"stop once the board returns after so many generations or fewer (default: {_DEFAULT_PERIOD})",
    )
    parser.add_argument(
        "--threads",
        type=parse_positive_count,
        metavar="N",
        help="how many step a board that is too large for a cache (default: one a core where that pays)",
    )
    parser.add_argument("--device", help="step on JAX's device of that name, such as gpu or cpu, instead of in C")
    parser.add_argument(
        "--devices", type=parse_positive_count, metavar="N", help="how many of them share the board (default: all)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE.rle", help="write the board after the last generation")
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    devices = _find_devices(args)
    if args.out:
        require_writable_file(args.out)
    # Where a device steps, it does not matter whether there is a compiler.
    automaton, board = start_board(args, on_warning=warn if devices is None else lambda _: None)
    if args.threads:
        board.threads = args.threads
    rule = automaton.rule
    first = board.generation
    run = _Run(automaton.kernel.description)
    try:
        _advance(board, automaton, devices, args, run)
    except KeyboardInterrupt:
        done = board.generation - first
        saved = f"; the board is in {args.out}" if _save(board, rule, args.out) else ""
        print(f"ca-logic: interrupted after {done} of {args.generations} generations{saved}", file=sys.stderr)
        return 130
    seconds = time.perf_counter() - run.started
    _save(board, rule, args.out)
    result = _result_of(automaton, board, board.generation - first, seconds, run)
    if args.until_periodic:
        result |= {"period": run.period}
    if args.json:
        print_json(result)
    else:
        _print_summary(result, automaton, board, args.out)
    return 0


def _find_devices(args: argparse.Namespace) -> "list[jax.Device] | None":
    """Returns the devices to step on, or None for the processor.

    Raises:
        UsageError: if there are no such devices, or another option does not go with them.
    """
    if args.device is None:
        if args.devices:
            raise UsageError("--devices says how many of --device; name one, such as --device gpu.")
        return None
    if args.until_periodic or args.threads:
        option = "--until-periodic" if args.until_periodic else "--threads"
        raise UsageError(f"{option} belongs to boards stepped in C; leave it or --device out.")
    from ca_logic.backend.device import find_devices

    return find_devices(args.device, args.devices)


@dataclass
class _Run:
    """What steps the board, since when, and what it found."""

    kernel: str
    started: float = field(default_factory=time.perf_counter)
    period: int | None = None


def _advance(
    board: Board, automaton: Automaton, devices: "list[jax.Device] | None", args: argparse.Namespace, run: _Run
) -> None:
    """Advances the board with a progress bar, which rich keeps to itself where nobody looks."""
    if args.json or not sys.stderr.isatty():
        _advance_with(board, automaton, devices, args, run, lambda _: None)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as display:
        bar = display.add_task("generations", total=args.generations)
        _advance_with(board, automaton, devices, args, run, lambda done: display.update(bar, completed=done))


def _advance_with(
    board: Board,
    automaton: Automaton,
    devices: "list[jax.Device] | None",
    args: argparse.Namespace,
    run: _Run,
    on_progress: Callable[[int], None],
) -> None:
    if args.until_periodic:
        run.period = board.advance_until_periodic(
            args.generations, max_period=args.until_periodic, on_progress=on_progress
        )
    elif devices is not None:
        from ca_logic.runtime.device_board import DeviceBoard

        there = DeviceBoard(board, automaton.stored.circuit, devices)
        run.kernel, run.started = there.description, time.perf_counter()
        try:
            there.advance(args.generations, on_progress=on_progress)
        finally:
            there.store()
    else:
        board.advance(args.generations, on_progress=on_progress)


def _save(board: Board, rule: Rule, path: Path | None) -> bool:
    if path is None:
        return False
    write_atomically(path, write_rle(board, rule=rule.rulestring, name=rule.name))
    return True


def _result_of(automaton: Automaton, board: Board, generations: int, seconds: float, run: _Run) -> dict[str, Any]:
    steps = generations * board.width * board.height
    return {
        "rule": automaton.rule.name,
        "rulestring": automaton.rule.rulestring,
        "circuit": automaton.stored.description,
        "kernel": run.kernel,
        "topology": board.topology,
        "width": board.width,
        "height": board.height,
        "generations": generations,
        "threads": board.threads,
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
    if "period" in result:
        period = result["period"]
        print(f"period      {period} (found at generation {board.generation})" if period else "period      none found")
    print(f"time        {result['seconds']:.3f} s, {format_speed(result['cells_per_second'])}")
    if out:
        print(f"written     {out}")
