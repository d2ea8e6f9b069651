"""`Pasting`: what is held ready to be put down, how, and where the mouse holds it."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from ca_logic.visualizer.session.editing import PasteLocation, PasteMode, States
from ca_logic.visualizer.session.selection import Selection


@dataclass(frozen=True, eq=False)
class Pasting:
    """Cells on their way to the board.

    Attributes:
        states: of the cells.
        mode: what becomes of the cells that are there.
        location: where in them the mouse is.
    """

    states: States
    mode: PasteMode
    location: PasteLocation

    @property
    def description(self) -> str:
        """What a click does, for people."""
        height, width = self.states.shape
        return f"paste {width}x{height}, {self.mode.value}"

    def area(self, x: int, y: int) -> Selection:
        """Returns the cells that they would cover with the mouse at a cell."""
        height, width = self.states.shape
        return self.location.area(x, y, width, height)

    def flipped(self, *, top_bottom: bool) -> "Pasting":
        """Returns them reflected, top to bottom or left to right."""
        return dataclasses.replace(self, states=np.flip(self.states, axis=0 if top_bottom else 1))

    def turned(self, *, clockwise: bool) -> "Pasting":
        """Returns them turned by 90 degrees."""
        return dataclasses.replace(self, states=np.rot90(self.states, k=-1 if clockwise else 1))
