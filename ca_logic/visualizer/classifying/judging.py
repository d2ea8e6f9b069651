"""Predictions of many samples, made in portions that fit between two frames."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Int32

from ca_logic.tasks.datasets import Samples
from ca_logic.visualizer.classifying.speed_meter import SpeedMeter

_FIRST_PORTION, _SMALLEST, _LARGEST = 512, 64, 1 << 14
_LEAST_ROWS = 1 << 12
"""Few samples are laid behind each other as often as it takes, since a call with a few takes as long as with many."""

Predict = Callable[[np.ndarray], Int32[np.ndarray, " samples"]]
Clock = Callable[[], float]


class Judging:
    """What a classifier makes of samples, in their order.

    Attributes:
        labels: the true class of each.
        num_known: how many are predicted.
    """

    def __init__(self, predict: Predict, samples: Samples, *, meter: SpeedMeter, clock: Clock) -> None:
        """Starts with nothing predicted.

        Args:
            predict: the classifier.
            samples: what is to be predicted.
            meter: told of each portion.
            clock: seconds, of any beginning.
        """
        self.labels = samples.labels
        self.num_known = 0
        self._predict, self._meter, self._clock = predict, meter, clock
        repeats = -(-_LEAST_ROWS // len(samples))
        self._rows = np.tile(samples.features, (repeats, 1)) if repeats > 1 else samples.features
        self._predicted = np.zeros(len(self._rows), np.int32)
        self._num_right = np.zeros(len(samples) + 1, np.int64)
        self._next = 0
        self._portion = _FIRST_PORTION

    @property
    def is_complete(self) -> bool:
        """Whether all samples are predicted."""
        return self.num_known == len(self.labels)

    @property
    def is_right(self) -> Bool[np.ndarray, " known"]:
        """Whether the predictions that are known are right."""
        is_right: np.ndarray = self._predicted[: self.num_known] == self.labels[: self.num_known]
        return is_right

    def predicted(self, index: int) -> int | None:
        """Returns the class that a sample is taken for, if it is known yet."""
        return int(self._predicted[index]) if index < self.num_known else None

    def num_right(self, count: int) -> int:
        """Returns how many of the first `count` samples are right, all of which are known."""
        return int(self._num_right[count])

    def work(self, seconds: float) -> None:
        """Predicts for about so long, one portion at least; after the last sample from the first one on again."""
        begin = now = self._clock()
        while True:
            portion = self._rows[self._next : self._next + self._portion]
            self._predicted[self._next : self._next + len(portion)] = self._predict(portion)
            before, now = now, self._clock()
            self._meter.record(len(portion), now - before)
            self._next = (self._next + len(portion)) % len(self._rows)
            self._take_note(self._next or len(self._rows))
            left, took = begin + seconds - now, now - before
            if 4 * took < seconds:
                self._portion = min(2 * self._portion, _LARGEST)
            elif took > seconds:
                self._portion = max(self._portion // 2, _SMALLEST)
            if took * 2 >= left:
                return

    def next_wrong(self, after: int) -> int | None:
        """Returns the first sample behind one, or else from the first on, that is taken for another class.

        None is returned if there is none, or if what comes next is not known yet; see `is_complete`.
        """
        wrong = np.flatnonzero(~self.is_right)
        behind = wrong[wrong > after]
        if len(behind):
            return int(behind[0])
        return int(wrong[0]) if self.is_complete and len(wrong) else None

    def _take_note(self, num_predicted: int) -> None:
        known = min(num_predicted, len(self.labels))
        if known > self.num_known:
            new = slice(self.num_known, known)
            right = self._predicted[new] == self.labels[new]
            self._num_right[new.start + 1 : new.stop + 1] = self._num_right[new.start] + np.cumsum(right)
            self.num_known = known
