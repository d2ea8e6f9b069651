"""Synthesis of networks as large as classifiers: what each linear pass leaves, and how long it takes.

The networks are random, with the shape of the classifiers in Petersen et al., "Deep Differentiable Logic Gate Networks"
(NeurIPS 2022): 784 inputs and six equal layers, each gate reading two gates of the layer before. Training leaves many
gates that just pass a signal on, so one kind of network has such.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ca_logic.circuit import Circuit
from ca_logic.errors import CircuitError, EquivalenceError, UsageError
from ca_logic.formats.blif import read_blif, write_blif
from ca_logic.gates import NUM_GATES, Gate, depends_on_a, depends_on_b
from ca_logic.synthesis import Proof, optimize, prove_same_function
from ca_logic.synthesis.flow import Unit
from ca_logic.synthesis_benchmark.abc_flow import widths_of_nodes
from ca_logic.toolchain.berkeley_abc import Abc, run_abc

NUM_INPUTS = 784
NUM_LAYERS = 6
MAX_GATES = 4_000_000
"""Larger networks are refused; a million gates take a gigabyte or two."""

_TIMEOUT_SECONDS = 900
_PASSING = (Gate.A, Gate.B, Gate.NOT_A, Gate.NOT_B)
_BINARY = tuple(gate for gate in range(NUM_GATES) if depends_on_a(gate) and depends_on_b(gate))

NETWORK_KINDS = {"all binary": 0.0, "30 % pass": 0.3}
"""Kinds of networks: what share of the gates copies or inverts one of their fan-ins; the others read both."""


@dataclass(frozen=True)
class LargeRow:
    """What one pass left of one network.

    Attributes:
        network: its kind.
        num_gates: of the network.
        tool: `ours` or `ABC`.
        step: the pass.
        size: what is left.
        unit: `gates` of two inputs, or `tables` of three.
        seconds: wall time, of ABC reading and writing included; of ours neither proof nor files.
        proof: how the result was compared with the network.
        peak_memory: of this process until then, in bytes; None of ABC, and where the system does not say.
    """

    network: str
    num_gates: int
    tool: Literal["ours", "ABC"]
    step: str
    size: int
    unit: Unit
    seconds: float
    proof: Proof
    peak_memory: int | None


def random_network(kind: str, num_gates: int, *, seed: int = 0) -> Circuit:
    """Returns a random network of at least so many gates, a multiple of `NUM_LAYERS`; the last layer is the output.

    Raises:
        UsageError: if there are to be too many gates, or too few for a layer to read two of the one before.
    """
    width = -(-num_gates // NUM_LAYERS)
    if width < 2 or num_gates > MAX_GATES:
        raise UsageError(
            f"a random network of {num_gates} gates cannot be made; choose {NUM_LAYERS + 1} to {MAX_GATES}."
        )
    rng = np.random.default_rng(seed)
    gates, fanins = [], []
    first, count = 1, NUM_INPUTS
    for layer in range(NUM_LAYERS):
        a = rng.integers(0, count, width)
        b = (a + rng.integers(1, count, width)) % count
        passes = rng.random(width) < NETWORK_KINDS[kind]
        gates.append(np.where(passes, rng.choice(_PASSING, width), rng.choice(_BINARY, width)))
        fanins.append(first + np.stack([a, b], axis=1))
        first, count = 1 + NUM_INPUTS + layer * width, width
    return Circuit(
        name="random",
        inputs=tuple(f"x{number}" for number in range(NUM_INPUTS)),
        outputs=tuple(f"y{number}" for number in range(width)),
        gates=np.concatenate(gates),
        fanins=np.concatenate(fanins),
        drivers=np.arange(first, first + width),
    )


def measure_large(
    kind: str, num_gates: int, *, abc: Abc | None, on_progress: Callable[[str], None] = lambda _: None
) -> Iterator[LargeRow]:
    """Yields what our passes leave of a random network, then what ABC's mapping by area leaves of it.

    Args:
        kind: one of `NETWORK_KINDS`.
        num_gates: of the network; see `random_network`.
        abc: whom to compare with, if anybody.
        on_progress: told what is being done; it may raise KeyboardInterrupt.

    Raises:
        EquivalenceError: if a result does not compute what the network does.
        CircuitError: if ABC crashed.
    """
    network = random_network(kind, num_gates)
    doing = f"{network.num_gates} gates, {kind}"
    on_progress(doing)
    optimized = optimize(network, on_pass=lambda done: on_progress(f"{doing}: {done.name}"))
    last = {done.unit: done for done in optimized.passes}
    for done in optimized.passes:
        # What is left in the end was compared by more than simulation.
        proof = optimized.proof if done is last[done.unit] else done.proof
        assert proof is not None, "passes that are over were compared"
        left = (done.name, done.size, done.unit, done.seconds, proof)
        yield LargeRow(kind, network.num_gates, "ours", *left, _peak_memory())
    if abc is None:
        return
    file = {"network.blif": write_blif(network).encode()}
    units: tuple[tuple[int, Unit], ...] = ((2, "gates"), (3, "tables"))
    for arity, unit in units:
        step = f"if -K {arity} -a"
        commands = ["read_blif network.blif", "strash", step, "write_blif mapped.blif"]
        on_progress(f"{doing}: ABC, {step}")
        run = run_abc(abc, commands, file, timeout=_TIMEOUT_SECONDS)
        on_progress(f"{doing}: ABC, {step}, proof")
        if not run.ended or "mapped.blif" not in run.files:
            raise CircuitError(
                f"ABC did not end {step} on {network.num_gates} gates; leave it out, or choose fewer gates."
            )
        mapped = run.files["mapped.blif"].decode()
        widths = widths_of_nodes(mapped)
        if max(widths, default=0) > arity:
            raise EquivalenceError(f"ABC left a node of {max(widths)} inputs after {step}.")
        proof = prove_same_function(network, read_blif(mapped))
        size = sum(width >= 2 for width in widths)
        yield LargeRow(kind, network.num_gates, "ABC", step, size, unit, run.seconds, proof, None)


def _peak_memory() -> int | None:
    """Returns the most memory that this process had so far, in bytes."""
    try:
        import resource
    except ImportError:  # There is none on Windows.
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
