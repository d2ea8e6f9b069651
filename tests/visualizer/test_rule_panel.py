"""The rule panel, clicked where it was drawn and typed into, in memory."""

from collections.abc import Callable, Sequence

import numpy as np
import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.errors import CircuitNotFoundError, RuleError
from ca_logic.runtime.circuit_library import StoredCircuit, find_circuit
from ca_logic.tasks import Rule, list_rules, load_rule
from ca_logic.visualizer.events import (
    Button,
    ButtonPress,
    ButtonRelease,
    FileDrop,
    InputEvent,
    KeyPress,
    Modifiers,
    PointerMove,
    WheelTurn,
)
from ca_logic.visualizer.painter import DARK, LIGHT, Painter, Style
from ca_logic.visualizer.rule_circuits import CircuitLookup
from ca_logic.visualizer.rule_draft import RowGroup, RuleDraft, class_groups, count_groups, row_groups
from ca_logic.visualizer.rule_list import KnownRule, RuleList, list_known_rules
from ca_logic.visualizer.rule_panel import MAX_TEXT_LENGTH, RulePanel, Tab

CTRL = Modifiers(ctrl=True)
LEFT: frozenset[Button] = frozenset({"left"})
NONE: frozenset[Button] = frozenset()
LIFE = load_rule("life")
SHIPPED = find_circuit(LIFE)
KNOWN = [KnownRule(load_rule("B36/S125"), is_learned=True), *map(KnownRule, list_rules()[3:40])]
SWITCHES: dict[str, RowGroup] = {
    f"{tab} {name}": group
    for tab, groups in (("counts", count_groups()), ("classes", class_groups()), ("rows", row_groups()))
    for name, group in groups.items()
}


def find_for_life(rule: Rule, _: Callable[[str], None]) -> StoredCircuit:
    if rule.name != "life":
        raise CircuitNotFoundError("none")
    return SHIPPED


class Stage:
    """A panel, the surface that it is drawn on, and what it asked for."""

    def __init__(self, rule: Rule = LIFE, size: tuple[int, int] = (460, 1000), style: Style = DARK) -> None:
        self.surface = pygame.Surface((size[0] + 40, size[1] + 20))
        self.area = pygame.Rect((30, 10), size)
        self.painter = Painter(self.surface, style)
        self.used: list[Rule] = []
        self.learned: list[Rule] = []
        self.clipboard = ""
        self.panel = RulePanel(
            rule,
            on_use=self.used.append,
            on_learn=self.learned.append,
            paste=lambda: self.clipboard,
            copy=self.put,
            circuits=CircuitLookup(find_for_life, lambda work: work()),
            known=RuleList(lambda: KNOWN, lambda work: work()),
        )
        self.draw()

    def put(self, text: str) -> None:
        self.clipboard = text

    def draw(self) -> None:
        # Twice, since the first one asks for circuits.
        for _ in range(2):
            self.panel.draw(self.painter, self.area)

    def send(self, *events: InputEvent) -> bool:
        """Sends events, drawing after each; returns whether the last one was taken."""
        taken = False
        for event in events:
            taken = self.panel.handle(event)
            self.draw()
        return taken

    def point(self, name: str) -> tuple[int, int]:
        region = self.panel.region(name)
        assert region is not None, f"{name} is not seen"
        return region.center

    def click(self, name: str) -> None:
        assert self.send(ButtonPress(*self.point(name)), ButtonRelease(*self.point(name)))

    def hover(self, name: str) -> None:
        assert self.send(PointerMove(*self.point(name)))

    def type(self, *keys: str) -> bool:
        return self.send(*(KeyPress(key, key if len(key) == 1 else "") for key in keys))

    def enter(self, text: str) -> None:
        self.click("field")
        self.type(*text, "return")


@pytest.fixture(scope="module")
def large() -> Stage:
    """A stage that is shared by tests that leave Life behind."""
    return Stage()


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(SWITCHES)))
def test_a_click_toggles_what_was_drawn_there(large: Stage, name: str) -> None:
    large.panel.show(LIFE)
    large.click(f"tab {name.partition(' ')[0]}")
    large.click(name)
    assert np.array_equal(large.panel.draft.table, RuleDraft(LIFE).toggled(SWITCHES[name]).table)
    assert large.panel.typed == large.panel.draft.text
    large.click(name)
    assert np.array_equal(large.panel.draft.table, LIFE.table)


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(sorted(SWITCHES)))
def test_hovering_tells_what_a_click_would_do(large: Stage, name: str) -> None:
    large.panel.show(LIFE)
    large.click(f"tab {name.partition(' ')[0]}")
    large.hover(name)
    told = large.panel.hint.detail
    large.click(name)
    rule = large.panel.draft.rule
    assert rule.rulestring in told or (rule.rulestring.startswith("MAP") and "without a short name" in told)
    assert np.array_equal(large.panel.draft.toggled(SWITCHES[name]).table, LIFE.table)


