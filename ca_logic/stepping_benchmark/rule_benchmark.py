"""`bench RULE`: the network on JAX's device, the circuit there, in compiled C and in NumPy; beside a naive baseline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ca_logic.backend.kernel import CompiledKernel, Kernel, NumpyKernel, compile_kernel
from ca_logic.circuit import Circuit
from ca_logic.errors import BoardError
from ca_logic.formats.blif import read_blif
from ca_logic.learning.board_steps import hard_step, soft_step
from ca_logic.learning.device import describe_device
from ca_logic.pipeline import LearnedRule
from ca_logic.runtime import Board
from ca_logic.stepping_benchmark.contenders import (
    Contender,
    DeviceStepper,
    HardStepper,
    KernelStepper,
    NaiveStepper,
    SoftStepper,
    Stepper,
)
from ca_logic.stepping_benchmark.measuring import Timing, measure
from ca_logic.stepping_benchmark.naive import compile_naive
from ca_logic.synthesis.row_sharing import num_gates_a_row

SIZES = ((512, 512), (4096, 4096), (16384, 16384))

BASELINE = "naive C"

WIDTH_UNIT = 64
"""Widths are a multiple of it, since the baseline has words of so many cells and no others."""

NOTE = """\
slightknack's 1,744x compares 32-bit float JAX on a GPU, 0.139 ms for 512 cells multiplied up to 14 boards of 512x512
a second, with the gates extracted from that network in plain C on one core of the same laptop, 24,400 boards a
second. So it is the gain of leaving the network behind; its like here is naive C by soft network. Ratios here refer to
naive C, which works like that C, is compiled as plainly, calls the circuit for each word (if it melted into the loop,
compilers would make vector code of it), and always runs the same circuit: Life of 187 gates as it was learned. So they
say what kernel and synthesis add. "Same gates" is our kernel with that very circuit: the kernel's part alone."""

_SOFT_BYTES_A_CELL = 80
"""Nine float32 inputs, their copy in blocks, and the boards."""

_HARD_BYTES_A_CELL = 16


@dataclass(frozen=True)
class RuleBenchmark:
    """What was compared, and how fast it was.

    Attributes:
        contenders: in the order of the table.
        timings: for each size, in that order.
        device: JAX's.
        compiler: the C compiler, its flags included.
        instruction_set: of the compiled circuit.
    """

    contenders: tuple[Contender, ...]
    timings: tuple[Timing, ...]
    device: str
    compiler: str
    instruction_set: str

    def ratio(self, timing: Timing) -> float | None:
        """Returns the speed by that of the baseline on the same board."""
        base = next(
            (
                other.cells_per_second
                for other in self.timings
                if (other.contender, other.width, other.height) == (BASELINE, timing.width, timing.height)
            ),
            None,
        )
        return timing.cells_per_second / base if timing.cells_per_second and base else None


def benchmark_rule(
    learned: LearnedRule,
    sizes: Sequence[tuple[int, int]] = SIZES,
    *,
    threads: int,
    on_progress: Callable[[str], None] = lambda _: None,
) -> RuleBenchmark:
    """Returns the timings of a rule.

    Args:
        learned: gives the network and the circuit; the network is measured if the rule has two states.
        sizes: (width, height) of the boards.
        threads: of the compiled circuit on all cores.
        on_progress: told what is being done; may raise to stop.

    Raises:
        BoardError: if a width is no multiple of 64, or a board does not fit into memory.
        NoCompilerError: if there is no C compiler.
        EquivalenceError: if a board is not what NumPy makes of it. That of the soft network may be another: training
            stops when the hard one is exact.
    """
    require_sizes(sizes)
    on_progress("compiling the kernels")
    compiled = compile_kernel(learned.row_circuit)
    contenders = _contenders(learned, compiled, threads)
    timings = measure(contenders, sorted(sizes, key=lambda size: size[0] * size[1]), on_progress=on_progress)
    compiler = compiled.library.compiler
    return RuleBenchmark(
        contenders=contenders,
        timings=tuple(timings),
        device=describe_device(),
        compiler=f"{compiler.version}: {' '.join(compiler.flags)}",
        instruction_set=compiled.instruction_set,
    )


def require_sizes(sizes: Sequence[tuple[int, int]]) -> None:
    """Makes sure, before anything is learned, that all contenders can have boards of these sizes.

    Raises:
        BoardError: if a width is no multiple of 64.
    """
    for width, height in sizes:
        if width % WIDTH_UNIT:
            raise BoardError(
                f"a width of {width} is no multiple of {WIDTH_UNIT}, as the baseline on words of {WIDTH_UNIT} cells "
                f"needs it; choose another size than {width}x{height}."
            )


@cache
def baseline_circuit() -> Circuit:
    """Returns Life as a network learned it: 187 gates, none optimized away."""
    return read_blif(Path(__file__).with_name("baseline.blif").read_text(encoding="utf-8"))


def _contenders(learned: LearnedRule, compiled: CompiledKernel, threads: int) -> tuple[Contender, ...]:
    baseline, circuit, num_states = baseline_circuit(), learned.circuit, learned.rule.num_states
    naive, same_gates = compile_naive(baseline), compile_kernel(baseline)
    row_gates = num_gates_a_row(learned.row_circuit)
    device, one_core = describe_device(), f"one core, {compiled.instruction_set}"

    def stepper(kernel: Kernel, threads: int = 1) -> Callable[[int, int], KernelStepper]:
        def make(width: int, height: int) -> KernelStepper:
            board = Board(width, height, kernel=kernel, threads=threads)
            if board.threads < threads:
                raise BoardError("boards that fit into a cache are stepped by one thread")
            return KernelStepper(board)

        return make

    def of_baseline(name: str, where: str, gates: int, make: Callable[[int, int], Stepper]) -> Contender:
        return Contender(name, where, gates, baseline, 2, make)

    def of_rule(name: str, where: str, gates: int, make: Callable[[int, int], Stepper], **more: Any) -> Contender:
        return Contender(name, where, gates, circuit, num_states, make, **more)

    contenders = [
        of_baseline(BASELINE, f"one core, {naive.description}", baseline.num_gates, lambda *_: NaiveStepper(naive)),
        *(_networks(learned, of_rule, device) if num_states == 2 else ()),
        of_rule(
            "circuit, packed",
            device,
            circuit.num_gates,
            lambda width, height: DeviceStepper(circuit, width, height),
            is_remote=True,
        ),
        of_rule("circuit in NumPy", "one core", circuit.num_gates, stepper(NumpyKernel(circuit))),
        of_baseline("our C, same gates", one_core, num_gates_a_row(baseline), stepper(same_gates)),
        of_rule("our C", one_core, row_gates, stepper(compiled)),
    ]
    if threads > 1:
        where = f"{threads} cores, {compiled.instruction_set}"
        contenders.append(of_rule(f"our C, {threads} threads", where, row_gates, stepper(compiled, threads)))
    return tuple(contenders)


def _networks(learned: LearnedRule, of_rule: Callable[..., Contender], device: str) -> tuple[Contender, ...]:
    network, gates = learned.training.network, learned.extracted.num_gates
    return (
        of_rule(
            "soft network",
            device,
            gates,
            lambda *_: SoftStepper(soft_step(network)),
            bytes_a_cell=_SOFT_BYTES_A_CELL,
            is_remote=True,
            may_differ=True,
        ),
        of_rule(
            "hard network, packed",
            device,
            gates,
            lambda *_: HardStepper(hard_step(network)),
            bytes_a_cell=_HARD_BYTES_A_CELL,
            is_remote=True,
        ),
    )
