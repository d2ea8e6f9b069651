"""`Runner`: what classifies samples, whether by compiled C, by the interpreter or by NumPy; all do the same."""

from typing import Protocol

import numpy as np
from jaxtyping import Int32, Num, UInt64


class Runner(Protocol):
    """Classifies any number of samples, none included.

    Features are rows of as many numbers as the encoder reads: floats, whole numbers or booleans. Packed bits are what
    an encoder makes of them: a row of words for each bit, bit i % 64 of word i / 64 being sample i; words beyond the
    samples and what is in the last one besides do not matter.

    What runs natively raises UsageError if there are to be fewer threads than one; NumPy has one whatever is asked for.
    """

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""

    def classes(
        self, features: Num[np.ndarray, "samples features"], *, threads: int = 1
    ) -> Int32[np.ndarray, " samples"]:
        """Returns for each sample the class of the largest score, of equals the first.

        Raises:
            DataError: if these are no such features.
        """

    def scores(
        self, features: Num[np.ndarray, "samples features"], *, threads: int = 1
    ) -> Int32[np.ndarray, "samples classes"]:
        """Returns the scores of samples.

        Raises:
            DataError: if these are no such features.
        """

    def classes_of_bits(
        self, packed: UInt64[np.ndarray, "bits words"], num_samples: int, *, threads: int = 1
    ) -> Int32[np.ndarray, " samples"]:
        """Returns the classes of samples whose bits are packed.

        Raises:
            DataError: if these are no such bits of so many samples.
        """

    def scores_of_bits(
        self, packed: UInt64[np.ndarray, "bits words"], num_samples: int, *, threads: int = 1
    ) -> Int32[np.ndarray, "samples classes"]:
        """Returns the scores of samples whose bits are packed.

        Raises:
            DataError: if these are no such bits of so many samples.
        """