def test_hints_name_the_rule_that_results() -> None:
    stage = Stage()
    stage.hover("counts B6")
    assert stage.panel.hint.heading == "B6: born with 6 live neighbours"
    assert stage.panel.hint.detail == "Off. A click turns all on: HighLife (B36/S23)"
    stage.click("tab rows")
    stage.hover("rows 146")
    assert stage.panel.hint.heading == "Row 146, of class S2i"
    assert stage.panel.hint.row == 146
    assert stage.panel.hint.next_state == 1
    stage.click("rows 146")
    stage.click("tab classes")
    stage.hover("classes S2i")
    assert stage.panel.hint.detail == "1 of 2 rows on. A click turns all on: Conway's Game of Life (B3/S23)"


@pytest.mark.parametrize(("tab", "size"), [(Tab.COUNTS, 18), (Tab.CLASSES, 102), (Tab.ROWS, 512)])
def test_all_switches_are_seen_in_a_large_panel(tab: Tab, size: int) -> None:
    stage = Stage(size=(460, 1000))
    stage.click(f"tab {tab.value}")
    assert sum(stage.panel.region(name) is not None for name in SWITCHES if name.startswith(tab.value)) == size


@pytest.mark.parametrize("tab", Tab)
def test_all_switches_and_rules_can_be_scrolled_to_in_a_small_panel(tab: Tab) -> None:
    stage = Stage(size=(340, 400))
    stage.click(f"tab {tab.value}")
    names = [name for name in SWITCHES if name.startswith(tab.value)] or [known.region for known in KNOWN]
    seen: set[str] = set()
    for _ in range(30):
        seen |= {name for name in names if stage.panel.region(name)}
        assert stage.send(WheelTurn(stage.area.centerx, stage.area.top + 250, -1))
    assert seen == set(names)
    for _ in range(30):
        stage.send(WheelTurn(stage.area.centerx, stage.area.top + 250, 1))
    assert stage.panel.region(names[0])


@pytest.mark.parametrize("steps", [1, 7])
def test_a_drag_paints_all_it_passes(steps: int) -> None:
    stage = Stage()
    stage.click("tab rows")
    start, end = stage.point("rows 96"), stage.point("rows 111")
    stage.send(ButtonPress(*start))
    for step in range(1, steps + 1):
        x = start[0] + (end[0] - start[0]) * step // steps
        assert stage.send(PointerMove(x, start[1], LEFT))
    stage.send(ButtonRelease(*end))
    changed = np.flatnonzero(stage.panel.draft.table != LIFE.table)
    assert set(changed.tolist()) == {row for row in range(96, 112) if not LIFE.table[row]}
    stage.send(PointerMove(*stage.point("rows 0")))
    assert not stage.panel.draft.table[0]


def test_a_drag_that_begins_on_a_live_row_clears() -> None:
    stage = Stage()
    stage.send(ButtonPress(*stage.point("counts S2")), PointerMove(*stage.point("counts S8"), LEFT))
    assert stage.panel.draft.text == "B3/S"
    outside = (stage.area.left - 20, stage.area.centery)
    assert stage.send(PointerMove(*outside, LEFT)), "it goes on outside"
    assert stage.send(ButtonRelease(*outside))
    assert not stage.send(PointerMove(*outside))


def test_a_drag_that_began_on_the_board_goes_on_over_the_panel() -> None:
    stage = Stage()
    outside = (stage.area.left - 20, stage.area.centery)
    assert not stage.send(ButtonPress(*outside))
    assert not stage.send(PointerMove(*stage.point("counts B6"), LEFT))
    assert not stage.send(ButtonRelease(*stage.point("counts B6")))
    assert stage.panel.draft.text == "B3/S23"


@pytest.mark.parametrize("button", ["middle", "right"])
def test_other_buttons_switch_nothing_and_are_taken(button: Button) -> None:
    stage = Stage()
    assert stage.send(ButtonPress(*stage.point("counts B6"), button))
    assert stage.panel.draft.text == "B3/S23"


