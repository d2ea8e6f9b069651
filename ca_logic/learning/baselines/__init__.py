"""What else could have been trained: logistic regression and a perceptron of two hidden layers, for comparison.

They get the split that a network of gates gets, and the same bits if asked to.
"""

from ca_logic.learning.baselines.baseline import Baseline
from ca_logic.learning.baselines.training import LOGISTIC_REGRESSION, Kind, mlp, train_baseline

__all__ = ["LOGISTIC_REGRESSION", "Baseline", "Kind", "mlp", "train_baseline"]
