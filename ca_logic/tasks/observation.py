"""What frames of an unknown two-state rule say about it: counts, contradictions, majority, and what stays unseen.

Frames are consecutive generations. Each cell of each frame but the last is one observation: a neighbourhood,
and the state of its centre one frame later. Only what was observed is known; a `Completion` adds what a
hypothesis says about the rest, and keeps the two apart.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Int8, Int64, UInt8

from ca_logic.errors import FramesError
from ca_logic.tasks.neighbourhood import (
    CELLS,
    CENTRE,
    HEXAGONAL,
    MOORE,
    NUM_NEIGHBOURHOODS,
    VON_NEUMANN,
    all_neighbourhoods,
    symmetries,
)

UNKNOWN = -1

Frames = UInt8[np.ndarray, "frames height width"]
Counts = Int64[np.ndarray, "512 2"]
PartialTable = Int8[np.ndarray, "512"]
"""The next state by neighbourhood, `UNKNOWN` where nothing says it."""

_MIN_MARGIN = 3
_MIN_SHARE = 0.75
"""In noisy frames a majority counts that leads by so many observations and has this share of them."""

_MAX_CORRECTED = 0.05
_MAX_CONTRADICTIONS = 0.15
"""With larger shares of cells taken for flipped, or of contradictions left, the frames follow no rule."""

_MAX_ROUNDS = 10


@dataclass(frozen=True, eq=False)
class Observation:
    """What was seen.

    Attributes:
        counts: observations by neighbourhood and by the state that followed, as the frames are.
        num_frames: how many frames there were.
        height: of a frame.
        width: of a frame.
        torus: whether opposite edges were taken as joined; else everything beyond them as dead; None if both
            fit equally well, and only cells off the edges were counted.
        table: what the majority says; where frames are noisy only of observations that are beyond doubt.
        corrected: how many cells were taken for flipped when the majority was found, 0 of frames without noise.
        contradictions_left: observations against the majority after that.
    """

    counts: Counts
    num_frames: int
    height: int
    width: int
    torus: bool | None
    table: PartialTable
    corrected: int
    contradictions_left: int

    @property
    def seen(self) -> Bool[np.ndarray, "512"]:
        """Which neighbourhoods the frames say something about."""
        seen: np.ndarray = self.table != UNKNOWN
        return seen

    @property
    def num_observations(self) -> int:
        """The number of cells whose next state was seen."""
        return int(self.counts.sum())

    @property
    def contradictions(self) -> int:
        """How many observations contradict the majority of their neighbourhood."""
        return int(self.counts.min(axis=1).sum())

    @property
    def contradicted(self) -> int:
        """How many neighbourhoods were followed by both states."""
        return int((self.counts.min(axis=1) > 0).sum())


@dataclass(frozen=True, eq=False)
class Completion:
    """A partial table and what is assumed about the rest.

    Attributes:
        hypothesis: its name, or "" if nothing is assumed.
        table: seen and assumed entries; still unknown where the hypothesis says nothing.
        assumed: which entries are assumed.
    """

    hypothesis: str
    table: PartialTable
    assumed: Bool[np.ndarray, "512"]


def observe(
    frames: Frames, *, torus: bool | None = None, on_progress: Callable[[str], None] = lambda _: None
) -> Observation:
    """Returns what consecutive frames of 0 and 1 say.

    Frames that contradict themselves are taken for noisy: cells that fit neither the frame before nor the frame
    after are taken for flipped (see `restore`), and then only those neighbourhoods count that are beyond doubt
    (see `_tally_certain`).

    Args:
        frames: at least two, of at least one cell.
        torus: whether opposite edges are joined; None for what contradicts itself less.
        on_progress: told what is going on.

    Raises:
        FramesError: if the frames cannot tell a rule.
    """
    _require_frames(frames)
    on_progress("counting neighbourhoods")
    choices = {choice: _tally(frames, choice) for choice in ((True, False) if torus is None else (torus,))}
    contradictions = {choice: int(counts.min(axis=1).sum()) for choice, counts in choices.items()}
    torus = min(choices, key=lambda choice: contradictions[choice])
    counts = choices[torus]
    _, height, width = frames.shape
    if len(choices) == 2 and contradictions[True] == contradictions[False]:
        inner = _tally(frames, False, inner=True)
        if not inner.min(axis=1).any() and inner.any():
            return Observation(inner, len(frames), height, width, None, _majority(inner), 0, 0)
    if not contradictions[torus]:
        return Observation(counts, len(frames), height, width, torus, _majority(counts), 0, 0)
    fixed, rough = restore(frames, torus=torus, on_progress=on_progress)
    corrected, left = int((fixed != frames).sum()), int(_tally(fixed, torus).min(axis=1).sum())
    if corrected > _MAX_CORRECTED * frames.size or left > _MAX_CONTRADICTIONS * counts.sum():
        raise FramesError(
            f"the frames contradict themselves too much: {corrected / frames.size:.1%} of the cells would have to be "
            f"wrong, and {left / counts.sum():.1%} of the observations still disagree; they must be consecutive "
            "generations of one two-state rule of 3x3 cells, with few errors."
        )
    certain = _tally_certain(frames, fixed, rough, torus)
    leads = np.abs(certain[:, 1] - certain[:, 0]) >= _MIN_MARGIN
    clear = certain.max(axis=1) >= _MIN_SHARE * certain.sum(axis=1)
    table = np.where(leads & clear, certain[:, 1] > certain[:, 0], UNKNOWN).astype(np.int8)
    if (table == UNKNOWN).all():
        raise FramesError("the frames contradict themselves too often for their number; record more of them.")
    return Observation(counts, len(frames), height, width, torus, table, corrected, left)


def restore(
    frames: Frames, *, torus: bool, on_progress: Callable[[str], None] = lambda _: None
) -> tuple[Frames, PartialTable]:
    """Returns the frames with those cells flipped back that were most likely flipped by noise, and their majority.

    A frame is told twice: by the frame before, through the rule, and by what the rule makes of it in the next
    one. The rule is not known, so the majority stands for it, is used to mend the frames, and is taken again
    from these, until nothing changes. In the odds of a cell a disagreement counts by how likely it comes about
    without that cell being wrong: seldom where few neighbours matter, as in empty space.
    """
    frames = np.asarray(frames, dtype=np.uint8)
    fixed, table = frames, _majority(_tally(frames, torus))
    seen_before = {table.tobytes()}
    for round_number in range(1, _MAX_ROUNDS + 1):
        on_progress(f"looking for flipped cells, round {round_number}")
        fixed = np.where(_flip_odds(frames, fixed, table, torus) > 0, frames ^ 1, frames).astype(np.uint8)
        table = _majority(_tally(fixed, torus))
        if table.tobytes() in seen_before:
            break
        seen_before.add(table.tobytes())
    return fixed, table


def complete(table: PartialTable, hypothesis: str | None = None) -> Completion:
    """Returns the table with entries added that a hypothesis implies.

    Args:
        table: what was seen.
        hypothesis: one of `HYPOTHESES`; "" to assume nothing; None for the strongest one that adds something, is
            not contradicted, and was put to the test by at least one pair of entries.

    Raises:
        FramesError: if the hypothesis that was asked for is contradicted by what was seen.
    """
    names = HYPOTHESES if hypothesis is None else (hypothesis,) if hypothesis else ()
    for name in names:
        labels = _labels_of(name)
        sums = [np.bincount(labels, weights=table == state, minlength=labels.max() + 1) for state in (0, 1)]
        if ((sums[0] > 0) & (sums[1] > 0)).any():
            if hypothesis:
                raise FramesError(f"the rule is not {name}: equal neighbourhoods were followed by different states.")
            continue
        implied = np.where(sums[0] > 0, 0, np.where(sums[1] > 0, 1, UNKNOWN))[labels]
        assumed = (table == UNKNOWN) & (implied != UNKNOWN)
        if hypothesis or (assumed.any() and (sums[0] + sums[1]).max() > 1):
            return Completion(name, np.where(assumed, implied, table).astype(np.int8), assumed)
    return Completion("", table, np.zeros(NUM_NEIGHBOURHOODS, dtype=bool))


HYPOTHESES = (
    "outer-totalistic",
    "hexagonal-totalistic",
    "von-neumann-totalistic",
    "isotropic",
    "rotation-symmetric",
    "mirror-symmetric",
)
"""What a rule may be assumed to be, the strongest assumption first."""


@functools.cache
def _labels_of(hypothesis: str) -> Int64[np.ndarray, "512"]:
    """Returns for each neighbourhood a number that equals those of all that a hypothesis holds for the same."""
    cells = all_neighbourhoods().astype(np.int64)
    totalistic = dict(zip(HYPOTHESES, (MOORE, HEXAGONAL, VON_NEUMANN), strict=False))
    if neighbours := totalistic.get(hypothesis):
        rows = [CELLS.index(cell) for cell in neighbours]
        counted: np.ndarray = cells[rows].sum(axis=0) * 2 + cells[CENTRE]
        return counted
    images = symmetries()
    chosen = {
        "isotropic": list(range(8)),
        "rotation-symmetric": list(range(4)),
        "mirror-symmetric": [0, _left_to_right(images)],
    }
    labels: np.ndarray = images[chosen[hypothesis]].min(axis=0)
    return labels


def _left_to_right(images: Int64[np.ndarray, "8 512"]) -> int:
    """Returns which symmetry exchanges west and east and leaves north and south alone."""
    west, east, north = (1 << (len(CELLS) - 1 - CELLS.index(cell)) for cell in ("w", "e", "n"))
    return int(np.flatnonzero((images[:, west] == east) & (images[:, north] == north))[0])


def _require_frames(frames: np.ndarray) -> None:
    if frames.ndim != 3 or frames.shape[0] < 2 or 0 in frames.shape:
        raise FramesError(f"frames of shape {frames.shape} tell no rule; at least two frames with cells are needed.")
    if not np.isin(frames, (0, 1)).all():
        raise FramesError("frames must hold states 0 and 1 only.")
    if (frames == frames[0, 0, 0]).all():
        raise FramesError("all cells of all frames are the same; that tells no rule.")


def _neighbourhoods(frame: UInt8[np.ndarray, "height width"], torus: bool) -> np.ndarray:
    """Returns the number of the neighbourhood of each cell."""
    padded = np.pad(frame.astype(np.int16), 1, mode="wrap" if torus else "constant")
    height, width = frame.shape
    numbers = np.zeros((height, width), dtype=np.int16)
    for cell in range(len(CELLS)):
        dy, dx = divmod(cell, 3)
        numbers = numbers << 1 | padded[dy : dy + height, dx : dx + width]
    return numbers


def _tally(frames: Frames, torus: bool, *, inner: bool = False) -> Counts:
    """Counts neighbourhoods by the state that follows; of `inner` cells only, which are not on the edge."""
    counts = np.zeros(2 * NUM_NEIGHBOURHOODS, dtype=np.int64)
    area = (slice(1, -1), slice(1, -1)) if inner else (slice(None), slice(None))
    for frame, after in pairwise(frames):
        pairs = (_neighbourhoods(frame, torus)[area] * 2 + after[area]).ravel()
        counts += np.bincount(pairs, minlength=len(counts))
    return counts.reshape(NUM_NEIGHBOURHOODS, 2)


def _tally_certain(observed: Frames, fixed: Frames, table: PartialTable, torus: bool) -> Counts:
    """Counts those neighbourhoods of mended frames of which every cell is what the frame before says it must be.

    A flipped cell that was not found differs from what was to be expected, unless that was wrong, too; so hardly
    any takes part. The first frame has none before it. The state that follows is taken as observed: were it
    mended, the table would confirm itself.
    """
    counts = np.zeros(2 * NUM_NEIGHBOURHOODS, dtype=np.int64)
    for before, frame, after in zip(fixed[:-2], fixed[1:-1], observed[2:], strict=True):
        doubtful = (table[_neighbourhoods(before, torus)] != frame).astype(np.uint8)
        certain = _neighbourhoods(doubtful, torus) == 0
        pairs = _neighbourhoods(frame, torus)[certain] * 2 + after[certain]
        counts += np.bincount(pairs, minlength=len(counts))
    return counts.reshape(NUM_NEIGHBOURHOODS, 2)


def _majority(counts: Counts) -> PartialTable:
    majority: np.ndarray = np.where(counts[:, 0] == counts[:, 1], UNKNOWN, counts[:, 1] > counts[:, 0])
    return majority.astype(np.int8)


def _flip_odds(observed: Frames, fixed: Frames, table: PartialTable, torus: bool) -> np.ndarray:
    """Returns the logarithmic odds that a cell was flipped, given the table and the other cells as mended.

    They are the sum of what is known before (the rate of flips), what the frame before says, and what each of the
    nine cells says that the cell takes part in one frame later: log((1 - d) / d) for or against, if a prediction
    is wrong with probability d for other reasons.
    """
    flipped = np.arange(NUM_NEIGHBOURHOODS)[:, None] ^ (1 << np.arange(len(CELLS) - 1, -1, -1))
    # Entry (i, k): whether the table changes its mind about neighbourhood i when cell k is flipped.
    matters = (table[:, None] != table[flipped]) & (table[:, None] != UNKNOWN) & (table[flipped] != UNKNOWN)
    numbers = np.stack([_neighbourhoods(frame, torus) for frame in fixed[:-1]])
    predicted = table[numbers]
    wrong = (predicted != UNKNOWN) & (predicted != observed[1:])
    # Every flip makes itself unexpected, and about so many of the cells around it in the next frame.
    rate = min(0.2, max(1e-4, wrong.mean() / (1 + matters[numbers].sum(axis=-1).mean())))
    doubt = np.minimum(0.5, rate * matters.sum(axis=1) + rate**2)
    backward = np.log((1 - doubt) / doubt)[numbers]
    odds = np.full(observed.shape, np.log(rate / (1 - rate)))
    odds[1:] += np.where(predicted == UNKNOWN, 0, np.where(wrong, backward, -backward))
    # Here the cell that was predicted may be the flipped one as well.
    doubt = np.minimum(0.5, doubt + rate)
    forward = np.where(wrong, 1, -1) * np.log((1 - doubt) / doubt)[numbers]
    # The predictions rest on cells as mended, the odds are about cells as observed.
    sign = np.where(fixed[:-1] == observed[:-1], 1, -1)
    for cell in range(len(CELLS)):
        evidence = np.where(matters[numbers, cell], forward, 0)
        odds[:-1] += sign * _seen_from(evidence, cell, torus)
    return odds


def _seen_from(evidence: np.ndarray, cell: int, torus: bool) -> np.ndarray:
    """Returns for each cell the evidence at that neighbour in whose neighbourhood it has the place `cell`."""
    dy, dx = 1 - cell // 3, 1 - cell % 3
    padded = np.pad(evidence, ((0, 0), (1, 1), (1, 1)), mode="wrap" if torus else "constant")
    height, width = evidence.shape[1:]
    return padded[:, 1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
