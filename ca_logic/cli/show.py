"""`show`: print what was learned, for a rule or as a classifier, in figures or in any format for other programs."""

import argparse
from pathlib import Path
from typing import Any

from ca_logic.cli import show_model
from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser, print_json, warn
from ca_logic.cli.circuit_files import (
    FORMATS_HELP,
    add_argmax,
    is_stream,
    names_model,
    require_output,
    write_output,
)
from ca_logic.errors import RuleError, UsageError
from ca_logic.formats import FORMATS, format_of_path, render_circuit
from ca_logic.runtime.circuit_library import StoredCircuit, find_circuit
from ca_logic.runtime.classifier.model_library import list_models
from ca_logic.tasks import Rule, load_rule

_STATS = "stats"

_EXAMPLES = f"""\
examples:
  ca-logic show life
  ca-logic show life --format c > life.c
  ca-logic show life --out life.svg
  ca-logic show life --out life.aig
  ca-logic show iris.logic
  ca-logic show mnist.logic --out mnist.c
  ca-logic show iris.logic --format blif --argmax

Of a classifier, c is a file that stands alone, from features to classes; with --out FILE.c its header FILE.h is written
too. The other formats hold the circuit from the bits of its encoder on, and the sums as adders: output class<c>_bit<k>
is digit k of the score of class c. With --argmax, output class<c> is 1 where class c wins.

{FORMATS_HELP}
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "show", execute, documentation=__doc__, examples=_EXAMPLES)
    parser.add_argument(
        "rule",
        metavar="RULE|MODEL",
        help="a rule by name (see the verb `rules`), rulestring or .toml file; or a classifier by name or .logic file",
    )
    parser.add_argument(
        "--format", choices=(_STATS, *FORMATS), help="default: by the name of FILE; on standard output, stats"
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="FILE",
        default=Path("-"),
        help="file to write; - is standard output (default: -)",
    )
    add_argmax(parser)
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    if names_model(args.rule):
        return show_model.execute(args)
    if args.argmax:
        raise UsageError("--argmax is about classifiers; leave it out.")
    to_file = not is_stream(args.out)
    name = args.format or (format_of_path(args.out) if to_file else _STATS)
    if name != _STATS and not to_file:
        if args.json and FORMATS[name].is_binary:
            raise UsageError(f"{name} is binary and no text for --json; name a file for it with -o FILE.")
        require_output(args.out, name)
    rule = _rule(args.rule)
    stored = find_circuit(rule, on_warning=warn)
    content = _stats_text(rule, stored).encode() if name == _STATS else _rendered(rule, stored, name)
    if to_file or not args.json:
        write_output(args.out, content)
    if args.json:
        where: dict[str, Any] = {"format": name, "out": str(args.out)} if to_file else {}
        shown = {} if to_file or name == _STATS else {name: content.decode()}
        print_json(_stats(rule, stored) | where | shown)
    elif to_file:
        print(f"written  {args.out}: {name}, {stored.circuit.num_gates} gates")
    return 0


def _rule(text: str) -> Rule:
    """Returns the rule, or raises an error that tells of models as well."""
    try:
        return load_rule(text)
    except RuleError as error:
        if text.endswith(".toml"):
            raise
        models = ", ".join(list_models()) or "none yet"
        raise RuleError(f"{str(error).rstrip('.')}; nor is it a model, of which known are: {models}.") from None


def _rendered(rule: Rule, stored: StoredCircuit, format_name: str) -> bytes:
    comments = [
        f"{rule.title} ({rule.rulestring}), {stored.circuit.num_gates} gates, proved on all {rule.num_states**9} rows."
    ]
    return render_circuit(stored.circuit, format_name, comments=comments)


def _stats(rule: Rule, stored: StoredCircuit) -> dict[str, Any]:
    circuit = stored.circuit
    return {
        "rule": rule.name,
        "rulestring": rule.rulestring,
        "origin": stored.origin,
        "path": str(stored.path),
        "gates": circuit.num_gates,
        "gates_a_row": stored.num_gates_a_row,
        "depth": circuit.depth,
        "inputs": list(circuit.inputs),
        "outputs": list(circuit.outputs),
        "gate_counts": circuit.gate_counts(),
        "rows_proved": rule.num_states**9,
    }


def _stats_text(rule: Rule, stored: StoredCircuit) -> str:
    circuit, row_circuit = stored.circuit, stored.row_circuit
    kinds = ", ".join(f"{count} {name}" for name, count in circuit.gate_counts().items())
    lines = [
        f"rule     {rule.title} ({rule.rulestring})",
        f"circuit  {stored.description}",
        f"inputs   {' '.join(circuit.inputs)}",
        f"outputs  {' '.join(circuit.outputs)}",
        f"gates    {circuit.num_gates}, at most {circuit.depth} on a path: {kinds or 'none'}",
        f"kernel   {stored.num_gates_a_row} gates for each row of cells, of a circuit of {row_circuit.num_gates} gates",
        f"proof    equal to the rule on all {rule.num_states**9} rows (exhaustive)",
        *([f"about    {rule.description}"] if rule.description else []),
        *([f"origin   {rule.reference}"] if rule.reference else []),
        *([f"try      --pattern {', '.join(rule.patterns)}"] if rule.patterns else []),
    ]
    return "\n".join([*lines, ""])
