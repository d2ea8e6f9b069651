"""Run Life on all devices that JAX finds, on one host or on many.

All GPUs of this host, or all cores if it has none:

    python demos/many_devices.py --size 16384

The same board on two hosts, started on each with its own number, the first at 192.168.0.10:

    python demos/many_devices.py --size 16384 --coordinator 192.168.0.10:4321 --processes 2 --process 0
    python demos/many_devices.py --size 16384 --coordinator 192.168.0.10:4321 --processes 2 --process 1
"""

import argparse
import sys
import time

import jax
import numpy as np

from ca_logic.backend.device import DeviceKernel, take_cores_as_devices
from ca_logic.errors import CaLogicError
from ca_logic.runtime.circuit_library import find_circuit
from ca_logic.tasks import load_rule


def random_rows(width: int, first: int, last: int) -> np.ndarray:
    """Returns packed rows of a soup, the same whoever makes them: each row's seed is its number."""
    rows = [np.random.default_rng(row).integers(0, 2, width, dtype=np.uint8) for row in range(first, last)]
    octets = np.packbits(rows, axis=1, bitorder="little")
    words = np.pad(octets, ((0, 0), (0, -octets.shape[1] % 4))).view("<u4")
    return words[None]


def main(size: int, generations: int) -> None:
    """Advances a torus of so many cells a side, and prints how fast and how many live."""
    circuit = find_circuit(load_rule("life")).circuit
    kernel = DeviceKernel(circuit, width=size, height=size)
    # No process makes more of the board than its own devices hold, so it may be larger than any of them could hold.
    board = kernel.put_rows(lambda first, last: random_rows(size, first, last))
    print(f"{kernel.description}\ngeneration 0: population {kernel.population(board)}")

    started = time.perf_counter()
    board = kernel.advance(board, generations).block_until_ready()
    seconds = time.perf_counter() - started
    speed = size * size * generations / seconds
    print(f"generation {generations}: population {kernel.population(board)}, {speed:.3g} cells per second")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=4096, metavar="CELLS", help="a side of the torus (default 4096)")
    parser.add_argument("--generations", type=int, default=1000, metavar="N", help="how many (default 1000)")
    parser.add_argument("--coordinator", metavar="HOST:PORT", help="where the first process is to be reached")
    parser.add_argument("--processes", type=int, metavar="N", help="how many processes there are")
    parser.add_argument("--process", type=int, metavar="I", help="which of them this is, from 0 on")
    arguments = parser.parse_args()
    hosts = (arguments.coordinator, arguments.processes, arguments.process)
    if any(value is not None for value in hosts) != all(value is not None for value in hosts):
        parser.error("--coordinator, --processes and --process are given together or not at all.")
    take_cores_as_devices()
    if arguments.coordinator:
        jax.distributed.initialize(*hosts)
    try:
        main(arguments.size, arguments.generations)
    except CaLogicError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
