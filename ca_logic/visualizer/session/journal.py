"""`Journal`: the entries of a history, where in it the board is, and how it gets to other places.

A place is reached from the last checkpoint before it, or from here, by doing again what the entries between say.
"""

from collections.abc import Callable
from typing import Generic

import numpy as np
from jaxtyping import UInt8

from ca_logic.runtime.board import Board
from ca_logic.visualizer.session.checkpoints import Checkpoint, Checkpoints
from ca_logic.visualizer.session.entries import Context, Edit, Entry, Place, Replacement, Run, Setting
from ca_logic.visualizer.session.payloads import PayloadStore
from ca_logic.visualizer.session.selection import Selection

_MAX_ENTRIES = 100_000

_EDITED_BYTES_PER_SECOND = 5e8

_SOON = 0.005
"""Generations that can be made again in so many seconds need no checkpoint between them."""


class Journal(Generic[Context]):
    """Entries, numbered from the first one on, those included that were forgotten.

    Attributes:
        board: as it is here.
        context: what else belongs to it here.
        index: how many entries come before this place.
        num_forgotten: how many of them are not there any more.
        checkpoints: boards that were kept.
        store: what holds them, and the changes of edits.
    """

    def __init__(
        self, board: Board, context: Context, store: PayloadStore, *, on_progress: Callable[[int], None]
    ) -> None:
        """Begins with no entries."""
        self.board = board
        self.context = context
        self.index = self.num_forgotten = 0
        self.store = store
        self.checkpoints = Checkpoints(store)
        self._entries: list[Entry[Context]] = []
        self._latest_context = context
        self._on_progress = on_progress

    @property
    def end(self) -> int:
        """The number of the entry that would follow the last one."""
        return self.num_forgotten + len(self._entries)

    @property
    def place(self) -> Place:
        """Where the board is."""
        return Place(self.index, self.board.generation)

    @property
    def seconds(self) -> float:
        """Seconds of computing that everything before this place takes."""
        if self.index < self.end:
            entry = self.entry(self.index)
            if isinstance(entry, Run) and entry.last > entry.first:
                return entry.began + entry.seconds * (self.board.generation - entry.first) / (entry.last - entry.first)
            return entry.began
        if self._entries:
            return self._entries[-1].began + self._entries[-1].seconds
        latest = self.checkpoints.latest(self.place)
        return latest.seconds if latest else 0.0

    @property
    def is_within_run(self) -> bool:
        """Whether the board is at a generation that is neither the first nor the last one of a run."""
        entry = self.entry(self.index) if self.index < self.end else None
        return isinstance(entry, Run) and self.board.generation > entry.first

    def entry(self, index: int) -> Entry[Context]:
        """Returns the entry of that number."""
        return self._entries[index - self.num_forgotten]

    def run_at(self, index: int) -> Run[Context]:
        """Returns the entry of that number, which is a run."""
        entry = self.entry(index)
        assert isinstance(entry, Run), "generations are within runs"
        return entry

    def place_before(self, index: int) -> Place:
        """Returns the place before a run or a replacement."""
        entry = self.entry(index)
        assert isinstance(entry, Run | Replacement), "edits need no place"
        return Place(index, entry.first if isinstance(entry, Run) else entry.generation)

    def place_after(self, index: int) -> Place:
        """Returns the place after an entry; if it is an edit, the board is at its generation."""
        entry = self.entry(index)
        if isinstance(entry, Run):
            return Place(index + 1, entry.last)
        return Place(index + 1, entry.generation_after if isinstance(entry, Replacement) else self.board.generation)

    def open_run(self, run: Run[Context]) -> None:
        """Appends a run that is being made; until it is closed, nothing else may be done."""
        self._entries.append(run)
        self.make_room()

    def is_open(self, run: Run[Context]) -> bool:
        """Tells whether a run is still being made; if not, it was forgotten since there was no room for it."""
        return bool(self._entries) and self._entries[-1] is run and self.index < self.end

    def close_run(self, run: Run[Context]) -> None:
        """Ends a run here; one without generations is none."""
        if run.last == run.first:
            self._entries.pop()
        else:
            self.index += 1

    def append_replacement(self, entry: Replacement[Context], board: Board) -> None:
        """Appends that this board took the place of the one here; it must be kept that it was here."""
        self._entries.append(entry)
        self.index += 1
        self.board = board
        self.keep(is_pinned=True)
        self.make_room()

    def append_edit(
        self, label: str, context: Context, area: Selection, changes: UInt8[np.ndarray, " bytes"], *, joins: bool
    ) -> None:
        """Appends how the bytes of some cells differ after an edit and before, or adds it to the edit before."""
        edit = self._edit_to_join(label) if joins else None
        if edit is None:
            edit = Edit(label, context, self.forget_undone())
            self._entries.append(edit)
            self.index += 1
        edit.changes.append((area, self.store.put(changes)))
        edit.seconds += len(changes) / _EDITED_BYTES_PER_SECOND
        self.make_room()

    def forget_undone(self) -> float:
        """Forgets what could be redone, and returns how many seconds of computing everything up to here takes."""
        self.checkpoints.drop_after(self.place)
        if self.is_within_run:
            run = self.run_at(self.index)
            run.seconds = self.seconds - run.began
            run.last = self.board.generation
            self.index += 1
        undone = self._entries[self.index - self.num_forgotten :]
        del self._entries[self.index - self.num_forgotten :]
        self._drop_changes(undone)
        return self.seconds

    def keep(self, *, is_pinned: bool = False, is_passing: bool = False) -> None:
        """Makes sure that there is a checkpoint here."""
        place, board = self.place, self.board
        latest = self.checkpoints.latest(place)
        if latest is not None and latest.place == place:
            latest.is_pinned |= is_pinned
            latest.is_passing &= is_passing
            return
        payload = self.store.put(board.copy_bytes(*Selection.all_of(board)))
        self.checkpoints.add(Checkpoint(place, self.seconds, payload, is_pinned, is_passing))

    def go(self, target: Place, *, is_passing: bool = False) -> None:
        """Goes to a place, from the last checkpoint before it, or from here if that is nearer.

        Args:
            target: where to.
            is_passing: whether to keep boards on the way for steps to the generations just before.
        """
        here = self.place
        first, end = sorted((here.entry, target.entry))
        crossed = self._entries[first - self.num_forgotten : end - self.num_forgotten]
        replacements = [entry for entry in crossed if isinstance(entry, Replacement)]
        start = self.checkpoints.latest(target)
        self._remember_context()
        if replacements or target < here or (start is not None and start.place > here):
            assert start is not None, "what depends on a checkpoint is forgotten with it"
            self.board = self._board_across(replacements, forward=target > here)
            self.board.restore_bytes(self.store.get(start.payload), *Selection.all_of(self.board))
            self.index, self.board.generation = start.place
        if any(isinstance(entry, Edit | Replacement) for entry in crossed):
            self.context = self.entry(target.entry).context if target.entry < self.end else self._latest_context
        while self.index < target.entry:
            entry = self.entry(self.index)
            if isinstance(entry, Edit):
                self._apply(entry)
            else:
                self._advance(self.run_at(self.index).last, target.generation)
            self.index += 1
        self._advance(target.generation, target.generation, is_passing=is_passing)
        self.checkpoints.drop_passing(target)

    def undo_edit(self) -> None:
        """Takes back the edit before this place."""
        entry = self.entry(self.index - 1)
        assert isinstance(entry, Edit), "runs and replacements begin at places"
        self._remember_context()
        self._apply(entry)
        self.index -= 1
        self.context = entry.context

    def close(self) -> None:
        """Forgets everything."""
        self._forget(self.end)
        self.checkpoints.drop_before(self.end + 1)

    def make_room(self) -> None:
        """Forgets what there is no room for."""
        while len(self._entries) > _MAX_ENTRIES:
            self._forget_oldest()
        while self.store.is_full:
            if not self.checkpoints.drop_one(self.seconds) and not self._forget_oldest():
                return

    def _edit_to_join(self, label: str) -> Edit[Context] | None:
        """Returns the last entry if another edit may become a part of it."""
        last = self._entries[-1] if self._entries and self.index == self.end else None
        if not isinstance(last, Edit) or last.label != label:
            return None
        # A board that was kept after it is not the one that it will lead to.
        self.checkpoints.drop_after(Place(self.index - 1, self.board.generation))
        return last

    def _board_across(self, replacements: list[Replacement[Context]], *, forward: bool) -> Board:
        """Returns the board to be had beyond some replacements."""
        if not replacements:
            return self.board
        entered, left = (replacements[-1], replacements[0]) if forward else (replacements[0], replacements[-1])
        board = (entered.after if forward else entered.before).make_board()
        # Another kernel may have taken over meanwhile.
        setting = Setting.of(self.board)
        if forward:
            left.before = setting
        else:
            left.after = setting
        return board

    def _advance(self, generation: int, target: int, *, is_passing: bool = False) -> None:
        """Makes generations of the run here again."""
        board, kernel = self.board, self.board.kernel
        try:
            while board.generation < generation:
                run = self.run_at(self.index)
                board.kernel, end = run.kernel_at(board.generation)
                left = min(end, generation) - board.generation
                if is_passing and left * run.seconds > _SOON * (run.last - run.first):
                    left = -(-left // 2)
                board.advance(left, on_progress=lambda _: self._on_progress(target - board.generation))
                if is_passing and board.generation < generation and not self.store.is_busy:
                    self.keep(is_passing=True)
        finally:
            board.kernel = kernel

    def _apply(self, edit: Edit[Context]) -> None:
        """Makes an edit, or takes it back, which is the same."""
        for area, changes in edit.changes:
            self.board.restore_bytes(self.board.copy_bytes(*area) ^ self.store.get(changes), *area)

    def _remember_context(self) -> None:
        if self.index == self.end:
            self._latest_context = self.context

    def _forget_oldest(self) -> bool:
        """Forgets as few of the first entries as possible; returns whether there was something to forget."""
        needing = self.num_forgotten
        for index in range(self.num_forgotten + 1, self.index + 1):
            needing = max(needing, index)
            while needing < self.end and isinstance(self.entry(needing), Edit):
                needing += 1
            if needing == self.end or self.checkpoints.is_any_between(Place(index, 0), self.place_before(needing)):
                self._forget(index)
                return True
        was_any = bool(self._entries or len(self.checkpoints))
        self.index = self.end
        self._forget(self.end)
        self.checkpoints.drop_before(self.end + 1)
        return was_any

    def _forget(self, index: int) -> None:
        """Forgets the entries before another one."""
        forgotten = self._entries[: index - self.num_forgotten]
        del self._entries[: index - self.num_forgotten]
        self.num_forgotten = index
        self.checkpoints.drop_before(index)
        self._drop_changes(forgotten)

    def _drop_changes(self, entries: list[Entry[Context]]) -> None:
        for entry in entries:
            if isinstance(entry, Edit):
                for _, changes in entry.changes:
                    self.store.drop(changes)
