"""The codes that an encoder can make: of all combinations of a circuit's inputs those that matter.

The one idea: a thermometer of sixteen bits takes seventeen values and not 65,536, and of a one-hot code at most one bit
is 1. So the bits that look at one feature are one digit, of as many values as there are codes. All combinations of
digits can be counted, drawn at random, often enumerated; and a circuit with a decoder before it reads digits, so that
whatever proves circuits equal proves it for all codes, and for nothing else.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, UInt8

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.tasks.encoding import Encoder


@dataclass(frozen=True, eq=False)
class Digit:
    """The bits that look at one feature.

    Attributes:
        bits: which of the encoder's they are.
        codes: all values that they take together, a row each; whatever the feature is, one that is missing included.
    """

    bits: Int64[np.ndarray, " bits"]
    codes: Bool[np.ndarray, "codes bits"]

    @property
    def num_binary_digits(self) -> int:
        """How many inputs a circuit needs to be told the code."""
        return (len(self.codes) - 1).bit_length()


def digits_of(encoder: Encoder) -> tuple[Digit, ...]:
    """Returns the digits of an encoder, one for each feature that some bit looks at."""
    return tuple(
        _digit(encoder, np.flatnonzero(encoder.features == feature)) for feature in np.unique(encoder.features)
    )


def num_codes(digits: Sequence[Digit]) -> int:
    """Returns how many codes there are in all."""
    return math.prod(len(digit.codes) for digit in digits)


def num_decoder_entries(digits: Sequence[Digit]) -> int:
    """Returns how many entries the tables of `behind_decoder` have."""
    return sum(len(digit.bits) << digit.num_binary_digits for digit in digits)


def all_codes(digits: Sequence[Digit]) -> UInt8[np.ndarray, "bits codes"]:
    """Returns every code, one a column; `num_codes` should be looked at before."""
    places = np.indices([len(digit.codes) for digit in digits]).reshape(len(digits), num_codes(digits))
    return _codes(digits, places)


def random_codes(digits: Sequence[Digit], count: int, rng: np.random.Generator) -> UInt8[np.ndarray, "bits codes"]:
    """Returns codes, one a column; each digit of a code has each value with equal chance."""
    places = [rng.integers(0, len(digit.codes), count) for digit in digits]
    return _codes(digits, np.array(places, np.int64).reshape(-1, count))


def code_of_inputs(digits: Sequence[Digit], inputs: Sequence[int]) -> UInt8[np.ndarray, "bits 1"]:
    """Returns the code that a circuit `behind_decoder` computes with for the values of its inputs."""
    places, start = [], 0
    for digit in digits:
        stop = start + digit.num_binary_digits
        number = int("".join(map(str, inputs[start:stop])) or "0", 2)
        places.append(min(number, len(digit.codes) - 1))
        start = stop
    return _codes(digits, np.array(places, np.int64).reshape(-1, 1))


def behind_decoder(circuit: Circuit, digits: Sequence[Digit]) -> Circuit:
    """Returns the circuit as a function of the digits, each written in binary, the most significant first.

    Numbers that no code has stand for the last one.
    """
    names = [f"d{number}_{place}" for number, digit in enumerate(digits) for place in range(digit.num_binary_digits)]
    builder = CircuitBuilder(names, name=circuit.name)
    signals, start = [0] * circuit.first_gate, 1
    for digit in digits:
        inputs = range(start, start + digit.num_binary_digits)
        start = inputs.stop
        places = np.minimum(np.arange(1 << len(inputs)), len(digit.codes) - 1)
        for bit, column in zip(digit.bits.tolist(), digit.codes[places].T.tolist(), strict=True):
            signals[1 + bit] = _lookup(builder, tuple(column), inputs)
    for _, gate, (a, b) in circuit.nodes():
        signals.append(builder.add(gate, signals[a], signals[b]))
    return builder.build({name: signals[driver] for name, driver in zip(circuit.outputs, circuit.drivers, strict=True)})


def _digit(encoder: Encoder, bits: Int64[np.ndarray, " bits"]) -> Digit:
    lows, highs = encoder.lows[bits], encoder.highs[bits]
    bounds = np.concatenate([[np.float32(0)], lows, highs])
    bounds = bounds[np.isfinite(bounds)]
    # Between one bound and the next nothing changes.
    with np.errstate(over="ignore", under="ignore"):
        values = np.concatenate([bounds, *(np.nextafter(bounds, np.float32(end)) for end in (-np.inf, np.inf))])
    codes = (values[:, None] >= lows) & (values[:, None] <= highs)
    missing = np.zeros((1, len(bits)), dtype=bool)
    return Digit(bits, np.unique(np.concatenate([missing, codes]), axis=0))


def _codes(digits: Sequence[Digit], places: Int64[np.ndarray, "digits codes"]) -> UInt8[np.ndarray, "bits codes"]:
    codes = np.zeros((sum(len(digit.bits) for digit in digits), places.shape[1]), dtype=np.uint8)
    for digit, place in zip(digits, places, strict=True):
        codes[digit.bits] = digit.codes[place].T
    return codes


def _lookup(builder: CircuitBuilder, column: tuple[bool, ...], inputs: range) -> int:
    """Returns the signal that is the entry of a column, whose place the inputs say."""
    if not any(column):
        return 0
    if all(column):
        return builder.negate(0)
    half = len(column) // 2
    rest = inputs[1:]
    return builder.select(inputs[0], _lookup(builder, column[:half], rest), _lookup(builder, column[half:], rest))
