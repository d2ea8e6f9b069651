"""`Hint`: what lies under the mouse in the rule panel, and what a click on it would do."""

from dataclasses import dataclass

import pygame

from ca_logic.tasks import Rule
from ca_logic.visualizer.neighbourhood_picture import draw_neighbourhood
from ca_logic.visualizer.painter import SMALL_SIZE, Painter, mixed
from ca_logic.visualizer.rule_circuits import CircuitStatus
from ca_logic.visualizer.rule_draft import Fill, RowGroup, RuleDraft, class_groups, class_name, count_groups
from ca_logic.visualizer.wrapping import wrapped

_PICTURE_SIZE, _RESULT_SIZE, _ARROW_WIDTH = 50, 18, 16
_LINE_HEIGHT = 15


@dataclass(frozen=True)
class Hint:
    """What to tell.

    Attributes:
        heading: what it is.
        detail: what there is to know, and what a click does.
        is_bad: whether the detail tells of an error.
        row: a neighbourhood to be shown large.
        next_state: what becomes of its centre: 0, 1, or a share where rows like it differ.
    """

    heading: str
    detail: str
    is_bad: bool = False
    row: int | None = None
    next_state: float = 0


def hint_of_switch(draft: RuleDraft, group: RowGroup) -> Hint:
    """Returns what a switch stands for, and which rule a click on it makes."""
    fill, num_rows = draft.fill_of(group), len(group.rows)
    verb = "born" if group.is_birth else "survives"
    if num_rows == 1 and group.name not in count_groups():
        heading = f"Row {group.name}, of class {class_name(group.rows[0])}"
    elif group.name in count_groups():
        heading = f"{group.name}: {verb} with {group.num_live} live neighbour{'s' * (group.num_live != 1)}"
    else:
        assert group.name in class_groups(), "there are no other switches"
        heading = f"{group.name}: {verb} like this"
    now = f"{draft.num_on(group)} of {num_rows} rows on" if fill is Fill.SOME else fill.value.capitalize()
    turned = "off" if fill is Fill.ALL else "on"
    which, result = "it" if num_rows == 1 else "all", name_for_people(draft.toggled(group).rule)
    return Hint(
        heading,
        f"{now}. A click turns {which} {turned}: {result}",
        # A count of some neighbours may be any of many pictures.
        row=group.example if len({class_name(row) for row in group.rows}) == 1 else None,
        next_state=draft.num_on(group) / num_rows,
    )


def hint_of_rule(rule: Rule) -> Hint:
    """Returns what is special about a rule of the list."""
    return Hint(name_for_people(rule), " ".join((rule.description, rule.reference)) or "A click shows it above.")


def hint_of_use(rule: Rule, status: CircuitStatus, *, is_running: bool) -> Hint:
    """Returns what the button "Use" does, or why it does nothing."""
    heading = f"Use {name_for_people(rule)}"
    if is_running:
        return Hint(heading, "The board runs on it.")
    if status.num_gates is None:
        return Hint(heading, "No circuit is known for it; learn it first.")
    return Hint(heading, f"A click lets the board run on its circuit of {status.num_gates} gates.")


def hint_of_learning(rule: Rule, status: CircuitStatus) -> Hint:
    """Returns what the button "Learn" does, or why it does nothing."""
    heading = f"Learn {name_for_people(rule)}"
    if not status.can_be_learned:
        return Hint(heading, f"With {rule.num_states} states the proof would take too long.")
    again = "" if status.num_gates is None else " again"
    return Hint(heading, f"A click trains a network for it{again}, proves its circuit, and runs the board on it.")


def name_for_people(rule: Rule) -> str:
    """Returns the title with the rulestring, unless the latter is too long to be read."""
    is_map = rule.rulestring.startswith("MAP")
    if is_map:
        return rule.title if rule.title != rule.rulestring else "a rule without a short name"
    return rule.full_name


def draw_hint(painter: Painter, area: pygame.Rect, hint: Hint) -> None:
    """Draws a hint, a neighbourhood and what becomes of it to its left."""
    style, left = painter.style, area.left
    if hint.row is not None:
        picture = pygame.Rect(left, area.centery - _PICTURE_SIZE // 2, _PICTURE_SIZE, _PICTURE_SIZE)
        dead = mixed(style.text, style.background, 0.14)
        painter.box(picture, border=style.border, radius=3)
        draw_neighbourhood(painter, picture, hint.row, live=style.text, dead=dead)
        tip, middle = (picture.right + _ARROW_WIDTH, area.centery), area.centery
        painter.line(style.faint, [(picture.right + 5, middle), tip], width=2)
        painter.line(style.faint, [(tip[0] - 4, middle - 4), tip, (tip[0] - 4, middle + 4)], width=2)
        result = pygame.Rect(tip[0] + 5, middle - _RESULT_SIZE // 2, _RESULT_SIZE, _RESULT_SIZE)
        painter.box(result, mixed(style.accent, dead, hint.next_state), border=style.border, radius=3)
        left = result.right + 10
    width = area.right - left
    painter.text(hint.heading, left, area.top + 4, size=13, bold=True, width=width)
    for number, line in enumerate(wrapped(hint.detail, width, num_lines=3)):
        colour = style.bad if hint.is_bad else style.text
        painter.text(
            line, left, area.top + 20 + number * (_LINE_HEIGHT - 1), size=SMALL_SIZE, colour=colour, width=width
        )
