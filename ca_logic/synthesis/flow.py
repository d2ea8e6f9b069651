"""The passes in the order in which they run, each checked against the circuit it was given.

A circuit of few inputs is simulated on every vector that matters, and may become anything that agrees there. One of
many inputs goes through passes that take time in proportion to its size, and look at its structure only.
"""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from ca_logic.circuit import (
    AnyCircuit,
    Circuit,
    InputVectors,
    LookupCircuit,
    Netlist,
    output_functions,
    remove_dead_gates,
)
from ca_logic.circuit.lookup import gates_of
from ca_logic.circuit.netlist import merge_outputs, spread_outputs
from ca_logic.circuit.simulation import unpack_bits
from ca_logic.errors import EquivalenceError, ToolchainError, UsageError
from ca_logic.synthesis.annealing import anneal
from ca_logic.synthesis.circuit_equivalence import (
    compare_by_simulation,
    prove_same_function,
    require_care_set,
)
from ca_logic.synthesis.counting import counter_circuits
from ca_logic.synthesis.decision_diagram import PartialTable, decision_diagram
from ca_logic.synthesis.equivalence import Proof
from ca_logic.synthesis.functional_hashing import functional_hashing
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from ca_logic.synthesis.resubstitution import resubstitution
from ca_logic.synthesis.row_sharing import FoldedCircuit, fold_rows
from ca_logic.synthesis.structural_hashing import simplify, strash, sweep

Unit = Literal["gates", "tables"]

MAX_EXACT_INPUTS = 16
"""Above this many inputs, and without a care set, only the passes that look at the structure run.

So they do in circuits of so many gates that what all of them compute does not fit into memory.
"""

WORK_OF_EFFORT = (20_000_000, 400_000_000, 1_600_000_000, 10_000_000_000)
"""What annealing may do for each of the two costs, on 512 vectors: about 0.05, 1, 4 and 25 seconds of a core."""

_USUAL_VECTORS = 512

_TRIES_WITH_ROWS = 2
"""Where a walk with rows shared ends depends more on chance."""

FUNCTIONAL_HASHING = "functional hashing"
RESUBSTITUTION = "0-resubstitution"
MAPPING = "mapping to three-input tables"
ANNEALING_TABLES = "annealing of three-input tables"
ANNEALING_GATES = "annealing of two-input gates"

_MAX_EXACT_BITS = 1 << 31
"""Of all signals in all rows together; more would take some gigabytes of memory."""

_MAX_TABLE_ROWS = 1 << 14
"""Of all outputs together, for circuits that are made from truth tables; 12 inputs and 4 outputs take half a second."""

_MAX_RESUBSTITUTED_GATES = 2000
_RESUBSTITUTION_ROUNDS = 40
_RESUBSTITUTION_EVALUATIONS = 500_000


@dataclass(frozen=True)
class PassResult:
    """What one pass left.

    Attributes:
        name: the textbook's name of the pass.
        size: number of gates after it; with rows shared, of those that are evaluated for each row.
        unit: which gates these are: `gates` of two inputs, or `tables` of three.
        seconds: wall time.
        proof: how the result was compared with what the pass was given; None while the pass is under way.
    """

    name: str
    size: int
    unit: Unit
    seconds: float
    proof: Proof | None


@dataclass(frozen=True, eq=False)
class Optimized:
    """A circuit optimized for two costs, each in its own right, or for one of them.

    Attributes:
        gates: of few two-input gates.
        tables: of few three-input tables.
        passes: what each pass left.
        proof: that both compute what the original does.
    """

    gates: Circuit
    tables: LookupCircuit
    passes: tuple[PassResult, ...]
    proof: Proof


def require_effort(effort: int) -> None:
    """Raises UsageError if there is no such effort."""
    if effort not in range(len(WORK_OF_EFFORT)):
        raise UsageError(f"there is no effort {effort}; it is 0 to {len(WORK_OF_EFFORT) - 1}.")


