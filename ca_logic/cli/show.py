"""`show`: print the circuit that was learned for a rule, as C, BLIF, a Graphviz drawing, or in figures."""

import argparse
from typing import Any

from ca_logic.backend.c_source import render_c
from ca_logic.circuit.blif import write_blif
from ca_logic.circuit.dot import write_dot
from ca_logic.cli.arguments import Verbs, add_json, add_rule, add_verb_parser, print_json, warn
from ca_logic.runtime.circuit_library import StoredCircuit, find_circuit
from ca_logic.tasks import Rule, load_rule

_FORMATS = ("stats", "c", "blif", "dot")

_EXAMPLES = """\
examples:
  ca-logic show life
  ca-logic show life --format c > life.c
  ca-logic show life --format dot | dot -Tsvg > life.svg
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "show", execute, documentation=__doc__, examples=_EXAMPLES)
    add_rule(parser)
    parser.add_argument("--format", choices=_FORMATS, default="stats", help="default: stats")
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    rule = load_rule(args.rule)
    stored = find_circuit(rule, on_warning=warn)
    comments = [
        f"{rule.title} ({rule.rulestring}), {stored.circuit.num_gates} gates, proved on all {rule.num_states**9} rows."
    ]
    if args.format == "stats":
        text = _stats_text(rule, stored)
    elif args.format == "c":
        text = render_c(stored.circuit, comments=comments)
    elif args.format == "blif":
        text = write_blif(stored.circuit, comments=comments)
    else:
        text = write_dot(stored.circuit)
    if args.json:
        print_json(_stats(rule, stored) | ({} if args.format == "stats" else {args.format: text}))
    else:
        print(text, end="")
    return 0


def _stats(rule: Rule, stored: StoredCircuit) -> dict[str, Any]:
    circuit = stored.circuit
    return {
        "rule": rule.name,
        "rulestring": rule.rulestring,
        "origin": stored.origin,
        "path": str(stored.path),
        "gates": circuit.num_gates,
        "depth": circuit.depth,
        "inputs": list(circuit.inputs),
        "outputs": list(circuit.outputs),
        "gate_counts": circuit.gate_counts(),
        "rows_proved": rule.num_states**9,
    }


def _stats_text(rule: Rule, stored: StoredCircuit) -> str:
    circuit = stored.circuit
    kinds = ", ".join(f"{count} {name}" for name, count in circuit.gate_counts().items())
    lines = [
        f"rule     {rule.title} ({rule.rulestring})",
        f"circuit  {stored.description}",
        f"inputs   {' '.join(circuit.inputs)}",
        f"outputs  {' '.join(circuit.outputs)}",
        f"gates    {circuit.num_gates}, at most {circuit.depth} on a path: {kinds or 'none'}",
        f"proof    equal to the rule on all {rule.num_states**9} rows (exhaustive)",
        *([f"about    {rule.description}"] if rule.description else []),
        *([f"origin   {rule.reference}"] if rule.reference else []),
        *([f"try      --pattern {', '.join(rule.patterns)}"] if rule.patterns else []),
    ]
    return "\n".join([*lines, ""])
