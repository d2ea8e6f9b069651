"""What is to be learned: rules and their neighbourhoods, and the training set that any task becomes."""

from ca_logic.tasks.rule import Rule, list_rules, load_rule
from ca_logic.tasks.training_set import TrainingSet, rule_training_set

__all__ = ["Rule", "TrainingSet", "list_rules", "load_rule", "rule_training_set"]
