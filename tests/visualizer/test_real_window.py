"""A real window on an X server without a screen: keys, mouse, resizing, clipboard and dropped files arrive there."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from ca_logic.runtime.pattern import load_pattern

SECONDS = 30
missing = [tool for tool in ("Xvfb", "xdotool", "xclip") if not shutil.which(tool)]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def wait_for(is_done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not is_done():
        assert time.monotonic() < end, f"no {what}"
        time.sleep(0.05)


class Desktop:
    """An X server with the visualizer on it, in a working directory of its own."""

    def __init__(self, display: str, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {"DISPLAY": display, "SDL_VIDEODRIVER": "x11", "PYTHONPATH": str(Path.cwd())}
        command = [sys.executable, "-m", "ca_logic", "play", "--size", "64x48", "--soup", "0", "--window", "900x600"]
        self.program = subprocess.Popen(command, cwd=folder, env=self.environment)
        self.window = ""

    def wait_until_ready(self) -> None:
        """Waits until the window has the keyboard, and says that it has."""
        wait_for(lambda: "ca_logic" in self.run("xdotool", "getwindowfocus", "getwindowname"), "window")
        self.window = self.run("xdotool", "getwindowfocus").strip()
        self.save("ready.rle")

    def run(self, *command: str, text: str = "") -> str:
        done = subprocess.run(command, env=self.environment, input=text, capture_output=True, text=True, check=False)
        return done.stdout

    def do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self.environment, check=True, capture_output=True)

    def key(self, *keys: str) -> None:
        self.do("key", "--delay", "60", *keys)

    def drag(self, first: tuple[int, int], last: tuple[int, int]) -> None:
        for step in (
            ("mousemove", "--window", self.window, *map(str, first)),
            ("mousedown", "1"),
            ("mousemove", "--window", self.window, *map(str, last)),
            ("mouseup", "1"),
        ):
            self.do(*step)
            time.sleep(0.08)

    def answer(self, keys: str, name: str) -> Path:
        """Asks for a file to be written by a key, and returns it when it is there."""
        path = self.folder / name
        self.key(keys)
        self.do("type", "--delay", "30", name)
        self.key("Return")
        wait_for(path.exists, f"{name} after {keys}")
        return path

    def save(self, name: str) -> Path:
        return self.answer("ctrl+s", name)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    assert number, "the X server did not start"
    desktop = Desktop(f":{number}", tmp_path)
    try:
        desktop.wait_until_ready()
        yield desktop
    finally:
        desktop.program.kill()
        desktop.program.wait()
        server.terminate()
        server.wait()


def test_keys_and_mouse_draw_run_and_save(desktop: Desktop) -> None:
    desktop.drag((400, 300), (440, 300))
    before = load_pattern(str(desktop.save("before.rle")))
    assert before.height == 1
    assert before.population >= 3
    desktop.key("space", "space")
    assert load_pattern(str(desktop.save("after.rle"))).generation == 2
    desktop.key("BackSpace", "BackSpace")
    assert load_pattern(str(desktop.save("back.rle"))).population == before.population
    desktop.key("ctrl+q")
    assert desktop.program.wait(SECONDS) == 0


def test_the_window_resizes(desktop: Desktop) -> None:
    desktop.do("windowsize", "--sync", desktop.window, "700", "500")
    time.sleep(0.3)
    with Image.open(desktop.answer("o", "window.png")) as picture:
        assert picture.size == (700, 500)


def test_the_clipboard_goes_both_ways(desktop: Desktop) -> None:
    subprocess.run(
        ["xclip", "-selection", "clipboard", "-i"],
        env=desktop.environment,
        input=b"x = 3, y = 3, rule = B3/S23\nbob$2bo$3o!\n",
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    desktop.key("ctrl+shift+o")
    glider = load_pattern(str(desktop.save("glider.rle")))
    assert (glider.width, glider.height, glider.population) == (3, 3, 5)
    desktop.key("a", "s", "ctrl+c")
    wait_for(lambda: "bo$2bo$3o!" in desktop.run("xclip", "-selection", "clipboard", "-o"), "glider on the clipboard")


@pytest.mark.skipif(find_spec("Xlib") is None, reason="not installed: python-xlib")
def test_a_file_that_is_dragged_onto_the_window_is_opened(desktop: Desktop) -> None:
    path = desktop.folder / "a replicator.rle"
    path.write_text("x = 3, y = 3, rule = B36/S23\nbob$2bo$3o!\n")
    said = desktop.run(sys.executable, "-m", "tests.visualizer.drag_and_drop", desktop.window, str(path))
    assert said == "accepted\n"
    opened = load_pattern(str(desktop.save("dragged.rle")))
    assert (opened.rule, opened.population) == ("B36/S23", 5)
