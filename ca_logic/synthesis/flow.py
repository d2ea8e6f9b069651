"""The passes in the order in which they run, each checked against the circuit it was given."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import UInt8

from ca_logic.circuit import Circuit, InputVectors, output_functions, remove_dead_gates
from ca_logic.errors import EquivalenceError
from ca_logic.synthesis.functional_hashing import functional_hashing
from ca_logic.synthesis.resubstitution import resubstitution
from ca_logic.synthesis.structural_hashing import strash, sweep

_LAST = "0-resubstitution"

Pass = Callable[[Circuit, InputVectors], Circuit]

_NUM_STARTS = 4
_SHORT_ROUNDS = 10
_LONG_ROUNDS = 40
_SHORT_EVALUATIONS = 100_000
_LONG_EVALUATIONS = 500_000


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
    circuit: Circuit,
    *,
    care: UInt8[np.ndarray, "inputs rows"] | None = None,
    effort: int = 1,
    on_pass: Callable[[PassResult], None] = lambda _: None,
) -> tuple[Circuit, tuple[PassResult, ...]]:
    """Returns a smaller circuit that computes the same, and what each pass contributed.

    Args:
        circuit: what to make smaller.
        care: the input combinations that matter, one a column; on others the result may differ. By default all.
        effort: how many times the usual number of random walks is made; their work is bounded, not their time.
        on_pass: called after each pass, and during the long one now and then.

    Raises:
        CircuitError: if all combinations matter, and the circuit has too many inputs for truth tables.
        EquivalenceError: if a pass broke the circuit.
    """
    vectors = InputVectors.complete(len(circuit.inputs)) if care is None else InputVectors.of_rows(care)
    wanted = output_functions(circuit, vectors)

    began = time.perf_counter()

    def report(gates: int) -> None:
        on_pass(PassResult(_LAST, gates, time.perf_counter() - began))

    results = []
    last: Pass = partial(best_resubstitution, effort=effort, on_progress=report)
    for name, run in (*PASSES, (_LAST, last)):
        started = time.perf_counter()
        circuit = run(circuit, vectors)
        if output_functions(circuit, vectors) != wanted:
            raise EquivalenceError(f"{name} changed what circuit {circuit.name!r} computes, which is a bug.")
        results.append(PassResult(name, circuit.num_gates, time.perf_counter() - started))
        on_pass(results[-1])
    return circuit, tuple(results)


def best_resubstitution(
    circuit: Circuit,
    vectors: InputVectors,
    *,
    effort: int = 1,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Circuit:
    """Returns the smallest circuit of several short random walks, after a longer walk from there."""
    starts = []
    for seed in range(_NUM_STARTS * effort):
        starts.append(
            resubstitution(
                circuit,
                vectors,
                seed=seed,
                rounds=_SHORT_ROUNDS,
                max_evaluations=_SHORT_EVALUATIONS,
                on_progress=on_progress,
            )
        )
    return resubstitution(
        min(starts, key=lambda start: start.num_gates),
        vectors,
        rounds=_LONG_ROUNDS * effort,
        max_evaluations=effort * _LONG_EVALUATIONS,
        on_progress=on_progress,
    )


PASSES: tuple[tuple[str, Pass], ...] = (
    ("dead-gate elimination", lambda circuit, _: remove_dead_gates(circuit)),
    ("constant and copy propagation", lambda circuit, _: sweep(circuit)),
    ("structural hashing", lambda circuit, _: strash(circuit)),
    ("functional hashing", functional_hashing),
)
"""The quick passes by name, in order; each keeps what the circuit computes on the given input vectors."""
