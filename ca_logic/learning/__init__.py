"""Differentiable logic-gate networks: wiring, layers, training, and extraction to a `Circuit`.

The only folder that needs JAX, flax and optax.
"""

from ca_logic.learning.extraction import extract_circuit
from ca_logic.learning.joining import join_networks
from ca_logic.learning.network import LogicLayer, LogicNetwork
from ca_logic.learning.recipe import Recipe, default_recipe
from ca_logic.learning.training import Progress, Training, train_until_exact

__all__ = [
    "LogicLayer",
    "LogicNetwork",
    "Progress",
    "Recipe",
    "Training",
    "default_recipe",
    "extract_circuit",
    "join_networks",
    "train_until_exact",
]
