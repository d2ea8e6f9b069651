"""`Speed`: how fast a running board is wanted, in the steps that + and - take, as Golly counts them.

A speed of exponent e makes 2^e generations a frame. Below 0 one generation waits for the next, for 2 frames, 4, and so
on, up to a few seconds. Beyond the last exponent a board runs as fast as it goes.
"""

from dataclasses import dataclass

FRAMES_PER_SECOND = 60

UNLIMITED = 1 << 62
"""More generations than anybody waits for."""

_MIN_EXPONENT, _MAX_EXPONENT = -8, 12


@dataclass(frozen=True, order=True)
class Speed:
    """A speed; the faster one is the greater one.

    Attributes:
        exponent: of 2, in generations a frame; one beyond the last is as fast as it goes.
    """

    exponent: int = 0

    def __post_init__(self) -> None:
        """Makes sure that there is such a speed."""
        assert _MIN_EXPONENT <= self.exponent <= _MAX_EXPONENT + 1, "speeds come from one another"

    @property
    def is_unlimited(self) -> bool:
        """Whether the board runs as fast as it goes."""
        return self.exponent > _MAX_EXPONENT

    @property
    def delay(self) -> float:
        """Seconds from one generation to the next, where frames come faster; else 0."""
        return (1 << -self.exponent) / FRAMES_PER_SECOND if self.exponent < 0 else 0.0

    @property
    def description(self) -> str:
        """The speed in the words of the status bar."""
        if self.is_unlimited:
            return "as fast as it goes"
        if self.exponent < 0:
            return f"one every {self.delay:.2g} s"
        return f"{1 << self.exponent:,} generation{'s' if self.exponent else ''} a frame"

    def faster(self) -> "Speed":
        """Returns the next higher speed, or this one if there is none."""
        return Speed(min(self.exponent + 1, FASTEST.exponent))

    def slower(self) -> "Speed":
        """Returns the next lower speed, or this one if there is none."""
        return Speed(max(self.exponent - 1, SLOWEST.exponent))

    def generations_due(self, seconds: float) -> int:
        """Returns how many generations a new frame asks for.

        Args:
            seconds: since any were due last; infinite if none have been yet. A generation may come half a frame early,
                so that none is late for the jitter of the clock.
        """
        if self.is_unlimited:
            return UNLIMITED
        if self.exponent < 0:
            return int(seconds >= self.delay - 0.5 / FRAMES_PER_SECOND)
        return 1 << self.exponent


SLOWEST, NORMAL, FASTEST = Speed(_MIN_EXPONENT), Speed(), Speed(_MAX_EXPONENT + 1)
