"""`LessonRecord`: what a lesson has come to, in the words and numbers that people are shown."""

from dataclasses import dataclass
from enum import IntEnum

from ca_logic.visualizer.teaching.messages import (
    Begun,
    Exact,
    Failed,
    Message,
    PassDone,
    PassUnderWay,
    Progress,
    Proved,
    Stored,
)

_MOST_POINTS = 1024


class Stage(IntEnum):
    """What is being done, in order; then how it ended."""

    STARTING = 0
    TRAINING = 1
    SHRINKING = 2
    COMPILING = 3
    DONE = 4
    FAILED = 5
    CANCELLED = 6


@dataclass(frozen=True)
class CurvePoint:
    """Where training stood after so many steps, counted over all attempts and parts."""

    step: int
    loss: float
    wrong_rows: int


class LessonRecord:
    """Collects messages, of curves only as many points as can be seen.

    Attributes:
        stage: what is being done.
        heading: what is being done, in a few words.
        detail: how far that is.
        points: of the curves.
        starts: the steps after which another attempt or part began.
        num_rows: how many rows there are in the part that was trained last.
        most_rows: how many in the largest part so far.
        passes: what each synthesis pass left; of several searches for the same only those of the last one.
    """

    def __init__(self) -> None:
        """Nothing has been said yet."""
        self.stage = Stage.STARTING
        self.heading, self.detail = "Starting", "A process of its own is started; the board goes on."
        self.points: list[CurvePoint] = []
        self.starts: list[int] = []
        self.num_rows = self.most_rows = 0
        self.passes: list[PassUnderWay] = []
        self._least_distance = 1
        self._trained: Progress | None = None
        self._num_proved = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.stage >= Stage.DONE

    def add(self, message: Message) -> None:
        """Takes what was said; after the end, nothing more."""
        if self.is_over:
            return
        match message:
            case Begun(device):
                self.heading, self.detail = "Compiling the training step", device
            case Progress():
                self._add_progress(message)
            case Exact(step):
                self.stage = Stage.SHRINKING
                self.heading, self.detail = "Exact", f"No row is wrong after {step:,} steps."
            case PassUnderWay():
                self._add_pass(message)
            case Proved(num_rows):
                self.stage, self._num_proved = Stage.COMPILING, num_rows
                self.heading, self.detail = "Proved", f"Right on all {num_rows:,} neighbourhoods; now it is compiled."
            case Stored(_, gates, gates_a_row, kernel):
                self.stage = Stage.DONE
                self.heading = f"Compiled: {gates:,} gates, {gates_a_row:,} a row"
                runs = f"Run by {kernel}." if kernel else "It could not be compiled."
                self.detail = f"Proved on all {self._num_proved:,} neighbourhoods, and kept. {runs}"
            case Failed(reason):
                self.stage, self.heading, self.detail = Stage.FAILED, "Not learned", reason

    def cancel(self) -> None:
        """Takes note that nobody wants to learn this any more."""
        if not self.is_over:
            self.detail = "Nothing was kept." if self.stage < Stage.COMPILING else "The circuit may have been kept."
            self.stage, self.heading = Stage.CANCELLED, "Cancelled"

    def _add_progress(self, progress: Progress) -> None:
        last = self._trained
        if last and (last.part, last.attempt) != (progress.part, progress.attempt):
            self.starts.append(self._first_step + last.step)
        self._trained, self.stage = progress, Stage.TRAINING
        self.num_rows, self.most_rows = progress.num_rows, max(self.most_rows, progress.num_rows)
        self._add_point(CurvePoint(self._first_step + progress.step, progress.loss, progress.wrong_rows))
        part = f" the part {progress.part!r}" if progress.part else ""
        self.heading = f"Training{part}, step {progress.step:,}"
        again = f", attempt {progress.attempt}" if progress.attempt > 1 else ""
        self.detail = f"{progress.wrong_rows:,} of {progress.num_rows:,} rows wrong{again}"

    @property
    def _first_step(self) -> int:
        return self.starts[-1] if self.starts else 0

    def _add_point(self, point: CurvePoint) -> None:
        if self.points and point.wrong_rows and point.step - self.points[-1].step < self._least_distance:
            return
        self.points.append(point)
        if len(self.points) > _MOST_POINTS:
            del self.points[1::2]
            self._least_distance *= 2

    def _add_pass(self, message: PassUnderWay) -> None:
        is_of_rows = message.unit.endswith("a row")
        self.passes = [
            known
            for known in self.passes
            if known.search == message.search or known.unit.endswith("a row") != is_of_rows
        ]
        if self.passes and not isinstance(self.passes[-1], PassDone):
            self.passes.pop()
        self.passes.append(message)
        self.stage = Stage.SHRINKING
        self.heading = f"Shrinking: {message.after:,} {message.unit}"
        self.detail = message.name
