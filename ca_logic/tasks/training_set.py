"""`TrainingSet`: what a network is to compute, whatever the task it came from."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int8, Int64, UInt8

from ca_logic.tasks.neighbourhood import (
    CENTRE,
    MOORE,
    NUM_RINGS,
    all_neighbourhoods,
    all_rings,
    bit_planes,
    input_names,
    output_names,
)
from ca_logic.tasks.rule import Rule

_REPETITIONS = 4


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Rows of inputs and the outputs wanted for them, one row a column of the arrays.

    Attributes:
        name: of the task, or of the part of it that this is.
        input_names: one for each input.
        output_names: one for each output.
        inputs: 0 or 1.
        targets: 0 or 1.
    """

    name: str
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    inputs: UInt8[np.ndarray, "inputs rows"]
    targets: UInt8[np.ndarray, "outputs rows"]

    @property
    def num_rows(self) -> int:
        """The number of rows."""
        return int(self.inputs.shape[1])

    def total_influence(self) -> float:
        """Returns how many inputs the first output depends on in an average row, each taken alone.

        This is the total influence or average sensitivity (O'Donnell, "Analysis of Boolean Functions", section
        2.3), counted over the pairs of rows that are there; the number of inputs if there is no such pair.
        """
        targets = {row.tobytes(): target for row, target in zip(self.inputs.T, self.targets[0].tolist(), strict=True)}
        influence = 0.0
        for position in range(len(self.inputs)):
            flipped = self.inputs.T.copy()
            flipped[:, position] ^= 1
            neighbours = (
                (targets[row.tobytes()], targets.get(other.tobytes()))
                for row, other in zip(self.inputs.T, flipped, strict=True)
            )
            differ = [one != other for one, other in neighbours if other is not None]
            influence += sum(differ) / len(differ) if differ else 1.0
        return influence


def neighbourhood_sample(rule: Rule) -> UInt8[np.ndarray, "9 rows"]:
    """Returns neighbourhoods by the states of their cells: all of a two-state rule, else a sample.

    In the sample every ring is there with every centre, several times, and neighbours that are not live are in
    states at random.
    """
    if rule.num_states == 2:
        return all_neighbourhoods()
    rng = np.random.default_rng(0)
    dead = [state for state in range(rule.num_states) if state != 1]
    blocks = []
    for centre in range(rule.num_states):
        for _ in range(_REPETITIONS):
            ring = np.where(all_rings() == 1, 1, rng.choice(dead, size=(len(MOORE), NUM_RINGS)))
            blocks.append(np.insert(ring, CENTRE, centre, axis=0))
    return np.concatenate(blocks, axis=1).astype(np.uint8)


def rule_training_set(rule: Rule) -> TrainingSet:
    """Returns the complete truth table of a two-state rule: all 512 neighbourhoods, in row order."""
    return TrainingSet(rule.name, input_names(1), output_names(1), all_neighbourhoods(), rule.table[None, :])


def table_training_set(name: str, table: Int8[np.ndarray, "512"], known: Int64[np.ndarray, " rows"]) -> TrainingSet:
    """Returns those rows of a two-state table that are known; about the others anything may be learned."""
    inputs, targets = all_neighbourhoods()[:, known], table[None, known].astype(np.uint8)
    return TrainingSet(name, input_names(1), output_names(1), inputs, targets)


def live_training_set(rule: Rule) -> TrainingSet:
    """Returns which states of a cell are live, by their bits; states that do not exist are no rows."""
    states = _all_states(rule)
    live = (states == 1).astype(np.uint8)
    return TrainingSet(
        "live", _names("bit", rule.bits_per_cell), ("live",), bit_planes(states, rule.bits_per_cell), live
    )


def ring_training_set(rule: Rule) -> TrainingSet:
    """Returns a code for each ring: rings that make the same of every state of the centre have the same one.

    There are few such classes, at most four in a Generations rule, and two in WireWorld. So a rule is decomposed
    into a function of the ring and one of its code and the centre (Ashenhurst, "The decomposition of switching
    functions", 1957, where the number of classes is the column multiplicity).
    """
    codes, num_bits = _ring_codes(rule)
    return TrainingSet("ring", MOORE, _names("code", num_bits), all_rings(), bit_planes(codes[None, :], num_bits))


def centre_training_set(rule: Rule) -> TrainingSet:
    """Returns the bits of the next state by the code of the ring and the bits of the centre."""
    codes, num_bits = _ring_codes(rule)
    _, examples = np.unique(codes, return_index=True)
    states = np.tile(_all_states(rule), len(examples))
    rings = np.repeat(examples, rule.num_states)
    return TrainingSet(
        name="centre",
        input_names=(*_names("code", num_bits), *_names("bit", rule.bits_per_cell)),
        output_names=output_names(rule.bits_per_cell),
        inputs=np.concatenate([bit_planes(codes[None, rings], num_bits), bit_planes(states, rule.bits_per_cell)]),
        targets=bit_planes(rule.transitions[states[0], rings][None, :], rule.bits_per_cell),
    )


def _ring_codes(rule: Rule) -> tuple[UInt8[np.ndarray, "256"], int]:
    """Returns the number of the class of each ring, and of how many bits it is."""
    classes, codes = np.unique(rule.transitions, axis=1, return_inverse=True)
    return codes.ravel().astype(np.uint8), max(1, (classes.shape[1] - 1).bit_length())


def _all_states(rule: Rule) -> UInt8[np.ndarray, "1 states"]:
    return np.arange(rule.num_states, dtype=np.uint8)[None, :]


def _names(name: str, num_bits: int) -> tuple[str, ...]:
    return tuple(f"{name}{bit}" for bit in range(num_bits))
