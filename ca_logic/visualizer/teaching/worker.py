"""The process that learns: `python -m ca_logic.visualizer.teaching.worker`, started by `Lesson`.

It reads an assignment, and writes messages until the circuit is kept and compiled. It ends when its input does, which
is so when the window cancels, closes, or was killed: what is under way is unwound, so that nothing half-written stays.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from ca_logic.errors import CaLogicError, ToolchainError
from ca_logic.visualizer.teaching.ending import Ending
from ca_logic.visualizer.teaching.messages import (
    Assignment,
    Begun,
    Failed,
    Message,
    Proved,
    Stored,
    read_assignment,
    write_message,
)

if TYPE_CHECKING:
    from ca_logic.pipeline import LearnedRule

_NICENESS = 10
_STEPS_PER_LOOK = 2

Send = Callable[[Message], None]


def main() -> None:
    """Learns what standard input says, and reports on standard output."""
    # A Ctrl-C in the terminal is the window's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    send = _sender(_take_standard_output())
    _stay_in_the_background()
    ending = Ending()
    try:
        # Without a buffer, which the thread that waits for the end could hold as the interpreter goes down.
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as told:
            assignment = read_assignment(told.readline())
        ending.watch(sys.stdin.fileno())
        teach(assignment, send, ending)
    except CaLogicError as error:
        send(Failed(_first_line(error)))


def teach(assignment: Assignment, send: Send, ending: Ending) -> None:
    """Learns, proves, keeps and compiles.

    Raises:
        CaLogicError: if that is not possible.
    """
    # Imported here: JAX takes seconds, in which the window may already have gone.
    from ca_logic.learning.device import compiled_programs_kept, describe_device
    from ca_logic.pipeline import learn_rule
    from ca_logic.visualizer.teaching.reporter import Reporter

    rule = assignment.rule
    reporter = Reporter(send, pace=assignment.pace, num_parts=1 if rule.num_states == 2 else 3)
    send(Begun(describe_device()))
    with compiled_programs_kept():
        learned = learn_rule(
            rule,
            seed=assignment.seed,
            effort=assignment.effort,
            steps_per_call=_STEPS_PER_LOOK,
            on_progress=reporter.show_progress,
            on_circuit=reporter.show_circuit,
            on_pass=reporter.show_pass,
            on_row_pass=reporter.show_row_pass,
        )
    send(Proved(learned.proof.rows))
    send(_keep(learned, ending))


def _keep(learned: "LearnedRule", ending: Ending) -> Stored:
    """Stores the circuit, and compiles it as it is read from there, so that the window finds it compiled."""
    from ca_logic.reporting import describe_origin, describe_rows_origin
    from ca_logic.runtime.automaton import load_automaton
    from ca_logic.runtime.circuit_library import store_circuit
    from ca_logic.synthesis.row_sharing import num_gates_a_row

    with ending.held_back():
        path = store_circuit(
            learned.rule,
            learned.circuit,
            row_circuit=learned.row_circuit,
            comments=describe_origin(learned),
            row_comments=describe_rows_origin(learned),
        )
    try:
        kernel = load_automaton(learned.rule).kernel.description
    except ToolchainError:
        # The window will find that out, and say it.
        kernel = ""
    gates, gates_a_row = learned.circuit.num_gates, num_gates_a_row(learned.row_circuit)
    return Stored(learned.rule.name, gates, gates_a_row, kernel, str(path))


def _take_standard_output() -> BinaryIO:
    """Returns where the window listens; what libraries print goes to standard error from now on."""
    listening = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return listening


def _sender(listening: BinaryIO) -> Send:
    def send(message: Message) -> None:
        try:
            listening.write(write_message(message))
            listening.flush()
        except BrokenPipeError:
            raise SystemExit from None

    return send


def _stay_in_the_background() -> None:
    """Leaves half of the cores, and the rest whenever it is wanted, to the window."""
    os.nice(_NICENESS)
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[len(cores) // 2 :])


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


if __name__ == "__main__":
    try:
        main()
    except SystemExit:
        # All is unwound; to take the interpreter down with JAX in it is slow, and the window wants its core back.
        os._exit(0)
