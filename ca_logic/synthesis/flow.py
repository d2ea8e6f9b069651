"""The passes in the order in which they run, each checked against the circuit it was given."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ca_logic.circuit import Circuit, remove_dead_gates, truth_tables
from ca_logic.synthesis.equivalence import prove_equivalent
from ca_logic.synthesis.functional_hashing import functional_hashing
from ca_logic.synthesis.resubstitution import resubstitution
from ca_logic.synthesis.structural_hashing import strash, sweep

Pass = Callable[[Circuit], Circuit]

_NUM_STARTS = 4
_SHORT_ROUNDS = 10
_LONG_ROUNDS = 40


@dataclass(frozen=True)
class PassResult:
    """What one pass left.

    Attributes:
        name: the textbook's name of the pass.
        gates: number of gates after it.
        seconds: wall time.
    """

    name: str
    gates: int
    seconds: float


def optimize(
    circuit: Circuit, *, on_pass: Callable[[PassResult], None] = lambda _: None
) -> tuple[Circuit, tuple[PassResult, ...]]:
    """Returns a smaller circuit that computes the same, and what each pass contributed.

    Raises:
        CircuitError: if the circuit has too many inputs for truth tables.
        EquivalenceError: if a pass broke the circuit.
    """
    tables = truth_tables(circuit)
    results = []
    for name, run in PASSES:
        started = time.perf_counter()
        circuit = run(circuit)
        prove_equivalent(circuit, tables)
        results.append(PassResult(name, circuit.num_gates, time.perf_counter() - started))
        on_pass(results[-1])
    return circuit, tuple(results)


def best_resubstitution(circuit: Circuit) -> Circuit:
    """Returns the smallest circuit of several short random walks, after a longer walk from there."""
    starts = [resubstitution(circuit, seed=seed, rounds=_SHORT_ROUNDS) for seed in range(_NUM_STARTS)]
    return resubstitution(min(starts, key=lambda start: start.num_gates), rounds=_LONG_ROUNDS)


PASSES: tuple[tuple[str, Pass], ...] = (
    ("dead-gate elimination", remove_dead_gates),
    ("constant and copy propagation", sweep),
    ("structural hashing", strash),
    ("functional hashing", functional_hashing),
    ("0-resubstitution", best_resubstitution),
)
