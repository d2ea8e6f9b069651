"""`History`: everything that was done to a board, to be undone and redone: edits and generations alike.

A history is a list of entries, and a place in it. What an edit changed is kept, so it can be taken back and made again.
Of a run it is kept where it began; the generations within are made again, from the last checkpoint before them. Each
run may be entered from its end, a generation at a time, and left in the middle: what follows is then redone, or
forgotten as soon as something else is done.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Generic

from ca_logic.backend.kernel import Kernel
from ca_logic.runtime.board import Board
from ca_logic.visualizer.session.entries import Context, Edit, Place, Replacement, Run, Setting
from ca_logic.visualizer.session.journal import Journal
from ca_logic.visualizer.session.payloads import PayloadStore
from ca_logic.visualizer.session.selection import Selection

MEMORY_BYTES = 48 << 20
DISK_BYTES = 2 << 30
"""What a history takes at most, beside a copy of the board while that is being packed."""

_SHORTEST_GAP = 0.125
_BYTES_PER_SECOND = 1e8
"""Checkpoints are so many seconds of computing apart, or as many as it takes to pack one."""

_CELLS_PER_SECOND = 1e9


class History(Generic[Context]):
    """The past of a board, and what was undone.

    All methods change the board or look at it, so it must be held meanwhile.
    """

    def __init__(
        self,
        board: Board,
        context: Context,
        *,
        memory: int = MEMORY_BYTES,
        disk: int = DISK_BYTES,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Begins a history with the board as it is.

        Args:
            board: what is edited and run.
            context: what else belongs to it.
            memory: bytes that may be taken; beyond them a temporary file is used.
            disk: bytes that the file may have; beyond them the oldest entries are forgotten.
            on_progress: called now and then while generations are made again, with the number of those left. If it
                raises an error, the board stays at the generation that it has reached.
        """
        self._store = PayloadStore(memory=memory, disk=disk)
        self._journal = Journal(board, context, self._store, on_progress=on_progress)
        self._begun: Run[Context] | None = None
        self._pace = _first_pace(board)

    @property
    def board(self) -> Board:
        """The board; another one after a replacement was undone or redone."""
        return self._journal.board

    @property
    def context(self) -> Context:
        """What else belongs to the board, such as the selection; it comes back when edits are undone or redone."""
        return self._journal.context

    @context.setter
    def context(self, context: Context) -> None:
        self._journal.context = context

    @property
    def undo_label(self) -> str | None:
        """What would be undone, or None."""
        journal = self._journal
        if journal.is_within_run:
            return journal.entry(journal.index).label
        return journal.entry(journal.index - 1).label if journal.index > journal.num_forgotten else None

    @property
    def redo_label(self) -> str | None:
        """What would be redone, or None."""
        journal = self._journal
        return journal.entry(journal.index).label if journal.index < journal.end and self._run is None else None

    @property
    def memory_bytes(self) -> int:
        """Bytes in memory."""
        return self._store.memory_bytes

    @property
    def disk_bytes(self) -> int:
        """Bytes in the temporary file."""
        return self._store.disk_bytes

    @contextlib.contextmanager
    def editing(self, label: str, x: int, y: int, width: int, height: int, *, joins: bool = False) -> Iterator[None]:
        """Records what is done to a rectangle of cells meanwhile; the generation must stay what it is.

        A run is interrupted, and goes on afterwards. If nothing was changed, nothing is recorded.

        Args:
            label: what it is, for people.
            x: the first column.
            y: the first row.
            width: columns.
            height: rows.
            joins: whether it is undone together with the edit before, if that is the last entry and has this label.

        Raises:
            BoardError: if the rectangle is not on the board.
        """
        area, context = Selection(x, y, width, height), self.context
        before = self.board.copy_bytes(*area)
        try:
            yield
        finally:
            before ^= self.board.copy_bytes(*area)
            if before.any():
                run = self._run
                self.end_run()
                self._journal.append_edit(label, context, area, before, joins=joins)
                if run is not None:
                    self.begin_run(run.label)

    def replace(self, board: Board, label: str, *, is_start: bool = True) -> None:
        """Records that another board takes the place of this one; it is undone by a board like this one.

        Args:
            board: the other one, of any size and kernel.
            label: what it is, for people.
            is_start: whether it is a beginning, such as a pattern that was opened: steps back and `reset` end there.
        """
        self.end_run()
        began = self._journal.forget_undone()
        self._journal.keep(is_pinned=True)
        settings, generations = (Setting.of(self.board), Setting.of(board)), (self.board.generation, board.generation)
        self._journal.append_replacement(
            Replacement(label, self.context, began, *settings, *generations, is_start), board
        )
        self._pace = _first_pace(board)

    def use_kernel(self, kernel: Kernel) -> None:
        """Lets the board go on by another kernel of as many planes; this is not undone.

        Raises:
            ValueError: if it has another number of planes.
        """
        self.board.kernel = kernel
        if self._run is not None:
            self._run.kernels.append((self.board.generation, kernel))

    def begin_run(self, label: str = "run") -> None:
        """Records that the board is being advanced from now on."""
        if self._run is not None:
            return
        journal = self._journal
        began, generation = journal.forget_undone(), self.board.generation
        latest = journal.checkpoints.latest(journal.place)
        if latest is None or latest.place == journal.place or began - latest.seconds > self._gap:
            journal.keep(is_pinned=True)
        self._begun = Run(label, self.context, began, generation, generation, [(generation, self.board.kernel)])
        journal.open_run(self._begun)

    def mark(self, seconds_per_generation: float) -> None:
        """Looks after a run, and keeps the board now and then; to be called each frame.

        Args:
            seconds_per_generation: how long a generation takes to make at present, or 0 if that is not known.
        """
        self._pace = seconds_per_generation or self._pace
        if self._run is None:
            return
        journal = self._journal
        self._count(self._run)
        latest = journal.checkpoints.latest(journal.place)
        if not self._store.is_busy and (latest is None or journal.seconds - latest.seconds >= self._gap):
            journal.keep()
            journal.checkpoints.thin(journal.seconds)
        journal.make_room()

    def end_run(self) -> None:
        """Records that the board is no longer being advanced."""
        run, self._begun = self._run, None
        if run is not None:
            self._count(run)
            self._journal.close_run(run)

    def undo(self) -> str | None:
        """Takes the last entry back, or all of a run up to here; returns what that was, None if there was nothing."""
        self.end_run()
        label, journal = self.undo_label, self._journal
        if journal.is_within_run:
            journal.go(journal.place_before(journal.index))
        elif label is not None and isinstance(journal.entry(journal.index - 1), Edit):
            journal.undo_edit()
        elif label is not None:
            journal.go(journal.place_before(journal.index - 1))
        return label

    def redo(self) -> str | None:
        """Makes the next entry again, or the rest of a run; returns what that was, None if there was nothing."""
        self.end_run()
        label = self.redo_label
        if label is not None:
            self._journal.go(self._journal.place_after(self._journal.index))
        return label

    def previous_generation(self) -> bool:
        """Goes back to the board as it was a generation ago, edits since then undone; returns whether there was one."""
        return self.go_to_generation(self.board.generation - 1)

    def go_to_generation(self, generation: int) -> bool:
        """Goes back to an earlier generation, edits since then undone.

        Returns:
            Whether the board is at that generation now. It is not if that is still to come, lies before the beginning,
            or was forgotten.
        """
        self.end_run()
        if generation == self.board.generation:
            return True
        journal = self._journal
        for index in range(min(journal.index, journal.end - 1), journal.num_forgotten - 1, -1):
            entry = journal.entry(index)
            if index < journal.index and isinstance(entry, Replacement) and entry.is_start:
                return False
            if isinstance(entry, Run) and entry.first <= generation < self._reached(index):
                journal.go(Place(index, generation), is_passing=True)
                return True
        return False

    def reset(self) -> bool:
        """Goes back to where running began: to the first run after the last beginning.

        Edits since then are undone, those before are kept. All of it can be redone.

        Returns:
            Whether there was something to go back to.
        """
        self.end_run()
        journal, target = self._journal, None
        for index in range(journal.num_forgotten, min(journal.index + 1, journal.end)):
            entry = journal.entry(index)
            if index < journal.index and isinstance(entry, Replacement) and entry.is_start:
                target = None
            elif target is None and isinstance(entry, Run) and self._reached(index) > entry.first:
                target = Place(index, entry.first)
        if target is not None:
            journal.go(target)
        return target is not None

    def close(self) -> None:
        """Forgets everything, and deletes the temporary file."""
        self._journal.close()
        self._store.close()

    @property
    def _run(self) -> Run[Context] | None:
        """The run that is being made and recorded."""
        return self._begun if self._begun is not None and self._journal.is_open(self._begun) else None

    @property
    def _gap(self) -> float:
        """Seconds of computing from one checkpoint to the next."""
        return max(_SHORTEST_GAP, self.board.bands.cells.size / _BYTES_PER_SECOND)

    def _reached(self, index: int) -> int:
        """Returns up to which of its generations a run has been made."""
        return self._journal.run_at(index).last if index < self._journal.index else self.board.generation

    def _count(self, run: Run[Context]) -> None:
        """Lets a run end here."""
        run.seconds += (self.board.generation - run.last) * self._pace
        run.last = self.board.generation


def _first_pace(board: Board) -> float:
    """Returns how many seconds a generation is taken to need until that is known."""
    return board.width * board.height / _CELLS_PER_SECOND
