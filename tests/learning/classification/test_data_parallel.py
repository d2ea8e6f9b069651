"""Training gives the same network however many devices, and processes, share each batch."""

import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path

import jax
import numpy as np
import pytest

from ca_logic.errors import LearningError
from tests.learning.classification.data_parallel_worker import prepare, train

REPOSITORY = Path(__file__).parents[3]


@cache
def trained_on_one() -> dict[str, np.ndarray]:
    """Returns what one device makes of it."""
    return train()


@pytest.fixture(autouse=True)
def one_device() -> None:
    if jax.device_count() != 1:
        pytest.skip(f"JAX has {jax.device_count()} devices here")


def test_training_twice_gives_the_same_bits() -> None:
    once, again = trained_on_one(), train()
    assert once.keys() == again.keys()
    for name, array in once.items():
        np.testing.assert_array_equal(array, again[name])


@pytest.mark.parametrize("num_processes", [1, 2])
def test_eight_devices_train_what_one_does(num_processes: int, tmp_path: Path) -> None:
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "JAX_NUM_CPU_DEVICES": str(8 // num_processes)}
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        coordinator = f"localhost:{probe.getsockname()[1]}"
    module = "tests.learning.classification.data_parallel_worker"
    command = [sys.executable, "-m", module, f"{tmp_path}/trained", coordinator, str(num_processes)]
    workers = [
        subprocess.Popen([*command, str(process)], cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE, text=True)
        for process in range(num_processes)
    ]
    try:
        complaints = [worker.communicate(timeout=120)[1] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    for process, worker in enumerate(workers):
        assert worker.returncode == 0, complaints[process][-3000:]
        with np.load(tmp_path / f"trained{process}.npz", allow_pickle=False) as found:
            assert set(found) == trained_on_one().keys()
            for name, expected in trained_on_one().items():
                np.testing.assert_allclose(found[name], expected, rtol=1e-3, atol=1e-3, err_msg=name)


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(LearningError, match=r"^a batch of 64 samples cannot be shared by 3 devices; choose a multiple"):
        prepare(jax.devices() * 3)
