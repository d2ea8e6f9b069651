"""`LiveScores`: the classifier run on what is shown, at each change of it, with the time that this takes."""

import math
import statistics
from collections import deque

import numpy as np

from ca_logic.runtime.classifier import Classifier
from ca_logic.visualizer.classifying.gate_display import GateDisplay
from ca_logic.visualizer.classifying.judging import Clock
from ca_logic.visualizer.classifying.lettering import legible
from ca_logic.visualizer.classifying.scores import Scores, ScoreScale, possible_scores
from ca_logic.visualizer.classifying.speed_meter import SpeedMeter

_SAMPLES_FOR_SCALE = 512
_FEWEST, _REMEMBERED = 5, 31
_COPIES, _QUICK = 512, 0.002
"""Without samples speed is measured on so many copies, if one prediction does not take longer than that."""


class LiveScores:
    """The scores of one row of features, and how fast they come.

    Attributes:
        classes: names that can be drawn.
        scores: of the row that was given last.
        scale: for the bars.
        meter: how many predictions there are in a second, where there are many at a time.
    """

    def __init__(self, classifier: Classifier, gates: GateDisplay | None, clock: Clock) -> None:
        """Starts without scores."""
        self.classes = tuple(map(legible, classifier.classes))
        self.scores: Scores | None = None
        self.scale: ScoreScale = possible_scores(classifier.model.head)
        self.meter = SpeedMeter()
        self._durations: deque[float] = deque(maxlen=_REMEMBERED)
        self._classifier, self._gates, self._clock = classifier, gates, clock

    @property
    def seconds_for_one(self) -> float:
        """What single predictions took of late; NaN before there are some."""
        return statistics.median(self._durations) if len(self._durations) >= _FEWEST else math.nan

    def update(self, row: np.ndarray, *, truth: int | None, is_blank: bool, has_samples: bool) -> None:
        """Runs the classifier on a row of features, and shows which gates fire.

        Args:
            row: the features.
            truth: the place of the true class, if it is known.
            is_blank: whether the user has not drawn anything yet.
            has_samples: whether the speed is measured on them.
        """
        begin = self._clock()
        scores = self._classifier.scores(row[None])[0]
        self._durations.append(self._clock() - begin)
        self.scores = Scores(self.classes, scores, self._classifier.model.tau, truth, is_blank)
        if self._gates:
            self._gates.light(self._classifier.model.encoder.encode(row[None])[0])
        if not has_samples and self._durations[-1] <= _QUICK:
            copies = np.tile(row, (_COPIES, 1))
            begin = self._clock()
            self._classifier.predict(copies)
            self.meter.record(_COPIES, self._clock() - begin)

    def fit_scale(self, features: np.ndarray) -> None:
        """Makes bars as long as they are for samples: the lowest score of some of them begins the scale."""
        scores = self._classifier.scores(features[:_SAMPLES_FOR_SCALE])
        self.scale = ScoreScale(float(scores.min()), float(scores.max()))
