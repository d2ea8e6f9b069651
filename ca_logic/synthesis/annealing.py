"""Annealing over exact resubstitutions: a random walk over circuits that all compute the same.

The one idea: with complete input vectors every signal's function is a few machine words, so the vectors in which an
output depends on a gate, its observability care set, are found exactly, and so is everything that the gate may become
there. A move replaces one gate by another one over other signals, sometimes with one new gate in between. A circuit
that does not grow is always accepted, one that grows by k gates with probability exp(-k / T), and T falls. Source of
the acceptance rule: Kirkpatrick, Gelatt, Vecchi, "Optimization by Simulated Annealing" (Science, 1983); of replacing
gates under don't-cares: Mishchenko, Brayton, "SAT-Based Complete Don't-Care Computation for Network Optimization" (DATE
2005), which is complete here by enumeration.

The walk itself is C, `native/annealing.c`. Its budget is work, not time, so that a seed decides the result: one unit
is 512 input vectors of one signal looked at; a core does some 400 million of them in a second.
"""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from jaxtyping import UInt64

from ca_logic.circuit import InputVectors, LookupCircuit, Netlist
from ca_logic.circuit.lookup import gates_of
from ca_logic.circuit.netlist import merge_outputs, spread_outputs
from ca_logic.errors import CircuitError
from ca_logic.synthesis.row_sharing import ROWS, FoldedCircuit, fold_rows, input_places, unfold_rows
from ca_logic.toolchain.library import load_library

_BLOCK_BITS = 512
_WORD_BITS = 64
_HOT, _COLD = 0.6, 0.2
_SLACK = 30
_STEPS_OF_WORK = 10_000_000
_FEWEST_STEPS = 50

_WORK_OF_A_MOMENT = 20_000_000
_SCREENING, _MOST_SCREENING = 0.1, 0.5
"""The part of the work that is spent on each of several walks, to choose among them; and on all of them at most."""


