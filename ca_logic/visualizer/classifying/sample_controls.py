"""The buttons that step through samples, and how often the classifier was right about those that were played."""

import pygame

from ca_logic.visualizer.classifying.button_row import Button, ButtonRow
from ca_logic.visualizer.classifying.lettering import write
from ca_logic.visualizer.classifying.sample_stepper import SampleStepper
from ca_logic.visualizer.painter import SMALL_SIZE, TEXT_SIZE, Painter

_GAP = 10


class SampleControls:
    """A line of buttons and figures."""

    def __init__(self) -> None:
        """Starts with nothing drawn."""
        self._buttons = ButtonRow()

    def draw(self, painter: Painter, area: pygame.Rect, stepper: SampleStepper, *, pointer: tuple[int, int]) -> None:
        """Draws the buttons at the left and the figures at the right."""
        is_running = stepper.playing.is_running
        buttons = [
            Button("Previous", stepper.previous, "left"),
            Button("Next", stepper.next, "right"),
            Button("Random", stepper.random, "r"),
            Button("Next wrong", stepper.next_wrong, "w", is_on=stepper.is_seeking),
            Button("Pause" if is_running else "Play all", stepper.toggle_playing, "space", is_on=is_running),
        ]
        left = self._buttons.draw(painter, area, buttons, pointer=pointer)
        _draw_figures(painter, pygame.Rect(left, area.top, max(0, area.right - left), area.height), stepper)

    def press(self, x: int, y: int) -> bool:
        """Does what the button there does; returns whether there is one."""
        return self._buttons.press(x, y)


def _draw_figures(painter: Painter, area: pygame.Rect, stepper: SampleStepper) -> None:
    style, played = painter.style, stepper.playing.num_played
    if not played:
        text = f"{stepper.num_samples:,} samples"
        write(painter, text, area, colour=style.faint, size=SMALL_SIZE, anchor="right")
        return
    right = stepper.judging.num_right(played)
    accuracy = f"{right / played:.2%}"
    write(painter, accuracy, area, colour=style.good, size=TEXT_SIZE, bold=True, anchor="right")
    accuracy_width = painter.width_of(accuracy, size=TEXT_SIZE, bold=True)
    rest = pygame.Rect(area.left, area.top, max(0, area.width - accuracy_width - _GAP), area.height)
    write(painter, f"{right:,} of {played:,} right", rest, size=SMALL_SIZE, anchor="right")
