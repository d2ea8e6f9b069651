import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ca_logic.backend.kernel import Kernel, NumpyKernel
from ca_logic.errors import BoardError
from ca_logic.runtime import TOPOLOGIES, Board, Topology
from ca_logic.tasks import load_rule
from ca_logic.visualizer.session import checkpoints as checkpoints_module
from ca_logic.visualizer.session import history as history_module
from ca_logic.visualizer.session import journal as journal_module
from ca_logic.visualizer.session import payloads as payloads_module
from ca_logic.visualizer.session.history import History
from tests.oracles import circuit_of_table, circuit_of_transitions, random_states, seeds, sparse_transitions

KERNELS = {n: [NumpyKernel(circuit_of_transitions(sparse_transitions(seed, n))) for seed in (n, n + 9)] for n in (2, 3)}
LIFE = NumpyKernel(circuit_of_table(load_rule("life").table))


topologies: st.SearchStrategy[Topology] = st.sampled_from(TOPOLOGIES)


class InterruptedHereError(Exception):
    """Somebody had enough of waiting."""


def make_board(width: int = 12, height: int = 10, *, kernel: Kernel = LIFE, num_states: int = 2) -> Board:
    return Board(width, height, kernel=kernel, num_states=num_states)


def soup(seed: int = 0, **options: Any) -> Board:
    board = make_board(**options)
    board.fill_randomly(0.4, seed)
    return board


