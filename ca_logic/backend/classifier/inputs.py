"""Which bits of an encoder a circuit reads, in an order in which many are compared at once.

The one idea: bits that look at consecutive features lie side by side, so that a vector of features is compared with a
vector of limits. Where a few features are not looked at, nothing is compared with theirs, and the run goes on; further
thresholds of the same features are runs of their own.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32, UInt32

from ca_logic.circuit.netlist import AnyCircuit, Netlist
from ca_logic.errors import CircuitError, DataError
from ca_logic.tasks.encoding.encoder import Encoder

_WIDEST_GAP = 16
"""So many features are compared for nothing at most, rather than beginning another run."""

_NO_BIT = -1


@dataclass(frozen=True, eq=False)
class InputPlan:
    """The inputs of a network, in the order of its slots.

    Attributes:
        bits: for each input the bit of the encoder that it is, -1 if it is none.
        ranges: consecutive features that become consecutive inputs: the first feature, the first input, how many.
        lowest: for each input from which number on it is 1.
        highest: for each input up to which number it is 1.
    """

    bits: Int32[np.ndarray, " inputs"]
    ranges: UInt32[np.ndarray, "ranges 3"]
    lowest: Float32[np.ndarray, " inputs"]
    highest: Float32[np.ndarray, " inputs"]

    def limits(self, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
        """Returns the limits for features that are uint8, as uint8, or else as float32; 1 and 0 where nothing fits."""
        lowest, highest = self.lowest, self.highest
        if dtype == np.uint8:
            lowest, highest = np.clip(np.ceil(lowest), 0, 256), np.clip(np.floor(highest), -1, 255)
        fits = lowest <= highest
        limit = np.uint8 if dtype == np.uint8 else np.float32
        return np.where(fits, lowest, 1).astype(limit), np.where(fits, highest, 0).astype(limit)

    def place(self, circuit: AnyCircuit) -> AnyCircuit:
        """Returns the circuit with these inputs in place of its own."""
        number = np.arange(circuit.num_signals) + len(self.bits) - len(circuit.inputs)
        number[0] = 0
        number[1 : circuit.first_gate] = 0
        number[1 + self.bits[self.bits != _NO_BIT]] = 1 + np.flatnonzero(self.bits != _NO_BIT)
        return dataclasses.replace(
            circuit,
            inputs=tuple(map(str, range(len(self.bits)))),
            fanins=number[circuit.fanins],
            drivers=number[circuit.drivers],
        )


def plan_inputs(encoder: Encoder, used: Bool[np.ndarray, " bits"]) -> InputPlan:
    """Returns the order of the bits that are used.

    Raises:
        CircuitError: if the encoder makes another number of bits.
        DataError: if it looks at features that it does not have.
    """
    require_fit(encoder, len(used))
    bits = np.flatnonzero(used)
    bits = bits[np.argsort(encoder.features[bits], kind="stable")]
    features = encoder.features[bits].astype(np.int64)
    # The how manieth of its feature each bit is: those of the same number are in the same runs.
    first_of_feature = np.searchsorted(features, features)
    order = np.lexsort((features, np.arange(len(bits)) - first_of_feature))
    bits, features = bits[order], features[order]
    step = np.diff(features, prepend=0)
    is_first = (step < 1) | (step > 1 + _WIDEST_GAP)
    is_first[:1] = True
    inputs = np.cumsum(np.where(is_first, 1, step)) - 1
    num_inputs = int(inputs.max(initial=-1)) + 1
    first_inputs = inputs[is_first]
    ranges = np.stack([features[is_first], first_inputs, np.diff(first_inputs, append=num_inputs)], axis=1)
    bit_of = np.full(num_inputs, _NO_BIT, np.int32)
    bit_of[inputs] = bits
    lowest, highest = np.full((2, num_inputs), np.nan, np.float32)
    lowest[inputs], highest[inputs] = encoder.lows[bits], encoder.highs[bits]
    return InputPlan(bit_of, ranges.astype(np.uint32), lowest, highest)


def require_fit(encoder: Encoder, num_inputs: int) -> None:
    """Makes sure that an encoder makes what a circuit of so many inputs reads.

    Raises:
        CircuitError: if it makes another number of bits.
        DataError: if it looks at features that it does not have.
    """
    if num_inputs != encoder.num_bits:
        raise CircuitError(
            f"a circuit of {num_inputs} inputs cannot read the {encoder.num_bits} bits of an encoder; give both the "
            "same."
        )
    missing = encoder.features[(encoder.features < 0) | (encoder.features >= encoder.num_features)]
    if len(missing):
        raise DataError(
            f"the encoder looks at feature {missing[0]}, but there are {encoder.num_features}; the first is 0."
        )


def used_inputs(circuit: Netlist) -> Bool[np.ndarray, " inputs"]:
    """Returns for each input whether an output depends on it structurally."""
    return circuit.live_signals()[1 : circuit.first_gate]
