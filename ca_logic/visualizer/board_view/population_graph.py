"""`PopulationGraph`: how the population went, over all generations since the start, in a few hundred points."""

import numpy as np
import pygame

from ca_logic.visualizer.painter import SMALL_SIZE, Painter

_MOST_POINTS = 1024


class PopulationGraph:
    """Points that become sparser the longer it runs, so that memory stays what it is."""

    def __init__(self) -> None:
        """Has no points yet."""
        self._generations: list[int] = []
        self._populations: list[int] = []
        self._least_distance = 1

    @property
    def num_points(self) -> int:
        """How many points there are."""
        return len(self._generations)

    def add(self, generation: int, population: int) -> None:
        """Takes a point; those of later generations go, as after a step back."""
        while self._generations and self._generations[-1] >= generation:
            self._generations.pop()
            self._populations.pop()
        if self._generations and generation - self._generations[-1] < self._least_distance:
            return
        self._generations.append(generation)
        self._populations.append(population)
        if len(self._generations) > _MOST_POINTS:
            del self._generations[1::2], self._populations[1::2]
            self._least_distance *= 2

    def clear(self) -> None:
        """Forgets all points."""
        self._generations.clear()
        self._populations.clear()
        self._least_distance = 1

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Draws itself into the area, with the largest population and the range of generations."""
        style = painter.style
        painter.box(area, style.background, border=style.border, opacity=225)
        inner = area.inflate(-16, -36)
        painter.text("population", area.x + 8, area.y + 5, colour=style.faint, size=SMALL_SIZE)
        if len(self._generations) < 2 or inner.width < 20 or inner.height < 10:
            return
        generations = np.array(self._generations, float)
        populations = np.array(self._populations, float)
        most = max(populations.max(), 1)
        across = inner.x + (generations - generations[0]) / (generations[-1] - generations[0]) * inner.width
        down = inner.bottom - populations / most * inner.height
        painter.line(style.accent, list(zip(across.tolist(), down.tolist(), strict=True)))
        painter.text(f"{most:,.0f}", area.right - 8, area.y + 5, colour=style.faint, size=SMALL_SIZE, anchor="right")
        bottom = area.bottom - SMALL_SIZE - 4
        painter.text(f"{self._generations[0]:,}", area.x + 8, bottom, colour=style.faint, size=SMALL_SIZE)
        last = f"{self._generations[-1]:,}"
        painter.text(last, area.right - 8, bottom, colour=style.faint, size=SMALL_SIZE, anchor="right")
