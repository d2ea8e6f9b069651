"""`HelpPanel`: the screen that `?` opens: all keys and what they do."""

from collections.abc import Callable

import pygame

from ca_logic.visualizer.actions import Action
from ca_logic.visualizer.bindings import action_of
from ca_logic.visualizer.events import ButtonPress, ButtonRelease, InputEvent, KeyPress, PointerMove, WheelTurn
from ca_logic.visualizer.help_page import MARGIN, HelpPage
from ca_logic.visualizer.painter import SMALL_SIZE, TITLE_SIZE, Painter, Style

_TITLE_HEIGHT = 52
_LINE, _NOTCH = 24, 60
"""Pixels to scroll by a key, and by a notch of the wheel."""
_SCALES = (1.5, 1.25, 1.0)
"""Sizes to draw the keys in, of which the largest is taken that needs no scrolling."""


class HelpPanel:
    """The screen of all keys.

    What else is pressed than what scrolls it closes it and is left to others, so that one may try what one has read.
    """

    def __init__(self, close: Callable[[], None]) -> None:
        """Calls `close` when it wants to be gone."""
        self._close = close
        self._area = pygame.Rect(0, 0, 0, 0)
        self._mark = pygame.Rect(0, 0, 0, 0)
        self._page: tuple[tuple[int, int], Style, pygame.Surface] | None = None
        self._scrolled = 0

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Draws the keys in as many columns as fit beside each other, and what part of them fits below each other."""
        self._area = area.copy()
        painter.box(area, painter.style.background, border=painter.style.border, radius=0)
        painter.text("Keys and mouse", area.x + MARGIN, area.y + 16, size=TITLE_SIZE, bold=True)
        self._mark = pygame.Rect(area.right - MARGIN - 28, area.y + 12, 28, 28)
        painter.box(self._mark, painter.style.raised)
        cross = self._mark.inflate(-16, -16)
        for start, end in ((cross.topleft, cross.bottomright), (cross.bottomleft, cross.topright)):
            painter.line(painter.style.text, [start, end], width=2)
        painter.text(
            "Esc closes this",
            self._mark.left - 12,
            area.y + 19,
            colour=painter.style.faint,
            size=SMALL_SIZE,
            anchor="right",
        )
        self._draw_page(painter, self._view)

    def handle(self, event: InputEvent) -> bool:
        """Scrolls, or closes it; takes what the mouse does within it."""
        if isinstance(event, KeyPress):
            return self._handle_key(event)
        if not isinstance(event, ButtonPress | ButtonRelease | PointerMove | WheelTurn):
            return False
        if not self._area.collidepoint(event.x, event.y):
            return False
        if isinstance(event, WheelTurn):
            self._scroll(-round(event.notches * _NOTCH))
        elif isinstance(event, ButtonPress) and event.button == "left" and self._mark.collidepoint(event.x, event.y):
            self._close()
        return True

    @property
    def _view(self) -> pygame.Rect:
        """Where the page shows."""
        return pygame.Rect(
            self._area.x + 1, self._area.y + _TITLE_HEIGHT, self._area.width - 2, self._area.height - _TITLE_HEIGHT - 1
        )

    def _handle_key(self, press: KeyPress) -> bool:
        page = max(_LINE, self._view.height - 2 * _LINE)
        end = self._page[2].height if self._page else 0
        by = {"up": -_LINE, "down": _LINE, "page up": -page, "page down": page, "home": -end, "end": end}
        if press.key in (*by, "left", "right"):
            self._scroll(by.get(press.key, 0))
            return True
        action = action_of(press)
        if action not in (None, Action.FULL_SCREEN):
            self._close()
        return action in (Action.HELP, Action.CANCEL)

    def _scroll(self, pixels: int) -> None:
        height = self._page[2].height if self._page else 0
        self._scrolled = max(0, min(self._scrolled + pixels, height - self._view.height))

    def _draw_page(self, painter: Painter, view: pygame.Rect) -> None:
        if self._page is None or self._page[:2] != (view.size, painter.style):
            pages = [HelpPage(view.width, scale) for scale in _SCALES]
            fitting = next((page for page in pages if page.height <= view.height), pages[-1])
            self._page = view.size, painter.style, fitting.drawn(painter.style)
        self._scroll(0)
        page = self._page[2]
        painter.surface.blit(page, view.topleft, pygame.Rect(0, self._scrolled, view.width, view.height))
        if page.height > view.height > 0:
            length = max(16, view.height * view.height // page.height)
            top = (view.height - length) * self._scrolled // (page.height - view.height)
            painter.box(pygame.Rect(view.right - 8, view.y + top, 5, length), painter.style.border, radius=2)
