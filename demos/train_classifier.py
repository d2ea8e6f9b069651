"""Logic gates among other flax modules: train, extract and compile a classifier of iris in a loop of your own.

python demos/train_classifier.py [--seed 0]
"""

import argparse
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array

from ca_logic.backend.classifier import interpret_classifier
from ca_logic.learning.classification import BitEncoder, GroupSum, LogicClassifier, extract_classifier
from ca_logic.learning.network import LogicLayer
from ca_logic.tasks.datasets import load_data_set, split_data
from ca_logic.tasks.encoding import fit_encoder

STEPS = 300


def main() -> None:
    """Trains with optax, rounds, and lets the circuit judge flowers that it never saw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed

    split = split_data(load_data_set("iris"), seed=seed, validation=0)
    encoder = fit_encoder(split, "distributive:8")
    rngs = nnx.Rngs(seed)
    layers = [
        LogicLayer(encoder.num_bits, 60, wiring="learnable", rngs=rngs),
        LogicLayer(60, 60, wiring="balanced", rngs=rngs),
    ]
    model = LogicClassifier(BitEncoder(encoder), layers, GroupSum(k=3, tau=4))
    optimizer = nnx.Optimizer(model, optax.adam(0.05), wrt=nnx.Param)

    @nnx.jit
    def step(model: LogicClassifier, optimizer: Any, features: Array, labels: Array) -> Array:
        def loss_of(model: LogicClassifier) -> Array:
            logits = model(features, forward="straight-through")
            loss: Array = optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()
            return loss

        loss: Array
        loss, gradient = nnx.value_and_grad(loss_of)(model)
        optimizer.update(model, gradient)
        return loss

    training, test = split.training, split.test
    for number in range(STEPS):
        loss = step(model, optimizer, jnp.asarray(training.features), jnp.asarray(training.labels))
        if number % 100 == 0:
            print(f"step {number:3}  loss {float(loss):.3f}")

    head = extract_classifier(model, name="iris", input_names=encoder.names)
    right = interpret_classifier(encoder, head).classes(test.features) == test.labels
    print(f"{head.circuit.num_gates} gates, {np.count_nonzero(right)} of {len(test)} unseen flowers right")


if __name__ == "__main__":
    main()
