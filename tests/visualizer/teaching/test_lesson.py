"""Lessons in real processes: one that is learned, and some that end otherwise."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.circuit import truth_tables
from ca_logic.errors import LearningError, RuleError, UsageError
from ca_logic.machine import available_cores
from ca_logic.runtime.board import Board
from ca_logic.runtime.circuit_library import find_circuit, list_learned_rules
from ca_logic.tasks import Rule, load_rule
from ca_logic.tasks.neighbourhood import transitions_of
from ca_logic.tasks.rule import rule_of_transitions
from ca_logic.visualizer.teaching import lesson as lesson_module
from ca_logic.visualizer.teaching.lesson import Lesson
from ca_logic.visualizer.teaching.messages import (
    Begun,
    Exact,
    Failed,
    HalfTrained,
    Message,
    PassDone,
    Progress,
    Proved,
    Stored,
)
from tests.oracles import next_generation, random_cells

LIFE = load_rule("life")
PATIENCE = 60.0
Kind = TypeVar("Kind", bound=Message)

needs_process_descriptors = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="processes have no descriptors")


@dataclass(frozen=True)
class Learned:
    """What a lesson said, and where its user keeps circuits."""

    rule: Rule
    messages: list[Message]
    home: Path

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Returns the messages of one kind."""
        return [message for message in self.messages if type(message) is kind]


def centre_and_east() -> Rule:
    """Returns a rule given by 512 rows: a cell survives if its eastern neighbour is live."""
    rows = np.arange(512)
    return rule_of_transitions(transitions_of((rows >> 4 & rows >> 3 & 1).astype(np.uint8)))


def said_until(lesson: Lesson, kind: type[Message]) -> list[Message]:
    """Returns what a lesson says until the first message of a kind has come."""
    said: list[Message] = []
    deadline = time.monotonic() + PATIENCE
    while not any(isinstance(message, kind) for message in said):
        assert time.monotonic() < deadline, said
        lesson.wait(0.01)
        said += lesson.poll()
    return said


def end_of(lesson: Lesson) -> str:
    """Returns why a lesson failed."""
    assert lesson.wait(PATIENCE)
    last = lesson.poll()[-1]
    assert isinstance(last, Failed)
    assert len(last.message.splitlines()) == 1
    return last.message


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learned]:
    home, rule = tmp_path_factory.mktemp("home"), centre_and_east()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(home))
        lesson = Lesson(rule, seed=1, effort=0, pace=0.0)
        assert lesson.is_running
        assert lesson.wait(PATIENCE)
        yield Learned(rule, lesson.poll(), home)


def test_a_lesson_tells_all_that_happens_in_order(learned: Learned) -> None:
    kinds = [type(message) for message in learned.messages]
    assert kinds[0] is Begun
    order = [Begun, Progress, HalfTrained, Exact, PassDone, Proved, Stored]
    assert sorted(order, key=kinds.index) == order
    assert kinds[-2:] == [Proved, Stored]
    assert Failed not in kinds


def test_training_is_told_until_no_row_is_wrong(learned: Learned) -> None:
    steps = learned.of(Progress)
    assert [one.step for one in steps] == sorted({one.step for one in steps})
    assert steps[-1].wrong_rows == 0
    assert {(one.part, one.attempt, one.num_rows) for one in steps} == {("", 1, 512)}
    assert learned.of(Exact) == [Exact(steps[-1].step)]


def test_half_trained_networks_run_at_once_and_are_as_wrong_as_they_say(learned: Learned) -> None:
    networks = learned.of(HalfTrained)
    assert len(networks) > 1
    assert networks[-1].wrong_rows == 0
    cells = random_cells(40, 24, 0)
    for network in networks:
        table = truth_tables(network.circuit)[0]
        assert int((table != learned.rule.table).sum()) == network.wrong_rows
        board = Board(40, 24, kernel=NumpyKernel(network.circuit), num_states=2)
        board.set_cells(cells)
        board.advance()
        np.testing.assert_array_equal(board.cells(), next_generation(cells, table, torus=True))


def test_passes_say_what_they_were_given_and_what_they_left(learned: Learned) -> None:
    passes = learned.of(PassDone)
    assert {done.search for done in passes} == {1, 2}
    first = [done for done in passes if done.search == 1]
    assert first[0].before > 1000
    sizes = [first[0].before, *(done.after for done in first if done.unit == "gates")]
    assert [done.before for done in first if done.unit == "gates"] == sizes[:-1]
    assert {done.unit for done in passes if done.search == 2} <= {"gates a row", "tables a row"}


def test_what_was_learned_is_kept_proved_and_listed(learned: Learned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(learned.home))
    found = find_circuit(learned.rule)
    (stored,) = learned.of(Stored)
    assert (found.origin, str(found.path), found.circuit.num_gates) == ("learned", stored.path, stored.gates)
    assert (stored.rule, stored.gates, stored.gates_a_row) == (learned.rule.name, 1, 1)
    assert [rule.slug for rule in list_learned_rules()] == [learned.rule.slug]
    assert learned.of(Proved) == [Proved(512)]
    assert [path.name for path in found.path.parent.iterdir()] == [found.path.name]


