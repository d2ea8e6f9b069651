"""`Recipe`: every choice of a training run that is not the task's. The default was measured, not guessed.

`docs/training.md` says what each choice is worth.
"""

from dataclasses import dataclass

from ca_logic.learning.parametrization import ParametrizationName
from ca_logic.learning.wiring import WiringScheme
from ca_logic.tasks import TrainingSet


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
    max_steps: int = 1500
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
"""Enough for tables whose output depends on few inputs at a time: Life in about 110 steps on every seed tried."""

DEEP = Recipe(hidden=(256,) * 8)
"""Enough for nearly any table, random ones and those of several outputs included, but parity may not get started."""

SHALLOW = Recipe(hidden=(256,) * 3)
"""For tables like parity, whose output depends on nearly every input in nearly every row."""

WIDE = Recipe(hidden=(512,) * 4)
"""Twice the time a step of the deep one; it succeeds on two-state rules where another was unlucky."""

TINY = Recipe(hidden=(32,) * 4)
"""For tables of a few inputs."""

_FEW_INPUTS = 7
_SMALL_INFLUENCE = 3.3
_LARGE_INFLUENCE = 7.0


RECIPES = (TINY, SMALL, DEEP, SHALLOW, WIDE)


def default_recipe(task: TrainingSet, attempt: int) -> Recipe:
    """Returns what to try for a task at the given attempt, from 0.

    How hard a table is shows before training, in its total influence: Life depends on 3.2 of its 9 inputs in an
    average row, a random table on 4.5, parity on all 9.
    """
    if len(task.inputs) <= _FEW_INPUTS:
        return TINY
    if len(task.targets) > 1:
        return DEEP
    if attempt > 0:
        return WIDE
    influence = task.total_influence()
    if influence <= _SMALL_INFLUENCE:
        return SMALL
    return DEEP if influence <= _LARGE_INFLUENCE else SHALLOW
