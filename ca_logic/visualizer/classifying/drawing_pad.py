"""`DrawingPad`: a canvas to draw on with the mouse, and the image that the classifier reads of it.

The canvas is finer than the image, so that what is scaled and moved to the middle keeps its soft edges.
"""

import functools
from collections.abc import Callable

import numpy as np
import pygame
from jaxtyping import UInt8

from ca_logic.visualizer.classifying.brush import Point, draw_line
from ca_logic.visualizer.classifying.centring import centred, shrunk
from ca_logic.visualizer.classifying.lettering import write
from ca_logic.visualizer.classifying.pixels import fitted, picture_of
from ca_logic.visualizer.events import ButtonPress, ButtonRelease, InputEvent, PointerMove, WheelTurn
from ca_logic.visualizer.painter import DARK, Painter

_FINENESS, _LARGEST_CANVAS = 8, 512
"""Pixels of the canvas for one of the image, in each direction; fewer where images are large."""

_RADIUS, _THINNEST, _WIDEST = 1.3, 0.5, 8.0
"""Of the brush, in pixels of the image: lines are about as wide as those of MNIST."""

_ERASER = 2.0
"""How much wider it is."""

_THICKER = 1.15
"""By how much a notch of the wheel changes the brush."""


class DrawingPad:
    """A canvas: left button draws, right button erases, wheel changes the brush.

    Attributes:
        is_centred: whether drawings are scaled into the box and moved to the middle.
        radius: of the brush, in pixels of the image.
        place: where the canvas was drawn last.
    """

    def __init__(
        self, height: int, width: int, *, box: int, is_centred: bool, on_change: Callable[[], None] = lambda: None
    ) -> None:
        """Starts empty.

        Args:
            height: of the image.
            width: of the image.
            box: the side of the square that centred drawings are scaled into, in pixels of the image.
            is_centred: whether they are, at first.
            on_change: called when the image may be another one.
        """
        self.height, self.width, self.is_centred, self.radius = height, width, is_centred, _RADIUS
        self._box, self._on_change = box, on_change
        self._fineness = max(1, min(_FINENESS, _LARGEST_CANVAS // max(height, width)))
        self._ink = np.zeros((height * self._fineness, width * self._fineness), np.uint8)
        self.place = pygame.Rect(0, 0, 0, 0)
        self._pixels: UInt8[np.ndarray, "height width"] | None = None
        self._last: Point | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not self._ink.any()

    @property
    def pixels(self) -> UInt8[np.ndarray, "height width"]:
        """The image that the classifier reads."""
        if self._pixels is None:
            read = functools.partial(centred, box=self._box) if self.is_centred else shrunk
            self._pixels = read(self._ink, self.height, self.width)
        return self._pixels

    def clear(self) -> None:
        """Takes all ink away."""
        self._ink[:] = 0
        self._change()

    def toggle_centring(self) -> None:
        """Reads drawings as they are, or moves them to the middle again."""
        self.is_centred = not self.is_centred
        self._change()

    def stroke(self, start: Point, end: Point, *, erase: bool = False) -> None:
        """Draws a line, or erases along it, in pixels of the image from its upper left corner."""
        (x, y), (to_x, to_y), fine = start, end, self._fineness
        radius = self.radius * (_ERASER if erase else 1) * fine
        draw_line(self._ink, (x * fine, y * fine), (to_x * fine, to_y * fine), radius=radius, erase=erase)
        self._change()

    def draw(self, painter: Painter, area: pygame.Rect, *, pointer: tuple[int, int]) -> pygame.Rect:
        """Draws the canvas at the upper left of the area; returns what it covers."""
        style = painter.style
        self.place = place = fitted(area, self.height, self.width)
        painter.picture(picture_of(self._ink.ravel(), (1, *self._ink.shape)), place)
        if self.is_empty:
            write(painter, "draw here", place, colour=DARK.faint, anchor="centre")
        is_near = place.collidepoint(pointer)
        painter.box(place.inflate(2, 2), border=style.accent if is_near else style.border, radius=0)
        if is_near:
            radius = max(2, round(self.radius * place.width / self.width))
            pygame.draw.circle(painter.surface, style.accent, pointer, radius, width=1)
        return place

    def handle(self, event: InputEvent) -> bool:
        """Takes what is done on the canvas, and a line that was begun there wherever it goes."""
        if isinstance(event, ButtonPress) and self.place.collidepoint(event.x, event.y):
            if event.button != "middle":
                self._last = self._point(event.x, event.y)
                self.stroke(self._last, self._last, erase=event.button == "right")
            return True
        if isinstance(event, PointerMove) and self._last and event.held & {"left", "right"}:
            begin, self._last = self._last, self._point(event.x, event.y)
            self.stroke(begin, self._last, erase="left" not in event.held)
            return True
        if isinstance(event, ButtonRelease) and self._last:
            self._last = None
            return True
        if isinstance(event, WheelTurn) and self.place.collidepoint(event.x, event.y):
            self.radius = min(max(self.radius * _THICKER**event.notches, _THINNEST), _WIDEST)
            return True
        return False

    def _change(self) -> None:
        self._pixels = None
        self._on_change()

    def _point(self, x: int, y: int) -> Point:
        """Returns where a pixel of the window is on the image; it may be outside."""
        scale = self.width / self.place.width
        return (x + 0.5 - self.place.left) * scale, (y + 0.5 - self.place.top) * scale
