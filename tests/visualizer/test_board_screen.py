"""The board's screen: keys and mouse do what Golly's do, and what goes wrong is told in a line."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from ca_logic.tasks import load_rule
from ca_logic.visualizer.actions import Action
from ca_logic.visualizer.board_actions import _ACTIONS
from ca_logic.visualizer.events import ButtonPress, CloseRequest, FileDrop, PointerMove, WheelTurn
from ca_logic.visualizer.painter import DARK, Painter
from ca_logic.visualizer.session.speed import FASTEST, SLOWEST
from ca_logic.visualizer.switching_screen import SwitchingScreen
from tests.visualizer.screens import ScreenTrial

GLIDER = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}


@pytest.fixture
def trial() -> Iterator[ScreenTrial]:
    trial = ScreenTrial()
    yield trial
    trial.close()


def test_every_action_does_something() -> None:
    assert set(_ACTIONS) == set(Action)


def test_drawing_running_and_stepping(trial: ScreenTrial) -> None:
    trial.drag((10, 10), (12, 10))
    assert trial.live() == {(10, 10), (11, 10), (12, 10)}
    trial.press("Space")
    assert trial.live() == {(11, 9), (11, 10), (11, 11)}
    trial.press("Backspace")
    assert trial.live() == {(10, 10), (11, 10), (12, 10)}
    trial.press("Enter")
    while trial.session.board.generation < 3:
        trial.frames()
    trial.press("Enter")
    assert not trial.session.is_running
    trial.press("r")
    assert trial.session.board.generation == 0


def test_undo_and_redo(trial: ScreenTrial) -> None:
    trial.drag((1, 1), (5, 1))
    trial.press("z")
    assert not trial.live()
    trial.press("Ctrl+Shift+Z")
    assert len(trial.live()) == 5
    trial.press("z", "z")
    assert trial.screen.messages.texts[-1] == "there is nothing to undo."


def test_selecting_copying_and_pasting(trial: ScreenTrial) -> None:
    trial.drag((10, 10), (12, 10))
    trial.press("F4")
    trial.drag((10, 10), (12, 12))
    trial.press("Ctrl+C", "Ctrl+V", ">")
    trial.send(PointerMove(*trial.at(30, 30)))
    trial.send(ButtonPress(*trial.at(30, 30)))
    assert trial.live() == {(10, 10), (11, 10), (12, 10), (32, 30), (32, 31), (32, 32)}
    trial.press("Ctrl+X")
    assert len(trial.live()) == 3


def test_a_clipboard_of_nonsense_is_told(trial: ScreenTrial) -> None:
    trial.screen.clipboard.copy("x = 3, y = three\nbob$!")
    trial.press("Ctrl+V")
    assert not trial.session.is_pasting
    assert "the clipboard" in trial.screen.messages.texts[-1]


def test_escape_leaves_what_is_open_one_after_the_other(trial: ScreenTrial) -> None:
    trial.press("a", "Ctrl+C", "Ctrl+V", "Esc")
    assert not trial.session.is_pasting
    assert trial.session.selection is not None
    trial.press("Esc")
    assert trial.session.selection is None


def test_the_wheel_zooms_about_the_mouse_and_other_buttons_move(trial: ScreenTrial) -> None:
    x, y = trial.at(20, 20)
    trial.send(WheelTurn(x, y, 1))
    assert trial.screen.mouse.area.collidepoint(trial.at(20, 20))
    assert trial.screen.camera is not None
    zoom = trial.screen.camera.zoom
    assert trial.screen.camera.cell_at(x - trial.screen.mouse.area.x, y - trial.screen.mouse.area.y) == (20, 20)
    trial.send(ButtonPress(x, y, "right"), PointerMove(x + 50, y, frozenset({"right"})))
    assert trial.screen.camera.zoom == zoom
    assert abs(trial.at(20, 20)[0] - x - 50) <= 8
    assert not trial.live()


@pytest.mark.parametrize(("key", "zoom"), [("1", 1), ("2", 2), ("4", 4), ("8", 8), ("6", 16), ("3", 32)])
def test_digits_choose_scales(trial: ScreenTrial, key: str, zoom: int) -> None:
    trial.press(key)
    assert trial.screen.camera is not None
    assert trial.screen.camera.zoom == zoom


def test_fitting_shows_the_pattern(trial: ScreenTrial) -> None:
    trial.drag((1, 1), (3, 3))
    trial.press("f")
    for cell in trial.live():
        assert trial.screen.mouse.area.collidepoint(trial.at(*cell))


def test_speeds(trial: ScreenTrial) -> None:
    trial.press("+")
    faster = trial.session.speed
    trial.press("-", "-")
    assert trial.session.speed < faster
    trial.press("Alt++")
    assert trial.session.speed == FASTEST
    trial.press("Alt+-")
    assert trial.session.speed == SLOWEST


def test_going_to_a_generation_is_asked_for(trial: ScreenTrial) -> None:
    trial.drag((10, 10), (12, 10))
    trial.press("Shift+N")
    trial.type("25")
    trial.press("Enter")
    assert trial.session.board.generation == 25
    trial.press("Shift+N")
    trial.type("soon")
    trial.press("Enter")
    assert trial.screen.messages.texts[-1] == "'soon' is no generation; write a whole number."


def test_a_dropped_file_is_opened_with_its_rule(trial: ScreenTrial, tmp_path: Path) -> None:
    path = tmp_path / "replicator.rle"
    path.write_text("x = 3, y = 3, rule = B36/S23\nbob$2bo$3o!")
    trial.send(FileDrop(str(path)))
    assert trial.session.rule.name == "highlife"
    assert len(trial.live()) == 5
    assert trial.session.pattern_name == "replicator"


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 100, b"x = 3, y = 3\n99999999999999o!"])
def test_a_dropped_file_that_is_no_pattern_is_told(trial: ScreenTrial, tmp_path: Path, content: bytes) -> None:
    trial.drag((1, 1), (5, 1))
    path = tmp_path / "nonsense.rle"
    path.write_bytes(content)
    trial.send(FileDrop(str(path)))
    assert trial.screen.messages.texts
    assert len(trial.live()) == 5


def test_a_pattern_larger_than_the_board_offers_to_grow(trial: ScreenTrial, tmp_path: Path) -> None:
    path = tmp_path / "row.cells"
    path.write_text("O" * 100)
    trial.send(FileDrop(str(path)))
    assert trial.screen.overlay is not None
    assert not trial.live()
    trial.press("Enter")
    assert len(trial.live()) == 100
    assert trial.session.board.width > 100


def test_a_rule_without_a_circuit_can_be_learned_now(trial: ScreenTrial, tmp_path: Path) -> None:
    path = tmp_path / "other.rle"
    path.write_text("x = 3, y = 3, rule = B13578/S02468\n3o!")
    trial.send(FileDrop(str(path)))
    assert "has not been learned yet; press l" in trial.screen.messages.texts[0]
    assert trial.screen.wanted_rule is not None
    assert trial.session.rule.name == "life"


def test_panels_open_and_close_by_key(trial: ScreenTrial) -> None:
    trial.press("e")
    assert trial.side == "rule"
    trial.press("Esc", "Esc", "n")
    assert trial.side == "circuit"
    trial.send(PointerMove(*trial.at(5, 5)))
    trial.press("n", "p", "g", "d", "b", "i")
    assert trial.side == "nothing"
    assert trial.screen.shows_graph
    trial.press("?")
    assert trial.screen.overlay is not None
    trial.press("Esc")
    assert trial.screen.overlay is None


def test_learning_what_is_known_asks_first(trial: ScreenTrial) -> None:
    trial.press("l")
    assert "press l once more" in trial.screen.messages.texts[-1]
    assert not trial.screen.is_learning


def test_pictures_and_recordings_are_written(trial: ScreenTrial, in_empty_folder: Path) -> None:
    trial.press("o", "Enter")
    trial.press("Shift+O", "Enter")
    trial.frames(3)
    trial.press("Shift+O")
    assert sorted(path.name for path in in_empty_folder.iterdir()) == ["life.gif", "life.png"]


def test_a_pattern_is_saved_and_opened_again(trial: ScreenTrial, in_empty_folder: Path) -> None:
    trial.drag((10, 10), (12, 10))
    trial.press("Ctrl+S", "Enter")
    trial.press("Ctrl+N", "Enter")
    assert not trial.live()
    trial.send(FileDrop(str(in_empty_folder / "life.rle")))
    assert trial.live() == {(10, 10), (11, 10), (12, 10)}


def test_full_screen_and_quitting(trial: ScreenTrial) -> None:
    trial.press("F11")
    assert trial.asked_full_screen == 1
    assert not trial.screen.is_closing
    trial.press("Ctrl+Q")
    assert trial.screen.is_closing


def test_closing_the_window_closes_the_screen(trial: ScreenTrial) -> None:
    trial.send(CloseRequest())
    assert trial.screen.is_closing


@pytest.mark.parametrize("rule", ["brians-brain", "wireworld", "highlife"])
@pytest.mark.parametrize("theme", range(6))
def test_all_themes_show_all_rules(rule: str, theme: int) -> None:
    trial = ScreenTrial(rule)
    trial.session.fill_randomly(0.5, seed=0)
    trial.press(*["d"] * theme, "Space")
    pixels = pygame.surfarray.array2d(trial.surface.subsurface(trial.screen.mouse.area))
    assert len(set(pixels.ravel().tolist())) >= trial.session.board.num_states
    trial.close()


def test_undo_across_rules_takes_the_circuit_along(trial: ScreenTrial) -> None:
    trial.drag((10, 10), (12, 10))
    trial.press("n")
    trial.screen.use_rule(load_rule("brians-brain"))
    trial.send(PointerMove(*trial.at(5, 5)))
    trial.press("z")
    trial.frames()
    assert trial.session.rule.name == "life"
    assert trial.live() == {(10, 10), (11, 10), (12, 10)}


def test_a_drag_that_a_question_interrupts_has_ended(trial: ScreenTrial) -> None:
    trial.send(ButtonPress(*trial.at(10, 10)))
    trial.press("Shift+N", "Esc", "Enter")
    while trial.session.board.generation < 2:
        trial.frames()


def test_what_is_typed_into_a_field_is_not_meant_for_the_board(trial: ScreenTrial) -> None:
    trial.drag((10, 10), (12, 10))
    trial.press("a", "Ctrl+O", "Ctrl+X", "Delete", "Ctrl+Z", "Esc", "e", "Ctrl+Z", "Delete")
    assert len(trial.live()) == 3


@pytest.mark.parametrize("size", [(1, 1), (50, 20), (200, 141), (161, 300), (3000, 160)])
def test_windows_of_any_size_are_drawn(trial: ScreenTrial, size: tuple[int, int]) -> None:
    trial.press("n", "p")
    trial.surface = pygame.Surface(size, depth=32)
    trial.frames()


def test_a_window_that_shrinks_while_the_board_cannot_be_had_shows_what_it_has(
    trial: ScreenTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextlib.contextmanager
    def never(_: float | None = None) -> Iterator[bool]:
        yield False

    monkeypatch.setattr(trial.session, "hold", never)
    trial.surface = pygame.Surface((500, 300), depth=32)
    trial.frames()


def test_places_that_cannot_be_are_told(trial: ScreenTrial) -> None:
    trial.press("Ctrl+S")
    trial.type("~no-such-person/x.rle")
    trial.press("Enter")
    assert "names a home that is not known" in trial.screen.messages.texts[-1]


def test_declining_to_grow_changes_nothing(trial: ScreenTrial, tmp_path: Path) -> None:
    path = tmp_path / "row.rle"
    path.write_text("x = 100, y = 1, rule = B36/S23\n100o!")
    trial.send(FileDrop(str(path)))
    trial.press("Esc")
    assert trial.session.rule.name == "life"
    assert trial.session.board.width == 64


def test_births_and_deaths_are_those_of_what_is_seen(trial: ScreenTrial) -> None:
    trial.drag((10, 10), (12, 10))
    trial.frames_until(lambda: trial.screen._status().changes == (2, 2))
    trial.press("a", "Delete")
    trial.frames_until(lambda: trial.screen._status().changes == (0, 0))


def test_small_turns_of_the_wheel_add_up(trial: ScreenTrial) -> None:
    assert trial.screen.camera is not None
    before = trial.screen.camera.zoom
    for _ in range(4):
        trial.send(WheelTurn(*trial.at(20, 20), -0.25))
    assert trial.screen.camera.zoom == before / 2


def test_a_typed_rule_is_used_by_enter(trial: ScreenTrial) -> None:
    trial.press("e")
    trial.type("B36/S23")
    trial.press("Enter")
    assert trial.session.rule.name == "highlife"
    trial.press("e", "e")
    trial.type("B13578/S02468")
    trial.press("Enter")
    assert trial.session.rule.name == "highlife"
    assert "press l to learn it now" in trial.screen.messages.texts[-1]


def test_patterns_lie_on_a_plane_unless_they_say_otherwise(trial: ScreenTrial, tmp_path: Path) -> None:
    for rule, topology in (("B3/S23", "plane"), ("B3/S23:T40,40", "torus")):
        path = tmp_path / "pattern.rle"
        path.write_text(f"x = 3, y = 1, rule = {rule}\n3o!")
        trial.send(FileDrop(str(path)))
        trial.press("Enter")
        assert trial.session.board.topology == topology


def test_a_question_that_was_answered_wrongly_is_asked_again(trial: ScreenTrial) -> None:
    trial.press("Ctrl+S")
    trial.type("x.nonsense")
    trial.press("Enter")
    assert trial.screen.overlay is not None
    assert "ends in none of" in trial.screen.messages.texts[-1]
    trial.press("Esc")
    assert trial.screen.overlay is None


def test_folders_are_not_made_by_a_slip_of_the_keys(trial: ScreenTrial, in_empty_folder: Path) -> None:
    trial.press("Ctrl+S")
    trial.type("no/such/x.rle")
    trial.press("Enter")
    assert "there is no folder" in trial.screen.messages.texts[-1]
    assert not list(in_empty_folder.iterdir())


def test_f8_opens_a_classifier_beside_the_board() -> None:
    trial = ScreenTrial()
    opened: list[str] = []

    class Panel:
        title, style, is_closing, is_learning = "panel", DARK, False, False

        def draw(self, *_: object) -> None:
            opened.append("drawn")

        def handle(self, _: object) -> bool:
            return True

        def close(self) -> None:
            opened.append("closed")

    screens = SwitchingScreen(trial.screen, Panel)  # type: ignore[arg-type]
    trial.press("F8")
    while "drawn" not in opened:
        screens.draw(Painter(trial.surface, DARK), trial.surface.get_rect())
    assert screens.title == "panel"
    screens.show_board()
    assert "ca_logic" in screens.title
    screens.close()
    assert opened[-1] == "closed"
