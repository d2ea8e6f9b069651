"""A classifier in NumPy: slow, and everywhere; it is what the others are judged by."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt64

from ca_logic.backend.classifier.digits import require_int32_scores
from ca_logic.backend.classifier.inputs import require_fit
from ca_logic.backend.classifier.runner import Runner
from ca_logic.backend.classifier.samples import Features, PackedBits
from ca_logic.circuit.group_sum import GroupSum, scores
from ca_logic.tasks.encoding import LANES, Encoder

_BYTES_AT_ONCE = 1 << 26
"""Memory for the features of the samples that are looked at, or for the signals."""


@dataclass(frozen=True, eq=False)
class NumpyClassifier(Runner):
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

    def apply(self, samples: Features | PackedBits, *, winners: bool, threads: int) -> np.ndarray:  # noqa: ARG002
        """See `Runner`."""
        found = [scores(self.head, words)[:, :count].T.astype(np.int32) for words, count in self._parts(samples)]
        result: np.ndarray = np.concatenate([np.empty((0, self.head.num_classes), np.int32), *found])
        return result.argmax(axis=1).astype(np.int32) if winners else result

    def _parts(self, samples: Features | PackedBits) -> Iterator[tuple[UInt64[np.ndarray, "bits words"], int]]:
        """Yields words, and how many of their first lanes are samples."""
        for part in self._slices(samples.count):
            if isinstance(samples, PackedBits):
                words = samples.words[:, part.start // LANES : -(-part.stop // LANES)]
            else:
                words = self.encoder.encode_packed(samples.rows[part])
            yield words, part.stop - part.start

    def _slices(self, num_samples: int) -> Iterator[slice]:
        """Yields slices of samples that together make whole words, but for the last."""
        bytes_of_sample = max(4 * self.encoder.num_features, self.head.circuit.num_signals // 8, 1)
        step = max(1, _BYTES_AT_ONCE // bytes_of_sample // LANES) * LANES
        for first in range(0, num_samples, step):
            yield slice(first, min(first + step, num_samples))
