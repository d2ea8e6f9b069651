"""Pictures of the window."""

from pathlib import Path

import pygame

from ca_logic.errors import OutputError
from ca_logic.files import require_writable_file


def save_picture(surface: pygame.Surface, path: Path) -> None:
    """Writes what is shown as a PNG.

    Raises:
        OutputError: if it cannot be written.
    """
    require_writable_file(path)
    try:
        with path.open("wb") as file:
            pygame.image.save(surface, file, "picture.png")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; choose another place.") from None
