"""Classifiers that run natively, compiled or interpreted."""

from dataclasses import dataclass

import numpy as np

from ca_logic.backend.classifier.digits import score_digits
from ca_logic.backend.classifier.driver import Driver
from ca_logic.backend.classifier.inputs import plan_inputs, used_inputs
from ca_logic.backend.classifier.network import compiled_network, interpreted_network
from ca_logic.backend.classifier.runner import Runner
from ca_logic.backend.classifier.samples import Features, PackedBits
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.circuit.lookup import lookup_of
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from ca_logic.tasks.encoding import Encoder


def compile_classifier(encoder: Encoder, head: GroupSum, *, flags: tuple[str, ...] = ()) -> "NativeClassifier":
    """Returns a classifier compiled for this machine, from the user's cache if it was compiled before.

    Args:
        encoder: makes the bits that the circuit reads.
        head: the circuit and the sums over its outputs.
        flags: for the compiler, such as `-mno-avx512f`; they come last, and so they win.

    Raises:
        CircuitError: if the circuit does not fit the encoder, or scores may not fit into int32.
        NoCompilerError: if there is no C compiler.
        ToolchainError: if the compiler fails, with its output.
    """
    digits = score_digits(head)
    plan = plan_inputs(encoder, used_inputs(digits.circuit))
    network = compiled_network(map_to_lookup(digits.circuit), plan, flags=flags)
    driver = Driver(plan, network, num_classes=digits.num_classes, is_signed=digits.is_signed, flags=flags)
    return NativeClassifier(encoder, driver)


def interpret_classifier(encoder: Encoder, head: GroupSum, *, mapped: bool = False) -> "NativeClassifier":
    """Returns a classifier that compiles nothing of its own, and so answers at once.

    Args:
        encoder: makes the bits that the circuit reads.
        head: the circuit and the sums over its outputs.
        mapped: whether gates are mapped to three-input tables first; that takes a second for 100,000 gates, and makes
            it a third faster.

    Raises:
        CircuitError: if the circuit does not fit the encoder, or scores may not fit into int32.
        NoCompilerError: if there is no C compiler; the interpreter itself is compiled, once.
        ToolchainError: if the compiler fails, with its output.
    """
    digits = score_digits(head)
    plan = plan_inputs(encoder, used_inputs(digits.circuit))
    circuit = map_to_lookup(digits.circuit) if mapped else lookup_of(digits.circuit)
    network = interpreted_network(circuit, plan)
    return NativeClassifier(encoder, Driver(plan, network, num_classes=digits.num_classes, is_signed=digits.is_signed))


@dataclass(frozen=True, eq=False)
class NativeClassifier(Runner):
    """A `Runner` in C.

    Attributes:
        encoder: makes the bits that the circuit reads.
        driver: has a network compute scores.
    """

    encoder: Encoder
    driver: Driver

    @property
    def description(self) -> str:
        """What runs the circuit, for people."""
        return self.driver.description

    def apply(self, samples: Features | PackedBits, *, winners: bool, threads: int) -> np.ndarray:
        """See `Runner`."""
        return self.driver.classes(samples, threads) if winners else self.driver.scores(samples, threads)
