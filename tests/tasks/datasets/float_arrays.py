"""Arrays of 32 bits, as features are."""

import numpy as np


def float32s(values: object) -> np.ndarray:
    """Returns numbers, or lists of them, as such an array."""
    return np.array(values, dtype=np.float32)
