"""`Runner`: what classifies samples, whether by compiled C, by the interpreter or by NumPy; all do the same."""

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Int32, Num, UInt64

from ca_logic.backend.classifier.samples import Features, PackedBits, require_features, require_packed
from ca_logic.tasks.encoding import Encoder


class Runner(ABC):
    """Classifies any number of samples, none included.

    Features are rows of as many numbers as the encoder reads: floats, whole numbers or booleans. Packed bits are what
    an encoder makes of them: a row of words for each bit, bit i % 64 of word i / 64 being sample i; words beyond the
    samples and what is in the last one besides do not matter.

    What runs natively raises UsageError if there are to be fewer threads than one; NumPy has one whatever is asked for.

    Attributes:
        encoder: makes the bits that the circuit reads.
    """

    encoder: Encoder

    @property
    @abstractmethod
    def description(self) -> str:
        """What runs the circuit, for people."""

    @abstractmethod
    def apply(
        self, samples: Features | PackedBits, *, winners: bool, threads: int
    ) -> Int32[np.ndarray, " samples"] | Int32[np.ndarray, "samples classes"]:
        """Returns the classes of samples that fit the encoder if winners are wanted, or else their scores."""

    def classes(
        self, features: Num[np.ndarray, "samples features"], *, threads: int = 1
    ) -> Int32[np.ndarray, " samples"]:
        """Returns for each sample the class of the largest score, of equals the first.

        Raises:
            DataError: if these are no such features.
        """
        return self.apply(require_features(features, self.encoder.num_features), winners=True, threads=threads)

    def scores(
        self, features: Num[np.ndarray, "samples features"], *, threads: int = 1
    ) -> Int32[np.ndarray, "samples classes"]:
        """Returns the scores of samples.

        Raises:
            DataError: if these are no such features.
        """
        return self.apply(require_features(features, self.encoder.num_features), winners=False, threads=threads)

    def classes_of_bits(
        self, packed: UInt64[np.ndarray, "bits words"], num_samples: int, *, threads: int = 1
    ) -> Int32[np.ndarray, " samples"]:
        """Returns the classes of samples whose bits are packed.

        Raises:
            DataError: if these are no such bits of so many samples.
        """
        samples = require_packed(packed, self.encoder.num_bits, num_samples)
        return self.apply(samples, winners=True, threads=threads)

    def scores_of_bits(
        self, packed: UInt64[np.ndarray, "bits words"], num_samples: int, *, threads: int = 1
    ) -> Int32[np.ndarray, "samples classes"]:
        """Returns the scores of samples whose bits are packed.

        Raises:
            DataError: if these are no such bits of so many samples.
        """
        samples = require_packed(packed, self.encoder.num_bits, num_samples)
        return self.apply(samples, winners=False, threads=threads)
