"""`SwitchingScreen`: the board, and beside it a classifier, of which one is seen at a time."""

import queue
import threading
from collections.abc import Callable

import pygame

from ca_logic.errors import CaLogicError
from ca_logic.visualizer.board_screen import BoardScreen
from ca_logic.visualizer.classifier_screen import ClassifierScreen
from ca_logic.visualizer.events import InputEvent
from ca_logic.visualizer.painter import Painter, Style
from ca_logic.visualizer.screen import Screen


class SwitchingScreen:
    """A `Screen` of two; the board goes on, and rules are learned, while the classifier is seen."""

    def __init__(self, board: BoardScreen, open_classifier: Callable[[], ClassifierScreen]) -> None:
        """Shows the board; the classifier is opened when it is first asked for, beside the board."""
        self._board, self._open = board, open_classifier
        self._classifier: ClassifierScreen | None = None
        self._opening: threading.Thread | None = None
        self._opened: queue.SimpleQueue[ClassifierScreen | str] = queue.SimpleQueue()
        self._shown: Screen = board
        board.on_classify = self.show_classifier

    @property
    def title(self) -> str:
        """See `Screen`."""
        return self._shown.title

    @property
    def style(self) -> Style:
        """See `Screen`."""
        return self._shown.style

    @property
    def is_closing(self) -> bool:
        """See `Screen`."""
        return self._shown.is_closing

    @property
    def is_learning(self) -> bool:
        """See `Screen`."""
        return self._shown.is_learning

    def show_classifier(self) -> None:
        """Shows the classifier."""
        if self._classifier is not None:
            self._shown = self._classifier
        elif self._opening is None:
            self._board.tell("opening the classifier…")
            self._opening = threading.Thread(target=self._open_beside, name="ca_logic classifier", daemon=True)
            self._opening.start()

    def _open_beside(self) -> None:
        try:
            self._opened.put(self._open())
        except (CaLogicError, OSError, MemoryError) as error:
            self._opened.put(str(error) or "there is not enough memory for the classifier.")

    def _take_opened(self) -> None:
        if self._opening is None or self._opened.empty():
            return
        self._opening, opened = None, self._opened.get()
        if isinstance(opened, str):
            self._board.tell_fault(opened)
        else:
            self._classifier = self._shown = opened

    def show_board(self) -> None:
        """Shows the board."""
        self._shown = self._board

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """See `Screen`."""
        self._take_opened()
        if self._shown is not self._board:
            self._board.go_on()
        self._shown.draw(painter, area)

    def handle(self, event: InputEvent) -> bool:
        """See `Screen`."""
        return self._shown.handle(event)

    def close(self) -> None:
        """See `Screen`."""
        if self._classifier is not None:
            self._classifier.close()
        self._board.close()
