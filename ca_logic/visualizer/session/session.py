"""`Session`: a board with all that is done with it, without a window: running, editing, selecting, pasting, undoing.

All of it happens while the thread that steps the board is held, and goes into the history. Positions are cells; those
beyond the board are nowhere.
"""

import contextlib
import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.circuit import Circuit
from ca_logic.errors import UsageError
from ca_logic.runtime.automaton import Automaton
from ca_logic.runtime.board import Board, Topology
from ca_logic.runtime.pattern import Pattern, pattern_of_board, pattern_of_states, place_pattern
from ca_logic.tasks import Rule
from ca_logic.visualizer.session import editing
from ca_logic.visualizer.session.editing import Change, PasteLocation, PasteMode
from ca_logic.visualizer.session.history import History
from ca_logic.visualizer.session.live_extent import live_extent
from ca_logic.visualizer.session.packing import Octets
from ca_logic.visualizer.session.pasting import Pasting
from ca_logic.visualizer.session.selection import Grip, Selection
from ca_logic.visualizer.session.speed import Speed
from ca_logic.visualizer.session.stepper import Stepper

_FIRST_SPEED = Speed(-2)
_SECONDS_OF_PREVIEW = 2.5
_SECONDS_TO_WAIT = 0.25
_CELLS_PER_SECOND = 5e9
"""How fast a board is taken to be until that is known."""

_GENERATIONS_AT_ONCE = 1 << 16
_MOST_CELLS_PREVIEWED = 1 << 22
"""Half-trained networks have hundreds of gates, and are run without a compiler."""

_CELLS_AT_ONCE = 1 << 22
_MOST_CELLS_COMPARED = 1 << 25
"""Births and deaths of larger boards would take too long to count."""


@dataclass(frozen=True)
class Context:
    """What belongs to a board beside its cells, and comes back with them.

    Attributes:
        automaton: what the board runs on.
        selection: the selected cells, or None.
        pattern_name: of the pattern that was opened last.
    """

    automaton: Automaton
    selection: Selection | None = None
    pattern_name: str = ""


