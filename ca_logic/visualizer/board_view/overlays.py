"""What is drawn over the cells: lines between them, the edge of the board, the selection, and what is being pasted."""

import numpy as np
import pygame
from jaxtyping import UInt8

from ca_logic.visualizer.board_view.camera import Camera
from ca_logic.visualizer.board_view.themes import Theme
from ca_logic.visualizer.painter import TEXT_SIZE, Colour, Painter, mixed

LEAST_ZOOM = 6
"""Pixels of a cell from which on lines between cells help more than they hide."""

_BOLD_EVERY = 10
_SELECTED: Colour = (64, 200, 110)
_PASTED: Colour = (255, 170, 60)
_MOST_PIXELS, _MOST_PASTED = 1 << 22, 1 << 18
"""Of more than that only the outline is shown."""


def draw_lines(surface: pygame.Surface, camera: Camera, board: pygame.Rect, theme: Theme) -> None:
    """Draws lines between the cells of the board, every tenth stronger; further away than they help, none.

    Args:
        surface: shows the board, and nothing else.
        camera: which part of it.
        board: all of its cells.
        theme: of the cells.
    """
    if camera.zoom < LEAST_ZOOM:
        return
    seen = camera.area_of(board).clip(surface.get_rect())
    if not seen.width or not seen.height:
        return
    left, top = camera.cell_at(*seen.topleft)
    right, bottom = camera.cell_at(seen.right - 1, seen.bottom - 1)
    for is_bold in (False, True):
        colour = mixed(theme.live, theme.dead, 0.3 if is_bold else 0.13)
        for x in range(left, right + 2):
            if (x % _BOLD_EVERY == 0) == is_bold:
                across = camera.viewport.pixel_at(x, 0)[0]
                pygame.draw.line(surface, colour, (across, seen.top), (across, seen.bottom - 1))
        for y in range(top, bottom + 2):
            if (y % _BOLD_EVERY == 0) == is_bold:
                down = camera.viewport.pixel_at(0, y)[1]
                pygame.draw.line(surface, colour, (seen.left, down), (seen.right - 1, down))


def draw_edge(surface: pygame.Surface, camera: Camera, board: pygame.Rect, colour: Colour) -> None:
    """Draws a line around the board."""
    pygame.draw.rect(surface, colour, camera.area_of(board).inflate(2, 2), width=1)


def draw_selection(painter: Painter, camera: Camera, cells: pygame.Rect, *, label: str = "") -> None:
    """Tints the selected cells, and says beside them how many there are."""
    area = camera.area_of(cells)
    seen = area.clip(painter.surface.get_rect())
    if not seen.width or not seen.height:
        return
    painter.box(seen, _SELECTED, radius=0, opacity=60)
    pygame.draw.rect(painter.surface, _SELECTED, area, width=1)
    if label:
        _draw_label(painter, area, label, _SELECTED)


def draw_pasted(
    painter: Painter, camera: Camera, states: UInt8[np.ndarray, "height width"], x: int, y: int, *, label: str
) -> None:
    """Shows what is to be pasted where it would go, half seen through."""
    height, width = states.shape
    area = camera.area_of(pygame.Rect(x, y, width, height))
    seen = area.clip(painter.surface.get_rect())
    if seen.width and seen.height and area.width * area.height <= _MOST_PIXELS and states.size <= _MOST_PASTED:
        sheet = np.zeros((width, height, 4), np.uint8)
        sheet[states.T > 0] = (*_PASTED, 190)
        small = pygame.image.frombuffer(np.ascontiguousarray(sheet.swapaxes(0, 1)).tobytes(), (width, height), "RGBA")
        painter.surface.blit(pygame.transform.scale(small, area.size), area)
    pygame.draw.rect(painter.surface, _PASTED, area, width=1)
    _draw_label(painter, area, label, _PASTED)


def _draw_label(painter: Painter, area: pygame.Rect, label: str, colour: Colour) -> None:
    bounds = painter.surface.get_rect()
    y = area.bottom + 4 if area.bottom + 20 < bounds.bottom else max(2, area.top - 18)
    x = max(2, min(area.left, bounds.right - painter.width_of(label) - 4))
    behind = pygame.Rect(x - 4, y - 2, painter.width_of(label) + 8, TEXT_SIZE + 4)
    painter.box(behind, painter.style.background, opacity=200)
    painter.text(label, x, y, colour=colour)
