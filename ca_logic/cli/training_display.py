"""The live display of a training on standard error; it also lets Ctrl-C in at safe points."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from ca_logic.learning import Progress
    from ca_logic.synthesis import PassResult


class TrainingDisplay:
    """One bar for each training, in the order in which they begin."""

    def __init__(self, bars: "Bars", check_interrupt: Callable[[], None]) -> None:
        """Takes rich's display, and what raises KeyboardInterrupt if the user wants it."""
        self._bars = bars
        self._check_interrupt = check_interrupt
        self._current: TaskID | None = None

    def begin(self, name: str, num_rows: int) -> None:
        """Shows that a training begins."""
        from rich.markup import escape

        self._check_interrupt()
        if self._current is not None:
            self._bars.remove_task(self._current)
        self._current = self._bars.add_task(escape(name), total=num_rows, detail="compiling the step")

    def show(self, progress: "Progress") -> None:
        """Shows where training stands."""
        self._check_interrupt()
        steps = f"step {progress.step:4d}/{progress.max_steps}"
        detail = f"attempt {progress.attempt}  {steps}  loss {progress.loss:<6.3g}"
        assert self._current is not None, "a training has begun"
        right = progress.num_rows - progress.wrong_rows
        self._bars.update(self._current, total=progress.num_rows, completed=right, detail=detail)

    def show_pass(self, done: "PassResult") -> None:
        """Shows what a synthesis pass left."""
        self._check_interrupt()
        assert self._current is not None, "a training has begun"
        self._bars.update(self._current, detail=f"{done.name}: {done.size} {done.unit}")


@contextmanager
def training_display(check_interrupt: Callable[[], None]) -> Iterator[TrainingDisplay]:
    """Yields a display that is seen only where standard error is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    # Narrow enough for 80 columns.
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        MofNCompleteColumn(),
        TextColumn("right  {task.fields[detail]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bars:
        yield TrainingDisplay(bars, check_interrupt)
