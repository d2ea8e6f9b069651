"""`DeviceBoard`: a board on JAX's devices, for as long as it is advanced there. Needs JAX; nothing here imports it."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ca_logic.backend.device import DeviceKernel
from ca_logic.circuit import Netlist
from ca_logic.interrupts import deferred_interrupts
from ca_logic.runtime.board import Board

if TYPE_CHECKING:
    import jax

_SECONDS_PER_CALL = 0.1


class DeviceBoard:
    """Advances a board on devices; the board itself changes only when it is told to.

    Attributes:
        description: what runs the circuit, for people.
        generation: how old the cells on the devices are.
    """

    def __init__(self, board: Board, circuit: Netlist, devices: "Sequence[jax.Device]") -> None:
        """Copies the board to the devices, which share its rows.

        Raises:
            BoardError: if there are more devices than rows, or not enough memory on them.
        """
        self._board = board
        self._kernel = DeviceKernel(
            circuit, width=board.width, height=board.height, torus=board.topology == "torus", devices=devices
        )
        self._cells = self._kernel.put_rows(lambda first, last: board.packed_rows(first, last - first))
        self.description = self._kernel.description
        self.generation = board.generation

    def advance(self, generations: int, *, on_progress: Callable[[int], None] = lambda _: None) -> None:
        """Advances the cells; whatever interrupts that, they are a whole generation.

        Args:
            generations: how many.
            on_progress: called now and then with the number of generations done by this call.
        """
        done, at_once = 0, 1
        while done < generations:
            step = min(at_once, generations - done)
            started = time.perf_counter()
            with deferred_interrupts():
                self._cells = self._kernel.advance(self._cells, step)
                self._cells.block_until_ready()
                done += step
                self.generation += step
            seconds = time.perf_counter() - started
            if seconds > 2 * _SECONDS_PER_CALL:
                at_once = max(1, step // 2)
            elif seconds < _SECONDS_PER_CALL / 2 and step == at_once:
                at_once *= 2
            on_progress(done)

    def store(self) -> None:
        """Copies the cells into the board."""
        self._board.set_packed_rows(self._kernel.get(self._cells))
        self._board.generation = self.generation
