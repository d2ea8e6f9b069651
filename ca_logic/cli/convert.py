"""`convert`: write a circuit in another format; its function stays, and its gates as far as the format has them."""

import argparse
import dataclasses
from pathlib import Path

from ca_logic.cli.arguments import Verbs, add_verb_parser
from ca_logic.cli.circuit_files import (
    FORMATS_HELP,
    add_input_format,
    add_output,
    read_input,
    require_output,
    source_name,
    write_output,
)
from ca_logic.formats import FORMATS, render_circuit
from ca_logic.synthesis import prove_same_function

_EXAMPLES = f"""\
examples:
  ca-logic convert adder.aig -o adder.blif
  ca-logic convert adder.blif -o adder.v --rename --name my_adder
  ca-logic convert adder.bench --to aag
  ca-logic convert - --from blif --to dot                            reads standard input, as from show --format blif

Nothing is optimized, but gates of the same kind over the same signals become one. What is written in a format that can
be read is read back and compared first.

{FORMATS_HELP}
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "convert", execute, documentation=__doc__, examples=_EXAMPLES)
    parser.add_argument("file", type=Path, metavar="FILE", help="circuit to read; - is standard input")
    add_input_format(parser)
    add_output(parser, required=False)
    parser.add_argument("--name", type=_parse_name, help="what to call the circuit (default: as in FILE)")


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    format_name = require_output(args.out, args.output_format)
    circuit = read_input(args.file, args.input_format)
    if args.name:
        circuit = dataclasses.replace(circuit, name=args.name)
    comments = [f"{circuit.name}: {circuit.num_gates} two-input gates, converted from {source_name(args.file)}."]
    reader = FORMATS[format_name].reader
    if reader is not None:
        content = render_circuit(circuit, format_name, comments=comments, rename=args.rename)
        proof = prove_same_function(circuit, reader(content, circuit.name))
        comments.append(f"{'Read back and compared' if proof.is_complete else 'Read back'}: {proof}.")
    write_output(args.out, render_circuit(circuit, format_name, comments=comments, rename=args.rename))
    return 0


def _parse_name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is no name; it needs characters, and only visible ones")
    return text
