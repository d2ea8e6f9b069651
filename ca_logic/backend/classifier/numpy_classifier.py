"""A classifier in NumPy: slow, and everywhere; it is what the others are judged by."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, Num, UInt64

from ca_logic.backend.classifier.digits import require_int32_scores
from ca_logic.backend.classifier.inputs import require_fit
from ca_logic.backend.classifier.samples import require_features, require_packed
from ca_logic.circuit.group_sum import GroupSum, scores
from ca_logic.tasks.encoding import LANES, Encoder

_BYTES_AT_ONCE = 1 << 26
"""Memory for the features of the samples that are looked at, or for the signals."""


@dataclass(frozen=True, eq=False)
class NumpyClassifier:
    """A `Runner` that needs no compiler, and one thread whatever is asked for.

    Attributes:
        encoder: makes the bits that the circuit reads.
        head: the circuit and the sums over its outputs.

    Raises:
        CircuitError: if the circuit does not fit the encoder, or scores may not fit into int32.
        DataError: if the encoder looks at features that it does not have.
    """

    encoder: Encoder
    head: GroupSum

    def __post_init__(self) -> None:
        """Checks that both fit."""
        require_fit(self.encoder, len(self.head.circuit.inputs))
        require_int32_scores(self.head)

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""
        return "NumPy"

    def classes(
        self, features: Num[np.ndarray, "samples features"], *, threads: int = 1
    ) -> Int32[np.ndarray, " samples"]:
        """See `Runner`."""
        return _winners(self.scores(features, threads=threads))

    def scores(
        self,
        features: Num[np.ndarray, "samples features"],
        *,
        threads: int = 1,  # noqa: ARG002
    ) -> Int32[np.ndarray, "samples classes"]:
        """See `Runner`."""
        rows = require_features(features, self.encoder.num_features).rows
        return self._concatenated(
            (self.encoder.encode_packed(rows[part]), part.stop - part.start) for part in self._slices(len(rows))
        )

    def classes_of_bits(
        self, packed: UInt64[np.ndarray, "bits words"], num_samples: int, *, threads: int = 1
    ) -> Int32[np.ndarray, " samples"]:
        """See `Runner`."""
        return _winners(self.scores_of_bits(packed, num_samples, threads=threads))

    def scores_of_bits(
        self,
        packed: UInt64[np.ndarray, "bits words"],
        num_samples: int,
        *,
        threads: int = 1,  # noqa: ARG002
    ) -> Int32[np.ndarray, "samples classes"]:
        """See `Runner`."""
        words = require_packed(packed, self.encoder.num_bits, num_samples).words
        return self._concatenated(
            (words[:, part.start // LANES : -(-part.stop // LANES)], part.stop - part.start)
            for part in self._slices(num_samples)
        )

    def _slices(self, num_samples: int) -> Iterator[slice]:
        """Yields slices of samples that together make whole words, but for the last."""
        bytes_of_sample = max(4 * self.encoder.num_features, self.head.circuit.num_signals // 8, 1)
        step = max(1, _BYTES_AT_ONCE // bytes_of_sample // LANES) * LANES
        for first in range(0, num_samples, step):
            yield slice(first, min(first + step, num_samples))

    def _concatenated(self, parts: Iterator[tuple[UInt64[np.ndarray, "bits words"], int]]) -> np.ndarray:
        """Returns the scores of words, of which so many first lanes are samples."""
        found = [scores(self.head, words)[:, :count].T.astype(np.int32) for words, count in parts]
        result: np.ndarray = np.concatenate([np.empty((0, self.head.num_classes), np.int32), *found])
        return result


def _winners(scores_of_samples: Int32[np.ndarray, "samples classes"]) -> Int32[np.ndarray, " samples"]:
    winners: np.ndarray = scores_of_samples.argmax(axis=1).astype(np.int32)
    return winners
