"""`ClassifierScreen`: a classifier's panel with what every screen has: help, light and dark, pictures, full screen."""

import time
from collections.abc import Callable
from pathlib import Path

import pygame

from ca_logic.errors import CaLogicError
from ca_logic.visualizer.actions import Action
from ca_logic.visualizer.bindings import action_of
from ca_logic.visualizer.classifying.classifying_panel import ClassifyingPanel
from ca_logic.visualizer.events import CloseRequest, InputEvent, KeyPress
from ca_logic.visualizer.messages import Messages
from ca_logic.visualizer.painter import DARK, LIGHT, Painter, Style
from ca_logic.visualizer.pictures import save_picture

_KEYS = "arrows: samples; w: next wrong; r: any; space: play all; tab: draw; c: clear; b: light; o: picture"


class ClassifierScreen:
    """A `Screen` that shows a classifier.

    Attributes:
        panel: what fills the window.
        is_light: whether the window is light.
        on_leave: goes back to the board; None if there is none.
    """

    def __init__(
        self,
        panel: ClassifyingPanel,
        *,
        is_light: bool,
        on_full_screen: Callable[[], None],
    ) -> None:
        """Shows the panel.

        Args:
            panel: what fills the window.
            is_light: whether it begins light.
            on_full_screen: takes the whole display, or gives it back.
        """
        self.panel, self.is_light = panel, is_light
        self.is_closing = False
        self.on_leave: Callable[[], None] | None = None
        self._on_full_screen = on_full_screen
        self._messages = Messages()

    @property
    def title(self) -> str:
        """See `Screen`."""
        return f"{self.panel.classifier.model.name} - ca_logic"

    @property
    def style(self) -> Style:
        """See `Screen`."""
        return LIGHT if self.is_light else DARK

    @property
    def is_learning(self) -> bool:
        """See `Screen`: not while samples are being read or played through."""
        return self.panel.is_at_work

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """See `Screen`."""
        self.panel.draw(painter, area)
        self._messages.draw(painter, area, time.perf_counter())

    def handle(self, event: InputEvent) -> bool:
        """See `Screen`."""
        if isinstance(event, CloseRequest):
            self.is_closing = True
            return True
        if self.panel.handle(event):
            return True
        action = action_of(event) if isinstance(event, KeyPress) else None
        match action:
            case Action.TOGGLE_LIGHT:
                self.is_light = not self.is_light
            case Action.FULL_SCREEN:
                self._on_full_screen()
            case Action.SCREENSHOT:
                self._save_picture()
            case Action.CLASSIFY | Action.CANCEL if self.on_leave is not None:
                self.on_leave()
            case Action.HELP:
                self._messages.tell(_KEYS, time.perf_counter(), is_fault=True)
            case Action.QUIT:
                self.is_closing = True
            case _:
                return False
        return True

    def close(self) -> None:
        """See `Screen`."""
        self.panel.close()

    def _save_picture(self) -> None:
        surface = pygame.display.get_surface()
        assert surface is not None, "there is a window"
        path = Path(f"{self.panel.classifier.model.name}.png")
        try:
            save_picture(surface, path)
        except CaLogicError as error:
            self._messages.tell(str(error), time.perf_counter(), is_fault=True)
        else:
            self._messages.tell(f"written {path}", time.perf_counter())
