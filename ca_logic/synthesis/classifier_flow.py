"""The passes for the circuit of a classifier: those that look at its structure, and a search where it is small.

The outputs are summed, so an inverter before one, a constant, or an output that equals another costs no gate; and a
classifier is never asked about inputs that its encoder cannot make, so these are don't-cares of a search.
"""

import dataclasses
import time
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from ca_logic.circuit.group_sum import GroupSum, merge_terms
from ca_logic.synthesis.circuit_equivalence import compare_by_simulation, prove_same_function
from ca_logic.synthesis.code_search import Watch, search_on_codes
from ca_logic.synthesis.equivalence import Proof
from ca_logic.synthesis.flow import LINEAR_PASSES, PassResult, require_effort
from ca_logic.tasks.encoding import Encoder

MERGING = "merging of terms"

MAX_SEARCHED_GATES = 2000
"""Of larger circuits a search changes little in the time that anybody waits."""


@dataclass(frozen=True, eq=False)
class OptimizedHead:
    """The sums of a classifier over a smaller circuit.

    Attributes:
        head: the same scores, for every code that the encoder makes.
        passes: what each pass left, in gates.
        proof: that the circuit computes the same.
    """

    head: GroupSum
    passes: tuple[PassResult, ...]
    proof: Proof


def optimize_head(
    head: GroupSum,
    encoder: Encoder,
    *,
    examples: UInt8[np.ndarray, "bits samples"] | None = None,
    effort: int = 1,
    seed: int = 0,
    watch: Watch | None = None,
) -> OptimizedHead:
    """Returns the same scores by fewer gates.

    Args:
        head: a circuit of any size, and sums.
        encoder: makes what it reads.
        examples: some codes that occur, a column each; a search tries these first.
        effort: 0 is no search; 1 to 3 search longer and longer, as in `optimize`.
        seed: decides the search.
        watch: who looks on.

    Raises:
        UsageError: if there is no such effort.
        EquivalenceError: if a pass broke the circuit, which would be a bug.
    """
    require_effort(effort)
    watch = watch or Watch()
    passes: list[PassResult] = []

    def note(done: PassResult) -> None:
        passes.append(done)
        watch.on_pass(done)

    circuit = head.circuit
    for name, run in LINEAR_PASSES:
        began = time.perf_counter()
        circuit = run(circuit)
        seconds = time.perf_counter() - began
        note(PassResult(name, circuit.num_gates, "gates", seconds, compare_by_simulation(head.circuit, circuit)))
    # Structure alone makes this quick, so nobody need stop it.
    proof = prove_same_function(head.circuit, circuit)
    head = merge_terms(dataclasses.replace(head, circuit=circuit))
    note(PassResult(MERGING, head.circuit.num_gates, "gates", 0.0, proof))
    if not effort or watch.should_stop() or not 0 < head.circuit.num_gates <= MAX_SEARCHED_GATES:
        return OptimizedHead(head, tuple(passes), proof)
    found = search_on_codes(head.circuit, encoder, examples=examples, effort=effort, seed=seed, watch=watch)
    if found is None or found.circuit.num_gates >= head.circuit.num_gates:
        return OptimizedHead(head, tuple(passes), proof)
    passes += found.passes
    head = merge_terms(dataclasses.replace(head, circuit=found.circuit))
    note(PassResult(MERGING, head.circuit.num_gates, "gates", 0.0, found.proof))
    return OptimizedHead(head, tuple(passes), found.proof if proof.is_complete else proof)
