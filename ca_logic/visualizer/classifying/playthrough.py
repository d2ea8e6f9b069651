"""Playing through samples: so many a second that people can follow the count, whatever the classifier could do."""

_SECONDS_FOR_ALL = 4.0
_SLOWEST = 8.0
"""Samples a second at least."""

_LONGEST_FRAME = 0.1
"""Seconds that pass at once at most; what is lost in a pause is not made up for."""


class Playthrough:
    """How many samples have been played, from the first on.

    Attributes:
        num_played: how many.
        is_running: whether it goes on.
    """

    def __init__(self, num_samples: int) -> None:
        """Starts with none played."""
        self._num_samples = num_samples
        self._position = 0.0
        self.is_running = False

    @property
    def num_played(self) -> int:
        """How many samples have been played."""
        return int(self._position)

    @property
    def rate(self) -> float:
        """Samples a second."""
        return max(self._num_samples / _SECONDS_FOR_ALL, _SLOWEST)

    def toggle(self) -> None:
        """Starts, pauses, or goes on; after the last sample from the first one on."""
        self.is_running = not self.is_running
        if self.is_running and self.num_played == self._num_samples:
            self._position = 0.0

    def advance(self, seconds: float, num_known: int) -> None:
        """Lets time pass; stops at the last sample, and plays none that is not predicted yet."""
        if self.is_running:
            played = self._position + min(seconds, _LONGEST_FRAME) * self.rate
            self._position = min(played, float(num_known))
            self.is_running = self.num_played < self._num_samples
