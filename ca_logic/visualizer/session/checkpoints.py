"""`Checkpoints`: the boards that a history kept, many of its last seconds, and few of long ago."""

import bisect
from collections.abc import Callable
from dataclasses import dataclass

from ca_logic.visualizer.session.entries import Place
from ca_logic.visualizer.session.payloads import Payload, PayloadStore

_LONGEST_GAP = 8.0
"""So many seconds of computing are between two checkpoints at most, unless there is no room for them."""

_MAX_LOOSE = 512


@dataclass(eq=False)
class Checkpoint:
    """A board that was kept.

    Attributes:
        place: where in the history.
        seconds: of computing that everything before it takes.
        payload: its cells.
        is_pinned: whether it is needed, since a run or another board begins there.
        is_passing: whether it only serves steps back that are being made.
    """

    place: Place
    seconds: float
    payload: Payload
    is_pinned: bool = False
    is_passing: bool = False


class Checkpoints:
    """Checkpoints by their place."""

    def __init__(self, store: PayloadStore) -> None:
        """Makes none; what is dropped is dropped from the store, too."""
        self._store = store
        self._kept: list[Checkpoint] = []

    def __len__(self) -> int:
        return len(self._kept)

    def latest(self, place: Place) -> Checkpoint | None:
        """Returns the last checkpoint at or before a place, or None."""
        number = bisect.bisect_right(self._kept, place, key=_place_of)
        return self._kept[number - 1] if number else None

    def is_any_between(self, first: Place, last: Place) -> bool:
        """Tells whether there is one from a place on that is not after another one."""
        number = bisect.bisect_left(self._kept, first, key=_place_of)
        return number < len(self._kept) and self._kept[number].place <= last

    def add(self, checkpoint: Checkpoint) -> None:
        """Keeps another one, at a place that has none."""
        bisect.insort(self._kept, checkpoint, key=_place_of)

    def thin(self, now: float) -> None:
        """Drops those that others are near enough to, the nearer the later they are.

        Args:
            now: seconds of computing up to now.
        """
        for number in range(len(self._kept) - 2, 0, -1):
            before, checkpoint, after = self._kept[number - 1 : number + 2]
            near_enough = min(now - after.seconds, _LONGEST_GAP)
            if not checkpoint.is_pinned and after.seconds - before.seconds <= near_enough:
                self._store.drop(self._kept.pop(number).payload)
        if sum(not checkpoint.is_pinned for checkpoint in self._kept) > _MAX_LOOSE:
            self.drop_one(now)

    def drop_one(self, now: float) -> bool:
        """Drops the one that is missed least; returns whether there was one that is not pinned."""
        loose = [number for number, checkpoint in enumerate(self._kept) if number and not checkpoint.is_pinned]
        if not loose:
            return False

        def relative_gap(number: int) -> float:
            after = self._kept[number + 1].seconds if number + 1 < len(self._kept) else now
            return (after - self._kept[number - 1].seconds) / (now - after + 1)

        self._store.drop(self._kept.pop(min(loose, key=relative_gap)).payload)
        return True

    def drop_before(self, index: int) -> None:
        """Drops those before an entry."""
        self._drop(lambda checkpoint: checkpoint.place.entry < index)

    def drop_after(self, place: Place) -> None:
        """Drops those after a place."""
        self._drop(lambda checkpoint: checkpoint.place > place)

    def drop_passing(self, place: Place) -> None:
        """Drops those after a place that only served steps back."""
        self._drop(lambda checkpoint: checkpoint.is_passing and checkpoint.place > place)

    def _drop(self, is_dropped: Callable[[Checkpoint], bool]) -> None:
        kept = []
        for checkpoint in self._kept:
            if is_dropped(checkpoint):
                self._store.drop(checkpoint.payload)
            else:
                kept.append(checkpoint)
        self._kept = kept


def _place_of(checkpoint: Checkpoint) -> Place:
    return checkpoint.place
