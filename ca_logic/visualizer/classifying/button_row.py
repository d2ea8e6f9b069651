"""Buttons side by side, each with a label and the key that does the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pygame

from ca_logic.visualizer.classifying.lettering import write
from ca_logic.visualizer.painter import SMALL_SIZE, Painter

_GAP, _PADDING, _KEY_GAP = 5, 16, 7


@dataclass(frozen=True)
class Button:
    """What can be clicked.

    Attributes:
        label: for people.
        action: what is done.
        key: which key does it as well.
        is_on: whether it is shown as chosen.
    """

    label: str
    action: Callable[[], None]
    key: str = ""
    is_on: bool = False


class ButtonRow:
    """Draws buttons, and remembers where they are."""

    def __init__(self) -> None:
        """Starts with no buttons."""
        self._places: list[tuple[pygame.Rect, Button]] = []

    def draw(self, painter: Painter, area: pygame.Rect, buttons: Sequence[Button], *, pointer: tuple[int, int]) -> int:
        """Draws as many buttons as there is room for, from the left; returns where the last one ends.

        Keys are left out where they would take the room of a button.
        """
        has_keys = sum(_width(painter, button, has_key=True) + _GAP for button in buttons) <= area.width
        self._places = []
        left = area.left
        for button in buttons:
            width = _width(painter, button, has_key=has_keys)
            if left + width > area.right:
                break
            place = pygame.Rect(left, area.top, width, area.height)
            _draw_button(painter, place, button, has_key=has_keys, is_hovered=place.collidepoint(pointer))
            self._places.append((place, button))
            left = place.right + _GAP
        return left

    def press(self, x: int, y: int) -> bool:
        """Does what the button there does; returns whether there is one."""
        button = next((button for place, button in self._places if place.collidepoint(x, y)), None)
        if button:
            button.action()
        return button is not None


def _width(painter: Painter, button: Button, *, has_key: bool) -> int:
    width = painter.width_of(button.label, size=SMALL_SIZE) + _PADDING
    return width + (_KEY_GAP + painter.width_of(button.key, size=SMALL_SIZE) if has_key and button.key else 0)


def _draw_button(painter: Painter, place: pygame.Rect, button: Button, *, has_key: bool, is_hovered: bool) -> None:
    style = painter.style
    painter.box(
        place, style.accent if button.is_on else style.raised, border=style.text if is_hovered else style.border
    )
    inside = place.inflate(-_PADDING, 0)
    letters, key = (style.background, style.background) if button.is_on else (style.text, style.faint)
    write(painter, button.label, inside, colour=letters, size=SMALL_SIZE)
    if has_key and button.key:
        write(painter, button.key, inside, colour=key, size=SMALL_SIZE, anchor="right")
