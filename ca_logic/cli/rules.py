"""`rules`: list the rules that have a name or were learned, or say what rulestrings mean."""

import argparse
from typing import Any

from ca_logic.cli.arguments import Verbs, add_json, add_verb_parser, print_json, warn
from ca_logic.errors import CircuitNotFoundError
from ca_logic.runtime.circuit_library import find_circuit, list_learned_rules
from ca_logic.tasks import Rule, list_rules, load_rule
from ca_logic.tasks.naming import simplest_rulestring
from ca_logic.tasks.rulestring import encode_map

_NAME_WIDTH = 40

_EXAMPLES = """\
examples:
  ca-logic rules
  ca-logic rules 23/3 b2ceikn/s12 W110 B2/S34H:t64,48
  ca-logic rules --json | jq -r '.rules[].name'

A rulestring is written as for Golly: B3/S23 or 23/3, with Hensel letters B2-a/S12, hexagonal B2/S34H, von Neumann
B1/S14V, as a table MAP..., elementary W30, Generations 345/2/4 (survival/birth/states), with a grid B3/S23:T64,48.
"""


def add_verb(verbs: Verbs) -> None:
    """Adds the verb to the command line."""
    parser = add_verb_parser(verbs, "rules", execute, documentation=__doc__, examples=_EXAMPLES)
    parser.add_argument("rules", metavar="RULE", nargs="*", help="a name, a rulestring, or a .toml file")
    add_json(parser)


def execute(args: argparse.Namespace) -> int:
    """Runs the verb; returns the exit code."""
    if args.rules:
        chosen = [load_rule(text) for text in args.rules]
    else:
        chosen = list_rules()
        names = {rule.name for rule in chosen}
        chosen += [rule for rule in list_learned_rules() if rule.name not in names]
    entries = [_entry_of(rule) for rule in chosen]
    if args.json:
        print_json({"rules": entries})
    elif args.rules:
        print("\n\n".join(map(_describe, entries)))
    else:
        _print_table(entries)
    return 0


def _print_table(entries: list[dict[str, Any]]) -> None:
    widths = [
        min(_NAME_WIDTH, max(len(str(entry[key])) for entry in entries)) for key in ("name", "rulestring", "title")
    ]
    for entry in entries:
        circuit = f"{entry['gates']} gates, {entry['origin']}" if entry["gates"] is not None else "not learned yet"
        # The title of a rule without a name is its rulestring once more.
        title = entry["title"] if entry["title"] != entry["rulestring"] else ""
        columns = [_shortened(text) for text in (entry["name"], entry["rulestring"], title)]
        print("  ".join([*(text.ljust(size) for text, size in zip(columns, widths, strict=True)), circuit]))


def _shortened(text: str) -> str:
    return text if len(text) <= _NAME_WIDTH else f"{text[: _NAME_WIDTH - 3]}..."


def _describe(entry: dict[str, Any]) -> str:
    gates = f"{entry['gates']} gates, {entry['origin']}" if entry["gates"] is not None else "not learned yet"
    rows = [
        ("rule", entry["title"]),
        ("name", ", ".join([entry["name"], *entry["aliases"]])),
        ("Golly", entry["rulestring"] + (f":{entry['grid']}" if entry["grid"] else "")),
        ("plainest", entry["plainest"] if entry["plainest"] != entry["rulestring"] else ""),
        ("states", entry["states"]),
        ("table", entry["map"]),
        ("B0", "births from nothing: empty space comes alive" if entry["births_from_nothing"] else ""),
        ("circuit", gates),
        ("about", entry["description"]),
        ("origin", entry["reference"]),
    ]
    return "\n".join(f"{label:9} {text}" for label, text in rows if text)


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
        "states": rule.num_states,
        "grid": rule.grid.canonical if rule.grid else None,
        "plainest": simplest_rulestring(rule.transitions),
        "map": encode_map(rule.table) if rule.num_states == 2 else None,
        "births_from_nothing": bool(rule.transitions[0, 0]),
        "aliases": list(rule.aliases),
        "description": rule.description,
        "reference": rule.reference,
        "patterns": list(rule.patterns),
        "gates": gates,
        "origin": origin,
    }
