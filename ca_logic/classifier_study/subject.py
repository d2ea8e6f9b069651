"""`Subject`: data that are studied, and the trainings that this takes."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ca_logic.classifier_task import ClassifierTask, classifier_task
from ca_logic.runtime.classifier import SplitChoice
from ca_logic.tasks.datasets import DataSet


@dataclass(frozen=True, eq=False)
class Subject:
    """Data that are studied, and how they are learned.

    Attributes:
        data: the samples; that they are the same as in an earlier study is told by the checksums of their files.
        options: what `classifier_task` is given besides data, split and seed.
        choice: how the samples are cut into parts, whatever its seed.
        folds: how many there are, each of which judges once; 0 where the test part does.
    """

    data: DataSet
    options: Mapping[str, Any]
    choice: SplitChoice = field(default_factory=SplitChoice)
    folds: int = 0

    def task(self, seed: int, fold: int = 0) -> ClassifierTask:
        """Returns what is learned from a seed, which also decides the folds, when a fold, from 0 on, judges.

        Raises:
            DataError: if the data cannot be cut so.
            UsageError: if there is no such encoding or recipe.
        """
        choice = dataclasses.replace(self.choice, seed=seed)
        if self.folds:
            choice = dataclasses.replace(choice, method="folds", folds=self.folds, fold=fold)
        return classifier_task(self.data, choice=choice, seed=seed, **self.options)

    def tasks(self, seeds: Iterable[int]) -> Iterator[ClassifierTask]:
        """Yields what is learned from each seed, fold by fold."""
        yield from (self.task(seed, fold) for seed in seeds for fold in range(self.folds or 1))
