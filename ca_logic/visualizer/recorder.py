"""`Recorder`: an animated GIF of the window, written beside it while it goes on.

Pillow makes the GIF, one frame at a time, so that memory does not grow with its length. Frames that the writer is not
ready for are left out, so that recording never slows the window down.
"""

import contextlib
import itertools
import queue
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pygame
from jaxtyping import UInt8

from ca_logic.errors import OutputError
from ca_logic.files import require_writable_file

if TYPE_CHECKING:
    from PIL.Image import Image

_FRAMES_PER_SECOND = 20
_MOST_WAITING = 8
_MOST_COLUMNS = 960

Frame = UInt8[np.ndarray, "rows columns 3"]


class Recorder:
    """A recording under way; it ends with `finish` or `discard`."""

    def __init__(self, path: Path) -> None:
        """Begins a recording.

        Raises:
            OutputError: if the file cannot be written.
        """
        require_writable_file(path)
        self.path = path
        self.num_frames = 0
        self._temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._frames: queue.Queue[tuple[Frame, float] | None] = queue.Queue(_MOST_WAITING)
        self._due = 0.0
        self._fault: str | None = None
        self._thread = threading.Thread(target=self._write, name="ca_logic recorder", daemon=True)
        self._thread.start()

    def show(self, surface: pygame.Surface, now: float) -> None:
        """Takes the window as it is, if it is time for another frame; `now` is in seconds."""
        if now < self._due or self._frames.full():
            return
        self._due = now + 1 / _FRAMES_PER_SECOND
        shrink = -(-surface.get_width() // _MOST_COLUMNS)
        size = (surface.get_width() // shrink, surface.get_height() // shrink)
        small = pygame.transform.smoothscale(surface, size) if shrink > 1 else surface
        self._frames.put((np.ascontiguousarray(pygame.surfarray.array3d(small).swapaxes(0, 1)), now))
        self.num_frames += 1

    def finish(self) -> None:
        """Ends the recording; the file is whole then.

        Raises:
            OutputError: if it could not be written; nothing is left of it.
        """
        self._frames.put(None)
        self._thread.join()
        try:
            if self._fault is None:
                self._temporary.replace(self.path)
        except OSError as error:
            self._fault = error.strerror
        if self._fault is not None:
            self._remove()
            raise OutputError(f"cannot write {self.path}: {self._fault}; choose another place.")

    def discard(self) -> None:
        """Ends the recording without a file."""
        self._frames.put(None)
        self._thread.join()
        self._remove()

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def _write(self) -> None:
        # Image.save holds all frames until the last; these functions write one after the other.
        from PIL.GifImagePlugin import getdata, getheader

        frames = self._taken()
        try:
            first = next(frames, None)
            if first is None:
                self._fault = "it has no frames"
                return
            with self._temporary.open("xb") as file:
                header, _ = getheader(_with_palette(first[0]), info={"loop": 0})
                file.writelines(header)
                for image, offset, seconds in _changed_parts(itertools.chain([first], frames)):
                    # In hundredths of a second, as GIF counts.
                    duration = max(20, 10 * round(100 * seconds))
                    file.writelines(getdata(image, offset, duration=duration, include_color_table=True))
                file.write(b";")
        except Exception as error:
            self._fault = (isinstance(error, OSError) and error.strerror) or str(error) or "there is not enough memory"
            # Whoever shows frames must not wait for a writer that is gone.
            for _ in frames:
                pass

    def _taken(self) -> Iterator[tuple["Image", float]]:
        """Yields frames, and for how many seconds each was to be seen."""
        from PIL import Image

        shown = self._frames.get()
        while shown is not None:
            following = self._frames.get()
            seconds = following[1] - shown[1] if following else 1 / _FRAMES_PER_SECOND
            yield Image.fromarray(shown[0]), seconds
            shown = following


def _changed_parts(
    frames: Iterator[tuple["Image", float]],
) -> Iterator[tuple["Image", tuple[int, int], float]]:
    """Yields of each frame the rectangle that differs from the one before, where it is, and for how many seconds."""
    from PIL import ImageChops

    before: Image | None = None
    for frame, seconds in frames:
        everything = (0, 0, *frame.size)
        same_size = before is not None and before.size == frame.size
        area = ImageChops.difference(before, frame).getbbox() if same_size and before else everything
        # Nothing at all cannot be written, so that a pixel says how long it lasts.
        area = area or (0, 0, 1, 1)
        yield _with_palette(frame.crop(area)), area[:2], seconds
        before = frame


def _with_palette(image: "Image") -> "Image":
    from PIL.Image import Dither, Quantize

    return image.quantize(128, method=Quantize.FASTOCTREE, dither=Dither.NONE)
