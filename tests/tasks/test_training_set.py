"""The training set of a rule is its complete truth table."""

import numpy as np

from ca_logic.tasks import TrainingSet, load_rule, rule_training_set
from ca_logic.tasks.neighbourhood import CELLS, NEXT_STATE, all_neighbourhoods


def test_the_training_set_of_a_rule_is_its_whole_table_in_row_order() -> None:
    rule = load_rule("B36/S23")
    task = rule_training_set(rule)
    assert (task.name, task.num_rows) == ("highlife", 512)
    assert (task.input_names, task.output_names) == (CELLS, (NEXT_STATE,))
    assert np.array_equal(task.inputs, all_neighbourhoods())
    assert np.array_equal(task.targets, rule.table[None, :])


def test_rows_are_columns_of_the_arrays() -> None:
    inputs, targets = np.zeros((3, 5), dtype=np.uint8), np.zeros((2, 5), dtype=np.uint8)
    assert TrainingSet("any", ("a", "b", "c"), ("y", "z"), inputs, targets).num_rows == 5
