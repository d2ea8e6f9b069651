import importlib.util
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.errors import BoardError, EquivalenceError
from ca_logic.stepping_benchmark import golly, peers, python_peers
from ca_logic.stepping_benchmark.golly import Golly, find_golly
from ca_logic.stepping_benchmark.peer import Absent, Job, Measurement, Peer, PeerError, World
from ca_logic.stepping_benchmark.peers import Row, find_peers, measure_peers, next_states
from ca_logic.stepping_benchmark.program import run_program
from ca_logic.stepping_benchmark.python_peers import CAX, LIFELIB, Package, PythonPeer, find_package
from ca_logic.tasks import Rule, load_rule
from tests import oracles
from tests.oracles import later_states, random_states, seeds, sparse_transitions

LIFE = load_rule("life")

needs_bgolly = pytest.mark.skipif(
    shutil.which("bgolly") is None, reason="bgolly is not installed; on Debian: apt install golly"
)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is searched for programs before the system's, and where no bgolly is found but in it."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sh", "sleep", "cp"):
        (folder / name).symlink_to(shutil.which(name) or "/bin/false")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def write_program(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join([f"#!{shutil.which('sh')}", *lines, ""]))
    path.chmod(0o755)
    return path


def soup(width: int, height: int) -> np.ndarray:
    return oracles.random_cells(width, height, seed=width)


