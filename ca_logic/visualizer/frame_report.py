"""What `play --benchmark` tells: how long frames took, and how fast the board stepped meanwhile."""

from dataclasses import dataclass

import numpy as np

from ca_logic.visualizer.app import FrameTimes

_FRAMES_LEFT_OUT = 10
"""The first ones, in which caches fill."""


@dataclass(frozen=True)
class FrameReport:
    """Figures of one run; times in milliseconds.

    Attributes:
        frames: how many were shown.
        frames_per_second: of those.
        median: of the work for a frame.
        percentile_99: of the work for a frame.
        longest: work for a frame.
        median_distance: from one frame to the next.
        percentile_99_distance: from one frame to the next.
        generations: that the board advanced.
        generations_per_second: of the board.
        cells_per_second: of the board.
    """

    frames: int
    frames_per_second: float
    median: float
    percentile_99: float
    longest: float
    median_distance: float
    percentile_99_distance: float
    generations: int
    generations_per_second: float
    cells_per_second: float


def report_frames(times: FrameTimes, *, generations: int, cells: int) -> FrameReport:
    """Returns the figures of a run of at least a dozen frames on a board of so many cells."""
    shown = np.array(times.shown)
    work = 1e3 * np.array(times.work)[_FRAMES_LEFT_OUT:]
    distances = 1e3 * np.diff(shown)[_FRAMES_LEFT_OUT:]
    seconds = shown[-1] - shown[0]
    rate = generations / seconds
    return FrameReport(
        frames=len(shown),
        frames_per_second=(len(shown) - 1) / seconds,
        median=float(np.median(work)),
        percentile_99=float(np.percentile(work, 99)),
        longest=float(work.max()),
        median_distance=float(np.median(distances)),
        percentile_99_distance=float(np.percentile(distances, 99)),
        generations=generations,
        generations_per_second=rate,
        cells_per_second=rate * cells,
    )
