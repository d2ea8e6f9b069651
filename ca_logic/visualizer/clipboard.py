"""The clipboard: text for other programs, and from them; where the system has none, one of the program's own."""

import pygame


class Clipboard:
    """What was copied last."""

    def __init__(self) -> None:
        """Is empty where nothing can be had from the system."""
        self._own = ""

    def copy(self, text: str) -> None:
        """Puts a text there."""
        self._own = text
        try:
            pygame.scrap.put_text(text)
        except pygame.error:
            # Without a window, or under a driver that has none, the text stays within the program.
            return

    def paste(self) -> str:
        """Returns the text that is there, or nothing."""
        try:
            return pygame.scrap.get_text() or self._own
        except pygame.error:
            return self._own
