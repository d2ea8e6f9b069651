"""`Messages`: what happened, told in a line over the board for a few seconds."""

from dataclasses import dataclass

import pygame

from ca_logic.visualizer.painter import TEXT_SIZE, Painter

_SECONDS, _SECONDS_OF_FAULT = 3.5, 8.0
_MOST = 4
_LEAST_WIDTH = 40


@dataclass(frozen=True)
class _Message:
    text: str
    is_fault: bool
    until: float


class Messages:
    """The newest few lines, the oldest on top."""

    def __init__(self) -> None:
        """Has nothing to tell."""
        self._shown: list[_Message] = []

    def tell(self, text: str, now: float, *, is_fault: bool = False) -> None:
        """Shows a line from now on, in seconds; one that stands there already is not repeated."""
        until = now + (_SECONDS_OF_FAULT if is_fault else _SECONDS)
        kept = [message for message in self._shown if message.text != text]
        self._shown = [*kept, _Message(text, is_fault, until)][-_MOST:]

    @property
    def texts(self) -> list[str]:
        """What is shown."""
        return [message.text for message in self._shown]

    def draw(self, painter: Painter, area: pygame.Rect, now: float) -> None:
        """Draws what is still to be seen at the bottom of the area."""
        self._shown = [message for message in self._shown if message.until > now]
        y = area.bottom - 12
        for message in reversed(self._shown):
            width = max(_LEAST_WIDTH, min(area.width - 24, painter.width_of(message.text) + 28))
            box = pygame.Rect(0, 0, width, TEXT_SIZE + 14)
            box.midbottom = (area.centerx, y)
            style = painter.style
            painter.box(box, style.background, border=style.bad if message.is_fault else style.accent, opacity=235)
            painter.text(message.text, box.centerx, box.y + 7, anchor="centre", width=box.width - 16)
            y = box.top - 6
