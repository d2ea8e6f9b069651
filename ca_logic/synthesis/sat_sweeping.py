"""SAT sweeping: proves that outputs are constant 0, signal by signal from the inputs on.

The one idea: signals that agree on all simulated vectors are probably the same function. In topological order a SAT
solver, which gives up soon, proves each such pair; the later signal then gives way to the earlier, so the next proof
has only little left to show: often a few gates, of which the truth tables suffice. A pair that differs yields a vector
that tells others apart as well.
Source: Kuehlmann, Paruthi, Krohm, Ganai, "Robust Boolean reasoning for equivalence checking and functional property
verification" (IEEE TCAD 2002); Mishchenko, Chatterjee, Jiang, Brayton, "FRAIGs" (UC Berkeley 2005).
"""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ca_logic.circuit import Circuit, CircuitBuilder, InputVectors, signal_functions
from ca_logic.circuit.netlist import CONSTANT_FALSE
from ca_logic.gates import evaluate

_SOLVER = "glucose42"
_CONFLICTS_OF_PAIR = 100
_CONFLICTS_OF_CALL = 1000
"""The solver does not hear Ctrl-C, so it returns after so many conflicts."""
_MAX_COUNTEREXAMPLES = 1000
_WINDOW_LEAVES = 8
_WINDOW_GATES = 32
_NEIGHBOURS = 16
_GATES_OF_REFINEMENT = 1000
_LARGEST_REFINEMENT = 64
"""All signals are simulated anew once there is a counterexample for every 1000 gates, or there are 64."""


@dataclass(frozen=True)
class ZeroProof:
    """What is known about outputs that should be constant 0.

    Attributes:
        proved: for each output whether it is.
        counterexample: the value of each input for some output to be 1, if that was found.
        conflicts: how many the solver went through.
        num_vectors: on how many of the given vectors the outputs are 0.
        is_stopped: whether it was told to stop before all was tried.
    """

    proved: tuple[bool, ...]
    counterexample: tuple[int, ...] | None
    conflicts: int
    num_vectors: int
    is_stopped: bool


