"""`RulePanel`: a rule typed, chosen from a list, or clicked together, and what can be done with it.

All that can be clicked has a name: `field`, `use`, `learn`, `tab classes`, a switch such as `counts B3`, `classes S2a`
or `rows 146`, and `known life` for a line of the list. `region` tells where it was drawn.
"""

from collections.abc import Callable, Sequence
from enum import Enum

import numpy as np
import pygame

from ca_logic.errors import CaLogicError
from ca_logic.tasks import Rule
from ca_logic.visualizer.clipping import clipped
from ca_logic.visualizer.events import ButtonPress, ButtonRelease, InputEvent, KeyPress, PointerMove, WheelTurn
from ca_logic.visualizer.painter import SMALL_SIZE, Painter, Style
from ca_logic.visualizer.rule_circuits import CircuitLookup, CircuitStatus
from ca_logic.visualizer.rule_draft import Fill, RowGroup, RuleDraft
from ca_logic.visualizer.rule_heading import draw_button, draw_status, draw_tab, draw_title
from ca_logic.visualizer.rule_hints import (
    Hint,
    draw_hint,
    hint_of_learning,
    hint_of_rule,
    hint_of_switch,
    hint_of_use,
)
from ca_logic.visualizer.rule_layout import RuleLayout, place_parts, sheet_width
from ca_logic.visualizer.rule_list import ROW_HEIGHT, KnownRule, RuleList, draw_known_rules
from ca_logic.visualizer.rule_switches import Sheet, draw_sheet, sheet_of_classes, sheet_of_counts, sheet_of_rows
from ca_logic.visualizer.scrolling import draw_scrollbar, within
from ca_logic.visualizer.text_field import caret_at, draw_text_field
from ca_logic.visualizer.text_line import TextLine
from ca_logic.visualizer.wrapping import wrapped

MAX_TEXT_LENGTH = 1000
"""Of what is typed or pasted; rulestrings have at most half of it."""

_PIXELS_OF_NOTCH = 3 * ROW_HEIGHT
_STRIDE = 3
"""Pixels between the points of a drag at which a switch is looked for; no switch is smaller."""

_LINE_HEIGHT = 16
_LEFT_TO_OTHERS = frozenset(f"f{number}" for number in range(1, 25))
"""Keys that mean the same while something is typed."""


class Tab(Enum):
    """What the middle of the panel shows."""

    COUNTS = "counts"
    CLASSES = "classes"
    ROWS = "rows"
    KNOWN = "known"


_SHEETS: dict[Tab, Callable[[int], Sheet]] = {
    Tab.COUNTS: sheet_of_counts,
    Tab.CLASSES: sheet_of_classes,
    Tab.ROWS: sheet_of_rows,
}
_HINTS_OF_TABS = {
    Tab.COUNTS: Hint("By counts", "How many of the eight neighbours live says what becomes of a cell, as in B3/S23."),
    Tab.CLASSES: Hint(
        "By classes", "It matters how the live neighbours lie, turned and mirrored alike, as in B2-a/S12."
    ),
    Tab.ROWS: Hint("By rows", "Each of the 512 neighbourhoods by itself; such rules are written as MAP."),
    Tab.KNOWN: Hint("Known rules", "All that have a name, or that you have learned; what you type above finds them."),
}
_SWITCHES_HINT = Hint(
    "Click a rule together", "Switches say when cells are born and survive; hold the button and drag to paint."
)
_FIELD_HINT = Hint("Type a rule", "A name, or a rulestring: B3/S23, 23/3, B2-a/S12, B2/S34H, 345/2/4, W110, MAP…")


