"""`Classifier`: a model that runs."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int32, UInt64
from numpy.typing import ArrayLike

from ca_logic.backend.classifier import Runner
from ca_logic.machine import available_cores
from ca_logic.runtime.classifier.engine import Engine, OnWarning, start_runner
from ca_logic.runtime.classifier.evaluation import Evaluation, evaluate
from ca_logic.runtime.classifier.model import ClassifierModel
from ca_logic.runtime.classifier.model_library import find_model
from ca_logic.runtime.classifier.rows import Columns, rows_of_array, rows_of_table, table_of_columns
from ca_logic.tasks.datasets import Column, Samples, Table

_SAMPLES_WORTH_THREADS = 1 << 14
"""Fewer are classified sooner than threads are started."""


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model, and what runs it; any number of samples at a time, none included.

    Rows are numbers of any type, a row a sample: the features in the order of `columns`, categories as places in
    `Column.categories`. A number that is no place, or NaN, sets no bit. Where `columns` are pixels, rows may be images,
    pixels are from 0 to 255, and truth values are black and white. Tables have texts for categories, and are
    read by the names of their columns.

    Attributes:
        model: what is known about the classifier.
        runner: what runs it.
        threads: how many share the work on many samples.
    """

    model: ClassifierModel
    runner: Runner
    threads: int = 1

    def __repr__(self) -> str:
        """Returns one short line."""
        return f"<Classifier {self.model.summary}>"

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.model.name

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.model.classes

    @property
    def columns(self) -> tuple[Column, ...]:
        """What the features mean."""
        return self.model.columns

    def predict(self, rows: ArrayLike) -> Int32[np.ndarray, " samples"]:
        """Returns the class of each row, as its place in `classes`; of equal scores the first class wins.

        Raises:
            DataError: if the rows do not fit.
        """
        features = rows_of_array(self.model, rows)
        return self.runner.classes(features, threads=self._threads_for(len(features)))

    def scores(self, rows: ArrayLike) -> Int32[np.ndarray, "samples classes"]:
        """Returns the score of each class; the network that was trained divides them by `model.tau`.

        Raises:
            DataError: if the rows do not fit.
        """
        features = rows_of_array(self.model, rows)
        return self.runner.scores(features, threads=self._threads_for(len(features)))

    def predict_packed(
        self, packed: UInt64[np.ndarray, "bits words"], num_samples: int
    ) -> Int32[np.ndarray, " samples"]:
        """Returns the classes of samples that are encoded: of `model.encoder.encode_packed`, or of `pack_bits`.

        Raises:
            DataError: if these are no such words.
        """
        return self.runner.classes_of_bits(packed, num_samples, threads=self._threads_for(num_samples))

    def scores_packed(
        self, packed: UInt64[np.ndarray, "bits words"], num_samples: int
    ) -> Int32[np.ndarray, "samples classes"]:
        """Returns the scores of samples that are encoded; see `predict_packed`."""
        return self.runner.scores_of_bits(packed, num_samples, threads=self._threads_for(num_samples))

    def predict_table(self, table: Table | Columns) -> Int32[np.ndarray, " samples"]:
        """Returns the classes of the rows of a table, whose columns are found by name.

        Args:
            table: of `ca_logic.tasks.datasets.read_table`; or lists, arrays or a data frame by the names of columns.
                Columns that the model does not read are passed over. A text that is none of a column's categories,
                or an empty cell, sets no bit.

        Raises:
            DataError: if a column is missing, or a text or nothing stands where a number belongs; nothing may where
                the model was trained on samples that lacked numbers.
        """
        return self.predict(self.rows_of_table(table))

    def rows_of_table(self, table: Table | Columns) -> np.ndarray:
        """Returns the rows of a table for `predict` and `scores`; see `predict_table`."""
        return rows_of_table(self.model, table if isinstance(table, Table) else table_of_columns(table))

    def names_of(self, places: Int32[np.ndarray, " samples"]) -> np.ndarray:
        """Returns the names of classes that `predict` returned."""
        names: np.ndarray = np.array(self.classes)[places]
        return names

    def evaluate(self, samples: Samples) -> Evaluation:
        """Returns how often the classifier is right about samples.

        Raises:
            DataError: if they do not fit.
        """
        return evaluate(samples.labels, self.predict(samples.features), self.classes)

    def accuracy(self, samples: Samples) -> float:
        """Returns the share of samples that it is right about; NaN without samples."""
        return self.evaluate(samples).accuracy

    def _threads_for(self, num_samples: int) -> int:
        return self.threads if num_samples >= _SAMPLES_WORTH_THREADS else 1


def load_classifier(
    name: str | Path,
    *,
    engine: Engine = "auto",
    threads: int | None = None,
    on_warning: OnWarning = lambda _: None,
) -> Classifier:
    """Returns a classifier that is ready, by the name of its model or from a file.

    Args:
        name: of a model that was learned or is shipped, or the path of a `.logic` file; see `find_model`.
        engine: what runs it; see `start_runner`. By default it answers at once and becomes faster if it has much to do.
        threads: how many share the work on many samples; by default one a core.
        on_warning: told what makes it slower than it could be.

    Raises:
        UsageError: if there is no model of this name.
        DataError: if the file cannot be read or holds no model.
        ToolchainError: if there is a C compiler, but it fails.
    """
    return start_classifier(find_model(name).model, engine=engine, threads=threads, on_warning=on_warning)


def start_classifier(
    model: ClassifierModel,
    *,
    engine: Engine = "auto",
    threads: int | None = None,
    on_warning: OnWarning = lambda _: None,
) -> Classifier:
    """Returns the classifier of a model; see `load_classifier`."""
    runner = start_runner(model.encoder, model.head, engine, on_warning=on_warning)
    return Classifier(model, runner, available_cores() if threads is None else threads)
