"""`Rule`: a rule of the 3x3 neighbourhood, and where rules come from.

A rule is a name from `rules/*.toml`, a TOML file of the user's, or a rulestring.

The one idea: in all rules here a cell sees of its neighbours only which of them are in state 1, *live*. That
is so of every two-state rule, of Generations, and of WireWorld. So a rule is a table of its own states by
256 rings of neighbours, whatever the number of states.
"""

import dataclasses
import difflib
import hashlib
import shlex
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import RuleError, RulestringError
from ca_logic.resources import resource_folder
from ca_logic.tasks.grid import Grid, shown
from ca_logic.tasks.naming import simplest_rulestring
from ca_logic.tasks.neighbourhood import CENTRE, MOORE, NUM_RINGS, live_neighbours, table_of
from ca_logic.tasks.rulestring import MAX_STATES, grow_states, looks_like_rulestring, parse_rulestring

_TEXT_FIELDS = ("title", "rulestring", "reference", "description")
_LIST_FIELDS = ("aliases", "patterns")
_TRANSITIONS = "transitions"
MAX_LEARNED_STATES = 8
"""Rules of more states are not learned: nine cells of four bits are too many for an exhaustive proof."""

_MAX_NAME_LENGTH = 80
_MAX_SLUG_SHOWN = 40


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule of the 3x3 Moore neighbourhood.

    Attributes:
        name: what a user types, such as `life`, or the canonical rulestring of a rule without a name.
        rulestring: the canonical rulestring as Golly writes it, or the name by which Golly knows the rule.
        transitions: the next state by the cell's own state and the ring of its live neighbours (state 1), NW
            most significant.
        title: the name as people write it.
        reference: where the rule comes from.
        description: what is special about it.
        aliases: other names.
        patterns: names of patterns that show it well.
        path: the file that defines it, if there is one.
        grid: the bounded grid that the rulestring named.
    """

    name: str
    rulestring: str
    transitions: UInt8[np.ndarray, "states 256"]
    title: str = ""
    reference: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    path: Path | None = None
    grid: Grid | None = None

    @property
    def num_states(self) -> int:
        """The number of states of a cell."""
        return len(self.transitions)

    @property
    def bits_per_cell(self) -> int:
        """How many bits hold a cell: its state as a binary number."""
        return (self.num_states - 1).bit_length()

    @property
    def table(self) -> UInt8[np.ndarray, "512"]:
        """The next state for each of the 512 neighbourhoods of a two-state rule, NW most significant."""
        assert self.num_states == 2, "only two-state rules have a table by neighbourhood"
        return table_of(self.transitions)

    def next_states(self, states: UInt8[np.ndarray, "9 rows"]) -> UInt8[np.ndarray, " rows"]:
        """Returns the next state of the centre for neighbourhoods given by the states of their nine cells."""
        live = np.delete(states, CENTRE, axis=0) == 1
        weights = 1 << np.arange(len(live) - 1, -1, -1)
        next_states: np.ndarray = self.transitions[states[CENTRE], weights @ live]
        return next_states

    @cached_property
    def slug(self) -> str:
        """The rule as a file name, such as `b3_s23`; equal rules have equal ones, other rules have others."""
        rulestring = simplest_rulestring(self.transitions)
        if rulestring is None:
            digest = hashlib.sha256(self.transitions.tobytes()).hexdigest()
            return f"{self.num_states}-states-{digest[:32]}"
        if rulestring.startswith("MAP"):
            # The letters of a MAP differ by case, which not every file system keeps apart.
            bits = np.packbits((self.transitions[:2] == 1).astype(bool)).tobytes().hex()
            return f"map-{bits}" if self.num_states == 2 else f"map-{bits}-{self.num_states}"
        return _as_file_name(rulestring)

    @property
    def full_name(self) -> str:
        """The title with the rulestring, or only one of them where they are equal."""
        return self.title if self.title == self.rulestring else f"{self.title} ({self.rulestring})"

    @property
    def spelling(self) -> str:
        """What to type in a shell to mean this rule."""
        return shlex.quote(str(self.path) if self.path and not self.is_shipped else self.name)

    @property
    def is_shipped(self) -> bool:
        """Whether the rule came with the program."""
        return self.path is not None and self.path.parent == resource_folder("rules")

    @property
    def folder_name(self) -> str:
        """The name as a file name, such as `life`, or `b36_s` of a rule without a name."""
        if len(self.name) <= _MAX_NAME_LENGTH and not self.name.startswith("MAP"):
            return _as_file_name(self.name)
        # Cut short, or without their case, the names of two rules could be the same.
        digest = hashlib.sha256(self.transitions.tobytes()).hexdigest()
        return f"{self.slug[:_MAX_SLUG_SHOWN]}-{digest[:16]}"


def _as_file_name(text: str) -> str:
    return "".join(c if (c.isalnum() or c == "-") and c.isascii() else "_" for c in text.lower())


def require_learnable(rule: Rule) -> None:
    """Makes sure that a circuit for the rule can be learned and proved.

    Raises:
        RuleError: if it has too many states.
    """
    if rule.num_states > MAX_LEARNED_STATES:
        raise RuleError(
            f"{rule.name} has {rule.num_states} states; rules of up to {MAX_LEARNED_STATES} are learned, because a "
            "proof over more would take too long."
        )


def load_rule(text: str) -> Rule:
    """Returns the rule of that name, in that TOML file, or with that rulestring.

    Raises:
        RuleError: if there is none, naming the nearest name; or if the file cannot be understood.
        RulestringError: if it looks like a rulestring but is malformed.
    """
    if not text.strip():
        raise RulestringError("an empty rulestring; write births and survivals, like B3/S23 or 23/3.")
    rules = list_rules()
    known = {name: rule for rule in rules for name in (rule.name, *rule.aliases)}
    if text.strip().lower() in known:
        return known[text.strip().lower()]
    if text.endswith(".toml"):
        return _read_rule_file(Path(text))
    if looks_like_rulestring(text):
        return _rule_of_rulestring(text, rules)
    nearest = difflib.get_close_matches(text.lower(), known, n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else "list the known ones with: python -m ca_logic rules"
    raise RuleError(f"unknown rule {shown(text)}; {hint}")


def list_rules() -> list[Rule]:
    """Returns the rules of `rules/*.toml`, by name.

    Raises:
        RuleError: if one of the files cannot be understood.
    """
    paths = sorted(resource_folder("rules").glob("*.toml"), key=lambda path: path.stem)
    return [_read_rule_file(path) for path in paths]


def rule_of_transitions(transitions: UInt8[np.ndarray, "states 256"]) -> Rule:
    """Returns the rule with these transitions: a shipped one, or one by the plainest rulestring there is.

    Raises:
        RuleError: if no rulestring says it.
    """
    rulestring = simplest_rulestring(transitions)
    for rule in list_rules():
        if np.array_equal(rule.transitions, transitions):
            return rule
    if rulestring is None:
        raise RuleError(f"no rulestring says these {len(transitions)} x 256 transitions.")
    return Rule(rulestring, rulestring, transitions, title=rulestring)


def rule_of_slug(slug: str) -> Rule:
    """Returns the rule whose file name this is.

    Raises:
        RuleError: if it is none.
    """
    rule = _rule_of_map_slug(slug) if slug.startswith("map-") else load_rule(slug.replace("_", "/"))
    if rule.slug != slug:
        raise RuleError(f"{slug!r} is the file name of no rule.")
    return rule


def _rule_of_map_slug(slug: str) -> Rule:
    bits, _, states = slug.removeprefix("map-").partition("-")
    try:
        live = np.unpackbits(np.frombuffer(bytes.fromhex(bits), dtype=np.uint8)).reshape(2, NUM_RINGS)
        num_states = int(states[:4] or 2)
        if not 2 <= num_states <= MAX_STATES:
            raise ValueError
    except ValueError:
        raise RuleError(f"{slug!r} is the file name of no rule.") from None
    return rule_of_transitions(grow_states(live, num_states) if num_states > 2 else live)


def _rule_of_rulestring(text: str, rules: list[Rule]) -> Rule:
    parsed = parse_rulestring(text)
    for rule in rules:
        if np.array_equal(rule.transitions, parsed.transitions):
            return dataclasses.replace(rule, grid=parsed.grid)
    return Rule(parsed.canonical, parsed.canonical, parsed.transitions, title=parsed.canonical, grid=parsed.grid)


def _read_rule_file(path: Path) -> Rule:
    try:
        fields: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RuleError(f"cannot read rule file {path}: {error.strerror}.") from None
    except ValueError as error:  # No UTF-8, no TOML, or no possible file name.
        raise RuleError(f"rule file {path} is no TOML: {error}.") from None
    for field, value in fields.items():
        if field in _TEXT_FIELDS:
            valid = isinstance(value, str)
        elif field in _LIST_FIELDS:
            valid = isinstance(value, list) and all(isinstance(item, str) for item in value)
        elif field == _TRANSITIONS:
            continue
        else:
            known = ", ".join((*_TEXT_FIELDS, *_LIST_FIELDS, _TRANSITIONS))
            raise RuleError(f"rule file {path} has an unknown field {field!r}; known are {known}.")
        if not valid:
            raise RuleError(
                f"rule file {path}: {field} must be {'a text' if field in _TEXT_FIELDS else 'a list of texts'}."
            )
        # Joining a text joins its characters, so this serves lists and texts alike.
        if not "".join(value).isprintable():
            raise RuleError(f"rule file {path}: {field} holds control characters; write plain text.")
    if "rulestring" not in fields:
        raise RuleError(f'rule file {path} has no rulestring; add a line like: rulestring = "B3/S23"')
    rulestring, grid = fields["rulestring"], None
    if _TRANSITIONS in fields:
        transitions = _read_transitions(fields[_TRANSITIONS], path)
    else:
        try:
            parsed = parse_rulestring(rulestring)
        except RulestringError as error:
            raise RulestringError(f"rule file {path}: {error}") from None
        rulestring, transitions, grid = parsed.canonical, parsed.transitions, parsed.grid
    return Rule(
        name=path.stem.lower(),
        rulestring=rulestring,
        transitions=transitions,
        title=fields.get("title", path.stem),
        reference=fields.get("reference", ""),
        description=fields.get("description", ""),
        aliases=tuple(alias.lower() for alias in fields.get("aliases", [])),
        patterns=tuple(fields.get("patterns", [])),
        path=path,
        grid=grid,
    )


def _read_transitions(value: Any, path: Path) -> UInt8[np.ndarray, "states 256"]:
    """Reads, for each state, the next one: a number, or nine of them for 0 to 8 neighbours in state 1."""
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_STATES:
        raise RuleError(f"rule file {path}: transitions must be a list with an entry for each of 2 to 256 states.")
    counts = live_neighbours(MOORE)
    rows = []
    for state, entry in enumerate(value):
        choices = entry if isinstance(entry, list) else [entry] * 9
        if len(choices) != 9 or not all(type(choice) is int and 0 <= choice < len(value) for choice in choices):
            raise RuleError(
                f"rule file {path}: the transition of state {state} must be a state from 0 to {len(value) - 1}, "
                "or a list of nine, for 0 to 8 neighbours in state 1."
            )
        rows.append(np.array(choices, dtype=np.uint8)[counts])
    return np.stack(rows)
