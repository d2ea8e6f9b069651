"""`TrainingSet`: what a network is to compute, whatever the task it came from."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from ca_logic.tasks.neighbourhood import CELLS, NEXT_STATE, all_neighbourhoods
from ca_logic.tasks.rule import Rule


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Rows of inputs and the outputs wanted for them, one row a column of the arrays.

    Attributes:
        name: of the task.
        input_names: one for each input.
        output_names: one for each output.
        inputs: 0 or 1.
        targets: 0 or 1.
    """

    name: str
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    inputs: UInt8[np.ndarray, "inputs rows"]
    targets: UInt8[np.ndarray, "outputs rows"]

    @property
    def num_rows(self) -> int:
        """The number of rows."""
        return int(self.inputs.shape[1])


def rule_training_set(rule: Rule) -> TrainingSet:
    """Returns the complete truth table of a rule: all 512 neighbourhoods, in row order."""
    return TrainingSet(
        name=rule.name,
        input_names=CELLS,
        output_names=(NEXT_STATE,),
        inputs=all_neighbourhoods(),
        targets=rule.table[None, :],
    )
