"""What `bench RULE` compares: each contender steps the same board its own way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import numpy as np
from jaxtyping import UInt8, UInt32, UInt64

from ca_logic.backend.device import DeviceKernel
from ca_logic.circuit import Circuit
from ca_logic.learning.board_steps import Step
from ca_logic.learning.device import default_device
from ca_logic.runtime import Board
from ca_logic.stepping_benchmark.naive import NaiveKernel

States = UInt8[np.ndarray, "height width"]


class Stepper(Protocol):
    """Holds a board and advances it.

    Packing is not timed; the way to the device and back is, and so is the stepping.
    """

    def load(self, states: States) -> None:
        """Prepares a board in the host's memory, in the stepper's own format."""

    def put(self) -> None:
        """Takes the board to where it is stepped; returns when it is there."""

    def advance(self, generations: int) -> None:
        """Steps it; returns when that is done."""

    def get(self) -> None:
        """Takes it back into the host's memory, in the stepper's own format."""

    def states(self) -> States:
        """Returns what `get` took back."""


@dataclass(frozen=True, eq=False)
class Contender:
    """One line of the table.

    Attributes:
        name: what steps the board.
        where: device or compiler, and how many cores.
        gates: how many are evaluated for each cell; with rows shared, for each row.
        circuit: what NumPy runs to check its board.
        num_states: of the rule that the circuit computes.
        make: returns the stepper for a board of (width, height).
        bytes_a_cell: what it holds as long as it is there, about.
        is_remote: whether the board is taken to a device and back.
        may_differ: whether its board need not be that of the circuit.
    """

    name: str
    where: str
    gates: int
    circuit: Circuit
    num_states: int
    make: Callable[[int, int], Stepper]
    bytes_a_cell: float = 0.5
    is_remote: bool = False
    may_differ: bool = False


class KernelStepper:
    """A kernel of the host: compiled C, or NumPy."""

    def __init__(self, board: Board) -> None:
        """Takes the board."""
        self._board = board

    def load(self, states: States) -> None:
        """See `Stepper`."""
        self._board.set_states(states)

    def put(self) -> None:
        """Nothing has to be moved."""

    def advance(self, generations: int) -> None:
        """See `Stepper`."""
        self._board.advance(generations)

    def get(self) -> None:
        """Nothing has to be moved."""

    def states(self) -> States:
        """See `Stepper`."""
        return self._board.states()


class NaiveStepper:
    """The baseline."""

    def __init__(self, kernel: NaiveKernel) -> None:
        """Takes the compiled kernel."""
        self._kernel = kernel
        self._words: UInt64[np.ndarray, "height words"] = np.zeros((0, 0), dtype=np.uint64)

    def load(self, states: States) -> None:
        """See `Stepper`."""
        self._words = np.ascontiguousarray(np.packbits(states, axis=1, bitorder="little").view("<u8"))

    def put(self) -> None:
        """Nothing has to be moved."""

    def advance(self, generations: int) -> None:
        """See `Stepper`."""
        self._kernel.advance(self._words, generations)

    def get(self) -> None:
        """Nothing has to be moved."""

    def states(self) -> States:
        """See `Stepper`."""
        return _unpacked(self._words)


class SoftStepper:
    """The network as it was trained, on JAX's device, a real number a cell."""

    def __init__(self, step: Step) -> None:
        """Takes the compiled step."""
        self._step = step
        self._host: Any = None
        self._there: Any = None

    def load(self, states: States) -> None:
        """See `Stepper`."""
        self._host = states.astype(bool)

    def put(self) -> None:
        """See `Stepper`."""
        self._there = jax.block_until_ready(jax.device_put(self._host))

    def advance(self, generations: int) -> None:
        """See `Stepper`."""
        self._there = jax.block_until_ready(self._step(self._there, generations))

    def get(self) -> None:
        """See `Stepper`."""
        self._host = np.asarray(self._there)

    def states(self) -> States:
        """See `Stepper`."""
        return np.asarray(self._host).astype(np.uint8)


class HardStepper(SoftStepper):
    """The same network with hard gates, on words of 32 cells."""

    def load(self, states: States) -> None:
        """See `Stepper`."""
        self._host = _packed(states)

    def states(self) -> States:
        """See `Stepper`."""
        return _unpacked(self._host)


class DeviceStepper:
    """The circuit on JAX's device, on words of 32 cells; the way there and back includes margins of the rows."""

    def __init__(self, circuit: Circuit, width: int, height: int) -> None:
        """Compiles the circuit."""
        self._kernel = DeviceKernel(circuit, width=width, height=height, devices=[default_device()])
        self._host: UInt32[np.ndarray, "planes height words"] = np.zeros((1, 0, 0), dtype=np.uint32)
        self._there: Any = None

    def load(self, states: States) -> None:
        """See `Stepper`."""
        planes = [states >> np.uint8(plane) & np.uint8(1) for plane in range(self._kernel.num_planes)]
        self._host = np.stack([_packed(plane) for plane in planes])

    def put(self) -> None:
        """See `Stepper`."""
        self._there = jax.block_until_ready(self._kernel.put(self._host))

    def advance(self, generations: int) -> None:
        """See `Stepper`."""
        self._there = jax.block_until_ready(self._kernel.advance(self._there, generations))

    def get(self) -> None:
        """See `Stepper`."""
        self._host = self._kernel.get(self._there)

    def states(self) -> States:
        """See `Stepper`."""
        states = _unpacked(self._host[0])
        for plane, words in enumerate(self._host[1:], start=1):
            states |= _unpacked(words) << np.uint8(plane)
        return states


def _packed(bits: States) -> UInt32[np.ndarray, "height words"]:
    return np.ascontiguousarray(np.packbits(bits, axis=1, bitorder="little").view("<u4"), dtype=np.uint32)


def _unpacked(words: np.ndarray) -> States:
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=1, bitorder="little")
