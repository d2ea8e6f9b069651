"""The upper line of the panel: what is at work, and how fast."""

import math

import pygame

from ca_logic.runtime.classifier import Classifier
from ca_logic.visualizer.classifying.lettering import legible, write
from ca_logic.visualizer.classifying.live_scores import LiveScores
from ca_logic.visualizer.classifying.speed_meter import shown_rate
from ca_logic.visualizer.painter import SMALL_SIZE, TEXT_SIZE, TITLE_SIZE, Painter

_GAP = 12
_WIDE = 900
"""From this width on there is room for what a single prediction takes."""


def draw_header(painter: Painter, area: pygame.Rect, classifier: Classifier, live: LiveScores, warning: str) -> None:
    """Draws the name, the size and the engine at the left, or a warning instead, and the speed at the right."""
    style = painter.style
    speed = _speed(live, is_wide=area.width >= _WIDE)
    speed_width = painter.width_of(speed, size=TEXT_SIZE, bold=True)
    write(painter, speed, area, colour=style.accent, bold=True, anchor="right")
    name = legible(classifier.name)
    name_width = min(painter.width_of(name, size=TITLE_SIZE, bold=True), (area.width - speed_width) // 2)
    write(painter, name, pygame.Rect(area.topleft, (name_width, area.height)), size=TITLE_SIZE, bold=True)
    left = area.left + name_width + _GAP
    rest = pygame.Rect(left, area.top + 2, max(0, area.right - speed_width - _GAP - left), area.height)
    # Which compiler it was is in parentheses.
    engine = classifier.runner.description.partition(" (")[0]
    num_gates = classifier.model.head.circuit.num_gates
    details = f"{num_gates:,} {'gate' if num_gates == 1 else 'gates'}, {engine}"
    write(painter, warning or details, rest, colour=style.bad if warning else style.faint, size=SMALL_SIZE)


def _speed(live: LiveScores, *, is_wide: bool) -> str:
    rate = f"{shown_rate(live.meter.rate)} predictions/s" if live.meter.total else ""
    milliseconds = live.seconds_for_one * 1e3
    one = "" if math.isnan(milliseconds) else f"one in {milliseconds:.2f} ms"
    return f"{one}   {rate}".strip() if is_wide else rate or one
