"""The default recipe: how hard a table is shows in its influence, before any training."""

import numpy as np
import pytest

from ca_logic.learning.recipe import DEEP, SHALLOW, SMALL, TINY, WIDE, Recipe, default_recipe
from ca_logic.tasks import (
    Rule,
    TrainingSet,
    centre_training_set,
    live_training_set,
    load_rule,
    ring_training_set,
    rule_training_set,
    table_training_set,
)
from ca_logic.tasks.neighbourhood import transitions_of
from tests.oracles import random_table

ROWS = np.arange(512)
PARITY = np.array([bin(row).count("1") % 2 for row in range(512)])
OF_SINGLE_CELLS = {
    "constant": 0 * ROWS,
    "single cell": ROWS >> 4 & 1,
    "minterm": ROWS == 77,
    "two cells": ROWS >> 7 == 3,
}


def task_of(table: np.ndarray) -> TrainingSet:
    """Returns the task of a two-state table."""
    return rule_training_set(Rule("made", "made", transitions_of(table.astype(np.uint8))))


@pytest.mark.parametrize("name", OF_SINGLE_CELLS)
def test_tables_of_little_influence_start_small(name: str) -> None:
    assert default_recipe(task_of(OF_SINGLE_CELLS[name]), 0) == SMALL


def test_life_starts_small() -> None:
    assert default_recipe(rule_training_set(load_rule("life")), 0) == SMALL


@pytest.mark.parametrize("seed", range(3))
def test_random_tables_start_deep(seed: int) -> None:
    assert default_recipe(task_of(random_table(seed)), 0) == DEEP


def test_parity_and_its_complement_start_shallow() -> None:
    assert default_recipe(task_of(PARITY), 0) == SHALLOW
    assert default_recipe(task_of(1 - PARITY), 0) == SHALLOW


@pytest.mark.parametrize("attempt", [1, 2, 9])
def test_later_attempts_of_one_output_are_wide(attempt: int) -> None:
    for table in (*OF_SINGLE_CELLS.values(), random_table(0), PARITY):
        assert default_recipe(task_of(table), attempt) == WIDE


@pytest.mark.parametrize("attempt", [0, 1, 9])
def test_several_outputs_are_learned_deep_at_every_attempt(attempt: int) -> None:
    # Three classes of rings, which are two bits.
    ring = ring_training_set(load_rule("345/2/4"))
    assert len(ring.targets) == 2
    assert default_recipe(ring, attempt) == DEEP


def test_a_ring_of_two_classes_is_chosen_by_influence() -> None:
    ring = ring_training_set(load_rule("/2/3"))
    assert len(ring.targets) == 1
    assert [default_recipe(ring, attempt) for attempt in range(2)] == [SMALL, WIDE]


def test_the_recipe_is_chosen_by_the_rows_that_are_known() -> None:
    # Where NW is dead, the table is that of one cell.
    dead = ROWS < 256
    table = np.where(dead, ROWS >> 4 & 1, PARITY).astype(np.int8)
    assert default_recipe(task_of(table), 0) == DEEP
    assert default_recipe(table_training_set("seen", table, np.flatnonzero(dead)), 0) == SMALL


@pytest.mark.parametrize("attempt", [0, 1, 9])
def test_tables_of_few_inputs_are_learned_by_tiny_networks(attempt: int) -> None:
    for name in ("/2/3", "345/2/4", "/2/8"):
        for task in (live_training_set(load_rule(name)), centre_training_set(load_rule(name))):
            assert default_recipe(task, attempt) == TINY


@pytest.mark.parametrize(
    ("hidden", "num_outputs", "widths"),
    [
        ((128, 128), 1, (9, 128, 128, 64, 32, 16, 8, 4, 2, 1)),
        ((24,), 3, (9, 24, 12, 6, 3)),
        ((24,), 5, (9, 24, 12, 6, 5)),
        ((4, 2), 2, (9, 4, 2, 2)),
    ],
)
def test_widths_halve_down_to_the_outputs(hidden: tuple[int, ...], num_outputs: int, widths: tuple[int, ...]) -> None:
    assert Recipe(hidden=hidden).widths(9, num_outputs) == widths
