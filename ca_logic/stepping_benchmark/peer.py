"""What another engine is asked to do, and what it must give back: seconds, and cells that can be checked."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from jaxtyping import Bool

from ca_logic.errors import CaLogicError
from ca_logic.tasks import Rule

World = Literal["torus", "unbounded plane"]


class PeerError(CaLogicError):
    """An engine that fails, does not end, or gives no cells; never ours."""


@dataclass(frozen=True, eq=False)
class Job:
    """The work, the same for all engines.

    Attributes:
        rule: what to step by.
        start: which cells are live at first; the others are dead.
        seconds: about how long to step in all, a wish rather than a limit.
    """

    rule: Rule
    start: Bool[np.ndarray, "height width"]
    seconds: float


@dataclass(frozen=True, eq=False)
class Measurement:
    """What an engine did.

    Attributes:
        cells: which cells are not dead in the end, wherever they are: only their places among each other count.
        generations: how many lie between the start and these cells.
        seconds: of one generation, the median of several measurements.
        where: what the work was done on, for people.
    """

    cells: Bool[np.ndarray, "height width"]
    generations: int
    seconds: float
    where: str


class Peer(Protocol):
    """An engine that is installed, and knows the rule that it was found for."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def version(self) -> str:
        """Which one it is."""

    @property
    def world(self) -> World:
        """Where the cells live: the torus that was asked for, or all that the engine offers."""

    @property
    def method(self) -> str:
        """How it works, and how its time is taken, in a line for people."""

    @property
    def bytes_a_cell(self) -> int:
        """About how much memory all that it needs takes."""

    def measure(self, job: Job) -> Measurement:
        """Steps the start.

        Raises:
            PeerError: if that fails; the message says why.
        """


@dataclass(frozen=True)
class Absent:
    """An engine that cannot be compared with.

    Attributes:
        name: what people call it.
        reason: why not, and what to do about it if there is something.
    """

    name: str
    reason: str
