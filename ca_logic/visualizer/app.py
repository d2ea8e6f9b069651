"""The loop: sixty times a second it takes events, lets the screen draw itself, and shows what was drawn.

Nothing here knows of boards or classifiers. Where there is no display, SDL's `dummy` driver does without one; so tests,
scripts and screenshots need no window.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pygame

from ca_logic.errors import CaLogicError
from ca_logic.files import require_writable_file
from ca_logic.visualizer.events import Resize
from ca_logic.visualizer.painter import Painter
from ca_logic.visualizer.pictures import save_picture
from ca_logic.visualizer.pygame_events import EventReader
from ca_logic.visualizer.screen import Screen
from ca_logic.visualizer.scripting import Send, Step, TakeScreenshot, WaitFrames, WaitLearned, WaitSeconds

FRAMES_PER_SECOND = 60

_REPEAT_AFTER, _REPEAT_EVERY = 350, 40
"""Milliseconds until a held key repeats, and from then on."""

_LEAST_SIDE = 200
_MOST_TIMES = 1 << 16
_UNSEEN_DRIVERS = ("dummy", "offscreen", "evdev")


class DisplayError(CaLogicError):
    """There is no display."""


@dataclass(frozen=True)
class WindowOptions:
    """How the window is opened, and when it closes by itself.

    Attributes:
        width: in pixels.
        height: in pixels.
        is_full_screen: whether it takes the whole display.
        frames: closes after so many; None never.
        screenshot: written before it closes.
        steps: of a script, instead of a person's or beside them.
        seconds: closes after so long; None never.
    """

    width: int = 1280
    height: int = 800
    is_full_screen: bool = False
    frames: int | None = None
    screenshot: Path | None = None
    steps: tuple[Step, ...] = ()
    seconds: float | None = None

    @property
    def is_for_people(self) -> bool:
        """Whether it stays open until somebody closes it."""
        return self.frames is None and self.seconds is None and not self.steps


@dataclass
class FrameTimes:
    """How long the last frames took, in seconds, without the time waited for the next one; and when they were shown."""

    work: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST_TIMES))
    shown: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST_TIMES))
    num_frames: int = 0


class Window:
    """pygame's window."""

    def __init__(self, options: WindowOptions) -> None:
        """Opens it.

        Raises:
            DisplayError: if there is no display.
        """
        try:
            pygame.display.init()
            flags = pygame.FULLSCREEN if options.is_full_screen else pygame.RESIZABLE
            size = (0, 0) if options.is_full_screen else (options.width, options.height)
            _require_display()
            self.surface = pygame.display.set_mode(size, flags, depth=32)
        except pygame.error as error:
            raise DisplayError(
                f"there is no display to open a window on ({error}); set SDL_VIDEODRIVER=dummy to do without one, "
                "with --frames and --screenshot, or with --script."
            ) from None
        self._windowed = (options.width, options.height)
        self.is_full_screen = options.is_full_screen
        pygame.key.set_repeat(_REPEAT_AFTER, _REPEAT_EVERY)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height that it has, or had before it took the whole display."""
        return self._windowed if self.is_full_screen else self.surface.get_size()

    def resize(self, width: int, height: int) -> None:
        """Takes another size, as a script asks for; people's own changes have been made already."""
        shown = pygame.display.get_surface()
        if shown is not None and shown.get_size() == (width, height):
            self.surface = shown
        else:
            size = (max(_LEAST_SIDE, width), max(_LEAST_SIDE, height))
            self.surface = pygame.display.set_mode(size, pygame.RESIZABLE, depth=32)

    def toggle_full_screen(self) -> None:
        """Takes the whole display, or the size before."""
        self.is_full_screen = not self.is_full_screen
        if self.is_full_screen:
            self._windowed = self.surface.get_size()
            self.surface = pygame.display.set_mode((0, 0), pygame.FULLSCREEN, depth=32)
        else:
            self.surface = pygame.display.set_mode(self._windowed, pygame.RESIZABLE, depth=32)

    def close(self) -> None:
        """Closes it."""
        pygame.display.quit()


def run(
    window: Window,
    screen: Screen,
    options: WindowOptions,
    *,
    on_screenshot: Callable[[Path], None] = lambda _: None,
) -> FrameTimes:
    """Shows a screen until it closes; whatever ends it, the screen is closed.

    Raises:
        OutputError: if a screenshot cannot be written.
    """
    times = FrameTimes()
    script = _run_script(window, screen, options.steps, on_screenshot)
    try:
        if options.screenshot:
            require_writable_file(options.screenshot)
        reader, clock = EventReader(), pygame.time.Clock()
        started = time.perf_counter()
        while True:
            began = time.perf_counter()
            for event in reader.read():
                if isinstance(event, Resize):
                    window.resize(event.width, event.height)
                screen.handle(event)
            next(script, None)
            screen.draw(Painter(window.surface, screen.style), window.surface.get_rect())
            pygame.display.set_caption(screen.title)
            pygame.display.flip()
            now = time.perf_counter()
            times.work.append(now - began)
            times.shown.append(now)
            times.num_frames += 1
            has_ended = times.num_frames == options.frames or (options.seconds and now - started >= options.seconds)
            if screen.is_closing or has_ended:
                break
            clock.tick(FRAMES_PER_SECOND)
        if options.screenshot:
            save_picture(window.surface, options.screenshot)
            on_screenshot(options.screenshot)
    finally:
        screen.close()
    return times


def _require_display() -> None:
    """Makes sure that people see the window, unless they asked for one that nobody sees."""
    driver = pygame.display.get_driver()
    if driver in _UNSEEN_DRIVERS and not os.environ.get("SDL_VIDEODRIVER"):
        pygame.display.quit()
        raise pygame.error(f"SDL found none but {driver!r}")


def _run_script(
    window: Window, screen: Screen, steps: tuple[Step, ...], on_screenshot: Callable[[Path], None]
) -> Iterator[None]:
    """Does what a script says; each `next` is a frame."""
    for step in steps:
        match step:
            case Send(event):
                if isinstance(event, Resize):
                    window.resize(event.width, event.height)
                screen.handle(event)
            case WaitFrames(count):
                for _ in range(count):
                    yield
            case WaitSeconds(seconds):
                end = time.perf_counter() + seconds
                while time.perf_counter() < end:
                    yield
            case WaitLearned():
                while screen.is_learning:
                    yield
            case TakeScreenshot(path):
                # Of the frame that is drawn after all that came before.
                yield
                save_picture(window.surface, Path(path))
                on_screenshot(Path(path))
    while True:
        yield
