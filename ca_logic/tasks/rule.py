"""`Rule`: a two-state rule of the 3x3 neighbourhood, and where rules come from.

A rule is a name from `rules/*.toml`, a TOML file of the user's, or a rulestring.
"""

import difflib
import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import RuleError, RulestringError
from ca_logic.resources import resource_folder
from ca_logic.tasks.neighbourhood import outer_totalistic_table
from ca_logic.tasks.rulestring import looks_like_rulestring, parse_rulestring

_TEXT_FIELDS = ("title", "rulestring", "reference", "description")
_LIST_FIELDS = ("aliases", "patterns")


@dataclass(frozen=True, eq=False)
class Rule:
    """A two-state rule of the 3x3 Moore neighbourhood.

    Attributes:
        name: what a user types, such as `life`, or the canonical rulestring of a rule without a name.
        rulestring: the canonical rulestring; rules that are equal have equal ones.
        table: the next state for each of the 512 neighbourhoods, in row order, NW most significant.
        title: the name as people write it.
        reference: where the rule comes from.
        description: what is special about it.
        aliases: other names.
        patterns: names of patterns that show it well.
        path: the file that defines it, if there is one.
    """

    name: str
    rulestring: str
    table: UInt8[np.ndarray, "512"]
    title: str = ""
    reference: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    path: Path | None = None

    @property
    def slug(self) -> str:
        """The canonical rulestring as a file name, such as `b3_s23`; equal rules have equal ones."""
        return _as_file_name(self.rulestring)

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
        return _as_file_name(self.name)


def _as_file_name(text: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in text.lower())


def load_rule(text: str) -> Rule:
    """Returns the rule of that name, in that TOML file, or with that rulestring.

    Raises:
        RuleError: if there is none, naming the nearest name; or if the file cannot be understood.
        RulestringError: if it looks like a rulestring but is malformed.
    """
    known = {name: rule for rule in list_rules() for name in (rule.name, *rule.aliases)}
    if text.strip().lower() in known:
        return known[text.strip().lower()]
    if text.endswith(".toml"):
        return _read_rule_file(Path(text))
    if looks_like_rulestring(text):
        return _rule_of_rulestring(text, known)
    nearest = difflib.get_close_matches(text.lower(), known, n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else "list the known ones with: python -m ca_logic rules"
    raise RuleError(f"unknown rule {text!r}; {hint}")


def list_rules() -> list[Rule]:
    """Returns the rules of `rules/*.toml`, by name.

    Raises:
        RuleError: if one of the files cannot be understood.
    """
    return [_read_rule_file(path) for path in sorted(resource_folder("rules").glob("*.toml"))]


def _rule_of_rulestring(text: str, known: dict[str, Rule]) -> Rule:
    parsed = parse_rulestring(text)
    for rule in known.values():
        if rule.rulestring == parsed.canonical:
            return rule
    return Rule(
        name=parsed.canonical,
        rulestring=parsed.canonical,
        table=outer_totalistic_table(parsed.birth, parsed.survival),
        title=parsed.canonical,
    )


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
        else:
            raise RuleError(
                f"rule file {path} has an unknown field {field!r}; known are {', '.join(_TEXT_FIELDS + _LIST_FIELDS)}."
            )
        if not valid:
            raise RuleError(
                f"rule file {path}: {field} must be {'a text' if field in _TEXT_FIELDS else 'a list of texts'}."
            )
        # Joining a text joins its characters, so this serves lists and texts alike.
        if not "".join(value).isprintable():
            raise RuleError(f"rule file {path}: {field} holds control characters; write plain text.")
    if "rulestring" not in fields:
        raise RuleError(f'rule file {path} has no rulestring; add a line like: rulestring = "B3/S23"')
    try:
        parsed = parse_rulestring(fields["rulestring"])
    except RulestringError as error:
        raise RulestringError(f"rule file {path}: {error}") from None
    return Rule(
        name=path.stem.lower(),
        rulestring=parsed.canonical,
        table=outer_totalistic_table(parsed.birth, parsed.survival),
        title=fields.get("title", path.stem),
        reference=fields.get("reference", ""),
        description=fields.get("description", ""),
        aliases=tuple(alias.lower() for alias in fields.get("aliases", [])),
        patterns=tuple(fields.get("patterns", [])),
        path=path,
    )
