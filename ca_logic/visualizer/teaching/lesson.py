"""`Lesson`: a rule being learned in a process of its own, seen from the window.

The process is started anew, not forked, and nothing of what it needs, JAX least of all, is imported here. All that it
has of the window is two pipes; when the window goes, however that happens, they close, and the process ends.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator

from ca_logic.errors import LearningError
from ca_logic.synthesis.flow import require_effort
from ca_logic.tasks import Rule, require_learnable
from ca_logic.visualizer.teaching.messages import (
    Assignment,
    Failed,
    HalfTrained,
    Message,
    MessageError,
    MessageReader,
    Stored,
    write_message,
)

_WORKER = "ca_logic.visualizer.teaching.worker"
_BYTES_AT_ONCE = 1 << 16
_PATIENCE_SECONDS = 0.8
_ERROR_BYTES = 2000


class Lesson:
    """Learns a rule beside the window, and keeps the circuit in the user's library."""

    def __init__(self, rule: Rule, *, seed: int = 0, effort: int = 1, pace: float = 5.0) -> None:
        """Starts to learn.

        Args:
            rule: of up to 8 states.
            seed: decides wiring, start, and the walks of synthesis.
            effort: of synthesis, 0 to 3.
            pace: by how many seconds training may be slowed down, so that people can watch it; a rule of more than two
            states is trained in three parts, and two of these are.

        Raises:
            RuleError: if the rule has too many states.
            UsageError: if there is no such effort.
            LearningError: if no process can be started.
        """
        require_learnable(rule)
        require_effort(effort)
        self.rule = rule
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._is_cancelled = False
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", _WORKER],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=_environment(),
            )
        except OSError as error:
            self._errors.close()
            raise LearningError(f"no process to learn {rule.name} in can be started: {error.strerror}.") from None
        self._listener = threading.Thread(target=self._listen, name="lesson", daemon=True)
        self._listener.start()
        self._tell(Assignment(rule, seed, effort, pace))

    @property
    def is_running(self) -> bool:
        """Whether more may come; the last message is `Stored` or `Failed`, or of what was cancelled, none at all."""
        return self._listener.is_alive()

    def poll(self) -> list[Message]:
        """Returns what was said since the last call; never waits."""
        messages = []
        while not self._is_cancelled and not self._messages.empty():
            messages.append(self._messages.get_nowait())
        return messages

    def cancel(self) -> None:
        """Ends the process within a second, and does not wait for that; nothing is said any more."""
        if not self._is_cancelled:
            self._is_cancelled = True
            assert self._process.stdin is not None
            self._process.stdin.close()
            killer = threading.Timer(_PATIENCE_SECONDS, self._process.kill)
            killer.daemon = True
            killer.start()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until the process is gone, so many seconds at most; tells whether it is."""
        self._listener.join(seconds)
        return not self.is_running

    def _tell(self, assignment: Assignment) -> None:
        assert self._process.stdin is not None
        # If it is gone already, the listener says why.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(write_message(assignment))

    def _listen(self) -> None:
        last: Message | None = None
        try:
            for last in self._received():
                self._messages.put(last)
        except MessageError as error:
            last = Failed(f"{self.rule.name} is not learned: the process that learns sent {error}")
            self._messages.put(last)
            self._process.kill()
        code = self._process.wait()
        if not isinstance(last, Stored | Failed):
            self._messages.put(Failed(f"{self.rule.name} is not learned: {self._describe_end(code)}"))
        self._errors.close()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _received(self) -> Iterator[Message]:
        """Yields what the process says, checked to be about this rule."""
        assert self._process.stdout is not None
        reader = MessageReader()
        while piece := self._process.stdout.read(_BYTES_AT_ONCE):
            for message in reader.feed(piece):
                if isinstance(message, HalfTrained) and len(message.circuit.outputs) != self.rule.bits_per_cell:
                    raise MessageError("a circuit of another rule.")
                yield message

    def _describe_end(self, code: int) -> str:
        """Returns why the process ended that was not to end yet."""
        if code < 0:
            memory = "; perhaps memory ran out" if code == -signal.SIGKILL else ""
            return f"the process that learns was ended by {signal.Signals(-code).name}{memory}; try again."
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - _ERROR_BYTES))
        lines = self._errors.read().decode(errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        return f"the process that learns ended with exit code {code} ({said})."


def _environment() -> dict[str, str]:
    """Returns the environment of the process: it imports what the window would, and leaves cores and GPU to others."""
    chosen = {
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        "JAX_PLATFORMS": os.environ.get("JAX_PLATFORMS", "cpu"),
    }
    # One core is little enough to share; see `worker` for the rest.
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return os.environ | chosen | threads
