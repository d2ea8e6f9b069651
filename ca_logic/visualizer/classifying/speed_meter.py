"""How many predictions there are in a second, measured on the work that is done anyway."""

import math

_HALF_LIFE = 0.02
"""Seconds of work after which a measurement counts half; waiting in between does not matter."""


class SpeedMeter:
    """Counts predictions, and the time that they took."""

    def __init__(self) -> None:
        """Starts with nothing measured."""
        self._predictions = self._seconds = 0.0
        self.total = 0

    def record(self, predictions: int, seconds: float) -> None:
        """Takes note of predictions that took so long, all together."""
        share_kept = 0.5 ** (seconds / _HALF_LIFE)
        self._predictions = self._predictions * share_kept + predictions
        self._seconds = self._seconds * share_kept + seconds
        self.total += predictions

    @property
    def rate(self) -> float:
        """Predictions per second, of late; NaN before the first."""
        return self._predictions / self._seconds if self._seconds > 0 else math.nan


def shown_rate(rate: float) -> str:
    """Returns a rate with two or three digits and its unit, for people."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if rate >= 0.9995 * size:
            return f"{rate / size:.3g} {unit}"
    return f"{rate:.0f}"
