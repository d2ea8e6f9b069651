"""Proof that two circuits compute the same: in every row if these can be enumerated, else by SAT."""

import functools
import itertools
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from ca_logic.circuit import InputVectors, Netlist, output_functions
from ca_logic.circuit.simulation import MAX_EXHAUSTIVE_INPUTS
from ca_logic.errors import EquivalenceError
from ca_logic.synthesis.equivalence import Proof, spell_row
from ca_logic.synthesis.miter import build_miter, match_interfaces
from ca_logic.synthesis.sampling import block_size, blocks_of_rows, complete_blocks, sample_blocks
from ca_logic.synthesis.sat_sweeping import prove_zero

QUICK_VECTORS = 1 << 12
THOROUGH_VECTORS = 1 << 16
MAX_CONFLICTS = 100_000

_MAX_EXHAUSTIVE_BITS = 1 << 33
"""So many rows of so many signals are compared in some seconds; beyond that SAT is mostly quicker."""


def prove_same_function(
    first: Netlist,
    second: Netlist,
    *,
    care: UInt8[np.ndarray, "inputs rows"] | None = None,
    num_vectors: int = THOROUGH_VECTORS,
    max_conflicts: int = MAX_CONFLICTS,
    seed: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Proof:
    """Proves that two circuits of any kinds compute the same, or says how far it got.

    Inputs and outputs are matched by name if both have the same names, else by position. With a care set, or up to
    20 inputs unless there are many gates as well, all rows are compared. Otherwise structural hashing and SAT decide;
    where the solver gives up, the proof is not complete and says so.

    Args:
        first: a circuit.
        second: another one.
        care: the input combinations that matter, one a column, inputs in the order of `first`. By default all.
        num_vectors: where not all rows are compared, how many vectors are simulated before SAT, one or more.
        max_conflicts: of the SAT solver in all; 100,000 take seconds to a minute or two.
        seed: decides the simulated vectors.
        should_stop: asked before each block of vectors, each pair of signals and each thousand conflicts; once it
            says so, the proof is not complete and says how far it got.

    Raises:
        EquivalenceError: if they differ, naming a row and an output, of enumerated rows the first; if they have not
            as many inputs or outputs; or if the care set is none for them.
    """
    pair = _Pair.matched(first, second)
    num_inputs, num_signals = len(first.inputs), max(first.num_signals, second.num_signals)
    if care is not None:
        require_care_set(first, care)
        compared = pair.compare(blocks_of_rows(care, pair.block), "rows that matter", should_stop)
        return pair.proof_of_rows("all rows that matter", compared, care.shape[1])
    if num_inputs <= MAX_EXHAUSTIVE_INPUTS and num_signals << num_inputs <= _MAX_EXHAUSTIVE_BITS:
        compared = pair.compare(complete_blocks(num_inputs, pair.block), "rows", should_stop)
        return pair.proof_of_rows("exhaustive", compared, 1 << num_inputs)
    # On the circuits as they are: what is wrong is mostly found here, and a bug of the builder would be as well.
    num_quick = min(num_vectors, QUICK_VECTORS)
    quick = sample_blocks(num_inputs, num_quick, pair.block, seed=seed)
    compared = pair.compare(quick, "simulated vectors", should_stop)
    if compared < num_quick:
        return pair.stopped(compared)
    return _prove_by_miter(
        pair, num_vectors=num_vectors, max_conflicts=max_conflicts, seed=seed, should_stop=should_stop
    )


def compare_by_simulation(first: Netlist, second: Netlist, *, num_vectors: int = QUICK_VECTORS, seed: int = 0) -> Proof:
    """Compares two circuits on some vectors only, which takes 0.2 s for 100,000 gates and is rarely a proof.

    It is one if there are no more rows than vectors. Inputs and outputs are matched as by `prove_same_function`.

    Raises:
        EquivalenceError: if they differ, or have not as many inputs or outputs.
    """
    pair = _Pair.matched(first, second)
    num_inputs = len(first.inputs)
    if 1 << num_inputs <= num_vectors:
        return pair.proof("exhaustive", pair.compare(complete_blocks(num_inputs, pair.block), "rows"))
    pair.compare(sample_blocks(num_inputs, num_vectors, pair.block, seed=seed), "simulated vectors")
    return pair.proof(_simulation(num_vectors), num_vectors, is_complete=False)


def _prove_by_miter(
    pair: "_Pair", *, num_vectors: int, max_conflicts: int, seed: int, should_stop: Callable[[], bool]
) -> Proof:
    """Proves circuits of the same interface equal by structural hashing, and by SAT what that leaves."""
    rows = 1 << len(pair.first.inputs)
    miter = build_miter(pair.first, pair.second)
    if not miter.drivers.any():
        return pair.proof("structural hashing", rows)
    vectors = sample_blocks(len(miter.inputs), num_vectors, block_size(miter.num_signals), seed=seed)
    outcome = prove_zero(miter, vectors, max_conflicts=max_conflicts, should_stop=should_stop)
    if outcome.counterexample is not None:
        raise pair.difference(outcome.counterexample, "at")
    if all(outcome.proved):
        return pair.proof(f"SAT miter, {outcome.conflicts} conflicts", rows)
    end = "stopped" if outcome.is_stopped else "SAT gave up on the others"
    num_simulated = min(num_vectors, max(QUICK_VECTORS, outcome.num_vectors))
    method = (
        f"{_simulation(num_simulated)}; {sum(outcome.proved)} of {len(miter.outputs)} outputs proved, {end} after "
        f"{outcome.conflicts} conflicts"
    )
    return pair.proof(method, num_simulated, is_complete=False)


def _simulation(num_vectors: int) -> str:
    return f"simulation on {num_vectors} vectors, not a proof"


def require_care_set(circuit: Netlist, care: np.ndarray) -> None:
    """Makes sure that a care set is one for the circuit: uint8[inputs, rows], of 0 and 1, one row or more.

    Raises:
        EquivalenceError: if it is not.
    """
    if care.ndim != 2 or len(care) != len(circuit.inputs):
        raise EquivalenceError(
            f"circuit {circuit.name!r} has {len(circuit.inputs)} inputs, but the care set is of shape {care.shape}: "
            "it needs one row for each input."
        )
    if not care.shape[1]:
        raise EquivalenceError(
            f"the care set for circuit {circuit.name!r} is empty, so anything would be right; it must have a column "
            "for each input combination that matters."
        )
    strange = care[~np.isin(care, (0, 1))]
    if strange.size:
        raise EquivalenceError(f"a care set for circuit {circuit.name!r} holds {strange[0]}; it must hold 0 and 1.")


@dataclass(frozen=True)
class _Pair:
    """Two circuits of the same inputs and outputs.

    Attributes:
        first: a circuit.
        second: another one.
        note: what a proof has to say of how they were matched, if anything.
    """

    first: Netlist
    second: Netlist
    note: str

    @classmethod
    def matched(cls, first: Netlist, second: Netlist) -> "_Pair":
        return cls(first, *match_interfaces(first, second))

    @property
    def block(self) -> int:
        """How many vectors are simulated at once."""
        return block_size(max(self.first.num_signals, self.second.num_signals))

    def proof(self, method: str, rows: int, *, is_complete: bool = True) -> Proof:
        return Proof(f"{method}; {self.note}" if self.note else method, rows, rows, is_complete)

    def proof_of_rows(self, method: str, num_compared: int, num_rows: int) -> Proof:
        """Returns what it means that the circuits agree on so many of all rows."""
        return self.proof(method, num_rows) if num_compared == num_rows else self.stopped(num_compared)

    def stopped(self, num_compared: int) -> Proof:
        """Returns what is known if comparing was stopped."""
        method = f"{_simulation(num_compared)}; stopped, 0 of {len(self.first.outputs)} outputs proved"
        return self.proof(method, num_compared, is_complete=False)

    def compare(
        self, blocks: Iterable[InputVectors], kind: str, should_stop: Callable[[], bool] = lambda: False
    ) -> int:
        """Compares the outputs block by block until it should stop; returns on how many vectors they agree.

        Raises:
            EquivalenceError: if they differ on some.
        """
        num_rows = num_wrong = 0
        values: tuple[int, ...] | None = None
        for block in itertools.takewhile(lambda _: not should_stop(), blocks):
            pairs = zip(output_functions(self.first, block), output_functions(self.second, block), strict=True)
            wrong = functools.reduce(operator.or_, (one ^ other for one, other in pairs), 0)
            if wrong and values is None:
                lane = (wrong & -wrong).bit_length() - 1
                values = tuple(function >> lane & 1 for function in block.functions)
            num_rows += block.ones.bit_length()
            num_wrong += wrong.bit_count()
        if values is not None:
            raise self.difference(values, f"on {num_wrong} of {num_rows} {kind}, first at")
        return num_rows

    def difference(self, values: tuple[int, ...], where: str) -> EquivalenceError:
        """Returns the error that names a row, given by its inputs, and the first output that differs there."""
        vector = InputVectors(values, 1)
        first, second = output_functions(self.first, vector), output_functions(self.second, vector)
        name, one, other = next(
            each for each in zip(self.first.outputs, first, second, strict=True) if each[1] != each[2]
        )
        row = int("".join(map(str, values)) or "0", 2)
        return EquivalenceError(
            f"circuits {self.first.name!r} and {self.second.name!r} differ {where} "
            f"{spell_row(self.first.inputs, row)}: output {name!r} is {one} and {other}."
        )
