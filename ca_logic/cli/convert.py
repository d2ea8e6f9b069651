"""`convert`: write a circuit in another format; its function stays, and its gates as far as the format has them."""

import argparse
import dataclasses
from pathlib import Path

from ca_logic.circuit import Circuit
from ca_logic.cli import show_model
from ca_logic.cli.arguments import Verbs, add_verb_parser
from ca_logic.cli.circuit_files import (
    FORMATS_HELP,
    add_argmax,
    add_input_format,
    add_output,
    names_model,
    read_input,
    require_output,
    source_name,
    write_output,
)
from ca_logic.errors import UsageError
from ca_logic.formats import FORMATS, render_circuit
from ca_logic.runtime.classifier import ClassifierModel, find_model
from ca_logic.synthesis import prove_same_function

_EXAMPLES = f"""\
examples:
  ca-logic convert adder.aig -o adder.blif
  ca-logic convert adder.blif -o adder.v --rename --name my_adder
  ca-logic convert adder.bench --to aag
  ca-logic convert - --from blif --to dot                            reads standard input, as from show --format blif
  ca-logic convert iris.logic -o iris.v --argmax

Nothing is optimized, but gates of the same kind over the same signals become one. What is written in a format that can
be read is read back and compared first. FILE may be a classifier as well; see `show` for what is written of it.

{FORMATS_HELP}
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "convert", execute, documentation=__doc__, examples=_EXAMPLES)
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="circuit to read, or a classifier's model; - is standard input"
    )
    add_input_format(parser)
    add_output(parser, required=False)
    add_argmax(parser)
    parser.add_argument("--name", type=_parse_name, help="what to call the circuit (default: as in FILE)")


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    format_name = require_output(args.out, args.output_format)
    if not args.input_format and names_model(str(args.file)):
        show_model.require_model_output(args.out, format_name, argmax=args.argmax)
        _convert_model(args, find_model(str(args.file)).model, format_name)
        return 0
    if args.argmax:
        raise UsageError("--argmax is about classifiers; leave it out.")
    circuit = read_input(args.file, args.input_format)
    if args.name:
        circuit = dataclasses.replace(circuit, name=args.name)
    comments = [f"{circuit.name}: {circuit.num_gates} two-input gates, converted from {source_name(args.file)}."]
    _write(args, circuit, format_name, comments, rename=args.rename)
    return 0


def _convert_model(args: argparse.Namespace, model: ClassifierModel, format_name: str) -> None:
    if format_name == show_model.C:
        for path, content in show_model.standalone_files(model, args.out, name=args.name).items():
            write_output(path, content)
        return
    circuit = show_model.circuit_of_model(model, argmax=args.argmax)
    comments = show_model.describe_circuit(model, argmax=args.argmax)
    circuit = dataclasses.replace(circuit, name=args.name or circuit.name)
    _write(args, circuit, format_name, comments, rename=True)


def _write(args: argparse.Namespace, circuit: Circuit, format_name: str, comments: list[str], *, rename: bool) -> None:
    """Writes the circuit, after what can be read was read back and compared."""
    reader = FORMATS[format_name].reader
    if reader is not None:
        content = render_circuit(circuit, format_name, comments=comments, rename=rename)
        proof = prove_same_function(circuit, reader(content, circuit.name))
        comments = [*comments, f"{'Read back and compared' if proof.is_complete else 'Read back'}: {proof}."]
    write_output(args.out, render_circuit(circuit, format_name, comments=comments, rename=rename))


def _parse_name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is no name; it needs characters, and only visible ones")
    return text
