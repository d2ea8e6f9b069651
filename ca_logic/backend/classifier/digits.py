"""The scores of a head as gates: their binary digits are the outputs of one circuit, which everything native runs.

The one idea: adders are gates like others. So they are mapped, ordered and compiled with the rest, each sum is taken
where its bits are at hand, and nothing has to know how bits are counted.
"""

from dataclasses import dataclass

import numpy as np

from ca_logic.circuit import Circuit
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.errors import CircuitError
from ca_logic.synthesis.adders import score_ranges, with_adders

_SCORES = np.iinfo(np.int32)


@dataclass(frozen=True)
class ScoreDigits:
    """A circuit whose outputs are the digits of scores.

    Attributes:
        circuit: its outputs are class after class, least significant digit first, all of as many digits.
        num_classes: the number of classes.
        is_signed: whether scores are in two's complement.
    """

    circuit: Circuit
    num_classes: int
    is_signed: bool

    @property
    def num_digits(self) -> int:
        """The number of digits of a score, from 1 to 32."""
        return len(self.circuit.outputs) // self.num_classes


def score_digits(head: GroupSum) -> ScoreDigits:
    """Returns the digits of the scores of a head.

    Raises:
        CircuitError: if scores may not fit into int32.
    """
    lowest = require_int32_scores(head)
    return ScoreDigits(with_adders(head), head.num_classes, is_signed=lowest < 0)


def require_int32_scores(head: GroupSum) -> int:
    """Returns the lowest score that there may be.

    Raises:
        CircuitError: if scores may not fit into int32.
    """
    # There may be sums that no integer of 64 bits holds.
    lowest, highest = score_ranges(head, dtype=np.float64)
    if lowest.min() < _SCORES.min or highest.max() > _SCORES.max:
        raise CircuitError(
            f"scores of circuit {head.circuit.name!r} reach from {lowest.min():.0f} to {highest.max():.0f}, and must "
            "fit into int32; divide biases and weights by a common factor."
        )
    return int(lowest.min())
