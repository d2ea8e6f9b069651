"""Reading samples with known classes beside the window: files are unzipped, checked and sometimes fetched.

The one idea: a thread reads, and whoever draws asks at each frame how far it is; nothing waits.
"""

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from ca_logic.errors import CaLogicError, DataError
from ca_logic.formats.names import shown
from ca_logic.runtime.classifier import ClassifierModel
from ca_logic.runtime.classifier.known_samples import Part, load_known_data, part_of, read_known_file
from ca_logic.runtime.classifier.rows import rows_of_array
from ca_logic.tasks.datasets import DATA_SETS, DataSet, Samples, read_table
from ca_logic.tasks.datasets.cifar import JPEG_COPY
from ca_logic.tasks.datasets.fetching import OnProgress
from ca_logic.tasks.datasets.table import Unreadable

_EDITIONS = {JPEG_COPY: "cifar-10"}
"""The data sets whose other editions models may have learned."""


@dataclass(frozen=True, eq=False)
class KnownSamples:
    """Samples that a classifier can be judged by.

    Attributes:
        name: of the data.
        part: which of the data they are.
        samples: at least one.
        lowest: the smallest value of each feature in all of the data; NaN where none is given.
        highest: the largest.
        is_whole: for each feature, whether all its values are whole numbers.
    """

    name: str
    part: Part
    samples: Samples
    lowest: Float32[np.ndarray, " features"]
    highest: Float32[np.ndarray, " features"]
    is_whole: np.ndarray


LoadSamples = Callable[[OnProgress], KnownSamples]


def load_test_samples(model: ClassifierModel, folder: Path | None, on_progress: OnProgress) -> KnownSamples:
    """Returns the samples of the data set that a model was trained on which training never saw.

    Where nobody knows which these are, it is all samples.

    Raises:
        DataError: if the model was trained on a user's own file, or the data cannot be had.
        OutputError: if the cache cannot be written.
    """
    name = _EDITIONS.get(model.data_set, model.data_set)
    if name not in DATA_SETS:
        source = model.data_set or "unknown data"
        raise DataError(f"model {model.name} was trained on {source}; drop a file with its columns and classes here.")
    return _known_samples(model, load_known_data(model, name, folder=folder, on_progress=on_progress))


def load_file_samples(model: ClassifierModel, path: Path) -> KnownSamples:
    """Returns the samples of a user's file; see `read_known_file`.

    Where the model does not say which column has the classes, it is the only one that holds nothing else.

    Raises:
        DataError: if it cannot be read, or does not fit the model.
    """
    is_archive = path.suffix.lower() == ".npz"
    target = None if model.target or is_archive else _column_of_classes(model, path)
    return _known_samples(model, read_known_file(model, path, target=target))


def _column_of_classes(model: ClassifierModel, path: Path) -> str:
    table = read_table(path)
    known = {column.name for column in model.columns}
    others = [name for name, cells in table.columns.items() if name not in known and not isinstance(cells, Unreadable)]
    found = [name for name in others if set(table.texts(name)) <= set(model.classes)]
    if len(found) != 1:
        classes = ", ".join(map(shown, model.classes[:4])) + (", ..." if len(model.classes) > 4 else "")
        raise DataError(f"{path} must have one column that holds the classes {classes}, but has {len(found)}; add it.")
    return found[0]


def _known_samples(model: ClassifierModel, data: DataSet) -> KnownSamples:
    rows_of_array(model, data.features)
    try:
        part, samples = part_of(model, data)
    except DataError:
        part, samples = part_of(model, data, "all")
    if not len(samples):
        raise DataError(f"{data.name} has no samples in the part {part}; drop a file with some here.")
    if model.has_only_pixels:
        pixels = np.clip(np.rint(samples.features), 0, 255).astype(np.uint8)
        samples = dataclasses.replace(samples, features=pixels)
        black = np.zeros(len(data.columns), np.float32)
        return KnownSamples(data.name, part, samples, black, black + 255, black == 0)
    # Not nanmin, which warns of columns that are empty.
    lowest, highest = np.fmin.reduce(data.features), np.fmax.reduce(data.features)
    is_whole = ((data.features == np.floor(data.features)) | np.isnan(data.features)).all(axis=0)
    return KnownSamples(data.name, part, samples, lowest, highest, is_whole)


class SamplesLoading:
    """Samples that a thread is reading.

    Attributes:
        message: how far it is, or what went wrong; one line.
        has_failed: whether that is what went wrong.
        samples: what was read, when it has been.
    """

    def __init__(self, what: str, load: LoadSamples) -> None:
        """Prepares to read; nothing is done before `start`.

        Args:
            what: the name of the data, for people.
            load: reads them, and may raise CaLogicError.
        """
        self.message = f"reading {what} …"
        self.has_failed = False
        self.samples: KnownSamples | None = None
        self._load = load
        self._is_stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins, the first time that it is called."""
        if self._thread is None:
            # A daemon, so that a server that does not answer keeps nobody waiting after the window is closed.
            self._thread = threading.Thread(target=self._read, name="ca_logic samples", daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Waits until it is over."""
        self.start()
        if self._thread:
            self._thread.join()

    def stop(self) -> None:
        """Breaks off what is being fetched; returns at once."""
        self._is_stopped.set()

    def _read(self) -> None:
        try:
            self.samples = self._load(self._on_progress)
        except _StoppedError:
            return
        except (CaLogicError, OSError, MemoryError) as error:
            self.message = f"No samples: {str(error) or 'there is not enough memory for them.'}"
            self.has_failed = True

    def _on_progress(self, name: str, done: int, total: int) -> None:
        if self._is_stopped.is_set():
            raise _StoppedError
        share = f"{done / total:.0%}" if total else f"{done / 1e6:.1f} MB"
        self.message = f"fetching {name}: {share}"


class _StoppedError(Exception):
    """Nobody wants the samples any more."""
