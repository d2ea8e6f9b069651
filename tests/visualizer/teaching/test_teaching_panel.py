import pygame
import pytest

from ca_logic.visualizer.events import ButtonPress, InputEvent, KeyPress, PointerMove, WheelTurn
from ca_logic.visualizer.painter import DARK, LIGHT, Style
from ca_logic.visualizer.teaching.messages import Begun, Exact, Failed, Message, PassDone, Progress, Proved, Stored
from ca_logic.visualizer.teaching.teaching_panel import TeachingPanel
from tests.visualizer.drawn import num_other_pixels, painter_of, pixels_of

LESSON: list[Message] = [
    Begun("cpu: one"),
    *(Progress("", 1, step, 140 / step, 512 // step, 512) for step in range(2, 120, 2)),
    Exact(118),
    *(PassDone(1, f"pass {number}", 1200 - 100 * number, 1100 - 100 * number, "gates", 0.1) for number in range(10)),
    PassDone(2, "sweep", 100, 100, "gates a row", 0.1),
    PassDone(2, "annealing", 100, 17, "gates a row", 0.1),
    Proved(512),
    Stored("life", 26, 17, "compiled C (gcc 13, AVX-512)", "life.blif"),
]


class Asked:
    """A panel whose clock is set by hand, and what it asks for."""

    def __init__(self) -> None:
        self.now = 100.0
        self.words: list[str] = []
        self.panel = TeachingPanel(
            "Conway's Game of Life",
            on_cancel=lambda: self.words.append("cancel"),
            on_close=lambda: self.words.append("close"),
            clock=lambda: self.now,
        )

    def drawn(self, width: int = 360, height: int = 600, style: Style = DARK) -> bytes:
        """Returns the picture of the panel."""
        painter = painter_of(width, height, style)
        self.panel.draw(painter, painter.surface.get_rect())
        return pixels_of(painter).tobytes()

    def press(self) -> bool:
        """Presses the button."""
        return self.panel.handle(ButtonPress(*self.panel.button.center))


@pytest.mark.parametrize("style", [DARK, LIGHT])
@pytest.mark.parametrize("size", [(320, 400), (320, 340), (420, 1000), (90, 60), (8, 8)])
def test_every_moment_of_a_lesson_is_drawn_within_its_area(size: tuple[int, int], style: Style) -> None:
    panel = Asked().panel
    area = pygame.Rect((40, 30), size)
    for message in LESSON:
        panel.show(message)
        if not isinstance(message, Progress):
            painter = painter_of(500, 1060, style)
            panel.draw(painter, area)
            assert num_other_pixels(painter) == num_other_pixels(painter, area)


def test_each_message_changes_the_picture() -> None:
    asked = Asked()
    before = asked.drawn()
    for message in LESSON:
        asked.panel.show(message)
        after = asked.drawn()
        assert after != before, message
        before = after


def test_time_goes_on_until_the_end() -> None:
    asked = Asked()
    before = asked.drawn()
    asked.now += 1.5
    after = asked.drawn()
    assert after != before
    asked.panel.show(Failed("no luck."))
    over = asked.drawn()
    asked.now += 60
    assert asked.drawn() == over


def test_the_button_cancels_once_and_closes_then() -> None:
    asked = Asked()
    asked.drawn()
    assert asked.press()
    assert asked.words == ["cancel"]
    assert asked.panel.record.is_over
    assert asked.press()
    assert asked.words == ["cancel", "close"]


@pytest.mark.parametrize("last", [LESSON[-1], Failed("no luck.")])
def test_after_the_end_there_is_nothing_to_cancel(last: Message) -> None:
    asked = Asked()
    asked.panel.show(last)
    asked.drawn()
    asked.press()
    assert asked.words == ["close"]


@pytest.mark.parametrize(
    ("event", "is_taken"),
    [
        (ButtonPress(30, 30), True),
        (ButtonPress(400, 30), False),
        (WheelTurn(30, 30, 1), True),
        (WheelTurn(400, 30, 1), False),
        (PointerMove(30, 30), False),
        (KeyPress("escape"), False),
    ],
)
def test_what_happens_on_it_does_not_reach_the_board(event: InputEvent, is_taken: bool) -> None:
    asked = Asked()
    asked.drawn()
    assert asked.panel.handle(event) is is_taken
    assert asked.words == []


def test_other_buttons_of_the_mouse_cancel_nothing() -> None:
    asked = Asked()
    asked.drawn()
    assert asked.panel.handle(ButtonPress(*asked.panel.button.center, button="right"))
    assert asked.words == []


def test_the_button_shows_that_the_mouse_is_over_it() -> None:
    asked = Asked()
    before = asked.drawn()
    asked.panel.handle(PointerMove(*asked.panel.button.center))
    assert asked.drawn() != before
    asked.panel.handle(PointerMove(0, 0))
    assert asked.drawn() == before