def prove_zero(
    circuit: Circuit,
    vectors: Iterable[InputVectors],
    *,
    max_conflicts: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> ZeroProof:
    """Proves by SAT that the outputs are constant 0, as far as a number of conflicts gets.

    Args:
        circuit: as a builder makes it, so that there are no pairs of complements to look for.
        vectors: what is simulated first, to find differences and candidates.
        max_conflicts: of the solver in total, give or take some hundreds. Unlike seconds they are the same
            everywhere; a second is enough for some 50,000 of a small circuit, and some 1,000 of a large one.
            Outputs for which none are left are proved where that takes none.
        should_stop: asked before each block of vectors, each pair of signals and each thousand conflicts; once it
            says so, what is not proved yet stays unproved.
    """
    # Imported here because only circuits of many inputs need a solver.
    from pysat.solvers import Solver

    with Solver(name=_SOLVER) as solver:
        sweep = _Sweep(circuit, solver, max_conflicts, should_stop)
        proved, counterexample = (False,) * len(circuit.outputs), None
        num_vectors = 0
        try:
            for block in itertools.takewhile(lambda _: not sweep.must_stop(), vectors):
                sweep.simulate(block)
                num_vectors += block.ones.bit_length()
            sweep.merge_signals()
            proved = sweep.prove_outputs()
        except _CounterexampleError as found:
            counterexample = found.inputs
        return ZeroProof(proved, counterexample, sweep.conflicts, num_vectors, sweep.is_stopped)


class _CounterexampleError(Exception):
    """Some output is 1."""

    def __init__(self, inputs: tuple[int, ...]) -> None:
        super().__init__("an output is 1")
        self.inputs = inputs


class _Sweep:
    """A circuit, and a second netlist of it under construction in which equivalent signals are one.

    Attributes:
        signatures: of each signal of the circuit a hash of its values on all vectors so far.
        known: for each signature the first signal that has it.
        signals: of each signal of the circuit, as far as they are done, its signal in the second netlist.
        definitions: the gates of the second netlist, as the solver knows them.
        ages: when each of its signals was defined; what a gate reads is older.
        replaced: which of its signals gave way to which.
        counterexamples: input values that tell candidates apart and were not simulated yet.
        is_stopped: whether it was told to stop, which it heeds from then on.
    """

    def __init__(self, circuit: Circuit, solver: Any, max_conflicts: int, should_stop: Callable[[], bool]) -> None:
        self.circuit = circuit
        self.solver = solver
        self.max_conflicts = max_conflicts
        self.should_stop = should_stop
        self.is_stopped = False
        self.conflicts = 0
        self.signatures = [0] * circuit.num_signals
        self.builder = CircuitBuilder(circuit.inputs)
        self.signals = [CONSTANT_FALSE, *self.builder.inputs]
        self.known: dict[int, int] = {}
        self.definitions: dict[int, tuple[int, int, int]] = {}
        self.ages = dict.fromkeys(self.signals, 0)
        self.replaced: dict[int, int] = {}
        self.counterexamples: list[list[int]] = []
        self.num_counterexamples = 0
        self.rng = np.random.default_rng(0)
        solver.add_clause([-_variable(CONSTANT_FALSE)])

    def must_stop(self) -> bool:
        self.is_stopped = self.is_stopped or self.should_stop()
        return self.is_stopped

    def simulate(self, vectors: InputVectors) -> None:
        """Adds the vectors to the signatures, which are equal where signals are so on all vectors."""
        functions = signal_functions(self.circuit, vectors)
        self.require_zero(functions, vectors)
        # Not the functions themselves: they would take gigabytes.
        self.signatures = [hash(pair) for pair in zip(self.signatures, functions, strict=True)]

    def require_zero(self, functions: list[int], vectors: InputVectors) -> None:
        for driver in self.circuit.drivers.tolist():
            if lanes := functions[driver]:
                lane = (lanes & -lanes).bit_length() - 1
                raise _CounterexampleError(tuple(function >> lane & 1 for function in vectors.functions))

    def merge_signals(self) -> None:
        """Lets each signal be an earlier one wherever that is proved; told to stop, it leaves out the last signals."""
        self.find_candidates()
        batch = min(_LARGEST_REFINEMENT, 1 + self.circuit.num_gates // _GATES_OF_REFINEMENT)
        for signal, gate, (a, b) in self.circuit.nodes():
            self.signals.append(self.define(gate, self.signals[a], self.signals[b]))
            candidate = self.signals[self.known.setdefault(self.signatures[signal], signal)]
            own = self.signals[signal]
            if candidate == own:
                continue
            if self.must_stop():
                return
            if self.agree_locally(own, candidate) or self.agree(own, candidate):
                self.signals[signal] = self.replaced[own] = candidate
            if len(self.counterexamples) >= batch:
                self.refine()

    def find_candidates(self) -> None:
        """Notes for each signature the first signal that has it."""
        self.known = {}
        for signal in range(len(self.signals)):
            self.known.setdefault(self.signatures[signal], signal)

    def define(self, gate: int, a: int, b: int) -> int:
        """Returns the signal of a gate in the second netlist, telling the solver what it is if it is new."""
        signal = self.builder.add(gate, a, b)
        if signal not in self.ages:
            self.ages[signal] = len(self.ages)
            self.definitions[signal] = (gate, a, b)
            variables = (_variable(a), _variable(b), _variable(signal))
            for clause in _gate_clauses(gate):
                self.solver.add_clause([sign * variables[place] for place, sign in clause])
        return self.replaced.get(signal, signal)

    def agree_locally(self, a: int, b: int) -> bool:
        """Tells whether the gates right before two signals suffice to prove them the same."""
        leaves = {a, b}
        window: list[int] = []
        # From the youngest on, so that whatever reads a signal is in the window before the signal itself.
        while len(window) < _WINDOW_GATES and (inner := leaves & self.definitions.keys()):
            youngest = max(inner, key=self.ages.__getitem__)
            _, *fanins = self.definitions[youngest]
            wider = (leaves - {youngest}) | set(fanins)
            if len(wider) > _WINDOW_LEAVES:
                break
            leaves = wider
            window.append(youngest)
        leaves.discard(CONSTANT_FALSE)
        vectors = InputVectors.complete(len(leaves))
        functions = {CONSTANT_FALSE: 0} | dict(zip(leaves, vectors.functions, strict=True))
        for signal in reversed(window):
            gate, first, second = self.definitions[signal]
            functions[signal] = evaluate(gate, functions[first], functions[second], vectors.ones)
        return functions[a] == functions[b]

    def agree(self, a: int, b: int) -> bool:
        """Tells whether two signals are proved to be the same; if they are not, it keeps the counterexample."""
        # The other half of the conflicts is for the outputs.
        if self.num_counterexamples >= _MAX_COUNTEREXAMPLES or 2 * self.conflicts >= self.max_conflicts:
            return False
        for assumptions in ((_variable(a), -_variable(b)), (-_variable(a), _variable(b))):
            outcome = self.solve(list(assumptions), _CONFLICTS_OF_PAIR)
            if outcome:
                self.num_counterexamples += 1
                self.counterexamples.append(self.input_values())
            if outcome is not False:
                return False
        return True

    def refine(self) -> None:
        """Simulates the counterexamples and vectors near them, and looks for candidates anew."""
        columns = np.repeat(np.array(self.counterexamples, dtype=np.uint8).T, _NEIGHBOURS, axis=1)
        flips = self.rng.random(columns.shape) * len(columns) < 1
        flips[:, ::_NEIGHBOURS] = False
        self.counterexamples = []
        self.simulate(InputVectors.of_rows(columns ^ flips))
        self.find_candidates()

    def prove_outputs(self) -> tuple[bool, ...]:
        """Tells for each output whether it is proved to be 0, each with its share of the conflicts that are left."""
        num_done = len(self.signals)
        drivers = [self.signals[driver] if driver < num_done else None for driver in self.circuit.drivers.tolist()]
        proved: dict[int | None, bool] = {CONSTANT_FALSE: True, None: False}
        pending = [driver for driver in dict.fromkeys(drivers) if driver]
        for done, driver in enumerate(pending):
            share = max(1, (self.max_conflicts - self.conflicts) // (len(pending) - done))
            outcome = self.solve([_variable(driver)], share)
            if outcome:
                raise _CounterexampleError(tuple(self.input_values()))
            proved[driver] = outcome is False or self.is_zero_at_once(driver)
        return tuple(proved[driver] for driver in drivers)

    def is_zero_at_once(self, signal: int) -> bool:
        """Tells whether that the signal is 1 contradicts itself by unit propagation, without a conflict to learn from.

        For signals that no conflicts are left for, or so few that the solver did not come to that.
        """
        return not self.must_stop() and not self.solver.propagate(assumptions=[_variable(signal)])[0]

    def solve(self, assumptions: list[int], max_conflicts: int) -> bool | None:
        """Returns whether the assumptions can be met, or None if that takes more conflicts, or it must stop."""
        stop = min(self.max_conflicts, self.conflicts + max_conflicts)
        outcome: bool | None = None
        while outcome is None and self.conflicts < stop and not self.must_stop():
            self.solver.conf_budget(min(_CONFLICTS_OF_CALL, stop - self.conflicts))
            # With `expect_interrupt` the library leaves Ctrl-C to Python instead of jumping out of the solver.
            outcome = self.solver.solve_limited(assumptions=assumptions, expect_interrupt=True)
            self.conflicts = self.solver.accum_stats()["conflicts"]
        return outcome

    def input_values(self) -> list[int]:
        """Returns the inputs in the solver's model; what it does not mention makes no difference."""
        model = self.solver.get_model()
        first, last = _variable(self.builder.inputs.start), _variable(self.builder.inputs.stop)
        values = [int(literal > 0) for literal in model[first - 1 : last - 1]]
        return values + [0] * (last - first - len(values))


def _variable(signal: int) -> int:
    """Returns the solver's number of a signal; its variables begin at 1."""
    return signal + 1


@functools.cache
def _gate_clauses(gate: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Returns the clauses that relate a gate's fan-ins, places 0 and 1, to its output, place 2: (place, sign) each."""
    return tuple(dict.fromkeys(clause for row in range(4) for clause in _row_clauses(gate, row)))


def _row_clauses(gate: int, row: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yields what a row of a truth table says; where one fan-in decides it alone, without the other."""
    output = gate >> (3 - row) & 1
    literals = [(place, -1 if row >> (1 - place) & 1 else 1) for place in (0, 1)]
    consequence = (2, 1 if output else -1)
    alone = [gate >> (3 - (row ^ (1 << place))) & 1 == output for place in (0, 1)]
    for place in (0, 1):
        if alone[place]:
            yield (literals[place], consequence)
    if not any(alone):
        yield (*literals, consequence)
