"""Themes: which colours cells have, as palettes for images of 8 bits a pixel.

A theme colours states, or how long a cell has been alive or dead; zoomed out, it shades by density.
"""

import functools
from dataclasses import dataclass

import numpy as np

from ca_logic.backend.view import BORN, DIED, FULL_DENSITY, OLDEST, OUTSIDE, Palette
from ca_logic.visualizer.painter import Colour, Style


@dataclass(frozen=True)
class Theme:
    """Colours of cells.

    Attributes:
        name: for people, and in the settings.
        dead: of cells that have been dead for long.
        live: of state 1, or of cells just born.
        last: of the last state, or of the oldest cells.
        trail: of cells just dead, from where it fades to `dead`; None if colours are those of states.
        is_light: whether it goes with a light window.
    """

    name: str
    dead: Colour
    live: Colour
    last: Colour
    trail: Colour | None = None
    is_light: bool = False

    @property
    def shows_ages(self) -> bool:
        """Whether colours are those of ages, not of states."""
        return self.trail is not None

    def inverted(self) -> "Theme":
        """Returns the theme in the complements of its colours, for a window that is light instead of dark."""
        dead, live, last = map(_complement, (self.dead, self.live, self.last))
        trail = None if self.trail is None else _complement(self.trail)
        return Theme(self.name, dead, live, last, trail, not self.is_light)


THEMES = (
    Theme("night", dead=(10, 12, 18), live=(238, 242, 255), last=(80, 110, 200)),
    Theme("age", dead=(8, 10, 16), live=(255, 255, 200), last=(40, 90, 255), trail=(54, 22, 44)),
    Theme("embers", dead=(12, 6, 6), live=(255, 238, 170), last=(200, 40, 10), trail=(62, 24, 14)),
    Theme("forest", dead=(8, 18, 12), live=(224, 255, 170), last=(24, 130, 80), trail=(20, 60, 48)),
    Theme("paper", dead=(252, 251, 247), live=(22, 24, 30), last=(120, 130, 170), is_light=True),
    Theme("ink", dead=(250, 250, 246), live=(196, 30, 50), last=(16, 22, 60), trail=(206, 214, 232), is_light=True),
)


@dataclass(frozen=True, eq=False)
class Palettes:
    """A theme as colours 0xRRGGBB by the values of pixels: states, densities, ages."""

    states: Palette
    density: Palette
    ages: Palette


@functools.lru_cache(maxsize=32)
def palettes_of(theme: Theme, style: Style, num_states: int) -> Palettes:
    """Returns the palettes of a theme for rules of so many states; beyond the board is the style's background."""
    outside = _packed(np.array([style.background]))[0]
    states = np.full(256, outside, np.uint32)
    states[0] = _packed(np.array([theme.dead]))[0]
    states[1:num_states] = _packed(_blend(theme.live, theme.last, num_states - 1))
    density = np.full(256, outside, np.uint32)
    # A single cell among thousands is to be seen, too.
    shares = (np.arange(1, FULL_DENSITY + 1) / FULL_DENSITY) ** 0.5
    density[0] = states[0]
    density[1 : FULL_DENSITY + 1] = _packed(_mix(theme.dead, theme.live, 0.25 + 0.75 * shares))
    ages = np.full(256, outside, np.uint32)
    ages[0] = states[0]
    ages[1 : DIED + 1] = _packed(_blend(theme.dead, theme.trail or theme.dead, DIED))
    ages[BORN : OLDEST + 1] = _packed(_blend(theme.live, theme.last, OLDEST + 1 - BORN, 0.45))
    assert OUTSIDE == 255
    return Palettes(states, density, ages)


def _complement(colour: Colour) -> Colour:
    red, green, blue = colour
    return 255 - red, 255 - green, 255 - blue


def _blend(first: Colour, last: Colour, count: int, power: float = 1.0) -> np.ndarray:
    """Returns so many colours from one to another; below 1 the power makes the first ones change faster."""
    return _mix(first, last, np.linspace(0, 1, count) ** power)


def _mix(first: Colour, last: Colour, shares: np.ndarray) -> np.ndarray:
    mixed: np.ndarray = np.outer(1 - shares, first) + np.outer(shares, last)
    return mixed


def _packed(colours: np.ndarray) -> np.ndarray:
    """Returns rows of red, green and blue as 0xRRGGBB."""
    packed: np.ndarray = np.round(colours).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    return packed
