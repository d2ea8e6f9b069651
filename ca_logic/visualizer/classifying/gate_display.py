"""What the panel asks of whoever shows gates; `ca_logic.visualizer.circuit_view.gate_field.GateField` does it."""

from typing import Protocol

import numpy as np
import pygame
from jaxtyping import Bool

from ca_logic.visualizer.events import InputEvent
from ca_logic.visualizer.painter import Painter


class GateDisplay(Protocol):
    """A `Panel` that shows the gates of a circuit for one sample."""

    def light(self, inputs: Bool[np.ndarray, " inputs"]) -> None:
        """Takes the inputs of the circuit: what the encoder makes of the sample."""

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Draws itself into the area."""

    def handle(self, event: InputEvent) -> bool:
        """Takes an event, or leaves it."""
