"""What is to be learned: rules and their neighbourhoods, and the training set that any task becomes."""

from ca_logic.tasks.rule import Rule, list_rules, load_rule, require_learnable, rule_of_transitions
from ca_logic.tasks.training_set import (
    TrainingSet,
    centre_training_set,
    live_training_set,
    neighbourhood_sample,
    ring_training_set,
    rule_training_set,
    table_training_set,
)

__all__ = [
    "Rule",
    "TrainingSet",
    "centre_training_set",
    "list_rules",
    "live_training_set",
    "load_rule",
    "neighbourhood_sample",
    "require_learnable",
    "ring_training_set",
    "rule_of_transitions",
    "rule_training_set",
    "table_training_set",
]
