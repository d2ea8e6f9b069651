"""What the shipped patterns are said to do is what they do: each claim is a line of the file, and proved here."""

import functools
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from ca_logic.backend.kernel import Kernel, NumpyKernel
from ca_logic.errors import PatternError
from ca_logic.resources import resource_folder
from ca_logic.runtime import Board, load_automaton
from ca_logic.runtime.circuit_library import find_circuit
from ca_logic.runtime.pattern import Pattern, library, load_pattern, place_pattern, shipped_patterns
from ca_logic.tasks import load_rule
from tests.runtime.test_bgolly import WIREWORLD

LIFE = "B3/S23"

needs_bgolly = pytest.mark.skipif(
    shutil.which("bgolly") is None, reason="bgolly is not installed; on Debian: apt install golly"
)


class Claim(Protocol):
    """Something that a pattern is said to do."""

    @property
    def text(self) -> str: ...

    def prove(self, pattern: Pattern) -> None: ...


@dataclass(frozen=True)
class Oscillates:
    period: int

    @property
    def text(self) -> str:
        return f"oscillator, period {self.period}" if self.period > 1 else "still life"

    def prove(self, pattern: Pattern) -> None:
        board = plane_of(pattern, margin=30)
        first = board.states()
        for generation in generations_of(board, self.period):
            assert np.array_equal(board.states(), first) == (generation == self.period)


@dataclass(frozen=True)
class Flies:
    period: int
    dx: int
    dy: int

    @property
    def text(self) -> str:
        return f"spaceship, period {self.period}, {speed(self.period, self.dx, self.dy)}"

    def prove(self, pattern: Pattern) -> None:
        board = plane_of(pattern, margin=self.period + 10)
        first, (x, y) = cropped(board)
        for generation in generations_of(board, self.period):
            cells, (later_x, later_y) = cropped(board)
            assert np.array_equal(cells, first) == (generation == self.period)
        assert (later_x - x, later_y - y) == (self.dx, self.dy)


@dataclass(frozen=True)
class Emits:
    """Is the same again each period, perhaps elsewhere, and leaves equally many cells behind each time."""

    kind: str
    period: int
    cells: int
    dx: int = 0
    dy: int = 0
    after: int = 0

    @property
    def text(self) -> str:
        moves = f", {speed(self.period, self.dx, self.dy)}" if self.dx or self.dy else ""
        return f"{self.kind}, period {self.period}{moves}, {self.cells} cells each time"

    def prove(self, pattern: Pattern) -> None:
        margin = (self.after + 3 * self.period) // 2 + 20
        board = plane_of(pattern, margin=margin)
        board.advance(self.after)
        populations = [board.population]
        first = self._window(board, pattern, margin)
        for generation in generations_of(board, 3 * self.period):
            populations.append(board.population)
            if generation % self.period == 0:
                assert np.array_equal(self._window(board, pattern, margin), first)
        assert set(later(populations, self.period)) == {self.cells}
        assert all(len(set(later(populations, shorter))) > 1 for shorter in range(1, self.period))

    def _window(self, board: Board, pattern: Pattern, margin: int) -> np.ndarray:
        """Returns what is where the pattern would be by now."""
        periods = board.generation // self.period
        x, y = margin + periods * self.dx, margin + periods * self.dy
        return board.region(x, y, pattern.width, pattern.height)


@dataclass(frozen=True)
class Grows:
    """Has so many cells more each period, from some generation on."""

    kind: str
    period: int
    cells: int
    after: int
    is_board_small: bool = True

    @property
    def text(self) -> str:
        return f"{self.kind}, {self.cells} cells more every {self.period:,} generations"

    @property
    def generations(self) -> int:
        return self.after + 3 * self.period

    def prove(self, pattern: Pattern) -> None:
        # What flies ahead of switch engines are gliders.
        margin = self.generations // (2 if self.after == 0 else 4) + 20
        self.check(populations_of(plane_of(pattern, margin=margin), self.generations))

    def check(self, populations: list[int]) -> None:
        assert np.diff(populations[self.after :: self.period]).tolist() == [self.cells] * 3


