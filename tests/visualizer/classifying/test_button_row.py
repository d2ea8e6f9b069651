import functools

import pygame
import pytest

from ca_logic.visualizer.classifying.button_row import Button, ButtonRow
from tests.visualizer.drawn import num_other_pixels, painter_of

NOWHERE = (-1, -1)


class Pressed:
    """A row of two buttons, and which of them were pressed."""

    def __init__(self, width: int = 300) -> None:
        self.labels: list[str] = []
        self.row = ButtonRow()
        self.painter = painter_of(320, 50)
        buttons = [Button(label, functools.partial(self.labels.append, label), key) for label, key in self.named()]
        self.end = self.row.draw(self.painter, pygame.Rect(10, 10, width, 26), buttons, pointer=NOWHERE)

    @staticmethod
    def named() -> list[tuple[str, str]]:
        return [("Next", "right"), ("Next wrong", "w")]


def test_a_click_does_what_the_button_says() -> None:
    pressed = Pressed()
    assert pressed.row.press(15, 20)
    assert pressed.row.press(pressed.end - 12, 20)
    assert not pressed.row.press(pressed.end + 12, 20)
    assert not pressed.row.press(15, 40)
    assert pressed.labels == ["Next", "Next wrong"]


def test_keys_are_left_out_before_buttons_are() -> None:
    whole = Pressed()
    without_keys = Pressed(whole.end - 10 - 20)
    assert without_keys.row.press(without_keys.end - 12, 20)
    assert without_keys.labels == ["Next wrong"]
    assert without_keys.end < whole.end


@pytest.mark.parametrize("width", [0, 10, 30])
def test_buttons_without_room_are_left_out(width: int) -> None:
    pressed = Pressed(width)
    assert num_other_pixels(pressed.painter) == 0
    assert not pressed.row.press(12, 20)
