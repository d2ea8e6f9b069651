"""The board that `run` and `record` start from: its arguments, and making it."""

import argparse
from collections.abc import Callable

from ca_logic.cli.arguments import add_rule, parse_count, parse_density, parse_size, warn
from ca_logic.errors import BoardError, RuleError
from ca_logic.runtime import TOPOLOGIES, Automaton, Board, Topology, load_automaton
from ca_logic.runtime.pattern import Pattern, load_pattern, place_pattern
from ca_logic.tasks import Rule, load_rule
from ca_logic.tasks.grid import Grid


def add_board(parser: argparse.ArgumentParser, *, default_size: str) -> None:
    """Adds the arguments that say by which rule, and on what board, to start."""
    add_rule(parser)
    add_start(parser, default_size=default_size)


def add_start(parser: argparse.ArgumentParser, *, default_size: str) -> None:
    """Adds the arguments that say on what board to start."""
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--pattern", metavar="FILE|NAME", help="an RLE file, or a name such as glider, acorn, gosper-gun"
    )
    start.add_argument(
        "--soup",
        type=parse_density,
        metavar="DENSITY",
        help="random cells, not dead with this probability (default: 0.5)",
    )
    parser.add_argument("--seed", type=parse_count, default=0, help="of the soup (default: 0)")
    parser.add_argument(
        "--size", type=parse_size, metavar="WxH", help=f"default: the rule's grid or the pattern's, else {default_size}"
    )
    parser.add_argument("--topology", choices=TOPOLOGIES, help="default: the rule's or the pattern's, else torus")
    parser.set_defaults(default_size=parse_size(default_size))


def start_board(
    args: argparse.Namespace, *, pattern: Pattern | None = None, on_warning: Callable[[str], None] = warn
) -> tuple[Automaton, Board]:
    """Returns the rule with its circuit, and the board with the pattern or soup.

    Args:
        args: what `add_board` or `add_start` added, and the rule.
        pattern: the one that `args` names, if it was read already.
        on_warning: told what is odd.

    Raises:
        CaLogicError: if one of the arguments names nothing that is possible.
    """
    rule = load_rule(args.rule)
    if pattern is None and args.pattern is not None:
        pattern = load_pattern(args.pattern)
    automaton = load_automaton(rule, on_warning=on_warning)
    grid = rule.grid or (pattern.grid if pattern else None)
    board = _make_board(automaton, grid, args.size, args.topology, args.default_size)
    if pattern:
        _warn_of_other_rule(pattern, rule)
        place_pattern(board, pattern)
    else:
        board.fill_randomly(0.5 if args.soup is None else args.soup, args.seed)
    return automaton, board


def _make_board(
    automaton: Automaton,
    grid: Grid | None,
    size: tuple[int, int] | None,
    topology: Topology | None,
    default_size: tuple[int, int],
) -> Board:
    if grid is None:
        return automaton.board(*(size or default_size), topology=topology or "torus")
    if not grid.is_plain and not (size and topology):
        raise BoardError(
            f"a grid {grid.canonical!r} is not possible: boards are a bounded torus (T) or plane (P) without shift; "
            "choose by --size and --topology."
        )
    own: Topology = "torus" if grid.topology == "torus" else "plane"
    return automaton.board(*(size or (grid.width, grid.height)), topology=topology or own)


def _warn_of_other_rule(pattern: Pattern, rule: Rule) -> None:
    try:
        same = not pattern.rule or load_rule(pattern.rule).slug == rule.slug
    except RuleError:
        same = False
    if not same:
        warn(f"pattern {pattern.name!r} was made for {pattern.rule!r}, but runs by {rule.rulestring} here.")
