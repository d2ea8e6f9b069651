"""Golly's engines, through bgolly: QuickLife for two states, Generations or RuleLoader for more.

HashLife is not among them: it finds what repeats in time and space, and little does so in a soup. The algorithms of
more states are HashLife too, but go from one generation to the next on a torus.

bgolly reads a file, steps, and leaves. So two runs are timed, one of n generations and one of 2n, and their difference
is the time of n generations without what both had to do besides.
"""

import re
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ca_logic.errors import PatternError
from ca_logic.runtime.pattern import read_rle
from ca_logic.stepping_benchmark.peer import Absent, Job, Measurement, PeerError, World
from ca_logic.stepping_benchmark.program import run_program
from ca_logic.tasks import Rule
from ca_logic.tasks.naming import simplest_rulestring
from ca_logic.tasks.neighbourhood import MOORE, all_rings

Algorithm = Literal["QuickLife", "Generations", "RuleLoader"]

_BANNER = re.compile(r"bgolly (\S+)")
_TIMEOUT_SECONDS = 300
_MIN_REPEATS = 3
_MAX_GENERATIONS = 1 << 7
"""Of the shorter run: the longer a soup has run, the less there is to do for engines that see what stands still."""

_MIN_SHARE = 0.1
"""Where the difference is a smaller part of the shorter run than this, it is mostly chance."""

_TABLE_NAME = "Table"
_TABLE_ORDER = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
"""The neighbours as they follow each other in Golly's tables."""


@dataclass(frozen=True)
class Golly:
    """bgolly, and which of its algorithms knows the rule.

    Attributes:
        path: the program.
        version: what it says about itself.
        algorithm: as bgolly calls it.
        rule_name: as bgolly calls the rule.
        world: where the cells live.
    """

    path: str
    version: str
    algorithm: Algorithm
    rule_name: str
    world: World
    bytes_a_cell: int = 100

    @property
    def name(self) -> str:
        """What people call it."""
        return f"Golly {self.algorithm}"

    @property
    def method(self) -> str:
        """How it works, and how its time is taken, in a line for people."""
        works = "passes over what stands still" if self.algorithm == "QuickLife" else "looks up squares it has stepped"
        return (
            f"{works}; processor time of 2n generations less that of n, median of many runs, so without reading files"
        )

    def measure(self, job: Job) -> Measurement:
        """Steps the start; see `Peer`."""
        with tempfile.TemporaryDirectory(prefix="ca_logic-") as name:
            folder = Path(name)
            (folder / "start.rle").write_bytes(_rle_of(job.start, self.rule_name, self.world))
            if self.algorithm == "RuleLoader":
                (folder / f"{_TABLE_NAME}.rule").write_text(_table_of(job.rule), encoding="ascii")
            generations, seconds = self._difference(folder, job.seconds)
            self._seconds(folder, 2 * generations, "-o", "final.rle")
            cells = _cells_of(folder / "final.rle")
        return Measurement(cells, 2 * generations, seconds, f"one core, generations {generations} to {2 * generations}")

    def _difference(self, folder: Path, seconds: float) -> tuple[int, float]:
        """Returns n, and the seconds that each of the generations from n to 2n takes."""
        ends = time.perf_counter() + seconds
        generations = 1
        short, long = self._seconds(folder, 1), self._seconds(folder, 2)
        while long - short < seconds / (6 * _MIN_REPEATS) and generations < _MAX_GENERATIONS:
            generations *= 2
            short, long = long, self._seconds(folder, 2 * generations)
        pairs = [(short, long)]
        while len(pairs) < _MIN_REPEATS or time.perf_counter() < ends:
            pairs.append((self._seconds(folder, generations), self._seconds(folder, 2 * generations)))
        taken = statistics.median(long - short for short, long in pairs)
        if taken < _MIN_SHARE * statistics.median(short for short, _ in pairs):
            raise PeerError("what it does besides stepping takes too long to tell them apart; choose a larger --size.")
        return generations, taken / generations

    def _seconds(self, folder: Path, generations: int, *options: str) -> float:
        # Told twice to be quiet, it does not even count the cells.
        words = ["-s", f"{folder}/", "-q", "-q", "-a", self.algorithm, "-m", str(generations), *options, "start.rle"]
        return run_program([self.path, *words], folder, timeout=_TIMEOUT_SECONDS).seconds


