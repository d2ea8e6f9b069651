"""`rules`: list the rules that have a name or were learned, and the circuits known for them."""

import argparse
from typing import Any

from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser, print_json, warn
from ca_logic.errors import CircuitNotFoundError
from ca_logic.runtime.circuit_library import find_circuit, list_learned_rules
from ca_logic.tasks import Rule, list_rules

_EXAMPLES = """\
examples:
  ca-logic rules
  ca-logic rules --json | jq -r '.rules[].name'
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "rules", execute, documentation=__doc__, examples=_EXAMPLES)
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    shipped = list_rules()
    names = {rule.name for rule in shipped}
    entries = [_entry_of(rule) for rule in shipped + [rule for rule in list_learned_rules() if rule.name not in names]]
    if args.json:
        print_json({"rules": entries})
        return 0
    widths = [max(len(str(entry[key])) for entry in entries) for key in ("name", "rulestring", "title")]
    for entry in entries:
        circuit = f"{entry['gates']} gates, {entry['origin']}" if entry["gates"] is not None else "not learned yet"
        columns = (entry["name"], entry["rulestring"], entry["title"])
        print("  ".join([*(text.ljust(size) for text, size in zip(columns, widths, strict=True)), circuit]))
    return 0


def _entry_of(rule: Rule) -> dict[str, Any]:
    try:
        stored = find_circuit(rule, on_warning=warn)
        gates, origin = stored.circuit.num_gates, stored.origin
    except CircuitNotFoundError:
        gates, origin = None, None
    return {
        "name": rule.name,
        "rulestring": rule.rulestring,
        "title": rule.title,
        "aliases": list(rule.aliases),
        "reference": rule.reference,
        "patterns": list(rule.patterns),
        "gates": gates,
        "origin": origin,
    }