@dataclass(frozen=True)
class Spreads:
    """Grows as the square of time: each period by so many cells more than in the one before, from the beginning."""

    kind: str
    period: int
    cells: int
    is_board_small: bool = True

    @property
    def text(self) -> str:
        return f"{self.kind}, grows by {self.cells:,} cells more every {self.period} generations"

    @property
    def generations(self) -> int:
        return 2 * self.period + 20

    def prove(self, pattern: Pattern) -> None:
        self.check(populations_of(plane_of(pattern, margin=self.generations // 2 + 5), self.generations))

    def check(self, populations: list[int]) -> None:
        assert set(later(later(populations, self.period), self.period)) == {self.cells}


@dataclass(frozen=True)
class Returns:
    generation: int
    population: int

    @property
    def text(self) -> str:
        return f"sawtooth, back at {self.population} cells at generation {self.generation:,}"

    def prove(self, pattern: Pattern) -> None:
        board = plane_of(pattern, margin=self.generation // 2 + 10)
        counts = [board.population for _ in generations_of(board, self.generation)]
        assert pattern.population == self.population == counts[-1] == min(counts)
        assert max(counts) > 1.4 * self.population


@dataclass(frozen=True)
class Dies:
    generation: int

    @property
    def text(self) -> str:
        return f"methuselah, dies at generation {self.generation:,}"

    def prove(self, pattern: Pattern) -> None:
        board = plane_of(pattern, margin=self.generation // 2)
        board.advance(self.generation - 1)
        assert board.population
        board.advance(1)
        assert not board.population


@dataclass(frozen=True)
class Settles:
    """Has a population of period 2 from that generation on, but not before."""

    generation: int
    population: int
    is_board_small: bool = False

    @property
    def text(self) -> str:
        return f"methuselah, settles at generation {self.generation:,} with {self.population:,} cells"

    @property
    def generations(self) -> int:
        return self.generation + 240

    def prove(self, pattern: Pattern) -> None:
        # Gliders fly on.
        self.check(populations_of(plane_of(pattern, margin=self.generations // 4 + 20), self.generations))

    def check(self, populations: list[int]) -> None:
        changes = later(populations, 2)
        assert not any(changes[self.generation :])
        assert changes[self.generation - 1]
        assert populations[self.generation] == self.population


@dataclass(frozen=True)
class Replicates:
    generation: int
    copies: int

    @property
    def text(self) -> str:
        return f"replicator, {self.copies} copies after {self.generation} generations"

    def prove(self, pattern: Pattern) -> None:
        board = plane_of(pattern, margin=self.generation + 5)
        board.advance(self.generation)
        left = {(y, x) for y, x in board.live_cells().tolist()}
        assert len(left) == self.copies * pattern.population
        while left:
            y, x = min(left)
            copy = {(y + dy, x + dx) for dy, dx in (pattern.live - pattern.live[0]).tolist()}
            assert copy <= left
            left -= copy


@dataclass(frozen=True)
class Counts:
    kind: str
    generation: int
    population: int

    @property
    def text(self) -> str:
        return f"{self.kind}, {self.population:,} cells at generation {self.generation:,}"

    def prove(self, pattern: Pattern) -> None:
        board = plane_of(pattern, margin=self.generation + 1)
        board.advance(self.generation)
        assert board.population == self.population


@dataclass(frozen=True)
class Fills:
    """Fills the torus that the file names."""

    generation: int

    @property
    def text(self) -> str:
        return f"fills its torus at generation {self.generation:,}"

    def prove(self, pattern: Pattern) -> None:
        board = torus_of(pattern)
        board.advance(self.generation - 1)
        assert board.population < board.width * board.height
        board.advance(1)
        assert board.population == board.width * board.height


@dataclass(frozen=True)
class Clocks:
    """Becomes periodic after a while."""

    period: int

    @property
    def text(self) -> str:
        return f"clocks, together of period {self.period}"

    def prove(self, pattern: Pattern) -> None:
        board = plane_of(pattern, margin=1)
        board.advance(40)
        first = board.states()
        for generation in generations_of(board, self.period):
            assert np.array_equal(board.states(), first) == (generation == self.period)


@dataclass(frozen=True)
class Computes:
    """Of copies of a gate some send an electron to the right end of their wire."""

    gate: str
    outputs: tuple[int, ...]

    @property
    def text(self) -> str:
        return f"{self.gate} gate, shown thrice: an electron leaves {sum(self.outputs)} of 3"

    def prove(self, pattern: Pattern) -> None:
        board = plane_of(pattern, margin=1)
        ends = wire_ends(board.states())
        arrived = np.zeros(len(ends), dtype=np.int64)
        for _ in generations_of(board, 60):
            arrived += [board.state(x, y) == 1 for y, x in ends]
        assert arrived.tolist() == list(self.outputs)


def wire_ends(states: np.ndarray) -> list[tuple[int, int]]:
    """Returns (y, x) of the cells of wire that go on to the left only."""
    found = []
    for y, x in np.argwhere(states == 3).tolist():
        around = states[y - 1 : y + 2, x - 1 : x + 2]
        if np.count_nonzero(around) == 2 and around[1, 0]:
            found.append((y, x))
    return found


def speed(period: int, dx: int, dy: int) -> str:
    """Returns how fast something is in the field's words, such as `2c/5 orthogonal`."""
    fraction = Fraction(max(abs(dx), abs(dy)), period)
    top = "c" if fraction.numerator == 1 else f"{fraction.numerator}c"
    bottom = "" if fraction.denominator == 1 else f"/{fraction.denominator}"
    direction = "orthogonal" if 0 in (dx, dy) else "diagonal"
    assert direction == "orthogonal" or abs(dx) == abs(dy)
    return f"{top}{bottom} {direction}"


@functools.cache
def kernel_of(rule: str) -> Kernel:
    """Returns the compiled kernel where one is worth it, else NumPy's."""
    if rule in (LIFE, "B3678/S34678", "B25678/S5678"):
        return load_automaton(load_rule(rule)).kernel
    return NumpyKernel(find_circuit(load_rule(rule)).row_circuit)


def plane_of(pattern: Pattern, *, margin: int) -> Board:
    """Returns a plane with the pattern and so many dead cells around it."""
    width, height = pattern.width + 2 * margin, pattern.height + 2 * margin
    num_states = load_rule(pattern.rule).num_states
    board = Board(width, height, topology="plane", kernel=kernel_of(pattern.rule), num_states=num_states)
    board.paste(pattern.states(), margin, margin)
    return board


def torus_of(pattern: Pattern) -> Board:
    """Returns the torus that the pattern names, with the pattern in the middle."""
    assert pattern.grid is not None
    assert pattern.grid.topology == "torus"
    board = Board(pattern.grid.width, pattern.grid.height, kernel=kernel_of(pattern.rule))
    place_pattern(board, pattern)
    return board


def generations_of(board: Board, generations: int) -> Iterator[int]:
    """Yields 1, 2, ... after each generation, and makes sure that no cell reaches the edge, where planes end."""
    for generation in range(1, generations + 1):
        board.advance(1)
        yield generation
    right, bottom = board.width - 1, board.height - 1
    for x, y, width, height in (
        (0, 0, board.width, 1),
        (0, bottom, board.width, 1),
        (0, 0, 1, board.height),
        (right, 0, 1, board.height),
    ):
        assert not board.region(x, y, width, height).any()


def populations_of(board: Board, generations: int) -> list[int]:
    return [board.population, *(board.population for _ in generations_of(board, generations))]


def cropped(board: Board) -> tuple[np.ndarray, tuple[int, int]]:
    """Returns the smallest rectangle that holds all cells that are not dead, and its (x, y)."""
    states = board.states()
    rows, columns = np.flatnonzero(states.any(axis=1)), np.flatnonzero(states.any(axis=0))
    return states[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], (int(columns[0]), int(rows[0]))


def later(values: list[int], generations: int) -> list[int]:
    """Returns by how much each value is larger that many generations later."""
    return [after - before for before, after in zip(values, values[generations:], strict=False)]


CLAIMS: dict[str, Claim] = {
    # Life: what stays or returns.
    "eater-1": Oscillates(1),
    "clock": Oscillates(2),
    "toad": Oscillates(2),
    "beacon": Oscillates(2),
    "pulsar": Oscillates(3),
    "caterer": Oscillates(3),
    "octagon-2": Oscillates(5),
    "unix": Oscillates(6),
    "figure-eight": Oscillates(8),
    "koks-galaxy": Oscillates(8),
    "tumbler": Oscillates(14),
    "pentadecathlon": Oscillates(15),
    "achims-p16": Oscillates(16),
    "queen-bee-shuttle": Oscillates(30),
    "twin-bees-shuttle": Oscillates(46),
    # What flies.
    "glider": Flies(4, 1, 1),
    "lwss": Flies(4, -2, 0),
    "mwss": Flies(4, -2, 0),
    "hwss": Flies(4, -2, 0),
    "copperhead": Flies(10, 0, -1),
    "loafer": Flies(7, -1, 0),
    "weekender": Flies(7, 0, -2),
    "dart": Flies(3, 0, -1),
    "turtle": Flies(3, -1, 0),
    "spider": Flies(5, 0, -1),
    "canada-goose": Flies(4, -1, -1),
    # What grows.
    "gosper-gun": Emits("glider gun", 30, 5),
    "simkin-gun": Emits("glider gun", 120, 5),
    "period-52-gun": Emits("glider gun", 52, 5),
    "space-rake": Emits("rake", 20, 5, 10, 0, 40),
    "backrake": Emits("rake", 20, 5, 10, 0, 40),
    "blinker-puffer-1": Emits("puffer", 8, 3, -4, 0, 40),
    "puffer-1": Emits("puffer", 128, 26, 0, -64, 128),
    "puffer-train": Grows("puffer", 210, 660, 5600, is_board_small=False),
    "noahs-ark": Grows("puffer", 1344, 560, 1344, is_board_small=False),
    "ten-cell-infinite-growth": Grows("switch engine", 288, 32, 600),
    "five-by-five-infinite-growth": Grows("switch engine", 288, 32, 700),
    "one-row-infinite-growth": Grows("two switch engines", 288, 64, 1500),
    "breeder": Spreads("breeder", 960, 2400),
    "spacefiller": Spreads("spacefiller", 4, 8),
    "sawtooth": Returns(768, 278),
    # What takes long.
    "diehard": Dies(130),
    "r-pentomino": Settles(1103, 116, is_board_small=True),
    "acorn": Settles(5206, 633),
    "rabbits": Settles(17331, 1744),
    "lidka": Settles(29055, 1625),
    "justyna": Settles(26458, 3548),
    # Other rules.
    "highlife-replicator": Replicates(12, 2),
    "highlife-bomber": Flies(48, 8, 8),
    "replicator": Replicates(16, 8),
    "fredkin-replicator": Replicates(16, 9),
    "day-and-night-rocket": Flies(40, 0, 20),
    "day-and-night-gun": Grows("rocket gun", 400, 177, 0),
    "seeds-photon": Flies(1, 0, 1),
    "brians-brain-photon": Flies(1, 0, -1),
    "brians-brain-mess": Counts("puffer", 200, 2008),
    "star-wars-bullet": Flies(1, -1, 0),
    "caterpillar": Flies(2, -1, 0),
    "just-friends-spaceship": Flies(3, -1, 0),
    "drifter-loop": Oscillates(384),
    "wireworld-clocks": Clocks(420),
    "wireworld-or": Computes("OR", (1, 1, 1)),
    "wireworld-xor": Computes("XOR", (1, 1, 0)),
    "wireworld-and": Computes("AND", (1, 0, 0)),
    "persian-rug": Counts("ornament", 64, 3388),
    "iceball": Fills(435374),
    "coral": Counts("growth", 100, 1116),
    "h-tree": Counts("growth", 32, 1837),
    "sierpinski": Counts("growth", 63, 729),
}

HISTORIES = Settles | Spreads | Grows
"""Claims that hold of populations alone, so that bgolly can judge them."""

KEYS = sorted(path.stem for path in resource_folder("patterns").glob("*.rle"))


def test_each_pattern_claims_something() -> None:
    assert sorted(CLAIMS) == KEYS
    assert len(KEYS) >= 60


@pytest.mark.parametrize("key", KEYS)
def test_a_pattern_does_what_it_is_said_to_do(key: str) -> None:
    pattern, claim = load_pattern(key), CLAIMS[key]
    assert len(pattern.comments) == 2
    assert pattern.comments[1] == claim.text
    if isinstance(claim, HISTORIES) and not claim.is_board_small:
        pytest.skip("the board would have to be too large; bgolly judges it")
    claim.prove(pattern)


@needs_bgolly
@pytest.mark.parametrize("key", [key for key in KEYS if isinstance(CLAIMS.get(key), HISTORIES)])
def test_bgolly_confirms_long_histories(key: str, tmp_path: Path) -> None:
    claim = CLAIMS[key]
    assert isinstance(claim, HISTORIES)
    claim.check(bgolly_populations(load_pattern(key), key, claim.generations, tmp_path))


@needs_bgolly
@pytest.mark.parametrize("key", KEYS)
def test_bgolly_counts_as_many_cells(key: str, tmp_path: Path) -> None:
    pattern = load_pattern(key)
    claim = CLAIMS[key]
    generations = claim.generation if isinstance(claim, Counts) else 100 if pattern.rule == LIFE else 30
    board = torus_of(pattern) if pattern.grid else plane_of(pattern, margin=generations + 1)
    counts = [board.population]
    for _ in range(generations):
        board.advance(1)
        counts.append(board.population)
    assert counts == bgolly_populations(pattern, key, generations, tmp_path)


def bgolly_populations(pattern: Pattern, key: str, generations: int, folder: Path) -> list[int]:
    """Returns how many cells bgolly counts at each generation."""
    (folder / "WireWorld.rule").write_text(WIREWORLD.format(name="WireWorld"), encoding="utf-8")
    algorithm = "QuickLife"
    if pattern.rule == "WireWorld":
        algorithm = "RuleLoader"
    elif pattern.rule.count("/") == 2:
        algorithm = "Generations"
    path = resource_folder("patterns") / f"{key}.rle"
    command = ["bgolly", "-s", f"{folder}/", "-a", algorithm, "-i", "1", "-m", str(generations), str(path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    lines = re.findall(r"^ *([0-9,]+): ([0-9,]+)$", output.replace("\r", "\n"), re.MULTILINE)
    counts = {int(generation.replace(",", "")): int(count.replace(",", "")) for generation, count in lines}
    return [counts[generation] for generation in range(generations + 1)]


def test_the_list_of_patterns_tells_of_each_without_reading_its_cells() -> None:
    listed = shipped_patterns()
    assert [pattern.name.lower() for pattern in listed] == sorted(pattern.name.lower() for pattern in listed)
    assert len({pattern.name for pattern in listed}) == len(KEYS)
    for entry in listed:
        pattern = load_pattern(entry.key)
        assert (entry.name, entry.origin, entry.rule) == (pattern.name, pattern.origin, pattern.rule)
        assert (entry.width, entry.height) == (pattern.width, pattern.height)
        assert (entry.description, entry.behaviour) == pattern.comments
        assert entry.origin
        assert re.fullmatch(r"[A-Z0-9].{10,100}\.", entry.description), entry.key
        assert len(pattern.runs) < 5000, "a picture of it is drawn while people wait"


def test_a_library_with_a_file_that_cannot_be_read_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "resource_folder", lambda _: tmp_path)
    broken = tmp_path / "broken.rle"
    for content, message in (("x = three", "line 1: 'x = three' is no header"), ("", "holds no pattern")):
        broken.write_text(content, encoding="utf-8")
        with pytest.raises(PatternError, match=rf"broken\.rle {message}"):
            shipped_patterns.__wrapped__()
    broken.unlink()
    broken.mkdir()
    with pytest.raises(PatternError, match=r"cannot read pattern .*broken\.rle: Is a directory"):
        shipped_patterns.__wrapped__()
