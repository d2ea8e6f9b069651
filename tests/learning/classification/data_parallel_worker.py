"""A process that trains a small classifier on all devices, its own and others'; `test_data_parallel` starts it.

python -m tests.learning.classification.data_parallel_worker OUTPUT COORDINATOR PROCESSES PROCESS
"""

import sys
from collections.abc import Sequence

import jax
import numpy as np

from ca_logic.learning.classification import ClassifierRecipe, ClassifierTraining, build_classifier
from ca_logic.tasks.datasets import Column, DataSet, split_data
from ca_logic.tasks.encoding import fit_encoder

RECIPE = ClassifierRecipe(
    layers=(40, 30),
    tau=4.0,
    num_candidates=4,
    num_rewired=2,
    rewire_every=4,
    steps=8,
    batch_size=64,
    evaluate_every=4,
    final_rate=1.0,
)


def prepare(devices: Sequence[jax.Device] | None = None) -> ClassifierTraining:
    """Returns a fresh classifier of samples that are told apart by whether one number is larger than another."""
    rng = np.random.default_rng(0)
    features = rng.random((300, 6)).astype(np.float32)
    labels = (features[:, 0] > features[:, 1]).astype(np.int32) + (features[:, 2] > 0.5)
    columns = tuple(Column(f"x{number}", "number") for number in range(6))
    split = split_data(DataSet("sums", columns, features, labels, ("none", "one", "both")), seed=0)
    model = build_classifier(RECIPE, fit_encoder(split), 3, seed=0)
    return ClassifierTraining(model, split, RECIPE, seed=0, devices=devices)


def train() -> dict[str, np.ndarray]:
    """Returns all arrays after the steps, and what was seen on the way."""
    trained = prepare().run()
    assert trained.is_complete
    arrays = {str(place): np.asarray(leaf) for place, leaf in enumerate(jax.tree.leaves(trained.state))}
    evaluations = [(seen.loss, seen.soft_accuracy, seen.hard_accuracy) for seen in trained.evaluations]
    return {**arrays, "evaluations": np.array(evaluations)}


def main(output: str, coordinator: str, num_processes: int, process: int) -> None:
    """Writes what was trained to a file of this process."""
    if num_processes > 1:
        jax.distributed.initialize(coordinator, num_processes, process)
    assert jax.device_count() == 8
    np.savez(f"{output}{process}.npz", allow_pickle=False, **train())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
