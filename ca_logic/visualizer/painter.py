"""`Painter`: text, boxes and pictures on a pygame surface, in the colours of the window's style.

It needs no window: a surface in memory will do. `Style` is all there is to light and dark.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pygame
from jaxtyping import UInt8

Colour = tuple[int, int, int]
Anchor = Literal["left", "centre", "right"]


@dataclass(frozen=True)
class Style:
    """Colours of everything but cells.

    Attributes:
        name: for people, and in the settings.
        background: behind panels.
        raised: of buttons and fields.
        border: of panels, and lines of grids.
        text: what is to be read.
        faint: what is beside the point.
        accent: what is chosen, or on.
        good: what is right.
        bad: what is wrong.
    """

    name: str
    background: Colour
    raised: Colour
    border: Colour
    text: Colour
    faint: Colour
    accent: Colour
    good: Colour
    bad: Colour


DARK = Style(
    "dark",
    background=(18, 20, 26),
    raised=(38, 42, 52),
    border=(62, 68, 82),
    text=(232, 236, 244),
    faint=(142, 150, 166),
    accent=(86, 180, 255),
    good=(98, 214, 130),
    bad=(255, 110, 104),
)
LIGHT = Style(
    "light",
    background=(247, 248, 250),
    raised=(226, 230, 237),
    border=(188, 194, 206),
    text=(24, 28, 36),
    faint=(104, 112, 128),
    accent=(0, 108, 196),
    good=(16, 132, 60),
    bad=(196, 40, 36),
)

TEXT_SIZE, SMALL_SIZE, TITLE_SIZE = 15, 12, 20
"""Heights of letters in pixels."""


class Painter:
    """Paints on one surface."""

    def __init__(self, surface: pygame.Surface, style: Style) -> None:
        """Paints on this surface in this style."""
        self.surface = surface
        self.style = style

    def box(
        self,
        area: pygame.Rect,
        fill: Colour | None = None,
        *,
        border: Colour | None = None,
        radius: int = 4,
        opacity: int = 255,
    ) -> None:
        """Fills a rectangle, and draws its border."""
        if fill is not None and opacity < 255:
            sheet = pygame.Surface(area.size, pygame.SRCALPHA)
            pygame.draw.rect(sheet, (*fill, opacity), sheet.get_rect(), border_radius=radius)
            self.surface.blit(sheet, area)
        elif fill is not None:
            pygame.draw.rect(self.surface, fill, area, border_radius=radius)
        if border is not None:
            pygame.draw.rect(self.surface, border, area, width=1, border_radius=radius)

    def text(
        self,
        text: str,
        x: int,
        y: int,
        *,
        colour: Colour | None = None,
        size: int = TEXT_SIZE,
        bold: bool = False,
        anchor: Anchor = "left",
        width: int | None = None,
    ) -> pygame.Rect:
        """Writes a line with its upper left, upper middle or upper right point there; what is too wide ends in `…`.

        Returns:
            What it covers.
        """
        if width is not None:
            text = fitting(text, width, size=size, bold=bold)
        drawn = font(size, bold=bold).render(text, True, colour or self.style.text)
        left = x - {"left": 0, "centre": drawn.get_width() // 2, "right": drawn.get_width()}[anchor]
        return self.surface.blit(drawn, (left, y))

    def width_of(self, text: str, *, size: int = TEXT_SIZE, bold: bool = False) -> int:
        """Returns how many pixels a line takes."""
        return font(size, bold=bold).size(text)[0]

    def line(self, colour: Colour, points: Sequence[tuple[float, float]], *, width: int = 1) -> None:
        """Draws a line through points."""
        if len(points) > 1:
            pygame.draw.lines(self.surface, colour, False, list(points), width)

    def picture(self, colours: UInt8[np.ndarray, "rows columns 3"], area: pygame.Rect) -> None:
        """Shows an image, its pixels magnified to fill the rectangle."""
        image = pygame.surfarray.make_surface(np.ascontiguousarray(colours.swapaxes(0, 1)))
        self.surface.blit(pygame.transform.scale(image, area.size), area)


@functools.cache
def font(size: int, *, bold: bool = False) -> pygame.font.Font:
    """Returns pygame's own font, which is there on every machine, with letters about so many pixels high."""
    if not pygame.font.get_init():
        pygame.font.init()
    found = pygame.font.Font(None, round(size * 1.35))
    found.set_bold(bold)
    return found


def fitting(text: str, width: int, *, size: int = TEXT_SIZE, bold: bool = False) -> str:
    """Returns the text, shortened to so many pixels."""
    letters = font(size, bold=bold)
    if letters.size(text)[0] <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if letters.size(text[:middle] + "…")[0] <= width else (low, middle - 1)
    return text[:low] + "…"


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """Returns a colour between two, with this share of the first."""
    red, green, blue = (round(share * one + (1 - share) * other) for one, other in zip(first, second, strict=True))
    return red, green, blue
