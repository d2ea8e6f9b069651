import atexit
import threading
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import pytest

from ca_logic.backend.bands import Bands, Cells
from ca_logic.backend.kernel import NumpyKernel
from ca_logic.runtime import Board
from ca_logic.tasks import load_rule
from ca_logic.visualizer.session import stepper as stepper_module
from ca_logic.visualizer.session.speed import UNLIMITED
from ca_logic.visualizer.session.stepper import Stepper
from tests.oracles import circuit_of_table

KERNEL = NumpyKernel(circuit_of_table(load_rule("life").table))
PATIENCE = 20.0


class Clock:
    """Tells what it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class GatedKernel:
    """Lets generations pass one by one."""

    description, num_planes = "gated", 1

    def __init__(self, clock: Clock | None = None, seconds: float = 0.0) -> None:
        self.began, self.may_go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.asked: list[int] = []
        self.clock, self.seconds = clock, seconds
        self.fault: Exception | None = None

    def advance(
        self,
        board: Bands,  # noqa: ARG002
        *,
        torus: bool,  # noqa: ARG002
        generations: int,
        threads: int = 1,  # noqa: ARG002
        reference: Cells | None = None,  # noqa: ARG002
    ) -> Generator[int, None, None]:
        self.asked.append(generations)
        self.began.release()
        assert self.may_go_on.acquire(timeout=PATIENCE)
        if self.fault:
            raise self.fault
        if self.clock:
            self.clock.now += self.seconds * generations
        yield generations

    def pass_one(self) -> None:
        assert self.began.acquire(timeout=PATIENCE)
        self.may_go_on.release()


def wait_until_idle(stepper: Stepper) -> None:
    while not stepper.is_idle:
        with stepper.hold():
            pass


@pytest.fixture
def board() -> Board:
    board = Board(20, 20, kernel=KERNEL)
    board.fill_randomly(0.4, 0)
    return board


@pytest.fixture
def gate() -> GatedKernel:
    return GatedKernel()


@pytest.fixture
def stepper(gate: GatedKernel) -> Iterator[Stepper]:
    with Stepper(Board(20, 20, kernel=gate)) as stepper:
        yield stepper
        for _ in range(1000):
            gate.may_go_on.release()


def test_the_board_is_advanced_as_far_as_was_granted(board: Board) -> None:
    reference = Board(20, 20, kernel=KERNEL)
    reference.set_states(board.states())
    with Stepper(board) as stepper:
        stepper.grant(100)
        wait_until_idle(stepper)
        assert stepper.generation == board.generation == 100
    reference.advance(100)
    np.testing.assert_array_equal(board.states(), reference.states())


def test_nothing_is_done_before_it_is_granted(stepper: Stepper, gate: GatedKernel) -> None:
    assert stepper.is_idle
    with stepper.hold(0.0) as held:
        assert held
    assert gate.asked == []


def test_waiting_takes_no_time_of_the_processor(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    timeouts: list[float | None] = []
    wait = threading.Condition.wait

    def record(condition: threading.Condition, timeout: float | None = None) -> bool:
        timeouts.append(timeout)
        return wait(condition, timeout)

    monkeypatch.setattr(threading.Condition, "wait", record)
    with Stepper(board) as stepper:
        stepper.grant(3)
        wait_until_idle(stepper)
    assert set(timeouts) <= {None}


def test_a_slow_machine_has_no_arrears_but_those_of_a_frame(stepper: Stepper, gate: GatedKernel) -> None:
    stepper.grant(8)
    assert gate.began.acquire(timeout=PATIENCE)
    for _ in range(50):
        stepper.grant(8)
    gate.began.release()
    while not stepper.is_idle:
        gate.pass_one()
        with stepper.hold():
            pass
    assert sum(gate.asked) == 1 + 8 + 8


def test_a_generation_that_is_due_is_not_lost_in_frames_that_ask_for_none(stepper: Stepper, gate: GatedKernel) -> None:
    with stepper.hold():
        stepper.grant(1)
        stepper.grant(0)
        stepper.grant(0)
    gate.pass_one()
    with stepper.hold():
        assert stepper.generation == 1


def test_a_lower_speed_takes_back_what_a_higher_one_granted(stepper: Stepper, gate: GatedKernel) -> None:
    with stepper.hold():
        stepper.grant(UNLIMITED)
        stepper.grant(0)
    gate.pass_one()
    with stepper.hold():
        assert stepper.is_idle
    assert gate.asked == [1]


def test_a_pause_takes_back_what_was_granted(stepper: Stepper, gate: GatedKernel) -> None:
    stepper.grant(UNLIMITED)
    assert gate.began.acquire(timeout=PATIENCE)
    stepper.pause()
    gate.may_go_on.release()
    with stepper.hold():
        assert stepper.is_idle
    assert gate.asked == [1]
    assert stepper.generations_per_second == 0


def test_a_board_that_is_being_advanced_is_not_had_in_time(stepper: Stepper, gate: GatedKernel) -> None:
    stepper.grant(1)
    assert gate.began.acquire(timeout=PATIENCE)
    with stepper.hold(0.0) as held:
        assert not held
    with stepper.hold(0.01) as held:
        assert not held
    gate.may_go_on.release()
    with stepper.hold() as held:
        assert held
        assert stepper.generation == 1


def test_whoever_asks_for_the_board_gets_it_after_the_chunk_at_hand(
    stepper: Stepper, gate: GatedKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, wait = threading.current_thread(), threading.Condition.wait

    def wait_for_the_chunk(condition: threading.Condition, timeout: float | None = None) -> bool:
        if condition is stepper._changed and threading.current_thread() is window:
            gate.may_go_on.release()
        return wait(condition, timeout)

    monkeypatch.setattr(threading.Condition, "wait", wait_for_the_chunk)
    stepper.grant(UNLIMITED)
    for _ in range(20):
        assert gate.began.acquire(timeout=PATIENCE)
        chunks = len(gate.asked)
        with stepper.hold(PATIENCE) as held:
            assert held
            assert len(gate.asked) == chunks
            with stepper.hold(0.0) as held_again:
                assert held_again
            assert len(gate.asked) == chunks


def test_a_board_that_was_not_had_is_advanced_on(stepper: Stepper, gate: GatedKernel) -> None:
    stepper.grant(UNLIMITED)
    assert gate.began.acquire(timeout=PATIENCE)
    with stepper.hold(0.0) as held:
        assert not held
        gate.may_go_on.release()
        gate.pass_one()


def test_another_board_may_take_its_place(stepper: Stepper, gate: GatedKernel, board: Board) -> None:
    stepper.grant(UNLIMITED)
    assert gate.began.acquire(timeout=PATIENCE)
    gate.may_go_on.release()
    with stepper.hold():
        stepper.board = board
        stepper.pause()
        stepper.grant(5)
    wait_until_idle(stepper)
    assert stepper.board.generation == 5
    assert gate.asked == [1]


def test_what_goes_wrong_is_raised_by_the_next_call(stepper: Stepper, gate: GatedKernel) -> None:
    gate.fault = ValueError("out of gates")
    stepper.grant(UNLIMITED)
    gate.pass_one()
    with pytest.raises(ValueError, match="out of gates"), stepper.hold(PATIENCE):
        pass
    # Nothing goes on by itself, but it may be tried again.
    assert stepper.is_idle
    gate.fault = None
    stepper.grant(1)
    gate.pass_one()
    with stepper.hold():
        assert stepper.generation == 1


def test_what_went_wrong_last_is_raised_when_it_stops(gate: GatedKernel) -> None:
    gate.fault = ValueError("out of gates")
    stepper = Stepper(Board(20, 20, kernel=gate))
    stepper.grant(1)
    gate.pass_one()
    with pytest.raises(ValueError, match="out of gates"):
        stepper.stop()
    stepper.stop()


def test_it_stops_within_a_chunk_and_is_not_left_to_the_end_of_the_process(
    gate: GatedKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_exit: list[Any] = []
    monkeypatch.setattr(atexit, "register", at_exit.append)
    monkeypatch.setattr(atexit, "unregister", at_exit.remove)
    stepper = Stepper(Board(20, 20, kernel=gate))
    thread, join = stepper._thread, threading.Thread.join

    def join_after_the_chunk(joined: threading.Thread) -> None:
        gate.may_go_on.release()
        join(joined)

    monkeypatch.setattr(threading.Thread, "join", join_after_the_chunk)
    stepper.grant(UNLIMITED)
    assert gate.began.acquire(timeout=PATIENCE)
    (end,) = at_exit
    end()
    assert not thread.is_alive()
    assert gate.asked == [1]
    assert at_exit == []


@pytest.mark.parametrize(
    ("large_bytes", "seconds", "chunk"),
    [(1 << 24, 0.00099, 4), (1 << 24, 0.1, 1), (0, 0.00099, 24), (0, 0.03, 8), (0, 1.0, 1)],
)
def test_chunks_become_as_long_as_they_may_be(
    large_bytes: int, seconds: float, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stepper_module, "_LARGE_BYTES", large_bytes)
    clock = Clock()
    gate = GatedKernel(clock, seconds)
    with Stepper(Board(20, 20, kernel=gate), clock=clock) as stepper:
        stepper.grant(400)
        for _ in range(400):
            gate.may_go_on.release()
        wait_until_idle(stepper)
        assert gate.asked[:4] == [min(chunk, at_once) for at_once in (1, 2, 4, 8)]
        assert set(gate.asked[8:-1]) == {chunk}
        assert sum(gate.asked) == 400
        assert stepper.seconds_per_generation == pytest.approx(seconds)


def test_speed_is_measured_with_the_pauses_between_generations() -> None:
    clock = Clock()
    gate = GatedKernel(clock, seconds=0.001)
    with Stepper(Board(20, 30, kernel=gate), clock=clock) as stepper:
        for _ in range(60):
            stepper.grant(1)
            gate.pass_one()
            with stepper.hold():
                clock.now += 0.099
        assert stepper.generations_per_second == pytest.approx(10, rel=0.01)
        assert stepper.cells_per_second == pytest.approx(6000, rel=0.01)
        assert stepper.seconds_per_generation == pytest.approx(0.001, rel=0.01)