def anneal(
    starts: Sequence[Netlist],
    vectors: InputVectors,
    *,
    arity: int,
    work: int,
    share_rows: bool = False,
    tries: int = 1,
    seed: int = 0,
    on_progress: Callable[[int], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> LookupCircuit:
    """Walks from each start for a while, and from where the smallest circuit was found for the rest of the work.

    Args:
        starts: circuits that agree in all vectors, of the same inputs and outputs; at least one.
        vectors: the input vectors that matter.
        arity: how many fan-ins a gate may have, 2 or 3.
        work: the budget; see above for what a second can do.
        share_rows: whether gates that are alike up to rows count once; the starts must read a neighbourhood.
        tries: how many walks, of different seeds, are tried from each start.
        seed: decides the walks.
        on_progress: called with the smallest number of gates so far, several times a second.
        should_stop: asked as often; if so, the smallest circuit so far is returned, or if that is none, the one that a
            moment finds.

    Raises:
        NoCompilerError: if there is no C compiler.
        ToolchainError: if it fails.
        CircuitError: if there is not enough memory.
    """
    is_late = should_stop()
    if is_late:
        # A moment of walking finds much: nobody who stops early should go without.
        starts, work, tries = [min(starts, key=lambda start: start.num_gates)], min(work, _WORK_OF_A_MOMENT), 1
    walks: list[Annealing] = []
    planned = [(start, seed + (attempt << _WORD_BITS // 2)) for attempt in range(tries) for start in starts]
    screening = min(_SCREENING, _MOST_SCREENING / len(planned)) if len(planned) > 1 else 0

    def walk(chosen: Annealing, share: float) -> None:
        for _ in chosen.cool(int(share * work)):
            on_progress(min(walk.size for walk in walks))
            if not is_late and should_stop():
                return

    for start, own_seed in planned:
        walks.append(Annealing(start, vectors, arity=arity, share_rows=share_rows, seed=own_seed))
        if screening and not should_stop():
            walk(walks[-1], screening)
    best = min(walks, key=lambda walk: walk.size)
    if is_late or not should_stop():
        walk(best, 1 - screening * len(planned))
    return best.best()


class Annealing:
    """A walk under way; it remembers the smallest circuit that it came by."""

    def __init__(
        self, start: Netlist, vectors: InputVectors, *, arity: int, share_rows: bool = False, seed: int = 0
    ) -> None:
        """Sets out from a circuit.

        Args:
            start: computes what is wanted; of the gates' function only what the outputs need is kept.
            vectors: the input vectors that matter.
            arity: how many fan-ins a gate may have, 2 or 3.
            share_rows: whether gates that are alike up to rows count once; `start` must read a neighbourhood.
            seed: decides the walk.

        Raises:
            NoCompilerError: if there is no C compiler.
            ToolchainError: if it fails.
            CircuitError: if there is not enough memory.
        """
        if arity == 2 and isinstance(start, LookupCircuit):
            start = gates_of(start)
        self._outputs = start.outputs
        start, self._places = merge_outputs(start)
        self._like = start
        span = ROWS if share_rows else 1
        folded = fold_rows(start, span=span)
        values = np.zeros((folded.num_inputs, span, _words_of(vectors)), dtype=np.uint64)
        for (signal, row), function in zip(input_places(len(start.inputs), span), vectors.functions, strict=True):
            values[signal - 1, row] = _pack(function, vectors)
        self._folded = folded
        self._library = load_library("annealing")
        ffi, functions = self._library.ffi, self._library.functions
        search = functions.annealing_new(
            arity,
            _words_of(vectors) * _WORD_BITS // _BLOCK_BITS,
            span,
            folded.num_inputs,
            len(start.outputs),
            ffi.from_buffer("uint64_t[]", values),
            ffi.from_buffer("uint64_t[]", _pack(vectors.ones, vectors)),
            seed % (1 << _WORD_BITS),
        )
        # The library must outlive the search; that it frees it keeps it loaded.
        self._search = ffi.gc(search, lambda pointer, library=self._library: library.functions.annealing_free(pointer))
        if not search or not functions.annealing_start(self._search, folded.num_gates, *self._arrays(folded)):
            raise CircuitError(f"not enough memory to anneal circuit {start.name!r} of {start.num_gates} gates.")

    @property
    def size(self) -> int:
        """The number of gates of the smallest circuit so far; with rows shared, each counted once."""
        size: int = self._library.functions.annealing_best_size(self._search)
        return size

    def cool(self, work: int) -> Iterator[int]:
        """Walks while the temperature falls, and yields the smallest size after each of many equal steps."""
        steps = max(_FEWEST_STEPS, work // _STEPS_OF_WORK)
        for step in range(steps):
            temperature = _HOT * (_COLD / _HOT) ** (step / (steps - 1))
            self._library.functions.annealing_run(self._search, work // steps, math.exp(-1 / temperature), _SLACK)
            yield self.size

    def best(self) -> LookupCircuit:
        """Returns the smallest circuit so far; with rows shared, with each gate once for each row that needs it."""
        folded = FoldedCircuit(
            span=self._folded.span,
            num_inputs=self._folded.num_inputs,
            gates=np.zeros(self.size, dtype=np.uint8),
            fanins=np.zeros((self.size, 3, 2), dtype=np.int32),
            drivers=np.zeros_like(self._folded.drivers),
        )
        self._library.functions.annealing_best(self._search, *self._arrays(folded))
        return spread_outputs(unfold_rows(folded, self._like), self._outputs, self._places)

    def _arrays(self, folded: FoldedCircuit) -> tuple[object, object, object]:
        from_buffer = self._library.ffi.from_buffer
        return (
            from_buffer("uint8_t[]", folded.gates),
            from_buffer("int32_t[]", folded.fanins),
            from_buffer("int32_t[]", folded.drivers),
        )


def _words_of(vectors: InputVectors) -> int:
    blocks = -(-vectors.ones.bit_length() // _BLOCK_BITS)
    return max(1, blocks) * _BLOCK_BITS // _WORD_BITS


def _pack(function: int, vectors: InputVectors) -> UInt64[np.ndarray, " words"]:
    octets = function.to_bytes(_words_of(vectors) * _WORD_BITS // 8, "little")
    return np.frombuffer(octets, dtype="<u8").astype(np.uint64)
