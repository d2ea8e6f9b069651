"""`Automaton`: a rule, the circuit learned for it, and the kernel that runs the circuit."""

from collections.abc import Callable
from dataclasses import dataclass

from ca_logic.backend.kernel import Kernel, NumpyKernel, compile_kernel
from ca_logic.circuit import Circuit
from ca_logic.runtime.board import Board, Topology
from ca_logic.runtime.circuit_library import StoredCircuit, find_circuit
from ca_logic.tasks import Rule
from ca_logic.toolchain.compiler import NoCompilerError


@dataclass(frozen=True)
class Automaton:
    """A rule that runs.

    Attributes:
        rule: what is computed.
        stored: the circuits that compute it, and where they come from.
        kernel: what runs the one with the fewest gates a row.
    """

    rule: Rule
    stored: StoredCircuit
    kernel: Kernel

    def board(self, width: int, height: int, *, topology: Topology = "torus", threads: int | None = None) -> Board:
        """Returns a board of dead cells that steps by this rule.

        Raises:
            BoardError: if there can be no such board.
        """
        return Board(
            width, height, topology=topology, kernel=self.kernel, num_states=self.rule.num_states, threads=threads
        )


def load_automaton(rule: Rule, *, on_warning: Callable[[str], None] = lambda _: None) -> Automaton:
    """Returns the rule with the newest circuit learned for it, compiled, or run by NumPy without a compiler.

    Raises:
        CircuitNotFoundError: if nothing has been learned for the rule.
        ToolchainError: if there is a compiler, but it fails.
    """
    stored = find_circuit(rule, on_warning=on_warning)
    return Automaton(rule, stored, best_kernel(stored.row_circuit, on_warning=on_warning))


def best_kernel(circuit: Circuit, *, on_warning: Callable[[str], None] = lambda _: None) -> Kernel:
    """Returns the circuit compiled, or where there is no compiler, run by NumPy, with a warning.

    Raises:
        ToolchainError: if there is a compiler, but it fails.
    """
    try:
        return compile_kernel(circuit)
    except NoCompilerError as error:
        on_warning(f"{error} Running with NumPy meanwhile, which is much slower.")
        return NumpyKernel(circuit)
