"""The command line: one module for each verb, which parses its arguments, calls, and prints.

Standard output is for results, standard error for progress and complaints.
"""

import argparse
import io
import logging
import os
import sys
from collections.abc import Sequence

from ca_logic import __version__
from ca_logic.cli import (
    bench,
    convert,
    equivalent,
    evaluate,
    learn,
    optimize,
    play,
    predict,
    record,
    rules,
    run,
    show,
    study,
)
from ca_logic.cli.arguments import Parser
from ca_logic.errors import CaLogicError

_VERBS = (learn, run, play, record, evaluate, predict, show, optimize, convert, equivalent, rules, study, bench)

_EXAMPLES = """\
examples:
  ca-logic learn life                     train, extract, prove, compile the Game of Life
  ca-logic run life --pattern gosper-gun  run what was learned, without JAX
  ca-logic play life                      watch it in a window, edit it, teach it other rules
  ca-logic record life --out life.npy     write frames; learn --frames learns from such
  ca-logic evaluate mnist                 how often a classifier is right
  ca-logic predict iris flowers.csv       what it makes of a table
  ca-logic show life --format c           print the circuit as C
  ca-logic optimize adder.blif -o less.v  a smaller circuit, proved to compute the same
  ca-logic convert adder.blif -o adder.v  the same circuit in another format
  ca-logic equivalent a.blif b.aig        prove two circuits equal
  ca-logic bench life                     the network against the compiled circuit
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code: 0 done, 1 failed, 2 asked wrongly, 130 interrupted."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of people should not stop a program whose terminal knows no such letters.
        sys.stdout.reconfigure(errors="backslashreplace")
    # Where nothing can be kept in the home, it would tell of its folders whenever a picture is drawn.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    args = build_parser().parse_args(arguments)
    try:
        status: int = args.execute(args)
        sys.stdout.flush()
    except CaLogicError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", 1)
    except MemoryError:
        return _fail("not enough memory; choose a smaller board, pattern or circuit.", 1)
    return status


def _fail(message: str, status: int) -> int:
    print(f"ca-logic: error: {message}", file=sys.stderr)
    return status


def build_parser() -> argparse.ArgumentParser:
    """Returns the parser of all verbs."""
    parser = Parser(
        prog="ca-logic",
        description="Learn a logic circuit from data, prove it, and run it at the speed of the hardware.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"ca-logic {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True, parser_class=Parser)
    for module in _VERBS:
        module.add_verb(verbs)
    return parser
