"""`Classroom`: the lesson that goes on beside the board, and what the board does meanwhile.

While a rule is being learned the board runs on the half-trained network, rounded to gates as it is; so one sees it
become right. Then it runs on the circuit, or, if nothing came of it, on the one that it had before.
"""

import time
from collections.abc import Callable

from ca_logic.tasks import Rule
from ca_logic.visualizer.circuit_view.circuit_panel import CircuitPanel
from ca_logic.visualizer.session.session import Session
from ca_logic.visualizer.teaching.lesson import Lesson
from ca_logic.visualizer.teaching.messages import Failed, HalfTrained, Message, PassDone, Stored
from ca_logic.visualizer.teaching.teaching_panel import TeachingPanel

Passes = list[tuple[str, int, int]]


class Classroom:
    """At most one lesson at a time.

    Attributes:
        circuit_panel: shows circuits.
        lesson_panel: shows the lesson, or the last one; None before the first.
    """

    def __init__(
        self, session: Session, *, on_learned: Callable[[Rule], None], on_fault: Callable[[str], None]
    ) -> None:
        """Teaches nothing yet.

        Args:
            session: whose board shows what is learned.
            on_learned: called when a circuit is kept for a rule.
            on_fault: called with what went wrong.
        """
        self.circuit_panel = CircuitPanel()
        self.lesson_panel: TeachingPanel | None = None
        self._session, self._on_learned, self._on_fault = session, on_learned, on_fault
        self._lesson: Lesson | None = None
        self._passes: dict[str, Passes] = {}

    @property
    def is_learning(self) -> bool:
        """Whether a lesson goes on."""
        return self._lesson is not None

    def begin(self, rule: Rule, *, on_close: Callable[[], None]) -> None:
        """Begins a lesson; one that goes on is given up.

        Raises:
            CaLogicError: if the rule cannot be learned.
        """
        lesson = Lesson(rule)
        self.cancel()
        self._lesson = lesson
        self._passes[rule.slug] = []
        self.lesson_panel = TeachingPanel(rule.title, on_cancel=self.cancel, on_close=on_close)
        self._session.begin_preview(rule)

    def listen(self) -> None:
        """Takes what was said since the last time; to be called once a frame."""
        if self._lesson is None or self.lesson_panel is None:
            return
        for message in self._lesson.poll():
            self.lesson_panel.show(message)
            self._take(message)
            if self._lesson is None:
                return

    def cancel(self) -> None:
        """Gives the lesson up, if there is one; nothing of it is kept."""
        if self._lesson is not None:
            self._lesson.cancel()
            self._lesson = None
            self._session.end_preview()

    def close(self) -> None:
        """Gives the lesson up, and waits until its process is gone."""
        lesson = self._lesson
        self.cancel()
        if lesson is not None:
            lesson.wait(2)

    def passes_of(self, rule: Rule) -> Passes:
        """Returns the synthesis passes of a rule that was learned here: name, and gates before and after."""
        return self._passes.get(rule.slug, [])

    def _take(self, message: Message) -> None:
        assert self._lesson is not None, "nobody else speaks"
        rule = self._lesson.rule
        match message:
            case HalfTrained():
                self._session.preview(message.circuit, time.monotonic())
            case PassDone(name=name, before=before, after=after, unit="gates"):
                self._passes[rule.slug].append((name, before, after))
            case Stored():
                self._lesson = None
                self._session.end_preview()
                self._on_learned(rule)
            case Failed():
                self._lesson = None
                self._session.end_preview()
                self._on_fault(message.message)
            case _:
                pass
