"""Recordings: an animated GIF of what was shown, whole or not there at all."""

from pathlib import Path

import numpy as np
import pygame
import pytest
from PIL import Image, ImageSequence

from ca_logic.errors import OutputError
from ca_logic.visualizer.recorder import Recorder


def show(recorder: Recorder, colour: tuple[int, int, int], now: float, size: tuple[int, int] = (64, 48)) -> None:
    surface = pygame.Surface(size, depth=32)
    surface.fill(colour)
    while recorder._frames.full():
        pass
    recorder.show(surface, now)


def test_a_recording_shows_the_frames_in_order(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "life.gif")
    colours = [(250, 10, 20), (10, 250, 20), (10, 20, 250)]
    for number, colour in enumerate(colours):
        show(recorder, colour, number / 10)
    recorder.finish()
    with Image.open(tmp_path / "life.gif") as image:
        frames = [np.array(frame.convert("RGB"))[5, 5].astype(int) for frame in ImageSequence.Iterator(image)]
    np.testing.assert_allclose(frames, colours, atol=8)
    assert [path.name for path in tmp_path.iterdir()] == ["life.gif"]


def test_frames_that_come_too_soon_are_left_out(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "life.gif")
    for number in range(10):
        show(recorder, (number, 0, 0), number / 30)
    recorder.finish()
    assert recorder.num_frames == 5


def test_large_windows_are_recorded_smaller(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "life.gif")
    show(recorder, (1, 2, 3), 0, (1920, 1080))
    recorder.finish()
    with Image.open(tmp_path / "life.gif") as image:
        assert image.size == (960, 540)


def test_a_discarded_recording_leaves_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "life.gif")
    show(recorder, (1, 2, 3), 0)
    recorder.discard()
    assert not list(tmp_path.iterdir())


def test_a_recording_without_frames_says_so(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "life.gif")
    with pytest.raises(OutputError, match="it has no frames"):
        recorder.finish()
    assert not list(tmp_path.iterdir())


def test_a_folder_cannot_be_a_recording(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        Recorder(tmp_path)