@pytest.mark.parametrize(("text", "title"), [("23/36", "HighLife"), ("Seeds", "Seeds"), (" b2-a/s12 ", "Just Friends")])
def test_a_rule_is_typed_and_taken_with_enter(text: str, title: str) -> None:
    stage = Stage()
    stage.enter(text)
    assert stage.panel.draft.rule.title == title
    assert stage.panel.typed == stage.panel.draft.text
    assert not stage.panel.has_focus, "so that L learns it"


def test_a_malformed_rule_stays_in_the_field_with_its_fault() -> None:
    stage = Stage()
    stage.enter("B3/S29")
    assert (stage.panel.typed, stage.panel.draft.text) == ("B3/S29", "B3/S23")
    assert stage.panel.error == "'B3/S29' names 9 neighbours, but a Moore neighbourhood has 8."
    assert stage.panel.hint.detail == stage.panel.error
    message = pygame.Rect(stage.area.left, stage.area.top + 41, stage.area.width, 16)
    pixels = pygame.surfarray.array3d(stage.surface.subsurface(message)).reshape(-1, 3)
    assert DARK.bad in set(map(tuple, pixels.tolist()))
    stage.type("backspace")
    assert not stage.panel.error
    stage.type("return")
    assert stage.panel.draft.text == "B3/S2"


def test_escape_leaves_all_as_it_was() -> None:
    stage = Stage()
    stage.click("field")
    stage.type(*"B36", "escape")
    assert stage.panel.typed == "B3/S23"
    assert not stage.type("x"), "what is typed now is for others"


def test_a_click_elsewhere_leaves_the_field() -> None:
    stage = Stage()
    stage.click("field")
    stage.type(*"B36")
    assert not stage.send(ButtonPress(2, 2))
    assert not stage.panel.has_focus
    assert stage.panel.typed == "B3/S23"


def test_a_second_click_puts_the_caret_between_letters() -> None:
    stage = Stage()
    stage.click("field")
    field = stage.panel.region("field")
    assert field
    stage.send(ButtonPress(field.left + 1, field.centery))
    stage.type("x")
    assert stage.panel.typed == "xB3/S23"
    stage.send(ButtonPress(field.right - 1, field.centery))
    stage.type("y")
    assert stage.panel.typed == "xB3/S23y"


def test_a_long_text_scrolls_with_its_caret() -> None:
    stage = Stage()
    stage.enter("life")
    stage.click("tab rows")
    stage.click("rows 7")
    stage.click("field")
    stage.send(ButtonPress(*stage.point("field")))
    stage.type("end", "backspace")
    assert len(stage.panel.typed) == 88
    field = stage.panel.region("field")
    assert field
    stage.send(ButtonPress(field.right - 9, field.centery))
    stage.type("A", "return")
    assert np.array_equal(stage.panel.draft.table, RuleDraft(LIFE).toggled(row_groups()["7"]).table)


def test_the_clipboard_is_pasted_copied_and_cut() -> None:
    stage = Stage()
    stage.clipboard = "B36/S23\n"
    stage.click("field")
    assert stage.send(KeyPress("v", "v", CTRL))
    assert stage.panel.typed == "B36/S23"
    stage.clipboard = ""
    assert stage.send(KeyPress("c", "c", CTRL))
    assert (stage.clipboard, stage.panel.typed) == ("B36/S23", "B36/S23")
    assert stage.send(KeyPress("x", "x", CTRL))
    assert (stage.clipboard, stage.panel.typed) == ("B36/S23", "")


@pytest.mark.parametrize(
    ("clipboard", "error"),
    [("bob$2bo$3o!\nB3/S23", "2 lines were pasted; a rule has one."), ("B" * 5000, "a text of 5000 characters")],
)
def test_what_is_no_rulestring_is_not_pasted(clipboard: str, error: str) -> None:
    stage = Stage()
    stage.clipboard = clipboard
    stage.click("field")
    stage.send(KeyPress("v", "v", CTRL))
    assert stage.panel.typed == "B3/S23"
    assert error in stage.panel.error


def test_typing_ends_at_the_longest_text() -> None:
    stage = Stage()
    stage.clipboard = "B" * MAX_TEXT_LENGTH
    stage.click("field")
    stage.send(KeyPress("v", "v", CTRL))
    stage.type("B")
    assert len(stage.panel.typed) == MAX_TEXT_LENGTH
    stage.type("return")
    assert "the limit is 500" in stage.panel.error


