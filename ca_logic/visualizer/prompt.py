"""`Prompt`: a question that is answered by a line of text, such as the generation to go to or the file to write."""

from collections.abc import Callable

import pygame

from ca_logic.visualizer.events import ButtonPress, InputEvent, KeyPress
from ca_logic.visualizer.painter import SMALL_SIZE, TEXT_SIZE, Painter
from ca_logic.visualizer.text_field import draw_text_field
from ca_logic.visualizer.text_line import TextLine

_WIDTH, _HEIGHT = 460, 92


class Prompt:
    """A `Panel` in the middle of the window, over everything else, until Enter or Esc."""

    def __init__(
        self,
        question: str,
        answer: str,
        *,
        on_answer: Callable[[str], None],
        on_close: Callable[[], None],
        paste: Callable[[], str] = lambda: "",
    ) -> None:
        """Asks.

        Args:
            question: what is to be known.
            answer: what stands there at first, selected.
            on_answer: called with the answer after `on_close`.
            on_close: called when it is no longer needed.
            paste: returns the text on the clipboard.
        """
        self._question, self._line = question, TextLine.selecting(answer)
        self._on_answer, self._on_close, self._paste = on_answer, on_close, paste
        self._area = pygame.Rect(0, 0, 0, 0)

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Draws itself in the middle of the area."""
        style = painter.style
        self._area = pygame.Rect(0, 0, min(_WIDTH, area.width - 20), _HEIGHT)
        self._area.center = area.center
        box = self._area
        painter.box(box, style.background, border=style.accent, radius=8)
        painter.text(self._question, box.x + 14, box.y + 10, width=box.width - 28)
        field = pygame.Rect(box.x + 14, box.y + 34, box.width - 28, 28)
        draw_text_field(painter, field, self._line, has_focus=True, is_wrong=False)
        painter.text(
            "Enter: go on    Esc: leave it", box.x + 14, box.bottom - TEXT_SIZE - 6, colour=style.faint, size=SMALL_SIZE
        )

    def handle(self, event: InputEvent) -> bool:
        """Takes all keys and clicks; a click beside it closes it."""
        if isinstance(event, ButtonPress) and not self._area.collidepoint(event.x, event.y):
            self._on_close()
        elif isinstance(event, KeyPress):
            if event.key == "escape":
                self._on_close()
            elif event.key in ("return", "enter"):
                self._on_close()
                self._on_answer(self._line.text)
            elif event.key == "v" and event.modifiers.ctrl:
                self._line = self._line.inserted(self._paste())
            else:
                self._line = self._line.after(event)
        return True
