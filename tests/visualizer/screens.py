"""Screens of boards for tests, and what is done to them frame by frame, without a window."""

from collections.abc import Callable
from pathlib import Path

import pygame

from ca_logic.runtime import load_automaton
from ca_logic.tasks import load_rule
from ca_logic.visualizer.board_screen import BoardScreen
from ca_logic.visualizer.chords import parse_chord
from ca_logic.visualizer.events import ButtonPress, ButtonRelease, InputEvent, Modifiers, PointerMove
from ca_logic.visualizer.painter import Painter
from ca_logic.visualizer.session.session import Session
from ca_logic.visualizer.settings import Settings

SIZE = (900, 600)


class ScreenTrial:
    """A screen of a small board, a surface to draw it on, and hands."""

    def __init__(self, rule: str = "life", size: tuple[int, int] = (64, 48)) -> None:
        automaton = load_automaton(load_rule(rule))
        self.session = Session(automaton, automaton.board(*size))
        self.asked_full_screen = 0
        self.screen = BoardScreen(self.session, Settings(), on_full_screen=self._note_full_screen)
        self.surface = pygame.Surface(SIZE, depth=32)
        self.frames()

    def _note_full_screen(self) -> None:
        self.asked_full_screen += 1

    @property
    def side(self) -> str:
        """What is at the right side."""
        return self.screen.side.value

    def frames(self, count: int = 2) -> None:
        """Draws so many frames."""
        for _ in range(count):
            self.screen.draw(Painter(self.surface, self.screen.style), self.surface.get_rect())

    def frames_until(self, is_so: Callable[[], bool]) -> None:
        """Draws frames until something is so, ten thousand at most."""
        for _ in range(10_000):
            self.frames(1)
            if is_so():
                return
        raise AssertionError("it never was so")

    def press(self, *chords: str) -> None:
        """Presses keys."""
        for chord in chords:
            self.screen.handle(parse_chord(chord).press())
            self.frames(1)

    def type(self, text: str) -> None:
        """Types a text."""
        for letter in text:
            self.press("Space" if letter == " " else letter)

    def send(self, *events: InputEvent) -> None:
        """Lets events happen."""
        for event in events:
            self.screen.handle(event)
        self.frames(1)

    def at(self, x: int, y: int) -> tuple[int, int]:
        """Returns the pixel of the window in the middle of a cell."""
        assert self.screen.camera is not None
        place = self.screen.camera.area_of(pygame.Rect(x, y, 1, 1)).move(self.screen.mouse.area.topleft)
        return place.center

    def drag(self, first: tuple[int, int], last: tuple[int, int], *, shift: bool = False) -> None:
        """Drags from cell to cell."""
        modifiers = Modifiers(shift=shift)
        self.send(
            ButtonPress(*self.at(*first), "left", modifiers),
            PointerMove(*self.at(*last), frozenset({"left"}), modifiers),
            ButtonRelease(*self.at(*last), "left", modifiers),
        )

    def live(self) -> set[tuple[int, int]]:
        """Returns (x, y) of all live cells."""
        with self.session.hold():
            return {(int(x), int(y)) for y, x in self.session.board.live_cells()}

    def save(self, path: Path) -> None:
        """Writes what is seen."""
        pygame.image.save(self.surface, path)

    def close(self) -> None:
        """Ends all that runs."""
        self.screen.close()
