"""`History`: everything that was done to a board, to be undone and redone: edits and generations alike.

A history is a list of entries, and a place in it. What an edit changed is kept, so it can be taken back and made again.
Of a run it is kept where it began; the generations within are made again, from the last checkpoint before them. Each
run may be entered from its end, a generation at a time, and left in the middle: what follows is then redone, or
forgotten as soon as something else is done.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Generic

import numpy as np
from jaxtyping import UInt8

from ca_logic.backend.kernel import Kernel
from ca_logic.runtime.board import Board
from ca_logic.visualizer.session.checkpoints import Checkpoint, Checkpoints
from ca_logic.visualizer.session.entries import Context, Edit, Entry, Place, Replacement, Run, Setting
from ca_logic.visualizer.session.payloads import PayloadStore
from ca_logic.visualizer.session.selection import Selection

MEMORY_BYTES = 48 << 20
DISK_BYTES = 2 << 30
"""What a history takes at most, beside a copy of the board while that is being packed."""

_MAX_ENTRIES = 100_000

_SHORTEST_GAP = 0.125
_BYTES_PER_SECOND = 1e8
"""Checkpoints are so many seconds of computing apart, or as many as it takes to pack one."""

_CELLS_PER_SECOND = 1e9
"""How fast a board is taken to be until that is known."""

_EDITED_BYTES_PER_SECOND = 5e8

_SOON = 0.005
"""Generations that can be made again in so many seconds need no checkpoint between them."""


class History(Generic[Context]):
    """The past of a board, and what was undone.

    All methods change the board or look at it, so it must be held meanwhile.

    Attributes:
        context: what else belongs to the board, such as the selection; it comes back when edits are undone or redone.
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
        self.context = context
        self._board = board
        self._store = PayloadStore(memory=memory, disk=disk)
        self._checkpoints = Checkpoints(self._store)
        self._entries: list[Entry[Context]] = []
        self._num_forgotten = 0
        self._index = 0
        self._run: Run[Context] | None = None
        self._latest_context = context
        self._pace = board.width * board.height / _CELLS_PER_SECOND
        self._on_progress = on_progress

    @property
    def board(self) -> Board:
        """The board; another one after a replacement was undone or redone."""
        return self._board

    @property
    def undo_label(self) -> str | None:
        """What would be undone, or None."""
        if self._is_within_run:
            return self._entry(self._index).label
        return self._entry(self._index - 1).label if self._index > self._num_forgotten else None

    @property
    def redo_label(self) -> str | None:
        """What would be redone, or None."""
        return self._entry(self._index).label if self._index < self._end and self._run is None else None

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
        before = self._board.copy_bytes(*area)
        try:
            yield
        finally:
            before ^= self._board.copy_bytes(*area)
            if before.any():
                run = self._run
                self.end_run()
                self._record(label, context, area, before, joins=joins)
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
        began = self._forget_undone()
        self._keep(is_pinned=True)
        before, after = Setting.of(self._board), Setting.of(board)
        generations = self._board.generation, board.generation
        self._entries.append(Replacement(label, self.context, began, before, after, *generations, is_start))
        self._index += 1
        self._board = board
        self._pace = board.width * board.height / _CELLS_PER_SECOND
        self._keep(is_pinned=True)
        self._make_room()

    def use_kernel(self, kernel: Kernel) -> None:
        """Lets the board go on by another kernel of as many planes; this is not undone.

        Raises:
            ValueError: if it has another number of planes.
        """
        self._board.kernel = kernel
        if self._run is not None:
            self._run.kernels.append((self._board.generation, kernel))

    def begin_run(self, label: str = "run") -> None:
        """Records that the board is being advanced from now on."""
        if self._run is not None:
            return
        began = self._forget_undone()
        latest = self._checkpoints.latest(self._place)
        if latest is None or latest.place == self._place or began - latest.seconds > self._gap:
            self._keep(is_pinned=True)
        generation = self._board.generation
        self._run = Run(label, self.context, began, generation, generation, [(generation, self._board.kernel)])
        self._entries.append(self._run)
        self._make_room()

    def mark(self, seconds_per_generation: float) -> None:
        """Looks after a run, and keeps the board now and then; to be called each frame.

        Args:
            seconds_per_generation: how long a generation takes to make at present, or 0 if that is not known.
        """
        self._pace = seconds_per_generation or self._pace
        if self._run is None:
            return
        now = self._count(self._run)
        latest = self._checkpoints.latest(self._place)
        if not self._store.is_busy and (latest is None or now - latest.seconds >= self._gap):
            self._keep()
            self._checkpoints.thin(now)
        self._make_room()

    def end_run(self) -> None:
        """Records that the board is no longer being advanced."""
        run, self._run = self._run, None
        if run is None:
            return
        self._count(run)
        if run.last == run.first:
            self._entries.pop()
        else:
            self._index += 1

    def undo(self) -> str | None:
        """Takes the last entry back, or all of a run up to here; returns what that was, None if there was nothing."""
        self.end_run()
        label = self.undo_label
        if self._is_within_run:
            self._go(Place(self._index, self._run_at(self._index).first))
        elif self._index > self._num_forgotten:
            entry = self._entry(self._index - 1)
            if isinstance(entry, Edit):
                self._remember_context()
                self._apply(entry)
                self._index -= 1
                self.context = entry.context
            else:
                self._go(self._before(self._index - 1))
        return label

    def redo(self) -> str | None:
        """Makes the next entry again, or the rest of a run; returns what that was, None if there was nothing."""
        self.end_run()
        label = self.redo_label
        if self._index < self._end:
            entry = self._entry(self._index)
            generation = self._board.generation
            if isinstance(entry, Run):
                generation = entry.last
            elif isinstance(entry, Replacement):
                generation = entry.generation_after
            self._go(Place(self._index + 1, generation))
        return label

    def previous_generation(self) -> bool:
        """Goes back to the board as it was a generation ago, edits since then undone; returns whether there was one."""
        return self.go_to_generation(self._board.generation - 1)

    def go_to_generation(self, generation: int) -> bool:
        """Goes back to an earlier generation, edits since then undone.

        Returns:
            Whether the board is at that generation now. It is not if that is still to come, lies before the beginning,
            or was forgotten.
        """
        self.end_run()
        if generation == self._board.generation:
            return True
        for index in range(min(self._index, self._end - 1), self._num_forgotten - 1, -1):
            entry = self._entry(index)
            if index < self._index and isinstance(entry, Replacement) and entry.is_start:
                return False
            if isinstance(entry, Run) and entry.first <= generation < self._reached(index):
                self._go(Place(index, generation), is_passing=True)
                return True
        return False

    def reset(self) -> bool:
        """Goes back to where running began: to the first run after the last beginning.

        Edits since then are undone, those before are kept. All of it can be redone.

        Returns:
            Whether there was something to go back to.
        """
        self.end_run()
        target = None
        for index in range(self._num_forgotten, min(self._index + 1, self._end)):
            entry = self._entry(index)
            if index < self._index and isinstance(entry, Replacement) and entry.is_start:
                target = None
            elif target is None and isinstance(entry, Run) and self._reached(index) > entry.first:
                target = Place(index, entry.first)
        if target is not None:
            self._go(target)
        return target is not None

    def close(self) -> None:
        """Forgets everything, and deletes the temporary file."""
        self._run = None
        self._forget(self._end)
        self._store.close()

    @property
    def _end(self) -> int:
        return self._num_forgotten + len(self._entries)

    @property
    def _place(self) -> Place:
        return Place(self._index, self._board.generation)

    @property
    def _gap(self) -> float:
        """Seconds of computing from one checkpoint to the next."""
        return max(_SHORTEST_GAP, self._board.bands.cells.size / _BYTES_PER_SECOND)

    @property
    def _is_within_run(self) -> bool:
        entry = self._entry(self._index) if self._index < self._end else None
        return isinstance(entry, Run) and self._board.generation > entry.first

    def _entry(self, index: int) -> Entry[Context]:
        return self._entries[index - self._num_forgotten]

    def _run_at(self, index: int) -> Run[Context]:
        entry = self._entry(index)
        assert isinstance(entry, Run), "generations are within runs"
        return entry

    def _reached(self, index: int) -> int:
        """Returns up to which of its generations a run has been made."""
        if index < self._index:
            return self._run_at(index).last
        return self._board.generation

    def _seconds_at(self, place: Place) -> float:
        """Returns how many seconds of computing everything before a place takes."""
        if place.entry < self._end:
            entry = self._entry(place.entry)
            if isinstance(entry, Run) and entry.last > entry.first:
                return entry.began + entry.seconds * (place.generation - entry.first) / (entry.last - entry.first)
            return entry.began
        if self._entries:
            return self._entries[-1].began + self._entries[-1].seconds
        latest = self._checkpoints.latest(place)
        return latest.seconds if latest else 0.0

    def _count(self, run: Run[Context]) -> float:
        """Lets a run end here, and returns how many seconds of computing everything up to here takes."""
        run.seconds += (self._board.generation - run.last) * self._pace
        run.last = self._board.generation
        return run.began + run.seconds

    def _record(
        self, label: str, context: Context, area: Selection, changes: UInt8[np.ndarray, " bytes"], *, joins: bool
    ) -> None:
        """Records how the bytes of some cells differ after an edit and before."""
        edit = self._edit_to_join(label) if joins else None
        if edit is None:
            edit = Edit(label, context, self._forget_undone())
            self._entries.append(edit)
            self._index += 1
        edit.changes.append((area, self._store.put(changes)))
        edit.seconds += len(changes) / _EDITED_BYTES_PER_SECOND
        self._make_room()

    def _edit_to_join(self, label: str) -> Edit[Context] | None:
        """Returns the last entry if another edit may become a part of it."""
        last = self._entries[-1] if self._entries and self._index == self._end else None
        if not isinstance(last, Edit) or last.label != label:
            return None
        # A board that was kept after it is not the one that it will lead to.
        self._checkpoints.drop_after(Place(self._index - 1, self._board.generation))
        return last

    def _forget_undone(self) -> float:
        """Forgets what could be redone, and returns how many seconds of computing everything up to here takes."""
        self._checkpoints.drop_after(self._place)
        if self._is_within_run:
            run = self._run_at(self._index)
            run.seconds = self._seconds_at(self._place) - run.began
            run.last = self._board.generation
            self._index += 1
        undone = self._entries[self._index - self._num_forgotten :]
        del self._entries[self._index - self._num_forgotten :]
        self._drop_changes(undone)
        return self._seconds_at(self._place)

    def _keep(self, *, is_pinned: bool = False, is_passing: bool = False) -> None:
        """Makes sure that there is a checkpoint here."""
        place, board = self._place, self._board
        latest = self._checkpoints.latest(place)
        if latest is not None and latest.place == place:
            latest.is_pinned |= is_pinned
            latest.is_passing &= is_passing
            return
        payload = self._store.put(board.copy_bytes(*Selection.all_of(board)))
        self._checkpoints.add(Checkpoint(place, self._seconds_at(place), payload, is_pinned, is_passing))

    def _go(self, target: Place, *, is_passing: bool = False) -> None:
        """Goes to a place, from the last checkpoint before it, or from here if that is nearer.

        Args:
            target: where to.
            is_passing: whether to keep boards on the way for steps to the generations just before.
        """
        here = self._place
        crossed = self._entries[
            min(here.entry, target.entry) - self._num_forgotten : max(here.entry, target.entry) - self._num_forgotten
        ]
        replacements = [entry for entry in crossed if isinstance(entry, Replacement)]
        start = self._checkpoints.latest(target)
        self._remember_context()
        if replacements or target < here or (start is not None and start.place > here):
            assert start is not None, "what depends on a checkpoint is forgotten with it"
            self._board = self._board_across(replacements, forward=target > here)
            self._board.restore_bytes(self._store.get(start.payload), *Selection.all_of(self._board))
            self._index, self._board.generation = start.place
        if any(isinstance(entry, Edit | Replacement) for entry in crossed):
            self.context = self._entry(target.entry).context if target.entry < self._end else self._latest_context
        while self._index < target.entry:
            entry = self._entry(self._index)
            if isinstance(entry, Edit):
                self._apply(entry)
            else:
                self._advance(self._run_at(self._index).last, target.generation)
            self._index += 1
        self._advance(target.generation, target.generation, is_passing=is_passing)
        self._checkpoints.drop_passing(target)

    def _board_across(self, replacements: list[Replacement[Context]], *, forward: bool) -> Board:
        """Returns the board to be had beyond some replacements."""
        if not replacements:
            return self._board
        entered, left = (replacements[-1], replacements[0]) if forward else (replacements[0], replacements[-1])
        board = (entered.after if forward else entered.before).make_board()
        # Another kernel may have taken over meanwhile.
        setting = Setting.of(self._board)
        if forward:
            left.before = setting
        else:
            left.after = setting
        return board

    def _advance(self, generation: int, target: int, *, is_passing: bool = False) -> None:
        """Makes generations of the run here again."""
        board, kernel = self._board, self._board.kernel
        try:
            while board.generation < generation:
                run = self._run_at(self._index)
                board.kernel, end = run.kernel_at(board.generation)
                left = min(end, generation) - board.generation
                if is_passing and left * run.seconds > _SOON * (run.last - run.first):
                    left = -(-left // 2)
                board.advance(left, on_progress=lambda _: self._on_progress(target - board.generation))
                if is_passing and board.generation < generation and not self._store.is_busy:
                    self._keep(is_passing=True)
        finally:
            board.kernel = kernel

    def _apply(self, edit: Edit[Context]) -> None:
        """Makes an edit, or takes it back, which is the same."""
        for area, changes in edit.changes:
            self._board.restore_bytes(self._board.copy_bytes(*area) ^ self._store.get(changes), *area)

    def _remember_context(self) -> None:
        if self._index == self._end:
            self._latest_context = self.context

    def _make_room(self) -> None:
        """Forgets what there is no room for."""
        while len(self._entries) > _MAX_ENTRIES:
            self._forget_oldest()
        while self._store.is_full:
            if not self._checkpoints.drop_one(self._seconds_at(self._place)) and not self._forget_oldest():
                return

    def _forget_oldest(self) -> bool:
        """Forgets as few of the first entries as possible; returns whether there was something to forget."""
        needing = self._num_forgotten
        for index in range(self._num_forgotten + 1, self._index + 1):
            needing = max(needing, index)
            while needing < self._end and isinstance(self._entry(needing), Edit):
                needing += 1
            if needing == self._end or self._checkpoints.is_any_between(Place(index, 0), self._before(needing)):
                self._forget(index)
                return True
        was_any = bool(self._entries or len(self._checkpoints))
        self._run, self._index = None, self._end
        self._forget(self._end)
        self._checkpoints.drop_before(self._end + 1)
        return was_any

    def _before(self, index: int) -> Place:
        """Returns the place before a run or a replacement."""
        entry = self._entry(index)
        assert isinstance(entry, Run | Replacement), "edits need no place"
        return Place(index, entry.first if isinstance(entry, Run) else entry.generation)

    def _forget(self, index: int) -> None:
        """Forgets the entries before another one."""
        forgotten = self._entries[: index - self._num_forgotten]
        del self._entries[: index - self._num_forgotten]
        self._num_forgotten = index
        self._checkpoints.drop_before(index)
        self._drop_changes(forgotten)

    def _drop_changes(self, entries: list[Entry[Context]]) -> None:
        for entry in entries:
            if isinstance(entry, Edit):
                for _, changes in entry.changes:
                    self._store.drop(changes)
