"""The status bar: what runs, how it goes, and what the mouse is on."""

from dataclasses import dataclass

import pygame

from ca_logic.visualizer.painter import TEXT_SIZE, Painter

HEIGHT = 46
_PADDING, _GAP = 10, 18


@dataclass(frozen=True)
class Status:
    """What the bar says.

    Attributes:
        rule: its title and rulestring.
        engine: what runs it, such as `22 gates, compiled`.
        generation: of the board.
        population: cells that are not dead.
        changes: births and deaths of a generation; None if they are not known.
        speed: how fast it is to run.
        cells_per_second: how fast it runs; 0 if it stands.
        frames_per_second: of the window.
        scale: of the camera.
        board: its size and topology.
        mode: what the mouse does.
        cell: where the mouse is and what is there; empty outside.
        is_running: whether generations follow by themselves.
    """

    rule: str
    engine: str
    generation: int
    population: int
    changes: tuple[int, int] | None
    speed: str
    cells_per_second: float
    frames_per_second: float
    scale: str
    board: str
    mode: str
    cell: str
    is_running: bool


def draw_status_bar(painter: Painter, area: pygame.Rect, status: Status) -> None:
    """Draws two lines; what there is no room for is left out, from the right."""
    style = painter.style
    painter.box(area, style.background, radius=0)
    painter.line(style.border, [area.topleft, area.topright])
    changes = "" if status.changes is None else f"+{status.changes[0]:,} -{status.changes[1]:,}"
    state = "running" if status.is_running else "paused"
    rate = rate_text(status.cells_per_second) if status.is_running else ""
    first = (
        (f"generation {status.generation:,}", style.text),
        (f"population {status.population:,}", style.text),
        (changes, style.faint),
        (state, style.good if status.is_running else style.faint),
        (status.speed, style.text),
        (rate, style.accent),
        (f"{status.frames_per_second:.0f} frames/s", style.faint),
    )
    second = (
        (status.rule, style.accent),
        (status.engine, style.faint),
        (status.board, style.faint),
        (f"scale {status.scale}", style.faint),
        (status.mode, style.faint),
        (status.cell, style.text),
    )
    for number, parts in enumerate((first, second)):
        x, y = area.x + _PADDING, area.y + 5 + number * (TEXT_SIZE + 5)
        for text, colour in parts:
            room = area.right - _PADDING - x
            if text and room > 2 * TEXT_SIZE:
                x = painter.text(text, x, y, colour=colour, width=room).right + _GAP


def rate_text(cells_per_second: float) -> str:
    """Returns a speed in cells a second, with three digits and a prefix."""
    for factor, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if cells_per_second >= factor:
            return f"{cells_per_second / factor:.3g} {prefix}cells/s"
    return f"{cells_per_second:.0f} cells/s"
