"""The rules that can be chosen from a list: those with a name, and those that the user has learned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pygame

from ca_logic.errors import CaLogicError
from ca_logic.runtime.circuit_library import list_learned_rules
from ca_logic.tasks import Rule, list_rules
from ca_logic.visualizer.background import Start, start_thread
from ca_logic.visualizer.painter import SMALL_SIZE, Painter
from ca_logic.visualizer.rule_circuits import CircuitStatus

ROW_HEIGHT = 22

_TITLE_SIZE = 13
_TITLE_SHARE = 0.56
_GATES_WIDTH, _MARGIN = 58, 6


@dataclass(frozen=True)
class KnownRule:
    """A rule of the list, and whether the user has learned it."""

    rule: Rule
    is_learned: bool = False

    @property
    def region(self) -> str:
        """The name of its line among all that can be clicked."""
        return f"known {self.rule.name}"

    def matches(self, text: str) -> bool:
        """Tells whether a text is a part of one of the rule's names; letters may be large or small."""
        names = (self.rule.name, self.rule.title, self.rule.rulestring, *self.rule.aliases)
        return any(text.strip().casefold() in name.casefold() for name in names)


def list_known_rules() -> list[KnownRule]:
    """Returns what the user has learned, then what else has a name, both by title."""
    learned = {rule.slug: rule for rule in list_learned_rules()}
    others = [rule for rule in list_rules() if rule.slug not in learned]
    return [
        *(KnownRule(rule, is_learned=True) for rule in sorted(learned.values(), key=_title)),
        *(KnownRule(rule) for rule in sorted(others, key=_title)),
    ]


class RuleList:
    """The rules of the list; they are read beside the window, since each that was learned takes a while.

    Attributes:
        rules: what is known so far.
        error: why they cannot be read, if they cannot.
        num_readings: so many times they were read; then there is something to draw.
    """

    def __init__(self, read: Callable[[], Sequence[KnownRule]] = list_known_rules, start: Start = start_thread) -> None:
        """Reads nothing yet."""
        self._read, self._start = read, start
        self._is_read = False
        self.rules: Sequence[KnownRule] = ()
        self.error = ""
        self.num_readings = 0

    def ask(self) -> None:
        """Has the rules read unless they were since they were forgotten."""
        if not self._is_read:
            self._is_read = True
            self._start(self._take)

    def forget(self) -> None:
        """Has them read anew the next time; until then they stay as they are."""
        self._is_read = False

    def matching(self, text: str) -> Sequence[KnownRule]:
        """Returns the rules that match a text, or all of them if none does."""
        rules = self.rules
        return [known for known in rules if known.matches(text)] or rules

    def _take(self) -> None:
        try:
            self.rules, self.error = self._read(), ""
        except (CaLogicError, OSError) as error:
            self.error = str(error)
        self.num_readings += 1


def draw_known_rules(
    painter: Painter,
    view: pygame.Rect,
    listed: Sequence[KnownRule],
    *,
    chosen: Rule,
    status_of: Callable[[Rule], CircuitStatus],
    hovered: str,
    scroll: int,
) -> dict[str, pygame.Rect]:
    """Draws what of a list is seen in a view, scrolled down so many pixels.

    Returns:
        Where each line lies that is seen, as far as it is, by the name of its region.
    """
    seen = {}
    for number, known in enumerate(listed):
        area = pygame.Rect(view.left, view.top + number * ROW_HEIGHT - scroll, view.width, ROW_HEIGHT)
        if area.colliderect(view):
            is_chosen = np.array_equal(known.rule.transitions, chosen.transitions)
            if is_chosen or known.region == hovered:
                border = painter.style.accent if is_chosen else None
                painter.box(area, painter.style.raised, border=border, radius=3)
            _draw_line(painter, area, known, status_of(known.rule))
            seen[known.region] = area.clip(view)
    return seen


def _draw_line(painter: Painter, area: pygame.Rect, known: KnownRule, status: CircuitStatus) -> None:
    """Draws title, rulestring, and the gates of a circuit."""
    style, rule = painter.style, known.rule
    line = area.inflate(-2 * _MARGIN, -8)
    gates = "…" if status.is_asked else "" if status.num_gates is None else f"{status.num_gates} gates"
    colour = style.good if known.is_learned else style.faint
    painter.text(gates, line.right, line.top + 1, size=SMALL_SIZE, colour=colour, anchor="right")
    room = line.width - _GATES_WIDTH
    if rule.title == rule.rulestring:
        painter.text(rule.title, *line.topleft, size=_TITLE_SIZE, width=room)
        return
    title_width = int(room * _TITLE_SHARE)
    painter.text(rule.title, *line.topleft, size=_TITLE_SIZE, width=title_width - _MARGIN)
    name_width = room - title_width - _MARGIN
    painter.text(
        rule.rulestring, line.left + title_width, line.top + 1, size=SMALL_SIZE, colour=style.faint, width=name_width
    )


def _title(rule: Rule) -> str:
    return rule.title.casefold()
