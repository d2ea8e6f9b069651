"""The loop: scripts, pictures and the end, under SDL's driver that needs no display."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from ca_logic.visualizer.app import DisplayError, FrameTimes, Window, WindowOptions, run
from ca_logic.visualizer.events import InputEvent, KeyPress, Resize
from ca_logic.visualizer.frame_report import report_frames
from ca_logic.visualizer.painter import DARK, Painter, Style
from ca_logic.visualizer.scripting import parse_script


class StillLife:
    """A screen that notes what happens to it."""

    title = "still"
    style: Style = DARK

    def __init__(self) -> None:
        self.events: list[tuple[int, InputEvent]] = []
        self.num_frames = 0
        self.is_closing = self.is_learning = self.is_closed = False

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        self.num_frames += 1
        painter.surface.fill((self.num_frames, 0, 0), area)

    def handle(self, event: InputEvent) -> bool:
        self.events.append((self.num_frames, event))
        return True

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def screen() -> StillLife:
    return StillLife()


@pytest.fixture
def window() -> Iterator[Window]:
    window = Window(WindowOptions(320, 240))
    yield window
    window.close()


def test_it_closes_after_so_many_frames_with_a_picture_of_the_last(
    window: Window, screen: StillLife, tmp_path: Path
) -> None:
    path = tmp_path / "last.png"
    times = run(window, screen, WindowOptions(frames=5, screenshot=path))
    assert screen.num_frames == len(times.work) == 5
    assert screen.is_closed
    assert pygame.image.load(path).get_at((10, 10))[:3] == (5, 0, 0)


def test_a_script_happens_frame_by_frame(window: Window, screen: StillLife, tmp_path: Path) -> None:
    first = tmp_path / "first.png"
    steps = tuple(parse_script(f"key a\nwait 3 frames\nkey b\nscreenshot {first}\nresize 400 300\nwait 1 frame\n"))
    run(window, screen, WindowOptions(steps=steps, frames=8))
    keys = {event.key: frame for frame, event in screen.events if isinstance(event, KeyPress)}
    assert keys["b"] - keys["a"] == 3
    assert pygame.image.load(first).get_at((0, 0))[0] == keys["b"] + 1
    assert Resize(400, 300) in [event for _, event in screen.events]
    assert window.surface.get_size() == (400, 300)


def test_whatever_ends_it_the_screen_is_closed(window: Window, screen: StillLife) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    screen.draw = fail  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        run(window, screen, WindowOptions())
    assert screen.is_closed


def test_full_screen_and_back_keeps_the_size(window: Window) -> None:
    window.toggle_full_screen()
    window.toggle_full_screen()
    assert window.size == (320, 240)


def test_without_a_display_it_says_how_to_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    pygame.display.quit()
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    monkeypatch.setenv("DISPLAY", ":987")
    with pytest.raises(DisplayError, match=r"there is no display .* SDL_VIDEODRIVER=dummy"):
        Window(WindowOptions())


def test_reports_tell_frames_from_waiting() -> None:
    times = FrameTimes(deque([0.004] * 100), deque(number / 50 for number in range(100)))
    report = report_frames(times, generations=990, cells=1000)
    assert report.median == pytest.approx(4)
    assert report.median_distance == report.percentile_99_distance == pytest.approx(20)
    assert report.frames_per_second == pytest.approx(50)
    assert report.cells_per_second == pytest.approx(500_000)
