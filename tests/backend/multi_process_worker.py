"""A process that advances boards on all devices, its own and those of others; `test_device_kernel` starts it.

python -m tests.backend.multi_process_worker COORDINATOR PROCESSES PROCESS
"""

import sys

import jax
import numpy as np
import pytest

from ca_logic.backend.device import DeviceKernel, find_devices
from ca_logic.errors import UsageError
from tests.backend.device_boards import assert_steps_like_reference, packed, shipped


def main(coordinator: str, num_processes: int, process: int) -> None:
    """Checks boards whose rows divide evenly and not, down to one row a device, and says on what."""
    if num_processes > 1:
        jax.distributed.initialize(coordinator, num_processes, process)
    devices = find_devices("cpu")
    assert len(devices) == 8
    life, circuit = shipped("life")
    assert_steps_like_reference(circuit, life.transitions, size=(70, 93), torus=True, counts=(1, 13), devices=devices)
    check_put_rows(DeviceKernel(circuit, width=40, height=19, torus=False), num_processes)
    if num_processes == 1:
        for size, torus in (((64, 64), False), ((33, 9), True)):
            assert_steps_like_reference(
                circuit, life.transitions, size=size, torus=torus, counts=(0, 12), devices=devices
            )
    else:
        with pytest.raises(
            UsageError, match=r"^1 of 8 cpu devices leave none to some of 2 processes; use all of them\.$"
        ):
            find_devices("cpu", 1)
    print(f"right on {len(devices)} devices of {num_processes} processes")


def check_put_rows(kernel: DeviceKernel, num_processes: int) -> None:
    """Checks that each process is asked for its own rows only, and that the board is whole all the same."""
    board = packed(np.random.default_rng(0).integers(0, 2, (19, 40), dtype=np.uint8), 1)
    asked: list[int] = []

    def rows_of(first: int, last: int) -> np.ndarray:
        asked.extend(range(first, last))
        return board[:, first:last]

    placed = kernel.put_rows(rows_of)
    assert len(asked) == len(set(asked))
    assert abs(len(asked) - 19 / num_processes) < 2
    np.testing.assert_array_equal(kernel.get(placed), board)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
