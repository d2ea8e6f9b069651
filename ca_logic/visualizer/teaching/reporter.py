"""`Reporter`: turns what training and synthesis call back into messages for the window."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ca_logic.circuit import Circuit, remove_dead_gates
from ca_logic.synthesis import PassResult
from ca_logic.synthesis.flow import LINEAR_PASSES
from ca_logic.synthesis.structural_hashing import strash, sweep
from ca_logic.visualizer.teaching.messages import Exact, HalfTrained, Message, PassDone, PassUnderWay, Progress, Unit

if TYPE_CHECKING:
    from ca_logic.learning import Progress as Trained

_SECONDS_BETWEEN_NETWORKS = 0.25
_SECONDS_BETWEEN_SIZES = 0.1
_PACED_LOOKS = 60
"""So many of the first looks at a network share the seconds by which it is slowed down."""


class Reporter:
    """Tells the window what happens, not more often than can be seen, and lets it happen slowly enough."""

    def __init__(self, send: Callable[[Message], None], *, pace: float, num_parts: int) -> None:
        """Has nothing to tell yet.

        Args:
            send: takes what is told.
            pace: by how many seconds a part's training is slowed down.
            num_parts: in how many parts the rule is trained.
        """
        self._send = send
        self._pause = pace / _PACED_LOOKS
        self._num_parts = num_parts
        self._looks: dict[str, int] = {}
        self._steps: dict[tuple[str, int], int] = {}
        self._next_network = self._next_size = 0.0
        self._last_network: HalfTrained | None = None
        self._extracted_gates = self._gates = 0
        self._search = 0

    def show_progress(self, trained: "Trained") -> None:
        """Tells where training stands, and waits a moment."""
        self._steps[trained.part, trained.attempt] = trained.step
        self._send(
            Progress(
                part=trained.part if self._num_parts > 1 else "",
                attempt=trained.attempt,
                step=trained.step,
                loss=trained.loss,
                wrong_rows=trained.wrong_rows,
                num_rows=trained.num_rows,
            )
        )
        looks = self._looks[trained.part] = self._looks.get(trained.part, 0) + 1
        # Whether a single cell is live is no sight.
        if looks <= _PACED_LOOKS and not (self._num_parts > 1 and trained.part == "live"):
            time.sleep(self._pause)

    def show_circuit(self, trained: "Trained", extract: Callable[[], Circuit]) -> None:
        """Shows the hard network now and then, and when it is exact."""
        if time.monotonic() < self._next_network and trained.wrong_rows:
            return
        circuit = extract()
        self._extracted_gates = circuit.num_gates
        network = HalfTrained(_lightened(circuit), trained.wrong_rows, trained.num_rows)
        if network != self._last_network:
            self._send(network)
            self._last_network = network
        self._next_network = time.monotonic() + _SECONDS_BETWEEN_NETWORKS

    def show_pass(self, result: PassResult) -> None:
        """Tells what a synthesis pass left, or has come to."""
        self._show_pass(result, result.unit, start=self._extracted_gates)

    def show_row_pass(self, result: PassResult) -> None:
        """Tells the same of a pass that looks for few gates a row."""
        self._show_pass(result, "gates a row" if result.unit == "gates" else "tables a row", start=self._gates)

    def _show_pass(self, result: PassResult, unit: Unit, *, start: int) -> None:
        if not self._search:
            self._send(Exact(sum(self._steps.values())))
        if result.name == LINEAR_PASSES[0][0]:
            self._search += 1
            self._gates = start
        numbers = (self._search, result.name, self._gates, result.size, unit, result.seconds)
        if result.proof is not None:
            self._send(PassDone(*numbers))
            if result.unit == "gates":
                self._gates = result.size
        elif time.monotonic() >= self._next_size:
            self._send(PassUnderWay(*numbers))
            self._next_size = time.monotonic() + _SECONDS_BETWEEN_SIZES


def _lightened(circuit: Circuit) -> Circuit:
    """Returns the same function in fewer gates, for the window interprets them."""
    return remove_dead_gates(strash(sweep(circuit)))
