"""What several verbs need to read their arguments and to talk."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

_MAX_SEEDS = 100_000

Verbs = Any
"""What `add_subparsers` returns; argparse keeps its type private."""


class Parser(argparse.ArgumentParser):
    """An argument parser that keeps examples as they are written and complains in one line."""

    def __init__(self, **options: Any) -> None:
        """Passes its options on."""
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Prints what is wrong in one line and exits with 2."""
        self.exit(2, f"{self.prog}: error: {message}; see {self.prog} --help\n")


def add_verb_parser(
    verbs: Verbs, name: str, execute: Callable[[argparse.Namespace], int], *, documentation: str | None, examples: str
) -> argparse.ArgumentParser:
    """Adds a verb whose help is its module's documentation, "`verb`: what it does.", and its examples."""
    description = (documentation or "").split(": ", 1)[-1]
    description = description[:1].upper() + description[1:]
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=description, description=description, epilog=examples)
    parser.set_defaults(execute=execute)
    return parser


def add_rule(parser: argparse.ArgumentParser) -> None:
    """Adds the argument that names a rule."""
    parser.add_argument(
        "rule",
        metavar="RULE",
        help="a name (see the verb `rules`), a rulestring such as B36/S23 or 23/36, or a .toml file",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Adds --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output, nothing else")


def parse_size(text: str) -> tuple[int, int]:
    """Returns (width, height) of a text like 640x480."""
    match = re.fullmatch(r"(\d{1,18})[xX](\d{1,18})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it like 640x480")
    width, height = int(match[1]), int(match[2])
    if width < 1 or height < 1:
        raise argparse.ArgumentTypeError(f"a board of {text} has no cells; both sides must be at least 1")
    return width, height


def parse_count(text: str) -> int:
    """Returns a whole number of at least 0."""
    if not re.fullmatch(r"\d{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 0")
    return int(text)


def parse_positive_count(text: str) -> int:
    """Returns a whole number of at least 1."""
    count = parse_count(text)
    if count == 0:
        raise argparse.ArgumentTypeError("0 is too few; it must be at least 1")
    return count


def parse_seeds(text: str) -> range:
    """Returns the seeds of a text like 0..19."""
    match = re.fullmatch(r"(\d{1,18})(?:\.\.(\d{1,18}))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} names no seeds; write them like 0..19")
    seeds = range(int(match[1]), int(match[2] or match[1]) + 1)
    if not 1 <= len(seeds) <= _MAX_SEEDS:
        raise argparse.ArgumentTypeError(f"{text!r} are {len(seeds)} seeds; there must be 1 to {_MAX_SEEDS}")
    return seeds


def parse_density(text: str) -> float:
    """Returns a number from 0 to 1."""
    try:
        density = float(text)
    except ValueError:
        density = -1
    if not 0 <= density <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no density; it must be a number from 0 to 1")
    return density


def print_json(value: Any) -> None:
    """Prints one JSON value on standard output."""
    print(json.dumps(value))


def warn(message: str) -> None:
    """Prints a warning on standard error."""
    print(f"ca-logic: warning: {message}", file=sys.stderr)


def format_speed(cells_per_second: float | None) -> str:
    """Returns a speed for people, such as `21.3 Gcell/s`."""
    if cells_per_second is None:
        return "no time measured"
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if cells_per_second >= factor:
            return f"{cells_per_second / factor:.3g} {unit}cell/s"
    return f"{cells_per_second:.3g} cell/s"


def format_ratio(ratio: float | None) -> str:
    """Returns a ratio for people, such as `3.14x`."""
    if ratio is None:
        return "-"
    return f"{ratio:.3g}x" if ratio < 100 else f"{ratio:,.0f}x"
