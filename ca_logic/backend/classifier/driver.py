"""The driver: hands samples to `native/classifier.c`, which cuts them into blocks that a network computes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from jaxtyping import Int32

from ca_logic.backend.classifier.inputs import InputPlan
from ca_logic.backend.classifier.network import Network
from ca_logic.backend.classifier.samples import Features, PackedBits, as_compared
from ca_logic.backend.classifier.slots import BLOCK
from ca_logic.errors import UsageError
from ca_logic.tasks.encoding import LANES
from ca_logic.toolchain.library import load_library

_SAMPLES_PER_CALL = 1 << 16
"""So many are classified in one call into C, and so long Ctrl-C may have to wait: milliseconds, or tenths of a second
if there are hundreds of thousands of gates."""

_SLICES_PER_THREAD = 8

_TYPES: dict[np.dtype, str] = {
    np.dtype(np.uint8): "CLASSIFIER_UINT8",
    np.dtype(np.float32): "CLASSIFIER_FLOAT32",
    np.dtype(np.float64): "CLASSIFIER_FLOAT64",
}


class Driver:
    """Has a network compute samples; never changes, so threads may share it."""

    def __init__(
        self,
        plan: InputPlan,
        network: Network,
        *,
        num_classes: int,
        is_signed: bool,
        flags: tuple[str, ...] = (),
    ) -> None:
        """Prepares what C has to know.

        Args:
            plan: where the inputs of the network come from.
            network: its outputs are the digits of scores, class after class, least significant first.
            num_classes: the number of classes.
            is_signed: whether scores are in two's complement.
            flags: for the compiler.
        """
        self._library = load_library("classifier", flags=flags)
        self._network = network
        self._num_classes = num_classes
        # What C has pointers to.
        self._ranges, self._rows = plan.ranges, np.maximum(plan.bits, 0).astype(np.uint32)
        self._limits = {dtype: plan.limits(dtype) for dtype in _TYPES}
        fields = {
            "num_inputs": len(plan.bits),
            "num_slots": network.num_slots,
            "num_ranges": len(plan.ranges),
            "ranges": self._pointer("classifier_range *", self._ranges),
            "rows": self._pointer("uint32_t *", self._rows),
            "num_classes": num_classes,
            "num_digits": len(network.outputs) // num_classes,
            "is_signed": is_signed,
            "digits": self._pointer("uint32_t *", network.outputs),
        }
        self._model = self._library.ffi.new("classifier_model *", fields)
        function = self._library.ffi.cast("classifier_network *", network.address)
        self._arguments = (self._model, function, self._library.ffi.cast("void *", network.program))

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""
        name: bytes = self._library.ffi.string(self._library.functions.classifier_instruction_set())
        return f"{self._network.description}, {name.decode()}"

    def classes(self, samples: Features | PackedBits, threads: int) -> Int32[np.ndarray, " samples"]:
        """Returns the class of each sample."""
        classes = np.empty(samples.count, np.int32)
        self._apply(samples, threads, lambda part: (self._pointer("int32_t *", classes[part]), self._library.ffi.NULL))
        return classes

    def scores(self, samples: Features | PackedBits, threads: int) -> Int32[np.ndarray, "samples classes"]:
        """Returns the scores of each sample."""
        scores = np.empty((samples.count, self._num_classes), np.int32)
        self._apply(samples, threads, lambda part: (self._library.ffi.NULL, self._pointer("int32_t *", scores[part])))
        return scores

    def _apply(self, samples: Features | PackedBits, threads: int, results: Callable[[slice], tuple[Any, Any]]) -> None:
        def apply(part: slice) -> int:
            given, _array = self._samples(samples, part)
            status: int = self._library.functions.classifier_apply(*self._arguments, given, *results(part))
            return status

        _run(apply, samples.count, threads)

    def _samples(self, samples: Features | PackedBits, part: slice) -> tuple[Any, Any]:
        """Returns some of the samples for C, and the array that must live as long."""
        pointers: dict[str, Any] = {}
        if isinstance(samples, PackedBits):
            array = samples.words[:, part.start // LANES :]
            form, pitch = "CLASSIFIER_PACKED", samples.words.strides[0] // samples.words.itemsize
        else:
            array = as_compared(samples.rows[part])
            form, pitch = _TYPES[array.dtype], array.shape[1]
            lowest, highest = self._limits[array.dtype]
            pointers = {"lowest": self._pointer("void *", lowest), "highest": self._pointer("void *", highest)}
        fields = {
            "count": part.stop - part.start,
            "type": getattr(self._library.functions, form),
            "values": self._pointer("void *", array),
            "pitch": pitch,
            **pointers,
        }
        return self._library.ffi.new("classifier_samples *", fields), array

    def _pointer(self, kind: str, array: np.ndarray) -> Any:
        return self._library.ffi.cast(kind, array.ctypes.data)


def _run(work: Callable[[slice], int], num_samples: int, threads: int) -> None:
    """Does the work on slices of the samples, which are whole blocks but for the last.

    Raises:
        UsageError: if there are to be no threads.
        MemoryError: if the work returns that there is no memory.
    """
    if threads < 1:
        raise UsageError(f"{threads} threads cannot classify samples; use 1 or more.")
    blocks = -(-num_samples // BLOCK)
    blocks_at_once = _SAMPLES_PER_CALL // BLOCK
    if threads > 1:
        blocks_at_once = min(blocks_at_once, -(-blocks // (threads * _SLICES_PER_THREAD)))
    step = BLOCK * max(1, blocks_at_once)
    slices = [slice(first, min(first + step, num_samples)) for first in range(0, num_samples, step)]
    if threads > 1 and len(slices) > 1:
        executor = ThreadPoolExecutor(min(threads, len(slices)))
        try:
            failed = any(list(executor.map(work, slices)))
        finally:
            # Whoever leaves early waits for the slices at work, and for no others.
            executor.shutdown(cancel_futures=True)
    else:
        failed = any(map(work, slices))
    if failed:
        raise MemoryError("there is no memory to classify samples in.")