def run(history: History[Any], generations: int, *, at_once: int = 1, pace: float = 0.0) -> None:
    history.begin_run()
    for _ in range(generations // at_once):
        history.board.advance(at_once)
        history.mark(pace)
    history.end_run()


def draw(history: History[Any], x: int, y: int, *, joins: bool = False, label: str = "draw") -> None:
    with history.editing(label, x, y, 1, 1, joins=joins):
        history.board.set_state(x, y, 1 - history.board.state(x, y))


@pytest.fixture
def history() -> Iterator[History[str]]:
    history = History(soup(), "none")
    yield history
    history.close()


@dataclass
class Snapshot:
    """A board as it was."""

    states: np.ndarray
    generation: int
    topology: Topology


@dataclass
class Past:
    """An entry of the model: all boards from its beginning to its end.

    An edit has two, a run one a generation.
    """

    kind: str
    boards: list[Snapshot]
    context_before: int
    is_start: bool = False


@st.composite
def boards(draw: st.DrawFn, num_states: int, kernel: Kernel) -> Board:
    width, height = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    board = Board(width, height, topology=draw(topologies), kernel=kernel, num_states=num_states)
    board.set_states(random_states(width, height, num_states, draw(seeds)))
    return board


class Histories(RuleBasedStateMachine):
    """Does everything to a history, and to a list of full snapshots, which must stay alike."""

    history: History[int]
    past: list[Past]
    position: int
    within: int
    context: int
    latest_context: int

    @initialize(
        data=st.data(), num_states=st.sampled_from([2, 3]), gap=st.sampled_from([0.0, 0.0035, 100.0]), small=seeds
    )
    def begin(self, data: st.DataObject, num_states: int, gap: float, small: int) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(history_module, "_SHORTEST_GAP", gap)
        self.patch.setattr(journal_module, "_SOON", 0.0)
        self.patch.setattr(checkpoints_module, "_MAX_LOOSE", 6)
        self.patch.setattr(payloads_module, "_SMALL_BYTES", small % 2 * 1000)
        self.history = History(data.draw(boards(num_states, KERNELS[num_states][0])), 0)
        self.past, self.position, self.within = [], 0, 0
        self.first = self.snapshot()
        self.context = self.latest_context = 0
        self.contexts = itertools.count(1)

    def snapshot(self) -> Snapshot:
        board = self.history.board
        return Snapshot(board.states(), board.generation, board.topology)

    @property
    def now(self) -> Snapshot:
        if self.within:
            return self.past[self.position].boards[self.within]
        if self.position < len(self.past):
            return self.past[self.position].boards[0]
        return self.past[-1].boards[-1] if self.past else self.first

    def forget_undone(self) -> None:
        if self.within:
            del self.past[self.position].boards[self.within + 1 :]
            self.position += 1
            self.within = 0
        del self.past[self.position :]

    def record(self, past: Past) -> None:
        self.forget_undone()
        self.past.append(past)
        self.position += 1

    def go(self, position: int, within: int = 0) -> None:
        """Moves the model."""
        if self.position == len(self.past):
            self.latest_context = self.context
        low, high = sorted((self.position, position))
        if any(past.kind != "run" for past in self.past[low:high]):
            at_end = position == len(self.past)
            self.context = self.latest_context if at_end else self.past[position].context_before
        self.position, self.within = position, within

    def change(self, data: st.DataObject, **options: Any) -> bool:
        board = self.history.board
        x, y = data.draw(st.integers(0, board.width - 1)), data.draw(st.integers(0, board.height - 1))
        width, height = (data.draw(st.integers(1, side)) for side in (board.width - x, board.height - y))
        before = board.states()
        with self.history.editing("edit", x, y, width, height, **options):
            board.paste(random_states(width, height, board.num_states, data.draw(seeds)), x, y)
        return not np.array_equal(before, board.states())

    def edit(self, data: st.DataObject) -> None:
        before, context = self.now, self.context
        if self.change(data):
            self.record(Past("edit", [before, self.snapshot()], context))

    def edit_on(self, data: st.DataObject) -> None:
        joins = bool(self.past) and self.position == len(self.past) and self.past[-1].kind == "edit"
        before, context = self.now, self.context
        if not self.change(data, joins=True):
            return
        if joins:
            self.past[-1].boards[1] = self.snapshot()
        else:
            self.record(Past("edit", [before, self.snapshot()], context))

    def run(self, data: st.DataObject) -> None:
        before, context = self.now, self.context
        generations, switched = data.draw(st.integers(0, 12)), data.draw(st.integers(-5, 12))
        pace = data.draw(st.sampled_from([0.0, 0.001, 0.01]))
        self.history.begin_run()
        self.forget_undone()
        self.record(Past("run", [before], context))
        for generation in range(generations):
            if generation == switched:
                others = KERNELS[self.history.board.num_states]
                self.history.use_kernel(others[self.history.board.kernel is others[0]])
            self.history.board.advance()
            self.past[-1].boards.append(self.snapshot())
            self.history.mark(pace)
            if data.draw(st.integers(0, 9)) == 0:
                run = self.past[-1]
                self.edit(data)
                if self.past[-1] is not run:
                    self.record(Past("run", [self.now], self.context))
        self.history.end_run()
        if len(self.past[-1].boards) == 1:
            self.past.pop()
            self.position -= 1

    def replace(self, data: st.DataObject) -> None:
        num_states = data.draw(st.sampled_from([2, 3]))
        is_start = data.draw(st.integers(0, 3)) == 0
        board = data.draw(boards(num_states, KERNELS[num_states][1]))
        board.generation = data.draw(st.integers(0, 5))
        before = self.now
        self.history.replace(board, "open", is_start=is_start)
        self.record(Past("replacement", [before, self.snapshot()], self.context, is_start))

    def select(self, _: st.DataObject) -> None:
        self.history.context = self.context = next(self.contexts)

    @rule(data=st.data(), kind=st.sampled_from(["edit", "edit", "edit_on", "replace", "select"]))
    def make_change(self, data: st.DataObject, kind: str) -> None:
        getattr(self, kind)(data)

    @rule(data=st.data())
    def make_run(self, data: st.DataObject) -> None:
        self.run(data)

    def undo(self) -> None:
        can_undo = bool(self.within or self.position)
        assert (self.history.undo() is not None) == can_undo
        if can_undo:
            self.go(self.position - (not self.within))

    def redo(self) -> None:
        can_redo = self.position < len(self.past)
        assert (self.history.redo() is not None) == can_redo
        if can_redo:
            self.go(self.position + 1)

    def earlier(self, generation: int) -> tuple[int, int] | None:
        """Returns where the model was at that generation last."""
        for position in range(self.position, -1, -1):
            if position == len(self.past):
                continue
            past = self.past[position]
            if position < self.position and past.is_start:
                return None
            end = self.within if position == self.position else len(past.boards) - 1
            if past.kind == "run":
                for within in range(end):
                    if past.boards[within].generation == generation:
                        return position, within
        return None

    def step_back(self) -> None:
        earlier = self.earlier(self.now.generation - 1)
        assert self.history.previous_generation() == (earlier is not None)
        if earlier:
            self.go(*earlier)

    def go_to_generation(self, generation: int) -> None:
        earlier = self.earlier(generation)
        is_there = generation == self.now.generation
        assert self.history.go_to_generation(generation) == (is_there or earlier is not None)
        if earlier and not is_there:
            self.go(*earlier)

    def reset(self) -> None:
        target = None
        for position in range(min(self.position + 1, len(self.past))):
            past = self.past[position]
            if position < self.position and past.is_start:
                target = None
            elif past.kind == "run" and target is None and (position < self.position or self.within):
                target = position
        assert self.history.reset() == (target is not None)
        if target is not None:
            self.go(target)

    def lose_patience(self, data: st.DataObject) -> None:
        known = [board for past in self.past for board in past.boards]
        countdown = itertools.count(data.draw(st.integers(0, 3)), -1)

        def interrupt(_: int) -> None:
            if not next(countdown):
                raise InterruptedHereError

        history: Any = self.history
        history._journal._on_progress = interrupt
        with contextlib.suppress(InterruptedHereError):
            self.history.reset()
        history._journal._on_progress = lambda _: None
        now = self.snapshot()
        assert not known or any(
            board.generation == now.generation and np.array_equal(board.states, now.states) for board in known
        )
        # Wherever the history is, all that was undone can be redone.
        while self.history.redo() is not None:
            pass
        self.position, self.within = len(self.past), 0
        self.context = self.history.context

    @rule(data=st.data(), moves=st.lists(st.sampled_from("uuuurrrbbbbgxp"), min_size=1, max_size=8))
    def make_moves(self, data: st.DataObject, moves: list[str]) -> None:
        for move in moves:
            if move == "g":
                self.go_to_generation(data.draw(st.integers(0, self.now.generation + 1)))
            elif move == "p":
                self.lose_patience(data)
            else:
                {"u": self.undo, "r": self.redo, "b": self.step_back, "x": self.reset}[move]()
            self.is_alike()

    @invariant()
    def is_alike(self) -> None:
        if not hasattr(self, "history"):
            return
        board = self.history.board
        assert board.generation == self.now.generation
        np.testing.assert_array_equal(board.states(), self.now.states)
        assert board.topology == self.now.topology
        assert self.history.context == self.context
        assert (self.history.undo_label is not None) == bool(self.within or self.position)
        assert (self.history.redo_label is not None) == (self.position < len(self.past))

    def teardown(self) -> None:
        if hasattr(self, "history"):
            self.history.close()
            self.patch.undo()


TestHistories = Histories.TestCase
TestHistories.settings = settings(deadline=None, max_examples=40, stateful_step_count=25)


def test_a_run_is_undone_and_redone_as_a_whole(history: History[str]) -> None:
    first = history.board.states()
    run(history, 30)
    last = history.board.states()
    assert history.undo() == "run"
    assert history.board.generation == 0
    np.testing.assert_array_equal(history.board.states(), first)
    assert history.redo() == "run"
    assert history.board.generation == 30
    np.testing.assert_array_equal(history.board.states(), last)


def test_steps_back_lead_into_a_run_and_redo_leads_to_its_end(history: History[str]) -> None:
    run(history, 30)
    for generation in (29, 28, 27):
        assert history.previous_generation()
        assert history.board.generation == generation
    assert (history.undo_label, history.redo_label) == ("run", "run")
    history.redo()
    assert history.board.generation == 30
    history.previous_generation()
    history.undo()
    assert history.board.generation == 0
    assert history.undo() is None


def test_steps_back_undo_edits_on_their_way(history: History[str]) -> None:
    run(history, 5)
    before = history.board.states()
    draw(history, 3, 3)
    draw(history, 4, 3)
    run(history, 1)
    assert history.previous_generation()
    assert history.board.generation == 5
    assert not np.array_equal(history.board.states(), before)
    assert history.previous_generation()
    assert history.board.generation == 4
    history.board.advance()
    np.testing.assert_array_equal(history.board.states(), before)


def test_single_steps_are_undone_one_by_one(history: History[str]) -> None:
    for _ in range(3):
        run(history, 1)
    history.undo()
    assert history.board.generation == 2
    history.undo()
    assert history.board.generation == 1
    history.redo()
    assert history.board.generation == 2


def test_reset_goes_back_to_where_running_began_and_keeps_what_was_drawn_before(history: History[str]) -> None:
    draw(history, 2, 2)
    drawn = history.board.states()
    run(history, 10)
    draw(history, 5, 5)
    run(history, 10)
    last = history.board.states()
    assert history.reset()
    assert history.board.generation == 0
    np.testing.assert_array_equal(history.board.states(), drawn)
    assert not history.reset()
    while history.redo():
        pass
    assert history.board.generation == 20
    np.testing.assert_array_equal(history.board.states(), last)


def test_reset_and_steps_back_end_where_a_pattern_was_opened(history: History[str]) -> None:
    run(history, 10)
    opened = soup(7)
    opened.generation = 100
    history.replace(opened, "open")
    assert not history.reset()
    assert not history.previous_generation()
    run(history, 3)
    assert history.reset()
    assert history.board.generation == 100
    assert not history.go_to_generation(5)
    assert history.undo() == "open"
    assert history.board.generation == 10


def test_a_board_of_another_size_and_kernel_comes_back() -> None:
    plane = Board(9, 7, topology="plane", kernel=KERNELS[3][0], num_states=3, threads=1)
    history = History(plane, "plane")
    plane.set_states(random_states(9, 7, 3, 1))
    states = plane.states()
    torus = soup()
    history.replace(torus, "open")
    assert history.board is torus
    history.undo()
    board = history.board
    assert (board.width, board.height, board.topology, board.num_states) == (9, 7, "plane", 3)
    assert board.kernel is KERNELS[3][0]
    np.testing.assert_array_equal(board.states(), states)
    history.redo()
    assert (history.board.width, history.board.kernel) == (12, LIFE)
    np.testing.assert_array_equal(history.board.states(), torus.states())
    history.close()


def test_generations_are_made_again_by_the_kernels_that_made_them() -> None:
    first, second = KERNELS[2]
    board = make_board(kernel=first)
    board.fill_randomly(0.4, 0)
    history = History(board, None)
    states = []
    history.begin_run()
    for generation in range(20):
        if generation == 7:
            history.use_kernel(second)
        states.append(board.states())
        board.advance()
        history.mark(0.0)
    history.end_run()
    for generation in (13, 5, 7, 8, 0):
        while history.redo():
            pass
        assert history.go_to_generation(generation)
        np.testing.assert_array_equal(board.states(), states[generation])
        # What was chosen last stays chosen.
        assert board.kernel is second
    history.close()


def test_a_kernel_that_took_over_is_there_again_when_a_board_is(history: History[str]) -> None:
    history.replace(soup(1, kernel=KERNELS[2][0]), "open")
    history.use_kernel(KERNELS[2][1])
    history.undo()
    assert history.board.kernel is LIFE
    history.use_kernel(KERNELS[2][0])
    history.redo()
    assert history.board.kernel is KERNELS[2][1]
    history.undo()
    assert history.board.kernel is KERNELS[2][0]


def test_a_kernel_of_other_planes_is_refused(history: History[str]) -> None:
    with pytest.raises(ValueError, match="a kernel of 2 planes is none for a board of 1"):
        history.use_kernel(KERNELS[3][0])


def test_the_context_comes_back_with_edits_and_boards(history: History[str]) -> None:
    with history.editing("turn", 0, 0, 3, 2):
        history.board.fill(0, 0, 3, 2, 1 - history.board.state(0, 0))
        history.context = "turned"
    run(history, 2)
    history.context = "moved"
    history.replace(soup(3), "open")
    history.context = "opened"
    for context in ("moved", "moved", "none"):
        history.undo()
        assert history.context == context
    for context in ("turned", "turned", "opened"):
        history.redo()
        assert history.context == context


def test_an_edit_that_joins_is_undone_with_the_one_before(history: History[str]) -> None:
    before = history.board.states()
    draw(history, 1, 1)
    # A run of no generations leaves nothing but a checkpoint, which the edit outdates.
    run(history, 0)
    draw(history, 2, 1, joins=True)
    drawn = history.board.states()
    run(history, 4)
    history.undo()
    np.testing.assert_array_equal(history.board.states(), drawn)
    history.undo()
    np.testing.assert_array_equal(history.board.states(), before)
    assert history.undo() is None
    history.redo()
    np.testing.assert_array_equal(history.board.states(), drawn)


def test_an_edit_joins_none_of_another_kind(history: History[str]) -> None:
    draw(history, 1, 1)
    draw(history, 2, 1, joins=True, label="erase")
    assert history.undo() == "erase"
    assert history.undo() == "draw"


def test_an_edit_that_changes_nothing_is_none(history: History[str]) -> None:
    draw(history, 1, 1)
    history.undo()
    history.begin_run()
    history.board.advance(3)
    with history.editing("clear", 0, 0, 2, 2):
        pass
    history.board.advance(3)
    history.end_run()
    history.undo()
    assert history.board.generation == 0


def test_an_edit_that_fails_half_way_can_be_undone(history: History[str]) -> None:
    before = history.board.states()

    def fail() -> None:
        with history.editing("paste", 0, 0, 5, 5):
            history.board.fill(0, 0, 5, 5, 1)
            history.board.set_state(1, 1, 99)

    with pytest.raises(BoardError, match="there is a cell in state 99"):
        fail()
    history.undo()
    np.testing.assert_array_equal(history.board.states(), before)


def test_an_edit_beyond_the_board_is_refused(history: History[str]) -> None:
    with (
        pytest.raises(BoardError, match=r"has no 5x5 cells from \(10, 10\) on"),
        history.editing("paste", 10, 10, 5, 5),
    ):
        pass
    assert history.undo_label is None


def test_whatever_is_done_forgets_what_was_undone(history: History[str]) -> None:
    run(history, 10)
    history.previous_generation()
    draw(history, 1, 1)
    assert history.redo() is None
    assert history.undo() == "draw"
    assert history.board.generation == 9
    run(history, 1)
    assert history.redo() is None
    assert history.board.generation == 10


def test_stepping_back_at_a_late_generation_makes_few_generations_again(monkeypatch: pytest.MonkeyPatch) -> None:
    board = soup()
    history = History(board, None)
    pace, made = 2e-4, 0
    advance = board.advance

    def count(generations: int, **options: Any) -> None:
        nonlocal made
        made += generations
        advance(generations, **options)

    monkeypatch.setattr(
        board, "advance", lambda generations=1, **_: setattr(board, "generation", board.generation + generations)
    )
    history.begin_run()
    for _ in range(2000):
        board.advance(500)
        history.mark(pace)
    history.end_run()
    assert board.generation == 1_000_000
    monkeypatch.setattr(board, "advance", count)
    history.previous_generation()
    assert made <= 2 * 0.125 / pace
    made = 0
    for _ in range(300):
        assert history.previous_generation()
    # Passing checkpoints leave a few for each step.
    assert made <= 300 * 0.005 / pace
    assert board.generation == 999_699
    history.undo()
    assert board.generation == 0
    history.close()


def test_checkpoints_are_dense_lately_and_few_of_long_ago(history: History[str]) -> None:
    history.begin_run()
    checkpoints: Any = history._journal.checkpoints
    for _ in range(40_000):
        history.board.generation += 1
        history.mark(0.05)
    now = history._journal.seconds
    assert now == pytest.approx(2000)
    seconds = [checkpoint.seconds for checkpoint in checkpoints._kept]
    assert 2000 / 8 < len(seconds) < 2000 / 4 + 20
    for earlier, later in itertools.pairwise(seconds):
        assert later - earlier <= max(0.3, min(8.1, 2 * (now - later)))
    assert now - seconds[-2] < 0.4
    history.close()


@pytest.mark.parametrize("memory", [0, 30_000])
def test_memory_and_disk_stay_within_their_bounds(memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads_module, "_SMALL_BYTES", 100)
    monkeypatch.setattr(history_module, "_SHORTEST_GAP", 0.0)
    monkeypatch.setattr(history_module, "_BYTES_PER_SECOND", 1e12)
    disk = 1 << 18
    board = Board(200, 160, kernel=NumpyKernel(circuit_of_table(load_rule("life").table)))
    board.fill_randomly(0.5, 0)
    size = board.copy_bytes(0, 0, 200, 160).size
    history = History(board, None, memory=memory, disk=disk)
    rng = np.random.default_rng(0)
    starts: list[np.ndarray] = []
    for number in range(60):
        with history.editing("fill", 0, 0, 200, 160):
            board.fill_randomly(0.5, number)
        starts.append(board.states())
        run(history, int(rng.integers(0, 4)), pace=0.1)
        starts.append(board.states())
        assert history.memory_bytes <= max(memory, 3 * size)
        assert history.disk_bytes <= disk
    undone = 0
    while history.undo():
        undone += 1
    # What is kept is whole.
    assert 5 < undone < 100
    assert any(np.array_equal(board.states(), start) for start in starts)
    while history.redo():
        pass
    assert history.memory_bytes <= max(memory, 3 * size)
    history.close()
    assert history.memory_bytes == history.disk_bytes == 0


def test_a_board_that_there_is_no_room_for_can_be_run_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads_module, "_SMALL_BYTES", 100)
    board = Board(200, 160, kernel=LIFE)
    board.fill_randomly(0.5, 0)
    history = History(board, None, memory=0, disk=0)
    run(history, 5, pace=1.0)
    draw(history, 1, 1)
    history.begin_run()
    board.advance()
    history.mark(1.0)
    store: Any = history._store
    store.settle()
    history.mark(1.0)
    board.advance()
    history.end_run()
    assert board.generation == 7
    assert history.undo() is None
    assert not history.previous_generation()
    assert history.memory_bytes == 0
    history.close()


def test_too_many_entries_are_forgotten_from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "_MAX_ENTRIES", 10)
    history = History(soup(), None)
    for number in range(30):
        draw(history, number % 12, number % 10)
        if number % 7 == 0:
            run(history, 1, pace=1.0)
    labels = []
    while label := history.undo():
        labels.append(label)
    assert 8 <= len(labels) <= 10
    history.close()


def test_progress_is_told_and_may_be_interrupted() -> None:
    left: list[int] = []

    def tell(generations: int) -> None:
        left.append(generations)
        if generations == 20 and left.count(20) == 1:
            raise InterruptedHereError

    history = History(soup(), None, on_progress=tell)
    run(history, 50, at_once=10)
    reference = soup()
    with pytest.raises(InterruptedHereError):
        history.go_to_generation(40)
    assert left == list(range(39, 19, -1))
    reference.advance(20)
    assert history.board.generation == 20
    np.testing.assert_array_equal(history.board.states(), reference.states())
    assert (history.undo_label, history.redo_label) == ("run", "run")
    history.redo()
    assert history.board.generation == 50
    history.close()