class RulePanel:
    """A draft, what is being typed, and what is shown."""

    def __init__(
        self,
        rule: Rule,
        *,
        on_use: Callable[[Rule], None],
        on_learn: Callable[[Rule], None],
        paste: Callable[[], str],
        copy: Callable[[str], None] = lambda _: None,
        circuits: CircuitLookup | None = None,
        known: RuleList | None = None,
    ) -> None:
        """Begins with the rule that the board runs on.

        Args:
            rule: that rule.
            on_use: lets the board run on a rule for which a circuit is known.
            on_learn: has a circuit learned for a rule that can be learned.
            paste: returns the text in the clipboard.
            copy: puts a text there.
            circuits: tells for which rules a circuit is known.
            known: the rules of the list.
        """
        self.draft = RuleDraft(rule)
        self.tab = Tab.COUNTS
        self.has_focus = False
        self.error = ""
        self._running = rule
        self._on_use, self._on_learn, self._paste, self._copy = on_use, on_learn, paste, copy
        self._circuits = circuits or CircuitLookup()
        self._known = known or RuleList()
        self._line = TextLine(self.draft.text)
        self._hovered = ""
        self._is_pressed = False
        self._brush: bool | None = None
        self._pointer = (0, 0)
        self._sheet_scroll = self._list_scroll = 0
        self._area = pygame.Rect(0, 0, 0, 0)
        self._regions: dict[str, pygame.Rect] = {}
        self._drawn_state: tuple[object, ...] = ()
        self._picture: pygame.Surface | None = None

    @property
    def typed(self) -> str:
        """What stands in the field."""
        return self._line.text

    @property
    def status(self) -> CircuitStatus:
        """What is known of the draft's circuit."""
        return self._circuits.status(self.draft.rule)

    @property
    def hint(self) -> Hint:
        """What is under the mouse and what a click would do, else what was wrong with what was typed."""
        rule, status, (kind, _, rest) = self.draft.rule, self.status, self._hovered.partition(" ")
        if (group := self._group_of(self._hovered)) is not None:
            return hint_of_switch(self.draft, group)
        if (known := self._known_rule(self._hovered)) is not None:
            return hint_of_rule(known)
        if kind == "use":
            return hint_of_use(rule, status, is_running=self._is_running)
        if kind == "learn":
            return hint_of_learning(rule, status)
        if kind == "tab":
            return _HINTS_OF_TABS[Tab(rest)]
        if self.error:
            return Hint("This is no rule", self.error, is_bad=True)
        if self._trouble:
            return Hint("A file cannot be read", self._trouble, is_bad=True)
        is_typing = kind == "field" or self.has_focus or not self.draft.is_clickable
        return _FIELD_HINT if is_typing else _SWITCHES_HINT

    def show(self, rule: Rule) -> None:
        """Shows a rule, since the board runs on it now."""
        self._running = rule
        self._take(RuleDraft(rule))

    def refresh(self) -> None:
        """Looks for circuits anew, since one was learned."""
        self._known.forget()
        self._circuits.forget()

    def focus(self) -> None:
        """Lets keys go to the field, where they replace what stands there."""
        self.has_focus = True
        self._line = TextLine.selecting(self._line.text)

    def region(self, name: str) -> pygame.Rect | None:
        """Returns where something that can be clicked was drawn last, as far as it is seen; None if it is not."""
        return self._regions.get(name)

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Draws the panel; what looks the same as the last time is copied."""
        self._area = area.copy()
        self._known.ask()
        self._keep_scroll_within()
        state = self._visible_state(painter.style)
        seen = area.clip(painter.surface.get_rect())
        if self._picture is not None and state == self._drawn_state:
            painter.surface.blit(self._picture, seen)
            return
        with clipped(painter, area):
            self._draw_parts(painter)
        self._drawn_state, self._picture = state, painter.surface.subsurface(seen).copy()

    def handle(self, event: InputEvent) -> bool:
        """Takes what happens within the panel, the rest of a drag that began there, and keys while one types."""
        match event:
            case ButtonPress(x, y, button):
                return self._press(x, y, is_left=button == "left")
            case ButtonRelease():
                was_pressed, self._is_pressed, self._brush = self._is_pressed, False, None
                return was_pressed
            case PointerMove(x, y, held):
                return self._move(x, y, is_held=bool(held))
            case WheelTurn(x, y, notches):
                return self._turn(x, y, notches)
            case KeyPress():
                return self.has_focus and self._type(event)
        return False

    def _visible_state(self, style: Style) -> tuple[object, ...]:
        """Returns all that the picture depends on."""
        typing = (self._line, self.has_focus, self.error)
        shown = (self.draft, self._running, self.tab, self._hovered, self._sheet_scroll, self._list_scroll)
        return (tuple(self._area), style, *typing, *shown, self._circuits.num_answers, self._known.num_readings)

    def _take(self, draft: RuleDraft) -> None:
        """Makes this the draft, and what stands in the field."""
        self.draft = draft
        self._line = TextLine(draft.text)
        self.error = ""
        self.has_focus = False

    def _press(self, x: int, y: int, *, is_left: bool) -> bool:
        name = self._name_at(x, y)
        if name != "field":
            self._leave_field()
        self._is_pressed = self._area.collidepoint(x, y)
        self._pointer = (x, y)
        if is_left and self._is_pressed:
            self._click(name, x)
        return self._is_pressed

    def _click(self, name: str, x: int) -> None:
        kind, _, rest = name.partition(" ")
        if name == "field" and self.has_focus:
            self._line = self._line.moved(caret_at(self._regions[name], self._line, x, has_focus=True))
        elif name == "field":
            self.focus()
        elif name == "use" and self._can_use:
            self._on_use(self.draft.rule)
        elif name == "learn" and self.status.can_be_learned:
            self._on_learn(self.draft.rule)
        elif kind == "tab":
            self.tab, self._sheet_scroll, self._hovered = Tab(rest), 0, name
        elif (rule := self._known_rule(name)) is not None:
            self._take(RuleDraft(rule))
        elif (group := self._group_of(name)) is not None:
            self._brush = self.draft.fill_of(group) is not Fill.ALL
            self._paint(group, on=self._brush)

    def _move(self, x: int, y: int, *, is_held: bool) -> bool:
        if not is_held:
            self._is_pressed, self._brush = False, None
        elif not self._is_pressed:
            # What began elsewhere, as drawing cells, goes on over the panel.
            return False
        if self._brush is not None:
            for name in self._names_on_the_way(x, y):
                group = self._group_of(name)
                if group is not None:
                    self._paint(group, on=self._brush)
        self._pointer = (x, y)
        self._hovered = self._name_at(x, y)
        return self._is_pressed or self._area.collidepoint(x, y)

    def _turn(self, x: int, y: int, notches: float) -> bool:
        if not self._area.collidepoint(x, y):
            return False
        parts, pixels = self._parts, round(-notches * _PIXELS_OF_NOTCH)
        if parts.list.collidepoint(x, y):
            self._list_scroll += pixels
        elif parts.sheet.collidepoint(x, y):
            self._sheet_scroll += pixels
        self._keep_scroll_within()
        self._hovered = ""
        return True

    def _type(self, event: KeyPress) -> bool:
        """Takes a key while the field has the keyboard."""
        modifiers = event.modifiers
        shortcut = event.key if modifiers.ctrl and not modifiers.alt else ""
        if event.key in _LEFT_TO_OTHERS:
            return False
        if event.key in ("return", "enter"):
            self._apply()
        elif event.key == "escape":
            self._leave_field()
        elif shortcut == "v":
            self._insert(self._paste())
        elif shortcut in ("c", "x"):
            self._copy(self._line.text)
            self._change(TextLine() if shortcut == "x" else self._line)
        else:
            changed = self._line.after(event)
            if changed == self._line and (modifiers.ctrl or modifiers.alt):
                return False
            self._change(changed)
        return True

    def _insert(self, text: str) -> None:
        lines = text.strip().splitlines()
        if len(lines) == 1:
            self._change(self._line.inserted(lines[0]))
        elif lines:
            self.error = f"{len(lines)} lines were pasted; a rule has one."

    def _change(self, line: TextLine) -> None:
        if len(line.text) > MAX_TEXT_LENGTH:
            self.error = f"a text of {len(line.text)} characters; a rule has at most {MAX_TEXT_LENGTH}."
            return
        if line.text != self._line.text:
            self.error, self._list_scroll = "", 0
        self._line = line

    def _apply(self) -> None:
        try:
            self._take(RuleDraft.of(self._line.text.strip()))
        except CaLogicError as error:
            self.error = str(error)

    def _leave_field(self) -> None:
        if self.has_focus:
            self._take(self.draft)

    def _paint(self, group: RowGroup, *, on: bool) -> None:
        painted = self.draft.painted(group, on=on)
        if painted is not self.draft:
            self._take(painted)

    def _name_at(self, x: int, y: int) -> str:
        found = pygame.Rect(x, y, 1, 1).collidedict(self._regions, True)
        return found[0] if found else ""

    def _names_on_the_way(self, x: int, y: int) -> Sequence[str]:
        """Returns what the pointer passes from where it was to there."""
        from_x, from_y = self._pointer
        # It may come from far away, but what it can pass lies within the panel.
        length = min(max(abs(x - from_x), abs(y - from_y)), self._area.width + self._area.height)
        points = np.linspace((from_x, from_y), (x, y), length // _STRIDE + 2).round().astype(int)
        return list(dict.fromkeys(self._name_at(*point) for point in points.tolist()))

    def _group_of(self, name: str) -> RowGroup | None:
        """Returns what the switch of that name stands for, if it is shown."""
        kind, _, rest = name.partition(" ")
        sheet = self._sheet
        return sheet.switches[rest].group if sheet and kind == self.tab.value else None

    def _known_rule(self, name: str) -> Rule | None:
        """Returns the rule of a line of the list, if it is there."""
        return next((known.rule for known in self._listed if known.region == name), None)

    @property
    def _trouble(self) -> str:
        """Which file cannot be read, if one cannot."""
        return self.status.warning or self._known.error

    @property
    def _is_running(self) -> bool:
        return np.array_equal(self.draft.rule.transitions, self._running.transitions)

    @property
    def _can_use(self) -> bool:
        return self.status.num_gates is not None and not self._is_running

    @property
    def _listed(self) -> Sequence[KnownRule]:
        """The rules of the list, only those that match what is being typed."""
        is_searching = self.has_focus and self._line.text != self.draft.text
        return self._known.matching(self._line.text) if is_searching else self._known.rules

    @property
    def _sheet(self) -> Sheet | None:
        """The switches to be shown, if there are any."""
        if self.tab is Tab.KNOWN or not self.draft.is_clickable:
            return None
        return _SHEETS[self.tab](sheet_width(self._area))

    @property
    def _obstacle(self) -> list[str]:
        """Lines to be shown instead of switches."""
        return wrapped(self.draft.obstacle, sheet_width(self._area), num_lines=3)

    @property
    def _parts(self) -> RuleLayout:
        sheet, height = self._sheet, None
        if self.tab is not Tab.KNOWN:
            height = sheet.height if sheet else len(self._obstacle) * _LINE_HEIGHT
        return place_parts(self._area, len(Tab), height)

    def _keep_scroll_within(self) -> None:
        sheet, parts = self._sheet, self._parts
        self._sheet_scroll = within(self._sheet_scroll, sheet.height if sheet else 0, parts.sheet)
        self._list_scroll = within(self._list_scroll, len(self._listed) * ROW_HEIGHT, parts.list)

    def _draw_parts(self, painter: Painter) -> None:
        style, parts, status = painter.style, self._parts, self.status
        painter.box(self._area, style.background, radius=0)
        painter.line(style.border, [self._area.topleft, self._area.bottomleft])
        self._regions = {"field": parts.field, "use": parts.use, "learn": parts.learn}
        self._draw_typed(painter, parts)
        draw_title(painter, parts.title, parts.name, self.draft)
        draw_status(painter, parts.status, status)
        self._draw_buttons(painter, parts, status)
        for tab, place in zip(Tab, parts.tabs, strict=True):
            name = f"tab {tab.value}"
            self._regions[name] = place
            draw_tab(painter, place, tab.value, is_chosen=tab is self.tab, is_hovered=self._hovered == name)
        self._draw_switches(painter, parts.sheet)
        self._draw_list(painter, parts)
        painter.line(style.border, [parts.hint.topleft, parts.hint.topright])
        draw_hint(painter, parts.hint, self.hint)

    def _draw_typed(self, painter: Painter, parts: RuleLayout) -> None:
        style = painter.style
        draw_text_field(painter, parts.field, self._line, has_focus=self.has_focus, is_wrong=bool(self.error))
        message, colour = self.error or self._trouble, style.bad
        if not message and self.has_focus:
            message, colour = "Enter shows it, Esc leaves all as it was", style.faint
        painter.text(message, *parts.message.topleft, size=SMALL_SIZE, colour=colour, width=parts.message.width)

    def _draw_buttons(self, painter: Painter, parts: RuleLayout, status: CircuitStatus) -> None:
        text, can_use, can_learn = "In use" if self._is_running else "Use", self._can_use, status.can_be_learned
        draw_button(painter, parts.use, text, is_possible=can_use, is_main=True, is_hovered=self._hovered == "use")
        is_missing = status.num_gates is None and not status.is_asked
        draw_button(
            painter,
            parts.learn,
            "Learn",
            is_possible=can_learn,
            is_main=is_missing,
            is_hovered=self._hovered == "learn",
        )

    def _draw_switches(self, painter: Painter, view: pygame.Rect) -> None:
        sheet = self._sheet
        with clipped(painter, view):
            if sheet:
                kind, _, hovered = self._hovered.partition(" ")
                hovered = hovered if kind == self.tab.value else ""
                seen = draw_sheet(painter, view, sheet, self.draft, hovered=hovered, scroll=self._sheet_scroll)
                self._regions |= {f"{self.tab.value} {name}": area for name, area in seen.items()}
            elif view:
                for number, line in enumerate(self._obstacle):
                    painter.text(line, view.left, view.top + number * _LINE_HEIGHT, size=SMALL_SIZE, width=view.width)
        if sheet:
            draw_scrollbar(painter, view, self._sheet_scroll, sheet.height)

    def _draw_list(self, painter: Painter, parts: RuleLayout) -> None:
        if not parts.list:
            return
        if parts.list_heading:
            left, top = parts.list_heading.topleft
            painter.text("Known rules", left, top + 3, size=SMALL_SIZE, colour=painter.style.faint)
        listed = self._listed
        with clipped(painter, parts.list):
            self._regions |= draw_known_rules(
                painter,
                parts.list,
                listed,
                chosen=self.draft.rule,
                status_of=self._circuits.status,
                hovered=self._hovered,
                scroll=self._list_scroll,
            )
        draw_scrollbar(painter, parts.list, self._list_scroll, len(listed) * ROW_HEIGHT)
