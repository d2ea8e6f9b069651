"""`RuleDraft`: a rule that is being clicked together, row by row of its truth table or many rows at once.

The one idea: whatever can be clicked is a `RowGroup`, rows of the 512 that are switched together: those of one count
of live neighbours, those of one isotropic class, or a single one. After each change the rule is named anew.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import RuleError
from ca_logic.tasks import Rule, list_rules, load_rule
from ca_logic.tasks.isotropy import HenselClass, hensel_classes
from ca_logic.tasks.naming import simplest_rulestring
from ca_logic.tasks.neighbourhood import CELLS, CENTRE, NUM_NEIGHBOURHOODS, ring_of, transitions_of

_PARTS = ("B", "S")
"""Birth and survival, by the state of the centre."""


class Fill(Enum):
    """How many rows of a group have a live cell for their next state."""

    NONE = "off"
    SOME = "partly on"
    ALL = "on"


@dataclass(frozen=True)
class RowGroup:
    """Rows of the truth table that are switched together.

    Attributes:
        name: as in a rulestring, `B3` or `S2a`; a single row is named by its number.
        rows: their numbers, ascending; NW is the most significant bit.
    """

    name: str
    rows: tuple[int, ...]

    @property
    def is_birth(self) -> bool:
        """Whether the centre is dead."""
        return part_of(self.rows[0]) == "B"

    @property
    def num_live(self) -> int:
        """The number of live neighbours, of all rows of the group."""
        return hensel_class_of(self.rows[0])[0]

    @property
    def example(self) -> int:
        """The row that stands for the group: of counts above four, the one that mirrors its counterpart's below."""
        return self.rows[0] if self.num_live <= 4 else self.rows[-1]


@dataclass(frozen=True, eq=False)
class RuleDraft:
    """A rule of any kind; if it is of two states, its rows can be switched."""

    rule: Rule

    @classmethod
    def of(cls, text: str) -> "RuleDraft":
        """Returns the draft of a rule by its name, rulestring or file.

        Raises:
            RuleError: if there is no such rule, saying why.
        """
        return cls(load_rule(text))

    @property
    def text(self) -> str:
        """What to type to get this rule again."""
        if self.rule.path and not self.rule.is_shipped:
            return str(self.rule.path)
        return self.rule.rulestring + (f":{self.rule.grid.canonical}" if self.rule.grid else "")

    @property
    def is_clickable(self) -> bool:
        """Whether its rows can be switched."""
        return self.rule.num_states == 2

    @property
    def obstacle(self) -> str:
        """Why its rows cannot be switched, and what to do; nothing if they can."""
        if self.is_clickable:
            return ""
        name = self.rule.title or self.rule.name
        return (
            f"{name} has {self.rule.num_states} states: it can be typed, but only rules of two states can be clicked."
        )

    @property
    def kind(self) -> str:
        """Which rows may be switched together without changing what kind of rule it is, in a word or two."""
        if not self.is_clickable:
            return f"{self.rule.num_states} states"
        for kind, groups in (("totalistic", count_groups()), ("isotropic", class_groups())):
            if all(self.fill_of(group) is not Fill.SOME for group in groups.values()):
                return kind
        return "not isotropic"

    @functools.cached_property
    def table(self) -> UInt8[np.ndarray, "512"]:
        """The next state for each row.

        Raises:
            RuleError: if the rule has more than two states.
        """
        if not self.is_clickable:
            raise RuleError(self.obstacle)
        return self.rule.table

    @functools.cached_property
    def _states(self) -> bytes:
        """The table in a form that is quick to read row by row, as for each frame."""
        return self.table.tobytes()

    def fill_of(self, group: RowGroup) -> Fill:
        """Tells whether all, none or some rows of a group are on."""
        return fill_of(self.num_on(group), len(group.rows))

    def num_on(self, group: RowGroup) -> int:
        """Returns how many rows of a group are on."""
        return sum(map(self._states.__getitem__, group.rows))

    def toggled(self, group: RowGroup) -> "RuleDraft":
        """Returns the draft with a group switched off if all of it is on, else on."""
        return self.painted(group, on=self.fill_of(group) is not Fill.ALL)

    def painted(self, group: RowGroup, *, on: bool) -> "RuleDraft":
        """Returns the draft with all rows of a group on or off; itself if they are."""
        table = self.table.copy()
        table[list(group.rows)] = on
        if np.array_equal(table, self.table):
            return self
        return RuleDraft(dataclasses.replace(_name_rule(transitions_of(table)), grid=self.rule.grid))


def fill_of(num_on: int, num_rows: int) -> Fill:
    """Tells whether all, none or some rows are on."""
    return Fill.NONE if num_on == 0 else Fill.ALL if num_on == num_rows else Fill.SOME


@functools.cache
def count_groups() -> Mapping[str, RowGroup]:
    """Returns the 2 x 9 groups of equal centre and count of live neighbours, by name: B0, ..., B8, S0, ..., S8."""
    return _grouped(lambda row: f"{part_of(row)}{hensel_class_of(row)[0]}")


@functools.cache
def class_groups() -> Mapping[str, RowGroup]:
    """Returns the 102 groups of equal centre and isotropic class, by name: B0, B1c, ..., S7e, S8."""
    return _grouped(class_name)


@functools.cache
def row_groups() -> Mapping[str, RowGroup]:
    """Returns the 512 groups of one row, by its number."""
    return {str(row): RowGroup(str(row), (row,)) for row in range(NUM_NEIGHBOURHOODS)}


def part_of(row: int) -> str:
    """Returns B if the centre is dead in this row, S if it is live."""
    return _PARTS[row >> (len(CELLS) - 1 - CENTRE) & 1]


def hensel_class_of(row: int) -> HenselClass:
    """Returns the class of a row's neighbours."""
    return hensel_classes()[ring_of(np.array(row)).item()]


def class_name(row: int) -> str:
    """Returns the group of `class_groups` that a row is in."""
    count, letter = hensel_class_of(row)
    return f"{part_of(row)}{count}{letter}"


def _grouped(name_of: Callable[[int], str]) -> Mapping[str, RowGroup]:
    rows: dict[str, list[int]] = {}
    for row in range(NUM_NEIGHBOURHOODS):
        rows.setdefault(name_of(row), []).append(row)
    return {name: RowGroup(name, tuple(rows[name])) for name in sorted(rows)}


def _name_rule(transitions: UInt8[np.ndarray, "2 256"]) -> Rule:
    """Returns the shipped rule with these transitions, or one by the plainest rulestring."""
    shipped = _shipped_rules().get(transitions.tobytes())
    if shipped:
        return shipped
    rulestring = simplest_rulestring(transitions)
    assert rulestring is not None, "a MAP says any rule of two states"
    return Rule(rulestring, rulestring, transitions, title=rulestring)


@functools.cache
def _shipped_rules() -> Mapping[bytes, Rule]:
    """Returns the shipped rules by their transitions; read once, since a drag across the table asks for each cell."""
    return {rule.transitions.tobytes(): rule for rule in reversed(list_rules())}