class Session:
    """One board, its past, and what is being done with it.

    Attributes:
        is_running: whether generations follow by themselves.
        pasting: what is held ready to be put down.
        draw_state: with which state is drawn.
        num_changes: how often the board was changed other than by running.
    """

    def __init__(self, automaton: Automaton, board: Board, *, topology: Topology | None = None) -> None:
        """Takes a board that runs on this automaton; its methods are for one thread, the window's.

        Args:
            automaton: what the board runs on.
            board: the first board.
            topology: of all further ones; by default patterns lie on a plane, as they would in Golly, unless they say
                otherwise.
        """
        self._topology = topology
        self.is_running = False
        self.pasting: Pasting | None = None
        self.draw_state = 1
        self._speed = _FIRST_SPEED
        self._stepper = Stepper(board)
        self._history = History(board, Context(automaton))
        self.num_changes = 0
        self._last_due = -math.inf
        self._goal: int | None = None
        self._stroke: _Stroke | None = None
        self._grip: Grip | None = None
        self._paste_mode, self._paste_location = PasteMode.OR, PasteLocation.TOP_LEFT
        self._previewed: Rule | None = None
        self._before: _Before | None = None
        self._may_preview, self._preview_began = False, 0.0
        self._automaton = automaton

    def close(self) -> None:
        """Ends the thread, and forgets the past."""
        self._stepper.stop()
        self._history.close()

    @property
    def board(self) -> Board:
        """The board; to be looked at by who holds it."""
        return self._history.board

    @property
    def bounds(self) -> Selection:
        """All cells."""
        return Selection.all_of(self.board)

    @property
    def automaton(self) -> Automaton:
        """What the board runs on."""
        return self._automaton

    @property
    def rule(self) -> Rule:
        """What the board runs by, or is shown learning."""
        return self._previewed if self._previewed and self._before else self.automaton.rule

    @property
    def engine(self) -> str:
        """What runs the board, for people."""
        if self._before is not None:
            return "half-trained network"
        stored = self.automaton.stored
        runner = self.automaton.kernel.description.partition(" (")[0]
        return f"{stored.circuit.num_gates} gates, {stored.origin}, {runner}"

    @property
    def pattern_name(self) -> str:
        """Of the pattern that was opened last."""
        return self._history.context.pattern_name

    @property
    def selection(self) -> Selection | None:
        """The selected cells, all on the board."""
        return self._history.context.selection

    @property
    def speed(self) -> Speed:
        """How fast it is to run."""
        return self._speed

    @speed.setter
    def speed(self, speed: Speed) -> None:
        self._speed = speed
        with self.hold():
            self._stepper.pause()

    @property
    def cells_per_second(self) -> float:
        """How many cells are computed in a second."""
        return self._stepper.cells_per_second if self.is_running else 0.0

    @property
    def is_pasting(self) -> bool:
        """Whether a click puts down what is being pasted."""
        return self.pasting is not None

    @contextlib.contextmanager
    def hold(self, timeout: float | None = None) -> Iterator[bool]:
        """Keeps the board as it is meanwhile; yields whether it could be had in so many seconds."""
        with self._stepper.hold(timeout) as is_held:
            yield is_held

    # Running.

    def frame(self, now: float) -> None:
        """Lets the board run for another frame, if it runs; `now` is in seconds."""
        if not self.is_running or self._stroke is not None:
            return
        if self._goal is not None:
            self._run_towards(self._goal)
            return
        due = self._speed.generations_due(now - self._last_due)
        if due:
            self._last_due = now
        self._stepper.grant(due)

    def mark(self) -> None:
        """Keeps the board now and then, so that steps back are short; to be called each frame by who holds it."""
        if self.is_running and self._before is None:
            self._history.mark(self._stepper.seconds_per_generation)

    def toggle_running(self) -> None:
        """Starts or stops."""
        if self.is_running:
            self.stop()
            return
        with self.hold():
            if self._before is None:
                self._history.begin_run()
        self.is_running, self._last_due = True, -math.inf

    def stop(self) -> None:
        """Stops, if it runs."""
        self.is_running, self._goal = False, None
        self.num_changes += 1
        self._stepper.pause()
        with self.hold():
            if self._before is None:
                self._history.end_run()

    def next_generation(self) -> None:
        """Stops, or if it stands, advances by a generation."""
        if self.is_running:
            self.stop()
        else:
            self._advance(1)

    def next_step(self) -> None:
        """Stops, or if it stands, advances by as many generations as a frame does."""
        if self.is_running:
            self.stop()
        else:
            self._advance(self._step)

    def previous_generation(self) -> None:
        """Goes back by a generation."""
        self._go_back(1)

    def previous_step(self) -> None:
        """Goes back by as many generations as a frame does."""
        self._go_back(self._step)

    def go_to(self, generation: int) -> None:
        """Goes back to an earlier generation, or forward to a later one.

        Raises:
            UsageError: if it lies before the beginning.
        """
        self.stop()
        with self._changing():
            if generation > self.board.generation:
                self._advance(generation - self.board.generation)
            elif not self._history.go_to_generation(generation):
                raise UsageError(f"generation {generation:,} lies before the beginning, or was forgotten.")
            self._follow_history()

    def reset(self) -> None:
        """Goes back to where running began."""
        self.stop()
        with self._changing():
            if not self._history.reset():
                raise UsageError("the board has not run yet; there is nothing to go back to.")
            self._follow_history()

    def undo(self) -> None:
        """Takes back what was done last.

        Raises:
            UsageError: if there is nothing.
        """
        self.stop()
        with self._changing():
            if self._history.undo() is None:
                raise UsageError("there is nothing to undo.")
            self._follow_history()

    def redo(self) -> None:
        """Does again what was taken back.

        Raises:
            UsageError: if there is nothing.
        """
        self.stop()
        with self._changing():
            if self._history.redo() is None:
                raise UsageError("there is nothing to redo.")
            self._follow_history()

    # Looking.

    def population(self) -> int:
        """Returns the number of cells that are not dead; the board is held."""
        return self.board.population

    def changes(self) -> tuple[int, int] | None:
        """Returns how many cells are born and die in the next generation; None if the board is too large for that."""
        board = self.board
        if board.width * board.height > _MOST_CELLS_COMPARED or self._before is not None:
            return None
        copy = Board(
            board.width, board.height, topology=board.topology, kernel=board.kernel, num_states=board.num_states
        )
        copy.bands.cells[:] = board.bands.cells
        copy.advance(1)
        before, after = board.population, copy.population
        copy.bands.cells |= board.bands.cells
        either = copy.population
        return either - before, either - after

    def live_cells(self) -> Selection | None:
        """Returns the smallest rectangle that holds all cells that are not dead."""
        with self.hold():
            return live_extent(self.board)

    def neighbourhood(self, x: int, y: int) -> Bool[np.ndarray, " inputs"] | None:
        """Returns the inputs of the circuit for a cell: bit 0 of the nine cells, NW first, then bit 1, and so on."""
        board = self.board
        if not self.bounds.has(x, y):
            return None
        columns, rows = np.meshgrid(np.arange(x - 1, x + 2), np.arange(y - 1, y + 2))
        inside = (columns >= 0) & (columns < board.width) & (rows >= 0) & (rows < board.height)
        states = np.zeros(9, np.uint8)
        for place, (column, row, is_inside) in enumerate(
            zip(columns.ravel(), rows.ravel(), inside.ravel(), strict=True)
        ):
            if is_inside or board.topology == "torus":
                states[place] = board.state(int(column) % board.width, int(row) % board.height)
        planes = [states >> plane & 1 for plane in range(board.bands.layout.num_planes)]
        return np.concatenate(planes).astype(bool)

    # Rules.

    def use(self, automaton: Automaton) -> None:
        """Lets the board run on another automaton, with the cells that it has."""
        was_running = self.is_running
        self.stop()
        with self._changing():
            board, rule = self.board, automaton.rule
            if rule.num_states == board.num_states:
                self._history.use_kernel(automaton.kernel)
            else:
                other = automaton.board(board.width, board.height, topology=board.topology)
                # States that the rule does not have become its last one.
                at_once = max(1, _CELLS_AT_ONCE // board.width)
                for y in range(0, board.height, at_once):
                    states = board.region(0, y, board.width, min(at_once, board.height - y))
                    other.paste(np.minimum(states, rule.num_states - 1), 0, y)
                other.generation = board.generation
                self._replace(other, f"rule {rule.name}", is_start=False)
            self._automaton = automaton
            self._history.context = dataclasses.replace(self._history.context, automaton=automaton)
            self.draw_state = min(self.draw_state, rule.num_states - 1)
        if was_running:
            self.toggle_running()

    def begin_preview(self, rule: Rule) -> None:
        """Announces a rule that is being learned; until something is known of it, the board runs as before."""
        self.end_preview()
        self._previewed, self._may_preview = rule, True

    def preview(self, circuit: Circuit, now: float) -> None:
        """Lets the board show a circuit as it is now, from where it was when the first one came, and now and then anew.

        What it shows is no part of the past, and whatever is done to the board ends it: the board is then what it was.
        A circuit for cells of another number of bits is not shown, nor any on a board of more than four million cells.
        """
        if self.board.width * self.board.height > _MOST_CELLS_PREVIEWED:
            return
        kernel = NumpyKernel(circuit)
        with self.hold():
            board = self.board
            # A stroke under way would be drawn on what goes again.
            is_possible = self._may_preview and self._stroke is None
            if not is_possible or kernel.num_planes != board.bands.layout.num_planes:
                return
            if self._before is None:
                self._history.end_run()
                self._before = _Before(board.generation, board.copy_bytes(*self.bounds))
                self._preview_began = now
            elif now - self._preview_began > _SECONDS_OF_PREVIEW:
                self._before.put_back(board)
                self._preview_began = now
            board.kernel = kernel

    def end_preview(self) -> None:
        """Lets the board be what it was before the first circuit was shown, and go on from there."""
        self._previewed, self._may_preview = None, False
        with self._changing():
            pass

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Keeps the board for who changes it; what is previewed ends."""
        with self.hold():
            if self._before is not None:
                self._stepper.pause()
                self._before.put_back(self.board)
                self.board.kernel = self._automaton.kernel
                self._before, self._may_preview = None, False
                if self.is_running:
                    self._history.begin_run()
            self.num_changes += 1
            yield

    # Boards.

    def load(self, pattern: Pattern, size: tuple[int, int] | None = None) -> None:
        """Puts a pattern on an empty board of this size, or another one.

        Raises:
            CaLogicError: if it does not fit, or has states that the rule does not have.
        """
        self._start(size or (self.board.width, self.board.height), pattern)

    def name_pattern(self, name: str) -> None:
        """Says what the pattern on the board is called."""
        self._history.context = dataclasses.replace(self._history.context, pattern_name=name)

    def resize(self, width: int, height: int) -> None:
        """Takes an empty board of another size.

        Raises:
            BoardError: if there can be no such board.
        """
        self._start((width, height), None)

    def size_for(self, pattern: Pattern) -> tuple[int, int]:
        """Returns the size of this board, or one with room around the pattern if that is too large for it."""
        width, height = self.board.width, self.board.height
        if pattern.grid is None and pattern.width <= width and pattern.height <= height and self._fits(pattern):
            return width, height
        if pattern.grid is not None and pattern.grid.width and pattern.grid.height:
            return pattern.grid.width, pattern.grid.height
        x, y = pattern.corner
        reach = max(-x, -y, x + pattern.width, y + pattern.height)
        side = 1 << max(6, (2 * reach + 32).bit_length())
        return max(width, side), max(height, side)

    def pattern(self) -> Pattern:
        """Returns what is on the board, to be written to a file."""
        with self._changing():
            return pattern_of_board(self.board, rule=self.rule.rulestring, name=self.pattern_name)

    def fill_randomly(self, density: float, seed: int | None = None) -> None:
        """Fills the selection, or the board, with random cells."""
        if seed is None:
            seed = int(np.random.default_rng().integers(1 << 31))
        with self._changing():
            self._make(editing.fill_randomly(self.selection or self.bounds, density, seed), "random fill")

    def _fits(self, pattern: Pattern) -> bool:
        x, y = pattern.corner
        left, top = self.board.width // 2 + x, self.board.height // 2 + y
        area = Selection(left, top, pattern.width, pattern.height)
        return pattern.position is None or area.intersection(self.bounds) == area

    def _start(self, size: tuple[int, int], pattern: Pattern | None) -> None:
        self.stop()
        with self._changing():
            topology = self._topology or ("plane" if pattern is not None else self.board.topology)
            if pattern is not None and pattern.grid is not None:
                topology = "torus" if pattern.grid.topology == "torus" else "plane"
            board = self.automaton.board(*size, topology=topology)
            if pattern is not None:
                place_pattern(board, pattern)
            self._replace(board, f"open {pattern.name}" if pattern else "new board", is_start=True)
            name = pattern.name if pattern is not None else ""
            self._history.context = Context(self.automaton, None, name)
        self.pasting = None

    # Drawing.

    def begin_stroke(self, x: int, y: int) -> None:
        """Begins to draw at a cell: with the state that is drawn with, or, where that is already, with dead cells."""
        self._stepper.pause()
        with self._changing():
            is_drawn = self.bounds.has(x, y) and self.board.state(x, y) == self.draw_state
            self._stroke = _Stroke(0 if is_drawn else self.draw_state, x, y)
            self._draw_on(x, y)

    def extend_stroke(self, x: int, y: int) -> None:
        """Draws on to a cell in a straight line."""
        if self._stroke is not None:
            with self.hold():
                self._draw_on(x, y)

    def end_stroke(self) -> None:
        """Ends the stroke; it is undone as a whole."""
        self._stroke = None

    def pick_state(self, x: int, y: int) -> None:
        """Draws with the state of a cell from now on; of a dead one with the next state there is."""
        with self.hold():
            if self.bounds.has(x, y):
                self.draw_state = self.board.state(x, y) or self.draw_state % (self.board.num_states - 1) + 1

    def _draw_on(self, x: int, y: int) -> None:
        stroke = self._stroke
        assert stroke is not None, "a stroke was begun"
        change = editing.draw_line(self.board, stroke.x, stroke.y, x, y, stroke.state)
        if change is not None:
            self._make(change, "drawing", joins=stroke.has_drawn)
            stroke.has_drawn = True
        stroke.x, stroke.y = x, y

    # Selecting.

    def select(self, first: tuple[int, int], last: tuple[int, int]) -> None:
        """Selects the rectangle between two cells, as much of it as is on the board."""
        self._choose(Selection.between(*first, *last).intersection(self.bounds))

    def extend_selection(self, x: int, y: int) -> None:
        """Lets the edges of the selection that are near a cell reach to it."""
        if self.selection is None:
            self._grip = None
            self.select((x, y), (x, y))
            return
        if self._grip is None:
            self._grip = self.selection.grip_at(x, y)
        self._choose(self.selection.stretched(self._grip, x, y).intersection(self.bounds))

    def end_selecting(self) -> None:
        """Lets the next stretch take hold of other edges."""
        self._grip = None

    def select_all(self) -> None:
        """Selects all cells."""
        self._choose(self.bounds)

    def select_none(self) -> None:
        """Selects nothing."""
        self._choose(None)

    def shrink_selection(self) -> None:
        """Selects the smallest rectangle of what is alive within the selection; without one, of all."""
        with self._changing():
            self._choose(self.selection.shrunk(self.board) if self.selection else live_extent(self.board))

    def clear_selection(self) -> None:
        """Kills the selected cells."""
        with self._changing():
            self._make(editing.clear(self._selected()), "clear")

    def clear_outside(self) -> None:
        """Kills all other cells."""
        with self._changing():
            self._make(editing.clear_outside(self.board, self._selected()), "clear outside")

    def flip(self, *, top_bottom: bool) -> None:
        """Reflects what is being pasted, or else the selected cells, or without a selection all."""
        if self.pasting is not None:
            self.pasting = self.pasting.flipped(top_bottom=top_bottom)
            return
        with self._changing():
            self._make(editing.flip(self.board, self.selection or self.bounds, top_bottom=top_bottom), "flip")

    def turn(self, *, clockwise: bool) -> None:
        """Turns what is being pasted, or else the selected cells, by 90 degrees."""
        if self.pasting is not None:
            self.pasting = self.pasting.turned(clockwise=clockwise)
            return
        with self._changing():
            change, selection = editing.turn(self.board, self._selected(), clockwise=clockwise)
            self._make(change, "rotate")
            self._choose(selection)

    def advance_selection(self) -> None:
        """Advances the selected cells by a generation, as if all others were dead."""
        with self._changing():
            self._make(editing.advance_inside(self.board, self._selected()), "advance inside")

    def advance_outside(self) -> None:
        """Advances all other cells by a generation, as if the selected ones were dead."""
        with self._changing():
            self._make(editing.advance_outside(self.board, self._selected()), "advance outside")

    def copied(self) -> Pattern:
        """Returns the selected cells, for the clipboard.

        Raises:
            BoardError: if there are too many.
        """
        with self._changing():
            return pattern_of_states(editing.copied(self.board, self._selected()), rule=self.rule.rulestring)

    def _selected(self) -> Selection:
        if self.selection is None:
            raise UsageError("nothing is selected; press F4 and drag, or a for all.")
        return self.selection

    def _choose(self, selection: Selection | None) -> None:
        self._history.context = dataclasses.replace(self._history.context, selection=selection)

    # Pasting.

    def begin_pasting(self, pattern: Pattern) -> None:
        """Holds a pattern ready to be put down.

        Raises:
            PatternError: if it is too large for that.
        """
        self.pasting = Pasting(pattern.states(), self._paste_mode, self._paste_location)

    def end_pasting(self) -> None:
        """Puts nothing down."""
        self.pasting = None

    def put_down(self, x: int, y: int) -> None:
        """Pastes with the mouse at a cell."""
        if self.pasting is None:
            return
        area = self.pasting.area(x, y)
        with self._changing():
            change = editing.paste(self.board, self.pasting.states, area.x, area.y, self.pasting.mode)
            if change is None:
                raise UsageError("that is beyond the board; click where something of it is on it.")
            self._make(change, "paste")
        self.pasting = None

    def next_paste_mode(self) -> str:
        """Pastes in another way from now on; returns how."""
        self._paste_mode = self._paste_mode.next
        if self.pasting is not None:
            self.pasting = dataclasses.replace(self.pasting, mode=self._paste_mode)
        return f"paste mode: {self._paste_mode.value}"

    def next_paste_location(self) -> str:
        """Holds what is pasted at another place from now on; returns where."""
        self._paste_location = self._paste_location.next
        if self.pasting is not None:
            self.pasting = dataclasses.replace(self.pasting, location=self._paste_location)
        return f"the mouse holds what is pasted at: {self._paste_location.value}"

    def _make(self, change: Change, label: str, *, joins: bool = False) -> None:
        with self._history.editing(label, *change.area, joins=joins):
            change.make(self.board)

    # Running back and forth.

    @property
    def _step(self) -> int:
        return 1 << min(20, max(0, self._speed.exponent))

    def _run_towards(self, goal: int) -> None:
        """Lets the thread go on to a generation, and stops there."""
        left = goal - self.board.generation
        if left <= 0:
            self.stop()
        elif self._stepper.is_idle:
            self._stepper.grant(min(left, _GENERATIONS_AT_ONCE))

    def _advance(self, generations: int) -> None:
        """Advances at once, or, where that takes long, lets the thread do it."""
        pace = self._stepper.seconds_per_generation or self.board.width * self.board.height / _CELLS_PER_SECOND
        if generations * pace > _SECONDS_TO_WAIT:
            goal = self.board.generation + generations
            self.toggle_running()
            self._goal = goal
            return
        with self._changing():
            self._history.begin_run()
            try:
                self.board.advance(generations)
            finally:
                self._history.mark(self._stepper.seconds_per_generation)
                self._history.end_run()

    def _go_back(self, generations: int) -> None:
        self.stop()
        with self._changing():
            is_back = self._history.go_to_generation(self.board.generation - generations)
            if not is_back and not (generations > 1 and self._history.reset()):
                raise UsageError("there is no earlier generation.")
            self._follow_history()

    def _replace(self, board: Board, label: str, *, is_start: bool) -> None:
        self._history.replace(board, label, is_start=is_start)
        self._stepper.board = board

    def _follow_history(self) -> None:
        """Lets the thread step the board that the history has come to.

        It goes on by the rule that is chosen now, unless its cells have other states: then by the one that it had.
        """
        board, context = self._history.board, self._history.context
        if self._automaton.rule.num_states != board.num_states:
            self._automaton = context.automaton
        self._history.context = dataclasses.replace(context, automaton=self._automaton)
        self._history.use_kernel(self._automaton.kernel)
        if self._stepper.board is not board:
            self._stepper.board = board


@dataclass(frozen=True, eq=False)
class _Before:
    """A board as it was before something was shown on it.

    Attributes:
        generation: of it.
        cells: all of them, as `Board.copy_bytes` returns them.
    """

    generation: int
    cells: Octets

    def put_back(self, board: Board) -> None:
        """Lets the board be that again."""
        board.restore_bytes(self.cells, *Selection.all_of(board))
        board.generation = self.generation


@dataclass
class _Stroke:
    """A stroke of the mouse.

    Attributes:
        state: that it draws with.
        x: where it is.
        y: where it is.
        has_drawn: whether any of it was on the board.
    """

    state: int
    x: int
    y: int
    has_drawn: bool = False
