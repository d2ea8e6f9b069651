"""`CircuitLookup`: for which rules a circuit is known, asked beside the window.

A circuit that is read is proved, which may take a second or two for a rule of eight states; frames must not wait for
it. So an answer comes when it is there, and whoever draws asks again with each frame.
"""

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass

from ca_logic.errors import CaLogicError, CircuitNotFoundError
from ca_logic.runtime.circuit_library import StoredCircuit, find_circuit
from ca_logic.tasks import Rule
from ca_logic.tasks.rule import MAX_LEARNED_STATES
from ca_logic.visualizer.background import Start, start_thread

_MAX_REMEMBERED = 4096
"""Answers that are kept; a drag across the table asks for hundreds of rules."""

Find = Callable[[Rule, Callable[[str], None]], StoredCircuit]


@dataclass(frozen=True)
class CircuitStatus:
    """What is known about a rule's circuit.

    Attributes:
        is_asked: whether the answer is still to come.
        num_gates: of the circuit; None if there is none.
        origin: `learned`, `shipped` or `supplied`.
        can_be_learned: whether the rule has not too many states.
        warning: why a file was passed over, if one was.
    """

    is_asked: bool = False
    num_gates: int | None = None
    origin: str = ""
    can_be_learned: bool = True
    warning: str = ""

    @property
    def description(self) -> str:
        """What to tell people, in a few words."""
        if self.is_asked:
            return "looking for a circuit…"
        if self.num_gates is not None:
            return f"{self.num_gates} gates, {self.origin}"
        return (
            "not learned yet: press L" if self.can_be_learned else f"more than {MAX_LEARNED_STATES} states: no circuit"
        )


class CircuitLookup:
    """Remembers the answers, and asks for one at a time."""

    def __init__(self, find: Find | None = None, start: Start = start_thread) -> None:
        """Asks `find`, by default the library."""
        self._find, self._start = find or _find_in_library, start
        self._answers: dict[str, CircuitStatus] = {}
        self._is_busy = False
        self._num_forgotten = 0
        self.num_answers = 0
        """So many answers came so far; with a new one there is something to draw."""

    def status(self, rule: Rule) -> CircuitStatus:
        """Returns what is known, and asks for what is not unless another rule is being asked for."""
        key = f"{rule.slug} {rule.path}"
        if key not in self._answers and not self._is_busy:
            self._is_busy = True
            self._start(functools.partial(self._answer, key, rule, self._num_forgotten))
        return self._answers.get(key) or CircuitStatus(is_asked=True, can_be_learned=_can_be_learned(rule))

    def forget(self) -> None:
        """Forgets all answers: a circuit was learned."""
        self._num_forgotten += 1
        self._answers = {}
        self.num_answers += 1

    def _answer(self, key: str, rule: Rule, num_forgotten: int) -> None:
        warnings: list[str] = []
        status = CircuitStatus(can_be_learned=_can_be_learned(rule))
        try:
            stored = self._find(rule, warnings.append)
            status = dataclasses.replace(status, num_gates=stored.circuit.num_gates, origin=stored.origin)
        except CircuitNotFoundError:
            pass
        except (CaLogicError, OSError) as error:
            warnings.append(str(error))
        if len(self._answers) >= _MAX_REMEMBERED:
            self._answers = {}
        if num_forgotten == self._num_forgotten:
            self._answers[key] = dataclasses.replace(status, warning="; ".join(warnings))
        self._is_busy = False
        # Last: whoever sees it change asks for the next one at once.
        self.num_answers += 1


def _find_in_library(rule: Rule, on_warning: Callable[[str], None]) -> StoredCircuit:
    return find_circuit(rule, on_warning=on_warning)


def _can_be_learned(rule: Rule) -> bool:
    return rule.num_states <= MAX_LEARNED_STATES
