"""Our engine beside others that a user may have installed: the same start, the same rule, every result checked."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, UInt8

from ca_logic import __version__
from ca_logic.errors import BoardError, EquivalenceError
from ca_logic.machine import available_memory
from ca_logic.runtime import Automaton, load_automaton
from ca_logic.runtime.speed import generations_for, seconds_of
from ca_logic.stepping_benchmark.golly import find_golly
from ca_logic.stepping_benchmark.peer import Absent, Job, Peer, PeerError, World
from ca_logic.stepping_benchmark.python_peers import PACKAGES, find_package
from ca_logic.tasks import Rule

_OUR_NAME = "ca-logic"
_REPEATS = 5
_OUR_METHOD = f"the circuit learned for the rule, median of {_REPEATS} calls"
_GENERATIONS_COMPARED = 4
_OUR_BYTES_A_CELL = 10
_CELLS_PER_BLOCK = 1 << 20


@dataclass(frozen=True)
class Row:
    """An engine, and how fast it is or why that cannot be told.

    Attributes:
        name: what people call it.
        version: which one; empty if it is absent.
        world: where the cells lived.
        method: how it works, and how its time was taken.
        where: what the work was done on.
        cells_per_second: the cells of the start times generations, by time; None if nothing was measured.
        agrees: whether its cells were ours in the end; ours were compared with NumPy's.
        problem: why nothing was measured, else empty.
    """

    name: str
    version: str = ""
    world: World = "torus"
    method: str = ""
    where: str = ""
    cells_per_second: float | None = None
    agrees: bool | None = None
    problem: str = ""


def find_peers(rule: Rule) -> list[Peer | Absent]:
    """Returns the engines that know the rule, and for each of the others why it is not among them."""
    return [*find_golly(rule), *(find_package(package, rule) for package in PACKAGES)]


def measure_peers(
    rule: Rule,
    *,
    width: int,
    height: int,
    seconds: float,
    on_warning: Callable[[str], None] = lambda _: None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Row]:
    """Yields our engine, then each of the others, whether it can be measured or not.

    Args:
        rule: one that was learned; of more than two states too, though all cells are dead or live at first.
        width: of the start, a random half of whose cells are live.
        height: of the start.
        seconds: how long to step by each, about; an engine may take as long again to get ready.
        on_warning: told if there is no C compiler.
        on_progress: told what is being measured.

    Raises:
        BoardError: if the start does not fit into memory.
        CircuitNotFoundError: if nothing has been learned for the rule.
        EquivalenceError: if our own cells are not NumPy's.
        ToolchainError: if there is a compiler, but it fails.
    """
    if lacking := _memory_lacking(width, height, _OUR_BYTES_A_CELL):
        raise BoardError(f"a board of {width}x{height} cells {lacking}")
    on_progress("compiling")
    automaton = load_automaton(rule, on_warning=on_warning)
    job = Job(rule, np.random.default_rng(0).integers(0, 2, (height, width), dtype=bool), seconds)
    on_progress(f"measuring {_OUR_NAME}")
    yield _measure_ours(automaton, job)
    for peer in find_peers(rule):
        if isinstance(peer, Absent):
            yield Row(peer.name, problem=peer.reason)
        else:
            on_progress(f"measuring {peer.name}")
            yield _measure_peer(peer, automaton, job)


def next_states(rule: Rule, states: UInt8[np.ndarray, "height width"]) -> UInt8[np.ndarray, "height width"]:
    """Returns a torus one generation later by looking up each cell's neighbourhood: slow, plain, and no circuit."""
    height, width = states.shape
    result = np.empty_like(states)
    rows = max(1, _CELLS_PER_BLOCK // width)
    for y in range(0, height, rows):
        block = result[y : y + rows]
        strip = states[np.arange(y - 1, y + len(block) + 1) % height]
        cells = [np.roll(strip[dy : dy + len(block)], -dx, axis=1).ravel() for dy in range(3) for dx in (-1, 0, 1)]
        block[:] = rule.next_states(np.stack(cells)).reshape(block.shape)
    return result


def _measure_ours(automaton: Automaton, job: Job) -> Row:
    height, width = job.start.shape
    states = job.start.astype(np.uint8)
    for _ in range(_GENERATIONS_COMPARED):
        states = next_states(job.rule, states)
    if not np.array_equal(_our_cells(automaton, job.start, _GENERATIONS_COMPARED), states != 0):
        raise EquivalenceError(
            f"{automaton.kernel.description} and NumPy differ after {_GENERATIONS_COMPARED} generations."
        )
    # One thread, as the others have.
    board = automaton.board(width, height, threads=1)
    board.set_cells(job.start)
    generations = generations_for(board.advance, job.seconds / _REPEATS)
    taken = statistics.median(seconds_of(board.advance, generations) for _ in range(_REPEATS))
    return Row(
        _OUR_NAME,
        __version__,
        method=_OUR_METHOD,
        where=f"one core, {automaton.kernel.description}",
        cells_per_second=job.start.size * generations / taken,
        agrees=True,
    )


def _measure_peer(peer: Peer, automaton: Automaton, job: Job) -> Row:
    height, width = job.start.shape
    row = Row(peer.name, peer.version, peer.world, peer.method)
    if lacking := _memory_lacking(width, height, peer.bytes_a_cell):
        return replace(row, problem=lacking)
    try:
        done = peer.measure(job)
    except PeerError as error:
        return replace(row, problem=str(error))
    # Nothing spreads faster than a cell a generation, so a dead border of that width is as good as no end.
    margin = done.generations if peer.world == "unbounded plane" else 0
    expected = _our_cells(automaton, np.pad(job.start, margin), done.generations)
    return replace(
        row,
        where=done.where,
        cells_per_second=job.start.size / done.seconds,
        agrees=np.array_equal(_cropped(done.cells), _cropped(expected)),
    )


def _our_cells(
    automaton: Automaton, start: Bool[np.ndarray, "height width"], generations: int
) -> Bool[np.ndarray, "height width"]:
    board = automaton.board(start.shape[1], start.shape[0])
    board.set_cells(start)
    board.advance(generations)
    return board.cells()


def _cropped(cells: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "rows columns"]:
    """Returns the smallest rectangle that holds all cells."""
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    return cells[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else cells[:0, :0]


def _memory_lacking(width: int, height: int, bytes_a_cell: int) -> str:
    """Returns what to say if so much memory is not available, else nothing."""
    needed, available = width * height * bytes_a_cell, available_memory()
    if needed <= available:
        return ""
    return (
        f"would need {needed / 2**30:.3g} GiB of memory, but {available / 2**30:.3g} GiB are available; choose a "
        "smaller --size."
    )
