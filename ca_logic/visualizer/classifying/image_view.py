"""Images: a pad to draw on, or a sample of the data, with what the classifier reads or says beside it."""

from collections.abc import Callable

import numpy as np
import pygame
from jaxtyping import UInt8

from ca_logic.runtime.classifier import ClassifierModel
from ca_logic.visualizer.classifying.button_row import Button, ButtonRow
from ca_logic.visualizer.classifying.drawing_pad import DrawingPad
from ca_logic.visualizer.classifying.lettering import lines_of, write
from ca_logic.visualizer.classifying.pixels import fitted, picture_of
from ca_logic.visualizer.classifying.samples_loading import KnownSamples
from ca_logic.visualizer.classifying.verdict import Verdict, draw_verdict
from ca_logic.visualizer.events import ButtonPress, InputEvent, KeyPress
from ca_logic.visualizer.painter import SMALL_SIZE, Painter

_BOXES = {"mnist": 20, "mnist20x20": 20}
"""The data sets whose images are centred, and into what they are scaled."""

_BOX_SHARE = 5 / 7
"""Of the smaller side of other images, where centring is asked for."""

_BAR, _GAP, _LINE = 26, 10, 16
_ASIDE_SHARE, _NARROWEST_ASIDE, _WIDEST_ASIDE = 0.26, 84, 220
_HINTS = "left button draws, right button erases, wheel changes the brush"


class ImageView:
    """Shows what the user draws, or a sample.

    Attributes:
        is_own: whether it is the drawing that is shown; never for images with colours.
    """

    def __init__(self, model: ClassifierModel, *, on_change: Callable[[], None]) -> None:
        """Makes it for a model of images.

        Args:
            model: says how large images are, and what they are of.
            on_change: called when another row may be shown.
        """
        self.shape = model.image_shape or (1, 1, len(model.columns))
        channels, height, width = self.shape
        self._on_change = on_change
        self._can_draw = self.is_own = channels == 1
        box = min(_BOXES.get(model.data_set, max(1, round(min(height, width) * _BOX_SHARE))), height, width)
        is_centred = model.data_set in _BOXES
        self.pad = DrawingPad(height, width, box=box, is_centred=is_centred, on_change=on_change)
        self._sample: UInt8[np.ndarray, " features"] | None = None
        self._buttons = ButtonRow()

    @property
    def row(self) -> UInt8[np.ndarray, " features"] | None:
        """The features of what is shown; None where there is nothing."""
        return self.pad.pixels.ravel() if self.is_own else self._sample

    @property
    def is_blank(self) -> bool:
        """Whether it is an empty drawing that is shown."""
        return self.is_own and self.pad.is_empty

    def show(self, sample: np.ndarray) -> None:
        """Shows the features of a sample."""
        self._sample, self.is_own = sample, False

    def welcome(self, known: KnownSamples) -> None:
        """Takes the first of samples that have been read; a drawing goes on being shown."""
        self._sample = known.samples.features[0]

    def draw(self, painter: Painter, area: pygame.Rect, *, verdict: Verdict | None, pointer: tuple[int, int]) -> None:
        """Draws the pad, or the sample with its verdict."""
        # A border is drawn around what is shown.
        body = area.inflate(-6, -6)
        if self._can_draw:
            bar = pygame.Rect(area.left, area.top, area.width, _BAR)
            self._buttons.draw(painter, bar, self._choices(), pointer=pointer)
            body = pygame.Rect(body.left, bar.bottom + _GAP, body.width, max(1, body.bottom - bar.bottom - _GAP))
        aside_width = min(max(int(body.width * _ASIDE_SHARE), _NARROWEST_ASIDE), _WIDEST_ASIDE)
        large = pygame.Rect(body.left, body.top, max(1, body.width - aside_width - _GAP), body.height)
        if self.is_own:
            place = self.pad.draw(painter, large, pointer=pointer)
        else:
            place = fitted(large, *self.shape[1:])
            self._draw_sample(painter, place, verdict)
        aside = pygame.Rect(place.right + _GAP + 3, body.top, body.right - place.right - _GAP, body.height)
        if self.is_own:
            self._draw_read(painter, aside)
        elif verdict:
            draw_verdict(painter, aside, verdict)

    def handle(self, event: InputEvent) -> bool:
        """Takes buttons, what is done on the pad while it is shown, and the keys `c` and `tab`."""
        if isinstance(event, KeyPress):
            action = {"c": self._clear, "tab": self._toggle}.get(event.key) if self._can_draw else None
            if action:
                action()
            return action is not None
        if isinstance(event, ButtonPress) and event.button == "left" and self._buttons.press(event.x, event.y):
            return True
        return self.is_own and self.pad.handle(event)

    def _choices(self) -> list[Button]:
        tabs = [Button("Draw", self._toggle, "tab" if not self.is_own else "", is_on=self.is_own)]
        if self._sample is not None:
            tabs.append(Button("Samples", self._toggle, "tab" if self.is_own else "", is_on=not self.is_own))
        if self.is_own:
            tabs.append(Button("Clear", self._clear, "c"))
            tabs.append(Button("Centred", self.pad.toggle_centring, is_on=self.pad.is_centred))
        return tabs

    def _draw_sample(self, painter: Painter, place: pygame.Rect, verdict: Verdict | None) -> None:
        if self._sample is None:
            painter.box(place, border=painter.style.border, radius=0)
            write(painter, "no sample to show", place, colour=painter.style.faint, anchor="centre")
            return
        painter.picture(picture_of(self._sample, self.shape), place)
        colour = verdict.colour(painter.style) if verdict else painter.style.border
        for distance in (4, 6):
            painter.box(place.inflate(distance, distance), border=colour, radius=0)

    def _draw_read(self, painter: Painter, aside: pygame.Rect) -> None:
        """Shows what the classifier reads of the drawing, and what to do with the mouse."""
        style = painter.style
        line = pygame.Rect(aside.left, aside.top, aside.width, _LINE)
        write(painter, "what is read", line, colour=style.faint, size=SMALL_SIZE)
        below = pygame.Rect(aside.left, line.bottom + 4, aside.width, max(1, aside.height - _LINE - 4))
        place = fitted(below, *self.shape[1:])
        painter.picture(picture_of(self.pad.pixels.ravel(), self.shape), place)
        painter.box(place.inflate(2, 2), border=style.border, radius=0)
        line.top = place.bottom + _GAP
        for text in lines_of(painter, _HINTS, aside.width, size=SMALL_SIZE):
            if line.bottom > aside.bottom:
                return
            write(painter, text, line, colour=style.faint, size=SMALL_SIZE)
            line.top += _LINE

    def _clear(self) -> None:
        self.is_own = True
        self.pad.clear()

    def _toggle(self) -> None:
        if self._sample is not None:
            self.is_own = not self.is_own
            self._on_change()
