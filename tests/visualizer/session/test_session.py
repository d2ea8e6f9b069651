"""Sessions: whatever is done to a board can be undone, running or not, and previews leave no trace."""

from collections.abc import Iterator

import numpy as np
import pytest

from ca_logic.errors import UsageError
from ca_logic.runtime import load_automaton
from ca_logic.runtime.pattern import load_pattern, read_pattern
from ca_logic.tasks import load_rule
from ca_logic.visualizer.session.selection import Selection
from ca_logic.visualizer.session.session import Session
from ca_logic.visualizer.session.speed import FASTEST

GLIDER = "bob$2bo$3o!"


@pytest.fixture
def session() -> Iterator[Session]:
    automaton = load_automaton(load_rule("life"))
    session = Session(automaton, automaton.board(64, 48))
    yield session
    session.close()


def states(session: Session) -> np.ndarray:
    with session.hold():
        return session.board.states()


def run_for(session: Session, generations: int) -> None:
    """Lets it run beside us until it is so far, as frames do."""
    target, now = session.board.generation + generations, 0.0
    session.toggle_running()
    while session.board.generation < target:
        now += 1 / 60
        session.frame(now)
    session.stop()


def test_a_stroke_draws_a_line_and_is_undone_as_a_whole(session: Session) -> None:
    session.begin_stroke(2, 3)
    session.extend_stroke(8, 3)
    session.extend_stroke(8, 9)
    session.end_stroke()
    assert states(session).sum() == 13
    session.undo()
    assert not states(session).any()
    session.redo()
    assert states(session).sum() == 13


def test_a_stroke_that_begins_on_a_live_cell_erases(session: Session) -> None:
    for _ in range(2):
        session.begin_stroke(5, 5)
        session.extend_stroke(9, 5)
        session.end_stroke()
    assert not states(session).any()


def test_a_stroke_beyond_the_board_changes_only_what_is_on_it(session: Session) -> None:
    session.begin_stroke(-5, 0)
    session.extend_stroke(3, 0)
    session.end_stroke()
    assert states(session).sum() == 4


def test_running_goes_on_beside_and_is_undone_at_once(session: Session) -> None:
    session.fill_randomly(0.4, seed=1)
    start = states(session)
    run_for(session, 50)
    assert not np.array_equal(states(session), start)
    session.undo()
    assert session.board.generation == 0
    assert np.array_equal(states(session), start)


def test_steps_back_are_the_generations_that_were(session: Session) -> None:
    session.fill_randomly(0.4, seed=2)
    seen = [states(session)]
    for _ in range(5):
        session.next_generation()
        seen.append(states(session))
    for generation in (4, 3, 2, 1, 0):
        session.previous_generation()
        assert np.array_equal(states(session), seen[generation])
    with pytest.raises(UsageError, match="no earlier generation"):
        session.previous_generation()


def test_going_to_a_generation_is_running_there(session: Session) -> None:
    session.fill_randomly(0.4, seed=3)
    session.go_to(30)
    expected = states(session)
    session.go_to(7)
    assert session.board.generation == 7
    session.go_to(30)
    assert np.array_equal(states(session), expected)
    session.reset()
    assert session.board.generation == 0


def test_what_is_copied_and_pasted_comes_back_elsewhere(session: Session) -> None:
    session.begin_pasting(read_pattern(GLIDER))
    session.put_down(10, 10)
    session.select((10, 10), (12, 12))
    session.begin_pasting(session.copied())
    session.put_down(30, 20)
    found = states(session)
    assert np.array_equal(found[10:13, 10:13], found[20:23, 30:33])
    assert found.sum() == 10


@pytest.mark.parametrize("clockwise", [True, False])
def test_four_turns_of_a_selection_are_none(session: Session, clockwise: bool) -> None:
    session.fill_randomly(0.5, seed=4)
    session.select((20, 20), (26, 26))
    before = states(session)
    for _ in range(4):
        session.turn(clockwise=clockwise)
    assert np.array_equal(states(session), before)
    assert session.selection == Selection(20, 20, 7, 7)


def test_what_is_pasted_turns_and_flips_instead_of_the_selection(session: Session) -> None:
    session.begin_pasting(read_pattern("3o!"))
    session.turn(clockwise=True)
    session.flip(top_bottom=True)
    session.put_down(4, 4)
    assert states(session)[4:7, 4].all()


def test_shrinking_finds_all_that_is_alive(session: Session) -> None:
    session.begin_stroke(7, 5)
    session.extend_stroke(17, 40)
    session.end_stroke()
    session.shrink_selection()
    assert session.selection == Selection(7, 5, 11, 36) == session.live_cells()


def test_nothing_selected_is_said(session: Session) -> None:
    with pytest.raises(UsageError, match="nothing is selected"):
        session.clear_selection()