def cropped(cells: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    return cells[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else cells[:0, :0]


def assert_measured(peer: Peer | Absent, rule: Rule, *, width: int, height: int) -> None:
    """Asserts that a peer's cells are those of NumPy, in whatever world it lives."""
    assert not isinstance(peer, Absent), peer
    job = Job(rule, soup(width, height), 0.05)
    done = peer.measure(job)
    margin = done.generations if peer.world == "unbounded plane" else 0
    start = np.pad(job.start, margin).astype(np.uint8)
    expected = later_states(start, rule.transitions, torus=True, generations=done.generations) != 0
    np.testing.assert_array_equal(cropped(done.cells), cropped(expected))
    assert expected.any(), "a board where all died judges little"


# Programs.


def test_what_a_program_prints_is_returned_with_its_seconds(tmp_path: Path) -> None:
    run = run_program(["sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo $i"], tmp_path, timeout=20)
    assert run.output == "20000\n"
    assert 0 < run.seconds < 20


def test_a_program_that_fails_says_why_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(PeerError, match=r"^ended with status 3: no such rule$"):
        run_program(["sh", "-c", "echo working; echo ' no such rule ' >&2; echo; exit 3"], tmp_path, timeout=20)
    with pytest.raises(PeerError, match="it printed nothing"):
        run_program(["sh", "-c", "exit 1"], tmp_path, timeout=20)
    with pytest.raises(PeerError, match="cannot be started: No such file"):
        run_program([str(tmp_path / "nothing")], tmp_path, timeout=20)


CHILD_THAT_STAYS = "sleep 60 & echo $! > child; wait"


def assert_child_is_gone(folder: Path) -> None:
    """Asserts that the program's own child is gone, or about to be."""
    child = int((folder / "child").read_text())
    for _ in range(200):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        # Until the system's first process reaps it, it is there, but as a zombie.
        if Path(f"/proc/{child}/stat").exists() and " Z " in Path(f"/proc/{child}/stat").read_text():
            return
        time.sleep(0.01)
    raise AssertionError(f"process {child} is still running")


def test_a_program_that_does_not_end_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    with pytest.raises(PeerError, match=r"did not end within 0\.3 seconds"):
        run_program(["sh", "-c", CHILD_THAT_STAYS], tmp_path, timeout=0.3)
    assert_child_is_gone(tmp_path)


def test_an_interruption_leaves_nothing_running(tmp_path: Path) -> None:
    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    usual = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            run_program(["sh", "-c", CHILD_THAT_STAYS], tmp_path, timeout=50)
    finally:
        signal.signal(signal.SIGALRM, usual)
    assert_child_is_gone(tmp_path)


# Golly.


@needs_bgolly
@pytest.mark.parametrize("text", ["life", "B2-a/S12", "B2/S34H", "W110", "brians-brain", "2/13/4V", "wireworld"])
def test_bgolly_makes_the_right_cells(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # On a small board its time is mostly its start.
    monkeypatch.setattr(golly, "_MIN_SHARE", -np.inf)
    rule = load_rule(text)
    found = find_golly(rule)
    assert len(found) == (2 if rule.num_states == 2 else 1)
    for peer in found:
        assert_measured(peer, rule, width=40, height=30)


@needs_bgolly
def test_rules_without_a_rulestring_reach_golly_as_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golly, "_MIN_SHARE", -np.inf)
    monkeypatch.setattr(golly, "_MAX_GENERATIONS", 4)
    for seed, states in ((1, 3), (2, 5)):
        rule = Rule("sparse", "sparse", sparse_transitions(seed, states))
        (peer,) = find_golly(rule)
        assert isinstance(peer, Golly)
        assert peer.algorithm == "RuleLoader"
        assert_measured(peer, rule, width=33, height=21)


@needs_bgolly
def test_a_board_that_is_too_small_to_be_timed_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golly, "_MIN_SHARE", np.inf)
    with pytest.raises(PeerError, match="choose a larger --size"):
        next(peer for peer in find_golly(LIFE) if isinstance(peer, Golly)).measure(Job(LIFE, soup(8, 8), 0.01))


@pytest.mark.usefixtures("programs")
def test_without_bgolly_one_line_says_how_to_get_it() -> None:
    assert find_golly(LIFE) == [Absent("Golly", "bgolly is not on the PATH; on Debian: apt install golly")]


def test_bgolly_is_not_asked_for_what_it_shows_inverted(programs: Path) -> None:
    write_program(programs, "bgolly", "echo This is bgolly 9.9")
    (absent,) = find_golly(load_rule("B03/S23"))
    assert isinstance(absent, Absent)
    assert "born from nothing" in absent.reason
    assert [peer.version for peer in find_golly(LIFE) if isinstance(peer, Golly)] == ["9.9", "9.9"]


def test_a_bgolly_that_does_not_run_is_absent(programs: Path) -> None:
    write_program(programs, "bgolly", "echo cannot open shared object >&2", "exit 127")
    assert find_golly(LIFE) == [Absent("Golly", "ended with status 127: cannot open shared object")]


GARBAGE = {
    "nothing": (":", "wrote no board that can be read.*No such file"),
    "no RLE": ("echo '<html>' > final.rle", "wrote no board that can be read"),
    "a crash": ("[ $6 = 0 ] || kill -SEGV $$", "ended with status -11"),
}


@pytest.mark.parametrize(("line", "reason"), GARBAGE.values(), ids=GARBAGE)
def test_a_bgolly_that_goes_astray_has_a_reason(
    programs: Path, monkeypatch: pytest.MonkeyPatch, line: str, reason: str
) -> None:
    monkeypatch.setattr(golly, "_MIN_SHARE", -np.inf)
    monkeypatch.setattr(golly, "_MAX_GENERATIONS", 1)
    peer = Golly(str(write_program(programs, "bgolly", line)), "9.9", "QuickLife", "B3/S23", "torus")
    with pytest.raises(PeerError, match=reason):
        peer.measure(Job(LIFE, soup(8, 8), 0.001))


# Packages.


@pytest.mark.skipif(
    importlib.util.find_spec("lifelib") is None, reason="lifelib is not installed; pip install python-lifelib"
)
def test_lifelib_makes_the_right_cells() -> None:
    assert_measured(find_package(LIFELIB, LIFE), LIFE, width=40, height=30)


@pytest.mark.skipif(importlib.util.find_spec("cax") is None, reason="CAX is not installed; pip install cax")
def test_cax_makes_the_right_cells() -> None:
    assert_measured(find_package(CAX, LIFE), LIFE, width=40, height=30)


FAKE_LIFELIB = """
import numpy as np

class Pattern:
    def __init__(self, live):
        self.live = live

    def __setitem__(self, places, states):
        assert places.flags.c_contiguous and states.dtype == np.uint64 and len(places) == len(states)
        self.live = {(x, y) for x, y in places.tolist()}

    def advance(self, generations):
        live = self.live
        for _ in range(generations):
            around = [(x + dx, y + dy) for x, y in live for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]
            counts = {cell: 0 for cell in around}
            for cell in around:
                counts[cell] += 1
            live = {cell for cell, count in counts.items() if count == 3 or count == 2 and cell in live}
        return Pattern(live)

    def coords(self):
        return np.array(sorted(self.live), dtype=np.int64).reshape(-1, 2) - 1000

class Tree:
    def __init__(self, memory):
        pass

    def pattern(self, text):
        return Pattern(set())

class Session:
    lifetree = Tree

def load_rules(rule):
    assert rule == "b3s23", rule
    print("compiling" * 1000)
    return Session
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder where Python finds packages first, in this process and in others."""
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")])))
    yield folder
    importlib.invalidate_caches()


def test_a_package_runs_in_a_process_of_its_own(packages: Path) -> None:
    (packages / "lifelib.py").write_text(FAKE_LIFELIB)
    assert_measured(find_package(LIFELIB, LIFE), LIFE, width=9, height=7)
    assert "lifelib" not in sys.modules


BROKEN = {
    "one that cannot be imported": ("raise ImportError('needs g++')", "ImportError: needs g\\+\\+$"),
    "one that leaves early": ("import sys; sys.exit(0)", "left no board that can be read"),
    "one that crashes": ("import os; os.abort()", "ended with status -6"),
    "one that never ends": ("import time; time.sleep(50)", "did not end within 2 seconds"),
}


@pytest.mark.parametrize(("source", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_package_that_fails_has_a_reason(
    packages: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    monkeypatch.setattr(python_peers, "_TIMEOUT_SECONDS", 2)
    (packages / "lifelib.py").write_text(source)
    with pytest.raises(PeerError, match=reason):
        PythonPeer(LIFELIB, "0", "B3/S23").measure(Job(LIFE, soup(8, 8), 0.01))


def test_a_package_that_is_not_there_says_how_to_get_it() -> None:
    package = Package("no-such-thing", "no_such_thing", LIFELIB.rulestrings, "", "torus", "", 1)
    assert find_package(package, LIFE) == Absent("no-such-thing", "not installed; pip install no-such-thing")


def test_packages_are_asked_only_for_rules_that_they_know(packages: Path) -> None:
    for module in ("lifelib", "cax"):
        (packages / f"{module}.py").write_text("raise ImportError")
    known = {"life": (True, True), "B2-a/S12": (True, False), "B03/S23": (False, True)}
    for text in ("B2/S34H", "W110", "brians-brain", "wireworld"):
        known[text] = (False, False)
    for text, expected in known.items():
        found = [find_package(package, load_rule(text)) for package in (LIFELIB, CAX)]
        assert tuple(isinstance(peer, PythonPeer) for peer in found) == expected, text
        assert all(peer.reason.startswith("compared only by rules of") for peer in found if isinstance(peer, Absent))


# All of them.


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(["life", "B08/S4", "wireworld", "2/13/4V"]), st.integers(1, 40), st.integers(1, 30), seeds)
def test_our_reference_is_that_of_the_tests(text: str, width: int, height: int, seed: int) -> None:
    rule = load_rule(text)
    states = random_states(width, height, rule.num_states, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "_CELLS_PER_BLOCK", 100)
        found = next_states(rule, states)
    np.testing.assert_array_equal(found, oracles.next_states(states, rule.transitions, torus=True))


@dataclass(frozen=True)
class FakePeer:
    """An engine that returns what it is told to."""

    cells: np.ndarray | PeerError
    world: World = "torus"
    bytes_a_cell: int = 1
    name: str = "Fake"
    version: str = "7"
    method: str = "by heart"

    def measure(self, job: Job) -> Measurement:
        if isinstance(self.cells, PeerError):
            raise self.cells
        return Measurement(self.cells, 3, job.start.size / 1000, "nowhere")


def rows_with(monkeypatch: pytest.MonkeyPatch, *found: Peer | Absent) -> list[Row]:
    monkeypatch.setattr(peers, "find_peers", lambda _: list(found))
    return list(measure_peers(LIFE, width=70, height=20, seconds=0.01))


def start_of_the_benchmark() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, (20, 70), dtype=bool)


def later(start: np.ndarray, *, torus: bool) -> np.ndarray:
    return later_states(start.astype(np.uint8), LIFE.transitions, torus=torus, generations=3).astype(bool)


@pytest.mark.usefixtures("nothing_learned")
def test_every_peer_is_judged_by_our_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    torus = later(start_of_the_benchmark(), torus=True)
    plane = later(np.pad(start_of_the_benchmark(), 3), torus=False)
    wrong = ~torus
    found = [
        FakePeer(torus),
        FakePeer(np.pad(torus, 5)),
        FakePeer(wrong),
        FakePeer(plane, world="unbounded plane"),
        FakePeer(torus, world="unbounded plane"),
    ]
    ours, *others = rows_with(monkeypatch, *found)
    assert (ours.name, ours.world, ours.agrees, ours.problem) == ("ca-logic", "torus", True, "")
    assert ours.cells_per_second is not None
    assert ours.cells_per_second > 0
    assert [row.agrees for row in others] == [True, True, False, True, False]
    assert [row.cells_per_second for row in others] == pytest.approx([1000] * 5)
    assert {(row.name, row.version, row.method, row.where) for row in others} == {("Fake", "7", "by heart", "nowhere")}


@pytest.mark.usefixtures("nothing_learned")
def test_what_fails_becomes_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    failing, hungry = (
        FakePeer(PeerError("ended with status 1: no.")),
        FakePeer(PeerError("never"), bytes_a_cell=1 << 60),
    )
    _, failed, starved, absent = rows_with(monkeypatch, failing, hungry, Absent("Nobody", "not installed"))
    assert (failed.problem, failed.version, failed.agrees) == ("ended with status 1: no.", "7", None)
    assert "GiB are available; choose a smaller --size" in starved.problem
    assert absent == Row("Nobody", problem="not installed")
    assert [row.cells_per_second for row in (failed, starved, absent)] == [None] * 3


@pytest.mark.usefixtures("nothing_learned")
def test_our_own_cells_must_be_those_of_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "next_states", lambda _, states: states)
    with pytest.raises(EquivalenceError, match="and NumPy differ after 4 generations"):
        rows_with(monkeypatch)


def test_a_board_that_cannot_be_held_is_refused_at_once() -> None:
    with pytest.raises(BoardError, match=r"1000000x1000000 cells would need .* choose a smaller --size"):
        next(measure_peers(LIFE, width=10**6, height=10**6, seconds=1))


def test_all_engines_are_looked_for() -> None:
    names = {peer.name.split()[0] for peer in find_peers(LIFE)}
    assert names == {"Golly", "python-lifelib", "cax"}
