"""`Recipe`: every choice of a training run that is not the task's. The default was measured, not guessed.

`docs/training.md` says what each choice is worth.
"""

from dataclasses import dataclass

from ca_logic.learning.parametrization import ParametrizationName
from ca_logic.learning.wiring import WiringScheme


@dataclass(frozen=True)
class Recipe:
    """How to build and train a network.

    Attributes:
        hidden: widths of the hidden layers; layers of halving width follow, down to the outputs.
        wiring: which signals gates read.
        parametrization: how a relaxed gate is written.
        max_steps: training steps after which an attempt is given up.
        learning_rate: Adam's step size.
        b1: decay of Adam's first moment.
        b2: decay of Adam's second moment.
        epsilon: Adam's; far below the usual 1e-8, or the small gradients of deep nets are lost.
        class_balance: rows of each class are weighted by (half the rows / rows of the class) to this power.
    """

    hidden: tuple[int, ...]
    wiring: WiringScheme = "balanced"
    parametrization: ParametrizationName = "truth-table"
    max_steps: int = 700
    learning_rate: float = 0.05
    b1: float = 0.7
    b2: float = 0.95
    epsilon: float = 1e-10
    class_balance: float = 0.5

    def widths(self, num_inputs: int, num_outputs: int) -> tuple[int, ...]:
        """Returns all widths, from the inputs to the outputs."""
        taper = []
        width = self.hidden[-1] // 2
        while width > num_outputs:
            taper.append(width)
            width //= 2
        return (num_inputs, *self.hidden, *taper, num_outputs)


SMALL = Recipe(hidden=(128,) * 8)
"""Enough for most rules: Life in about 110 steps on every seed tried, and most others."""

WIDE = Recipe(hidden=(512,) * 4, max_steps=1000)
"""Enough for any table of 512 rows, parity and random ones included, at four times the time a step."""


def default_recipe(attempt: int) -> Recipe:
    """Returns what to try at the given attempt, from 0: the small network first, then the wide one."""
    return SMALL if attempt == 0 else WIDE