def test_another_rule_keeps_the_cells_and_is_kept_by_undo(session: Session) -> None:
    session.fill_randomly(0.4, seed=5)
    before = states(session)
    session.use(load_automaton(load_rule("highlife")))
    assert np.array_equal(states(session), before)
    session.next_generation()
    session.undo()
    assert session.rule.name == "highlife"
    assert np.array_equal(states(session), before)


def test_a_rule_of_more_states_can_be_taken_back(session: Session) -> None:
    session.fill_randomly(0.4, seed=6)
    before = states(session)
    session.use(load_automaton(load_rule("brians-brain")))
    session.next_generation()
    assert session.board.num_states == 3
    session.undo()
    session.undo()
    assert session.board.num_states == 2
    assert session.rule.name == "life"
    assert np.array_equal(states(session), before)
    session.next_generation()


def test_states_that_a_rule_does_not_have_become_its_last(session: Session) -> None:
    session.use(load_automaton(load_rule("brians-brain")))
    session.draw_state = 2
    session.begin_stroke(3, 3)
    session.end_stroke()
    session.use(load_automaton(load_rule("life")))
    assert states(session)[3, 3] == 1
    assert session.draw_state == 1


def test_a_preview_leaves_no_trace(session: Session) -> None:
    session.fill_randomly(0.4, seed=7)
    session.next_generation()
    before = states(session)
    circuit = load_automaton(load_rule("seeds")).stored.circuit
    session.begin_preview(load_rule("seeds"))
    session.preview(circuit, 0.0)
    assert session.engine == "half-trained network"
    run_for(session, 5)
    session.preview(circuit, 100.0)
    session.end_preview()
    assert np.array_equal(states(session), before)
    assert session.board.generation == 1
    assert session.rule.name == "life"
    session.undo()
    assert session.board.generation == 0


def test_who_edits_during_a_preview_edits_what_was_there(session: Session) -> None:
    session.fill_randomly(0.4, seed=8)
    before = states(session)
    session.begin_preview(load_rule("seeds"))
    session.preview(load_automaton(load_rule("seeds")).stored.circuit, 0.0)
    run_for(session, 3)
    session.select_all()
    session.clear_selection()
    session.undo()
    assert np.array_equal(states(session), before)


def test_a_pattern_that_is_larger_than_the_board_asks_for_room(session: Session) -> None:
    pattern = load_pattern("breeder")
    width, height = session.size_for(pattern)
    assert width > pattern.width
    session.resize(width, height)
    session.load(pattern)
    assert session.population() == pattern.population
    session.undo()
    session.undo()
    assert (session.board.width, session.board.height) == (64, 48)


def test_births_and_deaths_are_those_of_the_next_generation(session: Session) -> None:
    session.fill_randomly(0.4, seed=9)
    before = states(session).astype(bool)
    changes = session.changes()
    session.next_generation()
    after = states(session).astype(bool)
    assert changes == ((after & ~before).sum(), (before & ~after).sum())


def test_a_neighbourhood_wraps_on_a_torus(session: Session) -> None:
    session.begin_stroke(63, 47)
    session.end_stroke()
    with session.hold():
        inputs = session.neighbourhood(0, 0)
    assert inputs is not None
    assert inputs.tolist() == [True] + 8 * [False]


def test_a_stroke_is_not_disturbed_by_a_preview(session: Session) -> None:
    circuit = load_automaton(load_rule("seeds")).stored.circuit
    session.begin_preview(load_rule("seeds"))
    session.begin_stroke(2, 2)
    session.preview(circuit, 0.0)
    session.extend_stroke(9, 2)
    session.end_stroke()
    session.end_preview()
    assert states(session).sum() == 8
    session.undo()
    assert not states(session).any()


def test_what_is_saved_during_a_preview_is_the_board(session: Session) -> None:
    session.begin_pasting(read_pattern("3o!"))
    session.put_down(5, 5)
    session.begin_preview(load_rule("seeds"))
    session.preview(load_automaton(load_rule("seeds")).stored.circuit, 0.0)
    run_for(session, 3)
    pattern = session.pattern()
    assert (pattern.population, pattern.rule) == (3, "B3/S23")


def test_a_far_generation_is_run_to_beside_the_window(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ca_logic.visualizer.session.session._SECONDS_TO_WAIT", 0.0)
    session.fill_randomly(0.4, seed=1)
    session.go_to(1234)
    assert session.board.generation < 1234
    while session.is_running:
        session.frame(0.0)
    assert session.board.generation == 1234
    session.undo()
    assert session.board.generation == 0


def test_checkpoints_are_made_however_fast_it_runs(session: Session) -> None:
    session.fill_randomly(0.4, seed=1)
    session.speed = FASTEST
    session.toggle_running()
    marks = 0
    for _ in range(20):
        session.frame(0.0)
        with session.hold(0.1) as is_held:
            marks += is_held
            session.mark()
    session.stop()
    assert marks == 20