def find_golly(rule: Rule) -> list[Golly | Absent]:
    """Returns bgolly with the algorithm for the rule in each of its worlds, or why there is none.

    On a torus Golly copies the edges in each generation, which QuickLife, where it is at its best, has not to.
    """
    path = shutil.which("bgolly")
    if path is None:
        return [Absent("Golly", "bgolly is not on the PATH; on Debian: apt install golly")]
    if rule.transitions[0, 0]:
        return [Absent("Golly", "it shows rules in which cells are born from nothing inverted")]
    try:
        with tempfile.TemporaryDirectory(prefix="ca_logic-") as folder:
            # There is no option for the version, but a banner before any work.
            (Path(folder) / "cell.rle").write_bytes(b"o!\n")
            run = run_program([path, "-m", "0", "cell.rle"], Path(folder), timeout=_TIMEOUT_SECONDS)
    except PeerError as error:
        return [Absent("Golly", str(error))]
    match = _BANNER.search(run.output)
    version = match[1] if match else "unknown"
    rule_name = simplest_rulestring(rule.transitions)
    if rule.num_states > 2:
        algorithm: Algorithm = "Generations" if rule_name else "RuleLoader"
        return [Golly(path, version, algorithm, rule_name or _TABLE_NAME, "torus")]
    assert rule_name is not None, "every table of two states can be written as MAP"
    worlds: tuple[World, ...] = ("torus", "unbounded plane")
    return [Golly(path, version, "QuickLife", rule_name, world) for world in worlds]


def _rle_of(cells: np.ndarray, rule_name: str, world: World) -> bytes:
    """Returns all cells as RLE without counts: a letter for each cell, a line for each row."""
    height, width = cells.shape
    grid = f":T{width},{height}" if world == "torus" else ""
    lines = [
        f"#CXRLE Pos={-(width // 2)},{-(height // 2)}",
        f"x = {width}, y = {height}, rule = {rule_name}{grid}",
    ]
    letters = np.full((height, width + 2), ord("\n"), dtype=np.uint8)
    letters[:, :width] = np.where(cells, ord("A"), ord("."))
    letters[:, width] = ord("$")
    return "\n".join([*lines, ""]).encode() + letters.tobytes() + b"!\n"


def _cells_of(path: Path) -> np.ndarray:
    """Returns which cells are not dead in a file that bgolly wrote."""
    try:
        live = read_rle(path.read_text(encoding="ascii", errors="replace"), source="what bgolly wrote").live
    except (OSError, PatternError) as error:
        raise PeerError(f"it wrote no board that can be read: {error}") from None
    cells = np.zeros(live.max(axis=0, initial=0) + 1, dtype=bool)
    cells[tuple(live.T)] = True
    return cells


def _table_of(rule: Rule) -> str:
    """Returns the rule as a table for RuleLoader: a line for each ring of neighbours that changes a state."""
    states = range(rule.num_states)
    others = ",".join(str(state) for state in states if state != 1)
    lines = [f"@RULE {_TABLE_NAME}", "@TABLE", f"n_states:{rule.num_states}", "neighborhood:Moore", "symmetries:none"]
    for cell in MOORE:
        lines += [f"var any_{cell}={{{','.join(map(str, states))}}}", f"var not_{cell}={{{others}}}"]
    rings = [dict(zip(MOORE, ring, strict=True)) for ring in all_rings().T.tolist()]
    for state, following in enumerate(rule.transitions.tolist()):
        if len(set(following)) == 1:
            lines.append(_table_line(state, [f"any_{cell}" for cell in _TABLE_ORDER], following[0]))
            continue
        for ring, next_state in zip(rings, following, strict=True):
            if next_state != state:
                cells = ["1" if ring[cell] else f"not_{cell}" for cell in _TABLE_ORDER]
                lines.append(_table_line(state, cells, next_state))
    return "\n".join([*lines, ""])


def _table_line(state: int, neighbours: list[str], next_state: int) -> str:
    return ",".join([str(state), *neighbours, str(next_state)])