def optimize(
    circuit: Circuit,
    *,
    care: UInt8[np.ndarray, "inputs rows"] | None = None,
    effort: int = 1,
    cost: Unit | None = None,
    share_rows: bool = False,
    seed: int = 0,
    on_pass: Callable[[PassResult], None] = lambda _: None,
    on_warning: Callable[[str], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Optimized:
    """Returns small circuits that compute the same, and what each pass contributed.

    The result depends on the arguments only, unless it is stopped, or there is no C compiler that works; then no
    annealing takes place.

    Args:
        circuit: what to make smaller.
        care: the input combinations that matter, one a column; on others the result may differ. By default all.
        effort: 0 to 3; see `WORK_OF_EFFORT`.
        cost: the only one that matters, if so; then less work is done. The circuit of the other cost is a by-product.
        share_rows: whether gates that are alike up to rows of a neighbourhood count once, as they are computed once.
        seed: decides the random walks.
        on_pass: called after each pass, and during the long ones now and then.
        on_warning: told if nothing can be compiled.
        should_stop: asked several times a second; if so, the best so far is returned.

    Raises:
        UsageError: if there is no such effort.
        CircuitError: if rows are to be shared by a circuit that does not read neighbourhoods.
        EquivalenceError: if the care set is not one for the circuit, or if a pass broke the circuit.
    """
    require_effort(effort)
    vectors = _vectors_that_matter(circuit, care)
    method = "exhaustive" if care is None else "all rows that matter"
    steps = _Steps(circuit, vectors, method, on_pass, fold_rows if share_rows else _as_it_is)
    for name, linear in LINEAR_PASSES:
        circuit = steps.take(name, linear, circuit)
    if vectors is None:
        tables = steps.take(MAPPING, map_to_lookup, circuit)
        proof = _joint_proof(steps.original, circuit, tables, should_stop=should_stop)
        return Optimized(circuit, tables, tuple(steps.results), proof)
    circuit = steps.take(FUNCTIONAL_HASHING, partial(functional_hashing, vectors=vectors), circuit)
    starts = [circuit, *_starts_from_tables(circuit, vectors)]
    for_tables, for_gates = _works_of(effort, cost, vectors.ones.bit_length(), share_rows=share_rows)

    def annealed(name: str, arity: Literal[2, 3], work: int, starts: list[Netlist]) -> LookupCircuit:
        return anneal(
            starts,
            vectors,
            arity=arity,
            work=work,
            share_rows=share_rows,
            tries=_TRIES_WITH_ROWS if share_rows else 1,
            seed=seed,
            on_progress=steps.progress(name, "gates" if arity == 2 else "tables"),
            should_stop=should_stop,
        )

    try:
        mapped: list[Netlist] = [map_to_lookup(start) for start in starts]
        tables = steps.take(ANNEALING_TABLES, lambda _: annealed(ANNEALING_TABLES, 3, for_tables, mapped), circuit)
        if for_gates:
            known: list[Netlist] = [gates_of(tables), *starts]
            walk = partial(annealed, ANNEALING_GATES, 2, for_gates, known)
            circuit = steps.take(ANNEALING_GATES, lambda _: gates_of(walk()), circuit)
        # Seldom, but so the tables are never more than mapping makes of the gates.
        if steps.cost(map_to_lookup(circuit)) < steps.cost(tables):
            tables = steps.take(MAPPING, map_to_lookup, circuit)
    except ToolchainError as error:
        on_warning(f"{error} Without the compiled search circuits stay larger.")
        if not should_stop():
            on_progress = steps.progress(RESUBSTITUTION, "gates")
            run = partial(_resubstituted, vectors=vectors, on_progress=on_progress)
            circuit = steps.take(RESUBSTITUTION, run, circuit)
        tables = steps.take(MAPPING, map_to_lookup, circuit)
    return Optimized(circuit, tables, tuple(steps.results), steps.exact_proof)


@dataclass
class _Steps:
    """The passes taken so far.

    Attributes:
        original: what all passes must keep.
        vectors: the input vectors that matter, None if there are too many.
        method: what it means that all of these agree.
        on_pass: told of each pass.
        costed: gives what of a circuit counts, once for each gate.
        results: what each pass left.
    """

    original: Circuit
    vectors: InputVectors | None
    method: str
    on_pass: Callable[[PassResult], None]
    costed: Callable[[Netlist], Netlist | FoldedCircuit]
    results: list[PassResult] = field(default_factory=list)

    def take(self, name: str, run: Callable[[Circuit], AnyCircuit], circuit: Circuit) -> AnyCircuit:
        """Runs a pass, and compares what it left with the original."""
        began = time.perf_counter()
        after = run(circuit)
        seconds = time.perf_counter() - began
        unit: Unit = "gates" if isinstance(after, Circuit) else "tables"
        self.results.append(PassResult(name, self.cost(after), unit, seconds, self._prove(name, after)))
        self.on_pass(self.results[-1])
        return after

    def cost(self, circuit: Netlist) -> int:
        """Returns the number of gates, or with rows shared, how many are evaluated for each row."""
        return self.costed(circuit).num_gates

    def progress(self, name: str, unit: Unit) -> Callable[[int], None]:
        """Returns what a long pass calls with the size that it has come to."""
        began = time.perf_counter()
        return lambda size: self.on_pass(PassResult(name, size, unit, time.perf_counter() - began, None))

    @functools.cached_property
    def _wanted(self) -> list[int]:
        assert self.vectors is not None
        return output_functions(self.original, self.vectors)

    @property
    def exact_proof(self) -> Proof:
        """What it means that all vectors agree."""
        assert self.vectors is not None
        rows = self.vectors.ones.bit_length()
        return Proof(self.method, rows, rows)

    def _prove(self, name: str, after: Netlist) -> Proof:
        if self.vectors is None:
            try:
                return compare_by_simulation(self.original, after)
            except EquivalenceError as error:
                raise EquivalenceError(f"{name} broke a circuit, which is a bug: {error}") from None
        if output_functions(after, self.vectors) != self._wanted:
            raise EquivalenceError(f"{name} changed what circuit {self.original.name!r} computes, which is a bug.")
        return self.exact_proof


def _works_of(effort: int, cost: Unit | None, num_vectors: int, *, share_rows: bool) -> tuple[int, int]:
    """Returns what annealing may do for tables, and for gates, which set out from the best tables."""
    # Among many vectors a difference is found soon: what then is counted as work takes less time.
    work = int(WORK_OF_EFFORT[effort] * max(1, num_vectors / _USUAL_VECTORS) ** 0.5)
    if cost is None:
        return work, work
    if cost == "tables":
        return work, 0
    # From good tables good gates are not far. Rows are shared by what was made small without, so tables need less, too.
    return (work // 8, 3 * work // 8) if share_rows else (work, work // 2)


def _joint_proof(original: Circuit, *results: Netlist, should_stop: Callable[[], bool]) -> Proof:
    """Proves each result equal to the original, and returns the weakest proof."""
    proofs = [prove_same_function(original, result, should_stop=should_stop) for result in results]
    return min(proofs, key=lambda proof: proof.is_complete)


def _vectors_that_matter(circuit: Circuit, care: UInt8[np.ndarray, "inputs rows"] | None) -> InputVectors | None:
    """Returns the vectors on which the circuit is simulated, or None if there are too many for its size."""
    if care is not None:
        require_care_set(circuit, care)
        return (
            InputVectors.of_rows(care)
            if (circuit.num_signals + len(circuit.outputs)) * care.shape[1] <= _MAX_EXACT_BITS
            else None
        )
    num_inputs = len(circuit.inputs)
    if num_inputs <= MAX_EXACT_INPUTS and (circuit.num_signals + len(circuit.outputs)) << num_inputs <= _MAX_EXACT_BITS:
        return InputVectors.complete(num_inputs)
    return None


def _starts_from_tables(circuit: Circuit, vectors: InputVectors) -> list[Circuit]:
    """Returns circuits made from the truth tables alone, if these are small."""
    merged, places = merge_outputs(circuit)
    if not 0 < len(merged.outputs) << len(circuit.inputs) <= _MAX_TABLE_ROWS:
        return []
    tables = _partial_tables(merged, vectors)
    diagram = decision_diagram(circuit.name, circuit.inputs, tables)
    return [
        spread_outputs(start, circuit.outputs, places)
        for start in (diagram, *counter_circuits(circuit.name, circuit.inputs, tables))
    ]


def _partial_tables(circuit: Circuit, vectors: InputVectors) -> dict[str, PartialTable]:
    """Returns each output's function of the vectors as a table over all rows."""
    num_inputs, num_vectors = len(vectors.functions), vectors.ones.bit_length()
    rows = np.zeros(num_vectors, dtype=np.int64)
    for inputs in vectors.functions:
        rows = 2 * rows + unpack_bits(inputs, num_vectors)
    shape = (2,) * num_inputs
    care = np.zeros(1 << num_inputs, dtype=bool)
    care[rows] = True
    tables = {}
    for name, function in zip(circuit.outputs, output_functions(circuit, vectors), strict=True):
        ones = np.zeros(1 << num_inputs, dtype=bool)
        ones[rows] = unpack_bits(function, num_vectors)
        tables[name] = PartialTable(ones.reshape(shape), care.reshape(shape))
    return tables


def _as_it_is(circuit: Netlist) -> Netlist:
    return circuit


def _resubstituted(circuit: Circuit, vectors: InputVectors, on_progress: Callable[[int], None]) -> Circuit:
    if circuit.num_gates > _MAX_RESUBSTITUTED_GATES:
        return circuit
    return resubstitution(
        circuit,
        vectors,
        rounds=_RESUBSTITUTION_ROUNDS,
        max_evaluations=_RESUBSTITUTION_EVALUATIONS,
        on_progress=on_progress,
    )


LINEAR_PASSES: tuple[tuple[str, Callable[[Circuit], Circuit]], ...] = (
    ("dead-gate elimination", remove_dead_gates),
    ("constant and copy propagation", sweep),
    ("structural hashing", strash),
    ("two-input simplification", simplify),
)
"""The quick passes by name, in order; each takes time in proportion to the circuit."""
