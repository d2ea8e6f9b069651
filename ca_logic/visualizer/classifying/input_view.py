"""What the panel asks of whatever features come from: `ImageView` or `TableView`."""

from typing import Protocol

import numpy as np
import pygame

from ca_logic.visualizer.classifying.samples_loading import KnownSamples
from ca_logic.visualizer.classifying.verdict import Verdict
from ca_logic.visualizer.events import InputEvent
from ca_logic.visualizer.painter import Painter


class InputView(Protocol):
    """Where the features that are classified come from: a drawing or sliders, which show samples too.

    Attributes:
        is_own: whether what is shown is the user's, and no sample.
    """

    is_own: bool

    @property
    def row(self) -> np.ndarray | None:
        """The features of what is shown, if there is anything."""

    @property
    def is_blank(self) -> bool:
        """Whether the user has not done anything yet that could be classified."""

    def welcome(self, known: KnownSamples) -> None:
        """Is told of samples that have been read."""

    def show(self, sample: np.ndarray) -> None:
        """Shows the features of a sample."""

    def draw(self, painter: Painter, area: pygame.Rect, *, verdict: Verdict | None, pointer: tuple[int, int]) -> None:
        """Draws itself, with a verdict if it shows a sample."""

    def handle(self, event: InputEvent) -> bool:
        """Takes an event, or leaves it."""
