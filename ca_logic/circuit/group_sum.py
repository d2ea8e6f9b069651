"""The head of a classifier: for each class, how many of its neurons are 1.

A network of logic gates that classifies gives each class an equal share of its last neurons, the *GroupSum* of
Petersen et al., "Deep Differentiable Logic Gate Networks" (NeurIPS 2022); the class with the largest sum wins. The one
idea: these sums stay sums of weighted bits, each bit there once, rather than gates, since counting ones takes more
gates than many a network and is an instruction of its own where circuits run.
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int64, UInt64

from ca_logic.circuit.netlist import CONSTANT_FALSE, Circuit, remove_dead_gates
from ca_logic.circuit.simulation import simulate
from ca_logic.errors import CircuitError
from ca_logic.gates import Gate

_WORDS_AT_ONCE = 64
"""So many words of lanes are unpacked at once: a byte for each lane of each output."""


@dataclass(frozen=True, eq=False)
class GroupSum:
    """A circuit, and a score for each class: its bias and the weights of those outputs that are 1.

    Attributes:
        circuit: computes the bits that are summed.
        biases: the score of each class when all outputs are 0.
        classes: for each term the class to whose score it belongs; ascending.
        outputs: for each term the output that it weighs; ascending within a class.
        weights: for each term what it adds where that output is 1; not 0.

    Raises:
        CircuitError: if the arrays do not describe such sums.
    """

    circuit: Circuit
    biases: Int64[np.ndarray, " classes"]
    classes: Int64[np.ndarray, " terms"]
    outputs: Int64[np.ndarray, " terms"]
    weights: Int64[np.ndarray, " terms"]

    def __post_init__(self) -> None:
        """Checks the arrays."""
        name, num_outputs = self.circuit.name, len(self.circuit.outputs)
        if not self.num_classes:
            raise CircuitError(f"the sums over circuit {name!r} need at least one class.")
        if not len(self.classes) == len(self.outputs) == len(self.weights):
            raise CircuitError(f"the sums over circuit {name!r} need a class, an output and a weight for each term.")
        for what, numbers, count in (("class", self.classes, self.num_classes), ("output", self.outputs, num_outputs)):
            if len(wrong := numbers[(numbers < 0) | (numbers >= count)]):
                raise CircuitError(
                    f"the sums over circuit {name!r} have a term of {what} {wrong[0]}, but {count} in all."
                )
        if (np.diff(self.classes * num_outputs + self.outputs) <= 0).any():
            raise CircuitError(f"the sums over circuit {name!r} must have their terms by class, then by output.")
        if (self.weights == 0).any():
            raise CircuitError(f"the sums over circuit {name!r} have a term of weight 0; leave it out.")

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return len(self.biases)


def group_sum(circuit: Circuit, num_classes: int) -> GroupSum:
    """Returns the sums of a classifier of which each class has equally many consecutive outputs, in order.

    The circuit should be swept and hashed, so that equal outputs have one driver; see `merge_terms`.

    Raises:
        CircuitError: if the outputs cannot be dealt out evenly.
    """
    num_outputs = len(circuit.outputs)
    if num_classes < 1 or num_outputs % num_classes:
        raise CircuitError(
            f"{num_outputs} outputs of circuit {circuit.name!r} cannot be {num_classes} classes of equally many; "
            f"choose a divisor of {num_outputs}."
        )
    outputs = np.arange(num_outputs, dtype=np.int64)
    head = GroupSum(
        circuit=circuit,
        biases=np.zeros(num_classes, np.int64),
        classes=outputs // max(1, num_outputs // num_classes),
        outputs=outputs,
        weights=np.ones(num_outputs, np.int64),
    )
    return merge_terms(head)


def merge_terms(head: GroupSum) -> GroupSum:
    """Returns the same scores as sums over distinct outputs, none of them constant or the complement of another.

    A constant goes into the bias, equal outputs of a class become one term of their weights together, and the
    complement of an output is that output with a negative weight. What then weighs nothing is gone, and so are the
    gates before it. An output bears the name of the first that it stands for, complemented or not.

    Structure alone decides, in linear time: outputs are equal if they have the same driver, complements if one is an
    inverter of the other. So run it again after passes on the circuit.
    """
    circuit = head.circuit
    sources, inverted = _literals(circuit)
    signals, signs = sources[head.outputs], np.where(inverted[head.outputs], -1, 1)
    biases = head.biases.copy()
    np.add.at(biases, head.classes, np.where(signs < 0, head.weights, 0))
    pairs, place = np.unique(head.classes * circuit.num_signals + signals, return_inverse=True)
    weights = np.zeros(len(pairs), np.int64)
    np.add.at(weights, place, signs * head.weights)
    needed = (weights != 0) & (pairs % circuit.num_signals != CONSTANT_FALSE)
    pairs, weights = pairs[needed], weights[needed]
    classes, signals = np.divmod(pairs, circuit.num_signals)
    # In the order in which the circuit had them, not in that of the signals.
    first_output = np.full(circuit.num_signals, len(sources))
    np.minimum.at(first_output, sources, np.arange(len(sources)))
    kept = np.unique(first_output[signals])
    outputs = np.searchsorted(kept, first_output[signals])
    order = np.lexsort((outputs, classes))
    names = tuple(circuit.outputs[output] for output in kept)
    return GroupSum(
        circuit=remove_dead_gates(replace(circuit, outputs=names, drivers=sources[kept])),
        biases=biases,
        classes=classes[order],
        outputs=outputs[order],
        weights=weights[order],
    )


def scores(head: GroupSum, words: UInt64[np.ndarray, "inputs words"]) -> Int64[np.ndarray, "classes lanes"]:
    """Returns the score of each class in each lane; lane 64 w + i is bit i of word w.

    Raises:
        CircuitError: if `words` has not one row for each input.
    """
    values = simulate(head.circuit, words)
    num_words = values.shape[1]
    result = np.repeat(head.biases[:, None], 64 * num_words, axis=1)
    bounds = np.searchsorted(head.classes, np.arange(head.num_classes + 1))
    for start in range(0, num_words, _WORDS_AT_ONCE):
        octets = values[:, start : start + _WORDS_AT_ONCE].astype("<u8").view(np.uint8)
        bits = np.unpackbits(octets, axis=1, bitorder="little")
        lanes = slice(64 * start, 64 * start + bits.shape[1])
        for label, (first, last) in enumerate(itertools.pairwise(bounds)):
            result[label, lanes] += head.weights[first:last] @ bits[head.outputs[first:last]]
    return result


def _literals(circuit: Circuit) -> tuple[np.ndarray, np.ndarray]:
    """Returns for each output the signal that it is or inverts, and whether it inverts it."""
    gates = np.concatenate([np.zeros(circuit.first_gate, np.uint8), circuit.gates])
    inverted = gates[circuit.drivers] == Gate.NOT_A
    fanins = np.concatenate([np.zeros(circuit.first_gate, np.int32), circuit.fanins[:, 0]])
    return np.where(inverted, fanins[circuit.drivers], circuit.drivers), inverted
