"""`SampleStepper`: which sample is shown, and what has been played; nothing is drawn here."""

from collections.abc import Callable

import numpy as np

from ca_logic.visualizer.classifying.judging import Judging
from ca_logic.visualizer.classifying.playthrough import Playthrough


class SampleStepper:
    """Goes through samples one by one, at random, to the next wrong one, or plays all.

    Attributes:
        judging: what the classifier makes of them.
        playing: how many have been played.
        index: which one is shown.
        is_seeking: whether the next wrong one is waited for.
    """

    def __init__(self, judging: Judging, *, on_show: Callable[[], None] = lambda: None, seed: int = 0) -> None:
        """Starts at the first sample.

        Args:
            judging: of all samples.
            on_show: called when a sample is to be shown, by request or since it is played.
            seed: decides which samples chance leads to.
        """
        self.judging = judging
        self.playing = Playthrough(len(judging.labels))
        self.index = 0
        self.is_seeking = False
        self._on_show = on_show
        self._rng = np.random.default_rng(seed)

    @property
    def num_samples(self) -> int:
        """How many there are."""
        return len(self.judging.labels)

    @property
    def is_at_work(self) -> bool:
        """Whether something goes on without being asked for again."""
        return self.playing.is_running or self.is_seeking or not self.judging.is_complete

    def go_to(self, index: int) -> None:
        """Shows a sample; behind the last comes the first."""
        self.playing.is_running = self.is_seeking = False
        self.index = index % self.num_samples
        self._on_show()

    def previous(self) -> None:
        """Shows the sample before."""
        self.go_to(self.index - 1)

    def next(self) -> None:
        """Shows the sample behind."""
        self.go_to(self.index + 1)

    def random(self) -> None:
        """Shows any sample."""
        self.go_to(int(self._rng.integers(self.num_samples)))

    def next_wrong(self) -> None:
        """Shows the next sample that the classifier is wrong about, as soon as it is known."""
        self.playing.is_running = False
        self.is_seeking = True
        self._seek()

    def toggle_playing(self) -> None:
        """Plays all samples from the first on, pauses, or goes on."""
        self.is_seeking = False
        self.playing.toggle()
        self._on_show()

    def advance(self, seconds: float, budget: float) -> None:
        """Lets time pass.

        Args:
            seconds: since it was called last.
            budget: so many may be spent on predictions, about.
        """
        if self.is_at_work:
            self.judging.work(budget)
        if self.is_seeking:
            self._seek()
        if self.playing.is_running:
            self.playing.advance(seconds, self.judging.num_known)
            self.index = max(self.playing.num_played - 1, 0)
            self._on_show()

    def _seek(self) -> None:
        found = self.judging.next_wrong(self.index)
        if found is not None:
            self.go_to(found)
        elif self.judging.is_complete:
            self.is_seeking = False
