"""`DeviceClassifier`: a classifier on JAX's devices, which share the samples."""

import functools
from collections import deque
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Int32, UInt32

from ca_logic.backend.classifier.digits import score_digits
from ca_logic.backend.classifier.inputs import plan_inputs, used_inputs
from ca_logic.backend.classifier.runner import Runner
from ca_logic.backend.classifier.samples import Features, PackedBits
from ca_logic.backend.device.batches import Part, cut_batch, most_words
from ca_logic.backend.device.devices import describe_devices, find_devices
from ca_logic.backend.device.packed import (
    Bounds,
    Comparable,
    Steps,
    bounds_of,
    compute,
    pack_features,
    scores_of_digits,
    steps_of,
)
from ca_logic.backend.device.schedule import schedule_tables
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.errors import UsageError
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from ca_logic.tasks.encoding import Encoder

_TABLES_PER_STEP_ON_CPU, _TABLES_PER_STEP = 4, 1024
"""A CPU begins a step by a jump, other devices by starting programs."""

_MOST_UNDER_WAY = 2
"""So many parts of a batch are on the devices at a time."""

_AXIS = "samples"
"""The axis of the mesh of devices."""

_ON_EACH, _BY_SAMPLES, _BY_WORDS = PartitionSpec(), PartitionSpec(_AXIS), PartitionSpec(None, _AXIS)


class DeviceClassifier(Runner):
    """A `Runner` in JAX: each device computes 32 samples in the bits of a word, whatever the threads asked for.

    All is done on the devices, comparing features and adding scores up included. What does it is compiled when it is
    first needed, in a fraction of a second whatever the size of the circuit, and anew for each of few sizes of batches.
    Long batches are cut, so that memory is bounded. Threads may share a classifier.
    """

    def __init__(self, encoder: Encoder, head: GroupSum, *, devices: Sequence[jax.Device] | None = None) -> None:
        """Maps the circuit to tables and copies these to the devices.

        Args:
            encoder: makes the bits that the circuit reads.
            head: the circuit and the sums over its outputs.
            devices: what to run on, the samples being dealt out in this order; by default all of this process that
                JAX prefers.

        Raises:
            CircuitError: if the circuit does not fit the encoder, or scores may not fit into int32.
            DataError: if the encoder looks at features that it does not have.
            UsageError: if JAX finds no device, or one belongs to another process.
        """
        self.encoder = encoder
        self.devices = _devices_of_this_process(devices)
        digits = score_digits(head)
        circuit = map_to_lookup(digits.circuit)
        plan = plan_inputs(encoder, used_inputs(circuit))
        is_cpu = self.devices[0].platform == "cpu"
        tables_per_step = _TABLES_PER_STEP_ON_CPU if is_cpu else _TABLES_PER_STEP
        schedule = schedule_tables(plan.place(circuit), tables_per_step=tables_per_step)
        self._bits = np.maximum(plan.bits, 0)
        self._num_classes = digits.num_classes
        self._most_words = most_words(self.devices[0], num_rows=schedule.num_rows, num_features=encoder.num_features)
        self._mesh = Mesh(np.array(self.devices), (_AXIS,))
        constants = (steps_of(schedule), bounds_of(plan, encoder))
        self._steps, self._bounds = jax.device_put(constants, NamedSharding(self._mesh, _ON_EACH))
        self._classify = functools.partial(
            _classify,
            mesh=self._mesh,
            num_rows=schedule.num_rows,
            num_classes=digits.num_classes,
            is_signed=digits.is_signed,
        )

    @property
    def description(self) -> str:
        """What runs the circuit, for people, such as `JAX on 8 cpu devices`."""
        return f"JAX on {describe_devices(self.devices)}"

    def apply(self, samples: Features | PackedBits, *, winners: bool, threads: int) -> np.ndarray:  # noqa: ARG002
        """See `Runner`; parts of the samples are prepared while others are computed."""
        results = np.empty((samples.count,) if winners else (samples.count, self._num_classes), np.int32)
        under_way: deque[tuple[Part, Array]] = deque()

        def finish_first() -> None:
            part, found = under_way.popleft()
            results[part.samples] = np.asarray(found)[: part.count]

        for part in cut_batch(samples.count, most_words=self._most_words, num_devices=len(self.devices)):
            if len(under_way) == _MOST_UNDER_WAY:
                finish_first()
            under_way.append((part, self._begin(samples, part, winners=winners)))
        while under_way:
            finish_first()
        return results

    def _begin(self, samples: Features | PackedBits, part: Part, *, winners: bool) -> Array:
        """Returns what the devices will have computed of a part."""
        given: np.ndarray
        if isinstance(samples, PackedBits):
            given, spec, bounds = part.of_bits(samples, self._bits), _BY_WORDS, None
        else:
            given, spec = part.of_features(samples), _BY_SAMPLES
            bounds = self._bounds[given.dtype.name]
        placed = jax.device_put(given, NamedSharding(self._mesh, spec))
        found: Array = self._classify(placed, bounds, self._steps, spec=spec, winners=winners)
        return found


@functools.partial(jax.jit, static_argnames=("spec", "mesh", "num_rows", "num_classes", "is_signed", "winners"))
def _classify(
    samples: Comparable | UInt32[Array, "inputs words"],
    bounds: Bounds | None,
    steps: Steps,
    *,
    spec: PartitionSpec,
    mesh: Mesh,
    num_rows: int,
    num_classes: int,
    is_signed: bool,
    winners: bool,
) -> Int32[Array, "samples classes"] | Int32[Array, " samples"]:
    """Returns scores or classes of samples that are dealt out as `spec` says: features, or words if no bounds are."""

    def classify_own(samples: Array, bounds: Bounds | None, steps: Steps) -> Array:
        words = samples if bounds is None else pack_features(samples, bounds)
        scores = scores_of_digits(compute(words, steps, num_rows), num_classes, is_signed=is_signed)
        return jnp.argmax(scores, axis=1).astype(jnp.int32) if winners else scores

    sharded = jax.shard_map(classify_own, mesh=mesh, in_specs=(spec, _ON_EACH, _ON_EACH), out_specs=_BY_SAMPLES)
    found: Array = sharded(samples, bounds, steps)
    return found


def _devices_of_this_process(devices: Sequence[jax.Device] | None) -> tuple[jax.Device, ...]:
    mine = jax.process_index()
    if devices is None:
        return tuple(device for device in find_devices() if device.process_index == mine)
    if any(device.process_index != mine for device in devices):
        raise UsageError("a classifier runs on devices of its own process; make one in each, and give it its samples.")
    return tuple(devices)
