"""Samples in sight: small pictures of some, and a line on which all of them are marked right or wrong."""

import functools

import numpy as np
import pygame
from jaxtyping import UInt8

from ca_logic.visualizer.classifying.pixels import picture_of
from ca_logic.visualizer.classifying.sample_stepper import SampleStepper
from ca_logic.visualizer.events import ButtonPress, ButtonRelease, InputEvent, PointerMove
from ca_logic.visualizer.painter import Painter, Style

LINE_HEIGHT = 14
"""Of the line of marks."""

_GAP = 6
_MARK = 3
_NOT_PLAYED = 0.55
"""How strong the colours of what has not been played are."""


class SampleStrip:
    """Pictures of the samples around the one that is shown, if samples are images, and the line of all samples."""

    def __init__(self, features: np.ndarray, shape: tuple[int, int, int] | None) -> None:
        """Makes it for the samples of a stepper, with these features.

        Args:
            features: a row a sample.
            shape: channels, height and width if they are images.
        """
        self._features, self._shape = features, shape
        self._thumbnails: list[tuple[pygame.Rect, int]] = []
        self._line = pygame.Rect(0, 0, 0, 0)
        self._is_held = False

    def draw(self, painter: Painter, area: pygame.Rect, stepper: SampleStepper) -> None:
        """Draws the line at the lower side of the area, and pictures above it."""
        self._line = pygame.Rect(area.left, area.bottom - LINE_HEIGHT, area.width, LINE_HEIGHT)
        self._thumbnails = []
        if self._shape:
            side = max(1, area.height - LINE_HEIGHT - _GAP - _MARK)
            self._draw_thumbnails(painter, pygame.Rect(area.left, area.top, area.width, side), stepper)
        painter.picture(picture_of_marks(stepper, *self._line.size, painter.style), self._line)
        x = self._line.left + (2 * stepper.index + 1) * area.width // (2 * stepper.num_samples)
        painter.line(painter.style.text, [(x, self._line.top - 3), (x, self._line.bottom + 2)], width=2)

    def handle(self, event: InputEvent, stepper: SampleStepper) -> bool:
        """Takes clicks on pictures, and on the line, along which the mouse can be dragged."""
        if isinstance(event, ButtonPress) and event.button == "left":
            at = event.x, event.y
            clicked = next((index for place, index in self._thumbnails if place.collidepoint(at)), None)
            self._is_held = self._line.inflate(0, 8).collidepoint(at)
            if clicked is not None:
                stepper.go_to(clicked)
            elif self._is_held:
                stepper.go_to(self._index_at(event.x, stepper))
            return clicked is not None or self._is_held
        if isinstance(event, PointerMove) and self._is_held:
            stepper.go_to(self._index_at(event.x, stepper))
            return True
        if isinstance(event, ButtonRelease) and self._is_held:
            self._is_held = False
            return True
        return False

    def place_of(self, index: int) -> pygame.Rect | None:
        """Returns where the picture of a sample was drawn last, if it is in sight."""
        return next((place for place, found in self._thumbnails if found == index), None)

    def _index_at(self, x: int, stepper: SampleStepper) -> int:
        index = (x - self._line.left) * stepper.num_samples // max(1, self._line.width)
        return min(max(index, 0), stepper.num_samples - 1)

    def _draw_thumbnails(self, painter: Painter, area: pygame.Rect, stepper: SampleStepper) -> None:
        assert self._shape
        style, judging = painter.style, stepper.judging
        _, rows, columns = self._shape
        width = max(1, area.height * columns // rows)
        count = max(1, (area.width + _GAP) // (width + _GAP))
        first = stepper.index // count * count
        for slot, index in enumerate(range(first, min(first + count, stepper.num_samples))):
            left = area.left + slot * max(0, area.width - width) // max(1, count - 1)
            place = pygame.Rect(left, area.top, width, area.height)
            painter.picture(picture_of(self._features[index], self._shape), place)
            if index == stepper.index:
                painter.box(place.inflate(4, 4), border=style.accent, radius=0)
                painter.box(place.inflate(2, 2), border=style.accent, radius=0)
            if index < judging.num_known:
                is_right = judging.predicted(index) == judging.labels[index]
                mark = pygame.Rect(place.left, place.bottom, place.width, _MARK)
                painter.box(mark, style.good if is_right else style.bad, radius=0)
            self._thumbnails.append((place, index))


def picture_of_marks(
    stepper: SampleStepper, width: int, height: int, style: Style
) -> UInt8[np.ndarray, "height width 3"]:
    """Returns a column of pixels for each part of the samples: red from below as many are wrong, green above.

    If any is wrong, a third at least is red. Grey is what nobody knows; what has not been played is faint.
    """
    count, known = stepper.num_samples, stepper.judging.num_known
    begins = np.arange(width) * count // width
    ends = np.maximum((np.arange(width) + 1) * count // width, begins + 1)
    wrong_before = np.concatenate([[0], np.cumsum(~stepper.judging.is_right)])
    wrong = wrong_before[np.minimum(ends, known)] - wrong_before[np.minimum(begins, known)]
    num_red = np.maximum(height * wrong // (ends - begins), height // 3 * (wrong > 0))
    is_red = np.arange(height, 0, -1)[:, None] <= num_red
    is_played = begins < stepper.playing.num_played
    return _palette(style)[np.where(begins < known, 1 + is_red + 2 * is_played, 0)]


@functools.lru_cache(maxsize=4)
def _palette(style: Style) -> UInt8[np.ndarray, "5 3"]:
    """Returns the colours of what nobody knows, of what is right and wrong, and of these when they have been played."""
    raised, good, bad = (np.array(colour) for colour in (style.raised, style.good, style.bad))
    faint = [_NOT_PLAYED * colour + (1 - _NOT_PLAYED) * raised for colour in (good, bad)]
    return np.array([raised, *faint, good, bad]).astype(np.uint8)
