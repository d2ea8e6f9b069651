"""`Scores`: what a classifier says of one row of features, and how it is to be read."""

import functools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int32

from ca_logic.circuit.group_sum import GroupSum


@dataclass(frozen=True)
class ScoreScale:
    """The scores at which bars begin and end."""

    low: float
    high: float

    def share_of(self, score: float) -> float:
        """Returns how long a bar is, from 0 to 1."""
        return min(max((score - self.low) / max(self.high - self.low, 1), 0.0), 1.0)


@dataclass(frozen=True, eq=False)
class Scores:
    """What a classifier says of one row of features.

    Attributes:
        classes: their names.
        scores: one for each class.
        tau: what training divided scores by.
        truth: the place of the true class, if it is known.
        is_blank: whether nothing is there to be classified, so that no winner is to be shown.
    """

    classes: tuple[str, ...]
    scores: Int32[np.ndarray, " classes"]
    tau: float
    truth: int | None = None
    is_blank: bool = False

    @property
    def winner(self) -> int:
        """The place of the class that is predicted: of equal scores the first."""
        return int(self.scores.argmax())

    @property
    def margin(self) -> str:
        """By how much it wins, for people."""
        if self.is_blank:
            return "scores of an empty image"
        if len(self.classes) < 2:
            return "the only class"
        others = np.delete(self.scores, self.winner)
        rival = int(others.argmax())
        margin = int(self.scores.max()) - int(others[rival])
        name = self.classes[rival + (rival >= self.winner)]
        return f"{margin:,} ahead of {name}" if margin else f"as many as {name}; the first wins"

    @functools.cached_property
    def certainties(self) -> Float64[np.ndarray, " classes"]:
        """How sure the network that was trained would be of each class: the softmax of scores divided by tau."""
        scores = self.scores.astype(np.float64)
        powers = np.exp((scores - scores.max()) / self.tau)
        certainties: np.ndarray = powers / powers.sum()
        return certainties


def possible_scores(head: GroupSum) -> ScoreScale:
    """Returns the smallest and the largest score that a class could have if its terms were all 0 or 1 at will."""
    lowest, highest = (
        head.biases + np.bincount(head.classes, limit(head.weights, 0), minlength=head.num_classes)
        for limit in (np.minimum, np.maximum)
    )
    return ScoreScale(float(lowest.min()), float(highest.max()))
