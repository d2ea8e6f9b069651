"""A search for a smaller circuit that computes the same on all codes that an encoder makes, and no more.

The one idea: where there are few codes, all are enumerated. Where there are many, the search keeps what the circuit
does on a sample of them, and SAT looks for codes on which the result differs; these join the sample, until there are
none.
Source of such loops: Clarke, Grumberg, Jha, Lu, Veith, "Counterexample-guided abstraction refinement" (CAV 2000).
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64, UInt8

from ca_logic.circuit import Circuit, InputVectors, output_functions
from ca_logic.circuit.simulation import unpack_bits
from ca_logic.synthesis.circuit_equivalence import MAX_CONFLICTS, QUICK_VECTORS
from ca_logic.synthesis.encoder_codes import (
    Digit,
    all_codes,
    behind_decoder,
    code_of_inputs,
    digits_of,
    num_codes,
    num_decoder_entries,
    random_codes,
)
from ca_logic.synthesis.equivalence import Proof
from ca_logic.synthesis.flow import FUNCTIONAL_HASHING, PassResult, optimize
from ca_logic.synthesis.miter import build_miter
from ca_logic.synthesis.sampling import block_size, sample_blocks
from ca_logic.synthesis.sat_sweeping import prove_zero
from ca_logic.tasks.encoding import Encoder

_MAX_CODES = 1 << 14
"""So many are enumerated."""

_SAMPLE, _OTHERS = 1 << 12, 1 << 15
"""Codes that a search keeps, of the data and as many at random; and with how many others its result is compared."""

_MAX_DIFFERENCES = 512
_ROUNDS = {True: 40, False: 4}
"""How often the sample is made larger: while nothing is proved, and for a longer search thereafter."""

_MAX_DECODER_ENTRIES = 1 << 18

Codes = UInt8[np.ndarray, "bits codes"]


@dataclass(frozen=True)
class Watch:
    """Who looks on.

    Attributes:
        on_pass: called after each pass, and during the long ones now and then.
        on_warning: told if nothing can be compiled; circuits stay larger then.
        should_stop: asked several times a second; if so, what is proved by then is returned.
    """

    on_pass: Callable[[PassResult], None] = lambda _: None
    on_warning: Callable[[str], None] = lambda _: None
    should_stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, eq=False)
class Found:
    """What a search has found.

    Attributes:
        circuit: a circuit of the same inputs and outputs.
        passes: of the search that led to it, in gates.
        proof: that it is right on all codes.
    """

    circuit: Circuit
    passes: tuple[PassResult, ...]
    proof: Proof


def search_on_codes(
    circuit: Circuit, encoder: Encoder, *, examples: Codes | None, effort: int, seed: int, watch: Watch
) -> Found | None:
    """Returns a circuit that is proved to compute the same on all codes, or None if there was no time for a proof.

    The arguments are those of `optimize_head`.
    """
    used = np.flatnonzero(circuit.live_signals()[1 : circuit.first_gate])
    names = circuit.inputs
    # Bits that nobody reads are left out: in a sample they would look like constants.
    place = np.zeros(len(names), dtype=np.int64)
    place[used] = 1 + np.arange(len(used))
    circuit = _with_inputs(circuit, [names[bit] for bit in used], place)
    digits = digits_of(_with_bits(encoder, used))
    if num_decoder_entries(digits) > _MAX_DECODER_ENTRIES:
        return None
    if num_codes(digits) <= _MAX_CODES:
        care = all_codes(digits)
        proof = Proof("all codes of the encoder", care.shape[1], care.shape[1])
        found: Found | None = _search(circuit, care, effort, seed, watch, proof)
    else:
        found = _search_with_sample(
            circuit, digits, examples if examples is None else examples[used], effort, seed, watch
        )
    return found and dataclasses.replace(found, circuit=_with_inputs(found.circuit, names, 1 + used))


def _search_with_sample(
    circuit: Circuit, digits: Sequence[Digit], examples: Codes | None, effort: int, seed: int, watch: Watch
) -> Found | None:
    rng = np.random.default_rng(seed)
    sample = random_codes(digits, _SAMPLE, rng)
    if examples is not None:
        sample = np.concatenate([examples[:, rng.permutation(examples.shape[1])[:_SAMPLE]], sample], axis=1)
    best: Found | None = None
    # Most differences show soon: with little effort first, not much is spent on circuits that are wrong.
    for own_effort in (0, effort):
        for _ in range(_ROUNDS[best is None]):
            found = _search(circuit, sample, own_effort, seed, watch)
            proof, differing = _compare(circuit, found.circuit, digits, rng, watch)
            if proof is not None and (best is None or found.circuit.num_gates < best.circuit.num_gates):
                best = dataclasses.replace(found, proof=proof)
            if not differing.shape[1] or watch.should_stop():
                break
            sample = np.concatenate([sample, differing], axis=1)
        if best is None or watch.should_stop():
            break
    return best


def _search(circuit: Circuit, care: Codes, effort: int, seed: int, watch: Watch, proof: Proof | None = None) -> Found:
    found = optimize(
        circuit,
        care=care,
        effort=effort,
        cost="gates",
        seed=seed,
        on_pass=watch.on_pass,
        on_warning=watch.on_warning,
        should_stop=watch.should_stop,
    )
    # Those before looked at the structure only, of which nothing was left to be said.
    first = [done.name for done in found.passes].index(FUNCTIONAL_HASHING)
    passes = tuple(done for done in found.passes[first:] if done.unit == "gates")
    return Found(found.gates, passes, proof or found.proof)


def _compare(
    first: Circuit, second: Circuit, digits: Sequence[Digit], rng: np.random.Generator, watch: Watch
) -> tuple[Proof | None, Codes]:
    """Returns a proof that two circuits agree on all codes, or some codes on which they differ, or neither."""
    others = random_codes(digits, _OTHERS, rng)
    vectors = InputVectors.of_rows(others)
    wrong = 0
    for one, other in zip(output_functions(first, vectors), output_functions(second, vectors), strict=True):
        wrong |= one ^ other
    differing = others[:, np.flatnonzero(unpack_bits(wrong, others.shape[1]))[:_MAX_DIFFERENCES]]
    if differing.shape[1]:
        return None, differing
    rows = num_codes(digits)
    miter = build_miter(behind_decoder(first, digits), behind_decoder(second, digits))
    if not miter.drivers.any():
        return Proof("all codes of the encoder, by structural hashing", rows, rows), differing
    blocks = sample_blocks(len(miter.inputs), QUICK_VECTORS, block_size(miter.num_signals))
    outcome = prove_zero(miter, blocks, max_conflicts=MAX_CONFLICTS, should_stop=watch.should_stop)
    if outcome.counterexample is not None:
        return None, code_of_inputs(digits, outcome.counterexample)
    if all(outcome.proved):
        return Proof(f"all codes of the encoder, by SAT with {outcome.conflicts} conflicts", rows, rows), differing
    return None, differing


def _with_inputs(circuit: Circuit, names: Sequence[str], place: Int64[np.ndarray, " inputs"]) -> Circuit:
    """Returns the circuit with other inputs, in place of each of its own one of these signals."""
    gates = 1 + len(names) + np.arange(circuit.num_gates)
    number = np.concatenate([[0], place, gates])
    return dataclasses.replace(
        circuit, inputs=tuple(names), fanins=number[circuit.fanins], drivers=number[circuit.drivers]
    )


def _with_bits(encoder: Encoder, bits: Int64[np.ndarray, " bits"]) -> Encoder:
    return Encoder(
        encoder.num_features,
        encoder.features[bits],
        encoder.lows[bits],
        encoder.highs[bits],
        tuple(encoder.names[bit] for bit in bits),
    )
