"""`equivalent`: prove that two circuits compute the same, or name an input on which they differ."""

import argparse
import dataclasses
from pathlib import Path

from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser, parse_positive_count, print_json
from ca_logic.cli.circuit_files import FORMATS_HELP, add_care, add_input_format, read_care, read_input
from ca_logic.errors import EquivalenceError
from ca_logic.synthesis import prove_same_function
from ca_logic.synthesis.circuit_equivalence import MAX_CONFLICTS

_EXAMPLES = f"""\
examples:
  ca-logic equivalent adder.blif adder.aig
  ca-logic equivalent adder.blif smaller.blif --care states.blif
  ca-logic equivalent multiplier.aig other.aig --conflicts 5000000
  ca-logic equivalent adder.blif adder.aig --json | jq .equal

Inputs and outputs are matched by name if both circuits have the same names, else by position. Up to 20 inputs, or with
--care, every row is compared, unless there are very many gates; otherwise a SAT solver decides.
exit code: 0 if they are equal, 1 if they differ, or if it could not be decided

{FORMATS_HELP}
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "equivalent", execute, documentation=__doc__, examples=_EXAMPLES)
    parser.add_argument("first", type=Path, metavar="A", help="a circuit; - is standard input")
    parser.add_argument("second", type=Path, metavar="B", help="another one")
    add_input_format(parser)
    add_care(parser)
    parser.add_argument(
        "--conflicts",
        type=parse_positive_count,
        metavar="N",
        default=MAX_CONFLICTS,
        help=f"how many conflicts the SAT solver may go through before it gives up (default: {MAX_CONFLICTS})",
    )
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    # Named by their files: two circuits that are compared often have the same name.
    first, second = (
        dataclasses.replace(read_input(path, args.input_format), name=str(path)) for path in (args.first, args.second)
    )
    care = read_care(args.care, first) if args.care else None
    report = {"first": str(args.first), "second": str(args.second)}
    try:
        proof = prove_same_function(first, second, care=care, max_conflicts=args.conflicts)
    except EquivalenceError as error:
        if not args.json:
            raise
        print_json(report | {"equal": False, "difference": str(error)})
        return 1
    if args.json:
        print_json(report | {"equal": proof.is_complete or None, "proof": str(proof)})
        return 0 if proof.is_complete else 1
    if not proof.is_complete:
        raise EquivalenceError(
            f"not decided whether {args.first} and {args.second} are equal: {proof}; "
            f"allow more than {args.conflicts} conflicts with --conflicts N."
        )
    print(f"{args.first} and {args.second} are equal: {proof}")
    return 0
