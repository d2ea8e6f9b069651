"""What a history consists of: edits, runs, and boards that took the place of others."""

from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from ca_logic.backend.kernel import Kernel
from ca_logic.runtime.board import Board, Topology
from ca_logic.visualizer.session.payloads import Payload
from ca_logic.visualizer.session.selection import Selection

Context = TypeVar("Context")


class Place(NamedTuple):
    """Where a history is: after so many entries, and if the next one is a run, perhaps within it.

    Attributes:
        entry: how many entries come before, those included that were forgotten.
        generation: of the board.
    """

    entry: int
    generation: int


@dataclass(frozen=True)
class Setting:
    """All of a board but its cells.

    Attributes:
        width: cells in a row.
        height: rows.
        topology: what is beyond the edges.
        kernel: what advances it.
        num_states: how many a cell may have.
        threads: how many advance it.
    """

    width: int
    height: int
    topology: Topology
    kernel: Kernel
    num_states: int
    threads: int

    @classmethod
    def of(cls, board: Board) -> "Setting":
        """Returns the setting of a board."""
        return cls(board.width, board.height, board.topology, board.kernel, board.num_states, board.threads)

    def make_board(self) -> Board:
        """Returns a board of dead cells.

        Raises:
            BoardError: if it does not fit into memory any more.
        """
        return Board(
            self.width,
            self.height,
            topology=self.topology,
            kernel=self.kernel,
            num_states=self.num_states,
            threads=self.threads,
        )


@dataclass(eq=False)
class Entry(Generic[Context]):
    """A part of a history.

    Attributes:
        label: what it was, for people.
        context: what else belonged to the board before.
        began: seconds of computing that everything before it takes.
        seconds: of computing that it takes.
    """

    label: str
    context: Context
    began: float
    seconds: float = field(default=0.0, kw_only=True)


@dataclass(eq=False)
class Edit(Entry[Context]):
    """Cells that were changed.

    Attributes:
        changes: rectangles, and how their bytes differ after and before.
    """

    changes: list[tuple[Selection, Payload]] = field(default_factory=list)


@dataclass(eq=False)
class Run(Entry[Context]):
    """Generations that were made.

    Attributes:
        first: the generation it began with.
        last: the generation it ended with.
        kernels: what made them, each from a generation on.
    """

    first: int
    last: int
    kernels: list[tuple[int, Kernel]]

    def kernel_at(self, generation: int) -> tuple[Kernel, int]:
        """Returns what makes the next generation from that one, and until which generation."""
        later = [since for since, _ in self.kernels if since > generation]
        return self.kernels[-1 - len(later)][1], min(later, default=self.last)


@dataclass(eq=False)
class Replacement(Entry[Context]):
    """A board that took the place of another one.

    Attributes:
        before: the other one.
        after: the one that is there since.
        generation: of the other one.
        generation_after: of the one that is there since.
        is_start: whether it is a beginning, such as a pattern that was opened.
    """

    before: Setting
    after: Setting
    generation: int
    generation_after: int
    is_start: bool
