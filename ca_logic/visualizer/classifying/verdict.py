"""What a classifier made of a sample whose class is known, in words and colours."""

from dataclasses import dataclass

import pygame

from ca_logic.visualizer.classifying.lettering import write
from ca_logic.visualizer.painter import SMALL_SIZE, TEXT_SIZE, Colour, Painter, Style

_LINE, _GAP = 18, 6


@dataclass(frozen=True)
class Verdict:
    """A sample, what it is, and what it is taken for.

    Attributes:
        sample: which one it is of how many, for people.
        source: of which data.
        truth: the name of its class.
        prediction: the name of the class that it is taken for.
    """

    sample: str
    source: str
    truth: str
    prediction: str

    @property
    def is_right(self) -> bool:
        """Whether the prediction is the truth."""
        return self.truth == self.prediction

    def colour(self, style: Style) -> Colour:
        """Returns what marks it."""
        return style.good if self.is_right else style.bad


def draw_verdict(painter: Painter, area: pygame.Rect, verdict: Verdict) -> None:
    """Writes a verdict into a column."""
    style = painter.style
    colour = verdict.colour(style)
    line = pygame.Rect(area.left, area.top, area.width, _LINE)
    for text in (verdict.sample, verdict.source):
        write(painter, text, line, colour=style.faint, size=SMALL_SIZE)
        line.top += _LINE
    for caption, name, letters in (
        ("true class", verdict.truth, style.text),
        ("predicted", verdict.prediction, colour),
    ):
        line.top += _GAP
        write(painter, caption, line, colour=style.faint, size=SMALL_SIZE)
        write(painter, name, line.move(0, _LINE), colour=letters, size=TEXT_SIZE, bold=True)
        line.top += 2 * _LINE


def draw_verdict_line(painter: Painter, area: pygame.Rect, verdict: Verdict) -> None:
    """Writes a verdict into one line, without its source where that is too long."""
    said = f"{verdict.truth}, predicted {verdict.prediction}"
    text = f"sample {verdict.sample}, {verdict.source}: {said}"
    if painter.width_of(text, size=SMALL_SIZE, bold=True) > area.width:
        text = f"{verdict.sample}: {said}"
    write(painter, text, area, colour=verdict.colour(painter.style), size=SMALL_SIZE, bold=True)
