"""The live display of learning a classifier on standard error, and the one place where a Ctrl-C is noted."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ca_logic.cli.arguments import warn

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from ca_logic.classifier_pipeline import LearningWatch
    from ca_logic.learning.classification import Evaluation
    from ca_logic.synthesis import PassResult

_TRAINING = "training"


class ClassifierDisplay:
    """One bar for each training, in the order in which they begin.

    Attributes:
        is_interrupted: whether there was a Ctrl-C; what is under way then ends at a safe point.
    """

    def __init__(self, bars: "Bars", check_interrupt: Callable[[], None]) -> None:
        """Takes rich's display, and what raises KeyboardInterrupt if the user wants it."""
        self.is_interrupted = False
        self._bars, self._check_interrupt = bars, check_interrupt
        self._task: TaskID | None = None
        self._best = 0.0
        self._warnings: set[str] = set()

    def begin(self, name: str, num_steps: int) -> "LearningWatch":
        """Shows that a training begins, and returns who looks on."""
        from rich.markup import escape

        from ca_logic.classifier_pipeline import LearningWatch

        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task, self._best = self._bars.add_task(escape(name), total=num_steps, detail=""), 0.0
        return LearningWatch(
            on_stage=self._show_stage,
            on_evaluation=self._show_evaluation,
            on_progress=self._show_steps,
            on_pass=self._show_pass,
            on_warning=self._warn,
            should_stop=self.should_stop,
        )

    def should_stop(self) -> bool:
        """Tells whether there was a Ctrl-C."""
        try:
            self._check_interrupt()
        except KeyboardInterrupt:
            self.is_interrupted = True
        return self.is_interrupted

    def _warn(self, message: str) -> None:
        """Passes on what was not said before; that there is no compiler, several stages notice."""
        fault, _, rest = message.partition(". ")
        if fault not in self._warnings:
            warn(message)
        elif message not in self._warnings and rest:
            warn(rest)
        self._warnings |= {fault, message}

    def _show_stage(self, stage: str) -> None:
        self._update(detail="compiling the step" if stage == _TRAINING else stage)

    def _show_steps(self, step: int, num_steps: int) -> None:
        self._update(completed=step, total=num_steps)

    def _show_evaluation(self, evaluation: "Evaluation") -> None:
        self._best = max(self._best, evaluation.hard_accuracy)
        soft, hard, best = (100 * share for share in (evaluation.soft_accuracy, evaluation.hard_accuracy, self._best))
        accuracies = f"soft {soft:.1f} hard {hard:.1f} best {best:.1f}"
        speed = f"{short_number(evaluation.samples_per_second)}/s"
        self._update(completed=evaluation.step, detail=f"loss {evaluation.loss:.3f} {accuracies} % {speed}")

    def _show_pass(self, done: "PassResult") -> None:
        self._update(detail=f"{done.name}: {done.size} {done.unit}")

    def _update(self, **fields: Any) -> None:
        assert self._task is not None, "a training has begun"
        self._bars.update(self._task, **fields)


@contextlib.contextmanager
def classifier_session(check_interrupt: Callable[[], None]) -> Iterator[ClassifierDisplay]:
    """Imports what takes seconds, and yields a display that is seen only where standard error is a terminal.

    What JAX compiles is kept.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    with console.status("starting JAX", spinner="dots"):
        # Imported here: whoever only runs classifiers should not wait for JAX.
        from ca_logic import classifier_pipeline  # noqa: F401
        from ca_logic.learning.device import compiled_programs_kept
    check_interrupt()
    # Narrow enough for 80 columns.
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=6),
        MofNCompleteColumn(separator="/"),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(compact=True),
        console=console,
        disable=not console.is_terminal,
    )
    with compiled_programs_kept(), bars:
        yield ClassifierDisplay(bars, check_interrupt)


def short_number(number: float) -> str:
    """Returns a number in three digits, such as `42.1k`."""
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= factor:
            return f"{number / factor:.3g}{unit}"
    return f"{number:.3g}"
