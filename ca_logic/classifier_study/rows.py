"""`Row`: what all trainings on one data set come to, with means and deviations."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ca_logic.classifier_study.outcome import Outcome


@dataclass(frozen=True)
class Row:
    """What all trainings on one data set come to.

    The accuracy of a seed is that on the test part, or the mean over its folds. Deviations are those of samples, with
    one less than their number in the denominator.

    Attributes:
        data: the name of the data set.
        seeds: how many.
        folds: how many for each, or 0.
        mean: of the accuracies of seeds.
        deviation_over_seeds: of these; None of a single one.
        deviation_over_folds: of the accuracies of a seed's folds, root mean square over the seeds; None without folds.
        smallest: accuracy of a seed.
        largest: accuracy of a seed.
        num_equal: trainings whose circuit was compiled and is right as often as the hard network.
        gates_trained: median.
        gates: median after optimization.
        most_gates: the largest number of them.
        bits: median, since each fold fits its own encoder.
        seconds: median of a training with all that follows.
        baselines: mean accuracy, of those only that were trained each time.
    """

    data: str
    seeds: int
    folds: int
    mean: float
    deviation_over_seeds: float | None
    deviation_over_folds: float | None
    smallest: float
    largest: float
    num_equal: int
    gates_trained: float
    gates: float
    most_gates: int
    bits: float
    seconds: float
    baselines: dict[str, float]

    @property
    def trainings(self) -> int:
        """How many there were."""
        return self.seeds * (self.folds or 1)


def rows_of(outcomes: Iterable[Outcome]) -> list[Row]:
    """Returns a row for each data set, in the order in which these come."""
    return [_row_of(group) for group in by_data(outcomes)]


def by_data(outcomes: Iterable[Outcome]) -> list[list[Outcome]]:
    """Returns the outcomes of each data set, in the order in which these come."""
    grouped: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        grouped.setdefault(outcome.data, []).append(outcome)
    return list(grouped.values())


def accuracies_by_seed(outcomes: Iterable[Outcome]) -> list[list[float]]:
    """Returns for each seed the accuracies on its folds, or the one on the test part."""
    grouped: dict[int, list[float]] = {}
    for outcome in outcomes:
        grouped.setdefault(outcome.seed, []).append(outcome.accuracy)
    return list(grouped.values())


def _row_of(outcomes: Sequence[Outcome]) -> Row:
    by_seed = accuracies_by_seed(outcomes)
    of_seeds = [statistics.fmean(accuracies) for accuracies in by_seed]
    folds = outcomes[0].folds
    return Row(
        data=outcomes[0].data,
        seeds=len(by_seed),
        folds=folds,
        mean=statistics.fmean(of_seeds),
        deviation_over_seeds=statistics.stdev(of_seeds) if len(of_seeds) > 1 else None,
        deviation_over_folds=math.sqrt(statistics.fmean(map(statistics.variance, by_seed))) if folds else None,
        smallest=min(of_seeds),
        largest=max(of_seeds),
        num_equal=sum(own.is_compiled and own.accuracy == own.hard_accuracy for own in outcomes),
        gates_trained=statistics.median(own.gates_trained for own in outcomes),
        gates=statistics.median(own.gates for own in outcomes),
        most_gates=max(own.gates for own in outcomes),
        bits=statistics.median(own.bits for own in outcomes),
        seconds=statistics.median(own.seconds for own in outcomes),
        baselines={
            name: statistics.fmean(own.baselines[name] for own in outcomes)
            for name in outcomes[0].baselines
            if all(name in own.baselines for own in outcomes)
        },
    )
