"""Tables: sliders that show a sample of the data, or values of the user's own."""

from collections.abc import Callable

import numpy as np
import pygame
from jaxtyping import Float32, UInt8

from ca_logic.runtime.classifier import ClassifierModel
from ca_logic.visualizer.classifying.lettering import legible, write
from ca_logic.visualizer.classifying.samples_loading import KnownSamples
from ca_logic.visualizer.classifying.slider_row import Feature
from ca_logic.visualizer.classifying.sliders import Sliders
from ca_logic.visualizer.classifying.value_range import ranges_of, read_features
from ca_logic.visualizer.classifying.verdict import Verdict, draw_verdict_line
from ca_logic.visualizer.events import InputEvent
from ca_logic.visualizer.painter import SMALL_SIZE, Painter

_LINE, _GAP = 20, 6


class TableView:
    """Shows values that the user sets, or those of a sample.

    Attributes:
        is_own: whether the values are the user's.
    """

    def __init__(self, model: ClassifierModel, *, on_change: Callable[[], None]) -> None:
        """Makes it for any model whose features are no image.

        Args:
            model: says what the columns mean.
            on_change: called when the user has set a value.
        """
        self._model, self._on_change = model, on_change
        self.is_own, self._is_touched = True, False
        kinds = [column.kind for column in model.columns]
        may_lack = [kind == "category" or (kind == "number" and model.missing == "keep") for kind in kinds]
        features = _features(model, None)
        self._all_are_read = all(feature.is_read for feature in features)
        self.sliders = Sliders(features, may_lack, on_change=self._take_over)

    @property
    def row(self) -> Float32[np.ndarray, " features"] | UInt8[np.ndarray, " features"]:
        """The values that are shown."""
        values = self.sliders.values
        return np.rint(values).astype(np.uint8) if self._model.has_only_pixels else values

    @property
    def is_blank(self) -> bool:
        """Never: there are values from the first on."""
        return False

    def show(self, sample: np.ndarray) -> None:
        """Shows the values of a sample."""
        self.is_own = False
        self.sliders.show(sample)

    def welcome(self, known: KnownSamples) -> None:
        """Takes ranges from samples that have been read, and shows the first unless the user has set values."""
        self.sliders.describe(_features(self._model, known))
        if not self._is_touched:
            self.show(known.samples.features[0])

    def draw(self, painter: Painter, area: pygame.Rect, *, verdict: Verdict | None, pointer: tuple[int, int]) -> None:
        """Draws the sliders, above them what they show."""
        style = painter.style
        line = pygame.Rect(area.left, area.top, area.width, _LINE)
        if verdict:
            draw_verdict_line(painter, line, verdict)
        else:
            write(painter, "values of your own", line, colour=style.accent, size=SMALL_SIZE, bold=True)
        foot = 0 if self._all_are_read else _LINE
        body = pygame.Rect(area.left, line.bottom + _GAP, area.width, max(1, area.height - _LINE - _GAP - foot))
        bottom = self.sliders.draw(painter, body, pointer=pointer)
        if foot:
            note = pygame.Rect(area.left, bottom, area.width, _LINE)
            write(painter, "The circuit does not look at the faint ones.", note, colour=style.faint, size=SMALL_SIZE)

    def handle(self, event: InputEvent) -> bool:
        """Takes what is done on the sliders."""
        return self.sliders.handle(event)

    def _take_over(self) -> None:
        self.is_own = self._is_touched = True
        self._on_change()


def _features(model: ClassifierModel, known: KnownSamples | None) -> list[Feature]:
    parts = zip(model.columns, ranges_of(model, known), read_features(model).tolist(), strict=True)
    return [
        Feature(legible(column.name), tuple(map(legible, column.categories)), values, is_read)
        for column, values, is_read in parts
    ]