def test_keys_are_for_others_unless_one_types() -> None:
    stage = Stage()
    assert not any(stage.type(key) for key in ("space", "return", "l", "escape", "left"))
    stage.panel.focus()
    assert all(stage.type(key) for key in ("space", "l", "left", "up", "tab"))
    assert not any(stage.type(key) for key in ("f1", "f11"))
    assert not stage.send(KeyPress("q", "q", CTRL))
    assert not stage.send(FileDrop("life.rle"))


def test_a_known_rule_is_taken_with_a_click() -> None:
    stage = Stage()
    for known in KNOWN[:4]:
        stage.click(known.region)
        assert np.array_equal(stage.panel.draft.rule.transitions, known.rule.transitions)
        assert stage.panel.typed == stage.panel.draft.text


def test_what_is_typed_finds_rules_in_the_list() -> None:
    stage = Stage()
    stage.click("field")
    stage.type(*"DAY")
    assert [known.rule.name for known in KNOWN if stage.panel.region(known.region)] == ["daynight"]
    stage.click("known daynight")
    assert stage.panel.draft.rule.name == "daynight"
    assert stage.panel.region(KNOWN[0].region), "all are listed again"


def test_a_small_panel_lists_the_rules_in_their_tab_only() -> None:
    stage = Stage(size=(340, 400))
    assert not any(stage.panel.region(known.region) for known in KNOWN)
    stage.click("tab known")
    assert stage.panel.region(KNOWN[0].region)


def test_a_rule_is_used_if_its_circuit_is_known_and_it_does_not_run_yet() -> None:
    stage = Stage()
    assert stage.panel.status.description == f"{SHIPPED.circuit.num_gates} gates, {SHIPPED.origin}"
    stage.click("use")
    assert not stage.used, "it runs already"
    stage.panel.show(load_rule("seeds"))
    stage.draw()
    stage.hover("use")
    assert stage.panel.hint.detail == "The board runs on it."
    stage.enter("life")
    stage.click("use")
    assert [rule.name for rule in stage.used] == ["life"]


def test_a_rule_without_a_circuit_is_learned_not_used() -> None:
    stage = Stage()
    stage.click("counts B6")
    assert stage.panel.status.description == "not learned yet: press L"
    stage.hover("use")
    assert stage.panel.hint.detail == "No circuit is known for it; learn it first."
    stage.click("use")
    stage.hover("learn")
    assert stage.panel.hint.heading == "Learn HighLife (B36/S23)"
    stage.click("learn")
    assert not stage.used
    assert [rule.title for rule in stage.learned] == ["HighLife"]


def test_a_rule_of_too_many_states_is_neither_learned_nor_used() -> None:
    stage = Stage()
    stage.enter("345/2/200")
    stage.click("use")
    stage.click("learn")
    assert not stage.used
    assert not stage.learned
    stage.hover("learn")
    assert stage.panel.hint.detail == "With 200 states the proof would take too long."


def test_rules_of_more_states_have_no_switches() -> None:
    stage = Stage(load_rule("wireworld"))
    for tab in Tab:
        stage.click(f"tab {tab.value}")
        assert not any(stage.panel.region(name) for name in SWITCHES)
    stage.enter("life")
    stage.click("tab counts")
    assert stage.panel.region("counts B3")


def test_a_circuit_that_was_learned_is_seen_after_a_refresh() -> None:
    found: list[str] = []

    def find(rule: Rule, _: Callable[[str], None]) -> StoredCircuit:
        if rule.name not in found:
            raise CircuitNotFoundError("none")
        return SHIPPED

    def ignore(_: Rule) -> None:
        """Neither uses nor learns."""

    panel = RulePanel(
        LIFE, on_use=ignore, on_learn=ignore, paste=str, circuits=CircuitLookup(find, lambda work: work())
    )
    painter = Painter(pygame.Surface((400, 800)), LIGHT)
    for _ in range(2):
        panel.draw(painter, painter.surface.get_rect())
    assert panel.status.num_gates is None
    found.append("life")
    panel.refresh()
    for _ in range(2):
        panel.draw(painter, painter.surface.get_rect())
    assert panel.status.num_gates == SHIPPED.circuit.num_gates


