"""Classifiers for general data: encoder, layers of gates and sums, trained by minibatches, and extracted."""

from ca_logic.learning.classification.extraction import extract_classifier
from ca_logic.learning.classification.network import BitEncoder, GroupSum, LogicClassifier
from ca_logic.learning.classification.recipe import ClassifierRecipe, build_classifier
from ca_logic.learning.classification.training import ClassifierTraining, Evaluation, TrainedClassifier, TrainState

__all__ = [
    "BitEncoder",
    "ClassifierRecipe",
    "ClassifierTraining",
    "Evaluation",
    "GroupSum",
    "LogicClassifier",
    "TrainState",
    "TrainedClassifier",
    "build_classifier",
    "extract_classifier",
]