def test_half_of_the_cores_are_left_to_the_window(learned: Learned) -> None:
    cores = available_cores() - available_cores() // 2
    assert learned.of(Begun)[0].device.endswith(f", {cores} core{'s' if cores > 1 else ''}")


@pytest.mark.parametrize("is_early", [True, False])
def test_a_cancelled_lesson_is_gone_within_a_second_and_leaves_nothing(nothing_learned: Path, is_early: bool) -> None:
    lesson = Lesson(LIFE)
    if not is_early:
        said_until(lesson, Begun)
    lesson.cancel()
    lesson.cancel()
    assert lesson.wait(1.0)
    assert not lesson.is_running
    assert lesson.poll() == []
    assert not list(nothing_learned.rglob("*"))


PARENT = """
import sys
from ca_logic.tasks import load_rule
from ca_logic.visualizer.teaching import lesson, messages, teaching_panel

taught = lesson.Lesson(load_rule("life"))
while not any(isinstance(message, messages.Begun) for message in taught.poll()):
    taught.wait(0.01)
heavy = {"jax", "flax", "optax", "matplotlib", "scipy", "PIL"} & sys.modules.keys()
print(taught._process.pid, *heavy, flush=True)
sys.stdin.read()
"""


@needs_process_descriptors
def test_the_process_ends_with_its_window_even_if_that_is_killed_and_that_never_imports_jax() -> None:
    window = subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {PARENT}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYGAME_HIDE_SUPPORT_PROMPT": "yes"},
        text=True,
    )
    with window:
        assert window.stdout is not None
        process, *heavy = window.stdout.readline().split()
        descriptor = os.pidfd_open(int(process))
        try:
            assert not select.select([descriptor], [], [], 0)[0]
            window.kill()
            assert select.select([descriptor], [], [], 10)[0]
        finally:
            os.close(descriptor)
    assert heavy == []


def test_without_a_device_the_lesson_fails_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAX_PLATFORMS", "abacus")
    assert end_of(Lesson(LIFE)).startswith("JAX has no device to train on: ")


@pytest.fixture
def pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns a file of Python that lessons run instead of the process that learns."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(lesson_module, "_WORKER", "pretended_worker")
    return tmp_path / "pretended_worker.py"


TWO_BITS = '{"kind": "HalfTrained", "wrong_rows": 1, "num_rows": 2, "circuit": {"name": "x", "bits": 2, "gates": "", '


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("print('hello', flush=True); input(); input()", "the process that learns sent no line of JSON: 'hello'"),
        (f'print(\'{TWO_BITS}\' + \'"fanins": "", "drivers": "AAAAAAAAAAA="}}}}\')', "sent a circuit of another rule."),
        ("import os; os.kill(os.getpid(), 9)", "the process that learns was ended by SIGKILL; perhaps memory ran out"),
        ("import sys; sys.exit(3)", r"the process that learns ended with exit code 3 \(it said nothing\)\."),
        ("print('{\"kind\"', end='')", r"the process that learns ended with exit code 0 \(it said nothing\)\."),
        ("import sys; print(file=sys.stderr); 1 / 0", r"exit code 1 \(ZeroDivisionError: division by zero\)\."),
    ],
)
def test_a_process_that_goes_astray_is_a_failure_in_one_line(pretended: Path, program: str, message: str) -> None:
    pretended.write_text(program, encoding="utf-8")
    assert re.search(message, end_of(Lesson(LIFE)))


def test_what_libraries_print_is_no_message(pretended: Path) -> None:
    pretended.write_text(
        "from ca_logic.visualizer.teaching import worker\n"
        "send = worker._sender(worker._take_standard_output())\n"
        "print('hello', flush=True)\n"
        "send(worker.Failed('said'))\n",
        encoding="utf-8",
    )
    assert end_of(Lesson(LIFE)) == "said"


def test_a_process_that_does_not_listen_is_killed(pretended: Path) -> None:
    pretended.write_text(
        'import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(\'{"kind": "Exact", "step": 1}\', '
        "flush=True); signal.pause()",
        encoding="utf-8",
    )
    lesson = Lesson(LIFE)
    said_until(lesson, Exact)
    lesson.cancel()
    assert lesson.wait(1.5)
    assert lesson._process.returncode == -signal.SIGKILL


def test_what_cannot_be_learned_is_refused_before_a_process_is_started() -> None:
    with pytest.raises(RuleError, match="rules of up to 8 are learned"):
        Lesson(load_rule("12/34/9"))
    with pytest.raises(UsageError, match="there is no effort 4; it is 0 to 3"):
        Lesson(LIFE, effort=4)


def test_that_no_process_can_be_started_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(
        LearningError, match=r"^no process to learn life in can be started: No such file or directory\.$"
    ):
        Lesson(LIFE)
