"""Pictures of gates, inputs and outputs in any size, with smooth edges.

They are drawn several times as large and shrunk, once for each size and colour.
"""

import functools
import math
from typing import NamedTuple

import pygame

from ca_logic.visualizer.circuit_view.gate_symbols import GateSymbol
from ca_logic.visualizer.circuit_view.placement import PINS
from ca_logic.visualizer.painter import Colour, font

GATE_HEIGHT = 0.8
"""In rows."""

_TIMES = 4
_BUBBLE = 0.13
"""The radius of a circle, in heights of a gate."""

_CELLS_ACROSS = 3
_LABEL, _SMALLEST_LABEL = 0.5, 8
"""The height of letters, in heights of a gate, and at least in pixels."""


class Ink(NamedTuple):
    """The colours of a picture."""

    fill: Colour
    line: Colour
    label: Colour
    ground: Colour


@functools.lru_cache(maxsize=512)
def gate_picture(symbol: GateSymbol, width: int, height: int, ink: Ink) -> pygame.Surface:
    """Returns a gate in so many pixels, with room for circles on both sides."""
    sheet, pen = _sheet(width, height, ink)
    across, down = sheet.get_size()
    radius = max(_BUBBLE * down, 1.2 * pen)
    left, right = min(2 * radius, across / 4), across - min(2 * radius, across / 4)
    top, bottom = pen / 2, down - pen / 2
    if symbol.body == "inverter":
        _circle(sheet, across / 2, down / 2, max(radius * 1.6, pen * 1.5), pen, ink)
    elif symbol.body == "buffer":
        middle = down / 2
        _shape(sheet, [(left, middle - down / 4), (right, middle), (left, middle + down / 4)], pen, ink)
    elif symbol.body == "and":
        _shape(sheet, _and_outline(left, right, top, bottom), pen, ink)
    elif symbol.body == "box":
        box = pygame.Rect(round(left / 2), round(top), round(across - left), round(bottom - top))
        pygame.draw.rect(sheet, ink.fill, box, border_radius=round(down / 8))
        pygame.draw.rect(sheet, ink.line, box, round(pen), border_radius=round(down / 8))
    else:
        _shape(sheet, _or_outline(left, right, top, bottom), pen, ink)
        if symbol.body == "xor":
            _curve(sheet, _back(left - 2.2 * pen, top, bottom), pen, ink)
    for position in symbol.inverted_inputs:
        pin = PINS[symbol.num_inputs][position] / GATE_HEIGHT
        _circle(sheet, left - radius + 0.6 * pen, down * (0.5 + pin), radius, pen, ink)
    if symbol.inverted_output:
        _circle(sheet, right + radius - 0.6 * pen, down / 2, radius, pen, ink)
    picture = pygame.transform.smoothscale(sheet, (width, height))
    size = min(_LABEL * height, width / 2.4)
    if symbol.label and size >= _SMALLEST_LABEL:
        _write(picture, symbol.label, size, ink.label)
    return picture


@functools.lru_cache(maxsize=256)
def cell_picture(cell: int, size: int, ink: Ink) -> pygame.Surface:
    """Returns the neighbourhood of 3x3 cells with one of them, counted row by row, marked."""
    sheet, pen = _sheet(size, size, ink)
    side = sheet.get_width()
    pitch = (side - pen) / _CELLS_ACROSS
    for number in range(_CELLS_ACROSS**2):
        row, column = divmod(number, _CELLS_ACROSS)
        box = pygame.Rect(round(column * pitch), round(row * pitch), round(pitch + pen), round(pitch + pen))
        pygame.draw.rect(sheet, ink.line if number == cell else ink.ground, box)
        pygame.draw.rect(sheet, ink.line, box, round(pen))
    return pygame.transform.smoothscale(sheet, (size, size))


@functools.lru_cache(maxsize=64)
def bit_picture(size: int, ink: Ink, *, is_round: bool) -> pygame.Surface:
    """Returns a box for an input that is no cell, or a round one."""
    sheet, pen = _sheet(size, size, ink)
    box = sheet.get_rect()
    radius = box.width // 2 if is_round else box.width // 6
    pygame.draw.rect(sheet, ink.fill, box, border_radius=radius)
    pygame.draw.rect(sheet, ink.line, box, round(pen), border_radius=radius)
    return pygame.transform.smoothscale(sheet, (size, size))


_Point = tuple[float, float]


def _sheet(width: int, height: int, ink: Ink) -> tuple[pygame.Surface, float]:
    """Returns a large transparent surface, and how thick lines are on it."""
    sheet = pygame.Surface((width * _TIMES, height * _TIMES), pygame.SRCALPHA)
    # Shrinking mixes colours with those of transparent pixels.
    sheet.fill((*ink.line, 0))
    return sheet, _TIMES * max(1.0, min(2.0, height / 18))


def _and_outline(left: float, right: float, top: float, bottom: float) -> list[_Point]:
    radius, middle = (bottom - top) / 2, (top + bottom) / 2
    reach = min(radius, (right - left) * 0.6)
    angles = [math.pi * (step / 24 - 0.5) for step in range(25)]
    arc = [(right - reach + reach * math.cos(angle), middle + radius * math.sin(angle)) for angle in angles]
    return [(left, top), *arc, (left, bottom)]


def _or_outline(left: float, right: float, top: float, bottom: float) -> list[_Point]:
    middle, steps = (top + bottom) / 2, [step / 16 for step in range(17)]
    # Two arcs that meet at the tip, each a quadratic curve that begins level.
    knee = left + (right - left) * 0.62
    upper = [_bend((left, top), (knee, top), (right, middle), step) for step in steps]
    lower = [_bend((left, bottom), (knee, bottom), (right, middle), step) for step in reversed(steps)]
    return [*upper, *lower, *reversed(_back(left, top, bottom))]


def _back(left: float, top: float, bottom: float) -> list[_Point]:
    belly = left + (bottom - top) * 0.36
    return [_bend((left, top), (belly, (top + bottom) / 2), (left, bottom), step / 16) for step in range(17)]


def _bend(start: _Point, control: _Point, end: _Point, step: float) -> _Point:
    x, y = (
        (1 - step) ** 2 * a + 2 * step * (1 - step) * b + step**2 * c
        for a, b, c in zip(start, control, end, strict=True)
    )
    return x, y


def _shape(sheet: pygame.Surface, outline: list[_Point], pen: float, ink: Ink) -> None:
    pygame.draw.polygon(sheet, ink.fill, outline)
    _curve(sheet, [*outline, outline[0]], pen, ink)


def _curve(sheet: pygame.Surface, points: list[_Point], pen: float, ink: Ink) -> None:
    """Draws a thick line with round corners."""
    pygame.draw.lines(sheet, ink.line, False, points, round(pen))
    for point in points:
        pygame.draw.circle(sheet, ink.line, point, pen / 2)


def _circle(sheet: pygame.Surface, x: float, y: float, radius: float, pen: float, ink: Ink) -> None:
    pygame.draw.circle(sheet, ink.line, (x, y), radius)
    pygame.draw.circle(sheet, ink.fill, (x, y), max(0.0, radius - pen))


def _write(picture: pygame.Surface, label: str, size: float, colour: Colour) -> None:
    drawn = font(round(size)).render(label, True, colour)
    picture.blit(drawn, drawn.get_rect(center=picture.get_rect().center))
