"""`BoardScreen`: a board with its tools, panels and figures; what keys ask for is done in `board_actions`.

Each frame it asks for the board, for a few milliseconds at most. If the thread that steps it does not let go in time,
the frame shows what was read before: input and drawing never wait for a generation.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pygame

from ca_logic.errors import CaLogicError, CircuitNotFoundError
from ca_logic.runtime.automaton import Automaton, load_automaton
from ca_logic.runtime.pattern import Pattern
from ca_logic.runtime.viewport import Viewport
from ca_logic.tasks import Rule
from ca_logic.visualizer.actions import Action
from ca_logic.visualizer.bindings import action_of, chords_of
from ca_logic.visualizer.board_actions import open_file, open_pattern, perform
from ca_logic.visualizer.board_mouse import BoardMouse
from ca_logic.visualizer.board_view.board_picture import BoardPicture
from ca_logic.visualizer.board_view.camera import Camera
from ca_logic.visualizer.board_view.overlays import draw_edge, draw_lines, draw_pasted, draw_selection
from ca_logic.visualizer.board_view.population_graph import PopulationGraph
from ca_logic.visualizer.board_view.themes import THEMES
from ca_logic.visualizer.classroom import Classroom
from ca_logic.visualizer.clipboard import Clipboard
from ca_logic.visualizer.events import (
    ButtonPress,
    CloseRequest,
    FileDrop,
    InputEvent,
    KeyPress,
    PointerMove,
    Resize,
    WheelTurn,
)
from ca_logic.visualizer.messages import Messages
from ca_logic.visualizer.painter import DARK, LIGHT, SMALL_SIZE, Painter, Style
from ca_logic.visualizer.panel import Panel
from ca_logic.visualizer.pictures import save_picture
from ca_logic.visualizer.recorder import Recorder
from ca_logic.visualizer.rule_hints import name_for_people
from ca_logic.visualizer.rule_panel import RulePanel
from ca_logic.visualizer.session.selection import Selection
from ca_logic.visualizer.session.session import Session
from ca_logic.visualizer.settings import Settings
from ca_logic.visualizer.side import Side
from ca_logic.visualizer.status_bar import HEIGHT as STATUS_HEIGHT
from ca_logic.visualizer.status_bar import Status, draw_status_bar
from ca_logic.visualizer.toolbar import HEIGHT as TOOLBAR_HEIGHT
from ca_logic.visualizer.toolbar import Toolbar

_SIDE_WIDTH = 420
_PATIENCE_SECONDS = 0.006
_SECONDS_OF_FIGURES = 0.25
_GRAPH_SIZE = (320, 130)
_LEAST_WIDTH, _LEAST_HEIGHT = 160, 140
"""Smaller windows show nothing."""

_NO_MEMORY = "there is not enough memory for that; choose less."


class BoardScreen:
    """A `Screen` that shows a session.

    Attributes:
        session: what is shown, and changed.
        mouse: what it does on the board.
        camera: which part of the board is seen; None before the first frame.
        overlay: what is over everything else and takes its events, such as a question.
        side: what is at the right side.
        on_classify: shows a classifier instead of the board.
        learn_pressed: when people last asked to learn a rule that has a circuit, in seconds.
        picture: where the next frame is to be written; None if it is not.
        wanted_pattern: one that needs a rule that has no circuit yet; None if there is none.
        wanted_rule: a rule that a pattern named and that has no circuit yet; None if there is none.
        recorder: a recording under way.
    """

    session: Session
    mouse: BoardMouse
    camera: Camera | None
    overlay: Panel | None
    side: Side
    picture: Path | None
    wanted_rule: Rule | None
    wanted_pattern: Pattern | None
    recorder: Recorder | None
    on_full_screen: Callable[[], None]
    on_classify: Callable[[], None]

    def __init__(
        self,
        session: Session,
        settings: Settings,
        *,
        on_full_screen: Callable[[], None],
    ) -> None:
        """Shows the whole board.

        Args:
            session: what is shown, and changed.
            settings: colours and what is seen.
            on_full_screen: takes the whole display, or gives it back.
        """
        self.session = session
        self.messages, self.clipboard, self.graph = Messages(), Clipboard(), PopulationGraph()
        self.is_closing = False
        self.shows_graph, self.shows_grid, self.is_autofit = settings.shows_graph, settings.shows_grid, False
        theme = next((theme for theme in THEMES if theme.name == settings.theme), THEMES[0])
        self.is_light = settings.is_light
        self.theme = theme if theme.is_light == settings.is_light else theme.inverted()
        self.recorder = self.overlay = self.camera = self.wanted_rule = self.wanted_pattern = self.picture = None
        self.side, self.learn_pressed = Side.NOTHING, float("-inf")
        self.on_full_screen, self.on_classify = on_full_screen, lambda: None
        self.rule_panel = RulePanel(
            session.rule,
            on_use=self.use_rule,
            on_learn=self.learn,
            paste=self.clipboard.paste,
            copy=self.clipboard.copy,
        )
        self.classroom = Classroom(session, on_learned=self._take_learned, on_fault=self.tell_fault)
        self.mouse = BoardMouse(session, get_camera=self._get_camera, set_camera=self.move_camera)
        self._toolbar = Toolbar(self.act, _hint_of)
        self._picture = BoardPicture()
        self._shown_automaton = session.automaton
        self._num_changes = self._num_counted = -1
        self._changes: tuple[int, int] | None = None
        self._population = 0
        self._figures_due = 0.0
        self._frames_per_second, self._last_frame = 0.0, 0.0
        self._board_area = self._side_area = pygame.Rect(0, 0, 1, 1)
        self._cell_text = ""

    @property
    def title(self) -> str:
        """See `Screen`."""
        return f"{self.session.rule.title} - ca_logic"

    @property
    def style(self) -> Style:
        """See `Screen`."""
        return LIGHT if self.is_light else DARK

    @property
    def is_learning(self) -> bool:
        """See `Screen`."""
        return self.classroom.is_learning

    def settings(self, width: int, height: int) -> Settings:
        """Returns what is to be kept."""
        return Settings(self.theme.name, self.is_light, width, height, self.shows_graph, self.shows_grid)

    def tell(self, text: str) -> None:
        """Tells people something."""
        self.messages.tell(text, time.perf_counter())

    def tell_fault(self, text: str) -> None:
        """Tells people what is wrong."""
        self.messages.tell(text, time.perf_counter(), is_fault=True)

    def act(self, action: Action) -> None:
        """Does what a key or a button asks for; what goes wrong is told."""
        try:
            perform(self, action)
        except CaLogicError as error:
            self.tell_fault(str(error))
        except MemoryError:
            self.tell_fault(_NO_MEMORY)

    def handle(self, event: InputEvent) -> bool:
        """See `Screen`."""
        try:
            return self._handle(event)
        except CaLogicError as error:
            self.tell_fault(str(error))
        except MemoryError:
            self.tell_fault(_NO_MEMORY)
        return True

    def _handle(self, event: InputEvent) -> bool:
        if isinstance(event, CloseRequest):
            self.is_closing = True
        elif isinstance(event, Resize):
            return True
        elif isinstance(event, FileDrop):
            open_file(self, Path(event.path))
        elif self.overlay is not None and self.overlay.handle(event):
            return True
        elif self.overlay is not None and isinstance(event, KeyPress):
            # What is typed there is not meant for the board.
            self._act_anywhere(event)
        elif isinstance(event, KeyPress):
            return self._handle_key(event)
        else:
            return self._handle_mouse(event)
        return True

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """See `Screen`."""
        if area.width < _LEAST_WIDTH or area.height < _LEAST_HEIGHT:
            painter.box(area, painter.style.background, radius=0)
            self.go_on()
            return
        now = time.perf_counter()
        self._count_frame(now)
        self._follow_rule()
        self._arrange(area)
        self.go_on()
        with self.session.hold(_PATIENCE_SECONDS) as is_held:
            if is_held:
                self._read(now)
        self._draw_board(painter)
        self._draw_side(painter)
        self._toolbar.active = self._active_buttons()
        self._toolbar.draw(painter, pygame.Rect(area.x, area.y, area.width, TOOLBAR_HEIGHT))
        bar = pygame.Rect(area.x, area.bottom - STATUS_HEIGHT, area.width, STATUS_HEIGHT)
        draw_status_bar(painter, bar, self._status())
        self._draw_hint(painter, area)
        self.messages.draw(painter, self._board_area, now)
        if self.overlay is not None:
            self.overlay.draw(painter, self._board_area.union(self._side_area))
        if self.picture is not None:
            path, self.picture = self.picture, None
            self._save_picture(painter.surface, path)
        if self.recorder is not None:
            self.recorder.show(painter.surface, now)
            pygame.draw.circle(painter.surface, self.style.bad, (area.right - 18, area.y + TOOLBAR_HEIGHT // 2), 7)

    def _save_picture(self, surface: pygame.Surface, path: Path) -> None:
        try:
            save_picture(surface, path)
        except CaLogicError as error:
            self.tell_fault(str(error))
        else:
            self.tell(f"written {path}")

    def go_on(self) -> None:
        """Lets the board run, and the lesson be heard, for another frame."""
        self.classroom.listen()
        self.session.frame(time.perf_counter())

    def close(self) -> None:
        """See `Screen`."""
        self.classroom.close()
        try:
            if self.recorder is not None:
                recorder, self.recorder = self.recorder, None
                recorder.finish()
        finally:
            self.session.close()

    def move_camera(self, camera: Camera) -> None:
        """Shows another part of the board."""
        self.camera, self.is_autofit = camera, False

    def fit(self, cells: Selection | None = None) -> None:
        """Shows some cells, by default all."""
        if self.camera is not None:
            self.camera = self.camera.fitted(pygame.Rect(cells or self.session.bounds))

    def open_overlay(self, overlay: Panel) -> None:
        """Shows something over everything else; what is being dragged ends, since it would not hear of its end."""
        self.mouse.leave()
        self.overlay = overlay

    def close_overlay(self) -> None:
        """Shows nothing over everything else."""
        self.overlay = None

    def use_rule(self, rule: Rule) -> None:
        """Lets the board run on another rule; one that has no circuit yet is what `learn` asks for then."""
        try:
            self._take(load_automaton(rule, on_warning=self.tell_fault))
        except CircuitNotFoundError:
            self.wanted_rule = rule
            self.tell_fault(f"{rule.full_name} has not been learned yet; press l to learn it now.")
        except CaLogicError as error:
            self.tell_fault(str(error))

    def learn(self, rule: Rule) -> None:
        """Has a circuit learned for a rule, beside the window."""
        try:
            self.classroom.begin(rule, on_close=lambda: self.show_side(Side.NOTHING))
        except CaLogicError as error:
            self.tell_fault(str(error))
        else:
            self.show_side(Side.LESSON)

    def show_side(self, side: Side) -> None:
        """Shows something at the right side, or nothing if it is there already."""
        self.side = Side.NOTHING if side is self.side and side is not Side.LESSON else side
        if self.side is Side.RULE:
            self.rule_panel.show(self.session.rule)
        elif self.side is Side.CIRCUIT:
            self._show_circuit()

    def _take_learned(self, rule: Rule) -> None:
        self.rule_panel.refresh()
        self.use_rule(rule)
        self.tell(f"{rule.title} is learned, proved and compiled: {self.session.engine}")
        if self.wanted_pattern is not None:
            pattern, self.wanted_pattern = self.wanted_pattern, None
            open_pattern(self, pattern)

    def _take(self, automaton: Automaton) -> None:
        self.session.use(automaton)
        self.wanted_rule = None
        self._follow_rule()

    def _follow_rule(self) -> None:
        """Lets the panels show what the board runs on, since that may be another now, as after an undo."""
        if self.session.automaton is not self._shown_automaton:
            self._shown_automaton = self.session.automaton
            self.graph.clear()
            self.rule_panel.show(self.session.automaton.rule)
            if self.side is Side.CIRCUIT:
                self._show_circuit()

    def _show_circuit(self) -> None:
        panel = self.classroom.circuit_panel
        panel.show(self.session.automaton.stored.circuit, self.session.rule.title)
        panel.show_passes(self.classroom.passes_of(self.session.rule))

    def _handle_key(self, event: KeyPress) -> bool:
        panel = self._side_panel()
        was_typed = self.side is Side.RULE and self.rule_panel.has_focus and event.key == "return"
        if panel is not None and panel.handle(event):
            if was_typed and not self.rule_panel.error and self.rule_panel.draft.rule.slug != self.session.rule.slug:
                self.use_rule(self.rule_panel.draft.rule)
            return True
        if self.side is Side.RULE and self.rule_panel.has_focus:
            return self._act_anywhere(event)
        action = action_of(event)
        if action is not None:
            self.act(action)
        return action is not None

    def _act_anywhere(self, event: KeyPress) -> bool:
        """Does what does not depend on what has the keyboard."""
        action = action_of(event)
        if action in (Action.QUIT, Action.FULL_SCREEN):
            self.act(action)
        return action in (Action.QUIT, Action.FULL_SCREEN)

    def _handle_mouse(self, event: InputEvent) -> bool:
        assert not isinstance(event, KeyPress | FileDrop | Resize | CloseRequest), "these are no mouse's"
        is_over = not self._board_area.collidepoint(event.x, event.y)
        if isinstance(event, PointerMove):
            self.mouse.handle(event)
        if self.mouse.is_dragging and not isinstance(event, ButtonPress | WheelTurn):
            return isinstance(event, PointerMove) or self.mouse.handle(event)
        if self._toolbar.handle(event):
            return True
        panel = self._side_panel()
        if panel is not None and panel.handle(event):
            return True
        if isinstance(event, PointerMove) or (isinstance(event, ButtonPress | WheelTurn) and is_over):
            return False
        return self.mouse.handle(event)

    def _arrange(self, area: pygame.Rect) -> None:
        height = area.height - TOOLBAR_HEIGHT - STATUS_HEIGHT
        width = 0 if self.side is Side.NOTHING else min(_SIDE_WIDTH, area.width * 2 // 3)
        self._board_area = pygame.Rect(area.x, area.y + TOOLBAR_HEIGHT, area.width - width, max(1, height))
        self._side_area = pygame.Rect(self._board_area.right, self._board_area.y, width, self._board_area.height)
        self.mouse.area = self._board_area
        if self.camera is None:
            self.camera = Camera(Viewport(*self._board_area.size))
            cells = self.session.live_cells() if self.session.pattern_name else None
            self.fit(cells.with_margin() if cells else None)
        elif (self.camera.viewport.width, self.camera.viewport.height) != self._board_area.size:
            self.camera = self.camera.resized(*self._board_area.size)

    def _read(self, now: float) -> None:
        """Looks at the board while it is held."""
        session, board = self.session, self.session.board
        session.mark()
        is_edited = session.num_changes != self._num_changes
        if now >= self._figures_due and (session.is_running or session.num_changes != self._num_counted):
            self._num_counted = session.num_changes
            self._count(now)
        camera = self._get_camera()
        self._picture.read(board, camera.viewport, self.theme, is_edited=is_edited)
        self._num_changes = session.num_changes
        cell = self.mouse.cell
        self._cell_text = ""
        if cell is not None and session.bounds.has(*cell):
            state = board.state(*cell)
            self._cell_text = f"cell {cell[0] - board.width // 2}, {cell[1] - board.height // 2} is {state}"
        if self.side is Side.CIRCUIT:
            self.classroom.circuit_panel.light(session.neighbourhood(*cell) if cell is not None else None)

    def _count(self, now: float) -> None:
        """Counts cells, which large boards have less often: it takes a tenth of the time at most."""
        before = time.perf_counter()
        self._population, self._changes = self.session.population(), self.session.changes()
        self.graph.add(self.session.board.generation, self._population)
        if self.is_autofit and (cells := self.session.live_cells()) is not None:
            self.fit(cells)
        least = _SECONDS_OF_FIGURES if self.session.is_running else 0
        self._figures_due = now + max(least, 10 * (time.perf_counter() - before))

    def _draw_board(self, painter: Painter) -> None:
        surface = painter.surface.subsurface(self._board_area)
        camera, session = self._get_camera(), self.session
        bounds = pygame.Rect(session.bounds)
        self._picture.paint(surface, self.theme, self.style)
        board_painter = Painter(surface, self.style)
        if self.shows_grid:
            draw_lines(surface, camera, bounds, self.theme)
        draw_edge(surface, camera, bounds, self.style.border)
        if session.selection is not None:
            cells = session.selection
            draw_selection(board_painter, camera, pygame.Rect(cells), label=f"{cells.width} x {cells.height}")
        cell = self.mouse.cell
        if session.pasting is not None and cell is not None:
            pasting, area = session.pasting, session.pasting.area(*cell)
            draw_pasted(board_painter, camera, pasting.states, area.x, area.y, label=pasting.description)
        width, height = _GRAPH_SIZE
        if self.shows_graph and surface.get_width() > 2 * width and surface.get_height() > 2 * height:
            place = pygame.Rect(surface.get_width() - width - 10, 10, width, height)
            self.graph.draw(board_painter, place)

    def _draw_side(self, painter: Painter) -> None:
        panel = self._side_panel()
        if panel is not None and self._side_area.width:
            panel.draw(painter, self._side_area)

    def _draw_hint(self, painter: Painter, area: pygame.Rect) -> None:
        found = self._toolbar.hint()
        if found is None:
            return
        text, place = found
        box = pygame.Rect(place.x, place.bottom + 4, painter.width_of(text, size=SMALL_SIZE) + 14, SMALL_SIZE + 10)
        box.right = min(box.right, area.right - 4)
        painter.box(box, self.style.raised, border=self.style.border)
        painter.text(text, box.x + 7, box.y + 5, size=SMALL_SIZE)

    def _side_panel(self) -> Panel | None:
        match self.side:
            case Side.RULE:
                return self.rule_panel
            case Side.LESSON:
                return self.classroom.lesson_panel
            case Side.CIRCUIT:
                return self.classroom.circuit_panel
            case _:
                return None

    def _active_buttons(self) -> Sequence[Action]:
        modes = {"draw": Action.DRAW_MODE, "select": Action.SELECT_MODE, "move": Action.MOVE_MODE}
        shown = (
            (self.session.is_running, Action.TOGGLE_RUNNING),
            (self.side is Side.RULE, Action.CHANGE_RULE),
            (self.side is Side.LESSON, Action.LEARN),
            (self.side is Side.CIRCUIT, Action.TOGGLE_CIRCUIT),
            (self.shows_graph, Action.TOGGLE_GRAPH),
            (self.shows_grid, Action.TOGGLE_GRID),
        )
        on = [action for is_on, action in shown if is_on]
        mode = modes.get(self.mouse.mode.value)
        return [*on, mode] if mode else on

    def _status(self) -> Status:
        session, board = self.session, self.session.board
        return Status(
            rule=name_for_people(session.rule),
            engine=session.engine,
            generation=board.generation,
            population=self._population,
            changes=self._changes,
            speed=session.speed.description,
            cells_per_second=session.cells_per_second,
            frames_per_second=self._frames_per_second,
            scale=self._get_camera().scale,
            board=f"{board.width}x{board.height} {board.topology}",
            mode=self.mouse.mode.value,
            cell=self._cell_text,
            is_running=session.is_running,
        )

    def _count_frame(self, now: float) -> None:
        if self._last_frame:
            rate = 1 / max(now - self._last_frame, 1e-6)
            self._frames_per_second += 0.05 * (rate - self._frames_per_second) if self._frames_per_second else rate
        self._last_frame = now

    def _get_camera(self) -> Camera:
        assert self.camera is not None, "a frame was arranged"
        return self.camera


def _hint_of(action: Action) -> str:
    """Returns what an action does, with its key."""
    chords = chords_of(action)
    return f"{action.description} ({chords[0]})" if chords else action.description
