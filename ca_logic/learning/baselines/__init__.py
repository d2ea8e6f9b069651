"""What else could have been trained: logistic regression and a perceptron of two hidden layers, for comparison.

They get the split that a network of gates gets, and the same bits if asked to.
"""

from ca_logic.learning.baselines.baseline import Baseline
from ca_logic.learning.baselines.training import train_logistic_regression, train_mlp

__all__ = ["Baseline", "train_logistic_regression", "train_mlp"]
