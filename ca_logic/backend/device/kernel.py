"""`DeviceKernel`: boards of one size on JAX's devices, and the circuit that advances them."""

import functools
from collections.abc import Callable, Sequence

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Int32, UInt32

from ca_logic.backend.device.devices import describe_devices, find_devices, free_memory
from ca_logic.backend.device.generations import advance_rows
from ca_logic.backend.device.margins import AXIS, add_margins, cells_within_margins, remove_margins
from ca_logic.backend.device.partition import WORD_BITS, Partition, Words, cell_masks
from ca_logic.circuit import Netlist
from ca_logic.errors import BoardError
from ca_logic.tasks.neighbourhood import require_automaton

BoardArray = UInt32[Array, "planes stored_rows stored_words"]
"""A board on the devices, sharded by rows; only the kernel that made it knows how it is stored."""

_LARGEST_COUNT = 2**31 - 1

_LEAST_BUFFERS = 3
"""Of the rows of a device and their margins: the board, and two that take turns."""

_BY_ROWS = PartitionSpec(None, AXIS)
_ON_EACH = PartitionSpec()


class DeviceKernel:
    """Advances boards of one size by a circuit, compiled once, for that size and these devices.

    The same on one device and on those of many hosts: there every process, after `jax.distributed.initialize`, makes
    the same kernel and calls the same methods in the same order.
    """

    def __init__(
        self,
        circuit: Netlist,
        *,
        width: int,
        height: int,
        torus: bool = True,
        devices: Sequence[jax.Device] | None = None,
    ) -> None:
        """Compiles the circuit.

        Args:
            circuit: its inputs are for each bit of a cell's state the nine cells NW N NE W C E SW S SE, its outputs
                the bits of the centre one generation later.
            width: cells in a row.
            height: rows.
            torus: whether opposite edges are joined; if not, everything beyond them is in state 0, always.
            devices: what to run on, the rows being dealt out in this order; by default all that JAX prefers.

        Raises:
            BoardError: if there can be no such board, on so many devices or in their memory.
            CircuitError: if the circuit is not one of a 3x3 neighbourhood.
            UsageError: if JAX finds no device.
        """
        require_automaton(circuit)
        self.devices = tuple(find_devices() if devices is None else devices)
        self.partition = Partition(width, height, torus, len(self.devices))
        self.num_planes = len(circuit.outputs)
        self._require_memory(_LEAST_BUFFERS * self.num_planes * self.partition.words_per_device * WORD_BITS // 8)
        mesh = Mesh(np.array(self.devices), (AXIS,))
        self._sharding = NamedSharding(mesh, _BY_ROWS)
        advance = functools.partial(_advance, circuit=circuit, partition=self.partition)
        self._advance = (
            jax.jit(
                jax.shard_map(advance, mesh=mesh, in_specs=(_BY_ROWS, _ON_EACH), out_specs=_BY_ROWS), donate_argnums=0
            )
            .lower(
                jax.ShapeDtypeStruct(self._stored_shape, np.uint32, sharding=self._sharding),
                jax.ShapeDtypeStruct((), np.int32),
            )
            .compile()
        )
        if (needs := self._advance.memory_analysis()) is not None:
            self._require_memory(needs.argument_size_in_bytes + needs.temp_size_in_bytes)
        self._count_rows = jax.jit(
            functools.partial(_population_of_rows, width=width), out_shardings=NamedSharding(mesh, _ON_EACH)
        )

    @property
    def description(self) -> str:
        """What runs the circuit, for people, such as `JAX on 8 cpu devices`."""
        return f"JAX on {describe_devices(self.devices)}"

    def put(self, words: Words) -> BoardArray:
        """Returns a board on the devices; each process gives all of it, and sends what its own devices hold.

        Raises:
            BoardError: if the words are no board of this size.
        """
        self._require_shape(words, self.partition.height)
        return self.put_rows(lambda first, last: words[:, first:last])

    def put_rows(self, rows_of: Callable[[int, int], Words]) -> BoardArray:
        """Returns a board on the devices that need not fit into the memory of one process.

        Args:
            rows_of: returns the rows from one number up to, not including, another. It is called for each device of
                this process.

        Raises:
            BoardError: if what it returns are not these rows.
        """

        def stored(index: tuple[slice, ...] | None) -> Words:
            assert index is not None, "every device holds rows"
            device = (index[1].start or 0) // self.partition.stored_rows
            first, count = self.partition.first_row(device), self.partition.num_rows(device)
            rows = rows_of(first, first + count)
            self._require_shape(rows, count)
            return self.partition.stored(rows)

        return jax.make_array_from_callback(self._stored_shape, self._sharding, stored)

    def advance(self, board: BoardArray, generations: int) -> BoardArray:
        """Returns the board so many generations later, perhaps before it is there; the one given is used up.

        Raises:
            BoardError: if the number is negative, or too large for one call.
        """
        if not 0 <= generations <= _LARGEST_COUNT:
            raise BoardError(f"cannot advance by {generations} generations at once; choose from 0 to {_LARGEST_COUNT}.")
        advanced: Array = self._advance(board, np.int32(generations))
        return advanced

    def get(self, board: BoardArray) -> Words:
        """Returns the whole board, to every process; it has to fit into each one's memory, and into a device's."""
        return self.partition.restored(multihost_utils.process_allgather(board, tiled=True))

    def population(self, board: BoardArray) -> int:
        """Returns the number of cells that are not in state 0."""
        counts = np.asarray(self._count_rows(board))[self.partition.places()]
        return int(counts.sum(dtype=np.int64))

    @property
    def _stored_shape(self) -> tuple[int, int, int]:
        partition = self.partition
        return self.num_planes, partition.stored_rows * partition.num_devices, partition.stored_words

    def _require_shape(self, words: Words, num_rows: int) -> None:
        shape = (self.num_planes, num_rows, self.partition.num_words)
        if words.shape != shape or words.dtype != np.uint32:
            raise BoardError(
                f"{words.dtype}{list(words.shape)} does not hold {num_rows} rows of {self.partition.width} cells; "
                f"uint32{list(shape)} would."
            )

    def _require_memory(self, needed: int) -> None:
        """Makes sure that the devices of this process have so many bytes, each."""
        mine = [device for device in self.devices if device.process_index == jax.process_index()]
        free = min((free_memory(device) for device in mine), default=needed)
        if needed > free:
            raise BoardError(
                f"a board of {self.partition.width}x{self.partition.height} cells needs {needed / 2**30:.3g} GiB of "
                f"memory on each of {describe_devices(self.devices)}, but {free / 2**30:.3g} GiB are free; make it "
                "smaller or use more devices."
            )


def _advance(words: BoardArray, generations: Int32[Array, ""], *, circuit: Netlist, partition: Partition) -> BoardArray:
    """Returns the rows of one device so many generations later; runs within `jax.shard_map`."""
    alive = None if partition.torus else cells_within_margins(partition)
    most = partition.generations_per_exchange

    def advance(words: BoardArray, count: int | Int32[Array, ""]) -> BoardArray:
        advanced = advance_rows(add_margins(words, partition), circuit, count, alive)
        return remove_margins(advanced, partition) & cell_masks(partition.stored_width)

    # A GPU asks after each turn of a loop whether to go on, unless the number of turns is known beforehand.
    words = jax.lax.fori_loop(0, generations // most, lambda _, words: advance(words, most), words)
    rest = generations % most
    advanced: BoardArray = jax.lax.cond(rest > 0, advance, lambda words, _: words, words, rest)
    return advanced


def _population_of_rows(words: BoardArray, *, width: int) -> UInt32[Array, " stored_rows"]:
    """Returns for each row as it is stored how many cells are not in state 0."""
    masks = cell_masks(width)
    occupied = jax.lax.reduce_or(words[..., : len(masks)], (0,)) & masks
    return jax.lax.population_count(occupied).sum(axis=1)