def test_learned_rules_come_first_in_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    learned = [load_rule("B35/S2"), load_rule("seeds")]
    monkeypatch.setattr("ca_logic.visualizer.rule_list.list_learned_rules", lambda: learned)
    listed = list_known_rules()
    assert [known.rule.name for known in listed[:3]] == ["B35/S2", "seeds", "2x2"]
    assert [known.is_learned for known in listed[:3]] == [True, True, False]
    assert len(listed) == len(list_rules()) + 1


def test_a_list_that_cannot_be_read_is_told_of() -> None:
    def fail() -> Sequence[KnownRule]:
        raise RuleError("rule file life.toml is no TOML.")

    known = RuleList(fail, lambda work: work())
    known.ask()
    assert (known.rules, known.error) == ((), "rule file life.toml is no TOML.")


def test_a_list_is_read_once_until_it_is_forgotten() -> None:
    started: list[Callable[[], None]] = []
    known = RuleList(lambda: KNOWN, started.append)
    known.ask()
    known.ask()
    assert len(started) == 1
    assert not known.rules
    started.pop()()
    known.ask()
    assert (known.rules, known.num_readings, started) == (KNOWN, 1, [])
    known.forget()
    assert known.rules == KNOWN
    known.ask()
    assert len(started) == 1


sizes = st.tuples(st.integers(1, 700), st.integers(1, 1100))


@settings(max_examples=25, deadline=None)
@given(size=sizes, tab=st.sampled_from(Tab), rule=st.sampled_from([LIFE, load_rule("wireworld"), load_rule("toom")]))
def test_nothing_is_drawn_or_clicked_outside_the_panel(size: tuple[int, int], tab: Tab, rule: Rule) -> None:
    stage = Stage(rule, size)
    stage.panel.tab = tab
    stage.surface.fill((200, 0, 200))
    stage.send(PointerMove(stage.area.centerx, stage.area.centery))
    pixels = pygame.surfarray.array3d(stage.surface)
    pixels[stage.area.left : stage.area.right, stage.area.top : stage.area.bottom] = (200, 0, 200)
    assert (pixels == (200, 0, 200)).all()


@pytest.mark.parametrize("size", [(340, 400), (340, 640), (400, 700), (460, 1000)])
@pytest.mark.parametrize("tab", Tab)
def test_what_can_be_clicked_lies_apart_and_within(size: tuple[int, int], tab: Tab) -> None:
    stage = Stage(size=size)
    stage.click(f"tab {tab.value}")
    names = [
        "field",
        "use",
        "learn",
        *(f"tab {one.value}" for one in Tab),
        *(known.region for known in KNOWN),
        *SWITCHES,
    ]
    regions = [region for region in map(stage.panel.region, names) if region]
    assert all(stage.area.contains(region) for region in regions)
    assert not any(region.collidelistall(regions[:number]) for number, region in enumerate(regions))


events = st.one_of(
    st.builds(ButtonPress, st.integers(0, 400), st.integers(0, 700)),
    st.builds(ButtonRelease, st.integers(0, 400), st.integers(0, 700)),
    st.builds(PointerMove, st.integers(-9000, 9000), st.integers(-9000, 9000), st.sampled_from([LEFT, NONE])),
    st.builds(PointerMove, st.integers(0, 400), st.integers(0, 700), st.sampled_from([LEFT, NONE])),
    st.builds(WheelTurn, st.integers(0, 400), st.integers(0, 700), st.sampled_from([-100.0, -1.0, 0.3, 1.0])),
    st.sampled_from([*"B3/S2l", "return", "escape", "backspace", "left"]).map(
        lambda key: KeyPress(key, key if len(key) == 1 else "")
    ),
)


@settings(max_examples=25, deadline=None)
@given(sequence=st.lists(events, max_size=25), redraws=st.booleans())
def test_what_is_copied_looks_as_if_drawn_anew(sequence: Sequence[InputEvent], redraws: bool) -> None:
    stage = Stage(size=(360, 660))
    for event in sequence:
        assert stage.panel.handle(event) in (True, False)
        if redraws:
            stage.draw()
    stage.draw()
    copied = pygame.surfarray.array3d(stage.surface)
    stage.panel.draw(Painter(stage.surface, LIGHT), stage.area)
    stage.panel.draw(stage.painter, stage.area)
    assert np.array_equal(pygame.surfarray.array3d(stage.surface), copied)
    assert len(stage.panel.typed) <= MAX_TEXT_LENGTH
