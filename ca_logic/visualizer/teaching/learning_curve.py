"""A curve over training steps, on a scale on which both hundreds and the last few are seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pygame

from ca_logic.visualizer.painter import SMALL_SIZE, Colour, Painter

_HEADING_HEIGHT, _GUTTER = 18, 32
_LEAST_STEPS = 40
_LEAST_BETWEEN_TICKS = 13
_LEAST_LOSS, _MOST_LOSS = 1e-12, 1e12


@dataclass(frozen=True)
class Scale:
    """Which values are at the bottom and at the top, and which are named; all logarithmic.

    Attributes:
        bottom: logarithm of the value at the bottom.
        top: logarithm of the value at the top.
        offset: what is added to a value first; 1 where 0 is a value.
        ticks: the values that are named.
    """

    bottom: float
    top: float
    offset: float
    ticks: tuple[float, ...]

    def height_of(self, value: float) -> float:
        """Returns how high a value is, from 0 to 1; what is beyond, or no number, is at the nearer end."""
        if not value + self.offset > 0:
            return 0.0
        share = (math.log10(min(value + self.offset, 1e300)) - self.bottom) / (self.top - self.bottom)
        return min(1.0, max(0.0, share))


def scale_of_counts(most: int) -> Scale:
    """Returns a scale from 0 to a number of rows."""
    most = max(1, most)
    powers = tuple(float(10**power) for power in range(len(str(most))) if 10**power < most)
    return Scale(0.0, math.log10(most + 1), 1.0, (0.0, *powers, float(most)))


def scale_of_losses(losses: Sequence[float]) -> Scale:
    """Returns a scale of whole powers of ten around all losses that are not beyond any sense."""
    logarithms = [math.log10(loss) for loss in losses if _LEAST_LOSS <= loss <= _MOST_LOSS] or [0.0]
    bottom, top = math.floor(min(logarithms)), math.ceil(max(logarithms))
    top = max(top, bottom + 1)
    return Scale(bottom, top, 0.0, tuple(10.0**power for power in range(bottom, top + 1)))


def draw_curve(
    painter: Painter,
    area: pygame.Rect,
    *,
    name: str,
    value: str,
    colour: Colour,
    points: Sequence[tuple[int, float]],
    scale: Scale,
    starts: Sequence[int] = (),
) -> None:
    """Draws values over steps, with its name and the value that it has now.

    Args:
        painter: paints it.
        area: all that it takes.
        name: of the curve.
        value: what it has come to.
        colour: of the curve.
        points: steps and values.
        scale: of the values.
        starts: steps at which something began anew.
    """
    style = painter.style
    shown = painter.text(value, area.right, area.top, size=SMALL_SIZE, bold=True, anchor="right")
    painter.text(name, area.left, area.top, size=SMALL_SIZE, colour=style.faint, width=shown.left - area.left - 6)
    plot = pygame.Rect(area.left + _GUTTER, area.top + _HEADING_HEIGHT, 0, 0)
    plot.size = (area.right - plot.left, area.bottom - plot.top)
    if plot.width < 20 or plot.height < 20:
        return
    painter.box(plot, border=style.border, radius=2)
    inner = plot.inflate(-2, -6)
    _draw_ticks(painter, plot, inner, scale)
    last = max(_LEAST_STEPS, points[-1][0] if points else 0)
    for start in starts:
        x = inner.left + start / last * inner.width
        painter.line(style.border, [(x, plot.top), (x, plot.bottom - 1)])
    for first, end in pairwise((0, *starts, math.inf)):
        places = [
            (inner.left + step / last * (inner.width - 1), inner.bottom - scale.height_of(height) * inner.height)
            for step, height in points
            if first < step <= end
        ]
        painter.line(colour, places, width=2)


def _draw_ticks(painter: Painter, plot: pygame.Rect, inner: pygame.Rect, scale: Scale) -> None:
    """Draws lines at the values that are named; names that would be too near another one are left out."""
    style = painter.style
    taken: list[float] = []
    # The ends come first.
    for tick in (scale.ticks[0], scale.ticks[-1], *reversed(scale.ticks[1:-1])):
        y = inner.bottom - scale.height_of(tick) * inner.height
        if any(abs(y - other) < _LEAST_BETWEEN_TICKS for other in taken):
            continue
        taken.append(y)
        painter.line(style.border, [(plot.left, y), (plot.right - 1, y)])
        text = f"{tick:g}" if 1e-3 <= tick < 1e4 or not tick else f"{tick:.0e}"
        top = round(min(max(y - SMALL_SIZE / 2, plot.top - 2), plot.bottom - SMALL_SIZE))
        painter.text(text, plot.left - 4, top, size=SMALL_SIZE, colour=style.faint, anchor="right")
